//! Rules, scenes and variables as they come from the home's objects, compiled and watched for.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hub_engine::{ObjectChange, ObjectKind};
use hub_model::NodeId;

use super::state::{Loaded, RuleIx, TriggerIx};
use super::timers::Timer;
use super::{Machine, Told};
use crate::compile::{Compiled, Order, Program, Scope, Sense, compile, orders};
use crate::datum::Datum;
use crate::face;
use crate::problem::Problem;
use crate::scene::Scene;
use crate::slots::{Present, SlotId};
use crate::tree::{Rule, Target};
use crate::variable::VariableDef;

/// The kinds of the home's objects that are the machine's.
pub const RULE: &str = "rule";
/// A scene.
pub const SCENE: &str = "scene";
/// The declaration of a variable.
pub const VARIABLE: &str = "variable";

/// How long after a change of the home's structure rules are compiled anew: changes come in swarms.
const COMPILE_AFTER: Duration = Duration::from_millis(50);
/// Rules compiled in one go, so that others are not held up.
const COMPILED_AT_ONCE: usize = 200;

/// All rules, by index and by id.
#[derive(Debug, Default)]
pub(super) struct Rules {
    all: Vec<Option<Loaded>>,
    by_id: BTreeMap<Arc<str>, RuleIx>,
    to_compile: VecDeque<RuleIx>,
}

impl Rules {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn ix(&self, id: &str) -> Option<RuleIx> {
        self.by_id.get(id).copied()
    }

    pub(super) fn get(&self, ix: RuleIx) -> Option<&Loaded> {
        self.all.get(ix as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, ix: RuleIx) -> Option<&mut Loaded> {
        self.all.get_mut(ix as usize)?.as_mut()
    }

    pub(super) fn waits_to_compile(&self) -> bool {
        !self.to_compile.is_empty()
    }

    /// All, by id.
    pub(super) fn iter(&self) -> impl Iterator<Item = (RuleIx, &Loaded)> {
        let all = self.by_id.values();
        all.filter_map(|ix| Some((*ix, self.get(*ix)?)))
    }

    pub(super) fn indices(&self) -> Vec<RuleIx> {
        self.by_id.values().copied().collect()
    }
}

/// All scenes, by id.
#[derive(Debug, Default)]
pub(super) struct Scenes {
    pub(super) all: BTreeMap<Arc<str>, LoadedScene>,
}

/// A scene with the commands that apply it.
#[derive(Debug)]
pub(super) struct LoadedScene {
    pub(super) scene: Arc<Scene>,
    pub(super) orders: Vec<Order>,
    pub(super) problems: Vec<Problem>,
}

/// The version of a rule: a digest of its text, for a person to tell two versions apart.
pub(crate) fn digest(text: &str) -> Arc<str> {
    // FNV-1a: short, and the same for ever.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:08x}", (hash >> 32) ^ (hash & 0xffff_ffff)).into()
}

/// The version of a rule, whether it is enabled or not.
pub(crate) fn revision(rule: &Rule) -> Arc<str> {
    let enabled = Rule {
        enabled: true,
        ..rule.clone()
    };
    digest(&face::rule_to_json(&enabled).to_string())
}

impl Machine {
    /// Loads all there is in the home.
    pub(super) fn load(&mut self, values: &BTreeMap<String, Datum>) {
        let home = Arc::clone(&self.home.home);
        for (id, body) in home.objects(&ObjectKind::new(VARIABLE)) {
            self.declare(id, Some(body));
        }
        for (name, value) in values {
            self.restore_variable(name, value);
        }
        for (id, body) in home.objects(&ObjectKind::new(SCENE)) {
            self.put_scene(id, Some(body));
        }
        let rules: Vec<_> = home.objects(&ObjectKind::new(RULE)).collect();
        for (id, _) in &rules {
            // Known by name first, so that one rule can run another that comes later.
            self.reserve(id);
        }
        for (id, body) in rules {
            self.put_rule(id, Some(body));
        }
    }

    /// Brings all into line with the home as it is, after events were missed.
    pub(super) fn reload(&mut self) {
        let home = Arc::clone(&self.home.home);
        for kind in [VARIABLE, SCENE, RULE] {
            let here: BTreeSet<String> = match kind {
                VARIABLE => self.variables.keys().map(|id| id.to_string()).collect(),
                SCENE => self.scenes.all.keys().map(|id| id.to_string()).collect(),
                _ => self.rules.by_id.keys().map(|id| id.to_string()).collect(),
            };
            let there: BTreeMap<_, _> = home.objects(&ObjectKind::new(kind)).collect();
            for id in here.iter().filter(|id| !there.contains_key(id.as_str())) {
                self.put(kind, id, None);
            }
            for (id, body) in there {
                self.put(kind, id, Some(body));
            }
        }
        self.compile_soon();
    }

