//! The compact form of samples and roll-ups, for whoever keeps them.
//!
//! | module | octets of |
//! |---|---|
//! | [`block`] | a run of samples of one series, in order |
//! | [`batch`] | samples of many series, as they came |
//! | [`rollups`] | roll-ups of one series and period |
//!
//! All are columns: first all moments, then all values, and so on, each column in the fewest octets of
//! several ways (`ints`, `floats`, `values`). What nearly all samples have in common (that they are known,
//! that no command led to them) costs nothing. The first octet is the form's version, the last four are a
//! checksum (CRC-32), so that damage is known as such. No octets make a decoder panic or take more memory
//! than some multiple of their length and a bounded number of samples.
//!
//! Not here: where the octets are kept (`hub-store`).

pub mod batch;
pub mod block;
mod floats;
#[cfg(test)]
mod golden;
mod ints;
mod marks;
pub mod rollups;
#[cfg(test)]
mod testing;
mod value;
mod values;
mod wire;

/// Why octets are no samples or roll-ups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The octets end too early.
    #[error("the octets end too early")]
    Truncated,
    /// They are not what was written.
    #[error("the checksum is wrong")]
    Checksum,
    /// A newer program wrote them.
    #[error("they are of version {0}, which is not known")]
    Version(u8),
    /// They say something that cannot be.
    #[error("they are malformed: {0}")]
    Malformed(&'static str),
}
