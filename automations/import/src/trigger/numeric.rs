//! The trigger `numeric_state`: a number comes into a range; and the range itself, for conditions.

use rules::expr::Expr;
use rules::schedule::{At as ClockAt, AtTime, Days};
use rules::tree::Trigger;

use super::{Start, becomes};
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::make::all;
use crate::reading::{Of, Reading, reading};
use crate::trigger::state::entities;

pub(crate) fn numeric_state(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Vec<Start> {
    let hold = fields.take("for").and_then(|at| case.length(&at));
    let mut starts = Vec::new();
    for (reading, range) in ranges(case, fields) {
        let start = match reading.of {
            Of::Elevation => elevation(case, fields, hold.is_some()),
            _ => case.watched(&fields.at, Some(range)).map(becomes),
        };
        starts.extend(start.map(|trigger| Start::new(trigger).held(hold)));
    }
    starts
}

/// For each entity what is read, and whether it is within the bounds.
pub(crate) fn ranges(case: &mut Case<'_, '_>, fields: &Fields<'_>) -> Vec<(Reading, Expr)> {
    let above = fields.take("above");
    let below = fields.take("below");
    let attribute = case.word(fields, "attribute");
    let Some(entities) = entities(case, fields) else {
        fields.ignore(&["value_template"]);
        return Vec::new();
    };
    if let Some(at) = fields.take("value_template") {
        let what = "what number is compared is computed there";
        case.dropped(
            &at,
            what,
            "write an expression such as `x.temperature - 1 K > 20 °C`",
        );
        return Vec::new();
    }
    if above.is_none() && below.is_none() {
        case.dropped(&fields.at, "it says neither `above` nor `below`", "");
        return Vec::new();
    }
    let mut ranges = Vec::new();
    for entity in entities {
        let Some(reading) = reading(case, &fields.at, entity, attribute) else {
            continue;
        };
        let above = above.as_ref().map(|at| bound(case, at, &reading, ">"));
        let below = below.as_ref().map(|at| bound(case, at, &reading, "<"));
        let bounds: Option<Vec<_>> = [above, below].into_iter().flatten().collect();
        if let Some(range) = bounds.and_then(all) {
            ranges.push((reading, range));
        }
    }
    ranges
}

fn bound(case: &mut Case<'_, '_>, at: &At<'_>, what: &Reading, sign: &str) -> Option<Expr> {
    let bound = match (at.number(), at.text()) {
        (Some(number), _) => what.compared(sign, Some(number)),
        (None, Some(entity)) if entity.contains('.') && !at.is_template() => {
            let other = reading(case, at, entity, None)?;
            what.compared_with(sign, &other)
        }
        _ => None,
    };
    if bound.is_none() {
        let said = format!(
            "{} cannot be compared with {}",
            what.text,
            at.node.described()
        );
        case.dropped(at, said, "");
    }
    bound
}

/// The sun passes a height: upwards if it must be above it, else downwards.
fn elevation(case: &mut Case<'_, '_>, fields: &Fields<'_>, is_held: bool) -> Option<Trigger> {
    let (above, below) = (fields.take("above"), fields.take("below"));
    let text = match (
        above.and_then(|at| at.number()),
        below.and_then(|at| at.number()),
    ) {
        (Some(above), None) => format!("sun rises above {}", degrees(above)),
        (None, Some(below)) => format!("sun falls below {}", degrees(below)),
        _ => String::new(),
    };
    let when: Option<AtTime> = text.parse().ok().filter(|_| !is_held);
    let Some(when) = when else {
        let what = "a range of the sun's height starts no rule";
        case.dropped(
            &fields.at,
            what,
            "use `sun rises above` or `sun falls below`",
        );
        return None;
    };
    let days = Days::default();
    Some(Trigger::At(ClockAt { when, days }))
}

fn degrees(degrees: f64) -> String {
    format!("{}°", (degrees * 100.0).round() / 100.0)
}
