//! The condition `sun`: after or before sunrise or sunset.
//!
//! There "after sunset" ends at midnight and "after sunrise" too; noon tells the halves of a day
//! apart. An expression knows whether the sun is up, not when it rises, so an offset is lost.

use rules::expr::Expr;

use crate::case::Case;
use crate::cursor::Fields;
use crate::make::parsed;

pub(super) fn sun(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Option<Expr> {
    for key in ["after_offset", "before_offset"] {
        let Some(at) = fields.take(key) else {
            continue;
        };
        if crate::time::signed_seconds(&at) != Ok(0.0) {
            let what = "an expression does not know so long before or after the sun it is";
            case.dropped(&at, what, "use the sun's height: `sun.elevation < -4°`");
            return None;
        }
    }
    let text = match (fields.text("after"), fields.text("before")) {
        (Some("sunset"), Some("sunrise")) => "not sun.up",
        (Some("sunrise"), Some("sunset")) => "sun.up",
        (Some("sunset"), None) => "not sun.up and time >= 12:00",
        (None, Some("sunrise")) => "not sun.up and time < 12:00",
        (Some("sunrise"), None) => "sun.up or time >= 12:00",
        (None, Some("sunset")) => "sun.up or time < 12:00",
        _ => {
            case.dropped(
                &fields.at,
                "the condition `sun` names neither sunrise nor sunset",
                "",
            );
            return None;
        }
    };
    parsed(text)
}
