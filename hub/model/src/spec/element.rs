//! Clusters and their attributes, commands and events. Matter 1.6 Core §7.8-§7.14.

use crate::id::{AttributeId, ClusterId, CommandId, EventId};
use crate::report::EventPriority;
use crate::spec::{
    Access, Bit, Conformance, Constraint, Datatype, DefaultValue, Field, Quality, Schema, Shape,
    table,
};

/// A cluster, with all that it inherits.
#[derive(Debug)]
pub struct Cluster {
    /// Its id.
    pub id: ClusterId,
    /// Its name: `OnOff`.
    pub name: &'static str,
    /// The cluster that it derives from; may be empty.
    pub derives: &'static str,
    /// The revision of this edition.
    pub revision: u16,
    /// Its other qualities.
    pub quality: Quality,
    /// Where the specification defines it: `cluster§1.5`.
    pub section: &'static str,
    /// The attributes but for those that are alike on every cluster, by ascending id.
    pub(crate) attributes: &'static [Attribute],
    /// The commands that a client sends, by ascending id.
    pub commands: &'static [Command],
    /// The commands that the server answers with, by ascending id.
    pub responses: &'static [Command],
    /// Its events, by ascending id.
    pub events: &'static [Event],
    /// The types that it defines, by name.
    pub datatypes: &'static [&'static Datatype],
}

/// An attribute.
#[derive(Debug)]
pub struct Attribute {
    /// Its id.
    pub id: AttributeId,
    /// Its name: `MeasuredValue`.
    pub name: &'static str,
    /// What its value may be.
    pub schema: Schema,
    /// Who may do what with it.
    pub access: Access,
    /// Its other qualities.
    pub quality: Quality,
    /// When it must, may or must not be there.
    pub conformance: &'static Conformance,
    /// What its value must keep.
    pub constraint: &'static Constraint,
    /// Its value until one is given, if the specification says.
    pub default: DefaultValue,
    /// Where the specification defines it.
    pub section: &'static str,
}

/// A command, in either direction.
#[derive(Debug)]
pub struct Command {
    /// Its id.
    pub id: CommandId,
    /// Its name: `MoveToLevel`.
    pub name: &'static str,
    /// The response that the server sends; none when it sends a status.
    pub response: Option<CommandId>,
    /// Its fields, by ascending id.
    pub fields: &'static [Field],
    /// Who may invoke it, and whether in a timed interaction.
    pub access: Access,
    /// Its other qualities.
    pub quality: Quality,
    /// When it must, may or must not be there.
    pub conformance: &'static Conformance,
    /// Where the specification defines it.
    pub section: &'static str,
}

/// An event.
#[derive(Debug)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Its name: `InitialPress`.
    pub name: &'static str,
    /// How important it is.
    pub priority: EventPriority,
    /// Its fields, by ascending id.
    pub fields: &'static [Field],
    /// Who may receive it.
    pub access: Access,
    /// When it must, may or must not be there.
    pub conformance: &'static Conformance,
    /// Where the specification defines it.
    pub section: &'static str,
}

impl Cluster {
    /// All its attributes, by ascending id, the global ones among them.
    pub fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        let own = self.attributes;
        let globals = own.partition_point(|a| a.id < AttributeId::GENERATED_COMMAND_LIST);
        let (before, after) = own.split_at(globals);
        let shared = table::GLOBAL_ATTRIBUTES
            .iter()
            .filter(|global| !after.iter().any(|own| own.id == global.id));
        before.iter().chain(shared).chain(after)
    }

    /// The attribute with this id.
    #[must_use]
    pub fn attribute(&self, id: AttributeId) -> Option<&'static Attribute> {
        find(self.attributes, |a| a.id.cmp(&id))
            .or_else(|| find(&table::GLOBAL_ATTRIBUTES, |a| a.id.cmp(&id)))
    }

    /// The attribute with this name, whatever its case.
    #[must_use]
    pub fn attribute_by_name(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes()
            .find(|a| a.name.eq_ignore_ascii_case(name))
    }

    /// The command that a client sends under this id.
    #[must_use]
    pub fn command(&self, id: CommandId) -> Option<&'static Command> {
        find(self.commands, |c| c.id.cmp(&id))
    }

    /// The command with this name that a client sends, whatever its case.
    #[must_use]
    pub fn command_by_name(&self, name: &str) -> Option<&'static Command> {
        self.commands
            .iter()
            .find(|c| c.name.eq_ignore_ascii_case(name))
    }

    /// The command that the server answers with under this id.
    #[must_use]
    pub fn response(&self, id: CommandId) -> Option<&'static Command> {
        find(self.responses, |c| c.id.cmp(&id))
    }

    /// The event with this id.
    #[must_use]
    pub fn event(&self, id: EventId) -> Option<&'static Event> {
        find(self.events, |e| e.id.cmp(&id))
    }

    /// The event with this name, whatever its case.
    #[must_use]
    pub fn event_by_name(&self, name: &str) -> Option<&'static Event> {
        self.events
            .iter()
            .find(|e| e.name.eq_ignore_ascii_case(name))
    }

    /// Its features: the bits of its feature map.
    #[must_use]
    pub fn features(&self) -> &'static [Bit] {
        let map = self.attribute(AttributeId::FEATURE_MAP);
        match map.map(|attribute| attribute.schema.datatype.shape) {
            Some(Shape::Bitmap { bits, .. }) => bits,
            _ => &[],
        }
    }
}

impl Attribute {
    /// Whether writing it takes a timed interaction.
    #[must_use]
    pub const fn is_timed(&self) -> bool {
        self.access.timed
    }

    /// Whether it can be written, if the device wishes so.
    #[must_use]
    pub const fn is_writable(&self) -> bool {
        self.access.write.is_some()
    }
}

impl Command {
    /// Whether invoking it takes a timed interaction.
    #[must_use]
    pub const fn is_timed(&self) -> bool {
        self.access.timed
    }
}

/// Binary search of a slice sorted by what `order` compares.
pub(crate) fn find<T>(
    sorted: &'static [T],
    order: impl FnMut(&T) -> std::cmp::Ordering,
) -> Option<&'static T> {
    let at = sorted.binary_search_by(order).ok()?;
    sorted.get(at)
}
