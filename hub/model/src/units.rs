//! What numbers of the home count.
//!
//! The specification's types say some of it (`temperature`, `power-mW`); what they do not say is in
//! `data/quantities.json`, each entry with the section that does. Bridges of other networks use the
//! same units. Numbers stay as the wire has them; [`Unit::shown`] is for people and charts.

/// What a number counts: the size of its 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// 0.01 °C.
    CentiCelsius,
    /// A difference of 0.01 °C.
    CentiKelvin,
    /// A difference of 0.1 °C.
    DeciKelvin,
    /// 1 %.
    Percent,
    /// 0.5 %.
    HalfPercent,
    /// 0.01 %.
    CentiPercent,
    /// 1/254 of full: level, saturation, intensity.
    Level254,
    /// 10 000 · log10(lux) + 1; 0 is too dark to measure.
    LogLux,
    /// A million divided by the colour temperature in kelvin.
    Mired,
    /// 1/254 of a turn of the colour circle.
    Hue254,
    /// 1/65 536 of a turn of the colour circle.
    Hue65536,
    /// 1/65 536, a coordinate of the CIE 1931 colour space.
    Chromaticity,
    /// A concentration, in the unit that the cluster's `MeasurementUnit` names.
    Concentration,
    /// 0.1 kPa, which is 1 hPa.
    DeciKilopascal,
    /// 1 Pa divided by ten to the power of the cluster's `Scale`.
    ScaledPascal,
    /// 0.1 m³/h.
    DeciCubicMetrePerHour,
    /// 1 l.
    Litre,
    /// 1 mW.
    Milliwatt,
    /// 1 W.
    Watt,
    /// 1 mVA, of apparent power.
    MilliVoltAmpere,
    /// 1 mvar, of reactive power.
    MilliVar,
    /// 1 mV.
    Millivolt,
    /// 1 mA.
    Milliampere,
    /// 1 mAh.
    MilliampereHour,
    /// 1 mWh.
    MilliwattHour,
    /// 1 kWh.
    KilowattHour,
    /// 1 mVAh.
    MilliVoltAmpereHour,
    /// 1 mvarh.
    MilliVarHour,
    /// 0.001 Hz.
    Millihertz,
    /// 1 Hz.
    Hertz,
    /// 1 Btu/h, of cooling capacity.
    BtuPerHour,
    /// 1 g/kWh of CO2 equivalent.
    GramPerKilowattHour,
    /// 1 m/kWh, of an electric vehicle.
    MetrePerKilowattHour,
    /// 1 ms.
    Millisecond,
    /// 0.1 s.
    Decisecond,
    /// 1 s.
    Second,
    /// 1 min.
    Minute,
    /// 1 h.
    Hour,
    /// A moment: seconds since 2000-01-01 UTC.
    EpochSecond,
    /// A moment: microseconds since 2000-01-01 UTC.
    EpochMicrosecond,
    /// A moment: milliseconds since 1970-01-01 UTC.
    PosixMillisecond,
    /// A moment: seconds since the device started.
    UptimeSecond,
    /// A moment: milliseconds since the device started.
    UptimeMillisecond,
    /// A moment: microseconds since the device started.
    UptimeMicrosecond,
    /// A time of day: minutes since midnight.
    MinuteOfDay,
    /// 1 revolution a minute.
    RevolutionPerMinute,
    /// 1° of angle.
    Degree,
    /// 1 dBm, of a radio signal.
    DecibelMilliwatt,
    /// 1 byte.
    Octet,
    /// 1 bit/s.
    BitPerSecond,
    /// 1 frame/s.
    FramePerSecond,
    /// 1 pixel/s.
    PixelPerSecond,
    /// 1 pixel.
    Pixel,
}

/// How numbers of a unit are shown: multiplied, rounded, with a symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    /// What 1 on the wire is in the shown unit, as a fraction.
    pub times: f64,
    pub over: f64,
    /// Decimals worth showing.
    pub decimals: usize,
    pub symbol: &'static str,
}

const fn scale(times: u32, over: u32, decimals: usize, symbol: &'static str) -> Scale {
    Scale {
        times: times as f64,
        over: over as f64,
        decimals,
        symbol,
    }
}

