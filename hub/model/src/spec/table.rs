//! The tables themselves, as the build script wrote them.

use super::{
    Access, Attribute, Bit, Clause, Cluster, Command, Comparison, Condition, Conformance,
    Constraint, Datatype, DefaultValue, DeviceClass, DeviceType, Event, Fabric, Field, Limit,
    Member, Privilege, Quality, Required, Requirement, Schema, Shape,
};
use crate::id::{AttributeId, ClusterId, CommandId, DeviceTypeId, EventId, FieldId};
use crate::report::EventPriority;
use crate::units::Unit;

include!(concat!(env!("OUT_DIR"), "/spec.rs"));
