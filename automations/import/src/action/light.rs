//! `light.turn_on`, and the same values where a scene holds them.

use std::time::Duration;

use rules::tree::Step;

use super::call::Call;
use super::set::{Values, Wish, set};
use crate::case::Case;
use crate::cursor::{At, Fields};
use crate::make::number;

pub(super) fn turn_on(case: &mut Case<'_, '_>, call: &Call<'_>) -> Vec<Step> {
    let mut values = vec![("on", "true".to_owned())];
    let mut transition = None;
    if let Some(data) = call.data() {
        transition = self::transition(case, data);
        values.extend(brightness(case, data));
        values.extend(colour(case, data));
    }
    let is_dark = values
        .iter()
        .any(|(name, value)| *name == "level" && value == "0 %");
    if is_dark {
        values = vec![("on", "false".to_owned())];
    }
    let wish = Wish {
        goals: &call.goals,
        values,
        transition,
    };
    set(case, &call.at, &wish)
}

fn transition(case: &mut Case<'_, '_>, data: &Fields<'_>) -> Option<Duration> {
    let at = data.take("transition")?;
    case.length(&at)
}

/// The level, from either of the ways to say it.
pub(crate) fn brightness(
    case: &mut Case<'_, '_>,
    data: &Fields<'_>,
) -> Option<(&'static str, String)> {
    let ways = [("brightness_pct", 1.0), ("brightness", 100.0 / 255.0)];
    let (at, factor) = ways
        .iter()
        .find_map(|(key, factor)| Some((data.take(key)?, factor)))?;
    if at.node.is_null() {
        return None;
    }
    let percent = number_of(case, &at)? * factor;
    // Less than half a percent is not off.
    let least = if percent > 0.0 { 1.0 } else { 0.0 };
    let percent = percent.round().clamp(least, 100.0);
    Some(("level", format!("{} %", number(percent))))
}

/// The ways to say a colour, the first that is there counts.
const COLOURS: &[&str] = &[
    "color_temp_kelvin",
    "kelvin",
    "color_temp",
    "hs_color",
    "rgb_color",
];

/// The colour, from any of the ways to say it.
pub(super) fn colour(case: &mut Case<'_, '_>, data: &Fields<'_>) -> Values {
    colour_of(case, data, COLOURS)
}

/// The colour, from one of these ways to say it.
pub(crate) fn colour_of(case: &mut Case<'_, '_>, data: &Fields<'_>, keys: &[&str]) -> Values {
    let said = keys.iter().filter_map(|key| Some((*key, data.take(key)?)));
    let Some((key, at)) = said.into_iter().find(|(_, at)| !at.node.is_null()) else {
        return Values::new();
    };
    match (key, numbers(&at).as_deref()) {
        ("hs_color", Some([hue, saturation])) => hue_and_saturation(*hue, *saturation),
        ("rgb_color", Some([red, green, blue])) => {
            let (hue, saturation) = from_rgb(*red, *green, *blue);
            hue_and_saturation(hue, saturation)
        }
        ("color_temp", Some([mireds])) => temperature(case, &at, 1_000_000.0 / mireds),
        ("color_temp_kelvin" | "kelvin", Some([kelvin])) => temperature(case, &at, *kelvin),
        _ => {
            case.dropped(
                &at,
                format!("{} is no fixed colour", at.node.described()),
                "",
            );
            Values::new()
        }
    }
}

fn temperature(case: &mut Case<'_, '_>, at: &At<'_>, kelvin: f64) -> Values {
    if !(1_000.0..=20_000.0).contains(&kelvin) {
        case.dropped(
            at,
            format!("{} is no colour temperature", at.node.described()),
            "",
        );
        return Values::new();
    }
    vec![("color-temperature", format!("{} K", number(kelvin.round())))]
}

fn hue_and_saturation(hue: f64, saturation: f64) -> Values {
    let hue = hue.round().rem_euclid(360.0);
    let saturation = saturation.clamp(0.0, 100.0).round();
    vec![
        ("hue", format!("{} °", number(hue))),
        ("saturation", format!("{} %", number(saturation))),
    ]
}

/// Hue in degrees and saturation in percent of a mixture of red, green and blue.
fn from_rgb(red: f64, green: f64, blue: f64) -> (f64, f64) {
    let most = red.max(green).max(blue);
    let spread = most - red.min(green).min(blue);
    if most <= 0.0 || spread <= 0.0 {
        return (0.0, 0.0);
    }
    let sixth = if red >= most {
        (green - blue) / spread
    } else if green >= most {
        (blue - red) / spread + 2.0
    } else {
        (red - green) / spread + 4.0
    };
    ((sixth * 60.0).rem_euclid(360.0), spread / most * 100.0)
}

fn numbers(at: &At<'_>) -> Option<Vec<f64>> {
    at.entries().iter().map(At::number).collect()
}

pub(crate) fn number_of(case: &mut Case<'_, '_>, at: &At<'_>) -> Option<f64> {
    let number = at.number();
    if number.is_none() {
        let what = format!("{} is no fixed number", at.node.described());
        case.dropped(at, what, "write the number, or an expression here");
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixtures_have_their_hue() {
        for (rgb, expected) in [
            ([255.0, 0.0, 0.0], (0.0, 100.0)),
            ([0.0, 255.0, 0.0], (120.0, 100.0)),
            ([0.0, 0.0, 255.0], (240.0, 100.0)),
            ([255.0, 0.0, 255.0], (300.0, 100.0)),
            ([255.0, 255.0, 255.0], (0.0, 0.0)),
            ([0.0, 0.0, 0.0], (0.0, 0.0)),
            ([255.0, 127.5, 127.5], (0.0, 50.0)),
        ] {
            let [red, green, blue] = rgb;
            assert_eq!(from_rgb(red, green, blue), expected, "{rgb:?}");
        }
    }
}
