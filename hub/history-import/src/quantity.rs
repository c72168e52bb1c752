//! Units of the other hub, and how a number of one becomes a number of another.

/// How a number becomes another: times something, plus something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    times: f64,
    plus: f64,
}

impl Line {
    /// It stays as it is.
    pub(crate) const SAME: Self = Self {
        times: 1.0,
        plus: 0.0,
    };

    /// The other number.
    pub(crate) fn of(self, number: f64) -> f64 {
        number * self.times + self.plus
    }

    /// The difference of two other numbers that differed by so much.
    pub(crate) fn of_difference(self, difference: f64) -> f64 {
        difference * self.times
    }
}

/// How numbers of one unit become numbers of another; none when they count something else, or one of
/// them is not known.
pub(crate) fn line(from: &str, to: &str) -> Option<Line> {
    if tidy(from) == tidy(to) {
        return Some(Line::SAME);
    }
    let (from, to) = (unit(from)?, unit(to)?);
    (from.kind == to.kind).then(|| Line {
        times: from.times / to.times,
        plus: (from.plus - to.plus) / to.times,
    })
}

/// Whether it is the unit of temperatures that are not in degrees Celsius.
pub(crate) fn is_fahrenheit(text: &str) -> bool {
    text.trim() == "°F"
}

/// What a unit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Temperature,
    Power,
    Apparent,
    Reactive,
    Energy,
    Share,
    Light,
    Pressure,
    /// Parts of a whole.
    Parts,
    /// Mass in a volume.
    Density,
    Voltage,
    Current,
    Charge,
    Frequency,
    Flow,
    Volume,
    Time,
    Data,
    Distance,
    Speed,
    Precipitation,
    Mass,
}

/// A unit: how its numbers become numbers of the kind's own unit.
#[derive(Clone, Copy, Debug)]
struct Unit {
    name: &'static str,
    kind: Kind,
    times: f64,
    plus: f64,
}

/// One spelling of each unit: the sign for a millionth has two.
fn tidy(text: &str) -> String {
    text.trim().replace('\u{3bc}', "\u{b5}")
}

fn unit(text: &str) -> Option<Unit> {
    let text = tidy(text);
    UNITS.iter().copied().find(|unit| unit.name == text)
}

const fn of(name: &'static str, kind: Kind, times: f64) -> Unit {
    Unit {
        name,
        kind,
        times,
        plus: 0.0,
    }
}

