//! The values that rules look at, each once, with what is known of it.

use std::collections::HashMap;
use std::sync::Arc;

use hub_engine::{Quality, Reachability, Snapshot};
use hub_model::{AttributePath, NodeId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::datum::{Datum, Type};
use crate::property::View;

/// Names a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SlotId(pub(crate) u32);

/// What is known of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The device reported it and is there.
    Known,
    /// It was so once.
    Stale,
    /// Nothing was ever heard of it, or it says nothing.
    Unknown,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// An attribute, seen so.
    Attribute(AttributePath, View),
    /// Whether the node answers.
    Reachable(NodeId),
    /// A variable of the home.
    Variable(Arc<str>),
}

/// A value that rules look at.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) source: Source,
    /// How a rule names it.
    pub(crate) name: Arc<str>,
    pub(crate) datatype: Type,
    /// Its last value, whatever the certainty.
    pub(crate) datum: Option<Datum>,
    pub(crate) certainty: Certainty,
    /// Since when it has this value.
    pub(crate) since: Timestamp,
    /// When it was heard of last.
    pub(crate) heard: Timestamp,
}

/// All slots.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    all: Vec<Slot>,
    /// Found by hash for speed; never walked, so the order of hashing is not seen.
    by_path: HashMap<AttributePath, Vec<SlotId>>,
    by_node: HashMap<NodeId, Vec<SlotId>>,
    by_variable: HashMap<Arc<str>, SlotId>,
}

impl Slots {
    pub(crate) fn get(&self, id: SlotId) -> Option<&Slot> {
        self.all.get(id.0 as usize)
    }

    pub(crate) fn get_mut(&mut self, id: SlotId) -> Option<&mut Slot> {
        self.all.get_mut(id.0 as usize)
    }

    /// Does something with each.
    pub(crate) fn each(&mut self, work: impl FnMut(&mut Slot)) {
        self.all.iter_mut().for_each(work);
    }

    /// The slots of an attribute.
    pub(crate) fn of_path(&self, path: &AttributePath) -> &[SlotId] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }

    /// The slots of a node, its reachability among them.
    pub(crate) fn of_node(&self, node: NodeId) -> &[SlotId] {
        self.by_node.get(&node).map_or(&[], Vec::as_slice)
    }

    /// The slot of a variable.
    pub(crate) fn of_variable(&self, name: &str) -> Option<SlotId> {
        self.by_variable.get(name).copied()
    }

    /// The slot of this source: the one that is there, or a new one with the present value.
    pub(crate) fn intern(
        &mut self,
        source: Source,
        name: &str,
        datatype: &Type,
        present: &Present<'_>,
    ) -> SlotId {
        if let Some(id) = self.find(&source) {
            if let Some(slot) = self.get_mut(id) {
                if *slot.name != *name {
                    slot.name = name.into();
                }
                // A variable may have been declared anew.
                if slot.datatype != *datatype {
                    slot.datatype = datatype.clone();
                }
            }
            return id;
        }
        let id = SlotId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        match &source {
            Source::Attribute(path, _) => {
                self.by_path.entry(*path).or_default().push(id);
                self.by_node.entry(path.node).or_default().push(id);
            }
            Source::Reachable(node) => self.by_node.entry(*node).or_default().push(id),
            Source::Variable(name) => drop(self.by_variable.insert(Arc::clone(name), id)),
        }
        let mut slot = Slot {
            source,
            name: name.into(),
            datatype: datatype.clone(),
            datum: None,
            certainty: Certainty::Unknown,
            since: Timestamp::default(),
            heard: Timestamp::default(),
        };
        present.fill(&mut slot);
        self.all.push(slot);
        id
    }

    fn find(&self, source: &Source) -> Option<SlotId> {
        let among = |ids: &[SlotId]| {
            let mut ids = ids.iter().copied();
            ids.find(|id| self.get(*id).is_some_and(|slot| slot.source == *source))
        };
        match source {
            Source::Attribute(path, _) => among(self.of_path(path)),
            Source::Reachable(node) => among(self.of_node(*node)),
            Source::Variable(name) => self.of_variable(name),
        }
    }
}

/// The home at present, from which new slots are filled.
pub(crate) struct Present<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) variables: &'a std::collections::BTreeMap<Arc<str>, crate::variable::Variable>,
    pub(crate) now: Timestamp,
}

impl Present<'_> {
    /// Gives a slot its present value.
    pub(crate) fn fill(&self, slot: &mut Slot) {
        match &slot.source.clone() {
            Source::Attribute(path, view) => {
                let Some(value) = self.snapshot.value(path) else {
                    slot.certainty = Certainty::Unknown;
                    return;
                };
                let datum = view.read(&value.value);
                slot.since = value.reported_at;
                slot.heard = value.received_at;
                slot.certainty = match (&datum, value.quality) {
                    (None, _) => Certainty::Unknown,
                    (Some(_), Quality::Known) => Certainty::Known,
                    (Some(_), Quality::Stale) => Certainty::Stale,
                };
                // A value that says nothing leaves the last one to `last(x)`, as a gap does.
                slot.datum = datum.or(slot.datum.take());
            }
            Source::Reachable(node) => {
                let reachability = self.snapshot.node(*node).map(|view| view.reachability);
                let (datum, certainty) = reachable(reachability);
                let since = match reachability {
                    Some(Reachability::Offline { since }) => since,
                    _ => self.now,
                };
                self.see(slot, datum, certainty, since);
            }
            Source::Variable(name) => {
                let value = self
                    .variables
                    .get(name)
                    .map(|variable| variable.value.clone());
                let certainty = value
                    .as_ref()
                    .map_or(Certainty::Unknown, |_| Certainty::Known);
                self.see(slot, value, certainty, self.now);
            }
        }
    }
}

impl Present<'_> {
    /// Gives a slot what the hub itself knows; what it had already, it has since then.
    fn see(&self, slot: &mut Slot, datum: Option<Datum>, certainty: Certainty, since: Timestamp) {
        if slot.datum != datum || slot.certainty == Certainty::Unknown {
            slot.since = since;
        }
        (slot.datum, slot.certainty, slot.heard) = (datum, certainty, self.now);
    }
}

/// Whether a node answers, as a value.
pub(crate) fn reachable(reachability: Option<Reachability>) -> (Option<Datum>, Certainty) {
    match reachability {
        Some(Reachability::Online) => (Some(Datum::Bool(true)), Certainty::Known),
        Some(Reachability::Offline { .. }) => (Some(Datum::Bool(false)), Certainty::Known),
        _ => (None, Certainty::Unknown),
    }
}
