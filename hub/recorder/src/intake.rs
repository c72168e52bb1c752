//! What of the engine's events is worth being kept, as samples. Pure but for nothing: it waits for
//! nobody and stores nothing.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use history::measure::Measure;
use history::occurrence::Asked;
use history::policy::{Policy, Wish, is_within_deadband, policy};
use history::sample::{Sample, whole};
use history::series::SeriesKey;
use hub_engine::{
    AttributeView, DeviceEvent, Event, EventKind, Home, Quality, Reachability, Snapshot,
};
use hub_model::{
    AttributePath, CauseId, Command, NodeId, Operation, Timestamp, Value, present, slug,
};

use crate::store::SeriesId;

/// Commands whose effects are told from what devices do by themselves.
const COMMANDS_REMEMBERED: usize = 4096;
/// A device's own time that is further from the hub's than this is not believed.
const BELIEVED_APART: Duration = Duration::from_secs(24 * 3600);

/// A series' place in the table of those that were met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u32);

/// Turns events into samples.
pub(crate) struct Intake {
    wishes: Vec<Wish>,
    /// Microseconds that are added to the hub's times, while its clock is doubted.
    correction: i64,
    places: HashMap<SeriesKey, Place>,
    met: Vec<Met>,
    /// Those that have no id yet.
    nameless: Vec<(Place, SeriesKey)>,
    /// Series of which a sample is held back.
    holding: BTreeSet<Place>,
    commands: VecDeque<CauseId>,
    /// Whether nodes are there, as was recorded last.
    there: HashMap<NodeId, Option<bool>>,
    /// What is to be kept.
    taken: Vec<(Place, Sample)>,
}

/// A series that was met.
struct Met {
    id: Option<SeriesId>,
    how: How,
}

/// How a series is recorded.
enum How {
    /// Not known yet: it was recorded before this start.
    Unasked,
    /// Not at all.
    Not,
    /// Everything.
    All,
    /// Everything, each at a moment of its own.
    Each(Timestamp),
    /// What passes the policy.
    Gated(Box<Gate>),
}

struct Gate {
    policy: Policy,
    measure: Measure,
    last: Option<(Timestamp, Value)>,
    held: Option<Sample>,
}

impl Intake {
    pub(crate) fn new(wishes: Vec<Wish>, known: Vec<(SeriesId, SeriesKey)>) -> Self {
        let mut intake = Self {
            wishes,
            correction: 0,
            places: HashMap::with_capacity(known.len()),
            met: Vec::with_capacity(known.len()),
            nameless: Vec::new(),
            holding: BTreeSet::new(),
            commands: VecDeque::new(),
            there: HashMap::new(),
            taken: Vec::new(),
        };
        for (id, key) in known {
            let place = intake.meet(Some(id));
            intake.places.insert(key, place);
        }
        intake
    }

    /// From now on, the hub's times are corrected by so many microseconds.
    pub(crate) const fn correct(&mut self, by: i64) {
        self.correction = by;
    }

    /// A moment of the hub's clock as it is kept.
    pub(crate) fn corrected(&self, at: Timestamp) -> Timestamp {
        whole(Timestamp(at.0.saturating_add(self.correction)))
    }

