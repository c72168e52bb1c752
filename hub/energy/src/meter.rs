//! Which attributes tell energy or power, and what a value of them says.
//!
//! Two clusters do: ElectricalEnergyMeasurement (Matter 1.6 Cluster §2.12) and ElectricalPowerMeasurement
//! (§2.13). Ids, fields and units come from the specification as data; here stand only the names.
//!
//! Not here: what a meter used over time (`readings`), and apparent or reactive energy, which nobody
//! is billed for at home. A period that a device without a clock tells by its uptime is not read.

use hub_model::spec::{self, Attribute, Shape};
use hub_model::{AttributeId, ClusterId, Timestamp, Value};

use crate::amount::MilliwattHours;
use crate::range::Range;

/// Which way energy went, as the meter counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Into what is measured.
    Imported,
    /// Out of it.
    Exported,
}

/// What an attribute tells of energy. Of several, the one that comes first here is to be relied upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// All energy since the meter began: nothing is lost between two readings.
    Cumulative(Direction),
    /// The energy of the latest period: what a missed report told is lost.
    Periodic(Direction),
    /// The power right now, which energy is only reckoned from.
    Power,
}

/// What a value said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Energy since the meter began.
    Cumulative(Direction, MilliwattHours),
    /// Energy of a period.
    Periodic(Direction, Range, MilliwattHours),
    /// Power in mW; negative when it is exported.
    Power(i64),
}

/// What an attribute tells of energy; none if nothing.
#[must_use]
pub fn source(cluster: ClusterId, attribute: AttributeId) -> Option<Source> {
    let cluster = spec::cluster(cluster)?;
    let attribute = cluster.attribute(attribute)?;
    let names = (cluster.name, attribute.name);
    SOURCES
        .iter()
        .find(|(cluster, attribute, _)| (*cluster, *attribute) == names)
        .map(|(_, _, source)| *source)
}

/// All attributes that tell energy, the most reliable first.
pub fn attributes() -> impl Iterator<Item = (ClusterId, AttributeId, Source)> {
    SOURCES.iter().filter_map(|(cluster, attribute, source)| {
        let (cluster, attribute) = find(cluster, attribute)?;
        Some((cluster, attribute.id, *source))
    })
}

impl Source {
    /// What a value of such an attribute says; none if it is null or not what the specification says.
    #[must_use]
    pub fn read(self, value: &Value) -> Option<Reading> {
        match self {
            Self::Power => value.as_i64().map(Reading::Power),
            Self::Cumulative(direction) => {
                energy(value).map(|energy| Reading::Cumulative(direction, energy))
            }
            Self::Periodic(direction) => {
                let moment = |field| epoch(field_of(value, field)?.as_u64()?);
                let period = Range::new(moment("StartTimestamp")?, moment("EndTimestamp")?).ok()?;
                Some(Reading::Periodic(direction, period, energy(value)?))
            }
        }
    }
}

/// The energy of an `EnergyMeasurementStruct`, which is never negative.
fn energy(value: &Value) -> Option<MilliwattHours> {
    let energy = field_of(value, "Energy")?.as_i64()?;
    (energy >= 0).then_some(MilliwattHours(energy))
}

/// The member of an `EnergyMeasurementStruct` that has this name.
fn field_of<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let (_, attribute) = find(ENERGY, CUMULATIVE_IMPORTED)?;
    let Shape::Struct(fields) = attribute.schema.datatype.shape else {
        return None;
    };
    let field = fields.iter().find(|field| field.name == name)?;
    value.field(field.id.0)
}

fn find(cluster: &str, attribute: &str) -> Option<(ClusterId, &'static Attribute)> {
    let cluster = spec::cluster_by_name(cluster)?;
    Some((cluster.id, cluster.attribute_by_name(attribute)?))
}

/// A moment in seconds of Matter's epoch.
fn epoch(seconds: u64) -> Option<Timestamp> {
    const EPOCH_S: i64 = 946_684_800; // 2000-01-01T00:00:00Z
    let seconds = i64::try_from(seconds).ok()?.checked_add(EPOCH_S)?;
    Some(Timestamp::from_secs(seconds))
}

