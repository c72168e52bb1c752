//! A lamp: what it truly is. Matter 1.6 Application Clusters §1.5 (On/Off).

use std::collections::BTreeSet;

use hub_model::{
    AttributeId, AttributePath, CauseId, ClusterId, CommandId, EndpointId, NodeId, Operation,
    Report, ReportBody, Timestamp, Value,
};

/// What a lamp is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Be off.
    Off,
    /// Be on.
    On,
    /// Be what it is not.
    Toggle,
}

/// A lamp, which obeys each command once however often it comes.
#[derive(Clone, Debug)]
pub struct Lamp {
    node: NodeId,
    is_on: bool,
    obeyed: BTreeSet<CauseId>,
}

const ENDPOINT: EndpointId = EndpointId(1);
const ON_OFF: ClusterId = ClusterId(0x0006);
const IS_ON: AttributeId = AttributeId(0x0000);

impl Ask {
    /// The command that asks it.
    #[must_use]
    pub fn operation(self) -> Operation {
        Operation::Invoke {
            endpoint: ENDPOINT,
            cluster: ON_OFF,
            command: match self {
                Self::Off => CommandId(0),
                Self::On => CommandId(1),
                Self::Toggle => CommandId(2),
            },
            fields: Value::structure([]),
            timed: false,
        }
    }

    /// What an operation asks; none when a lamp does not know it.
    #[must_use]
    pub fn of(operation: &Operation) -> Option<Self> {
        match operation {
            Operation::Invoke { command, .. } => match command.0 {
                0 => Some(Self::Off),
                1 => Some(Self::On),
                2 => Some(Self::Toggle),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Lamp {
    /// A lamp that is off.
    #[must_use]
    pub const fn new(node: NodeId) -> Self {
        Self {
            node,
            is_on: false,
            obeyed: BTreeSet::new(),
        }
    }

    /// Where its state is told.
    #[must_use]
    pub const fn path(&self) -> AttributePath {
        AttributePath {
            node: self.node,
            endpoint: ENDPOINT,
            cluster: ON_OFF,
            attribute: IS_ON,
        }
    }

    /// What it truly is.
    #[must_use]
    pub const fn truth(&self) -> Value {
        Value::Bool(self.is_on)
    }

    /// Obeys; whether this was new to it.
    pub fn obey(&mut self, cause: CauseId, ask: Ask) -> bool {
        let is_new = self.obeyed.insert(cause);
        if is_new {
            self.is_on = match ask {
                Ask::Off => false,
                Ask::On => true,
                Ask::Toggle => !self.is_on,
            };
        }
        is_new
    }

    /// A hand at the switch.
    pub const fn touch(&mut self) {
        self.is_on = !self.is_on;
    }

    /// What it tells of itself.
    #[must_use]
    pub fn report(&self, at: Timestamp) -> Report {
        Report {
            node: self.node,
            endpoint: ENDPOINT,
            cluster: ON_OFF,
            body: ReportBody::Attribute {
                attribute: IS_ON,
                value: self.truth(),
                version: None,
            },
            at,
            cause: None,
        }
    }
}