impl Unit {
    /// The symbol of the unit in which its numbers are shown: `°C`, `%`, `W`; empty for moments
    /// and for what another attribute scales.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        self.scale().symbol
    }

    /// A number of the wire in the shown unit: 2150 hundredths are 21.5 °C. Moments stay as they
    /// are.
    #[must_use]
    pub fn shown(self, raw: f64) -> f64 {
        match self {
            Self::LogLux if raw < 1.0 => 0.0,
            Self::LogLux => 10f64.powf((raw - 1.0) / 10_000.0),
            Self::Mired if raw > 0.0 => 1_000_000.0 / raw,
            _ => raw * self.scale().times / self.scale().over,
        }
    }

    /// The number of the wire for one in the shown unit, not rounded: the reverse of
    /// [`Unit::shown`].
    #[must_use]
    pub fn raw(self, shown: f64) -> f64 {
        match self {
            Self::LogLux if shown <= 0.0 => 0.0,
            Self::LogLux => (10_000.0 * shown.log10() + 1.0).max(0.0),
            Self::Mired if shown > 0.0 => 1_000_000.0 / shown,
            _ => shown * self.scale().over / self.scale().times,
        }
    }

    /// The number of the wire, rounded, for one that a person gave with its symbol: "21.5 °C" (also
    /// "21.5 C") is 2150 hundredths. None when it is no number of this unit, or a moment.
    #[must_use]
    pub fn read(self, text: &str) -> Option<f64> {
        let symbol = self.symbol();
        let typed = symbol.trim_start_matches('°');
        let number = [symbol, typed]
            .into_iter()
            .filter(|symbol| !symbol.is_empty())
            .find_map(|symbol| text.trim().strip_suffix(symbol))?;
        let shown: f64 = number.trim_end().parse().ok()?;
        let raw = self.raw(shown).round();
        raw.is_finite().then_some(raw)
    }

    /// The attribute of the same cluster without which the number cannot be read.
    #[must_use]
    pub const fn depends_on(self) -> Option<&'static str> {
        match self {
            Self::Concentration => Some("MeasurementUnit"),
            Self::ScaledPascal => Some("Scale"),
            _ => None,
        }
    }

    /// Whether it counts from a beginning of time, so that its numbers are moments.
    #[must_use]
    pub const fn is_moment(self) -> bool {
        matches!(
            self,
            Self::EpochSecond
                | Self::EpochMicrosecond
                | Self::PosixMillisecond
                | Self::UptimeSecond
                | Self::UptimeMillisecond
                | Self::UptimeMicrosecond
                | Self::MinuteOfDay
        )
    }

    pub(crate) const fn scale(self) -> Scale {
        match self {
            Self::CentiCelsius => scale(1, 100, 1, "°C"),
            Self::CentiKelvin => scale(1, 100, 1, "K"),
            Self::DeciKelvin => scale(1, 10, 1, "K"),
            Self::Percent => scale(1, 1, 0, "%"),
            Self::HalfPercent => scale(1, 2, 0, "%"),
            Self::CentiPercent => scale(1, 100, 1, "%"),
            Self::Level254 => scale(100, 254, 0, "%"),
            Self::LogLux => scale(1, 1, 0, "lx"),
            Self::Mired => scale(1, 1, 0, "K"),
            Self::Hue254 => scale(360, 254, 0, "°"),
            Self::Hue65536 => scale(360, 65_536, 0, "°"),
            Self::Chromaticity => scale(1, 65_536, 4, ""),
            Self::DeciKilopascal => scale(1, 1, 0, "hPa"),
            Self::DeciCubicMetrePerHour => scale(1, 10, 1, "m³/h"),
            Self::Litre => scale(1, 1, 0, "l"),
            Self::Milliwatt => scale(1, 1_000, 1, "W"),
            Self::Watt => scale(1, 1, 1, "W"),
            Self::MilliVoltAmpere => scale(1, 1_000, 1, "VA"),
            Self::MilliVar => scale(1, 1_000, 1, "var"),
            Self::Millivolt => scale(1, 1_000, 1, "V"),
            Self::Milliampere => scale(1, 1_000, 2, "A"),
            Self::MilliampereHour => scale(1, 1_000, 2, "Ah"),
            Self::MilliwattHour => scale(1, 1_000, 2, "Wh"),
            Self::KilowattHour => scale(1_000, 1, 2, "Wh"),
            Self::MilliVoltAmpereHour => scale(1, 1_000, 2, "VAh"),
            Self::MilliVarHour => scale(1, 1_000, 2, "varh"),
            Self::Millihertz => scale(1, 1_000, 2, "Hz"),
            Self::Hertz => scale(1, 1, 0, "Hz"),
            Self::BtuPerHour => scale(1, 1, 0, "Btu/h"),
            Self::GramPerKilowattHour => scale(1, 1, 0, "g/kWh"),
            Self::MetrePerKilowattHour => scale(1, 1_000, 1, "km/kWh"),
            Self::Millisecond => scale(1, 1_000, 1, "s"),
            Self::Decisecond => scale(1, 10, 1, "s"),
            Self::Second => scale(1, 1, 0, "s"),
            Self::Minute => scale(60, 1, 0, "s"),
            Self::Hour => scale(3_600, 1, 0, "s"),
            Self::RevolutionPerMinute => scale(1, 1, 0, "rpm"),
            Self::Degree => scale(1, 1, 0, "°"),
            Self::DecibelMilliwatt => scale(1, 1, 0, "dBm"),
            Self::Octet => scale(1, 1, 0, "B"),
            Self::BitPerSecond => scale(1, 1, 0, "bit/s"),
            Self::FramePerSecond => scale(1, 1, 0, "fps"),
            Self::PixelPerSecond => scale(1, 1, 0, "px/s"),
            Self::Pixel => scale(1, 1, 0, "px"),
            Self::Concentration
            | Self::ScaledPascal
            | Self::EpochSecond
            | Self::EpochMicrosecond
            | Self::PosixMillisecond
            | Self::UptimeSecond
            | Self::UptimeMillisecond
            | Self::UptimeMicrosecond
            | Self::MinuteOfDay => scale(1, 1, 3, ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::spec;

    fn unit(cluster: &str, attribute: &str) -> Option<Unit> {
        let cluster = spec::cluster_by_name(cluster).unwrap();
        cluster.attribute_by_name(attribute).unwrap().schema.unit
    }

    #[test]
    fn a_number_with_its_unit_is_read_as_people_mean_it() {
        assert_eq!(Unit::CentiCelsius.read("21.5 °C"), Some(2150.0));
        assert_eq!(Unit::CentiCelsius.read(" -3C "), Some(-300.0));
        assert_eq!(Unit::HalfPercent.read("50 %"), Some(100.0));
        assert_eq!(Unit::Mired.read("4000 K"), Some(250.0));
        for no_such_number in ["21.5", "21.5 %", "°C", "", "inf °C", "warm °C"] {
            assert_eq!(
                Unit::CentiCelsius.read(no_such_number),
                None,
                "{no_such_number}"
            );
        }
        assert_eq!(Unit::EpochSecond.read("12"), None);
    }

    #[test]
    fn quantities_have_their_unit() {
        assert_eq!(
            unit("TemperatureMeasurement", "MeasuredValue"),
            Some(Unit::CentiCelsius)
        );
        assert_eq!(
            unit("TemperatureMeasurement", "Tolerance"),
            Some(Unit::CentiKelvin)
        );
        assert_eq!(
            unit("RelativeHumidityMeasurement", "MeasuredValue"),
            Some(Unit::CentiPercent)
        );
        assert_eq!(
            unit("PowerSource", "BatPercentRemaining"),
            Some(Unit::HalfPercent)
        );
        assert_eq!(
            unit("ElectricalPowerMeasurement", "ActivePower"),
            Some(Unit::Milliwatt)
        );
        assert_eq!(
            unit("Thermostat", "OccupiedHeatingSetpoint"),
            Some(Unit::CentiCelsius)
        );
        assert_eq!(
            unit("Thermostat", "LocalTemperatureCalibration"),
            Some(Unit::DeciKelvin)
        );
        assert_eq!(
            unit("Pm25ConcentrationMeasurement", "MeasuredValue"),
            Some(Unit::Concentration)
        );
        assert_eq!(unit("BasicInformation", "SoftwareVersion"), None);
    }

    #[test]
    fn numbers_are_shown_in_peoples_units() {
        assert_eq!(Unit::CentiCelsius.shown(2150.0), 21.5);
        assert_eq!(Unit::HalfPercent.shown(199.0), 99.5);
        assert_eq!(Unit::Level254.shown(254.0), 100.0);
        assert_eq!(Unit::LogLux.shown(1.0), 1.0);
        assert_eq!(Unit::LogLux.shown(0.0), 0.0);
        assert_eq!(Unit::LogLux.shown(20_001.0), 100.0);
        assert_eq!(Unit::Mired.shown(250.0), 4000.0);
    }

    #[test]
    fn what_another_attribute_scales_names_an_attribute() {
        for cluster in spec::clusters() {
            for attribute in cluster.attributes() {
                let needed = attribute.schema.unit.and_then(Unit::depends_on);
                let there = needed.is_none_or(|name| cluster.attribute_by_name(name).is_some());
                assert!(there, "{}.{}", cluster.name, attribute.name);
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_upsets_reading(text in ".*", number: f64) {
            for unit in [Unit::CentiCelsius, Unit::LogLux, Unit::Mired, Unit::Degree] {
                let _ = unit.read(&text);
                let with_unit = unit.read(&format!("{number} {}", unit.symbol()));
                prop_assert!(with_unit.is_none_or(f64::is_finite));
            }
        }

        #[test]
        fn raw_reverses_shown(raw in 1u16..60_000) {
            let raw = f64::from(raw);
            for unit in [Unit::CentiCelsius, Unit::LogLux, Unit::Mired, Unit::Level254, Unit::Minute] {
                prop_assert!((unit.raw(unit.shown(raw)) - raw).abs() < 1e-6 * raw, "{unit:?}");
            }
        }
    }
}
