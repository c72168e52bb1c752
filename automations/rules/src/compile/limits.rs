//! Ranges: what a device can be set to, by its own word.

use hub_model::units::Unit;
use hub_model::{AttributeId, ClusterId};

use super::Scope;
use super::code::Code;
use crate::datum::{Datum, Type};
use crate::house::Spot;
use crate::problem::Problem;
use crate::quantity::Dimension;

/// A value that is about to be given to a property.
pub(crate) struct Limited<'a> {
    pub(crate) spot: Spot,
    pub(crate) cluster: ClusterId,
    pub(crate) attribute: AttributeId,
    pub(crate) datatype: Type,
    pub(crate) code: &'a Code,
    pub(crate) device: String,
}

/// Where a device tells the range of an attribute: cluster, attribute, least, greatest, unit.
const RANGES: &[(u32, u32, u32, u32, Unit)] = &[
    (0x0008, 0, 2, 3, Unit::Level254),
    // The smaller mired is the greater kelvin.
    (0x0300, 7, 0x400C, 0x400B, Unit::Mired),
    (0x0201, 0x11, 0x17, 0x18, Unit::CentiCelsius),
    (0x0201, 0x12, 0x15, 0x16, Unit::CentiCelsius),
];

/// How far rounding to the wire's steps may go beyond a limit.
const STEP: f64 = 0.5;

/// Checks a fixed value against the device's range.
pub(crate) fn check(limited: &Limited<'_>, place: &str, scope: &mut Scope<'_>) {
    let Code::Const(Datum::Number(n)) = limited.code else {
        return;
    };
    let Some((least, most)) = range(limited, scope) else {
        return;
    };
    // Off is no level, but it is what 0 % means.
    let is_off = limited.cluster == ClusterId(0x0008) && *n == 0.0;
    if is_off || (*n >= least - STEP && *n <= most + STEP) {
        return;
    }
    let shown = |n: f64| Datum::Number(n).shown(&limited.datatype);
    let what = format!(
        "{} takes {} to {}, not {}",
        limited.device,
        shown(least),
        shown(most),
        shown(*n)
    );
    scope.problems.push(Problem::error(place, what));
}

fn range(limited: &Limited<'_>, scope: &Scope<'_>) -> Option<(f64, f64)> {
    let told = RANGES.iter().find(|(cluster, attribute, ..)| {
        *cluster == limited.cluster.0 && *attribute == limited.attribute.0
    });
    let told = told.and_then(|(_, _, least, most, unit)| {
        let house = scope.house();
        let least = house.number(limited.spot, limited.cluster, *least)?;
        let most = house.number(limited.spot, limited.cluster, *most)?;
        Some((unit.shown(least), unit.shown(most)))
    });
    told.or(match limited.datatype {
        Type::Number(Dimension::Ratio) => Some((0.0, 100.0)),
        Type::Number(Dimension::Angle) => Some((0.0, 360.0)),
        _ => None,
    })
}
