//! The meters that there are: endpoints of the home that tell energy, and those whose past is kept.

use std::collections::BTreeMap;

use energy::{MeterId, Reading, Source};
use history::series::SeriesKey;
use hub_engine::{AttributeView, Filter, Principal, Quality, Snapshot};
use hub_model::{AttributePattern, Timestamp};

use crate::handle::{HistoryError, HistoryHandle};
use crate::store::SeriesId;

/// A meter: an endpoint that tells energy or power.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    /// Which.
    pub id: MeterId,
    /// What people call it: its device's name, with its endpoint where several have that.
    pub name: String,
    /// The room it is in.
    pub room: Option<String>,
    /// Whether it is in the home; else it left it, and its past is kept.
    pub is_there: bool,
    /// What it tells, the most reliable first.
    pub sources: Vec<Source>,
    /// What it told last, as far as it is in the home.
    pub last: Vec<LastReading>,
}

/// What a meter told last of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastReading {
    /// The source.
    pub source: Source,
    /// What it said.
    pub reading: Reading,
    /// When that was so.
    pub at: Timestamp,
    /// Whether it can be relied upon now.
    pub is_known: bool,
}

/// A meter, and where its past is kept.
pub(super) struct Found {
    pub(super) meter: Meter,
    pub(super) series: BTreeMap<Source, Kept>,
}

/// A series of a meter.
pub(super) struct Kept {
    pub(super) id: SeriesId,
    pub(super) key: SeriesKey,
}

impl HistoryHandle {
    /// All meters, by their ids.
    pub(super) async fn find_meters(&self, who: &Principal) -> Result<Vec<Found>, HistoryError> {
        let patterns = energy::attributes().map(|(cluster, attribute, _)| AttributePattern {
            endpoint: None,
            cluster: Some(cluster),
            attribute: Some(attribute),
        });
        let filter = Filter {
            attributes: Some(patterns.collect()),
            ..Filter::default()
        };
        let snapshot = self.hub.snapshot(who, filter).await?;
        self.flush().await;
        let mut found: BTreeMap<MeterId, Found> = BTreeMap::new();
        for view in snapshot.nodes.iter().flat_map(|node| &node.values) {
            let Some(source) = energy::source(view.path.cluster, view.path.attribute) else {
                continue;
            };
            let id = MeterId::from(&view.path);
            let meter = found.entry(id).or_insert_with(|| Found::of(id, &snapshot));
            meter.meter.told(source, view);
        }
        for (id, key) in self.all().await? {
            let Some(path) = key.attribute() else {
                continue;
            };
            let Some(source) = energy::source(path.cluster, path.attribute) else {
                continue;
            };
            let meter = MeterId::from(&path);
            let there = found
                .entry(meter)
                .or_insert_with(|| Found::of(meter, &snapshot));
            there.meter.has(source);
            there.series.insert(source, Kept { id, key });
        }
        let mut found: Vec<Found> = found.into_values().collect();
        tell_apart(&mut found);
        Ok(found)
    }
}

impl Found {
    fn of(id: MeterId, snapshot: &Snapshot) -> Self {
        let view = snapshot.node(id.node);
        let devices = view.map(|view| view.devices.as_ref()).unwrap_or_default();
        let device = devices
            .iter()
            .find(|device| device.endpoints.contains(&id.endpoint));
        let name = match (device, view) {
            (Some(device), _) => device.name.to_string(),
            (None, Some(view)) => view.node.name.to_string(),
            (None, None) => format!("Node {}", id.node),
        };
        let room = device.map_or_else(
            || view.and_then(|view| view.node.room),
            |device| device.room,
        );
        let room = room.and_then(|room| snapshot.home.room(room));
        Self {
            meter: Meter {
                id,
                name,
                room: room.map(|room| room.name.to_string()),
                is_there: view.is_some(),
                sources: Vec::new(),
                last: Vec::new(),
            },
            series: BTreeMap::new(),
        }
    }
}

impl Meter {
    fn has(&mut self, source: Source) {
        if let Err(place) = self.sources.binary_search(&source) {
            self.sources.insert(place, source);
        }
    }

    fn told(&mut self, source: Source, view: &AttributeView) {
        self.has(source);
        self.last
            .extend(source.read(&view.value).map(|reading| LastReading {
                source,
                reading,
                at: view.reported_at,
                is_known: view.quality == Quality::Known,
            }));
        self.last.sort_by_key(|last| last.source);
    }
}

/// Adds their endpoints to the names of meters that have the same.
fn tell_apart(found: &mut [Found]) {
    let mut many: BTreeMap<String, usize> = BTreeMap::new();
    for Found { meter, .. } in &*found {
        *many.entry(meter.name.clone()).or_default() += 1;
    }
    for Found { meter, .. } in found {
        if many.get(&meter.name).is_some_and(|many| *many > 1) {
            meter.name = format!("{} /{}", meter.name, meter.id.endpoint);
        }
    }
}
