//! Automations and scenes of Home Assistant as rules and scenes of ours, with an honest report.
//!
//! The file of the other hub goes in, together with a table that says which of our devices its
//! entities are; out come rules, scenes, a report of all that is not as it was, and the table again
//! with every entity that was met. What is not sure is told: a rule of which something was lost, or
//! whose devices nobody has named, is imported switched off, with a note that says why.
//!
//! Pure: no file is read and nothing is stored here. What the other hub's language says was taken
//! from its public documentation, as of edition 2026.11; both the names of keys since 2024.10
//! (`triggers`, `actions`) and those before (`trigger`, `platform`, `service`) are read.
//!
//! Not here: scripts, blueprints and packages; templates beyond the simplest (the module `template`
//! says which); a check of the rules against the devices of the home, which is made when they are saved.

mod action;
mod automation;
mod case;
mod condition;
mod cursor;
mod domain;
mod hint;
mod make;
mod names;
mod property;
mod reading;
mod report;
mod root;
mod scene;
mod state;
mod suggest;
mod table;
mod template;
mod time;
mod trigger;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rules::scene::Scene;
use rules::tree::Rule;

pub use hint::DeviceHint;
pub use report::{Entry, Finding, Kind, Outcome, Report, Severity};
pub use suggest::suggest;
pub use table::{EntityTable, Mapped, TableError};

use crate::case::Case;
use crate::cursor::At;
use crate::names::Names;

/// What became of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// The scenes, in the order of the file.
    pub scenes: Vec<Scene>,
    /// What is not as it was.
    pub report: Report,
    /// The table as given, with every entity that was met: what its name suggests, or nothing.
    pub table: EntityTable,
}

/// Why a file cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is too large.
    #[error("the file has {bytes} bytes; at most {most} are read")]
    TooLarge {
        /// How large it is.
        bytes: usize,
        /// How large it may be.
        most: usize,
    },
    /// It is no YAML, or YAML beyond all measure.
    #[error("line {line}, column {column}: {what}")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
}

/// Makes rules and scenes of a file of automations or scenes.
///
/// The devices are there to guess which of them an entity is; a guess holds a rule back until the
/// table confirms it.
///
/// # Errors
/// If the text is no YAML that can be read. Whatever it says is no error: the report tells of it.
pub fn import(
    yaml: &str,
    table: &EntityTable,
    devices: &[DeviceHint],
) -> Result<Import, ImportError> {
    let documents = yaml::load(yaml)?;
    let found = root::find(&documents);
    let mut names = Names::new(table, devices);
    let plans = plans(&found.items, &mut names);
    let mut import = Import {
        rules: Vec::new(),
        scenes: Vec::new(),
        report: Report::default(),
        table: EntityTable::empty(),
    };
    for plan in &plans {
        import.carry(plan, &mut names);
    }
    import.report.notes = found.notes;
    if !import.report.entries.is_empty() {
        import
            .report
            .notes
            .extend(ALWAYS.iter().map(|note| (*note).to_owned()));
    }
    import.table = names.into_table();
    Ok(import)
}

/// The property that stands for the state of an entity, of a device that has these properties; none
/// if nothing of it does, or the entity's name tells of something else.
#[must_use]
pub fn property_of(entity: &str, has: &[String]) -> Option<&'static str> {
    let (domain, words) = (domain::Domain::of(entity), domain::words(entity));
    let property = domain.property(&words, Some(has))?;
    let is_measured = matches!(
        domain,
        domain::Domain::Sensor | domain::Domain::BinarySensor
    );
    let tells = is_measured && words.iter().any(|word| property::tells_of_one(word));
    (!tells || property::is_told_by(property, &words)).then_some(property)
}

/// What holds for every rule that comes from there.
const ALWAYS: &[&str] = &[
    "a device that goes away or comes back changes no state here: only `lost` and `recovered` tell",
    "numbers are taken in the units of this hub: °C, %, lx, W, kWh, hPa, V, A",
    "a start or a wait that was due while the hub was off is made up for within ten minutes",
];

/// One automation or scene, with the names it gets here.
struct Plan<'y> {
    kind: Kind,
    at: At<'y>,
    id: Arc<str>,
    name: Arc<str>,
    source_id: Option<String>,
}

