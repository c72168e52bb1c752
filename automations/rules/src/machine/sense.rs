//! What happens, as triggers sense it.
//!
//! An edge is a value that was known and false, and is known and true. What becomes known after a
//! gap, a start of the hub or an absence of the device, makes none; a pending `for` outlives the gap
//! if the value is the same after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hub_engine::{DeviceEvent, Event, EventKind, Quality, Reachability};
use hub_model::{AttributePath, CauseId, NodeId, Timestamp, Value};

use super::state::{RuleIx, Spark, TriggerIx};
use super::{Machine, Told};
use crate::compile::{CompiledTrigger, Env, Facts, Sense, eval, same, truth};
use crate::datum::Datum;
use crate::property;
use crate::slots::{Certainty, SlotId, Source, reachable};

impl Machine {
    /// Takes an event of the engine.
    pub(super) fn event(&mut self, event: &Event) {
        let was = match &event.kind {
            EventKind::Reachability { node, .. } => self.home.node(*node).map(|n| n.reachability),
            _ => None,
        };
        // The runner asks for a fresh snapshot when events were missed, so there is no gap here.
        self.home.apply_filtered(event);
        match &event.kind {
            EventKind::AttributeChanged {
                path,
                value,
                previous,
                reported_at,
                cause,
                ..
            } => {
                if previous.is_none() {
                    self.first_value(path);
                }
                let known = previous.as_ref().is_some_and(|(_, q)| *q == Quality::Known);
                self.changed(path, value, known, *reported_at, *cause);
            }
            EventKind::Freshened { path, was, .. } => self.freshened(path, *was),
            EventKind::DeviceEvent(event) => self.device_event(event),
            EventKind::Reachability { node, reachability } => {
                self.reachability(*node, was, *reachability);
            }
            EventKind::HomeChanged { changes, .. } => self.follow(changes),
            EventKind::NodeAdded(view) => {
                self.compile_soon();
                let slots = self.refill_node(view.node.id);
                self.look(&slots, &By::gap());
            }
            EventKind::NodeRemoved { .. }
            | EventKind::StructureChanged { .. }
            | EventKind::EndpointsRemoved { .. } => {
                self.compile_soon();
                self.forget_gone(&event.kind);
            }
            EventKind::Command {
                cause, progress, ..
            } => self.progress(*cause, progress),
            _ => {}
        }
    }

    /// An attribute is there for the first time: a rule that was broken without it may work now, and
    /// one of a whole room has one more device to look at.
    fn first_value(&mut self, path: &AttributePath) {
        let is_property = property::all()
            .any(|def| def.cluster == path.cluster && def.attribute == path.attribute);
        if is_property || self.has_broken() {
            self.compile_soon();
        }
    }

    fn has_broken(&self) -> bool {
        self.rules
            .iter()
            .any(|(_, loaded)| loaded.program().is_none())
    }

    fn changed(
        &mut self,
        path: &AttributePath,
        value: &Value,
        was_known: bool,
        reported_at: Timestamp,
        cause: CauseId,
    ) {
        let received = self.now.wall;
        let slots = self.slots.of_path(path).to_vec();
        let mut changed = Vec::with_capacity(slots.len());
        let mut is_gap = !was_known;
        for id in slots {
            let Some(slot) = self.slots.get_mut(id) else {
                continue;
            };
            let Source::Attribute(_, view) = &slot.source else {
                continue;
            };
            let datum = view.read(value);
            is_gap |= slot.certainty != Certainty::Known;
            slot.heard = received;
            if datum != slot.datum {
                slot.since = reported_at;
            }
            slot.certainty = datum
                .as_ref()
                .map_or(Certainty::Unknown, |_| Certainty::Known);
            // A value that says nothing leaves the last one to `last(x)`, as a gap does.
            if datum.is_some() {
                slot.datum = datum;
            }
            changed.push(id);
        }
        let by = By {
            cause: Some(cause),
            path: Some(*path),
            is_gap,
        };
        self.look(&changed, &by);
    }

    fn freshened(&mut self, path: &AttributePath, was: Quality) {
        let received = self.now.wall;
        let slots = self.slots.of_path(path).to_vec();
        for id in &slots {
            if let Some(slot) = self.slots.get_mut(*id) {
                slot.heard = received;
                if slot.datum.is_some() && slot.certainty == Certainty::Stale {
                    slot.certainty = Certainty::Known;
                }
            }
        }
        if was == Quality::Stale {
            self.look(&slots, &By::gap());
        }
    }

