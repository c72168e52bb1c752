//! The hours of a long-term statistic, as roll-ups.
//!
//! The other hub keeps of each hour the mean over time with the lowest and the highest, or of a
//! counter what it showed at the end and how much it rose in all. What it does not keep is taken so
//! that what is told of the hour holds: a number begins and ends an hour at its mean.

use history::rollup::{Numbers, Rollup};
use hub_model::Timestamp;

use crate::course::Tally;
use crate::number::{Number, Reject};
use crate::quantity::Line;
use crate::row::{StatisticRow, moment};

/// The hours of one statistic so far.
#[derive(Clone, Debug)]
pub(crate) struct Hours {
    /// How its numbers become numbers here; none when they count something else.
    line: Option<Line>,
    /// What they are here; none when they have no place.
    number: Option<Number>,
    /// When our own record of it begins.
    pub(crate) own: Option<Timestamp>,
    before: Option<StatisticRow>,
    pub(crate) tally: Tally,
    pub(crate) resets: u64,
}

const HOUR_MS: u32 = 3_600_000;

impl Hours {
    /// The hours of a statistic whose numbers are in a unit.
    pub(crate) fn new(number: Option<Number>, unit: Option<&str>) -> Self {
        Self {
            line: match &number {
                Some(number) => number.line(unit),
                None => Some(Line::SAME),
            },
            number,
            own: None,
            before: None,
            tally: Tally::default(),
            resets: 0,
        }
    }

    /// The roll-up of a row.
    pub(crate) fn take(&mut self, row: &StatisticRow) -> Option<Rollup> {
        let before = self.before.replace(*row);
        let from = self.rejected(begin(row).ok_or(Reject::Unreadable), row)?;
        let numbers = self.numbers(row, before.as_ref());
        let numbers = self.rejected(numbers, row)?;
        let until = Timestamp::from_millis(from.as_millis().saturating_add(HOUR_MS.into()));
        if self.own.is_some_and(|own| until > own) {
            self.tally.dropped.own += 1;
            return None;
        }
        self.resets += u64::from(numbers.resets);
        self.tally.gave(from);
        Some(Rollup {
            from,
            samples: numbers.count,
            known_ms: HOUR_MS.into(),
            numbers: Some(numbers),
            states: Vec::new(),
            other_ms: 0,
        })
    }

    fn rejected<T>(&mut self, result: Result<T, Reject>, row: &StatisticRow) -> Option<T> {
        result
            .map_err(|why| self.tally.reject(why, || example(row)))
            .ok()
    }

    fn numbers(
        &self,
        row: &StatisticRow,
        before: Option<&StatisticRow>,
    ) -> Result<Numbers, Reject> {
        let line = self.line.ok_or(Reject::WrongUnit)?;
        let shown = |number: f64| {
            let number = line.of(number);
            match &self.number {
                Some(of) => of.shown(number),
                None if number.is_finite() => Ok(number),
                None => Err(Reject::OutOfRange),
            }
        };
        let rise = Rise::of(row, before);
        let (first, last, mean) = match (row.mean, row.state.or(row.sum)) {
            (Some(mean), _) => (mean, mean, mean),
            (None, Some(last)) => {
                let first = before.and_then(|before| before.state.or(before.sum));
                let first = first.filter(|_| rise.resets == 0).unwrap_or(last);
                (first, last, f64::midpoint(first, last))
            }
            (None, None) => return Err(Reject::Unreadable),
        };
        let (first, last, mean) = (shown(first)?, shown(last)?, shown(mean)?);
        let low = row.min.map_or(Ok(first.min(last)), shown)?;
        let high = row.max.map_or(Ok(first.max(last)), shown)?;
        let difference = line.of_difference(rise.by);
        let increase = match &self.number {
            Some(of) => of.shown_difference(difference),
            None => difference,
        };
        Ok(Numbers {
            first,
            last,
            min: low.min(mean),
            max: high.max(mean),
            sum: mean,
            count: 1,
            weighted: mean * f64::from(HOUR_MS),
            ms: HOUR_MS.into(),
            increase: if increase.is_finite() { increase } else { 0.0 },
            resets: rise.resets,
        })
    }
}

