//! Which of our devices an entity of the other hub is: a table that people edit.
//!
//! ```toml
//! [entities]
//! "light.hall" = "hall-lamp"
//! "sensor.hall_temp" = "hall-sensor.temperature"
//! "light.upstairs" = "@upstairs"              # a room
//! "person.anna" = "home.anna-is-home"         # a variable of the home
//! "switch.pump" = ""                          # not told yet
//!
//! [scenes]                                    # scenes and rules of ours
//! "scene.movie_night" = "movie-night"
//! [rules]
//! "script.all_off" = "all-off"
//! [notify]                                    # whom a service tells; "" is the rule's owner
//! "notify.mobile_app_anna" = "anna"
//! ```

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter, Write as _};
use std::sync::Arc;

use rules::expr::{DeviceRef, Expr, Kind, Place, Reference};
use toml_edit::{Document, Item, Key, Value};

/// What entities, scenes, scripts and services of the other hub are here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntityTable {
    entities: BTreeMap<String, Row<Mapped>>,
    names: BTreeMap<Section, BTreeMap<String, Row<Arc<str>>>>,
}

/// What an entity is here.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapped {
    /// A device; which of its properties follows from what is asked.
    Device(DeviceRef),
    /// One property of a device.
    Property(Reference),
    /// All devices of a room.
    Room(Arc<str>),
    /// A variable of the home.
    Home(Arc<str>),
}

/// Why a table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// It is no TOML.
    #[error("line {line}: this is no TOML: {what}")]
    NotToml {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A section that means nothing.
    #[error(
        "line {line}: the table has no section {name:?}; it has entities, scenes, rules, notify"
    )]
    UnknownSection {
        /// The line, from 1.
        line: usize,
        /// The section.
        name: String,
    },
    /// A value that names nothing.
    #[error("line {line}: {entity}: {what}")]
    BadValue {
        /// The line, from 1.
        line: usize,
        /// Whose value it is.
        entity: String,
        /// What is wrong with it.
        what: String,
    },
}

/// What a name of the other hub is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// Scenes.
    Scenes,
    /// Automations and scripts.
    Rules,
    /// Services that tell people.
    Notify,
}

impl Section {
    const ALL: [Self; 3] = [Self::Scenes, Self::Rules, Self::Notify];

    /// The name of the section.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Scenes => "scenes",
            Self::Rules => "rules",
            Self::Notify => "notify",
        }
    }
}

/// A value of the table.
#[derive(Clone, Debug, PartialEq)]
struct Row<T> {
    /// What it is; none until someone says so.
    is: Option<T>,
    /// Whether it was taken for that because of its name, and nobody confirmed it.
    guessed: bool,
}