    /// Follows changes of the home's objects.
    pub(super) fn follow(&mut self, changes: &[ObjectChange]) {
        for change in changes {
            let body = change.after.as_deref();
            match change.kind.as_str() {
                kind @ (RULE | SCENE | VARIABLE) => self.put(kind, &change.id, body),
                "node" | "room" | "device" => self.compile_soon(),
                _ => {}
            }
        }
    }

    fn put(&mut self, kind: &str, id: &str, body: Option<&str>) {
        match kind {
            RULE => self.put_rule(id, body),
            SCENE => {
                let was_there = self.scenes.all.contains_key(id);
                self.put_scene(id, body);
                if was_there != self.scenes.all.contains_key(id) {
                    self.compile_soon();
                }
            }
            _ => {
                self.declare(id, body);
                self.compile_soon();
            }
        }
    }

    fn declare(&mut self, id: &str, body: Option<&str>) {
        let declared = body.and_then(|body| VariableDef::from_json(body).ok()?.declare().ok());
        let Some(mut variable) = declared else {
            if self.variables.remove(id).is_some() {
                self.keep.forget_variable(id);
            }
            self.set_slot_of_variable(id);
            return;
        };
        // A value that still fits stays; one of another type must not come back at the next start.
        match self.variables.get(id) {
            Some(old) if old.datatype == variable.datatype => variable.value = old.value.clone(),
            Some(_) => self.keep.forget_variable(id),
            None => {}
        }
        self.variables.insert(id.into(), variable);
        self.set_slot_of_variable(id);
    }

    fn put_scene(&mut self, id: &str, body: Option<&str>) {
        let Some(body) = body else {
            self.scenes.all.remove(id);
            return;
        };
        let Ok(scene) = face::scene_from_json(body) else {
            self.scenes.all.remove(id);
            return;
        };
        let (orders, problems) = self.compile_scene(&scene);
        let loaded = LoadedScene {
            scene: Arc::new(scene),
            orders,
            problems,
        };
        self.scenes.all.insert(id.into(), loaded);
    }

    /// The commands that apply a scene, and what is wrong with it.
    pub(super) fn compile_scene(&mut self, scene: &Scene) -> (Vec<Order>, Vec<Problem>) {
        let present = Present {
            snapshot: &self.home,
            variables: &self.variables,
            now: self.now.wall,
        };
        let mut scope = Scope {
            present: &present,
            slots: &mut self.slots,
            place: &self.config.place,
            rules: &|_| true,
            scenes: &|_| true,
            problems: Vec::new(),
            locals: BTreeMap::new(),
            clock: true,
        };
        let mut all = Vec::new();
        for (at, device) in scene.devices.iter().enumerate() {
            let targets = [Target::Device(device.device.clone())];
            let place = format!("devices[{at}]");
            all.extend(orders(&targets, &device.values, None, &place, &mut scope));
        }
        (all, scope.problems)
    }

    fn reserve(&mut self, id: &str) -> RuleIx {
        if let Some(ix) = self.rules.ix(id) {
            return ix;
        }
        let ix = RuleIx::try_from(self.rules.all.len()).unwrap_or(RuleIx::MAX);
        self.rules.all.push(None);
        self.rules.by_id.insert(id.into(), ix);
        ix
    }

    fn put_rule(&mut self, id: &str, body: Option<&str>) {
        let is_new = self.rules.ix(id).is_none();
        let Some(body) = body else {
            self.remove_rule(id);
            self.compile_soon();
            return;
        };
        let ix = self.reserve(id);
        match face::rule_from_json(body) {
            Ok(rule) => {
                // After missed events all rules come once more, most of them as they were.
                let known = self.rules.get(ix);
                if known.is_some_and(|known| !known.unreadable && *known.rule == rule) {
                    return;
                }
                self.put_read_rule(ix, rule, false);
                self.compile_rule(ix);
            }
            // It was checked when it was saved, so another version of the hub wrote it.
            Err(problems) => {
                self.put_read_rule(ix, Rule::new(id), true);
                self.is_broken(ix, problems);
            }
        }
        if is_new {
            self.compile_soon();
        }
    }

