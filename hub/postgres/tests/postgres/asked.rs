//! What people find who ask by SQL.

use history::rollup::{Numbers, Period, Rollup};
use history::sample::Sample;
use history::series::SeriesKey;
use hub_model::{
    AttributeId, AttributePath, CauseId, ClusterId, EndpointId, NodeId, Timestamp, Value,
};
use recorder::{Entry, HistoryStore as _};

use crate::server::Server;

#[tokio::test]
async fn the_views_say_it_in_words() {
    let server = Server::shared();
    let store = server.history("asked");
    let lamp = SeriesKey::Attribute(AttributePath {
        node: NodeId(0x10),
        endpoint: EndpointId(1),
        cluster: ClusterId(6),
        attribute: AttributeId(0),
    });
    let other = SeriesKey::Foreign("sensor.a\0\\b".into());
    let ids = store.enrol(vec![lamp, other.clone()]).await.unwrap();
    let found = store.find(&other).await;
    assert_eq!(found, Ok(Some(ids[1])));
    let values = [
        (ids[0], Value::Bool(true)),
        (ids[1], Value::from("standby")),
        (ids[1], Value::structure([(0, Value::Uint(7))])),
        (ids[1], Value::Uint(u64::MAX)),
    ];
    let entries = (1_000_000..).zip(values).map(|(at, (series, value))| {
        let mut sample = Sample::known(Timestamp::from_millis(at), value);
        sample.cause = Some(CauseId(9));
        Entry { series, sample }
    });
    store.append(entries.collect()).await.unwrap();

    let person = server.person().await;
    let sql = "SELECT series, name, node::text, type, text, number, quality, cause, \
               to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS') FROM asked.history ORDER BY at";
    let rows = person.query(sql, &[]).await.unwrap();
    let lamp = &rows[0];
    assert_eq!(lamp.get::<_, &str>(0), "attribute/0x10/1/0x0006/0x0000");
    assert_eq!(lamp.get::<_, &str>(1), "OnOff.OnOff");
    assert_eq!(lamp.get::<_, &str>(2), "16");
    assert_eq!((lamp.get(3), lamp.get(4)), ("boolean", "true"));
    assert_eq!(lamp.get::<_, f64>(5), 1.0);
    assert_eq!((lamp.get(6), lamp.get(7)), ("known", 9_i64));
    assert_eq!(lamp.get::<_, &str>(8), "1970-01-01 00:16:40.000");
    let texts: Vec<&str> = rows.iter().map(|row| row.get(4)).collect();
    assert_eq!(
        texts,
        ["true", "standby", "{\"0\": 7}", "1.8446744073709552e+19"]
    );

    let numbers = Numbers {
        first: 1.0,
        last: 2.0,
        min: 1.0,
        max: 3.0,
        sum: 4.0,
        count: 2,
        weighted: 5_000.0,
        ms: 2_000,
        increase: 1.0,
        resets: 0,
    };
    let rollup = Rollup {
        from: Timestamp(0),
        samples: 2,
        known_ms: 2_000,
        numbers: Some(numbers),
        states: vec![(Value::from("on"), 1_500)],
        other_ms: 0,
    };
    let rollups = vec![(ids[0], vec![rollup])];
    store.put_rollups(Period::Hour, rollups).await.unwrap();
    let sql = "SELECT period, name, mean, states #>> '{0,0}' FROM asked.history_rollup";
    let row = person.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), ("hour", "OnOff.OnOff"));
    assert_eq!(row.get::<_, f64>(2), 2.5);
    assert_eq!(row.get::<_, &str>(3), "on");
}

#[tokio::test]
async fn room_that_was_freed_does_not_count() {
    let server = Server::shared();
    let store = server.history("room");
    let ids = store.enrol(vec![SeriesKey::Hub]).await.unwrap();
    let none = store.size().await.unwrap();
    for batch in 0..10 {
        let entries =
            (batch * 5_000..(batch + 1) * 5_000).map(|at| crate::restart::entry(ids[0], at));
        store.append(entries.collect()).await.unwrap();
    }
    let full = store.size().await.unwrap();
    let each = (full.octets - none.octets) / full.samples;
    assert!((40..200).contains(&each), "{each} octets a sample");
    let expire = recorder::Expire {
        before: Timestamp::from_millis(49_000),
        only: None,
        but: Vec::new(),
    };
    assert_eq!(store.expire(expire).await, Ok(49_000));
    let left = store.size().await.unwrap();
    assert_eq!(left.samples, 1_000);
    assert_eq!(left.oldest, Some(Timestamp::from_millis(49_000)));
    assert!(left.octets < full.octets / 10, "{left:?} of {full:?}");
}
