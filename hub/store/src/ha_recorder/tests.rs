//! Databases as Home Assistant makes them: what is read of them, and what is refused and how.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use hub_model::Timestamp;
use rusqlite::params;
use tempfile::TempDir;

use super::*;

/// The tables that are read, with the columns of schema 50 and their types, and their indices.
const SCHEMA: &str = "
CREATE TABLE schema_changes (
    change_id INTEGER NOT NULL, schema_version INTEGER, changed DATETIME NOT NULL,
    PRIMARY KEY (change_id)
);
CREATE TABLE recorder_runs (
    run_id INTEGER NOT NULL, start DATETIME NOT NULL, \"end\" DATETIME,
    closed_incorrect BOOLEAN NOT NULL, created DATETIME NOT NULL, PRIMARY KEY (run_id)
);
CREATE TABLE states_meta (
    metadata_id INTEGER NOT NULL, entity_id VARCHAR(255), PRIMARY KEY (metadata_id)
);
CREATE UNIQUE INDEX ix_states_meta_entity_id ON states_meta (entity_id);
CREATE TABLE state_attributes (
    attributes_id INTEGER NOT NULL, hash BIGINT, shared_attrs TEXT, PRIMARY KEY (attributes_id)
);
CREATE TABLE states (
    state_id INTEGER NOT NULL, entity_id CHAR(0), state VARCHAR(255), attributes CHAR(0),
    event_id SMALLINT, last_changed CHAR(0), last_changed_ts FLOAT, last_reported_ts FLOAT,
    last_updated CHAR(0), last_updated_ts FLOAT, old_state_id INTEGER, attributes_id INTEGER,
    context_id CHAR(0), context_user_id CHAR(0), context_parent_id CHAR(0), origin_idx SMALLINT,
    context_id_bin BLOB, context_user_id_bin BLOB, context_parent_id_bin BLOB, metadata_id INTEGER,
    PRIMARY KEY (state_id),
    FOREIGN KEY (old_state_id) REFERENCES states (state_id),
    FOREIGN KEY (attributes_id) REFERENCES state_attributes (attributes_id),
    FOREIGN KEY (metadata_id) REFERENCES states_meta (metadata_id)
);
CREATE INDEX ix_states_metadata_id_last_updated_ts ON states (metadata_id, last_updated_ts);
CREATE INDEX ix_states_last_updated_ts ON states (last_updated_ts);
CREATE TABLE statistics_meta (
    id INTEGER NOT NULL, statistic_id VARCHAR(255), source VARCHAR(32),
    unit_of_measurement VARCHAR(255), has_mean BOOLEAN, has_sum BOOLEAN, name VARCHAR(255),
    mean_type SMALLINT NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE statistics (
    id INTEGER NOT NULL, created CHAR(0), created_ts FLOAT, metadata_id INTEGER, start CHAR(0),
    start_ts FLOAT, mean FLOAT, mean_weight FLOAT, min FLOAT, max FLOAT, last_reset CHAR(0),
    last_reset_ts FLOAT, state FLOAT, sum FLOAT, PRIMARY KEY (id),
    FOREIGN KEY (metadata_id) REFERENCES statistics_meta (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX ix_statistics_statistic_id_start_ts ON statistics (metadata_id, start_ts);
";

/// Begins in November 2023.
const BEGIN: f64 = 1_700_000_000.0;

struct Fixture {
    dir: TempDir,
    connection: Connection,
}

impl Fixture {
    fn new(schema: u32) -> Self {
        let dir = TempDir::new().unwrap();
        let connection = Connection::open(dir.path().join("home-assistant_v2.db")).unwrap();
        connection
            .pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
            .unwrap();
        connection
            .pragma_update(None, "foreign_keys", false)
            .unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        let sql = "INSERT INTO schema_changes (schema_version, changed) VALUES (?1, '2023-11-14')";
        connection.execute(sql, [schema]).unwrap();
        Self { dir, connection }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("home-assistant_v2.db")
    }

    /// Two entities: a lamp with shared attributes, and a sensor that is gone at the end.
    fn filled(self, rows: u32) -> Self {
        let run = |sql: &str| self.connection.execute_batch(sql).unwrap();
        run(
            "INSERT INTO states_meta VALUES (1, 'light.hall'), (2, 'sensor.hall'), (3, 'sun.sun');
             INSERT INTO state_attributes VALUES
                (1, 7, '{\"brightness\":255,\"friendly_name\":\"Hall\"}'),
                (2, 8, '{\"unit_of_measurement\":\"°C\",\"device_class\":\"temperature\"}'),
                (3, 9, '{\"friendly_name\":\"Hall temperature\"}'),
                (4, 9, 'no JSON');
             BEGIN",
        );
        for row in 0..rows {
            let at = BEGIN + f64::from(row);
            // Written as they happened: those of the entities in turns.
            self.state(1, if row % 2 == 0 { "on" } else { "off" }, at, 1);
            self.state(2, &format!("{}.5", row % 30), at, 2);
        }
        self.state(2, "unavailable", BEGIN + f64::from(rows), 3);
        run("COMMIT;
             INSERT INTO statistics_meta VALUES
                (1, 'sensor.hall', 'recorder', '°C', 1, 0, NULL, 1),
                (2, 'grid:energy', 'grid', 'kWh', 0, 1, 'Grid', 0);
             INSERT INTO statistics (metadata_id, start_ts, mean, min, max) VALUES
                (1, 1700006400.0, 21.0, 20, 22), (1, 1700002800.0, 20.0, 19, 21);
             INSERT INTO statistics (metadata_id, start_ts, state, sum, last_reset_ts) VALUES
                (2, 1700002800.0, 100.0, 0.0, NULL), (2, 1700006400.0, 101.5, 1.5, NULL);");
        self
    }

    fn state(&self, entity: i64, state: &str, at: f64, attributes: i64) {
        let sql = "INSERT INTO states (state, last_updated_ts, attributes_id, metadata_id) \
                   VALUES (?1, ?2, ?3, ?4)";
        let mut statement = self.connection.prepare_cached(sql).unwrap();
        statement
            .execute(params![state, at, attributes, entity])
            .unwrap();
    }

    fn open(&self) -> Result<HaRecorder, HaRecorderError> {
        HaRecorder::open(&self.path())
    }

    /// Closes it as Home Assistant does when it stops.
    fn close(self) -> (TempDir, PathBuf) {
        let path = self.path();
        self.connection.close().unwrap();
        (self.dir, path)
    }
}

fn all<R>(mut pages: Pages<'_, R>) -> (Vec<R>, usize) {
    let (mut rows, mut count) = (Vec::new(), 0);
    while let Some(page) = pages.next_page().unwrap() {
        rows.extend(page);
        count += 1;
        assert_eq!(pages.progress().done, rows.len() as u64);
    }
    assert_eq!(pages.progress().done, pages.progress().total);
    (rows, count)
}

#[test]
fn entities_are_listed_with_what_their_rows_say() {
    let fixture = Fixture::new(50).filled(10);
    let entities = fixture.open().unwrap().entities().unwrap();
    // The sun has no states.
    let ids: Vec<_> = entities.iter().map(|entity| &*entity.id).collect();
    assert_eq!(ids, ["light.hall", "sensor.hall"]);
    let [lamp, sensor] = entities.as_slice() else {
        panic!("{entities:?}");
    };
    assert_eq!(
        (lamp.rows, lamp.undated, lamp.name.as_deref()),
        (10, 0, Some("Hall"))
    );
    assert_eq!(lamp.first, Some(Timestamp::from_secs(1_700_000_000)));
    assert_eq!(sensor.last, Some(Timestamp::from_secs(1_700_000_010)));
    assert_eq!(sensor.unit.as_deref(), Some("°C"));
    assert_eq!(sensor.device_class.as_deref(), Some("temperature"));
    assert_eq!(sensor.name.as_deref(), Some("Hall temperature"));
}

#[test]
fn states_come_in_pages_in_order_of_time_within_each_entity() {
    let fixture = Fixture::new(50).filled(5_000);
    // Two rows of the same time, and one that comes earlier than those before it.
    fixture.state(1, "first", BEGIN - 1.0, 4);
    fixture.state(1, "second", BEGIN - 1.0, 999);
    let recorder = fixture.open().unwrap();
    let entities = recorder.entities().unwrap();
    let (rows, pages) = all(recorder.states(&entities));
    assert_eq!((rows.len(), pages), (10_003, 3));
    assert!(rows.is_sorted_by_key(|row| (row.entity, row.at, row.row)));
    assert_eq!(rows[0].state.as_deref(), Some("first"));
    assert_eq!(rows[0].attributes.as_deref(), Some("no JSON"));
    assert_eq!(
        (rows[1].state.as_deref(), rows[1].attributes.as_deref()),
        (Some("second"), None)
    );
    assert_eq!(
        rows[2].attributes.as_deref(),
        Some(r#"{"brightness":255,"friendly_name":"Hall"}"#)
    );
    assert_eq!(rows[10_002].state.as_deref(), Some("unavailable"));
    let (rows, _) = all(recorder.states(
        entities
            .iter()
            .filter(|entity| &*entity.id == "sensor.hall"),
    ));
    assert_eq!(rows.len(), 5_001);
}

#[test]
fn statistics_come_with_their_hours() {
    let fixture = Fixture::new(50).filled(1);
    let recorder = fixture.open().unwrap();
    let statistics = recorder.statistics().unwrap();
    let [grid, hall] = statistics.as_slice() else {
        panic!("{statistics:?}");
    };
    assert_eq!(
        (&*grid.id, grid.has_sum, grid.name.as_deref()),
        ("grid:energy", true, Some("Grid"))
    );
    assert_eq!(
        (&*hall.id, hall.has_sum, hall.unit.as_deref()),
        ("sensor.hall", false, Some("°C"))
    );
    let (hours, _) = all(recorder.hours(&statistics));
    let sums: Vec<_> = hours.iter().map(|hour| (hour.sum, hour.mean)).collect();
    let expected = [
        (Some(0.0), None),
        (Some(1.5), None),
        (None, Some(20.0)),
        (None, Some(21.0)),
    ];
    assert_eq!(sums, expected);
}

#[test]
fn times_without_the_other_hub_are_told() {
    let fixture = Fixture::new(50);
    fixture.state(1, "on", 1_700_000_500.0, 1);
    let sql = "INSERT INTO recorder_runs (start, \"end\", closed_incorrect, created) VALUES
        ('2023-11-14 22:00:00.000000', '2023-11-14 22:10:00.500000', 0, ''),
        ('2023-11-14 22:12:00.000000', '2023-11-14 22:30:00.000000', 1, ''),
        ('2023-11-14 22:30:00.000000', '2023-11-14 22:31:00.000000', 0, ''),
        ('2023-11-14 22:31:10.000000', NULL, 0, '')";
    fixture.connection.execute_batch(sql).unwrap();
    let outages = fixture.open().unwrap().outages().unwrap();
    let seconds: Vec<_> = outages
        .iter()
        .map(|outage| (outage.from.as_millis(), outage.until.as_secs()))
        .collect();
    // The first run ended in order, the second with its last state; the third was away for a moment.
    let expected = [
        (1_699_999_800_500, 1_699_999_920),
        (1_700_000_500_000, 1_700_001_000),
    ];
    assert_eq!(seconds, expected);
}

#[test]
fn what_is_written_meanwhile_is_seen_only_if_it_was_there_at_the_beginning() {
    let fixture = Fixture::new(50).filled(10);
    let recorder = fixture.open().unwrap();
    fixture.state(1, "on", BEGIN + 100.0, 1);
    let entities = recorder.entities().unwrap();
    assert_eq!(all(recorder.states(&entities)).0.len(), 21);
    // The other hub can write all the same, and empty its log.
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    let busy: i64 = fixture
        .connection
        .query_row(checkpoint, [], |row| row.get(0))
        .unwrap();
    assert_eq!(busy, 0);
}

#[test]
fn nothing_is_written_beside_a_file_that_nobody_has_open() {
    let (dir, path) = Fixture::new(50).filled(10).close();
    let before = fs::read(&path).unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let recorder = HaRecorder::open(&path).unwrap();
    let entities = recorder.entities().unwrap();
    assert_eq!(all(recorder.states(&entities)).0.len(), 21);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_name_with_odd_letters_is_a_name_all_the_same() {
    let (dir, path) = Fixture::new(50).filled(1).close();
    let odd = dir.path().join("ä ?#%20.db");
    fs::rename(path, &odd).unwrap();
    assert_eq!(HaRecorder::open(&odd).unwrap().entities().unwrap().len(), 2);
}

#[test]
fn what_cannot_be_read_is_refused_with_what_to_do() {
    let dir = TempDir::new().unwrap();
    let refused = |path: &Path| HaRecorder::open(path).unwrap_err();
    let nowhere = refused(&dir.path().join("nowhere.db"));
    assert!(
        matches!(nowhere, HaRecorderError::Unreadable { .. }),
        "{nowhere}"
    );
    let text = dir.path().join("dump.sql");
    fs::write(&text, "-- MariaDB dump\n".repeat(100)).unwrap();
    assert!(
        refused(&text)
            .to_string()
            .contains("MariaDB or PostgreSQL cannot be read")
    );
    let other = dir.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE x (y)")
        .unwrap();
    assert!(
        refused(&other)
            .to_string()
            .contains("no table schema_changes")
    );

    let old = Fixture::new(33).open().unwrap_err();
    assert!(
        matches!(old, HaRecorderError::TooOld { found: 33, .. }),
        "{old}"
    );
    let half = Fixture::new(50);
    half.connection
        .execute_batch("ALTER TABLE states DROP COLUMN last_updated_ts; ")
        .unwrap_err();
    half.connection
        .execute_batch("DROP TABLE state_attributes")
        .unwrap();
    let half = half.open().unwrap_err();
    assert!(
        half.to_string().contains("no table state_attributes"),
        "{half}"
    );
    let newer = Fixture::new(99).filled(1).open().unwrap();
    assert!(newer.is_newer_than_known() && newer.schema() == 99);
}

#[test]
fn a_damaged_file_says_how_far_it_could_be_read() {
    let (_dir, path) = Fixture::new(50).filled(20_000).close();
    let mut octets = fs::read(&path).unwrap();
    let half = octets.len() / 2;
    let end = octets.len() * 3 / 4;
    octets[half..end].fill(0xA5);
    fs::write(&path, octets).unwrap();
    let error = read_all(&path).unwrap_err();
    let HaRecorderError::Damaged { .. } = &error else {
        panic!("{error}");
    };
    assert!(error.to_string().contains(".recover"), "{error}");
}

fn read_all(path: &Path) -> Result<u64, HaRecorderError> {
    let recorder = HaRecorder::open(path)?;
    let entities: Vec<_> = ["light.hall", "sensor.hall"]
        .iter()
        .zip(1..)
        .map(|(id, number)| Entity {
            number: history_import::EntityRef(number),
            id: (*id).into(),
            name: None,
            device_class: None,
            unit: None,
            rows: 20_000,
            undated: 0,
            first: None,
            last: None,
        })
        .collect();
    let mut pages = recorder.states(&entities);
    while pages.next_page()?.is_some() {}
    Ok(pages.progress().done)
}

#[test]
fn columns_of_odd_types_are_no_trouble() {
    let fixture = Fixture::new(50).filled(1);
    let sql = "INSERT INTO states (state, last_updated_ts, attributes_id, metadata_id) VALUES
        (12, 1700000100, 1, 1), (x'ff', 'never', 1, 1), (NULL, NULL, NULL, 1), ('x', 1e300, 1, 1);
        INSERT INTO states (state, last_updated_ts) VALUES ('lost', 5.0)";
    fixture.connection.execute_batch(sql).unwrap();
    let recorder = fixture.open().unwrap();
    assert_eq!(recorder.unmigrated().unwrap(), 1);
    let entities = recorder.entities().unwrap();
    assert_eq!((entities[0].rows, entities[0].undated), (4, 1));
    let (rows, _) = all(recorder.states(&entities[..1]));
    let states: Vec<_> = rows.iter().map(|row| row.state.as_deref()).collect();
    assert_eq!(
        states,
        [Some("on"), Some("12"), Some("x"), Some("\u{fffd}")]
    );
    assert!(rows[3].at.is_nan());
}
