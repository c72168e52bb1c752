//! What a node told last: a compact table of its attributes, and its recent events.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;

use hub_model::{
    AttributeId, AttributePath, CauseId, ClusterId, DataVersion, EndpointId, NodeId, Timestamp,
    Value,
};

use crate::filter::Filter;
use crate::view::{AttributeView, DeviceEvent, Quality};

/// Events kept of each node, for clients that come later.
const EVENTS_KEPT: usize = 32;
/// Event numbers remembered of each node; what a device repeats lies within.
const NUMBERS_KEPT: usize = 256;

/// An attribute within its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) endpoint: EndpointId,
    pub(crate) cluster: ClusterId,
    pub(crate) attribute: AttributeId,
}

impl Key {
    pub(crate) const fn new(endpoint: u16, cluster: u32, attribute: u32) -> Self {
        Self {
            endpoint: EndpointId(endpoint),
            cluster: ClusterId(cluster),
            attribute: AttributeId(attribute),
        }
    }

    pub(crate) const fn of(path: &AttributePath) -> Self {
        Self {
            endpoint: path.endpoint,
            cluster: path.cluster,
            attribute: path.attribute,
        }
    }

    pub(crate) const fn at(self, node: NodeId) -> AttributePath {
        AttributePath {
            node,
            endpoint: self.endpoint,
            cluster: self.cluster,
            attribute: self.attribute,
        }
    }
}

/// What is known of one attribute. Kept small: a home may have 250,000.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) value: Value,
    pub(crate) reported_at: Timestamp,
    pub(crate) received_at: Timestamp,
    /// 0 when it has none: such a cause is never given out.
    cause: u64,
    version: u32,
    has_version: bool,
    known: bool,
}

impl Slot {
    /// A value of before the hub's start.
    pub(crate) const fn restored(
        value: Value,
        reported_at: Timestamp,
        received_at: Timestamp,
    ) -> Self {
        Self {
            value,
            reported_at,
            received_at,
            cause: 0,
            version: 0,
            has_version: false,
            known: false,
        }
    }

    pub(crate) const fn quality(&self) -> Quality {
        if self.known {
            Quality::Known
        } else {
            Quality::Stale
        }
    }

    pub(crate) fn cause(&self) -> Option<CauseId> {
        (self.cause != 0).then_some(CauseId(self.cause))
    }

    fn view(&self, path: AttributePath) -> AttributeView {
        AttributeView {
            path,
            value: self.value.clone(),
            quality: self.quality(),
            reported_at: self.reported_at,
            received_at: self.received_at,
            version: self.has_version.then_some(DataVersion(self.version)),
            cause: self.cause(),
        }
    }
}

/// When and in which version something was reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) reported_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) version: Option<DataVersion>,
}

/// What a report means to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is older than what is known.
    Late,
    /// The value is as it was; its quality before.
    Same(Quality),
    /// The value is another.
    Other,
    /// The attribute was not known.
    New,
}

/// The attributes and events of one node.
#[derive(Debug, Default)]
pub(crate) struct Table {
    slots: BTreeMap<Key, Slot>,
    events: VecDeque<DeviceEvent>,
    numbers: BTreeSet<u64>,
}

impl Table {
    /// Takes a report: refreshes what is the same, and says what it means. What is other or new
    /// is to be [`Table::put`].
    pub(crate) fn compare(&mut self, key: Key, value: &Value, told: Told) -> Verdict {
        let Some(slot) = self.slots.get_mut(&key) else {
            return Verdict::New;
        };
        // A time ahead of the present is no measure: the clock was set back.
        let trusted = slot.reported_at <= told.received_at;
        if trusted && told.reported_at < slot.reported_at {
            return Verdict::Late;
        }
        if !same(&slot.value, value) {
            return Verdict::Other;
        }
        let was = slot.quality();
        slot.refresh(told);
        Verdict::Same(was)
    }

    /// Keeps a reported value; what was there.
    pub(crate) fn put(
        &mut self,
        key: Key,
        value: Value,
        told: Told,
        cause: CauseId,
    ) -> Option<(Value, Quality)> {
        let mut slot = Slot::restored(value, told.reported_at, told.received_at);
        slot.refresh(told);
        slot.cause = cause.0;
        let old = self.slots.insert(key, slot)?;
        let quality = old.quality();
        Some((old.value, quality))
    }

    /// Keeps a value of before the hub's start.
    pub(crate) fn restore(&mut self, key: Key, slot: Slot) {
        self.slots.insert(key, slot);
    }

    pub(crate) fn get(&self, key: Key) -> Option<&Slot> {
        self.slots.get(&key)
    }

    /// Nothing can be relied upon until it is reported again.
    pub(crate) fn make_stale(&mut self) {
        for slot in self.slots.values_mut() {
            slot.known = false;
        }
    }

