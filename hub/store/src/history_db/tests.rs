//! What every store of history keeps, and what is this one's own.

use std::path::Path;
use std::sync::Arc;

use history::rollup::{Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::{Timestamp, Value};
use recorder::conformance::{self, Opening, Subject};
use recorder::{Entry, Expire, HistoryStore, MemoryHistory, SeriesId};

use super::{HistoryDb, On};

fn open(dir: &Path) -> HistoryDb {
    HistoryDb::open(dir, Timestamp::from_secs(1_800_000_000)).unwrap()
}

#[tokio::test]
async fn keeps_what_every_store_keeps() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().to_owned();
    let open = move |place: u32| -> Opening {
        let state = base.join(place.to_string());
        Box::pin(async move {
            let store: Arc<dyn HistoryStore> = Arc::new(open(&state));
            store
        })
    };
    let subject = Subject {
        open: &open,
        lasts: true,
    };
    conformance::run_all(&subject).await.unwrap();
}

const SERIES: u32 = 5;
const EVER: (Timestamp, Timestamp) = (Timestamp(i64::MIN), Timestamp(i64::MAX));

fn keys() -> Vec<SeriesKey> {
    (1..=SERIES)
        .map(|n| SeriesKey::Foreign(n.to_string().into()))
        .collect()
}

fn entry(series: u32, at: i64, value: i64) -> Entry {
    let sample = Sample::known(Timestamp::from_millis(at), Value::Int(value));
    Entry {
        series: SeriesId(series),
        sample,
    }
}

async fn seal(store: &HistoryDb) {
    store.ask(On::Write, |past| past.seal()).await.unwrap();
}

async fn tidied(store: &HistoryDb) {
    while store.tidy().await.unwrap() {}
}

async fn segments(store: &HistoryDb) -> Vec<i64> {
    let levels = |segments: &[super::segment::Segment]| segments.iter().map(|s| s.level).collect();
    store
        .ask(On::Read, move |past| Ok(levels(&past.segments)))
        .await
        .unwrap()
}

/// Both must give the same, from every end.
async fn same(store: &HistoryDb, plain: &MemoryHistory) {
    for series in (1..=SERIES).map(SeriesId) {
        let (from, to) = EVER;
        let found = store.read(series, from, to, usize::MAX).await.unwrap();
        let wanted = plain.read(series, from, to, usize::MAX).await.unwrap();
        assert!(
            found == wanted,
            "series {series:?}: {} instead of {}",
            found.len(),
            wanted.len()
        );
        for sample in wanted.iter().step_by(97) {
            let found = store.before(series, sample.at).await.unwrap();
            assert_eq!(found, plain.before(series, sample.at).await.unwrap());
            let found = store.read(series, sample.at, to, 5).await.unwrap();
            assert_eq!(found, plain.read(series, sample.at, to, 5).await.unwrap());
        }
    }
}

/// Twenty segments of an hour, some samples of which come late or are told again, and are other then.
async fn twenty_segments(store: &HistoryDb, plain: &MemoryHistory) {
    store.enrol(keys()).await.unwrap();
    plain.enrol(keys()).await.unwrap();
    for segment in 0..20_i64 {
        let mut entries = Vec::new();
        for n in 0..600_i64 {
            let late = if n % 50 == 0 {
                (n * 37 + segment) % 9 * 3_600_000
            } else {
                0
            };
            let at = segment * 3_600_000 + n * 6_000 - late;
            entries.push(entry(
                u32::try_from(n % 5).unwrap() + 1,
                at,
                segment * 1_000 + n,
            ));
        }
        store.append(entries.clone()).await.unwrap();
        plain.append(entries).await.unwrap();
        seal(store).await;
    }
}

#[tokio::test]
async fn merging_changes_nothing_that_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (store, plain) = (open(dir.path()), MemoryHistory::default());
    twenty_segments(&store, &plain).await;
    assert_eq!(segments(&store).await, [0; 20]);
    same(&store, &plain).await;
    // Also while it is under way.
    while store.tidy().await.unwrap() {
        same(&store, &plain).await;
    }
    assert_eq!(segments(&store).await, [1, 1, 0, 0, 0, 0]);
    let size = store.size().await.unwrap();
    let told = plain.size().await.unwrap().samples;
    assert!((told..told + 200).contains(&size.samples), "{size:?}");
    store.close().await;
    let store = open(dir.path());
    same(&store, &plain).await;
    store.close().await;
}

#[tokio::test]
async fn samples_that_wait_for_an_hour_become_a_segment() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.enrol(keys()).await.unwrap();
    store
        .append(vec![entry(1, 0, 1), entry(2, 3_600_000, 2)])
        .await
        .unwrap();
    tidied(&store).await;
    assert!(segments(&store).await.is_empty());
    store.append(vec![entry(1, 3_600_001, 3)]).await.unwrap();
    tidied(&store).await;
    assert_eq!(segments(&store).await, [0]);
    store.close().await;
}

