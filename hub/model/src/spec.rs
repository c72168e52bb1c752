//! The Matter 1.6 specification as data: clusters, types and device types as `static` tables.
//!
//! Nothing is parsed and nothing allocated at run time. The tables are written by the build script
//! from `data/matter-1.6.json`, which `generate/` takes from the published model; units come from
//! `data/quantities.json`. Clusters that only others derive from are folded into those.

mod access;
mod conform;
mod conformance;
mod constraint;
mod datatype;
mod device_type;
mod element;
mod evaluate;
mod table;

pub use access::{Access, Fabric, Privilege, Quality};
pub use conformance::{Clause, Comparison, Condition, Conformance};
pub use constraint::{Constraint, DefaultValue, Limit};
pub use datatype::{Bit, Datatype, Field, Member, Schema, Shape};
pub use device_type::{DeviceClass, DeviceType, Required, Requirement};
pub use element::{Attribute, Cluster, Command, Event};
pub use evaluate::{Server, Verdict};

use crate::id::{AttributeId, ClusterId, DeviceTypeId};

/// The edition of the specification.
pub const EDITION: &str = table::EDITION;

/// The cluster with this id.
#[must_use]
pub fn cluster(id: ClusterId) -> Option<&'static Cluster> {
    element::find(&table::CLUSTERS, |cluster| cluster.id.cmp(&id))
}

/// The cluster with this name, whatever its case.
#[must_use]
pub fn cluster_by_name(name: &str) -> Option<&'static Cluster> {
    clusters()
        .iter()
        .find(|cluster| cluster.name.eq_ignore_ascii_case(name))
}

/// All clusters, by ascending id.
#[must_use]
pub fn clusters() -> &'static [Cluster] {
    &table::CLUSTERS
}

/// The attribute of a cluster, known or not: of one that is not only the global attributes are.
#[must_use]
pub fn attribute(cluster: ClusterId, attribute: AttributeId) -> Option<&'static Attribute> {
    match self::cluster(cluster) {
        Some(cluster) => cluster.attribute(attribute),
        None => global_attribute(attribute),
    }
}

/// An attribute that every cluster has, known or not, but for its feature map's bits.
#[must_use]
pub fn global_attribute(id: AttributeId) -> Option<&'static Attribute> {
    element::find(&table::GLOBAL_ATTRIBUTES, |attribute| attribute.id.cmp(&id))
}

/// The global attribute with this name, whatever its case.
#[must_use]
pub fn global_attribute_by_name(name: &str) -> Option<&'static Attribute> {
    table::GLOBAL_ATTRIBUTES
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// The device type with this id.
#[must_use]
pub fn device_type(id: DeviceTypeId) -> Option<&'static DeviceType> {
    element::find(&table::DEVICE_TYPES, |device_type| device_type.id.cmp(&id))
}

/// The device type with this name, whatever its case.
#[must_use]
pub fn device_type_by_name(name: &str) -> Option<&'static DeviceType> {
    device_types()
        .iter()
        .find(|device_type| device_type.name.eq_ignore_ascii_case(name))
}

