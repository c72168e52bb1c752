//! What each entity becomes: by the table, else what its name suggests, else it keeps its own name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use history::series::SeriesKey;
use hub_engine::Snapshot;
use rules::expr::{DeviceRef, Place, Property, Reference};
use rules_import::{DeviceHint, EntityTable, Mapped};

use crate::places::Places;
use crate::quantity;
use crate::report::Outcome;
use crate::row::{Entity, EntityRef, Statistic, StatisticRef};
use crate::source::{Source, extras};
use crate::target::{BOOLEAN_STATE, Target};

/// What is to be done with what the table does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// What has no place in the home.
    pub foreign: Foreign,
    /// What seems to have one, by its name.
    pub guesses: Guesses,
}

/// What becomes of entities without a place in the home.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Foreign {
    /// They are kept under their own name, so that nothing is lost.
    #[default]
    Keep,
    /// They are left out.
    Skip,
}

/// What becomes of entities whose place was guessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guesses {
    /// They wait until someone confirms the table: what is in a wrong series is hard to get out.
    #[default]
    Wait,
    /// They are taken for what they seem to be.
    Take,
}

/// Which series each entity and statistic becomes.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) by_entity: BTreeMap<EntityRef, usize>,
    pub(crate) by_statistic: BTreeMap<StatisticRef, usize>,
    pub(crate) temperature: &'static str,
    table: EntityTable,
}

/// An entity, a statistic, or both, and what they become.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) id: Arc<str>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) outcome: Outcome,
    /// What the table says that it is, or a guess.
    pub(crate) mapped: Option<String>,
    /// Why it has no place.
    pub(crate) why: Option<String>,
    pub(crate) channels: Vec<(Source, Target)>,
    pub(crate) statistic: Option<(Target, Option<Arc<str>>)>,
    pub(crate) undated: u64,
    /// The unit of the state.
    pub(crate) unit: Option<Arc<str>>,
}

impl Plan {
    /// Plans what becomes of entities and statistics in a home.
    #[must_use]
    pub fn new(
        table: &EntityTable,
        home: &Snapshot,
        entities: &[Entity],
        statistics: &[Statistic],
        settings: Settings,
    ) -> Self {
        let mut planner = Planner {
            places: Places(home),
            hints: Places(home).hints(),
            given: table,
            table: table.clone(),
            settings,
            guesses: 0,
        };
        let mut plan = Self {
            subjects: Vec::new(),
            by_entity: BTreeMap::new(),
            by_statistic: BTreeMap::new(),
            temperature: temperature(entities),
            table: EntityTable::empty(),
        };
        let mut by_id = BTreeMap::new();
        for entity in entities {
            by_id.insert(entity.id.clone(), plan.subjects.len());
            plan.by_entity.insert(entity.number, plan.subjects.len());
            plan.subjects.push(planner.subject(entity));
        }
        for statistic in statistics {
            let at = *by_id.entry(statistic.id.clone()).or_insert_with(|| {
                plan.subjects.push(planner.subject(&alone(statistic)));
                plan.subjects.len() - 1
            });
            plan.by_statistic.insert(statistic.number, at);
            if let Some(subject) = plan.subjects.get_mut(at) {
                subject.add(statistic);
            }
        }
        plan.table = planner.table;
        plan
    }

    /// The series that may get samples or hours: ascending, each once.
    #[must_use]
    pub fn keys(&self) -> Vec<SeriesKey> {
        let keys: BTreeSet<_> = self.subjects.iter().flat_map(Subject::keys).collect();
        keys.into_iter().cloned().collect()
    }

    /// Whether the states of an entity become anything, so that it is worth to read them.
    #[must_use]
    pub fn wants_states(&self, entity: EntityRef) -> bool {
        let subject = self.by_entity.get(&entity);
        let subject = subject.and_then(|at| self.subjects.get(*at));
        subject.is_some_and(|subject| !subject.channels.is_empty())
    }

    /// Whether the hours of a statistic become anything.
    #[must_use]
    pub fn wants_hours(&self, statistic: StatisticRef) -> bool {
        let subject = self.by_statistic.get(&statistic);
        let subject = subject.and_then(|at| self.subjects.get(*at));
        subject.is_some_and(|subject| subject.statistic.is_some())
    }

    /// The table as given, with every entity that could be a device: what its name suggests, or
    /// nothing.
    #[must_use]
    pub const fn table(&self) -> &EntityTable {
        &self.table
    }
}

impl Subject {
    fn keys(&self) -> impl Iterator<Item = &SeriesKey> {
        let channels = self.channels.iter().map(|(_, target)| target);
        let statistic = self.statistic.iter().map(|(target, _)| target);
        channels.chain(statistic).map(|target| &target.key)
    }