    /// Takes an event.
    pub(crate) fn event(&mut self, event: &Event, home: &Home) {
        match &event.kind {
            EventKind::AttributeChanged {
                path,
                value,
                reported_at,
                cause,
                ..
            } => {
                let sample = Sample {
                    at: self.moment(*reported_at, event.at),
                    value: value.clone(),
                    quality: Quality::Known,
                    cause: self.asked(*cause),
                };
                self.attribute(path, sample, home, false);
            }
            EventKind::DeviceEvent(happened) => self.device_event(happened, event.at),
            EventKind::Reachability { node, reachability } => {
                self.reachability(*node, *reachability, event.at);
            }
            EventKind::NodeAdded(view) => {
                for value in &view.values {
                    self.value(value, event.at, home);
                }
            }
            EventKind::Asked { cause, command } => {
                if self.commands.len() >= COMMANDS_REMEMBERED {
                    self.commands.pop_front();
                }
                self.commands.push_back(cause.id);
                let asked = Asked {
                    cause: cause.id,
                    parent: cause.parent,
                    origin: Some(cause.origin.clone()),
                    what: in_words(command).into(),
                };
                self.command(command.node, &asked, event.at);
            }
            EventKind::Command {
                cause,
                node,
                progress,
            } => {
                let asked = Asked {
                    cause: *cause,
                    parent: None,
                    origin: None,
                    what: outcome(progress),
                };
                self.command(*node, &asked, event.at);
            }
            EventKind::NodeRemoved { node } => {
                let since = event.at;
                self.reachability(*node, Reachability::Offline { since }, event.at);
            }
            EventKind::HomeChanged { .. } => self.forget_names(),
            _ => {}
        }
    }

    /// Takes a value as it is now: of a new node, or after something was missed.
    pub(crate) fn value(&mut self, view: &AttributeView, now: Timestamp, home: &Home) {
        if view.quality == Quality::Known {
            let sample = Sample {
                at: self.moment(view.reported_at, now),
                value: view.value.clone(),
                quality: Quality::Known,
                cause: view.cause.and_then(|cause| self.asked(cause)),
            };
            self.attribute(&view.path, sample, home, true);
        }
    }

    /// Takes what is other in the home than it was, after what happened since a moment was missed. What
    /// was heard of since then is recorded as it is now; how it came to be so is lost.
    pub(crate) fn make_up(&mut self, snapshot: &Snapshot, since: Timestamp, now: Timestamp) {
        for node in &snapshot.nodes {
            self.reachability(node.node.id, node.reachability, now);
            let missed = node
                .values
                .iter()
                .filter(|value| value.received_at >= since);
            for value in missed {
                self.value(value, now, &snapshot.home);
            }
        }
    }

    /// Takes whether a node is there, when that is another than before.
    pub(crate) fn reachability(
        &mut self,
        node: NodeId,
        reachability: Reachability,
        now: Timestamp,
    ) {
        let there = match reachability {
            Reachability::Online => Some(true),
            Reachability::Offline { .. } => Some(false),
            _ => None,
        };
        if self.there.insert(node, there) == Some(there) {
            return;
        }
        let value = there.map_or(Value::Null, Value::Bool);
        let at = self.moment(now, now);
        self.plain(SeriesKey::Reachability(node), Sample::known(at, value));
    }

    /// Takes something that the hub itself went through.
    pub(crate) fn hub(&mut self, what: history::occurrence::Hub, at: Timestamp) {
        self.each(SeriesKey::Hub, Sample::known(whole(at), what.to_value()));
    }

    /// What was held back for long enough, and with it all else that is to be kept.
    pub(crate) fn take(&mut self, now: Timestamp) -> Vec<(Place, Sample)> {
        let now = Timestamp(now.0.saturating_add(self.correction));
        let due = |place: &Place| {
            let met = self.met.get(usize::try_from(place.0).unwrap_or(usize::MAX));
            matches!(met, Some(Met { how: How::Gated(gate), .. }) if gate.is_due(now))
        };
        let due: Vec<_> = self.holding.iter().copied().filter(due).collect();
        for place in due {
            self.let_go(place);
        }
        std::mem::take(&mut self.taken)
    }

    /// What is to be kept now, all that is held back included.
    pub(crate) fn take_all(&mut self) -> Vec<(Place, Sample)> {
        for place in std::mem::take(&mut self.holding) {
            self.let_go(place);
        }
        std::mem::take(&mut self.taken)
    }

    /// How many samples are to be kept.
    pub(crate) const fn waiting(&self) -> usize {
        self.taken.len()
    }

    /// The series that have no id yet.
    pub(crate) fn nameless(&self) -> &[(Place, SeriesKey)] {
        &self.nameless
    }