#[tokio::test]
async fn what_expires_while_it_is_merged_stays_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (store, plain) = (open(dir.path()), MemoryHistory::default());
    twenty_segments(&store, &plain).await;
    store
        .ask(On::Write, |past| {
            past.merge_some(hub_runtime::clock::now().mono)
        })
        .await
        .unwrap();
    let expire = Expire {
        before: Timestamp::from_millis(200 * 3_600_000),
        only: Some(vec![SeriesId(2)]),
        but: Vec::new(),
    };
    let gone = store.expire(expire.clone()).await.unwrap();
    assert!(gone >= plain.expire(expire).await.unwrap());
    same(&store, &plain).await;
    tidied(&store).await;
    same(&store, &plain).await;
    store.close().await;
    let store = open(dir.path());
    same(&store, &plain).await;
    // All of it, segment by segment.
    let expire = Expire {
        before: Timestamp(i64::MAX),
        only: None,
        but: Vec::new(),
    };
    store.expire(expire).await.unwrap();
    let size = store.size().await.unwrap();
    assert_eq!((size.samples, size.oldest), (0, None));
    tidied(&store).await;
    let left = store.ask(On::Read, |past| {
        let sql = "SELECT (SELECT count(*) FROM block) + (SELECT count(*) FROM segment)";
        Ok(past
            .connection()?
            .query_row(sql, [], |row| row.get::<_, i64>(0))?)
    });
    assert_eq!(left.await.unwrap(), 0);
    store.close().await;
}

#[tokio::test]
async fn room_that_was_freed_is_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.enrol(keys()).await.unwrap();
    for at in 0..40 {
        let octets: Vec<u8> = (0..200_000_u32)
            .map(|n| n.to_le_bytes()[usize::from(n % 3 == 0)])
            .collect();
        let sample = Sample::known(Timestamp::from_secs(at), Value::Bytes(octets.into()));
        store
            .append(vec![Entry {
                series: SeriesId(1),
                sample,
            }])
            .await
            .unwrap();
    }
    seal(&store).await;
    let used = store.size().await.unwrap().octets;
    assert!(used > 8_000_000, "{used}");
    let expire = Expire {
        before: Timestamp(i64::MAX),
        only: None,
        but: Vec::new(),
    };
    store.expire(expire).await.unwrap();
    let left = store.size().await.unwrap().octets;
    assert!(left < 600_000, "{left} of {used}");
    tidied(&store).await;
    store.close().await;
    let file = std::fs::metadata(dir.path().join("history.db"))
        .unwrap()
        .len();
    assert!(file < 5_000_000, "{file}");
}

fn rollup(from: i64, samples: u32) -> Rollup {
    Rollup {
        from: Timestamp(from),
        samples,
        known_ms: 1,
        numbers: None,
        states: Vec::new(),
        other_ms: 0,
    }
}

#[tokio::test]
async fn roll_ups_are_the_same_in_whatever_pieces_they_come() {
    const STEP: i64 = 300_000_000;
    let dir = tempfile::tempdir().unwrap();
    let (store, plain) = (open(dir.path()), MemoryHistory::default());
    for store in [&store as &dyn HistoryStore, &plain] {
        store.enrol(keys()).await.unwrap();
        for day in -2..4 {
            // From seven in the morning, as a day of the west is.
            let spans = (0..288).map(|span| day * 288 + 84 + span);
            let of = |id| spans.clone().map(|span| rollup(span * STEP, id)).collect();
            let all = (1..=SERIES).map(|id| (SeriesId(id), of(id)));
            store
                .put_rollups(Period::FiveMinutes, all.collect())
                .await
                .unwrap();
            let mended = vec![(SeriesId(3), vec![rollup(day * 200 * STEP, 999)])];
            store
                .put_rollups(Period::FiveMinutes, mended)
                .await
                .unwrap();
        }
    }
    for (from, to) in [EVER, (Timestamp(100 * STEP + 1), Timestamp(900 * STEP))] {
        for id in (1..=SERIES).map(SeriesId) {
            let found = store
                .rollups(Period::FiveMinutes, id, from, to)
                .await
                .unwrap();
            assert_eq!(
                found,
                plain
                    .rollups(Period::FiveMinutes, id, from, to)
                    .await
                    .unwrap()
            );
        }
    }
    store.close().await;
}

#[tokio::test]
async fn a_stamp_is_never_given_twice() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.enrol(keys()).await.unwrap();
    store
        .set_rolled_until(Timestamp::from_secs(100))
        .await
        .unwrap();
    store.append(vec![entry(1, 5, 1)]).await.unwrap();
    let first = store.late(9).await.unwrap();
    store.mended(first.clone()).await.unwrap();
    store.append(vec![entry(1, 5, 2)]).await.unwrap();
    store.mended(first).await.unwrap();
    assert_eq!(store.late(9).await.unwrap().len(), 1);
    store.close().await;
}