    fn reachability(&mut self, node: NodeId, was: Option<Reachability>, is: Reachability) {
        let slots = self.slots.of_node(node).to_vec();
        let is_gone = matches!(is, Reachability::Offline { .. });
        if let Reachability::Offline { since } = is {
            let before = self.now.wall.since(since);
            let since = self.now.mono.checked_sub(before).unwrap_or(self.now.mono);
            self.watch.gone.insert(node, since);
        }
        let (mut values, mut links) = (Vec::new(), Vec::new());
        for id in slots {
            let Some(slot) = self.slots.get_mut(id) else {
                continue;
            };
            if matches!(slot.source, Source::Reachable(_)) {
                (slot.datum, slot.certainty) = reachable(Some(is));
                slot.since = self.now.wall;
                slot.heard = self.now.wall;
                links.push(id);
            } else if is_gone && slot.certainty == Certainty::Known {
                slot.certainty = Certainty::Stale;
                values.push(id);
            }
        }
        self.look(&values, &By::gap());
        let first = !matches!(
            was,
            Some(Reachability::Online | Reachability::Offline { .. })
        );
        self.look(
            &links,
            &By {
                is_gap: first,
                ..By::gap()
            },
        );
        self.sense_reach(node, was, is);
    }

    /// Slots of what is no longer there are not known any more.
    fn forget_gone(&mut self, kind: &EventKind) {
        let Some(node) = kind.node() else { return };
        let mut gone = Vec::new();
        for id in self.slots.of_node(node).to_vec() {
            let is_there = match self.slots.get(id).map(|slot| &slot.source) {
                Some(Source::Attribute(path, _)) => self.home.value(path).is_some(),
                _ => self.home.node(node).is_some(),
            };
            if let (false, Some(slot)) = (is_there, self.slots.get_mut(id)) {
                slot.certainty = Certainty::Unknown;
                gone.push(id);
            }
        }
        self.look(&gone, &By::gap());
    }

    /// A variable of the home has a new value.
    pub(super) fn set_slot_of_variable(&mut self, name: &str) {
        let Some(id) = self.slots.of_variable(name) else {
            return;
        };
        let value = self
            .variables
            .get(name)
            .map(|variable| variable.value.clone());
        if let Some(slot) = self.slots.get_mut(id) {
            slot.certainty = value
                .as_ref()
                .map_or(Certainty::Unknown, |_| Certainty::Known);
            slot.datum = value;
            slot.since = self.now.wall;
            slot.heard = self.now.wall;
        }
    }

    /// A variable changed: triggers see it.
    pub(super) fn variable_changed(&mut self, name: &str, cause: Option<CauseId>, depth: u16) {
        self.set_slot_of_variable(name);
        if let Some(id) = self.slots.of_variable(name) {
            let by = By {
                cause,
                path: None,
                is_gap: false,
            };
            self.look_deep(&[id], &by, depth);
        }
        if let Some(variable) = self.variables.get(name) {
            let value = variable.value.shown(&variable.datatype).into();
            self.told.push_back(Told::Variable {
                name: name.into(),
                value,
            });
        }
    }

    /// Lets everyone look who watches one of these slots.
    fn look(&mut self, slots: &[SlotId], by: &By) {
        let depth = by.cause.map_or(0, |cause| self.answers.depth(cause));
        self.look_deep(slots, by, depth);
    }

    fn look_deep(&mut self, slots: &[SlotId], by: &By, depth: u16) {
        let mut watchers = Vec::new();
        let mut waits = BTreeSet::new();
        for slot in slots {
            watchers.extend_from_slice(self.watch.of_slot(*slot));
            if let Some(waiting) = self.watch.waits.get(slot) {
                waits.extend(waiting.iter().copied());
            }
        }
        if slots.len() > 1 {
            watchers.sort_unstable();
            watchers.dedup();
        }
        for (rule, trigger) in watchers {
            self.look_at(rule, trigger, by, depth);
        }
        for (run, thread) in waits {
            self.condition_changed(run, thread);
        }
    }

    /// Lets a trigger look at its values.
    fn look_at(&mut self, rule: RuleIx, trigger: TriggerIx, by: &By, depth: u16) {
        let Some(compiled) = self.trigger(rule, trigger) else {
            return;
        };
        let hit = match &compiled.sense {
            Sense::Becomes { asked, after_gap } => {
                let is = truth(&asked.code, &self.env());
                self.edge(rule, trigger, is, *after_gap)
            }
            Sense::Changes { code, .. } => {
                let is = eval(code, &self.env()).ok();
                self.change(rule, trigger, is, by.is_gap)
            }
            _ => None,
        };
        match hit {
            Some(Hit::Yes) => {
                let spark = self.spark(by, depth);
                match compiled.hold {
                    None => self.fire(rule, trigger, spark),
                    Some(hold) => self.hold(rule, trigger, hold, spark),
                }
            }
            Some(Hit::No) => self.let_go(rule, trigger),
            Some(Hit::Known) => self.hold_goes_on(rule, trigger),
            None => {}
        }
    }

