//! One suite for every store: what a `HomeStore` and a `Storage` promise, whatever is below them.
//!
//! It runs on SQLite and on the twins in memory; SQLite is closed and opened again before each
//! look, so that what is seen was on disk.

use bridge::{Change, Entry, MemoryStorage, Storage};
use hub_engine::{ObjectChange, ObjectKind, Revision, RevisionId, StoredHome, StoredValue};
use hub_model::{
    AttributeId, AttributePath, ClusterId, EndpointId, NodeId, Origin, Secret, Timestamp, Value,
};
use hub_runtime::{HomeStore, MemoryStore, StoreError};
use proptest::prelude::*;

use crate::{HomeDb, HomeDbOptions};

/// A store under test.
trait Subject {
    fn home(&self) -> &dyn HomeStore;
    fn storage(&self) -> &dyn Storage;
    /// Closes and opens again what survives that.
    async fn restart(&mut self);
}

#[derive(Default)]
struct Memory {
    home: MemoryStore,
    storage: MemoryStorage,
}

struct Sqlite {
    dir: tempfile::TempDir,
    db: HomeDb,
}

impl Subject for Memory {
    fn home(&self) -> &dyn HomeStore {
        &self.home
    }

    fn storage(&self) -> &dyn Storage {
        &self.storage
    }

    async fn restart(&mut self) {}
}

impl Subject for Sqlite {
    fn home(&self) -> &dyn HomeStore {
        &self.db
    }

    fn storage(&self) -> &dyn Storage {
        &self.db
    }

    async fn restart(&mut self) {
        self.db.close().await;
        self.db = open(&self.dir);
    }
}

impl Sqlite {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = open(&dir);
        Self { dir, db }
    }
}

fn open(dir: &tempfile::TempDir) -> HomeDb {
    HomeDb::open(&HomeDbOptions::new(dir.path()), Timestamp::default()).unwrap()
}

/// Runs each function on each store.
macro_rules! suite {
    ($($name:ident)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Memory::default()).await;
            })*
        }
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::Sqlite::new()).await;
            })*
        }
    };
}

suite! {
    a_new_store_is_empty
    objects_come_back_in_order_as_last_committed
    a_conflict_changes_nothing
    revisions_come_newest_first_with_all_that_undo_needs
    revisions_are_paged
    values_replace_earlier_ones_and_are_forgotten_by_node
    every_value_comes_back_as_it_was
    records_come_back_by_space_and_key
    spaces_do_not_see_each_other
    revision_numbers_ascend_over_a_restart
}

async fn a_new_store_is_empty(subject: impl Subject) {
    assert_eq!(subject.home().load().await.unwrap(), StoredHome::default());
    assert_eq!(subject.home().revisions(None, 10).await.unwrap(), []);
    assert_eq!(subject.storage().load("matter").await.unwrap(), []);
}

async fn objects_come_back_in_order_as_last_committed(mut subject: impl Subject) {
    let home = subject.home();
    let first = [
        change("room", "2", None, Some("kitchen")),
        change("room", "10", None, Some("hall")),
        change("floor", "1", None, Some("ground")),
    ];
    home.commit(revision(&first)).await.unwrap();
    let second = [
        change("room", "2", Some("kitchen"), Some("pantry")),
        change("room", "10", Some("hall"), None),
    ];
    home.commit(revision(&second)).await.unwrap();
    subject.restart().await;
    assert_eq!(objects(&subject).await, ["floor 1 ground", "room 2 pantry"]);
}

async fn a_conflict_changes_nothing(mut subject: impl Subject) {
    let home = subject.home();
    home.commit(revision(&[change("room", "1", None, Some("a"))]))
        .await
        .unwrap();
    let fresh = change("room", "2", None, Some("b"));
    for stale in [
        change("room", "1", None, Some("c")),
        change("room", "1", Some("x"), None),
        change("room", "3", Some("c"), Some("d")),
    ] {
        let error = home
            .commit(revision(&[fresh.clone(), stale.clone()]))
            .await
            .unwrap_err();
        let (kind, id) = (stale.kind, stale.id);
        assert_eq!(error, StoreError::Conflict { kind, id });
    }
    subject.restart().await;
    assert_eq!(objects(&subject).await, ["room 1 a"]);
    assert_eq!(subject.home().revisions(None, 10).await.unwrap().len(), 1);
}

