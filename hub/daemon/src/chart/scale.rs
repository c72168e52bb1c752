//! The scale of numbers: round ones at equal steps that hold all of them.

/// Steps are one of these times a power of ten.
const ROUND: [f64; 4] = [1.0, 2.0, 5.0, 10.0];
/// The most decimals that are shown.
const MOST_DECIMALS: usize = 6;

/// A scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) step: f64,
}

impl Scale {
    /// The scale that holds numbers from `low` to `high` in some `steps` steps.
    pub(crate) fn of(low: f64, high: f64, steps: u32) -> Self {
        let (low, high) = match high > low {
            true => (low, high),
            false => {
                let around = (low.abs() * 0.05).max(0.5);
                (low - around, low + around)
            }
        };
        let rough = (high - low) / f64::from(steps.max(1));
        let power = 10f64.powf(rough.log10().floor());
        let round = ROUND
            .into_iter()
            .find(|round| round * power >= rough * 0.999);
        let step = round.unwrap_or(10.0) * power;
        if !step.is_finite() || step <= 0.0 {
            return Self {
                low,
                high,
                step: high - low,
            };
        }
        Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            step,
        }
    }

    /// The round numbers on it, ascending.
    pub(crate) fn ticks(self) -> impl Iterator<Item = f64> {
        let many = ((self.high - self.low) / self.step).round();
        (0..100u32)
            .map(f64::from)
            .take_while(move |n| *n <= many)
            .map(move |n| self.low + n * self.step)
    }

    /// A tick in words.
    pub(crate) fn tick(self, number: f64) -> String {
        plain(number, self.decimals())
    }

    /// A number with one more decimal than the ticks have.
    pub(crate) fn number(self, number: f64) -> String {
        let text = plain(number, (self.decimals() + 1).min(MOST_DECIMALS));
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    }

    fn decimals(self) -> usize {
        (0..MOST_DECIMALS)
            .find(|decimals| {
                let power = 10f64.powi(i32::try_from(*decimals).unwrap_or(0));
                let scaled = self.step * power;
                (scaled - scaled.round()).abs() < 1e-6 * scaled.abs().max(1e-9)
            })
            .unwrap_or(MOST_DECIMALS)
    }
}

/// A number with so many decimals, and no minus before zero.
fn plain(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    match text
        .trim_start_matches('-')
        .chars()
        .all(|c| matches!(c, '0' | '.'))
    {
        true => text.trim_start_matches('-').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ticks(low: f64, high: f64) -> Vec<String> {
        let scale = Scale::of(low, high, 4);
        scale.ticks().map(|tick| scale.tick(tick)).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_all() {
        assert_eq!(ticks(19.83, 22.1), ["19", "20", "21", "22", "23"]);
        assert_eq!(ticks(0.0, 1840.2), ["0", "500", "1000", "1500", "2000"]);
        assert_eq!(
            ticks(-0.03, 0.04),
            ["-0.04", "-0.02", "0.00", "0.02", "0.04"]
        );
        assert_eq!(ticks(21.0, 21.0), ["19", "20", "21", "22", "23"]);
    }

    #[test]
    fn numbers_are_told_a_little_finer_than_the_ticks() {
        let scale = Scale::of(19.83, 22.1, 4);
        assert_eq!(scale.number(20.04), "20");
        assert_eq!(scale.number(20.34), "20.3");
        assert_eq!(scale.number(-0.001), "0");
    }

    proptest! {
        #[test]
        fn any_numbers_have_a_scale(a in -1e300..1e300f64, b in -1e300..1e300f64) {
            let (low, high) = (a.min(b), a.max(b));
            let scale = Scale::of(low, high, 4);
            prop_assert!(scale.high > scale.low);
            prop_assert!(scale.ticks().count() <= 100);
        }
    }
}