const ENERGY: &str = "ElectricalEnergyMeasurement";
const POWER: &str = "ElectricalPowerMeasurement";
const CUMULATIVE_IMPORTED: &str = "CumulativeEnergyImported";

const SOURCES: [(&str, &str, Source); 5] = [
    (
        ENERGY,
        CUMULATIVE_IMPORTED,
        Source::Cumulative(Direction::Imported),
    ),
    (
        ENERGY,
        "CumulativeEnergyExported",
        Source::Cumulative(Direction::Exported),
    ),
    (
        ENERGY,
        "PeriodicEnergyImported",
        Source::Periodic(Direction::Imported),
    ),
    (
        ENERGY,
        "PeriodicEnergyExported",
        Source::Periodic(Direction::Exported),
    ),
    (POWER, "ActivePower", Source::Power),
];

#[cfg(test)]
mod tests {
    use hub_model::units::Unit;

    use super::*;
    use crate::testing::range;

    #[test]
    fn the_specification_has_all_of_them_in_these_units() {
        let all: Vec<_> = attributes().collect();
        assert_eq!(all.len(), SOURCES.len());
        assert!(all.is_sorted_by_key(|(_, _, source)| *source));
        for (cluster, attribute, source) in all {
            assert_eq!(super::source(cluster, attribute), Some(source));
            let schema = spec::attribute(cluster, attribute).unwrap().schema;
            let Shape::Struct(fields) = schema.datatype.shape else {
                assert_eq!(
                    (source, schema.unit),
                    (Source::Power, Some(Unit::Milliwatt))
                );
                continue;
            };
            let unit = |name| {
                fields
                    .iter()
                    .find(|f| f.name == name)
                    .and_then(|f| f.schema.unit)
            };
            assert_eq!(unit("Energy"), Some(Unit::MilliwattHour));
            assert_eq!(unit("StartTimestamp"), Some(Unit::EpochSecond));
            assert_eq!(unit("EndTimestamp"), Some(Unit::EpochSecond));
        }
    }

    #[test]
    fn what_is_no_energy_is_none() {
        let energy = spec::cluster_by_name(ENERGY).unwrap().id;
        let power = spec::cluster_by_name(POWER).unwrap();
        assert_eq!(source(energy, AttributeId(0)), None);
        let reactive = power.attribute_by_name("ReactivePower").unwrap().id;
        assert_eq!(source(power.id, reactive), None);
        assert_eq!(source(ClusterId(6), AttributeId(0)), None);
        assert_eq!(source(ClusterId(u32::MAX), AttributeId(1)), None);
    }

    #[test]
    fn values_are_read_as_the_wire_has_them() {
        let cumulative = Source::Cumulative(Direction::Exported);
        let energy = MilliwattHours(1_500_000);
        for value in [Value::Int(1_500_000), Value::Uint(1_500_000)] {
            assert_eq!(
                cumulative.read(&Value::structure([(0, value)])),
                Some(Reading::Cumulative(Direction::Exported, energy))
            );
        }
        assert_eq!(cumulative.read(&Value::Null), None);
        assert_eq!(
            cumulative.read(&Value::structure([(0, Value::Int(-1))])),
            None
        );
        assert_eq!(
            Source::Power.read(&Value::Int(-2_000)),
            Some(Reading::Power(-2_000))
        );
        assert_eq!(Source::Power.read(&Value::Null), None);
    }

    #[test]
    fn a_period_has_its_own_times() {
        let periodic = Source::Periodic(Direction::Imported);
        let value = |start, end| {
            Value::structure([
                (0, Value::Int(7)),
                (1, Value::Uint(start)),
                (2, Value::Uint(end)),
            ])
        };
        // 2000-01-02T00:00:00Z and a quarter of an hour.
        let period = range("2000-01-02T00:00:00Z", "2000-01-02T00:15:00Z");
        assert_eq!(
            periodic.read(&value(86_400, 87_300)),
            Some(Reading::Periodic(
                Direction::Imported,
                period,
                MilliwattHours(7)
            ))
        );
        assert_eq!(periodic.read(&value(86_400, 86_400)), None);
        assert_eq!(periodic.read(&value(0, u64::MAX)), None);
        assert_eq!(periodic.read(&Value::structure([(0, Value::Int(7))])), None);
    }
}