    /// The first of the nameless were given these ids.
    pub(crate) fn name(&mut self, ids: Vec<SeriesId>) {
        let named = ids.len().min(self.nameless.len());
        for ((place, _), id) in self.nameless.drain(..named).zip(ids) {
            if let Some(met) = self
                .met
                .get_mut(usize::try_from(place.0).unwrap_or(usize::MAX))
            {
                met.id = Some(id);
            }
        }
    }

    pub(crate) fn id(&self, place: Place) -> Option<SeriesId> {
        let at = usize::try_from(place.0).unwrap_or(usize::MAX);
        self.met.get(at).and_then(|met| met.id)
    }

    /// The series with a policy of their own about how long they are kept.
    pub(crate) fn kept_otherwise(&self) -> Vec<(SeriesId, Duration)> {
        let own = self.met.iter().filter_map(|met| match &met.how {
            How::Gated(gate) => Some((met.id?, gate.policy.keep?)),
            _ => None,
        });
        own.collect()
    }

    fn command(&mut self, node: NodeId, asked: &Asked, at: Timestamp) {
        let sample = Sample {
            cause: Some(asked.cause),
            ..Sample::known(self.moment(at, at), asked.to_value())
        };
        self.each(SeriesKey::Commands(node), sample);
    }

    fn device_event(&mut self, event: &DeviceEvent, now: Timestamp) {
        let sample = Sample {
            at: self.moment(event.happened_at, now),
            value: event.fields.clone(),
            quality: Quality::Known,
            cause: self.asked(event.cause),
        };
        self.each(SeriesKey::Event(event.path), sample);
    }

    /// The cause, when it is a command that was asked.
    fn asked(&self, cause: CauseId) -> Option<CauseId> {
        self.commands.binary_search(&cause).is_ok().then_some(cause)
    }

    /// A moment as it is kept: the device's when that can be, else the hub's.
    fn moment(&self, told: Timestamp, now: Timestamp) -> Timestamp {
        let apart = told.since(now).max(now.since(told));
        let at = match told > now || apart > BELIEVED_APART {
            true => now,
            false => told,
        };
        self.corrected(at)
    }

    fn place(&mut self, key: SeriesKey) -> Place {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let place = self.meet(None);
        self.nameless.push((place, key.clone()));
        self.places.insert(key, place);
        place
    }

    fn meet(&mut self, id: Option<SeriesId>) -> Place {
        let place = Place(u32::try_from(self.met.len()).unwrap_or(u32::MAX));
        self.met.push(Met {
            id,
            how: How::Unasked,
        });
        place
    }

    fn met(&mut self, place: Place) -> Option<&mut Met> {
        let at = usize::try_from(place.0).unwrap_or(usize::MAX);
        self.met.get_mut(at)
    }

    /// Keeps a sample as it is.
    fn plain(&mut self, key: SeriesKey, sample: Sample) {
        let place = self.place(key);
        self.taken.push((place, sample));
    }

    /// Keeps a sample at a moment of its own.
    fn each(&mut self, key: SeriesKey, mut sample: Sample) {
        let place = self.place(key);
        if let Some(met) = self.met(place) {
            if let How::Each(last) = met.how
                && last >= sample.at
                && last.since(sample.at) < BELIEVED_APART
            {
                sample.at = Timestamp::from_millis(last.as_millis().saturating_add(1));
            }
            met.how = How::Each(sample.at);
        }
        self.taken.push((place, sample));
    }

    /// Keeps a sample of an attribute, if its policy lets it pass; one that ends a gap does.
    fn attribute(&mut self, path: &AttributePath, sample: Sample, home: &Home, ends_gap: bool) {
        let key = SeriesKey::Attribute(*path);
        let (place, is_new) = match self.places.get(&key) {
            Some(place) => (*place, false),
            None => {
                let how = how(&self.wishes, path, home);
                if matches!(how, How::Not) {
                    return;
                }
                let place = self.place(key);
                if let Some(met) = self.met(place) {
                    met.how = how;
                }
                (place, true)
            }
        };
        let at = usize::try_from(place.0).unwrap_or(usize::MAX);
        let Some(met) = self.met.get_mut(at) else {
            return;
        };
        if !is_new && matches!(met.how, How::Unasked) {
            met.how = how(&self.wishes, path, home);
        }
        match &mut met.how {
            How::Not => {}
            How::Gated(gate) => match gate.pass(sample, ends_gap) {
                Some(sample) => {
                    self.holding.remove(&place);
                    self.taken.push((place, sample));
                }
                None if gate.held.is_some() => drop(self.holding.insert(place)),
                None => {}
            },
            _ => self.taken.push((place, sample)),
        }
    }