/// All device types, by ascending id.
#[must_use]
pub fn device_types() -> &'static [DeviceType] {
    &table::DEVICE_TYPES
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::id::{CommandId, EventId};

    #[test]
    fn the_specification_is_whole() {
        assert_eq!(EDITION, "1.6.0");
        // Of 141 clusters six are only derived from, of 92 device types one is the base of all.
        assert_eq!(clusters().len(), 135);
        assert_eq!(device_types().len(), 91);
    }

    #[test]
    fn tables_are_sorted_by_id() {
        assert!(clusters().is_sorted_by(|a, b| a.id < b.id));
        assert!(device_types().is_sorted_by(|a, b| a.id < b.id));
        for cluster in clusters() {
            let ids: Vec<_> = cluster.attributes().map(|a| a.id).collect();
            assert!(ids.is_sorted_by(|a, b| a < b), "{}", cluster.name);
            assert!(
                cluster.commands.is_sorted_by(|a, b| a.id < b.id),
                "{}",
                cluster.name
            );
            assert!(
                cluster.responses.is_sorted_by(|a, b| a.id < b.id),
                "{}",
                cluster.name
            );
            assert!(
                cluster.events.is_sorted_by(|a, b| a.id < b.id),
                "{}",
                cluster.name
            );
        }
    }

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = clusters().iter().map(|c| c.name.to_lowercase()).collect();
        assert_eq!(names.len(), clusters().len());
        for cluster in clusters() {
            let names: BTreeSet<_> = cluster
                .attributes()
                .map(|a| a.name.to_lowercase())
                .collect();
            assert_eq!(
                names.len(),
                cluster.attributes().count(),
                "{}",
                cluster.name
            );
        }
    }

    #[test]
    fn everything_is_found_by_id_and_name() {
        for cluster in clusters() {
            assert_eq!(super::cluster(cluster.id).unwrap().name, cluster.name);
            assert_eq!(
                cluster_by_name(&cluster.name.to_lowercase()).unwrap().id,
                cluster.id
            );
            for attribute in cluster.attributes() {
                assert_eq!(
                    cluster.attribute(attribute.id).unwrap().name,
                    attribute.name
                );
                let named = cluster.attribute_by_name(&attribute.name.to_uppercase());
                assert_eq!(named.unwrap().id, attribute.id);
            }
            for command in cluster.commands {
                assert_eq!(cluster.command(command.id).unwrap().name, command.name);
                let response = command.response.map(|id| cluster.response(id).is_some());
                assert_ne!(response, Some(false), "{}.{}", cluster.name, command.name);
            }
        }
    }

    #[test]
    fn every_cluster_has_the_global_attributes() {
        for cluster in clusters() {
            for id in 0xfff8..=0xfffd {
                assert!(
                    cluster.attribute(AttributeId(id)).is_some(),
                    "{}",
                    cluster.name
                );
            }
        }
    }

    #[test]
    fn a_derived_cluster_has_what_it_inherits() {
        let co = cluster_by_name("CarbonMonoxideConcentrationMeasurement").unwrap();
        let unit = co.attribute_by_name("MeasurementUnit").unwrap();
        let Shape::Enum { members, .. } = unit.schema.datatype.shape else {
            panic!("{unit:?}")
        };
        assert_eq!(members[0].name, "Ppm");
        let mode = cluster_by_name("RvcRunMode").unwrap();
        assert!(mode.command_by_name("ChangeToMode").is_some());
        let tags = mode.datatypes.iter().find(|t| t.name == "ModeTag").unwrap();
        let Shape::Enum { members, .. } = tags.shape else {
            panic!("{tags:?}")
        };
        assert!(
            members.iter().any(|m| m.name == "Auto")
                && members.iter().any(|m| m.name == "Cleaning")
        );
    }

    #[test]
    fn door_lock_is_as_the_specification_says() {
        let lock = cluster_by_name("DoorLock").unwrap();
        assert_eq!(lock.id, ClusterId(0x0101));
        let unlock = lock.command_by_name("UnlockDoor").unwrap();
        assert!(unlock.is_timed());
        assert_eq!(unlock.access.write, Some(Privilege::Operate));
        assert_eq!(unlock.response, None);
        let get = lock.command_by_name("GetUser").unwrap();
        assert_eq!(get.access.write, Some(Privilege::Administer));
        assert_eq!(
            lock.response(get.response.unwrap()).unwrap().name,
            "GetUserResponse"
        );
        let state = lock.attribute(AttributeId(0)).unwrap();
        assert!(state.schema.nullable && !state.is_writable());
        assert_eq!(
            lock.features()
                .iter()
                .find(|f| f.name == "PIN")
                .unwrap()
                .mask(),
            1
        );
        assert!(lock.event(EventId(2)).is_some());
        assert!(lock.command(CommandId(0xEE)).is_none());
    }

    #[test]
    fn a_device_type_has_what_it_inherits() {
        let light = device_type_by_name("ExtendedColorLight").unwrap();
        assert_eq!(light.id, DeviceTypeId(0x010D));
        for cluster in [
            "Descriptor",
            "Identify",
            "OnOff",
            "LevelControl",
            "ColorControl",
        ] {
            let found = light.requirements.iter().find(|r| r.name == cluster);
            assert_eq!(
                found.unwrap().conformance.clause,
                Clause::Mandatory,
                "{cluster}"
            );
        }
    }
}
