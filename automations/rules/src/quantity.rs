//! What numbers of a rule count: dimensions, and the units in which people write them.
//!
//! A number is kept in its dimension's base unit, the one in which the hub shows it: °C, %, lx, W,
//! Wh, V, A, hPa, seconds. So comparing is plain, and mixing dimensions an error when the rule is
//! saved, not a surprise at night.

use hub_model::nearest::nearest;
use hub_model::units::Unit;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Nothing: a count, a factor.
    Plain,
    /// A temperature, in °C.
    Temperature,
    /// A difference of temperatures, or a colour temperature, in K.
    Kelvin,
    /// A share, in %.
    Ratio,
    /// Brightness, in lx.
    Illuminance,
    /// Power, in W.
    Power,
    /// Energy, in Wh.
    Energy,
    /// Voltage, in V.
    Voltage,
    /// Current, in A.
    Current,
    /// Pressure, in hPa.
    Pressure,
    /// Frequency, in Hz.
    Frequency,
    /// An angle, in °.
    Angle,
    /// A volume, in l.
    Volume,
    /// Flow, in m³/h.
    Flow,
    /// A radio signal, in dBm.
    Signal,
    /// A time span, in s.
    Time,
}

/// A unit that people write.
#[derive(Debug)]
pub struct UnitDef {
    /// How it is written.
    pub word: &'static str,
    /// What it counts.
    pub dimension: Dimension,
    /// What 1 of it is in the base unit.
    factor: f64,
    /// What 0 of it is in the base unit.
    offset: f64,
}

/// Numbers beyond this are refused: they stay whole in a double, and nothing at home is larger.
pub(crate) const LARGEST: f64 = 9_007_199_254_740_992.0;

const fn unit(word: &'static str, dimension: Dimension, factor: f64) -> UnitDef {
    UnitDef {
        word,
        dimension,
        factor,
        offset: 0.0,
    }
}

/// All units; those of one dimension with the base unit first.
const UNITS: &[UnitDef] = &[
    unit("°C", Dimension::Temperature, 1.0),
    UnitDef {
        word: "°F",
        dimension: Dimension::Temperature,
        factor: 5.0 / 9.0,
        offset: -160.0 / 9.0,
    },
    unit("K", Dimension::Kelvin, 1.0),
    unit("%", Dimension::Ratio, 1.0),
    unit("lx", Dimension::Illuminance, 1.0),
    unit("W", Dimension::Power, 1.0),
    unit("kW", Dimension::Power, 1_000.0),
    unit("mW", Dimension::Power, 0.001),
    unit("Wh", Dimension::Energy, 1.0),
    unit("kWh", Dimension::Energy, 1_000.0),
    unit("V", Dimension::Voltage, 1.0),
    unit("mV", Dimension::Voltage, 0.001),
    unit("A", Dimension::Current, 1.0),
    unit("mA", Dimension::Current, 0.001),
    unit("hPa", Dimension::Pressure, 1.0),
    unit("kPa", Dimension::Pressure, 10.0),
    unit("mbar", Dimension::Pressure, 1.0),
    unit("Hz", Dimension::Frequency, 1.0),
    unit("°", Dimension::Angle, 1.0),
    unit("l", Dimension::Volume, 1.0),
    unit("m³/h", Dimension::Flow, 1.0),
    unit("dBm", Dimension::Signal, 1.0),
    unit("s", Dimension::Time, 1.0),
    unit("ms", Dimension::Time, 0.001),
    unit("min", Dimension::Time, 60.0),
    unit("m", Dimension::Time, 60.0),
    unit("h", Dimension::Time, 3_600.0),
    unit("d", Dimension::Time, 86_400.0),
];

/// The second.
pub(crate) const SECOND: &UnitDef = &unit("s", Dimension::Time, 1.0);

/// All units.
pub(crate) fn units() -> impl Iterator<Item = &'static UnitDef> {
    UNITS.iter()
}

/// The unit that a text begins with: the longest that fits and is a word of its own.
pub(crate) fn unit_at(text: &str) -> Option<&'static UnitDef> {
    let fits = |unit: &&UnitDef| {
        text.strip_prefix(unit.word)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    units().filter(fits).max_by_key(|unit| unit.word.len())
}

/// The unit that someone meant who wrote this word.
pub(crate) fn meant(word: &str) -> Option<&'static str> {
    let small = word.to_lowercase();
    let same = units().find(|unit| unit.word.to_lowercase() == small);
    if let Some(unit) = same {
        return Some(unit.word);
    }
    let of_alias = |name: &str| {
        let mut aliases = ALIASES.iter();
        aliases
            .find(|(alias, _)| *alias == name)
            .map(|(_, unit)| *unit)
    };
    // So short a word is near to everything.
    let is_long = small.chars().count() > 2;
    let near = || nearest(&small, ALIASES.iter().map(|(alias, _)| *alias));
    of_alias(&small).or_else(|| is_long.then(near).flatten().and_then(of_alias))
}

