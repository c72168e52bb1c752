//! A question about the past, as it stands in the query of a URL.

use history::rollup::Period;
use recorder::View;
use recorder::query::MOST_SLICES;
use utoipa::IntoParams;

use super::choose::MOST_SERIES;
use crate::problem::{Kind, Problem};

/// Slices of a chart, unless it is said how many.
const USUAL_SLICES: u32 = 500;
/// The longest text of one path.
const LONGEST_PATH: usize = 500;

/// What of the past is asked for.
#[derive(Default, IntoParams)]
pub(crate) struct Question {
    /// Which series, up to 50: `kitchen-lamp/1/OnOff.OnOff`, `kitchen-lamp`,
    /// `*/*/TemperatureMeasurement.*`, `kitchen-lamp/reachability`, or a key. May be repeated.
    pub(crate) path: Vec<String>,
    /// From when on: `-24h`, `2026-11-27 18:00` on the home's clock, or RFC 3339; a day before `to`
    /// when none.
    pub(crate) from: Option<String>,
    /// Until when; now when none.
    pub(crate) to: Option<String>,
    /// Of a chart: into how many slices it is thinned, up to 5,000; 500 when none. Of each slice the
    /// first, lowest, highest and last stay.
    points: Option<u32>,
    /// Roll-ups instead of a chart: `5m`, `1h`, `1d` or `1mo`.
    every: Option<String>,
}

impl Question {
    /// The question of these fields, of which only those with these names are known.
    pub(crate) fn of(pairs: Vec<(String, String)>, names: &[&str]) -> Result<Self, Problem> {
        let mut asked = Self::default();
        for (name, text) in pairs {
            if !names.contains(&name.as_str()) {
                let name: String = name.chars().take(40).collect();
                return Err(
                    Problem::new(Kind::BadQuery, format!("unknown field {name:?}"))
                        .advise(format!("Known are {}.", names.join(", "))),
                );
            }
            let is_known = match name.as_str() {
                "path" if asked.path.len() == MOST_SERIES => {
                    return Err(Problem::new(Kind::TooMuch, "these are too many paths")
                        .advise(format!("At most {} are answered.", MOST_SERIES)));
                }
                "path" if text.len() > LONGEST_PATH => {
                    return Err(Problem::new(Kind::BadPath, "a path is too long"));
                }
                "path" => {
                    asked.path.push(text);
                    false
                }
                "from" => asked.from.replace(text).is_some(),
                "to" => asked.to.replace(text).is_some(),
                "points" => asked.points.replace(number(&text)?).is_some(),
                _ => asked.every.replace(text).is_some(),
            };
            if is_known {
                return Err(Problem::new(
                    Kind::BadQuery,
                    format!("{name} is given twice"),
                ));
            }
        }
        Ok(asked)
    }

    /// How the past is to be seen.
    pub(crate) fn view(&self) -> Result<View, Problem> {
        match (&self.every, self.points) {
            (Some(_), Some(_)) => Err(Problem::new(
                Kind::BadQuery,
                "both points and every are given",
            )
            .advise("`points` is for a chart, `every` for roll-ups: give one.")),
            (Some(every), None) => period(every).map(View::Every),
            (None, points) => slices(points).map(View::Chart),
        }
    }
}

fn number(text: &str) -> Result<u32, Problem> {
    text.parse().map_err(|_| bad_points())
}

fn slices(points: Option<u32>) -> Result<u32, Problem> {
    match points {
        None => Ok(USUAL_SLICES),
        Some(points) if (1..=MOST_SLICES).contains(&points) => Ok(points),
        Some(_) => Err(bad_points()),
    }
}

fn bad_points() -> Problem {
    Problem::new(Kind::BadQuery, "points is out of range")
        .advise(format!("Give a number from 1 to {MOST_SLICES}."))
}

fn period(text: &str) -> Result<Period, Problem> {
    match text {
        "5m" => Ok(Period::FiveMinutes),
        "1h" => Ok(Period::Hour),
        "1d" => Ok(Period::Day),
        "1mo" => Ok(Period::Month),
        _ => {
            let text: String = text.chars().take(20).collect();
            Err(Problem::new(
                Kind::BadQuery,
                format!("there are no roll-ups every {text:?}"),
            )
            .advise("Write 5m, 1h, 1d or 1mo."))
        }
    }
}