impl EntityTable {
    /// A table that knows nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Reads a table. All it says counts as confirmed.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn from_toml(text: &str) -> Result<Self, TableError> {
        let document = Document::parse(text).map_err(|error| TableError::NotToml {
            line: line_of(text, error.span().map(|span| span.start)),
            what: error.message().trim().to_owned(),
        })?;
        let mut table = Self::empty();
        for (name, item) in document.iter() {
            let line = line_of(text, item.span().map(|span| span.start));
            let rows = rows(text, name, item, line)?;
            if name == "entities" {
                for (entity, value, line) in rows {
                    table
                        .entities
                        .insert(entity.clone(), entity_row(entity, &value, line)?);
                }
                continue;
            }
            let section = Section::ALL
                .into_iter()
                .find(|section| section.word() == name);
            let section = section.ok_or_else(|| TableError::UnknownSection {
                line,
                name: name.to_owned(),
            })?;
            for (name, value, line) in rows {
                let row = name_row(section, &name, &value, line)?;
                table.names.entry(section).or_default().insert(name, row);
            }
        }
        Ok(table)
    }

    /// The table as text, sorted, with a mark at what nobody confirmed.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::from(HEAD);
        out.push_str("\n[entities]\n");
        for (entity, row) in &self.entities {
            write_row(&mut out, entity, row);
        }
        for section in Section::ALL {
            let Some(rows) = self.names.get(&section) else {
                continue;
            };
            let _ = write!(out, "\n[{}]\n", section.word());
            for (name, row) in rows {
                write_row(&mut out, name, row);
            }
        }
        out
    }

    /// What an entity is here; none if nobody has said so.
    #[must_use]
    pub fn get(&self, entity: &str) -> Option<&Mapped> {
        self.entities.get(entity)?.is.as_ref()
    }

    /// Whether what an entity is was only taken from its name.
    #[must_use]
    pub fn is_guessed(&self, entity: &str) -> bool {
        self.entities.get(entity).is_some_and(|row| row.guessed)
    }

    /// The entities, each with what it is here.
    pub fn entities(&self) -> impl Iterator<Item = (&str, Option<&Mapped>)> {
        let entities = self.entities.iter();
        entities.map(|(entity, row)| (entity.as_str(), row.is.as_ref()))
    }

    /// Whether the table has the entity, told or not.
    #[must_use]
    pub fn has(&self, entity: &str) -> bool {
        self.entities.contains_key(entity)
    }

    /// Notes that an entity was met, and for what it was taken; what the table says already stays.
    pub fn note(&mut self, entity: &str, is: Option<Mapped>, guessed: bool) {
        let row = Row { is, guessed };
        self.entities.entry(entity.to_owned()).or_insert(row);
    }

    /// What a name of a section stands for: none if the table does not have it, else what is told.
    pub(crate) fn name(&self, section: Section, name: &str) -> Option<Option<Arc<str>>> {
        let row = self.names.get(&section)?.get(name)?;
        Some(row.is.clone())
    }

    /// Notes that a name of a section was met, and for what it was taken.
    pub(crate) fn note_name(&mut self, section: Section, name: &str, is: Option<Arc<str>>) {
        let guessed = is.is_some();
        let rows = self.names.entry(section).or_default();
        rows.entry(name.to_owned()).or_insert(Row { is, guessed });
    }
}

const HEAD: &str =
    "# What the entities of the other hub are here: a device, a device.property, a @room or a
# home.variable. Fill in or correct them, then import again.
";

impl Display for Mapped {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(device) => device.fmt(f),
            Self::Property(reference) => reference.fmt(f),
            Self::Room(room) => write!(f, "@{room}"),
            Self::Home(name) => write!(f, "home.{name}"),
        }
    }
}

impl std::str::FromStr for Mapped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('.') {
            let expr: Expr = text.parse().map_err(|error| format!("{error}"))?;
            return match expr.kind {
                Kind::Home(name) => Ok(Self::Home(name)),
                Kind::Reference(reference) if matches!(reference.of, Place::Device(_)) => {
                    Ok(Self::Property(reference))
                }
                _ => Err(format!("{text:?} is no property of a device")),
            };
        }
        // Whatever can have a property is a device or a room.
        let probe: Result<Expr, _> = format!("{text}.on").parse();
        match probe.map(|expr| expr.kind) {
            Ok(Kind::Reference(reference)) => match reference.of {
                Place::Device(device) => Ok(Self::Device(device)),
                Place::Room(room) => Ok(Self::Room(room)),
            },
            _ => Err(format!(
                "{text:?} is no device; one is hall-lamp, strip/2 or @hall"
            )),
        }
    }
}

fn rows(
    text: &str,
    name: &str,
    item: &Item,
    line: usize,
) -> Result<Vec<(String, String, usize)>, TableError> {
    let bad = |entity: &str, line, what: &str| TableError::BadValue {
        line,
        entity: entity.to_owned(),
        what: what.to_owned(),
    };
    let table = item.as_table_like();
    let table = table.ok_or_else(|| bad(name, line, "this is no section; write [entities]"))?;
    let mut rows = Vec::new();
    for (key, item) in table.iter() {
        let line = line_of(text, item.span().map(|span| span.start));
        let value = item.as_str();
        let value = value.ok_or_else(|| {
            bad(
                key,
                line,
                "this is no text; put both sides of the = in quotation marks",
            )
        })?;
        rows.push((key.to_owned(), value.trim().to_owned(), line));
    }
    Ok(rows)
}

fn entity_row(entity: String, value: &str, line: usize) -> Result<Row<Mapped>, TableError> {
    let is = match value {
        "" => None,
        value => {
            let mapped = value.parse();
            Some(mapped.map_err(|what| TableError::BadValue { line, entity, what })?)
        }
    };
    Ok(Row { is, guessed: false })
}

