//! Homes as each released schema wrote them: this program reads them all.
//!
//! `golden/home-v<schema>.sql` is the dump of a home that holds [`revision`], [`value`] and a record,
//! sealed under a key of 32 sevens. A dump is never edited; a new schema adds one.

use std::fs;
use std::path::Path;

use bridge::Storage;
use hub_engine::{ObjectChange, ObjectKind, Revision, StoredHome, StoredValue};
use hub_model::{
    AttributeId, AttributePath, ClusterId, EndpointId, NodeId, Origin, Timestamp, Value,
};
use hub_runtime::HomeStore;
use rusqlite::Connection;

use crate::schema::MIGRATIONS;
use crate::state_dir::DATABASE;
use crate::{HomeDb, HomeDbOptions};

const DUMPS: &[&str] = &[include_str!("../golden/home-v1.sql")];

#[test]
fn every_schema_has_its_golden_dump() {
    assert_eq!(DUMPS.len(), MIGRATIONS.len());
}

#[tokio::test]
async fn a_home_of_every_schema_is_read() {
    for dump in DUMPS {
        let dir = tempfile::tempdir().unwrap();
        lay_out(dir.path(), dump);
        let store = HomeDb::open(&HomeDbOptions::new(dir.path()), Timestamp::default()).unwrap();

        let StoredHome { objects, values } = HomeStore::load(&store).await.unwrap();
        let [object] = objects.try_into().unwrap();
        assert_eq!(object.body, r#"{"v":1,"name":"Küche"}"#);
        assert_eq!(values, [value()]);
        let [stored] = store.revisions(None, 9).await.unwrap().try_into().unwrap();
        assert_eq!(stored.revision, revision());
        let [record] = Storage::load(&store, "matter")
            .await
            .unwrap()
            .try_into()
            .unwrap();
        assert_eq!(
            (record.key.as_str(), record.value.expose().as_slice()),
            ("fabric/1", &b"secret"[..])
        );
        store.close().await;
    }
}

fn lay_out(dir: &Path, dump: &str) {
    fs::create_dir(dir.join("keys")).unwrap();
    fs::write(dir.join("keys/kek"), [7; 32]).unwrap();
    let database = Connection::open(dir.join(DATABASE)).unwrap();
    database.execute_batch(dump).unwrap();
}

fn revision() -> Revision {
    Revision {
        at: Timestamp(1_800_000_000_123_456),
        author: Origin::Person("Åsa".into()),
        reason: "room added".to_owned(),
        changes: vec![ObjectChange {
            kind: ObjectKind::ROOM,
            id: "1".to_owned(),
            before: None,
            after: Some(r#"{"v":1,"name":"Küche"}"#.to_owned()),
        }],
    }
}

fn value() -> StoredValue {
    StoredValue {
        path: AttributePath {
            node: NodeId(0xFFFF_FFEF_FFFF_FFFF),
            endpoint: EndpointId(0xFFFE),
            cluster: ClusterId(0xFFF1_FC00),
            attribute: AttributeId(0xFFFD),
        },
        value: Value::structure([
            (0, Value::Int(-300)),
            (1, Value::text("°C")),
            (2, Value::list([Value::Null, Value::Uint(u64::MAX)])),
        ]),
        reported_at: Timestamp(1_800_000_000_000_000),
        received_at: Timestamp(1_800_000_001_000_000),
    }
}
