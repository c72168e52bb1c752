//! Randomness as an argument.

/// A source of random bytes fit for keys.
///
/// The shell's is the operating system's, which cannot fail once it is seeded; a source that
/// could give weak bytes must not return. Tests pass a seeded one and get the same bytes each run.
pub trait Random: Send {
    /// Fills `bytes` with random bytes.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<R: Random + ?Sized> Random for &mut R {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

impl<R: Random + ?Sized> Random for Box<R> {
    fn fill(&mut self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

/// A random number other than zero, which many identifiers reserve.
pub(crate) fn nonzero_u64(random: &mut dyn Random) -> u64 {
    loop {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        let number = u64::from_be_bytes(bytes);
        if number != 0 {
            return number;
        }
    }
}