    fn let_go(&mut self, place: Place) {
        self.holding.remove(&place);
        let Some(Met {
            how: How::Gated(gate),
            ..
        }) = self.met(place)
        else {
            return;
        };
        if let Some(sample) = gate.held.take() {
            gate.last = Some((sample.at, sample.value.clone()));
            self.taken.push((place, sample));
        }
    }

    /// Names changed, so wishes may match other nodes.
    fn forget_names(&mut self) {
        let by_name =
            |wish: &Wish| matches!(wish.path.node, hub_model::text_path::NodeRef::Slug(_));
        if self.wishes.iter().any(by_name) {
            for met in &mut self.met {
                if matches!(met.how, How::Not | How::All) {
                    met.how = How::Unasked;
                }
            }
        }
    }
}

/// How an attribute is recorded.
fn how(wishes: &[Wish], path: &AttributePath, home: &Home) -> How {
    let is_named =
        |node: NodeId, name: &str| home.node(node).is_some_and(|node| slug(&node.name) == name);
    let policy = policy(wishes, path, is_named);
    if !policy.record {
        return How::Not;
    }
    if policy == Policy::default() {
        return How::All;
    }
    How::Gated(Box::new(Gate {
        policy,
        measure: Measure::of(&SeriesKey::Attribute(*path)),
        last: None,
        held: None,
    }))
}

impl Gate {
    /// Lets a sample pass, or holds it back, or drops it.
    fn pass(&mut self, sample: Sample, ends_gap: bool) -> Option<Sample> {
        if let (Some((at, value)), false) = (&self.last, ends_gap) {
            if is_within_deadband(&self.policy, self.measure, value, &sample.value) {
                // It is back where it was: what was held back is no news any more.
                self.held = None;
                return None;
            }
            if sample.at.since(*at) < self.policy.min_interval && sample.at >= *at {
                self.held = Some(sample);
                return None;
            }
        }
        self.held = None;
        self.last = Some((sample.at, sample.value.clone()));
        Some(sample)
    }

    fn is_due(&self, now: Timestamp) -> bool {
        let last = self.last.as_ref().map(|(at, _)| now.since(*at));
        last.is_none_or(|since| since >= self.policy.min_interval)
    }
}

/// A command in words.
fn in_words(command: &Command) -> String {
    match &command.operation {
        Operation::Invoke {
            endpoint,
            cluster,
            command,
            fields,
            ..
        } => {
            let words = present::command(*cluster, *command, fields);
            format!("{endpoint}/{} {words}", present::cluster_name(*cluster))
        }
        Operation::Write {
            endpoint,
            cluster,
            attribute,
            value,
            ..
        } => {
            let (name, cluster_name) = (
                present::attribute_name(*cluster, *attribute),
                present::cluster_name(*cluster),
            );
            let value = present::value(*cluster, *attribute, value);
            format!("{endpoint}/{cluster_name} {name} = {value}")
        }
        Operation::Read { attributes } => format!("read {} attributes", attributes.len()),
    }
}

/// How a command went, in words.
fn outcome(progress: &hub_model::CommandProgress) -> Arc<str> {
    use hub_model::CommandProgress as Progress;
    match progress {
        Progress::Sent => "sent".into(),
        Progress::Acknowledged { .. } => "acknowledged".into(),
        Progress::Confirmed => "confirmed".into(),
        Progress::Refused(refusal) => format!("refused: {refusal}").into(),
        Progress::TimedOut => "timed out".into(),
    }
}

#[cfg(test)]
mod tests;