    fn put_read_rule(&mut self, ix: RuleIx, rule: Rule, unreadable: bool) {
        self.unwatch(ix);
        let revision = revision(&rule);
        let before = self.rules.all.get_mut(ix as usize).and_then(Option::take);
        let mut loaded = Loaded {
            revision,
            compiled: Compiled::Broken(Arc::default()),
            warnings: Vec::new(),
            senses: Vec::new(),
            paused: None,
            starts: VecDeque::new(),
            running: BTreeSet::new(),
            queue: VecDeque::new(),
            rule: Arc::new(rule),
            unreadable,
        };
        let mut dropped = VecDeque::new();
        if let Some(before) = before {
            // An edit is how a person says that a paused rule is mended.
            let is_edited = before.revision != loaded.revision;
            let was_paused = before.paused.is_some();
            loaded.paused = before.paused.filter(|_| !is_edited);
            if was_paused && loaded.paused.is_none() {
                self.keep.forget_pause(&loaded.rule.id);
            }
            if !is_edited {
                loaded.compiled = before.compiled;
            }
            loaded.senses = before.senses;
            loaded.running = before.running;
            loaded.queue = before.queue;
            if !loaded.rule.enabled {
                dropped.clone_from(&loaded.queue);
            }
        }
        if let Some(place) = self.rules.all.get_mut(ix as usize) {
            *place = Some(loaded);
        }
        for run in dropped {
            self.stop_run(run, "the rule was disabled");
        }
    }

    fn remove_rule(&mut self, id: &str) {
        self.end_late_of(id);
        let Some(ix) = self.rules.ix(id) else { return };
        self.unwatch(ix);
        self.rules.by_id.remove(id);
        let removed = self.rules.all.get_mut(ix as usize).and_then(Option::take);
        if let Some(removed) = removed {
            for run in removed.running.iter().chain(&removed.queue) {
                self.stop_run(*run, "its rule was removed");
            }
            self.keep.forget_rule(id, &removed.senses);
        }
    }

    /// Has all rules compiled anew, soon.
    pub(super) fn compile_soon(&mut self) {
        self.rules.to_compile = self.rules.indices().into();
        let at = self.now.mono + COMPILE_AFTER;
        self.timers.set(Timer::Compile, at);
    }

    /// Compiles some of those that wait for it.
    pub(super) fn compile_some(&mut self) {
        let scenes: Vec<_> = self
            .scenes
            .all
            .values()
            .map(|loaded| Arc::clone(&loaded.scene))
            .collect();
        for scene in scenes {
            let (orders, problems) = self.compile_scene(&scene);
            if let Some(loaded) = self.scenes.all.get_mut(&scene.id) {
                loaded.orders = orders;
                loaded.problems = problems;
            }
        }
        for _ in 0..COMPILED_AT_ONCE {
            let Some(ix) = self.rules.to_compile.pop_front() else {
                break;
            };
            self.unwatch(ix);
            self.compile_rule(ix);
        }
        if !self.rules.to_compile.is_empty() {
            self.timers.set(Timer::Compile, self.now.mono);
        }
        self.try_late();
    }

    /// Compiles a rule for the home as it is, without keeping it.
    pub(super) fn compile_only(&mut self, rule: &Rule) -> (Option<Program>, Vec<Problem>) {
        let present = Present {
            snapshot: &self.home,
            variables: &self.variables,
            now: self.now.wall,
        };
        let rules = |id: &str| self.rules.by_id.contains_key(id) || *id == *rule.id;
        let scenes = |id: &str| self.scenes.all.contains_key(id);
        let mut scope = Scope {
            present: &present,
            slots: &mut self.slots,
            place: &self.config.place,
            rules: &rules,
            scenes: &scenes,
            problems: Vec::new(),
            locals: BTreeMap::new(),
            clock: false,
        };
        let program = compile(rule, &mut scope);
        (program, scope.problems)
    }

