//! Clusters by the specification's own names: revision, access, commands and events come from its
//! tables, so that a description says values alone.
//!
//! A name that is not in the tables is a fault of the description: it is kept, and the node is
//! refused with it.

use hub_model::spec::{self, Clause, Quality, Shape};
use hub_model::{AttributeId, Value};

use crate::conformance::{Demand, demand};
use crate::device::{Attribute, Cluster, Command, Privilege};

impl Cluster {
    /// The cluster of this name with these features (codes parted by spaces), the commands and
    /// events that they demand, and no attributes yet.
    #[must_use]
    pub fn of(name: &str, features: &str) -> Self {
        let Some(table) = spec::cluster_by_name(name) else {
            let mut cluster = Self::new(u32::MAX, 1, 0);
            cluster.faults.push(format!("there is no cluster {name}"));
            return cluster;
        };
        let mut cluster = Self::new(table.id.0, table.revision, 0);
        for code in features.split_whitespace() {
            let bit = table.features().iter().find(|bit| bit.name == code);
            match bit.and_then(|bit| u32::try_from(bit.mask()).ok()) {
                Some(mask) => cluster.features |= mask,
                None => cluster.faults.push(format!("{name} has no feature {code}")),
            }
        }
        let demanded =
            |clause: &Clause, cluster: &Self| demand(clause, cluster) == Demand::Mandatory;
        for command in table.commands {
            if demanded(&command.conformance.clause, &cluster) {
                cluster.commands.insert(command.id, as_command(command));
            }
        }
        for event in table.events {
            if demanded(&event.conformance.clause, &cluster) {
                cluster.events.push(event.id);
            }
        }
        cluster
    }

    /// With an attribute, by name; access and nullability as specified.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        let found = spec::cluster(self.id).and_then(|table| table.attribute_by_name(name));
        let Some(attribute) = found else {
            self.faults
                .push(format!("{} has no attribute {name}", self.id));
            return self;
        };
        let access = attribute.access;
        let write = access.write.filter(|_| !access.write_optional);
        self.attributes.insert(
            attribute.id,
            Attribute {
                value: typed(value.into(), attribute.schema.datatype.shape),
                write: write.map(privilege),
                nullable: attribute.schema.nullable,
                persistent: attribute.quality.contains(Quality::NON_VOLATILE),
            },
        );
        self
    }

    /// With a numeric attribute, by name.
    #[must_use]
    pub fn num(self, name: &str, number: i64) -> Self {
        self.set(name, Value::Int(number))
    }

    /// With attributes that are null, by name.
    #[must_use]
    pub fn null(self, names: &[&str]) -> Self {
        names
            .iter()
            .fold(self, |cluster, name| cluster.set(name, Value::Null))
    }

    /// With optional commands, by name.
    #[must_use]
    pub fn accepting(mut self, names: &[&str]) -> Self {
        let table = spec::cluster(self.id);
        for name in names {
            match table.and_then(|table| table.command_by_name(name)) {
                Some(command) => {
                    self.commands.insert(command.id, as_command(command));
                }
                None => self
                    .faults
                    .push(format!("{} has no command {name}", self.id)),
            }
        }
        self
    }

    /// With optional events, by name.
    #[must_use]
    pub fn emitting(mut self, names: &[&str]) -> Self {
        let table = spec::cluster(self.id);
        for name in names {
            match table.and_then(|table| table.event_by_name(name)) {
                Some(event) => self.events.push(event.id),
                None => self.faults.push(format!("{} has no event {name}", self.id)),
            }
        }
        self
    }

    /// What the specification demands of the cluster and it lacks, by name.
    #[must_use]
    pub fn lacks(&self) -> Vec<String> {
        let Some(table) = spec::cluster(self.id) else {
            return Vec::new();
        };
        let demanded = |clause: &Clause| demand(clause, self) == Demand::Mandatory;
        let own = |id: AttributeId| id < AttributeId::GENERATED_COMMAND_LIST;
        let attributes = table
            .attributes()
            .filter(|a| own(a.id) && !self.attributes.contains_key(&a.id))
            .filter(|a| demanded(&a.conformance.clause))
            .map(|a| format!("attribute {}", a.name));
        let commands = table
            .commands
            .iter()
            .filter(|c| !self.commands.contains_key(&c.id) && demanded(&c.conformance.clause))
            .map(|c| format!("command {}", c.name));
        let events = table
            .events
            .iter()
            .filter(|e| !self.events.contains(&e.id) && demanded(&e.conformance.clause))
            .map(|e| format!("event {}", e.name));
        attributes.chain(commands).chain(events).collect()
    }
}

/// A number in the sign of its datatype; other values as they are.
fn typed(value: Value, shape: Shape) -> Value {
    match (value, shape) {
        (Value::Int(n), Shape::Int { .. }) => Value::Int(n),
        (Value::Int(n), _) => u64::try_from(n).map_or(Value::Int(n), Value::Uint),
        (value, _) => value,
    }
}

fn as_command(command: &spec::Command) -> Command {
    Command {
        response: command.response,
        privilege: command.access.write.map_or(Privilege::Operate, privilege),
        timed: command.access.timed,
    }
}

const fn privilege(of: spec::Privilege) -> Privilege {
    match of {
        spec::Privilege::View | spec::Privilege::Operate => Privilege::Operate,
        spec::Privilege::Manage => Privilege::Manage,
        spec::Privilege::Administer => Privilege::Administer,
    }
}

/// The id of an attribute by the names of cluster and attribute.
#[must_use]
pub fn attribute(cluster: &str, name: &str) -> Option<(hub_model::ClusterId, AttributeId)> {
    let table = spec::cluster_by_name(cluster)?;
    Some((table.id, table.attribute_by_name(name)?.id))
}

#[cfg(test)]
mod tests {
    use hub_model::CommandId;

    use super::*;

    #[test]
    fn features_demand_commands() {
        let plain = Cluster::of("OnOff", "");
        assert!(plain.faults.is_empty());
        assert_eq!(plain.commands.len(), 3);
        let lighting = Cluster::of("OnOff", "LT");
        assert!(lighting.commands.contains_key(&CommandId(0x42)));
        assert!(lighting.lacks().contains(&"attribute OnOff".to_owned()));
    }

    #[test]
    fn access_comes_from_the_tables() {
        let level = Cluster::of("LevelControl", "OO LT")
            .num("CurrentLevel", 1)
            .num("OnOffTransitionTime", 5)
            .null(&["OnLevel"]);
        assert_eq!(level.faults, [""; 0]);
        assert_eq!(level.attributes[&AttributeId(0)].write, None);
        assert_eq!(
            level.attributes[&AttributeId(0x10)].write,
            Some(Privilege::Operate)
        );
        assert!(level.attributes[&AttributeId(0x11)].nullable);
        assert_eq!(level.attributes[&AttributeId(0)].value, Value::Uint(1));
    }

    #[test]
    fn unknown_names_are_faults() {
        assert_eq!(Cluster::of("Teleporter", "").faults.len(), 1);
        assert_eq!(
            Cluster::of("OnOff", "XYZ").set("Colour", true).faults.len(),
            2
        );
    }
}
