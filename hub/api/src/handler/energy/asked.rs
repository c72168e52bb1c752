//! The ranges that questions about energy are about.

use energy::{Period, Range};
use history::calendar::{end_of, start_of};
use history::rollup;
use hub_model::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::history::moment::moment;
use crate::problem::{Kind, Problem};
use crate::state::Api;

/// Days of a range whose beginning was not given, the present one included.
const USUAL_DAYS: u32 = 30;
/// Ranges up to so long are cut into hours, or into days, unless it is said.
const HOURS_UP_TO_US: i64 = 2 * DAY_US;
const DAYS_UP_TO_US: i64 = 92 * DAY_US;
/// The longest range of prices: each hour may have another.
const LONGEST_PRICES_US: i64 = 400 * DAY_US;
/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;

/// What is to be reckoned.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reckoned {
    /// `today` and `yesterday` by hour; `week`, `month`, `last-month` by day; `year` by month. Instead
    /// of `from` and `to`.
    #[serde(default)]
    period: Option<String>,
    /// From when on: `2026-11-01`, `2026-11-01 18:00` on the home's clock, `-24h`, or RFC 3339; the last
    /// 30 days when none.
    #[serde(default)]
    from: Option<String>,
    /// Until when; now when none.
    #[serde(default)]
    to: Option<String>,
    /// The periods: `hour`, `day` or `month`; what suits the range when none.
    #[serde(default)]
    every: Option<String>,
}

/// A range of prices.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spanned {
    /// From when on; the beginning of today when none.
    #[serde(default)]
    from: Option<String>,
    /// Until when; the end of the day after the one in which the range begins when none.
    #[serde(default)]
    to: Option<String>,
}

/// Two ranges.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compared {
    /// From when on; the last 30 days when none.
    #[serde(default)]
    from: Option<String>,
    /// Until when; now when none.
    #[serde(default)]
    to: Option<String>,
    /// When the range begins with which it is compared; as long before its end as the other is long
    /// when none.
    #[serde(default)]
    with_from: Option<String>,
    /// When that ends; where the other begins when none.
    #[serde(default)]
    with_to: Option<String>,
}

impl Reckoned {
    pub(super) fn range(&self, api: &Api, now: Timestamp) -> Result<(Range, Period), Problem> {
        let at = At { api, now };
        let (range, usual) = match &self.period {
            Some(_) if self.from.is_some() || self.to.is_some() => {
                return Err(
                    Problem::new(Kind::BadQuery, "period stands beside from or to")
                        .advise("Give one or the other."),
                );
            }
            Some(period) => at.named(period)?,
            None => {
                let range = at.range(self.from.as_deref(), self.to.as_deref())?;
                (range, usual(range))
            }
        };
        let every = self.every.as_deref().map(every).transpose()?;
        Ok((range, every.unwrap_or(usual)))
    }
}

impl Spanned {
    pub(super) fn range(&self, api: &Api, now: Timestamp) -> Result<Range, Problem> {
        let at = At { api, now };
        let from = match &self.from {
            Some(from) => at.moment(from)?,
            None => at.day(now),
        };
        let to = match &self.to {
            Some(to) => at.moment(to)?,
            None => at.day_after(at.day_after(from)),
        };
        if to.0.saturating_sub(from.0) > LONGEST_PRICES_US {
            return Err(Problem::new(Kind::TooMuch, "that is longer than a year")
                .advise("Ask for a shorter time."));
        }
        ranged(from, to)
    }
}

impl Compared {
    /// The range, and the one with which it is compared.
    pub(super) fn ranges(&self, api: &Api, now: Timestamp) -> Result<(Range, Range), Problem> {
        let at = At { api, now };
        let range = at.range(self.from.as_deref(), self.to.as_deref())?;
        let with_to = match &self.with_to {
            Some(to) => at.moment(to)?,
            None => range.from(),
        };
        let with_from = match &self.with_from {
            Some(from) => at.moment(from)?,
            None => Timestamp(with_to.0 - (range.to().0 - range.from().0)),
        };
        Ok((range, ranged(with_from, with_to)?))
    }
}

