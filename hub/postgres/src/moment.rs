//! Moments as the database has them: microseconds on both sides.
//!
//! The database's time begins in 4714 BC; what is earlier is taken for that.

use std::time::{Duration, SystemTime};

use hub_model::Timestamp;

/// The database's earliest moment (4714-11-24 BC), in microseconds since the Unix epoch.
const EARLIEST: i64 = -210_866_803_200_000_000;

/// A moment for the database.
pub(crate) fn to_sql(at: Timestamp) -> SystemTime {
    let micros = at.0.max(EARLIEST);
    let span = Duration::from_micros(micros.unsigned_abs());
    let there = match micros < 0 {
        true => SystemTime::UNIX_EPOCH.checked_sub(span),
        false => SystemTime::UNIX_EPOCH.checked_add(span),
    };
    there.unwrap_or(SystemTime::UNIX_EPOCH)
}

/// A moment of the database.
pub(crate) fn from_sql(at: SystemTime) -> Timestamp {
    let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Timestamp(match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(before) => -micros(before.duration()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_moment_comes_back(micros in EARLIEST..) {
            prop_assert_eq!(from_sql(to_sql(Timestamp(micros))), Timestamp(micros));
        }
    }

    #[test]
    fn what_is_too_early_is_the_earliest() {
        assert_eq!(from_sql(to_sql(Timestamp(i64::MIN))), Timestamp(EARLIEST));
    }
}