    fn spark(&self, by: &By, depth: u16) -> Spark {
        let device = by
            .path
            .map(|path| self.device_text(path.node, path.endpoint));
        Spark {
            cause: by.cause,
            depth,
            device,
            late_ms: None,
        }
    }

    /// A device as rules name it.
    pub(super) fn device_text(&self, node: NodeId, endpoint: hub_model::EndpointId) -> Arc<str> {
        crate::house::House(&self.home)
            .spot_text((node, endpoint))
            .into()
    }

    /// Whether the truth of a trigger made an edge.
    fn edge(
        &mut self,
        rule: RuleIx,
        trigger: TriggerIx,
        is: Option<bool>,
        after_gap: bool,
    ) -> Option<Hit> {
        let loaded = self.rules.get_mut(rule)?;
        let sense = loaded.senses.get_mut(usize::from(trigger))?;
        let (was, last) = (sense.truth, sense.last_truth);
        sense.truth = is;
        sense.last_truth = is.or(last);
        match (was, is) {
            (Some(false), Some(true)) => Some(Hit::Yes),
            (None, Some(true)) if after_gap && last == Some(false) => Some(Hit::Yes),
            (None, Some(true)) => Some(Hit::Known),
            (_, Some(false)) => Some(Hit::No),
            _ => None,
        }
    }

    /// Whether a value changed.
    fn change(
        &mut self,
        rule: RuleIx,
        trigger: TriggerIx,
        is: Option<Datum>,
        is_gap: bool,
    ) -> Option<Hit> {
        let loaded = self.rules.get_mut(rule)?;
        let sense = loaded.senses.get_mut(usize::from(trigger))?;
        sense.truth = is.as_ref().map(|_| true);
        let is = is?;
        let was = sense.value.replace(is.clone());
        match was {
            Some(was) if same(&was, &is) => Some(Hit::Known),
            Some(_) if !is_gap => Some(Hit::Yes),
            _ => Some(Hit::No),
        }
    }

    /// What a trigger sees when it is new: how things are, which is no edge.
    pub(super) fn first_look(&mut self, rule: RuleIx, trigger: TriggerIx) {
        let Some(compiled) = self.trigger(rule, trigger) else {
            return;
        };
        match &compiled.sense {
            Sense::Becomes { asked, .. } => {
                let is = truth(&asked.code, &self.env());
                let stale = Env {
                    stale: true,
                    ..self.env()
                };
                let last = truth(&asked.code, &stale);
                if let Some(sense) = self.sense_mut(rule, trigger) {
                    sense.truth = is;
                    sense.last_truth = is.or(last).or(sense.last_truth);
                }
                match is {
                    Some(true) => self.hold_goes_on(rule, trigger),
                    Some(false) => self.let_go(rule, trigger),
                    None => {}
                }
            }
            Sense::Changes { code, .. } => {
                let is = eval(code, &self.env()).ok();
                match self.change(rule, trigger, is, true) {
                    Some(Hit::Known) => self.hold_goes_on(rule, trigger),
                    Some(_) => self.let_go(rule, trigger),
                    None => {}
                }
            }
            Sense::At(_) | Sense::Every(_) => self.set_clock(rule, trigger),
            Sense::Lost { node } => {
                let reachability = self.home.node(*node).map(|view| view.reachability);
                self.set_gone(rule, trigger, reachability);
                match reachability {
                    Some(Reachability::Online) => {
                        self.set_lost(rule, trigger, false);
                        self.let_go(rule, trigger);
                    }
                    Some(Reachability::Offline { .. }) => self.hold_goes_on(rule, trigger),
                    _ => {}
                }
            }
            Sense::Event { .. } | Sense::Recovered { .. } | Sense::Manual => {}
        }
    }

    /// Looks again after events were missed: no edge.
    pub(super) fn look_after_gap(&mut self, rule: RuleIx, trigger: TriggerIx) {
        if let Some(sense) = self.sense_mut(rule, trigger) {
            sense.truth = None;
        }
        self.first_look(rule, trigger);
    }

    fn device_event(&mut self, event: &DeviceEvent) {
        let watchers = self
            .watch
            .events
            .get(&event.path)
            .cloned()
            .unwrap_or_default();
        for (rule, trigger) in watchers {
            let Some(compiled) = self.trigger(rule, trigger) else {
                continue;
            };
            let Sense::Event { fields, .. } = &compiled.sense else {
                continue;
            };
            let fits = fields.iter().all(|(tag, view, wanted)| {
                let is = event.fields.field(*tag).and_then(|value| view.read(value));
                let wanted = eval(wanted, &self.env()).ok();
                is.zip(wanted)
                    .is_some_and(|(is, wanted)| same(&is, &wanted))
            });
            if fits {
                let spark = Spark {
                    cause: Some(event.cause),
                    depth: self.answers.depth(event.cause),
                    device: Some(self.device_text(event.path.node, event.path.endpoint)),
                    late_ms: None,
                };
                self.fire(rule, trigger, spark);
            }
        }
    }