/// Other names of units; only suggested from, not read.
const ALIASES: &[(&str, &str)] = &[
    ("c", "°C"),
    ("ºc", "°C"),
    ("℃", "°C"),
    ("celsius", "°C"),
    ("centigrade", "°C"),
    ("f", "°F"),
    ("ºf", "°F"),
    ("℉", "°F"),
    ("fahrenheit", "°F"),
    ("kelvin", "K"),
    ("percent", "%"),
    ("pct", "%"),
    ("lux", "lx"),
    ("lumen", "lx"),
    ("lm", "lx"),
    ("watt", "W"),
    ("watts", "W"),
    ("kilowatt", "kW"),
    ("kilowatts", "kW"),
    ("volt", "V"),
    ("volts", "V"),
    ("amp", "A"),
    ("amps", "A"),
    ("ampere", "A"),
    ("hectopascal", "hPa"),
    ("hertz", "Hz"),
    ("º", "°"),
    ("deg", "°"),
    ("degree", "°"),
    ("degrees", "°"),
    ("litre", "l"),
    ("litres", "l"),
    ("liter", "l"),
    ("liters", "l"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("mins", "min"),
    ("minute", "min"),
    ("minutes", "min"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
    ("milliseconds", "ms"),
];

impl UnitDef {
    /// A number of it in the base unit.
    pub(crate) fn to_base(&self, number: f64) -> f64 {
        number * self.factor + self.offset
    }
}

impl Dimension {
    /// The symbol of its base unit.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        let mut units = units();
        let base = units.find(|unit| unit.dimension == self);
        base.map_or("", |unit| unit.word)
    }

    /// What it is, for messages: "a temperature (°C)".
    #[must_use]
    pub const fn described(self) -> &'static str {
        match self {
            Self::Plain => "a number without a unit",
            Self::Temperature => "a temperature (°C)",
            Self::Kelvin => "a difference of temperatures or a colour temperature (K)",
            Self::Ratio => "a share (%)",
            Self::Illuminance => "a brightness (lx)",
            Self::Power => "a power (W)",
            Self::Energy => "an energy (Wh)",
            Self::Voltage => "a voltage (V)",
            Self::Current => "a current (A)",
            Self::Pressure => "a pressure (hPa)",
            Self::Frequency => "a frequency (Hz)",
            Self::Angle => "an angle (°)",
            Self::Volume => "a volume (l)",
            Self::Flow => "a flow (m³/h)",
            Self::Signal => "a signal strength (dBm)",
            Self::Time => "a time span (s)",
        }
    }

    /// What numbers of a unit of the wire count once [`Unit::shown`].
    #[must_use]
    pub fn of(unit: Unit) -> Self {
        // A unit with another symbol is told as a plain number.
        let symbol = unit.symbol();
        let known = units().find(|known| known.word == symbol && !symbol.is_empty());
        known.map_or(Self::Plain, |known| known.dimension)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unit_is_taken_and_no_part_of_a_word() {
        let word = |text| unit_at(text).map(|unit| unit.word);
        assert_eq!(word("mW"), Some("mW"));
        assert_eq!(word("m and"), Some("m"));
        assert_eq!(word("°C"), Some("°C"));
        assert_eq!(word("°"), Some("°"));
        assert_eq!(word("%)"), Some("%"));
        assert_eq!(word("maybe"), None);
    }

    #[test]
    fn other_names_of_units_are_understood_and_nonsense_is_not() {
        for (word, unit) in [
            ("lumen", "lx"),
            ("celcius", "°C"),
            ("°c", "°C"),
            ("℃", "°C"),
            ("MIN", "min"),
            ("Percent", "%"),
            ("kw", "kW"),
        ] {
            assert_eq!(meant(word), Some(unit), "{word}");
        }
        for word in ["x", "zz", "bananas", ""] {
            assert_eq!(meant(word), None, "{word}");
        }
    }

    #[test]
    fn every_suggested_unit_can_be_read() {
        for (alias, unit) in ALIASES {
            assert!(
                unit_at(unit).is_some_and(|found| found.word == *unit),
                "{alias}"
            );
            assert_eq!(*alias, alias.to_lowercase());
        }
    }

    #[test]
    fn fahrenheit_is_a_temperature_too() {
        let fahrenheit = unit_at("°F").unwrap();
        assert!((fahrenheit.to_base(50.0) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn units_of_the_wire_have_their_dimension() {
        assert_eq!(Dimension::of(Unit::CentiCelsius), Dimension::Temperature);
        assert_eq!(Dimension::of(Unit::Level254), Dimension::Ratio);
        assert_eq!(Dimension::of(Unit::Mired), Dimension::Kelvin);
        assert_eq!(Dimension::of(Unit::Milliwatt), Dimension::Power);
        assert_eq!(Dimension::of(Unit::EpochSecond), Dimension::Plain);
    }
}