const UNITS: &[Unit] = &[
    of("°C", Kind::Temperature, 1.0),
    Unit {
        name: "°F",
        kind: Kind::Temperature,
        times: 5.0 / 9.0,
        plus: -160.0 / 9.0,
    },
    Unit {
        name: "K",
        kind: Kind::Temperature,
        times: 1.0,
        plus: -273.15,
    },
    of("W", Kind::Power, 1.0),
    of("mW", Kind::Power, 1e-3),
    of("kW", Kind::Power, 1e3),
    of("MW", Kind::Power, 1e6),
    of("GW", Kind::Power, 1e9),
    of("TW", Kind::Power, 1e12),
    of("BTU/h", Kind::Power, 0.293_071_07),
    of("VA", Kind::Apparent, 1.0),
    of("mVA", Kind::Apparent, 1e-3),
    of("kVA", Kind::Apparent, 1e3),
    of("var", Kind::Reactive, 1.0),
    of("mvar", Kind::Reactive, 1e-3),
    of("kvar", Kind::Reactive, 1e3),
    of("Wh", Kind::Energy, 1.0),
    of("mWh", Kind::Energy, 1e-3),
    of("kWh", Kind::Energy, 1e3),
    of("MWh", Kind::Energy, 1e6),
    of("GWh", Kind::Energy, 1e9),
    of("TWh", Kind::Energy, 1e12),
    of("J", Kind::Energy, 1.0 / 3_600.0),
    of("kJ", Kind::Energy, 1.0 / 3.6),
    of("MJ", Kind::Energy, 1e3 / 3.6),
    of("GJ", Kind::Energy, 1e6 / 3.6),
    of("cal", Kind::Energy, 4.184 / 3_600.0),
    of("kcal", Kind::Energy, 4.184 / 3.6),
    of("Mcal", Kind::Energy, 4_184.0 / 3.6),
    of("Gcal", Kind::Energy, 4.184e6 / 3.6),
    of("%", Kind::Share, 1.0),
    of("lx", Kind::Light, 1.0),
    of("lux", Kind::Light, 1.0),
    of("klx", Kind::Light, 1e3),
    of("hPa", Kind::Pressure, 1.0),
    of("mbar", Kind::Pressure, 1.0),
    of("Pa", Kind::Pressure, 1e-2),
    of("mPa", Kind::Pressure, 1e-5),
    of("kPa", Kind::Pressure, 10.0),
    of("MPa", Kind::Pressure, 1e4),
    of("bar", Kind::Pressure, 1e3),
    of("cbar", Kind::Pressure, 10.0),
    of("mmHg", Kind::Pressure, 1.333_223_9),
    of("inHg", Kind::Pressure, 33.863_887),
    of("psi", Kind::Pressure, 68.947_573),
    of("inH₂O", Kind::Pressure, 2.490_889),
    of("ppm", Kind::Parts, 1.0),
    of("ppb", Kind::Parts, 1e-3),
    of("ppt", Kind::Parts, 1e-6),
    of("µg/m³", Kind::Density, 1.0),
    of("mg/m³", Kind::Density, 1e3),
    of("ng/m³", Kind::Density, 1e-3),
    of("g/m³", Kind::Density, 1e6),
    of("V", Kind::Voltage, 1.0),
    of("mV", Kind::Voltage, 1e-3),
    of("µV", Kind::Voltage, 1e-6),
    of("kV", Kind::Voltage, 1e3),
    of("MV", Kind::Voltage, 1e6),
    of("A", Kind::Current, 1.0),
    of("mA", Kind::Current, 1e-3),
    of("Ah", Kind::Charge, 1.0),
    of("mAh", Kind::Charge, 1e-3),
    of("Hz", Kind::Frequency, 1.0),
    of("mHz", Kind::Frequency, 1e-3),
    of("kHz", Kind::Frequency, 1e3),
    of("MHz", Kind::Frequency, 1e6),
    of("GHz", Kind::Frequency, 1e9),
    of("m³/h", Kind::Flow, 1.0),
    of("m³/min", Kind::Flow, 60.0),
    of("m³/s", Kind::Flow, 3_600.0),
    of("L/h", Kind::Flow, 1e-3),
    of("L/min", Kind::Flow, 0.06),
    of("L/s", Kind::Flow, 3.6),
    of("mL/s", Kind::Flow, 3.6e-3),
    of("ft³/min", Kind::Flow, 1.699_010_8),
    of("gal/min", Kind::Flow, 0.227_124_71),
    of("gal/h", Kind::Flow, 3.785_411_8e-3),
    of("L", Kind::Volume, 1.0),
    of("l", Kind::Volume, 1.0),
    of("mL", Kind::Volume, 1e-3),
    of("m³", Kind::Volume, 1e3),
    of("ft³", Kind::Volume, 28.316_847),
    of("CCF", Kind::Volume, 2_831.684_7),
    of("gal", Kind::Volume, 3.785_411_8),
    of("s", Kind::Time, 1.0),
    of("ms", Kind::Time, 1e-3),
    of("µs", Kind::Time, 1e-6),
    of("min", Kind::Time, 60.0),
    of("h", Kind::Time, 3_600.0),
    of("d", Kind::Time, 86_400.0),
    of("B", Kind::Data, 1.0),
    of("kB", Kind::Data, 1e3),
    of("MB", Kind::Data, 1e6),
    of("GB", Kind::Data, 1e9),
    of("TB", Kind::Data, 1e12),
    of("KiB", Kind::Data, 1_024.0),
    of("MiB", Kind::Data, 1_048_576.0),
    of("GiB", Kind::Data, 1_073_741_824.0),
    of("m", Kind::Distance, 1.0),
    of("mm", Kind::Distance, 1e-3),
    of("cm", Kind::Distance, 1e-2),
    of("km", Kind::Distance, 1e3),
    of("in", Kind::Distance, 0.025_4),
    of("ft", Kind::Distance, 0.304_8),
    of("mi", Kind::Distance, 1_609.344),
    of("m/s", Kind::Speed, 1.0),
    of("km/h", Kind::Speed, 1.0 / 3.6),
    of("mph", Kind::Speed, 0.447_04),
    of("kn", Kind::Speed, 0.514_444_4),
    of("mm/h", Kind::Precipitation, 1.0),
    of("in/h", Kind::Precipitation, 25.4),
    of("g", Kind::Mass, 1.0),
    of("kg", Kind::Mass, 1e3),
    of("lb", Kind::Mass, 453.592_37),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_those_of_another_unit() {
        for (number, from, to, expected) in [
            (68.0, "°F", "°C", 20.0),
            (20.0, "°C", "°F", 68.0),
            (293.15, "K", "°C", 20.0),
            (1.5, "kWh", "Wh", 1_500.0),
            (3.6, "MJ", "kWh", 1.0),
            (1_013.0, "mbar", "hPa", 1_013.0),
            (29.92, "inHg", "hPa", 1_013.207_5),
            (60.0, "L/min", "m³/h", 3.6),
            (250.0, "mA", "A", 0.25),
            (800.0, "ppb", "ppm", 0.8),
            (7.0, "\u{3bc}g/m³", "\u{b5}g/m³", 7.0),
            (2.0, "apples", "apples", 2.0),
        ] {
            let found = line(from, to).map(|line| line.of(number)).unwrap();
            assert!((found - expected).abs() < 1e-3, "{number} {from}: {found}");
        }
    }

    #[test]
    fn what_counts_something_else_does_not_fit() {
        for (from, to) in [("W", "Wh"), ("ppm", "µg/m³"), ("%", "°C"), ("apples", "W")] {
            assert_eq!(line(from, to), None, "{from} {to}");
        }
    }

    #[test]
    fn every_unit_has_one_name() {
        let mut names: Vec<_> = UNITS.iter().map(|unit| unit.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for unit in UNITS {
            assert_eq!(tidy(unit.name), unit.name);
        }
    }
}