async fn revisions_come_newest_first_with_all_that_undo_needs(mut subject: impl Subject) {
    let authors = [
        Origin::Console,
        Origin::Person("Åsa".into()),
        Origin::Device(NodeId(0x12)),
        Origin::Hub,
    ];
    let mut kept = Vec::new();
    for (at, author) in (1..).zip(authors) {
        let body = at.to_string();
        let before = kept
            .last()
            .map(|r: &Revision| r.changes[0].after.clone().unwrap());
        let revision = Revision {
            at: Timestamp(at),
            author,
            reason: format!("reason {at}"),
            changes: vec![
                change("room", "1", before.as_deref(), Some(&body)),
                change("floor", &body, None, Some("{}")),
            ],
        };
        subject.home().commit(revision.clone()).await.unwrap();
        kept.push(revision);
    }
    subject.restart().await;
    let found = subject.home().revisions(None, 10).await.unwrap();
    kept.reverse();
    assert_eq!(
        found.iter().map(|r| r.revision.clone()).collect::<Vec<_>>(),
        kept
    );

    for stored in found {
        let changes: Vec<_> = stored
            .revision
            .changes
            .iter()
            .map(ObjectChange::reversed)
            .collect();
        subject.home().commit(revision(&changes)).await.unwrap();
    }
    assert_eq!(objects(&subject).await, [""; 0]);
}

async fn revisions_are_paged(subject: impl Subject) {
    let home = subject.home();
    let mut ids = Vec::new();
    for n in 0..5 {
        let created = change("room", &n.to_string(), None, Some("x"));
        ids.push(home.commit(revision(&[created])).await.unwrap());
    }
    let page = |before, limit| async move {
        let found = home.revisions(before, limit).await.unwrap();
        found.into_iter().map(|r| r.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2).await, [ids[4], ids[3]]);
    assert_eq!(page(Some(ids[3]), 2).await, [ids[2], ids[1]]);
    assert_eq!(page(Some(ids[1]), 9).await, [ids[0]]);
    assert_eq!(page(Some(ids[0]), 9).await, []);
    assert_eq!(page(Some(RevisionId(u64::MAX)), usize::MAX).await.len(), 5);
    assert_eq!(page(None, 0).await, []);
}

async fn revision_numbers_ascend_over_a_restart(mut subject: impl Subject) {
    let first = subject.home().commit(revision(&[])).await.unwrap();
    subject.restart().await;
    let second = subject.home().commit(revision(&[])).await.unwrap();
    assert!(first < second);
}

async fn values_replace_earlier_ones_and_are_forgotten_by_node(mut subject: impl Subject) {
    let far = u64::MAX - 1;
    let first = vec![
        value(far, 1, Value::Uint(1)),
        value(2, 1, Value::Uint(1)),
        value(2, 2, Value::Uint(2)),
    ];
    subject.home().save_values(first).await.unwrap();
    let newer = StoredValue {
        reported_at: Timestamp(-5),
        ..value(2, 2, Value::Null)
    };
    subject
        .home()
        .save_values(vec![newer.clone()])
        .await
        .unwrap();
    subject.restart().await;
    let expected = [
        value(2, 1, Value::Uint(1)),
        newer,
        value(far, 1, Value::Uint(1)),
    ];
    assert_eq!(subject.home().load().await.unwrap().values, expected);

    subject.home().forget_values(NodeId(2)).await.unwrap();
    subject.restart().await;
    assert_eq!(
        subject.home().load().await.unwrap().values,
        [value(far, 1, Value::Uint(1))]
    );
}

async fn every_value_comes_back_as_it_was(mut subject: impl Subject) {
    let values = [
        Value::Null,
        true.into(),
        Value::Int(i64::MIN),
        Value::Uint(u64::MAX),
        Value::Single(-0.5),
        Value::Double(f64::MAX),
        "🔥 Øre".into(),
        Value::Bytes(vec![0, 255].into()),
        Value::list([Value::Null, Value::Uint(1)]),
        Value::structure([(0, Value::Bool(false)), (254, Value::structure([]))]),
    ];
    let stored: Vec<_> = (0..).zip(values).map(|(n, v)| value(1, n, v)).collect();
    subject.home().save_values(stored.clone()).await.unwrap();
    subject.restart().await;
    assert_eq!(subject.home().load().await.unwrap().values, stored);
}