    /// The endpoints of which something is known, ascending, each once.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = EndpointId> {
        let first = self.slots.keys().next().map(|key| key.endpoint);
        std::iter::successors(first, |endpoint| {
            let last = Key {
                endpoint: *endpoint,
                cluster: ClusterId(u32::MAX),
                attribute: AttributeId(u32::MAX),
            };
            let after = (Bound::Excluded(last), Bound::Unbounded);
            self.slots.range(after).next().map(|(key, _)| key.endpoint)
        })
    }

    /// Forgets the endpoints that are not to be kept.
    pub(crate) fn retain_endpoints(&mut self, keep: impl Fn(EndpointId) -> bool) {
        self.slots.retain(|key, _| keep(key.endpoint));
    }

    /// Takes an event, unless it was taken before.
    pub(crate) fn is_new_event(&mut self, number: u64) -> bool {
        let full = self.numbers.len() >= NUMBERS_KEPT;
        if full && self.numbers.first().is_some_and(|oldest| number < *oldest) {
            return false;
        }
        let new = self.numbers.insert(number);
        if self.numbers.len() > NUMBERS_KEPT {
            self.numbers.pop_first();
        }
        new
    }

    /// Keeps an event.
    pub(crate) fn keep_event(&mut self, event: DeviceEvent) {
        keep_event(&mut self.events, event);
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &DeviceEvent> {
        self.events.iter()
    }

    /// The quality of each attribute.
    pub(crate) fn qualities(&self) -> impl Iterator<Item = Quality> {
        self.slots.values().map(Slot::quality)
    }

    /// What the filter wants of the attributes, ascending by path.
    pub(crate) fn views(&self, node: NodeId, filter: &Filter) -> Vec<AttributeView> {
        let all = self.slots.iter().map(|(key, slot)| (key.at(node), slot));
        let wanted = all.filter(|(path, _)| filter.wants_attribute(path));
        wanted.map(|(path, slot)| slot.view(path)).collect()
    }
}

impl Slot {
    fn refresh(&mut self, told: Told) {
        self.reported_at = told.reported_at;
        self.received_at = told.received_at;
        self.known = true;
        if let Some(DataVersion(version)) = told.version {
            self.version = version;
            self.has_version = true;
        }
    }
}

/// Adds an event to a bounded list, as the engine and its clients alike do.
pub(crate) fn keep_event(events: &mut VecDeque<DeviceEvent>, event: DeviceEvent) {
    if events.len() >= EVENTS_KEPT {
        events.pop_front();
    }
    events.push_back(event);
}

/// Whether two values are the same; a number that is none is itself.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Single(a), Value::Single(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Value::Double(a), Value::Double(b)) => a == b || (a.is_nan() && b.is_nan()),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key::new(1, 6, 0);

    fn told(reported: i64, received: i64) -> Told {
        Told {
            reported_at: Timestamp(reported),
            received_at: Timestamp(received),
            version: None,
        }
    }

    #[test]
    fn a_late_report_is_known_as_such_unless_the_clock_was_set_back() {
        let mut table = Table::default();
        let on = Value::Bool(true);
        assert_eq!(table.compare(KEY, &on, told(10, 10)), Verdict::New);
        table.put(KEY, on.clone(), told(10, 10), CauseId(1));
        let off = Value::Bool(false);
        assert_eq!(table.compare(KEY, &off, told(9, 11)), Verdict::Late);
        assert_eq!(table.compare(KEY, &off, told(5, 5)), Verdict::Other);
        assert_eq!(
            table.compare(KEY, &on, told(12, 12)),
            Verdict::Same(Quality::Known)
        );
    }

    #[test]
    fn not_a_number_is_no_endless_change() {
        let mut table = Table::default();
        table.put(KEY, Value::Single(f32::NAN), told(1, 1), CauseId(1));
        let verdict = table.compare(KEY, &Value::Single(f32::NAN), told(2, 2));
        assert_eq!(verdict, Verdict::Same(Quality::Known));
    }

    #[test]
    fn an_event_is_new_once_also_out_of_order() {
        let mut table = Table::default();
        assert!(table.is_new_event(7));
        assert!(table.is_new_event(5));
        assert!(!table.is_new_event(7));
        for number in 8..8 + 256 {
            assert!(table.is_new_event(number));
        }
        assert!(!table.is_new_event(5), "too old to tell");
    }

    #[test]
    fn endpoints_are_each_told_once() {
        let mut table = Table::default();
        for key in [
            Key::new(0, 1, 1),
            Key::new(0, 2, 1),
            Key::new(3, 1, 1),
            Key::new(u16::MAX, 1, 1),
        ] {
            table.put(key, Value::Null, told(1, 1), CauseId(1));
        }
        let endpoints: Vec<_> = table.endpoints().map(|id| id.0).collect();
        assert_eq!(endpoints, [0, 3, u16::MAX]);
    }

    #[test]
    fn a_slot_with_its_key_stays_small() {
        assert!(
            size_of::<(Key, Slot)>() <= 72,
            "{}",
            size_of::<(Key, Slot)>()
        );
    }
}
