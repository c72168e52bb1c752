//! Histories as each version wrote them: this program reads them all.
//!
//! `golden/history-v<version>.sql` is the dump of a history that holds [`segment`] in a segment, [`last`] in
//! the journal, a roll-up and a note. A dump is never edited; a new version adds one.

use std::path::Path;

use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::{NodeId, Timestamp, Value};
use recorder::{Entry, HistoryStore, SeriesId};
use rusqlite::Connection;

use super::file::VERSION;
use super::{DATABASE, HistoryDb};

const DUMPS: &[&str] = &[include_str!("../../golden/history-v1.sql")];
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn keys() -> Vec<SeriesKey> {
    vec![
        SeriesKey::Hub,
        SeriesKey::Reachability(NodeId(0x10)),
        SeriesKey::Foreign("sensor.küche".into()),
    ]
}

fn entry(series: u32, at: i64, value: Value) -> Entry {
    let sample = Sample::known(
        NOW + std::time::Duration::from_secs(at.unsigned_abs()),
        value,
    );
    Entry {
        series: SeriesId(series),
        sample,
    }
}

fn segment() -> Vec<Entry> {
    let degrees = (0..30).map(|n| entry(3, n * 60, Value::Int(2_150 + n % 4)));
    degrees.chain([entry(2, 5, Value::Bool(true))]).collect()
}

fn last() -> Vec<Entry> {
    vec![
        entry(2, 2_000, Value::Null),
        entry(1, 2_001, Value::text("Küche")),
    ]
}

fn rollup() -> Rollup {
    Rollup {
        from: NOW,
        samples: 2,
        known_ms: 3,
        numbers: None,
        states: vec![(Value::Bool(true), 3)],
        other_ms: 0,
    }
}

#[test]
fn every_version_has_its_golden_dump() {
    assert_eq!(DUMPS.len(), VERSION as usize);
}

#[tokio::test]
async fn a_history_of_every_version_is_read() {
    for dump in DUMPS {
        let dir = tempfile::tempdir().unwrap();
        lay_out(dir.path(), dump);
        let store = HistoryDb::open(dir.path(), NOW).unwrap();
        let ids = (1..).map(SeriesId);
        assert_eq!(
            store.series().await.unwrap(),
            ids.zip(keys()).collect::<Vec<_>>()
        );
        for series in 1..=3 {
            let id = SeriesId(series);
            let found = store.read(id, NOW, Timestamp(i64::MAX), 99).await.unwrap();
            let mut wanted = [segment(), last()].concat();
            wanted.retain(|entry| entry.series == id);
            let wanted: Vec<_> = wanted.into_iter().map(|entry| entry.sample).collect();
            assert_eq!(found, wanted);
        }
        let end = Timestamp(i64::MAX);
        let found = store.rollups(Period::Day, SeriesId(2), NOW, end).await;
        assert_eq!(found.unwrap(), [rollup()]);
        assert_eq!(
            store.note("zone").await.unwrap().as_deref(),
            Some("Europe/Oslo")
        );
        assert_eq!(store.rolled_until().await.unwrap(), Some(NOW));
        store.close().await;
    }
}

fn lay_out(dir: &Path, dump: &str) {
    let database = Connection::open(dir.join(DATABASE)).unwrap();
    database.execute_batch(dump).unwrap();
}
