//! What numbers of the home count.

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// 0.01 °C.
    CentiCelsius,
    /// %.
    Percent,
}
