//! Energy: which attributes measure it, what the home used of it, and what that cost.
//!
//! What the owner says stands in [`Settings`]: the role of each meter, and tariffs. What a meter said
//! becomes [`Slice`]s of time, out of its readings ([`Readings`]) or out of what a history has kept.
//! [`reckon`] makes of both what the home, its rooms and its devices used in each hour, day or month,
//! and what that cost; [`compare`] lays two such stretches side by side.
//!
//! It is pure: the time zone and the range come in as arguments. Energy is counted in whole mWh and
//! money in whole fractions of its unit, so sums are exact.
//!
//! Not here: where readings and settings are kept, who asks for them, and carbon, gas and water.

mod amount;
mod clock;
mod compare;
mod decimal;
mod meter;
mod meter_id;
mod money;
mod price_line;
mod range;
mod readings;
mod reckon;
mod settings;
mod slice;
mod tariff;
#[cfg(test)]
mod testing;

pub use amount::MilliwattHours;
pub use compare::{Change, Comparison, DeviceChange, compare};
pub use decimal::DecimalError;
pub use meter::{Direction, Reading, Source, attributes, source};
pub use meter_id::MeterId;
pub use money::{Currency, CurrencyError, Money, Price};
pub use price_line::{PricePiece, Priced, price_line, prices_at};
pub use range::{Period, Range, RangeError};
pub use readings::{Bucket, Readings};
pub use reckon::{
    Balance, BandUse, Basis, Battery, Cost, DeviceUse, Grid, MOST_PARTS, Measured, MeterInfo,
    Missing, Part, ReckonError, Reckoning, Rest, RoomUse, reckon,
};
pub use settings::{ID, KIND, LONGEST, MeterSettings, Problem, Role, Settings, VERSION};
pub use slice::{Quality, Slice};
pub use tariff::{Band, DEFAULT_BAND, Prices, Rate, Tariff};
