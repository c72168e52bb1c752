//! Devices as they truly are: what they show, how they obey, how they answer.

use std::collections::BTreeMap;
use std::time::Duration;

use hub_model::{
    AttributeId, CauseId, ClusterId, EndpointId, NodeId, Operation, Report, ReportBody, Timestamp,
    Value,
};

/// How a device answers commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It obeys, says so, and reports what changed.
    Obeys,
    /// It says that it obeyed, but nothing changes.
    Pretends,
    /// It says no.
    Refuses,
    /// It says nothing, and does nothing.
    Silent,
}

/// A device.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) node: NodeId,
    pub(crate) name: &'static str,
    pub(crate) room: Option<&'static str>,
    pub(crate) manner: Manner,
    /// How long it takes to answer.
    pub(crate) slow: Duration,
    /// Whether the bridge reaches it.
    pub(crate) present: bool,
    values: BTreeMap<(u32, u32), Value>,
    pub(crate) obeyed: Vec<CauseId>,
}

pub(crate) const ENDPOINT: EndpointId = EndpointId(1);

const ON: (u32, u32) = (0x0006, 0);
const LEVEL: (u32, u32) = (0x0008, 0);

impl Device {
    fn new(
        node: u64,
        name: &'static str,
        room: Option<&'static str>,
        values: impl IntoIterator<Item = ((u32, u32), Value)>,
    ) -> Self {
        Self {
            node: NodeId(node),
            name,
            room,
            manner: Manner::Obeys,
            slow: Duration::from_millis(20),
            present: true,
            values: values.into_iter().collect(),
            obeyed: Vec::new(),
        }
    }

    fn lamp(node: u64, name: &'static str, room: &'static str) -> Self {
        let values = [
            (ON, Value::Bool(false)),
            (LEVEL, Value::Uint(254)),
            ((0x0008, 2), Value::Uint(1)),
            ((0x0008, 3), Value::Uint(254)),
            ((0x0008, 0x11), Value::Null),
            ((0x0300, 7), Value::Uint(370)),
            ((0x0300, 8), Value::Uint(2)),
            ((0x0300, 0x400B), Value::Uint(153)),
            ((0x0300, 0x400C), Value::Uint(500)),
        ];
        Self::new(node, name, Some(room), values)
    }

    /// Those of the home.
    pub(crate) fn all() -> Vec<Self> {
        let switch_features = 0b1_1110;
        vec![
            Self::new(
                0x10,
                "Hall Motion",
                Some("Hall"),
                [((0x0406, 0), Value::Uint(0))],
            ),
            Self::lamp(0x11, "Hall Lamp", "Hall"),
            Self::new(0x12, "Hall Lux", Some("Hall"), [((0x0400, 0), lux(200.0))]),
            Self::new(0x13, "Outdoor", None, [((0x0402, 0), Value::Int(1500))]),
            Self::new(
                0x14,
                "Button",
                None,
                [
                    ((0x003B, 0), Value::Uint(2)),
                    ((0x003B, 1), Value::Uint(0)),
                    ((0x003B, 0xFFFC), Value::Uint(switch_features)),
                ],
            ),
            Self::new(0x15, "Front Door", None, [((0x0045, 0), Value::Bool(true))]),
            Self::new(0x16, "Front Lock", None, [((0x0101, 0), Value::Uint(1))]),
            Self::new(
                0x17,
                "Heater",
                None,
                [
                    ((0x0201, 0), Value::Int(1950)),
                    ((0x0201, 0x12), Value::Int(2000)),
                    ((0x0201, 0x15), Value::Int(700)),
                    ((0x0201, 0x16), Value::Int(3000)),
                    ((0x0201, 0x1C), Value::Uint(4)),
                ],
            ),
            Self::lamp(0x18, "Desk Lamp", "Office"),
            Self::new(
                0x19,
                "Study Motion",
                Some("Office"),
                [((0x0406, 0), Value::Uint(0))],
            ),
        ]
    }

    /// Sets an attribute, as a hand or the weather does.
    pub(crate) fn put(&mut self, cluster: u32, attribute: u32, value: Value) {
        self.values.insert((cluster, attribute), value);
    }

    pub(crate) fn value(&self, cluster: u32, attribute: u32) -> Option<&Value> {
        self.values.get(&(cluster, attribute))
    }

    /// What it tells of one attribute.
    pub(crate) fn report(&self, cluster: u32, attribute: u32, at: Timestamp) -> Option<Report> {
        let value = self.value(cluster, attribute)?;
        Some(Report {
            node: self.node,
            endpoint: ENDPOINT,
            cluster: ClusterId(cluster),
            body: ReportBody::Attribute {
                attribute: AttributeId(attribute),
                value: value.clone(),
                version: None,
            },
            at,
            cause: None,
        })
    }

    /// All that it tells when it is asked for everything.
    pub(crate) fn reports(&self, at: Timestamp) -> Vec<Report> {
        let all = self.values.keys();
        all.filter_map(|(cluster, attribute)| self.report(*cluster, *attribute, at))
            .collect()
    }

    /// Obeys; which attributes changed.
    pub(crate) fn obey(&mut self, cause: CauseId, operation: &Operation) -> Vec<(u32, u32)> {
        self.obeyed.push(cause);
        let before = self.values.clone();
        match operation {
            Operation::Invoke {
                cluster,
                command,
                fields,
                ..
            } => self.invoke(cluster.0, command.0, fields),
            Operation::Write {
                cluster,
                attribute,
                value,
                ..
            } => self.put(cluster.0, attribute.0, value.clone()),
            Operation::Read { .. } => {}
        }
        let changed = self
            .values
            .iter()
            .filter(|(key, value)| before.get(key) != Some(value));
        changed.map(|(key, _)| *key).collect()
    }

    fn invoke(&mut self, cluster: u32, command: u32, fields: &Value) {
        let first = fields.field(0).cloned().unwrap_or(Value::Null);
        match (cluster, command) {
            (0x0006, 0 | 1) => self.put(ON.0, ON.1, Value::Bool(command == 1)),
            (0x0006, 2) => {
                let is_on = self.value(ON.0, ON.1).and_then(Value::as_bool) == Some(true);
                self.put(ON.0, ON.1, Value::Bool(!is_on));
            }
            (0x0008, 0) => self.put(LEVEL.0, LEVEL.1, first),
            (0x0008, 4) => {
                self.put(ON.0, ON.1, Value::Bool(first.as_u64() != Some(0)));
                self.put(LEVEL.0, LEVEL.1, first);
            }
            (0x0300, 0x0A) => self.put(0x0300, 7, first),
            (0x0101, 0) => self.put(0x0101, 0, Value::Uint(1)),
            (0x0101, 1) => self.put(0x0101, 0, Value::Uint(2)),
            _ => {}
        }
    }
}

/// So much light as it goes over the wire.
pub(crate) fn lux(lux: f64) -> Value {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small number"
    )]
    Value::Uint((10_000.0 * lux.log10() + 1.0).round() as u64)
}
