//! Numbers of attributes: their unit, their range, and how the wire has them.

use hub_model::spec::{Attribute, Limit, Schema, Shape};
use hub_model::units::Unit;
use hub_model::{ClusterId, Value};

use crate::quantity::{self, Line};

/// Why something is not imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reject {
    /// It means nothing here.
    Unreadable,
    /// It is beyond what the specification allows.
    OutOfRange,
    /// Its unit counts something else.
    WrongUnit,
}

/// What the numbers of an attribute are.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    form: Form,
    measure: Measure,
    /// The least and the most that the wire may have.
    least: f64,
    most: f64,
}

/// How the wire has a number.
#[derive(Clone, Copy, Debug)]
enum Form {
    Unsigned,
    Signed,
    Single,
    Double,
}

/// What a number counts.
#[derive(Clone, Copy, Debug)]
enum Measure {
    /// A quantity with a unit of the specification.
    Of(Unit),
    /// A concentration, in the unit with this symbol.
    Concentration(&'static str),
    /// A pressure, with so many decimals of a pascal.
    Pascal(i32),
    /// Only a number.
    Plain,
}

impl Number {
    /// The numbers of an attribute, or of a field of it; none if they are no numbers, or moments.
    pub(crate) fn of(
        cluster: ClusterId,
        attribute: &Attribute,
        schema: &Schema,
        beside: impl Fn(&str) -> Option<i64>,
    ) -> Option<Self> {
        let (form, least, most) = span(schema)?;
        let measure = match schema.unit {
            None => Measure::Plain,
            Some(unit) if unit.is_moment() => return None,
            Some(Unit::Concentration) => {
                Measure::Concentration(concentration(cluster, beside("MeasurementUnit")))
            }
            Some(Unit::ScaledPascal) => {
                let scale = beside("Scale").unwrap_or_default().clamp(-127, 127);
                Measure::Pascal(i32::try_from(scale).unwrap_or_default())
            }
            Some(unit) => Measure::Of(unit),
        };
        let bound = |limit: Option<Limit>| match limit {
            #[expect(clippy::cast_precision_loss, reason = "a bound, not a value")]
            Some(Limit::Number(bound)) => Some(bound as f64),
            // What a device can measure is no bound of what another one did.
            Some(Limit::Member(_)) | None => None,
        };
        let (low, high) = bounds_of(measure);
        let constraint = attribute.constraint;
        Some(Self {
            form,
            measure,
            least: least.max(low).max(bound(constraint.min).unwrap_or(least)),
            most: most.min(high).min(bound(constraint.max).unwrap_or(most)),
        })
    }

    /// The symbol of the unit in which its numbers are shown; empty for what is only a number.
    pub(crate) fn symbol(&self) -> &'static str {
        match self.measure {
            Measure::Of(unit) => unit.symbol(),
            Measure::Concentration(symbol) => symbol,
            Measure::Pascal(_) => "hPa",
            Measure::Plain => "",
        }
    }

    /// How numbers of a unit become numbers of [`Number::symbol`]; those without a unit are taken to
    /// be in it.
    pub(crate) fn line(&self, unit: Option<&str>) -> Option<Line> {
        match (unit.filter(|unit| !unit.trim().is_empty()), self.symbol()) {
            (None, _) | (_, "") => Some(Line::SAME),
            (Some(unit), symbol) => quantity::line(unit, symbol),
        }
    }