    /// Adds the statistic of the same name: it is of the series that the state becomes.
    fn add(&mut self, statistic: &Statistic) {
        let unit = statistic.unit.clone();
        let of_state = self
            .channels
            .iter()
            .find_map(|(source, target)| match source {
                Source::State => Some(target.clone()),
                _ => None,
            });
        let is_number = |target: &Target| {
            target.encode.numbers().is_some() || matches!(target.key, SeriesKey::Foreign(_))
        };
        self.name = self.name.take().or_else(|| statistic.name.clone());
        self.statistic = match self.outcome {
            Outcome::Waits | Outcome::Skipped => None,
            Outcome::Placed | Outcome::Kept => {
                let target = of_state.filter(is_number);
                let own = || Target::foreign(&self.id, domain(&self.id), unit.as_ref());
                Some((target.unwrap_or_else(own), unit))
            }
        };
    }
}

/// A statistic that is no entity's, as one.
fn alone(statistic: &Statistic) -> Entity {
    Entity {
        number: EntityRef(0),
        id: statistic.id.clone(),
        name: statistic.name.clone(),
        device_class: None,
        unit: statistic.unit.clone(),
        rows: 0,
        undated: 0,
        first: None,
        last: None,
    }
}

fn domain(id: &str) -> &str {
    id.split_once('.').map_or("", |(domain, _)| domain)
}

/// The unit in which the other hub counts temperatures: climate entities do not say it.
fn temperature(entities: &[Entity]) -> &'static str {
    let units = entities.iter().filter_map(|entity| entity.unit.as_deref());
    let (mut fahrenheit, mut celsius) = (0, 0);
    for unit in units {
        fahrenheit += usize::from(quantity::is_fahrenheit(unit));
        celsius += usize::from(unit == "°C");
    }
    if fahrenheit > celsius { "°F" } else { "°C" }
}

struct Planner<'a> {
    places: Places<'a>,
    hints: Vec<DeviceHint>,
    given: &'a EntityTable,
    table: EntityTable,
    settings: Settings,
    /// For how many entities a device was looked for.
    guesses: usize,
}

/// For how many entities a device is looked for: more than a home has, few enough to be quick.
const MOST_GUESSES: usize = 2_000;

/// The domains that devices here can be.
const DEVICES: &[&str] = &[
    "binary_sensor",
    "climate",
    "cover",
    "fan",
    "humidifier",
    "light",
    "lock",
    "sensor",
    "siren",
    "switch",
    "valve",
];

type Channels = Vec<(Source, Target)>;

