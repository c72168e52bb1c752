//! What the home used, where it came from and what it cost, by period.
//!
//! Time is cut wherever anything changes: at the hours of the home's clock, where a price changes, and
//! at the ends of each meter's slices. Within such an atom all is constant; what a slice has is spread
//! evenly over it. Periods only sum up atoms, so the hours of a day sum up to the day, and the days of
//! a month to the month, energy and cost alike, to the last digit.
//!
//! - **Home**: grid import + solar + battery discharge - grid export - battery charge. Without a meter
//!   of the grid it is what the devices used, and [`Basis`] says so; costs then are those of that.
//! - **A device behind another** is part of it: what a meter *used* has all that went through it, its
//!   *own* share is without the meters behind it. Where a meter has nothing or not all, at least what
//!   the meters behind it measured went through it. Rooms and costs sum up own shares.
//! - **Missing** data is told, never filled in: it counts as nothing.

mod carrier;
mod result;
mod standing;
mod tally;

use std::collections::BTreeSet;

use hub_model::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::result::{
    Balance, BandUse, Basis, Battery, Cost, DeviceUse, Grid, MeterInfo, Missing, Part, Reckoning,
    Rest, RoomUse,
};

use self::carrier::Carriers;
use self::tally::Tally;
use crate::meter_id::MeterId;
use crate::price_line::price_line;
use crate::range::{Period, Range, days};
use crate::settings::Settings;
use crate::slice::Slice;

/// The most periods of a reckoning: the hours of more than a year.
pub const MOST_PARTS: usize = 10_000;

/// A meter with what it measured and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Which.
    pub meter: MeterId,
    /// What people call it.
    pub name: String,
    /// The room it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// What it measured, ascending and without overlaps; there may be holes.
    pub slices: Vec<Slice>,
}

/// Why nothing was reckoned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReckonError {
    /// A meter was given twice.
    #[error("meter {0} is given twice")]
    Twice(MeterId),
    /// A slice has no length or negative energy, or begins before the one before it ends.
    #[error("the slice of meter {meter} at {at} is not valid or not after the one before it")]
    Slice {
        /// Whose.
        meter: MeterId,
        /// When it begins.
        at: Timestamp,
    },
    /// The range has more than [`MOST_PARTS`] of the periods.
    #[error("the range has {0} periods, at most {MOST_PARTS} are reckoned")]
    TooManyParts(usize),
}

/// What the home used in each period of the range, and in all of it.
///
/// Meters that are to be ignored are left out. The first and the last period are only as long as the
/// range has them; a standing charge is for the share of the day that is in the range, so a range that
/// goes on beyond the present has the charges of the future.
///
/// # Errors
/// If a meter is given twice or its slices are not in order, or there are too many periods.
pub fn reckon(
    settings: &Settings,
    measured: &[Measured],
    zone: &TimeZone,
    period: Period,
    range: Range,
) -> Result<Reckoning, ReckonError> {
    check(measured)?;
    let pieces = period.pieces(range, zone);
    if pieces.len() > MOST_PARTS {
        return Err(ReckonError::TooManyParts(pieces.len()));
    }
    let days = days(range, zone);
    let mut carriers = Carriers::new(settings, measured);
    let prices = price_line(range, settings, zone);
    let mut prices = prices.iter().copied();
    let mut price = prices.next();
    let mut whole = Tally::new(range, &carriers);
    let mut parts = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let mut part = Tally::new(piece, &carriers);
        // Periods end where a piece of the prices does, for those are hours and shorter.
        while let Some(priced) = price.filter(|price| price.range.from() < piece.to()) {
            let mut at = priced.range.from();
            while at < priced.range.to() {
                let to = carriers.next_border(at, priced.range.to());
                let atom = carriers.measure(Range::between(at, to));
                for tally in [&mut part, &mut whole] {
                    tally.add(&carriers, &atom, priced.prices);
                }
                at = to;
            }
            price = prices.next();
        }
        parts.push(part.finish(&carriers, standing::charges(piece, &days, settings)));
    }
    let charges = standing::charges(range, &days, settings);
    Ok(Reckoning {
        period,
        basis: carriers.basis(),
        meters: carriers.infos(),
        parts,
        whole: whole.finish(&carriers, charges),
    })
}

fn check(measured: &[Measured]) -> Result<(), ReckonError> {
    let mut seen = BTreeSet::new();
    for Measured { meter, slices, .. } in measured {
        if !seen.insert(*meter) {
            return Err(ReckonError::Twice(*meter));
        }
        let mut end = Timestamp(i64::MIN);
        for slice in slices {
            if !slice.is_valid() || slice.from < end {
                let (meter, at) = (*meter, slice.from);
                return Err(ReckonError::Slice { meter, at });
            }
            end = slice.to;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