/// The names that everything gets, before anything is carried: actions may name what comes later.
fn plans<'y>(items: &[(Kind, At<'y>)], names: &mut Names<'_>) -> Vec<Plan<'y>> {
    let mut taken = Taken::default();
    let mut plans = Vec::new();
    for (index, (kind, at)) in items.iter().enumerate() {
        let text = |key: &str| at.node.get(key).and_then(yaml::Node::text);
        let (noun, key) = match kind {
            Kind::Automation => ("automation", "alias"),
            Kind::Scene => ("scene", "name"),
        };
        let name = text(key)
            .or(text("id"))
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("{noun} {}", index + 1), short);
        let id: Arc<str> = free_id(&name, noun, &mut taken).into();
        let entity = match kind {
            Kind::Automation => format!("automation.{}", hub_model::slug(&name).replace('-', "_")),
            Kind::Scene => scene::entity_of(&name),
        };
        names.is_imported(entity, &id);
        plans.push(Plan {
            kind: *kind,
            at: at.clone(),
            id,
            name: name.into(),
            source_id: text("id").map(short),
        });
    }
    plans
}

/// A name that is not too long.
fn short(name: &str) -> String {
    const LONGEST: usize = 200;
    name.chars()
        .take(LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// An id made of the name that nothing else of the file has.
fn free_id(name: &str, noun: &str, taken: &mut Taken) -> String {
    let slug = hub_model::slug(name);
    // A name without a letter that has a place in an id.
    let base = match slug.as_str() {
        "node" if !name.eq_ignore_ascii_case("node") => noun.to_owned(),
        // Room for a number within the longest id.
        slug => slug.chars().take(MOST_OF_ID).collect(),
    };
    let mut id = base.clone();
    while !taken.ids.insert((noun.to_owned(), id.clone())) {
        let number = taken
            .numbers
            .entry((noun.to_owned(), base.clone()))
            .or_insert(1);
        *number += 1;
        id = format!("{base}-{number}");
    }
    id
}

/// The ids that are given, each with its noun.
#[derive(Default)]
struct Taken {
    ids: BTreeSet<(String, String)>,
    /// The last number given to a name that came more than once.
    numbers: BTreeMap<(String, String), usize>,
}

/// How long an id is without its number: 64 characters are allowed in all.
const MOST_OF_ID: usize = 56;

impl Import {
    fn carry(&mut self, plan: &Plan<'_>, names: &mut Names<'_>) {
        let mut case = Case::new(names);
        let mut entry = Entry {
            kind: plan.kind,
            name: plan.name.to_string(),
            source_id: plan.source_id.clone(),
            line: plan.at.node.line,
            outcome: Outcome::NotCarried,
            made: None,
            enabled: false,
            findings: Vec::new(),
        };
        match (plan.at.fields(), plan.kind) {
            (None, _) => {
                let what = format!("{} is no automation", plan.at.node.described());
                case.dropped(&plan.at, what, "");
            }
            (Some(fields), Kind::Automation) => {
                if let Some(rule) = automation::rule(&mut case, &fields, &plan.id, &plan.name) {
                    entry.made = Some(rule.id.to_string());
                    entry.enabled = rule.enabled;
                    self.rules.push(rule);
                }
            }
            (Some(fields), Kind::Scene) => {
                if let Some(scene) = scene::scene(&mut case, &fields, &plan.id, &plan.name) {
                    entry.made = Some(scene.id.to_string());
                    entry.enabled = true;
                    self.scenes.push(scene);
                }
            }
        }
        entry.findings = case.into_findings();
        entry.outcome = match (&entry.made, entry.findings.is_empty()) {
            (None, _) => Outcome::NotCarried,
            (Some(_), true) => Outcome::Whole,
            (Some(_), false) => Outcome::Changed,
        };
        self.report.entries.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_is_no_property_that_its_name_tells_against() {
        let property = |entity, has: &[&str]| {
            let has: Vec<_> = has.iter().map(|name| (*name).to_owned()).collect();
            property_of(entity, &has)
        };
        assert_eq!(property("sensor.power", &["energy"]), None);
        assert_eq!(
            property("sensor.power", &["energy", "power"]),
            Some("power")
        );
        assert_eq!(property("sensor.plug", &["energy"]), Some("energy"));
        assert_eq!(property("light.power", &["on"]), Some("on"));
    }
}