    /// The value of a number in [`Number::symbol`].
    pub(crate) fn value(&self, number: f64) -> Result<Value, Reject> {
        let raw = self.raw(number)?;
        Ok(match self.form {
            Form::Single =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "rounds to single precision"
                )]
                Value::Single(raw as f32)
            }
            Form::Double => Value::Double(raw),
            Form::Signed => Value::Int(whole(raw)?),
            Form::Unsigned => {
                let whole = u64::try_from(whole(raw)?);
                Value::Uint(whole.map_err(|_| Reject::OutOfRange)?)
            }
        })
    }

    /// A number in [`Number::symbol`] as charts have it.
    pub(crate) fn shown(&self, number: f64) -> Result<f64, Reject> {
        let raw = self.raw(number)?;
        Ok(match self.measure {
            Measure::Pascal(_) => raw,
            _ => number,
        })
    }

    /// A difference of two numbers as charts have it.
    pub(crate) fn shown_difference(&self, difference: f64) -> f64 {
        match self.measure {
            Measure::Pascal(scale) => difference * 100.0 * 10f64.powi(scale),
            _ => difference,
        }
    }

    /// The number as the wire would have it, rounded where that has whole numbers only.
    fn raw(&self, number: f64) -> Result<f64, Reject> {
        let raw = match self.measure {
            Measure::Of(unit) => unit.raw(number),
            Measure::Pascal(scale) => number * 100.0 * 10f64.powi(scale),
            Measure::Concentration(_) | Measure::Plain => number,
        };
        let raw = match self.form {
            Form::Signed | Form::Unsigned => raw.round(),
            Form::Single | Form::Double => raw,
        };
        match (self.least..=self.most).contains(&raw) {
            true => Ok(raw),
            false => Err(Reject::OutOfRange),
        }
    }
}

/// The form of a schema's numbers, with the least and the most of them.
fn span(schema: &Schema) -> Option<(Form, f64, f64)> {
    // Of a type that can be null, one number says so.
    let null = f64::from(u8::from(schema.nullable));
    let bits = |bytes: u8| i32::from(bytes) * 8;
    Some(match schema.datatype.shape {
        Shape::Uint { bytes } => {
            let most = 2f64.powi(bits(bytes)) - 1.0 - null;
            (Form::Unsigned, 0.0, most)
        }
        Shape::Int { bytes } => {
            let half = 2f64.powi(bits(bytes) - 1);
            (Form::Signed, null - half, half - 1.0)
        }
        Shape::Single => (Form::Single, f64::from(f32::MIN), f64::from(f32::MAX)),
        Shape::Double => (Form::Double, f64::MIN, f64::MAX),
        _ => return None,
    })
}

/// Bounds that a quantity has by its nature, as the wire has it.
fn bounds_of(measure: Measure) -> (f64, f64) {
    match measure {
        // The absolute zero.
        Measure::Of(Unit::CentiCelsius) => (-27_315.0, f64::MAX),
        Measure::Of(Unit::Percent) => (0.0, 100.0),
        Measure::Of(Unit::HalfPercent) => (0.0, 200.0),
        Measure::Of(Unit::CentiPercent) => (f64::MIN, 10_000.0),
        Measure::Of(Unit::Level254) => (0.0, 254.0),
        Measure::Of(Unit::LogLux) => (0.0, 65_534.0),
        Measure::Concentration(_) => (0.0, f64::MAX),
        _ => (f64::MIN, f64::MAX),
    }
}

/// The symbol of a concentration's unit, by what `MeasurementUnit` says, else by what is usual for the
/// substance. Matter 1.6 Application Cluster §2.10.
fn concentration(cluster: ClusterId, unit: Option<i64>) -> &'static str {
    match (unit, cluster.0) {
        (Some(0), _) => "ppm",
        (Some(1), _) => "ppb",
        (Some(2), _) => "ppt",
        (Some(3), _) => "mg/m³",
        (Some(4), _) => "µg/m³",
        (Some(5), _) => "ng/m³",
        (Some(6), _) => "/m³",
        (Some(7), _) | (None, 0x042F) => "Bq/m³",
        (None, 0x042A | 0x042C | 0x042D) => "µg/m³",
        _ => "ppm",
    }
}

/// A number without a fraction, as an integer.
fn whole(number: f64) -> Result<i64, Reject> {
    const MOST: f64 = 9e18;
    let fits = number.abs() < MOST;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "smaller than 2^63, and not a number is refused"
    )]
    let whole = fits.then_some(number as i64);
    whole.ok_or(Reject::OutOfRange)
}

#[cfg(test)]
mod tests {
    use hub_model::spec;

    use super::*;

    fn number(cluster: &str, attribute: &str) -> Number {
        number_beside(cluster, attribute, None)
    }