/// By whose clock and calendar, and when.
struct At<'a> {
    api: &'a Api,
    now: Timestamp,
}

impl At<'_> {
    fn range(&self, from: Option<&str>, to: Option<&str>) -> Result<Range, Problem> {
        let to = to.map_or(Ok(self.now), |to| self.moment(to))?;
        let from = match from {
            Some(from) => self.moment(from)?,
            None => self.days_back(to, USUAL_DAYS - 1),
        };
        if from >= self.now {
            return Err(to_come());
        }
        ranged(from, to)
    }

    fn named(&self, period: &str) -> Result<(Range, Period), Problem> {
        let now = self.now;
        let month = self.start(rollup::Period::Month, now);
        let before = |at: Timestamp| Timestamp(at.0 - 1);
        let (from, to, every) = match period {
            "today" => (self.day(now), now, Period::Hour),
            "yesterday" => (self.day(before(self.day(now))), self.day(now), Period::Hour),
            "week" => (self.days_back(now, 6), now, Period::Day),
            "month" => (month, now, Period::Day),
            "last-month" => {
                let from = self.start(rollup::Period::Month, before(month));
                (from, month, Period::Day)
            }
            "year" => {
                let back = |from, _| self.start(rollup::Period::Month, before(from));
                ((0..11).fold(month, back), now, Period::Month)
            }
            other => {
                let shown: String = other.chars().take(20).collect();
                return Err(
                    Problem::new(Kind::BadQuery, format!("{shown:?} is no period"))
                        .advise("Write today, yesterday, week, month, last-month or year."),
                );
            }
        };
        // At the very first moment of a day nothing of it has been yet.
        let to = if to > from { to } else { Timestamp(from.0 + 1) };
        Ok((ranged(from, to)?, every))
    }

    fn moment(&self, text: &str) -> Result<Timestamp, Problem> {
        moment(text, self.now, self.api.rules().place())
    }

    fn start(&self, period: rollup::Period, at: Timestamp) -> Timestamp {
        start_of(period, at, self.api.rules().place().zone.to_jiff())
    }

    fn day(&self, at: Timestamp) -> Timestamp {
        self.start(rollup::Period::Day, at)
    }

    fn day_after(&self, at: Timestamp) -> Timestamp {
        let zone = self.api.rules().place().zone.to_jiff();
        end_of(rollup::Period::Day, self.day(at), zone)
    }

    /// The beginning of the day that is so many before the one of a moment.
    fn days_back(&self, at: Timestamp, days: u32) -> Timestamp {
        let back = |day: Timestamp, _| self.day(Timestamp(day.0 - 1));
        (0..days).fold(self.day(at), back)
    }
}

/// What suits a range.
fn usual(range: Range) -> Period {
    let length = range.to().0 - range.from().0;
    if length <= HOURS_UP_TO_US {
        Period::Hour
    } else if length <= DAYS_UP_TO_US {
        Period::Day
    } else {
        Period::Month
    }
}

fn every(text: &str) -> Result<Period, Problem> {
    match text {
        "hour" => Ok(Period::Hour),
        "day" => Ok(Period::Day),
        "month" => Ok(Period::Month),
        other => {
            let shown: String = other.chars().take(20).collect();
            Err(
                Problem::new(Kind::BadQuery, format!("there is no {shown:?} to cut into"))
                    .advise("Write hour, day or month."),
            )
        }
    }
}

fn ranged(from: Timestamp, to: Timestamp) -> Result<Range, Problem> {
    Range::new(from, to).map_err(|error| {
        Problem::new(Kind::BadQuery, error.to_string())
            .advise("Give a `from` that is before `to`, and at most ten years.")
    })
}

fn to_come() -> Problem {
    Problem::new(Kind::BadQuery, "the range has not begun yet")
        .advise("Give a `from` that is in the past.")
}
