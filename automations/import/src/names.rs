//! What the names of the other hub mean here: what the table says, else what their nature says, else
//! what is guessed. Every name that is met is noted in the table that goes back to the user.

use std::collections::BTreeMap;
use std::sync::Arc;

use rules::expr::DeviceRef;

use crate::domain::{Domain, object};
use crate::hint::{self, DeviceHint};
use crate::suggest::suggest;
use crate::table::{EntityTable, Mapped, Section};

/// What names mean, in one import.
pub(crate) struct Names<'a> {
    given: &'a EntityTable,
    devices: &'a [DeviceHint],
    /// The table as given, with what was met since.
    table: EntityTable,
    /// The ids here of automations and scenes that are imported too, by their entity there.
    imported: BTreeMap<String, Arc<str>>,
    /// For how many entities a device was looked for.
    guesses: usize,
}

/// For how many entities a device is looked for: more than a home has, few enough to be quick.
const MOST_GUESSES: usize = 2_000;

/// What an entity means.
#[derive(Clone, Debug)]
pub(crate) struct Meaning {
    /// What it is here.
    pub(crate) mapped: Mapped,
    /// How that is known.
    pub(crate) basis: Basis,
}

/// How it is known what an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The table says so.
    Told,
    /// Its name is like that of a device.
    Guessed,
    /// It is not known; a name that no device has stands for it.
    Unknown,
    /// It is a variable, which is made under the same name.
    Variable,
}

impl<'a> Names<'a> {
    pub(crate) fn new(given: &'a EntityTable, devices: &'a [DeviceHint]) -> Self {
        Self {
            given,
            devices,
            table: given.clone(),
            imported: BTreeMap::new(),
            guesses: 0,
        }
    }

    /// Notes that an automation or scene there gets this id here.
    pub(crate) fn is_imported(&mut self, entity: String, id: &Arc<str>) {
        self.imported
            .entry(entity)
            .or_insert_with(|| Arc::clone(id));
    }

    /// The table as given, with what was met.
    pub(crate) fn into_table(self) -> EntityTable {
        self.table
    }

    /// What an entity means.
    pub(crate) fn meaning(&mut self, entity: &str) -> Meaning {
        if let Some(mapped) = self.given.get(entity) {
            return Meaning {
                mapped: mapped.clone(),
                basis: Basis::Told,
            };
        }
        if Domain::of(entity) == Domain::Helper {
            let mapped = Mapped::Home(variable(entity));
            self.table.note(entity, Some(mapped.clone()), false);
            return Meaning {
                mapped,
                basis: Basis::Variable,
            };
        }
        if !self.table.has(entity) {
            self.guesses += 1;
            let may_guess = self.guesses <= MOST_GUESSES;
            let guess = may_guess.then(|| suggest(entity, self.devices)).flatten();
            let is_guess = guess.is_some();
            self.table.note(entity, guess, is_guess);
        }
        match self.table.get(entity) {
            Some(mapped) => Meaning {
                mapped: mapped.clone(),
                basis: Basis::Guessed,
            },
            None => Meaning {
                mapped: Mapped::Device(stand_in(entity)),
                basis: Basis::Unknown,
            },
        }
    }

    /// What a device of ours has; none if nothing is known about it.
    pub(crate) fn known(&self, device: &DeviceRef) -> Option<Vec<String>> {
        hint::known(self.devices, device)
    }

    /// The id here of a scene, automation or script of theirs, and whether it is sure.
    pub(crate) fn id_of(&mut self, section: Section, entity: &str) -> (Arc<str>, bool) {
        if let Some(Some(id)) = self.given.name(section, entity) {
            return (id, true);
        }
        if let Some(id) = self.imported.get(entity) {
            return (Arc::clone(id), true);
        }
        let id: Arc<str> = hub_model::slug(object(entity)).into();
        self.table.note_name(section, entity, Some(Arc::clone(&id)));
        (id, false)
    }

    /// Whom a service tells; none if the table says nothing about it, else who, where none is the
    /// owner of the rule.
    pub(crate) fn told_by(&mut self, service: &str) -> Option<Option<Arc<str>>> {
        let told = self.given.name(Section::Notify, service);
        if told.is_none() {
            self.table.note_name(Section::Notify, service, None);
        }
        told
    }
}

/// The variable of the home that stands for a helper.
fn variable(entity: &str) -> Arc<str> {
    let name = object(entity);
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let fits = !name.is_empty() && name.chars().all(is_inner);
    match fits {
        true => name.into(),
        false => hub_model::slug(name).into(),
    }
}

/// A name that no device has, for an entity that is not known.
fn stand_in(entity: &str) -> DeviceRef {
    DeviceRef {
        slug: hub_model::slug(entity).into(),
        endpoint: None,
    }
}