/// By how much a counter rose within an hour.
struct Rise {
    by: f64,
    resets: u32,
}

impl Rise {
    fn of(row: &StatisticRow, before: Option<&StatisticRow>) -> Self {
        let none = Self { by: 0.0, resets: 0 };
        let (Some(sum), Some(before)) = (row.sum, before) else {
            return none;
        };
        let Some(rose) = before.sum.map(|before| sum - before) else {
            return none;
        };
        let fell = |now: Option<f64>, then: Option<f64>| {
            now.zip(then).is_some_and(|(now, then)| now < then)
        };
        // The sum goes on over a new beginning of the counter; where it falls, it began anew itself.
        let began = row.last_reset != before.last_reset || fell(row.state, before.state);
        Self {
            by: rose.max(0.0),
            resets: u32::from(began || rose < 0.0),
        }
    }
}

/// When the hour begins; none when it is no whole hour.
fn begin(row: &StatisticRow) -> Option<Timestamp> {
    let from = moment(row.start)?;
    (from.as_secs() % 3_600 == 0).then(|| Timestamp::from_secs(from.as_secs()))
}

fn example(row: &StatisticRow) -> String {
    let number = row.mean.or(row.state).or(row.sum);
    number.map_or_else(|| "no number".to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::StatisticRef;

    fn row(hour: u32) -> StatisticRow {
        StatisticRow {
            of: StatisticRef(1),
            start: f64::from(hour) * 3_600.0,
            mean: None,
            min: None,
            max: None,
            sum: None,
            state: None,
            last_reset: None,
        }
    }

    fn measured(hour: u32, [mean, min, max]: [f64; 3]) -> StatisticRow {
        StatisticRow {
            mean: Some(mean),
            min: Some(min),
            max: Some(max),
            ..row(hour)
        }
    }

    fn counted(hour: u32, state: f64, sum: f64) -> StatisticRow {
        StatisticRow {
            state: Some(state),
            sum: Some(sum),
            ..row(hour)
        }
    }

    #[test]
    fn a_mean_is_weighted_over_the_hour() {
        let mut hours = Hours::new(None, Some("°C"));
        let hour = hours.take(&measured(5, [20.5, 19.0, 22.0])).unwrap();
        assert_eq!(hour.from, Timestamp::from_secs(5 * 3_600));
        let numbers = hour.numbers.unwrap();
        assert_eq!(numbers.mean_over_time(), Some(20.5));
        assert_eq!((numbers.min, numbers.max), (19.0, 22.0));
        assert_eq!((hour.known_ms, numbers.increase), (3_600_000, 0.0));
    }

    #[test]
    fn a_counter_rises_by_the_difference_of_its_sums() {
        let mut hours = Hours::new(None, Some("kWh"));
        let rows = [
            counted(1, 100.0, 0.0),
            counted(2, 101.5, 1.5),
            // Nothing was recorded for two hours, then it began anew.
            counted(5, 0.5, 2.0),
            counted(6, 0.25, 0.25),
        ];
        let numbers: Vec<_> = rows
            .iter()
            .map(|row| hours.take(row).unwrap().numbers.unwrap())
            .collect();
        let rises: Vec<_> = numbers.iter().map(|n| (n.increase, n.resets)).collect();
        assert_eq!(rises, [(0.0, 0), (1.5, 0), (0.5, 1), (0.0, 1)]);
        assert_eq!((numbers[1].first, numbers[1].last), (100.0, 101.5));
        assert_eq!(hours.resets, 2);
    }

    #[test]
    fn what_has_no_number_no_hour_or_an_own_record_is_left_out() {
        let mut hours = Hours::new(None, None);
        hours.own = Some(Timestamp::from_secs(3 * 3_600 - 1));
        assert_eq!(hours.take(&row(1)), None);
        let mut odd = measured(1, [1.0, 1.0, 1.0]);
        odd.start += 60.0;
        assert_eq!(hours.take(&odd), None);
        assert_eq!(hours.tally.dropped.unreadable, 2);
        assert!(hours.take(&measured(1, [1.0, 1.0, 1.0])).is_some());
        assert_eq!(hours.take(&measured(2, [1.0, 1.0, 1.0])), None);
        assert_eq!(hours.tally.dropped.own, 1);
    }
}