async fn records_come_back_by_space_and_key(mut subject: impl Subject) {
    let storage = subject.storage();
    let large = vec![0xA5; 300_000];
    let changes = vec![
        put("b", b"1"),
        put("a", &large),
        put("c", b""),
        put("b", b"2"),
    ];
    storage.commit("matter", changes).await.unwrap();
    let changes = vec![
        Change::Delete("c".into()),
        Change::Delete("never there".into()),
    ];
    storage.commit("matter", changes).await.unwrap();
    subject.restart().await;
    let expected = [entry("a", &large), entry("b", b"2")];
    assert_eq!(subject.storage().load("matter").await.unwrap(), expected);
}

async fn spaces_do_not_see_each_other(mut subject: impl Subject) {
    for space in ["matter", "zigbee", ""] {
        let changes = vec![put("key", space.as_bytes()), put("", b"")];
        subject.storage().commit(space, changes).await.unwrap();
    }
    subject
        .storage()
        .commit("zigbee", vec![Change::Delete("key".into())])
        .await
        .unwrap();
    subject.restart().await;
    let storage = subject.storage();
    assert_eq!(
        storage.load("matter").await.unwrap(),
        [entry("", b""), entry("key", b"matter")]
    );
    assert_eq!(storage.load("zigbee").await.unwrap(), [entry("", b"")]);
    assert_eq!(
        storage.load("").await.unwrap(),
        [entry("", b""), entry("key", b"")]
    );
    assert_eq!(storage.load("matte").await.unwrap(), []);
}

/// Any sequence of commits leaves SQLite and the memory twin alike.
#[test]
fn sqlite_and_memory_agree_on_any_sequence_of_commits() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let step = (0_u8..4, prop::option::of("[ab]"), prop::option::of("[ab]"));
    let config = ProptestConfig::with_cases(24);
    proptest!(config, |(steps in prop::collection::vec(step, 0..12))| {
        let (mut memory, mut sqlite) = (Memory::default(), Sqlite::new());
        runtime.block_on(async {
            for (id, before, after) in steps {
                let changes = [
                    change("x", &id.to_string(), before.as_deref(), after.as_deref()),
                    change("y", &id.to_string(), after.as_deref(), before.as_deref()),
                ];
                let [a, b] = [memory.home(), sqlite.home()].map(|s| s.commit(revision(&changes)));
                assert_eq!(a.await.is_ok(), b.await.is_ok());
            }
            memory.restart().await;
            sqlite.restart().await;
            assert_eq!(objects(&memory).await, objects(&sqlite).await);
        });
    });
}

fn change(kind: &str, id: &str, before: Option<&str>, after: Option<&str>) -> ObjectChange {
    ObjectChange {
        kind: ObjectKind::new(kind),
        id: id.to_owned(),
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    }
}

fn revision(changes: &[ObjectChange]) -> Revision {
    Revision {
        at: Timestamp(7),
        author: Origin::Console,
        reason: "test".to_owned(),
        changes: changes.to_vec(),
    }
}

async fn objects(subject: &impl Subject) -> Vec<String> {
    let objects = subject.home().load().await.unwrap().objects;
    objects
        .into_iter()
        .map(|o| format!("{} {} {}", o.kind, o.id, o.body))
        .collect()
}

fn value(node: u64, attribute: u32, value: Value) -> StoredValue {
    StoredValue {
        path: AttributePath {
            node: NodeId(node),
            endpoint: EndpointId(1),
            cluster: ClusterId(0xFFF1_FC00),
            attribute: AttributeId(attribute),
        },
        value,
        reported_at: Timestamp(1),
        received_at: Timestamp(2),
    }
}

fn entry(key: &str, value: &[u8]) -> Entry {
    Entry {
        key: key.to_owned(),
        value: Secret::new(value.to_vec()),
    }
}

fn put(key: &str, value: &[u8]) -> Change {
    Change::Put(entry(key, value))
}