    fn number_beside(cluster: &str, attribute: &str, beside: Option<i64>) -> Number {
        let cluster = spec::cluster_by_name(cluster).unwrap();
        let attribute = cluster.attribute_by_name(attribute).unwrap();
        Number::of(cluster.id, attribute, &attribute.schema, |_| beside).unwrap()
    }

    fn value(number: &Number, of: f64, unit: &str) -> Result<Value, Reject> {
        let line = number.line(Some(unit)).ok_or(Reject::WrongUnit)?;
        number.value(line.of(of))
    }

    #[test]
    fn numbers_are_in_the_attributes_unit_and_rounded() {
        let temperature = number("TemperatureMeasurement", "MeasuredValue");
        assert_eq!(value(&temperature, 68.0, "°F"), Ok(Value::Int(2_000)));
        assert_eq!(value(&temperature, 21.456, "°C"), Ok(Value::Int(2_146)));
        assert_eq!(value(&temperature, 2.0, "W"), Err(Reject::WrongUnit));
        let power = number("ElectricalPowerMeasurement", "ActivePower");
        assert_eq!(value(&power, 1.2, "kW"), Ok(Value::Int(1_200_000)));
        let level = number("LevelControl", "CurrentLevel");
        assert_eq!(value(&level, 100.0, "%"), Ok(Value::Uint(254)));
        let light = number("IlluminanceMeasurement", "MeasuredValue");
        assert_eq!(value(&light, 100.0, "lx"), Ok(Value::Uint(20_001)));
        assert_eq!(value(&light, 0.0, "lx"), Ok(Value::Uint(0)));
        let battery = number("PowerSource", "BatPercentRemaining");
        assert_eq!(value(&battery, 99.5, "%"), Ok(Value::Uint(199)));
        let colour = number("ColorControl", "ColorTemperatureMireds");
        assert_eq!(value(&colour, 4_000.0, "K"), Ok(Value::Uint(250)));
        let pressure = number("PressureMeasurement", "MeasuredValue");
        assert_eq!(value(&pressure, 1_013.2, "mbar"), Ok(Value::Int(1_013)));
        let scaled = number_beside("PressureMeasurement", "ScaledValue", Some(-1));
        assert_eq!(value(&scaled, 1_013.2, "hPa"), Ok(Value::Int(10_132)));
        let fine = number_beside(
            "CarbonDioxideConcentrationMeasurement",
            "MeasuredValue",
            None,
        );
        assert_eq!(value(&fine, 812.0, "ppm"), Ok(Value::Single(812.0)));
    }

    #[test]
    fn what_the_specification_does_not_allow_is_out_of_range() {
        let temperature = number("TemperatureMeasurement", "MeasuredValue");
        for (of, is_fine) in [
            (-273.15, true),
            (-273.2, false),
            (327.67, true),
            (400.0, false),
        ] {
            assert_eq!(value(&temperature, of, "°C").is_ok(), is_fine, "{of}");
        }
        let battery = number("PowerSource", "BatPercentRemaining");
        assert_eq!(value(&battery, 255.0, "%"), Err(Reject::OutOfRange));
        assert_eq!(value(&battery, -1.0, "%"), Err(Reject::OutOfRange));
        let humidity = number("RelativeHumidityMeasurement", "MeasuredValue");
        assert_eq!(value(&humidity, 100.0, "%"), Ok(Value::Uint(10_000)));
        assert_eq!(value(&humidity, 101.0, "%"), Err(Reject::OutOfRange));
        assert_eq!(value(&humidity, f64::NAN, "%"), Err(Reject::OutOfRange));
    }

    #[test]
    fn a_concentration_is_counted_as_the_device_counts_it() {
        let name = "Pm25ConcentrationMeasurement";
        let dust = number_beside(name, "MeasuredValue", None);
        assert_eq!(value(&dust, 12.0, "µg/m³"), Ok(Value::Single(12.0)));
        let dust = number_beside(name, "MeasuredValue", Some(3));
        assert_eq!(value(&dust, 12.0, "µg/m³"), Ok(Value::Single(0.012)));
        assert_eq!(value(&dust, 12.0, "ppm"), Err(Reject::WrongUnit));
    }
}
