//! The past as the engine told it: the home at a moment, and the events after it. Rules are tried on
//! it.
//!
//! The home is the present one, with its rooms and names, and with the values of then. What was not
//! recorded keeps the value that it has now. Of events in the same millisecond the order is not known.

use std::collections::HashMap;

use history::occurrence::Hub;
use history::sample::Sample;
use history::series::SeriesKey;
use hub_engine::{
    AttributeView, DeviceEvent, Event, EventKind, Filter, Principal, Quality, Reachability,
    Snapshot,
};
use hub_model::{AttributePath, CauseId, EventPriority, NodeId, Timestamp, Value};

use crate::handle::{HistoryError, HistoryHandle, PAGE};
use crate::store::{SeriesId, StoreError};

/// Events that are told at once: some hundred megabytes.
const MOST_EVENTS: usize = 500_000;

/// The home at a moment, and what happened after it.
#[derive(Clone, Debug)]
pub struct Past {
    /// The moment.
    pub began: Timestamp,
    /// The home then.
    pub start: Snapshot,
    /// What happened, in order. The numbers begin anew where the hub was started.
    pub events: Vec<Event>,
}

impl HistoryHandle {
    /// The home as it was at `from`, or as early as is known of it, and what happened until `to`; none
    /// when nothing was recorded of that time.
    ///
    /// # Errors
    /// When that is not allowed, too much happened, or the store fails.
    pub async fn past(
        &self,
        who: &Principal,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Option<Past>, HistoryError> {
        let snapshot = self.hub.snapshot(who, Filter::default()).await?;
        self.flush().await;
        // What was imported is of before the hub knew its own devices.
        let first = match self.id(&SeriesKey::Hub).await? {
            Some(hub) => self.store.after(hub, Timestamp(i64::MIN)).await?,
            None => None,
        };
        let oldest = first.map(|first| first.at).filter(|oldest| *oldest < to);
        let Some(oldest) = oldest else {
            return Ok(None);
        };
        let began = from.max(oldest);
        let mut telling = Telling::new(snapshot);
        for (id, key) in self.all().await? {
            telling.begin(&key, self.store.before(id, began).await?);
            self.tell(&mut telling, id, &key, (began, to)).await?;
        }
        Ok(Some(telling.finish(began)))
    }

    async fn tell(
        &self,
        telling: &mut Telling,
        id: SeriesId,
        key: &SeriesKey,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<(), HistoryError> {
        if !telling.is_told(key) {
            return Ok(());
        }
        let mut next = from;
        loop {
            let page = self.page(id, next, to).await?;
            let is_last = page.len() < PAGE;
            if let Some(last) = page.last() {
                next = Timestamp(last.at.0.saturating_add(1));
            }
            for sample in page {
                telling.take(key, sample);
            }
            if telling.happened.len() > MOST_EVENTS {
                let what = format!(
                    "more than {MOST_EVENTS} things happened in that time; begin later, or end sooner"
                );
                return Err(HistoryError::TooMuch(what));
            }
            if is_last {
                return Ok(());
            }
        }
    }

    async fn page(
        &self,
        id: SeriesId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Sample>, StoreError> {
        self.store.read(id, from, to, PAGE).await
    }
}

/// The past, while it is put together.
struct Telling {
    home: Snapshot,
    /// Values as of the beginning; none of what was not known then.
    values: HashMap<AttributePath, Option<Sample>>,
    reachability: HashMap<NodeId, Reachability>,
    happened: Vec<(Timestamp, What)>,
}

enum What {
    Started,
    Attribute(AttributePath, Sample),
    Reachability(NodeId, Reachability),
    Event(Box<DeviceEvent>),
}

impl Telling {
    fn new(home: Snapshot) -> Self {
        Self {
            home,
            values: HashMap::new(),
            reachability: HashMap::new(),
            happened: Vec::new(),
        }
    }

    fn is_told(&self, key: &SeriesKey) -> bool {
        match key {
            SeriesKey::Hub => true,
            SeriesKey::Commands(_) | SeriesKey::Foreign(_) => false,
            // What left the home has no place in it.
            key => key
                .node()
                .is_some_and(|node| self.home.node(node).is_some()),
        }
    }

    fn begin(&mut self, key: &SeriesKey, before: Option<Sample>) {
        match key {
            SeriesKey::Attribute(path) => drop(self.values.insert(*path, before)),
            SeriesKey::Reachability(node) => {
                let then = before.map_or(Reachability::Unknown, |sample| reachability(&sample));
                self.reachability.insert(*node, then);
            }
            _ => {}
        }
    }

    fn take(&mut self, key: &SeriesKey, sample: Sample) {
        let what = match key {
            SeriesKey::Hub => match Hub::from_value(&sample.value) {
                Some(Hub::Started { .. }) => What::Started,
                _ => return,
            },
            SeriesKey::Attribute(path) => {
                self.happened
                    .push((sample.at, What::Attribute(*path, sample)));
                return;
            }
            SeriesKey::Reachability(node) => What::Reachability(*node, reachability(&sample)),
            SeriesKey::Event(path) => What::Event(Box::new(DeviceEvent {
                path: *path,
                number: 0,
                priority: EventPriority::Info,
                happened_at: sample.at,
                uptime: None,
                fields: sample.value,
                cause: sample.cause.unwrap_or(CauseId(0)),
            })),
            _ => return,
        };
        self.happened.push((sample.at, what));
    }

    fn finish(mut self, began: Timestamp) -> Past {
        self.happened.sort_by_key(|(at, _)| *at);
        let mut start = self.home;
        start.seq = 0;
        start.jobs = Vec::new();
        for node in &mut start.nodes {
            node.events.clear();
            let then = self.reachability.get(&node.node.id).copied();
            node.reachability = then.unwrap_or(Reachability::Unknown);
            let is_there = node.reachability == Reachability::Online;
            node.values = std::mem::take(&mut node.values)
                .into_iter()
                .filter_map(|view| as_then(view, &self.values, is_there))
                .collect();
        }
        let mut mirror = Mirror::of(&start);
        let events = self.happened.into_iter();
        let events = events.filter_map(|(at, what)| mirror.event(at, what));
        Past {
            began,
            events: events.collect(),
            start,
        }
    }
}

/// A value as it was then.
fn as_then(
    view: AttributeView,
    values: &HashMap<AttributePath, Option<Sample>>,
    is_there: bool,
) -> Option<AttributeView> {
    let Some(sample) = values.get(&view.path) else {
        return Some(view);
    };
    let sample = sample.as_ref()?;
    Some(AttributeView {
        value: sample.value.clone(),
        quality: match sample.is_known() && is_there {
            true => Quality::Known,
            false => Quality::Stale,
        },
        reported_at: sample.at,
        received_at: sample.at,
        version: None,
        cause: sample.cause,
        ..view
    })
}

/// What the engine would have known, as far as its events tell it.
struct Mirror {
    seq: u64,
    values: HashMap<AttributePath, (Value, Quality)>,
}

impl Mirror {
    fn of(start: &Snapshot) -> Self {
        let values = start.nodes.iter().flat_map(|node| &node.values);
        let values = values.map(|view| (view.path, (view.value.clone(), view.quality)));
        Self {
            seq: 0,
            values: values.collect(),
        }
    }

    fn event(&mut self, at: Timestamp, what: What) -> Option<Event> {
        let kind = match what {
            What::Started => {
                self.seq = 0;
                self.forget(|_| true);
                return None;
            }
            What::Attribute(path, sample) => self.attribute(path, sample)?,
            What::Reachability(node, reachability) => {
                if reachability != Reachability::Online {
                    self.forget(|path| path.node == node);
                }
                EventKind::Reachability { node, reachability }
            }
            What::Event(event) => EventKind::DeviceEvent(*event),
        };
        self.seq += 1;
        let seq = self.seq;
        Some(Event { seq, at, kind })
    }

    fn attribute(&mut self, path: AttributePath, sample: Sample) -> Option<EventKind> {
        if !sample.is_known() {
            return None;
        }
        let now = (sample.value.clone(), Quality::Known);
        let previous = self.values.insert(path, now);
        if let Some((value, was)) = &previous
            && *value == sample.value
        {
            return Some(EventKind::Freshened {
                path,
                was: *was,
                reported_at: sample.at,
                version: None,
            });
        }
        Some(EventKind::AttributeChanged {
            path,
            value: sample.value,
            previous,
            reported_at: sample.at,
            version: None,
            cause: sample.cause.unwrap_or(CauseId(0)),
        })
    }

    fn forget(&mut self, is: impl Fn(&AttributePath) -> bool) {
        for (_, (_, quality)) in self.values.iter_mut().filter(|(path, _)| is(path)) {
            *quality = Quality::Stale;
        }
    }
}

fn reachability(sample: &Sample) -> Reachability {
    match &sample.value {
        Value::Bool(true) => Reachability::Online,
        Value::Bool(false) => Reachability::Offline { since: sample.at },
        _ => Reachability::Unknown,
    }
}
