//! The trigger `sun`: sunrise or sunset, with an offset.

use rules::schedule::sun::SunEvent;
use rules::schedule::{At as ClockAt, AtTime, Days};
use rules::tree::Trigger;

use super::Start;
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::time::signed_seconds;

pub(super) fn sun(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Vec<Start> {
    let event = match fields.text("event") {
        Some("sunrise") => SunEvent::Sunrise,
        Some("sunset") => SunEvent::Sunset,
        _ => {
            case.dropped(
                &fields.at,
                "the trigger `sun` names neither sunrise nor sunset",
                "",
            );
            return Vec::new();
        }
    };
    let offset_s = match fields.take("offset") {
        Some(at) => offset(case, &at),
        None => Some(0),
    };
    let Some(offset_s) = offset_s else {
        return Vec::new();
    };
    vec![Start::new(Trigger::At(ClockAt {
        when: AtTime::Sun { event, offset_s },
        days: Days::default(),
    }))]
}

/// An offset in whole seconds, at most a day either way.
pub(crate) fn offset(case: &mut Case<'_, '_>, at: &At<'_>) -> Option<i32> {
    const DAY_S: f64 = 86_400.0;
    let seconds = signed_seconds(at).map(f64::round);
    let fitting = seconds.as_ref().ok().copied();
    let fitting = fitting.filter(|seconds| (-DAY_S..=DAY_S).contains(seconds));
    if fitting.is_none() {
        let what = seconds
            .err()
            .unwrap_or_else(|| "the offset is longer than a day".to_owned());
        case.dropped(at, what, "write a fixed offset, such as -00:15:00");
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole, and within a day either way"
    )]
    fitting.map(|seconds| seconds as i32)
}