    fn compile_rule(&mut self, ix: RuleIx) {
        let readable = self.rules.get(ix).filter(|loaded| !loaded.unreadable);
        let Some(rule) = readable.map(|loaded| Arc::clone(&loaded.rule)) else {
            return;
        };
        let (program, problems) = self.compile_only(&rule);
        let Some(program) = program else {
            self.is_broken(ix, problems);
            return;
        };
        let Some(loaded) = self.rules.get_mut(ix) else {
            return;
        };
        if loaded.is_broken() {
            self.told.push_back(Told::Resumed {
                rule: Arc::clone(&rule.id),
            });
        }
        loaded.warnings = problems;
        let mut before = std::mem::take(&mut loaded.senses);
        let senses = program.triggers.iter().map(|trigger| {
            let known = before.iter().position(|sense| sense.key == trigger.key);
            known.map_or_else(
                || self.keep.first_sense(&rule.id, &trigger.key),
                |at| before.swap_remove(at),
            )
        });
        loaded.senses = senses.collect();
        loaded.compiled = Compiled::Ready(Arc::new(program));
        self.keep.forget_senses(&rule.id, &before);
        self.watch(ix);
    }

    /// A rule cannot run, for these reasons. Its owner is told once.
    fn is_broken(&mut self, ix: RuleIx, problems: Vec<Problem>) {
        let Some(loaded) = self.rules.get_mut(ix) else {
            return;
        };
        let errors: Vec<_> = problems.into_iter().filter(Problem::is_error).collect();
        if !loaded.is_broken() {
            let why = errors.first().map(ToString::to_string).unwrap_or_default();
            self.told.push_back(Told::Paused {
                rule: Arc::clone(&loaded.rule.id),
                owner: loaded.rule.owner.clone(),
                why: format!("it cannot run: {why}").into(),
            });
        }
        loaded.compiled = Compiled::Broken(errors.into());
    }

    /// Lets the machine notice what a rule's triggers look at.
    fn watch(&mut self, ix: RuleIx) {
        let Some(program) = self.rules.get(ix).and_then(Loaded::program).cloned() else {
            return;
        };
        for (at, trigger) in program.triggers.iter().enumerate() {
            let at = TriggerIx::try_from(at).unwrap_or(TriggerIx::MAX);
            match &trigger.sense {
                Sense::Becomes { asked, .. } => self.watch.slots(&asked.uses, (ix, at)),
                Sense::Changes { uses, .. } => self.watch.slots(uses, (ix, at)),
                Sense::Event { paths, .. } => self.watch.events(paths, (ix, at)),
                Sense::Recovered { node, .. } | Sense::Lost { node } => {
                    self.watch.node(*node, (ix, at));
                }
                Sense::At(_) | Sense::Every(_) | Sense::Manual => {}
            }
            if !self.is_starting {
                self.first_look(ix, at);
            }
        }
    }

    fn unwatch(&mut self, ix: RuleIx) {
        let Some(loaded) = self.rules.get(ix) else {
            return;
        };
        let triggers = loaded.senses.len();
        if let Some(program) = loaded.program().cloned() {
            for trigger in &program.triggers {
                match &trigger.sense {
                    Sense::Becomes { asked, .. } => self.watch.forget_slots(&asked.uses, ix),
                    Sense::Changes { uses, .. } => self.watch.forget_slots(uses, ix),
                    Sense::Event { paths, .. } => self.watch.forget_events(paths, ix),
                    Sense::Recovered { node, .. } | Sense::Lost { node } => {
                        self.watch.forget_node(*node, ix);
                    }
                    Sense::At(_) | Sense::Every(_) | Sense::Manual => {}
                }
            }
        }
        for at in 0..triggers {
            let at = TriggerIx::try_from(at).unwrap_or(TriggerIx::MAX);
            self.timers.clear(Timer::Hold(ix, at));
            self.timers.clear(Timer::Clock(ix, at));
            self.timers.clear(Timer::Postponed(ix, at));
        }
    }

    /// Gives all slots their present value, as after a gap.
    pub(super) fn refill(&mut self) {
        let present = Present {
            snapshot: &self.home,
            variables: &self.variables,
            now: self.now.wall,
        };
        self.slots.each(|slot| present.fill(slot));
    }

    /// Lets every trigger and every waiting thread look again, as after a gap.
    pub(super) fn look_again(&mut self) {
        for (rule, trigger) in self.all_triggers() {
            self.look_after_gap(rule, trigger);
        }
        self.wake_waits_of_all();
    }

    /// Gives the slots of a node their present value: it is new, or back.
    pub(super) fn refill_node(&mut self, node: NodeId) -> Vec<SlotId> {
        let present = Present {
            snapshot: &self.home,
            variables: &self.variables,
            now: self.now.wall,
        };
        let slots = self.slots.of_node(node).to_vec();
        for id in &slots {
            if let Some(slot) = self.slots.get_mut(*id) {
                present.fill(slot);
            }
        }
        slots
    }
}