    fn sense_reach(&mut self, node: NodeId, was: Option<Reachability>, is: Reachability) {
        let watchers = self.watch.nodes.get(&node).cloned().unwrap_or_default();
        for (rule, trigger) in watchers {
            let Some(compiled) = self.trigger(rule, trigger) else {
                continue;
            };
            let device = self.home.node(node).map(|view| Arc::clone(&view.node.slug));
            let spark = Spark {
                device,
                ..Spark::default()
            };
            match (&compiled.sense, was, is) {
                (
                    Sense::Recovered { after, .. },
                    Some(Reachability::Offline { since }),
                    Reachability::Online,
                ) if self.gone_for(node, since) >= *after => self.fire(rule, trigger, spark),
                (Sense::Lost { .. }, _, Reachability::Online) => {
                    self.set_gone(rule, trigger, Some(is));
                    self.set_lost(rule, trigger, false);
                    self.let_go(rule, trigger);
                }
                (Sense::Lost { .. }, _, Reachability::Offline { since }) => {
                    self.set_gone(rule, trigger, Some(is));
                    let sense = self.sense_mut(rule, trigger);
                    if sense.as_ref().is_some_and(|sense| sense.lost) {
                        continue;
                    }
                    if sense.is_some_and(|sense| sense.hold.is_some()) {
                        self.hold_goes_on(rule, trigger);
                        continue;
                    }
                    match compiled.hold {
                        // It has been gone for the grace time already.
                        Some(hold) => self.hold_since(rule, trigger, hold, spark, since),
                        None => {
                            self.set_lost(rule, trigger, true);
                            self.fire(rule, trigger, spark);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// How long a node has been gone.
    fn gone_for(&self, node: NodeId, since: Timestamp) -> Duration {
        let gone = self.watch.gone.get(&node);
        let elapsed = gone.map(|gone| self.now.mono.saturating_duration_since(*gone));
        elapsed.unwrap_or_else(|| self.now.wall.since(since))
    }

    /// Notes whether a device is gone, as far as that is known.
    fn set_gone(&mut self, rule: RuleIx, trigger: TriggerIx, is: Option<Reachability>) {
        if let Some(sense) = self.sense_mut(rule, trigger) {
            sense.truth = match is {
                Some(Reachability::Online) => Some(false),
                Some(Reachability::Offline { .. }) => Some(true),
                _ => None,
            };
        }
    }

    pub(super) fn set_lost(&mut self, rule: RuleIx, trigger: TriggerIx, lost: bool) {
        if let Some(sense) = self.sense_mut(rule, trigger)
            && sense.lost != lost
        {
            sense.lost = lost;
            self.keep_sense(rule, trigger);
        }
    }

    pub(super) fn sense_mut(
        &mut self,
        rule: RuleIx,
        trigger: TriggerIx,
    ) -> Option<&mut super::state::SenseState> {
        self.rules
            .get_mut(rule)?
            .senses
            .get_mut(usize::from(trigger))
    }

    /// A trigger of a rule that can run.
    pub(super) fn trigger(&self, rule: RuleIx, trigger: TriggerIx) -> Option<Arc<CompiledTrigger>> {
        let program = self.rules.get(rule)?.program()?;
        program.triggers.get(usize::from(trigger)).cloned()
    }

    /// What triggers evaluate in: no run, no clock.
    pub(super) fn env(&self) -> Env<'_> {
        Env {
            slots: &self.slots,
            now: self.now.wall,
            place: &self.config.place,
            locals: &NO_LOCALS,
            facts: &NO_FACTS,
            stale: false,
        }
    }

    /// Lets every waiting thread look again.
    pub(super) fn wake_waits_of_all(&mut self) {
        let waits: BTreeSet<_> = self.watch.waits.values().flatten().copied().collect();
        for (run, thread) in waits {
            self.condition_changed(run, thread);
        }
    }
}

static NO_LOCALS: BTreeMap<Arc<str>, Datum> = BTreeMap::new();
static NO_FACTS: Facts = Facts {
    name: None,
    device: None,
};

/// What made slots change.
struct By {
    cause: Option<CauseId>,
    path: Option<AttributePath>,
    /// Whether the value was not known before.
    is_gap: bool,
}

impl By {
    const fn gap() -> Self {
        Self {
            cause: None,
            path: None,
            is_gap: true,
        }
    }
}

/// What a look at a trigger's values showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hit {
    /// An edge.
    Yes,
    /// It does not hold.
    No,
    /// It is known again that it holds.
    Known,
}