impl Planner<'_> {
    fn subject(&mut self, entity: &Entity) -> Subject {
        let (mapped, guessed) = match self.given.get(&entity.id) {
            Some(mapped) => (Some(mapped.clone()), self.given.is_guessed(&entity.id)),
            None => (self.guess(entity), true),
        };
        let placed = mapped.as_ref().map(|mapped| self.channels(entity, mapped));
        // A guess that cannot be is none.
        let (mapped, placed) = match (guessed, placed) {
            (true, Some(Err(_))) => (None, None),
            (_, placed) => (mapped, placed),
        };
        let waits = guessed && self.settings.guesses == Guesses::Wait;
        let (outcome, why, channels) = match (placed, self.settings.foreign) {
            (Some(Ok(_)), _) if waits => (Outcome::Waits, None, Vec::new()),
            (Some(Ok(channels)), _) => (Outcome::Placed, None, channels),
            (other, Foreign::Keep) => {
                let why = other.and_then(Result::err);
                (Outcome::Kept, why, foreign(entity, |_| true))
            }
            (other, Foreign::Skip) => (Outcome::Skipped, other.and_then(Result::err), Vec::new()),
        };
        Subject {
            id: entity.id.clone(),
            name: entity.name.clone(),
            outcome,
            mapped: mapped.map(|mapped| mapped.to_string()),
            why,
            channels,
            statistic: None,
            undated: entity.undated,
            unit: entity.unit.clone(),
        }
    }

    /// What an entity that the table does not tell of probably is.
    fn guess(&mut self, entity: &Entity) -> Option<Mapped> {
        let domain = domain(&entity.id);
        if !DEVICES.contains(&domain) || self.given.has(&entity.id) {
            return None;
        }
        self.guesses += 1;
        let names = match self.guesses <= MOST_GUESSES {
            true => names(entity, domain),
            false => Vec::new(),
        };
        let mut guesses = names
            .iter()
            .map(|name| rules_import::suggest(name, &self.hints));
        let guess = guesses.find_map(|guess| guess);
        self.table.note(&entity.id, guess.clone(), guess.is_some());
        guess
    }

    fn channels(&self, entity: &Entity, mapped: &Mapped) -> Result<Channels, String> {
        let (device, places) = match mapped {
            Mapped::Room(room) => return Err(format!("@{room} is a room, not one device")),
            Mapped::Home(name) => {
                return Err(format!(
                    "home.{name} is a variable, of which no past is kept"
                ));
            }
            Mapped::Property(Reference {
                of: Place::Room(room),
                ..
            }) => return Err(format!("@{room} is a room, not one device")),
            Mapped::Property(Reference {
                of: Place::Device(device),
                property,
            }) => (device, vec![self.property(entity, device, property)?]),
            Mapped::Device(device) => (device, self.device(entity, device)?),
        };
        let mut channels = Vec::new();
        for (source, target) in places {
            let unit = entity.unit.as_deref();
            if matches!(source, Source::State) && !target.encode.takes_unit(unit) {
                let unit = unit.unwrap_or_default();
                return Err(format!(
                    "it counts in {unit}, which {} does not",
                    target.text
                ));
            }
            channels.push((source, target));
        }
        if channels.is_empty() {
            return Err(format!("{device} has nothing that it could be"));
        }
        if self.settings.foreign == Foreign::Keep {
            let taken: BTreeSet<_> = channels.iter().flat_map(|(s, _)| names_of(s)).collect();
            let rest = foreign(entity, |name| !taken.contains(name));
            channels.extend(rest);
        }
        Ok(channels)
    }

    /// The property that the table names.
    fn property(
        &self,
        entity: &Entity,
        device: &DeviceRef,
        property: &Property,
    ) -> Result<(Source, Target), String> {
        match property {
            Property::Named(name) => {
                let extras = extras(domain(&entity.id)).filter(|extra| extra.property == &**name);
                let extras: Vec<_> = extras.collect();
                let source = match extras.is_empty() || entity.unit.is_some() {
                    true => Source::State,
                    false => Source::Attributes(extras),
                };
                Ok((source, self.target(entity, device, name)?))
            }
            Property::Attribute {
                cluster, attribute, ..
            } => {
                let path = self.places.attribute(device, *cluster, *attribute)?;
                Ok((
                    Source::State,
                    Target::attribute(self.places, path, opens(entity))?,
                ))
            }
            Property::Event { .. } => Err("states are no events".to_owned()),
        }
    }

    /// The properties of a device that an entity of this domain tells of.
    fn device(&self, entity: &Entity, device: &DeviceRef) -> Result<Channels, String> {
        let has = self.places.properties(device)?;
        let domain = domain(&entity.id);
        let by_class = entity
            .device_class
            .as_deref()
            .and_then(|class| rules_import::property_of(&format!("{domain}.{class}"), &has));
        let state = by_class.or_else(|| rules_import::property_of(&entity.id, &has));
        let mut extra: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for one in extras(domain) {
            let is_state = state == Some(one.property) && domain == "sensor";
            if has.iter().any(|own| own == one.property) && !is_state {
                extra.entry(one.property).or_default().push(one);
            }
        }
        let mut channels = Vec::new();
        if let Some(property) = state.filter(|property| !extra.contains_key(property)) {
            channels.push((Source::State, self.target(entity, device, property)?));
        }
        for (property, extras) in extra {
            let target = self.target(entity, device, property)?;
            channels.push((Source::Attributes(extras), target));
        }
        Ok(channels)
    }

    fn target(
        &self,
        entity: &Entity,
        device: &DeviceRef,
        property: &str,
    ) -> Result<Target, String> {
        let opens = match property {
            "open" => Some(true),
            "leak" => Some(false),
            _ => opens(entity),
        };
        match rules::attribute_of(property) {
            Some((cluster, attribute)) => {
                let path = self.places.attribute(device, cluster, attribute)?;
                Target::attribute(
                    self.places,
                    path,
                    opens.filter(|_| cluster == BOOLEAN_STATE),
                )
            }
            None => Ok(Target::reachability(self.places.node(device)?, device)),
        }
    }
}

/// Names under which a device is looked for: its own, with what kind of thing it is, and that which
/// people gave it.
fn names(entity: &Entity, domain: &str) -> Vec<String> {
    let class = entity.device_class.as_deref().unwrap_or_default();
    let mut names = vec![entity.id.to_string(), format!("{}_{class}", entity.id)];
    if let Some(name) = &entity.name {
        let slug = hub_model::slug(name).replace('-', "_");
        names.push(format!("{domain}.{slug}_{class}"));
    }
    names
}

/// Whether it is on when something is open; none if its class does not say.
fn opens(entity: &Entity) -> Option<bool> {
    Some(match entity.device_class.as_deref()? {
        "door" | "garage_door" | "opening" | "window" => true,
        "moisture" | "cold" => false,
        _ => return None,
    })
}

/// An entity under its own name: its state, and its attributes of which these are wanted.
fn foreign(entity: &Entity, wanted: impl Fn(&str) -> bool) -> Channels {
    let domain = domain(&entity.id);
    let mut channels = Vec::new();
    if wanted(STATE) {
        let target = Target::foreign(&entity.id, domain, entity.unit.as_ref());
        channels.push((Source::State, target));
    }
    let mut before = BTreeSet::new();
    for extra in extras(domain) {
        if extra.is_worth_keeping() && wanted(extra.name) && before.insert(extra.name) {
            let target = Target::foreign(&format!("{}.{}", entity.id, extra.name), "sensor", None);
            channels.push((Source::AsIs(extra), target));
        }
    }
    channels
}

/// Stands for the state among names of attributes.
const STATE: &str = "";

fn names_of(source: &Source) -> Vec<&'static str> {
    match source {
        Source::State => vec![STATE],
        Source::AsIs(extra) => vec![extra.name],
        Source::Attributes(extras) => extras.iter().map(|extra| extra.name).collect(),
    }
}
