//! Device types and what they require of an endpoint. Matter 1.6 Device Library.

use crate::id::DeviceTypeId;
use crate::spec::{Access, Conformance, Constraint, Quality};

/// A device type, with the requirements that it inherits.
#[derive(Debug)]
pub struct DeviceType {
    /// Its id.
    pub id: DeviceTypeId,
    /// Its name: `DimmableLight`.
    pub name: &'static str,
    /// The device type that it derives from; may be empty.
    pub derives: &'static str,
    /// The revision of this edition.
    pub revision: u16,
    /// Its class.
    pub class: DeviceClass,
    /// Where the specification defines it: `device§4.2`.
    pub section: &'static str,
    /// What an endpoint of this type must have, servers first.
    pub requirements: &'static [Requirement],
}

/// The class of a device type. Matter 1.6 Core §7.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceClass {
    /// The base of all.
    Base,
    /// Of a whole node: root node, power source, bridged node.
    Node,
    /// An application by itself.
    Simple,
    /// An application that arranges others.
    Dynamic,
    /// Serves what is beside the application.
    Utility,
}

/// One requirement, with those that hang on it.
#[derive(Debug)]
pub struct Requirement {
    /// What is required.
    pub element: Required,
    /// Its id; none of features and conditions.
    pub id: Option<u32>,
    /// Its name; of a feature its code.
    pub name: &'static str,
    /// Which of several alike; 0 for all or the only one.
    pub instance: u8,
    /// When it must, may or must not be there.
    pub conformance: &'static Conformance,
    /// What it must keep beyond the cluster's own.
    pub constraint: &'static Constraint,
    /// The access that replaces the cluster's own.
    pub access: Option<Access>,
    /// The qualities beyond the cluster's own.
    pub quality: Quality,
    /// Requirements of its parts.
    pub parts: &'static [Requirement],
}

/// The kind of what is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// A cluster served.
    ServerCluster,
    /// A cluster used.
    ClientCluster,
    /// A feature of the cluster.
    Feature,
    /// An attribute of the cluster.
    Attribute,
    /// A command of the cluster.
    Command,
    /// A field of the command.
    CommandField,
    /// An event of the cluster.
    Event,
    /// A device type on an endpoint below.
    DeviceType,
    /// A condition.
    Condition,
}