fn name_row(
    section: Section,
    name: &str,
    value: &str,
    line: usize,
) -> Result<Row<Arc<str>>, TableError> {
    let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = match section {
        Section::Scenes | Section::Rules => {
            value.len() <= 64 && !value.starts_with('-') && value.chars().all(is_id)
        }
        Section::Notify => value.chars().count() <= 64,
    };
    if !fits {
        return Err(TableError::BadValue {
            line,
            entity: name.to_owned(),
            what: format!("{value:?} is no id: small letters, digits and hyphens"),
        });
    }
    Ok(Row {
        is: (!value.is_empty()).then(|| value.into()),
        guessed: false,
    })
}

fn write_row<T: Display>(out: &mut String, key: &str, row: &Row<T>) {
    let text = row.is.as_ref().map(ToString::to_string).unwrap_or_default();
    // A key with dots is written in quotation marks, so that it stays one key.
    let key = match key.contains('.') {
        true => Value::from(key).to_string(),
        false => Key::new(key).to_string(),
    };
    let mark = if row.guessed { "  # by its name" } else { "" };
    let _ = writeln!(
        out,
        "{} = {}{mark}",
        key.trim(),
        Value::from(text).to_string().trim()
    );
}

fn line_of(text: &str, at: Option<usize>) -> usize {
    let before = text
        .as_bytes()
        .get(..at.unwrap_or_default())
        .unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_survives_its_text() {
        let text = r#"
            [entities]
            "light.hall" = "hall-lamp"
            "light.strip" = "strip/2"
            "sensor.hall_temp" = "hall-sensor.temperature"
            "light.up" = "@upstairs"
            "person.anna" = "home.anna-is-home"
            "switch.pump" = ""
            [scenes]
            "scene.movie" = "movie"
            [notify]
            "notify.anna" = ""
        "#;
        let table = EntityTable::from_toml(text).unwrap();
        assert_eq!(EntityTable::from_toml(&table.to_toml()), Ok(table.clone()));
        let shown = |entity| table.get(entity).map(ToString::to_string);
        assert_eq!(shown("light.strip").as_deref(), Some("strip/2"));
        assert_eq!(
            shown("sensor.hall_temp").as_deref(),
            Some("hall-sensor.temperature")
        );
        assert_eq!(shown("light.up").as_deref(), Some("@upstairs"));
        assert_eq!(shown("person.anna").as_deref(), Some("home.anna-is-home"));
        assert_eq!(
            (shown("switch.pump"), table.has("switch.pump")),
            (None, true)
        );
        assert_eq!(table.name(Section::Notify, "notify.anna"), Some(None));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, why) in [
            ("[entities\n", "line 1: this is no TOML"),
            (
                "\n[entity]\n",
                "line 2: the table has no section \"entity\"",
            ),
            (
                "[entities]\n\"light.a\" = 1\n",
                "line 2: light.a: this is no text",
            ),
            (
                "[entities]\n\"light.a\" = \"a.glow\"\n",
                "line 2: light.a: devices have no \"glow\"",
            ),
            (
                "[entities]\n\"light.a\" = \"a b\"\n",
                "line 2: light.a: \"a b\" is no device",
            ),
            (
                "[rules]\n\"script.a\" = \"A B\"\n",
                "line 2: script.a: \"A B\" is no id",
            ),
            ("entities = 3\n", "line 1: entities: this is no section"),
        ] {
            let error = EntityTable::from_toml(text).unwrap_err().to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }

    #[test]
    fn guesses_are_marked_until_someone_reads_them() {
        let mut table = EntityTable::empty();
        table.note("light.hall", "hall-lamp".parse().ok(), true);
        assert!(table.is_guessed("light.hall"));
        let text = table.to_toml();
        assert!(
            text.contains("\"light.hall\" = \"hall-lamp\"  # by its name"),
            "{text}"
        );
        assert!(
            !EntityTable::from_toml(&text)
                .unwrap()
                .is_guessed("light.hall")
        );
    }

    #[test]
    fn odd_names_survive_too() {
        let mut table = EntityTable::empty();
        for name in ["light.a\"b", "x = 1\n[y]", "", "ä.ö"] {
            table.note(name, None, false);
        }
        assert_eq!(EntityTable::from_toml(&table.to_toml()), Ok(table));
    }
}
