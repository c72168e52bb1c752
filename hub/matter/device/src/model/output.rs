//! What a model tells others.

use hub_model::{AttributeId, ClusterId, EndpointId, EventId, EventPriority, Value};

/// What others must be told.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// An attribute has a new value.
    Changed(Change),
    /// An event happened.
    Emitted(Emission),
}

/// An attribute got a new value.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The cluster.
    pub cluster: ClusterId,
    /// The attribute.
    pub attribute: AttributeId,
    /// Its new value.
    pub value: Value,
    /// What led to it.
    pub origin: Origin,
}

/// What led to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The device itself, through its handle.
    Device,
    /// A command or write of a controller, at once or by a motion that it began.
    Controller,
}

/// An event to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Emission {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The cluster.
    pub cluster: ClusterId,
    /// The event.
    pub event: EventId,
    /// How important it is.
    pub priority: EventPriority,
    /// Its fields, a [`Value::Struct`].
    pub fields: Value,
}
