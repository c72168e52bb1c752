//! Numbers of varying length, and the frame around a form: its version and its checksum.

use super::CodecError;

const CHECKSUM: usize = 4;

/// Begins a form.
pub(super) fn begin(version: u8) -> Vec<u8> {
    vec![version]
}

/// Ends a form with the checksum of all before it.
pub(super) fn seal(mut out: Vec<u8>) -> Vec<u8> {
    let sum = crc32fast::hash(&out);
    out.extend(sum.to_le_bytes());
    out
}

/// What stands in a form of this version, when it is whole.
pub(super) fn open(octets: &[u8], version: u8) -> Result<Reader<'_>, CodecError> {
    let (body, sum) = octets
        .split_last_chunk::<CHECKSUM>()
        .ok_or(CodecError::Truncated)?;
    let (&found, rest) = body.split_first().ok_or(CodecError::Truncated)?;
    if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
        return Err(CodecError::Checksum);
    }
    if found != version {
        return Err(CodecError::Version(found));
    }
    Ok(Reader { rest })
}

/// Seven bits in each octet, lowest first; all but the last have their highest bit set.
pub(super) fn put_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        let [low, ..] = number.to_le_bytes();
        out.push(low | 0x80);
        number >>= 7;
    }
    let [low, ..] = number.to_le_bytes();
    out.push(low);
}

/// How many octets that takes.
pub(super) const fn varint_len(number: u64) -> usize {
    let bits = 64 - (number | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Small numbers of either sign as small numbers without one.
pub(super) const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

pub(super) const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

pub(super) fn put_signed(number: i64, out: &mut Vec<u8>) {
    put_varint(zigzag(number), out);
}

/// A length as it is written.
pub(super) fn put_len(length: usize, out: &mut Vec<u8>) {
    put_varint(length as u64, out);
}

/// What is left to read.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn octet(&mut self) -> Result<u8, CodecError> {
        let (&first, rest) = self.rest.split_first().ok_or(CodecError::Truncated)?;
        self.rest = rest;
        Ok(first)
    }

    pub(super) fn octets(&mut self, length: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(CodecError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(CodecError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn varint(&mut self) -> Result<u64, CodecError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let octet = self.octet()?;
            let bits = u64::from(octet & 0x7F);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if octet < 0x80 {
                return Ok(number);
            }
        }
        Err(CodecError::Malformed("a number is too long"))
    }

    pub(super) fn signed(&mut self) -> Result<i64, CodecError> {
        self.varint().map(unzigzag)
    }

    /// A count or length, which must not be above `most`.
    pub(super) fn len(&mut self, most: usize) -> Result<usize, CodecError> {
        let length = self.varint()?;
        match usize::try_from(length) {
            Ok(length) if length <= most => Ok(length),
            _ => Err(CodecError::Malformed("a count is too high")),
        }
    }

    /// A length of octets that follow.
    pub(super) fn len_of_rest(&mut self) -> Result<usize, CodecError> {
        let most = self.rest.len();
        self.len(most)
    }

    /// Says that all was read.
    pub(super) const fn end(&self) -> Result<(), CodecError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(CodecError::Malformed("octets follow"))
        }
    }
}

#[cfg(test)]
pub(super) fn reader(rest: &[u8]) -> Reader<'_> {
    Reader { rest }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(number in any::<i64>(), shift in 0_u32..64) {
            let number = number >> shift;
            let mut out = Vec::new();
            put_signed(number, &mut out);
            prop_assert_eq!(out.len(), varint_len(zigzag(number)));
            let mut reader = reader(&out);
            prop_assert_eq!(reader.signed(), Ok(number));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..12)) {
            let _ = reader(&octets).varint();
        }
    }

    #[test]
    fn a_number_of_more_than_64_bits_is_refused() {
        let mut octets = vec![0xFF; 9];
        octets.push(0x01);
        assert_eq!(reader(&octets).varint(), Ok(u64::MAX));
        *octets.last_mut().unwrap() = 0x02;
        assert!(reader(&octets).varint().is_err());
    }

    #[test]
    fn a_form_is_whole_or_refused() {
        let mut out = begin(1);
        out.push(7);
        let sealed = seal(out);
        assert_eq!(open(&sealed, 1).unwrap().octet(), Ok(7));
        assert_eq!(open(&sealed, 2).unwrap_err(), CodecError::Version(1));
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 0x10;
            assert_eq!(open(&broken, 1).unwrap_err(), CodecError::Checksum);
            assert!(open(&sealed[..at], 1).is_err());
        }
    }
}
