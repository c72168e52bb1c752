//! A damaged file, and what of its small tables can be read. Each is read from both ends, and where there
//! is one by its index as well, until a page cannot be read.

use std::collections::BTreeMap;
use std::path::Path;

use history::codec::batch;
use history::rollup::Period;
use history::sample::Sample;
use history::series::SeriesKey;
use rusqlite::{Connection, Row};
use tracing::warn;

use super::super::file;
use super::super::notes;
use super::super::rollups::code;
use super::super::segment::{self, LIVE, Segment};

/// Takes the place of a segment's level when it is not known.
const SOME_LEVEL: i64 = 3;

/// A file that holds a history, in part.
pub(in super::super) struct Source {
    connection: Connection,
    /// The file's name beside the new one; none when it has no name any more.
    name: Option<String>,
}

impl Source {
    /// A file without a name, which is still open.
    pub(in super::super) const fn of_open(connection: Connection) -> Self {
        Self {
            connection,
            name: None,
        }
    }

    pub(in super::super) fn of_file(path: &Path) -> rusqlite::Result<Self> {
        let connection = file::open_aside(path)?;
        // Fails when it is no database at all.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get::<_, i64>(0)
        })?;
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Ok(Self { connection, name })
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The rows of a query up to the first that cannot be read.
    fn rows<T>(&self, sql: &str, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        let Ok(mut statement) = self.connection.prepare(sql) else {
            return Vec::new();
        };
        let Ok(rows) = statement.query_map([], read) else {
            return Vec::new();
        };
        rows.map_while(|row| {
            row.inspect_err(|error| warn!(%error, "some of the damaged history cannot be read"))
                .ok()
        })
        .collect()
    }

    /// The series, in the order of their numbers. Those that are lost have other names, so that none of the
    /// others gets another number.
    pub(in super::super) fn keys(&self) -> Vec<SeriesKey> {
        let mut found: BTreeMap<u32, String> = BTreeMap::new();
        for order in ["id", "id DESC", "key", "key DESC"] {
            let sql = format!("SELECT id, key FROM series ORDER BY {order}");
            found.extend(self.rows(&sql, |row| Ok((row.get::<_, u32>(0)?, row.get(1)?))));
        }
        let last = found.keys().next_back().copied().unwrap_or(0);
        let key = |id: u32| {
            let key = found.get(&id).and_then(|text| text.parse().ok());
            key.unwrap_or_else(|| SeriesKey::Foreign(format!("lost/{id}").into()))
        };
        (1..=last).map(key).collect()
    }

    pub(in super::super) fn fact(&self, name: &str) -> Option<i64> {
        notes::fact(&self.connection, name).ok().flatten()
    }

    /// The samples of last.
    pub(in super::super) fn journal(&self) -> Vec<Vec<(u32, Sample)>> {
        let mut found: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
        for order in ["id", "id DESC"] {
            let sql = format!("SELECT id, data FROM journal ORDER BY {order}");
            found.extend(self.rows(&sql, |row| Ok((row.get(0)?, row.get(1)?))));
        }
        found
            .values()
            .filter_map(|octets| batch::decode(octets).ok())
            .collect()
    }

    pub(super) fn notes(&self) -> Vec<(String, String)> {
        self.rows("SELECT name, text FROM note", |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    pub(super) fn late(&self) -> Vec<(i64, i64, i64)> {
        let sql = "SELECT series, day, stamp FROM late";
        self.rows(sql, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    /// The highest number of a segment; none when that cannot be read.
    pub(in super::super) fn last_segment(&self) -> Option<i64> {
        let sql = "SELECT max((SELECT coalesce(max(id), 1) FROM segment),
                              (SELECT coalesce(max(segment), 1) FROM block),
                              (SELECT coalesce(max(number), 1) FROM fact WHERE name = 'next segment'))";
        self.connection.query_row(sql, [], |row| row.get(0)).ok()
    }

    /// The segments to be brought over, in the order of writing.
    pub(super) fn segments(&self) -> Vec<Segment> {
        if let Ok(segments) = segment::load(&self.connection, LIVE) {
            return segments;
        }
        let ids = self.numbers(
            "SELECT min(segment) FROM block WHERE segment > ?1",
            "SELECT max(segment) FROM block WHERE segment < ?1",
        );
        let segment = |id| Segment {
            id,
            seq: id,
            level: SOME_LEVEL,
            first: i64::MIN,
            last: i64::MAX,
            samples: 0,
            octets: 0,
        };
        ids.into_iter().map(segment).collect()
    }

    /// The chunks of roll-ups to be brought over, the coarsest first.
    pub(super) fn chunks(&self) -> Vec<(Period, i64)> {
        let mut found = Vec::new();
        for period in Period::ALL.into_iter().rev() {
            let code = code(period);
            let chunks = self.numbers(
                &format!("SELECT min(chunk) FROM rollup WHERE period = {code} AND chunk > ?1"),
                &format!("SELECT max(chunk) FROM rollup WHERE period = {code} AND chunk < ?1"),
            );
            found.extend(chunks.into_iter().map(|chunk| (period, chunk)));
        }
        found
    }

    /// All different numbers, found one by one from below and from above.
    fn numbers(&self, above: &str, below: &str) -> Vec<i64> {
        let mut found = std::collections::BTreeSet::new();
        for (sql, mut at) in [(above, i64::MIN), (below, i64::MAX)] {
            let Ok(mut statement) = self.connection.prepare(sql) else {
                continue;
            };
            while let Ok(Some(number)) =
                statement.query_row([at], |row| row.get::<_, Option<i64>>(0))
            {
                at = number;
                if !found.insert(number) {
                    break;
                }
            }
        }
        found.into_iter().collect()
    }
}
