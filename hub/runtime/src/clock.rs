//! The only place that asks what time it is.

use std::time::SystemTime;

use hub_model::{Now, Timestamp};
use tokio::time::Instant;

/// The present. The monotonic half is tokio's clock, so it stands still where a test pauses that.
#[must_use]
pub fn now() -> Now {
    Now {
        mono: Instant::now().into_std(),
        wall: wall(),
    }
}

fn wall() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the place that asks")]
    let now = SystemTime::now();
    let micros = |span: std::time::Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Timestamp(match now.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(before) => -micros(before.duration()),
    })
}
