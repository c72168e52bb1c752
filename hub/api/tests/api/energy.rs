//! Energy over the API: what was used, what it cost, and what the owner says about it.

use std::sync::Arc;

use history::sample::{Sample, whole};
use history::series::SeriesKey;
use hub_model::{AttributePath, EndpointId, NodeId, Timestamp, Value};
use recorder::{Entry, HistoryStore, MemoryHistory};
use serde_json::{Value as Json, json};

use crate::client::{Answer, Client};
use crate::fixture::Fixture;

const HOUR: i64 = 3_600_000_000;

/// A node of which only the history knows: 0x50.
const GONE: NodeId = NodeId(80);

fn counter(node: NodeId) -> SeriesKey {
    let (cluster, attribute, _) = energy::attributes().next().unwrap();
    SeriesKey::Attribute(AttributePath {
        node,
        endpoint: EndpointId(1),
        cluster,
        attribute,
    })
}

/// A hub whose store knows a meter that counted 100 Wh each hour for a day, until the last full hour.
async fn with_meter() -> (Fixture, Timestamp) {
    let store = Arc::new(MemoryHistory::default());
    let ids = store.enrol(vec![counter(GONE)]).await.unwrap();
    let now = hub_runtime::clock::now().wall;
    let end = whole(Timestamp(now.0.div_euclid(HOUR) * HOUR));
    let samples = (0..=24).map(|n| Entry {
        series: ids[0],
        sample: Sample::known(
            Timestamp(end.0 - (24 - n) * HOUR),
            Value::structure([(0, Value::Int(n * 100_000))]),
        ),
    });
    store.append(samples.collect()).await.unwrap();
    (Fixture::with_history(Some(store)).await, end)
}

async fn get(client: &Client, path: &str) -> Json {
    let answer = client.get(&format!("/api/v1{path}")).await;
    assert_eq!(answer.status, 200, "{path}: {:?}", answer.json());
    answer.json()
}

fn rfc(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.0).unwrap().to_string()
}

fn tariff() -> Json {
    json!({
        "version": 1,
        "meters": [{ "node": 80, "endpoint": 1, "role": "device" }],
        "tariffs": [{ "from": "2020-01-01", "currency": "EUR", "import": { "default": 0.3142 } }],
    })
}

async fn put(client: &Client, settings: Json) -> Answer {
    client.call("PUT", "/energy/settings", settings).await
}

#[tokio::test]
async fn what_was_used_and_what_it_cost() {
    let (fixture, end) = with_meter().await;
    let client = fixture.client();
    let kept = put(&client, tariff()).await;
    assert_eq!(kept.status, 200, "{:?}", kept.json());
    assert_eq!(kept.json()["warnings"], json!([]));
    let (from, to) = (rfc(Timestamp(end.0 - 10 * HOUR)), rfc(end));
    let told = get(&client, &format!("/energy?from={from}&to={to}&every=hour")).await;
    assert_eq!(
        (&told["basis"], &told["zone"]),
        (&json!("devices"), &json!("UTC"))
    );
    assert_eq!(told["parts"].as_array().unwrap().len(), 10);
    assert_eq!(told["parts"][0]["home"]["consumption_wh"], 100.0);
    let whole = &told["whole"];
    assert_eq!(whole["devices"][0]["meter"], "0x50/1");
    assert_eq!(whole["devices"][0]["used_wh"], 1_000.0);
    assert_eq!(whole["cost"]["EUR"]["net"], "0.3142");
    assert_eq!(whole["missing"], json!([]));
    let days = get(&client, "/energy?period=week").await;
    assert_eq!(
        (&days["every"], days["parts"].as_array().unwrap().len()),
        (&json!("day"), 7)
    );
    let compared = get(&client, &format!("/energy/compare?from={from}&to={to}")).await;
    assert_eq!(compared["consumption"]["difference_wh"], 0.0);
    assert_eq!(compared["consumption"]["after_wh"], 2_400.0);
}

#[tokio::test]
async fn settings_are_an_edit_that_can_be_undone() {
    let (fixture, _) = with_meter().await;
    let client = fixture.client();
    let empty = json!({ "version": 1, "meters": [], "tariffs": [] });
    assert_eq!(get(&client, "/energy/settings").await["settings"], empty);
    let kept = put(&client, tariff()).await.json();
    let revision = kept["revision"].as_u64().unwrap();
    // Prices are kept as exact texts.
    let shown = get(&client, "/energy/settings").await;
    assert_eq!(
        shown["settings"]["tariffs"][0]["import"]["default"],
        "0.3142"
    );
    assert_eq!(shown["findings"], json!([]));
    assert_eq!(
        put(&client, tariff()).await.json()["revision"],
        json!(null),
        "nothing changed"
    );
    let path = format!("/revisions/{revision}/undo");
    assert_eq!(client.call("POST", &path, json!({})).await.status, 200);
    assert_eq!(get(&client, "/energy/settings").await["settings"], empty);
}

#[tokio::test]
async fn wrong_settings_are_refused_with_all_their_places() {
    let (fixture, _) = with_meter().await;
    let client = fixture.client();
    let wrong = json!({
        "version": 1,
        "meters": [{ "node": 7, "endpoint": 1, "role": "gird" }],
        "tariffs": [{ "from": "2026-01-01", "currency": "EUR", "import": { "default": "cheap" } }],
    });
    let refused = put(&client, wrong.clone()).await;
    assert_eq!(
        (refused.status, refused.problem()),
        (422, "bad-settings".to_owned())
    );
    let findings = refused.json()["findings"].clone();
    assert_eq!(findings[0]["place"], "meters[0].role");
    assert_eq!(findings[1]["place"], "tariffs[0].import.default");
    let checked = client
        .call("POST", "/energy/settings/check", wrong)
        .await
        .json();
    assert_eq!(
        (&checked["ok"], &checked["findings"]),
        (&json!(false), &findings)
    );
    let unknown = json!({ "version": 1, "meters": [{ "node": 9, "endpoint": 1, "role": "grid" }] });
    let checked = client
        .call("POST", "/energy/settings/check", unknown)
        .await
        .json();
    assert_eq!(
        (&checked["ok"], &checked["findings"][0]["error"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(put(&client, json!([])).await.problem(), "bad-settings");
}

#[tokio::test]
async fn meters_and_prices_are_told() {
    let (fixture, _) = with_meter().await;
    let client = fixture.client();
    let meters = get(&client, "/energy/meters").await;
    let meter = &meters["meters"][0];
    assert_eq!(
        (&meter["path"], &meter["role"]),
        (&json!("0x50/1"), &json!("device"))
    );
    assert_eq!(
        (&meter["told"], &meter["in_home"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(meter["sources"], json!(["cumulative_imported"]));
    let none = get(&client, "/energy/prices?from=2026-03-01").await;
    assert_eq!(none["prices"].as_array().unwrap().len(), 1);
    assert_eq!(none["prices"][0]["import"], json!(null));
    let night = json!({ "name": "night", "price": "0.2", "from": "22:00", "to": "06:00" });
    let mut settings = tariff();
    settings["tariffs"][0]["import"]["bands"] = json!([night]);
    put(&client, settings).await;
    let told = get(&client, "/energy/prices?from=2026-03-01&to=2026-03-02").await;
    let bands: Vec<_> = told["prices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["import"]["band"])
        .collect();
    assert_eq!(bands, ["night", "default", "night"]);
    assert_eq!(told["prices"][0]["import"]["price"], "0.2");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_the_next_action() {
    let (fixture, _) = with_meter().await;
    let client = fixture.client();
    for path in [
        "/energy?period=fortnight",
        "/energy?period=today&from=-1h",
        "/energy?every=week",
        "/energy?from=now&to=-1h",
        "/energy?from=2200-01-01",
        "/energy?form=-1h",
        "/energy/prices?from=x",
        "/energy/compare?with_from=now",
    ] {
        let refused = client.get(&format!("/api/v1{path}")).await;
        assert_eq!(
            (refused.status, refused.problem()),
            (400, "bad-query".to_owned()),
            "{path}"
        );
    }
    let long = client
        .get("/api/v1/energy?from=2019-01-01&every=hour")
        .await;
    assert_eq!(long.problem(), "too-much");
    let long = client
        .get("/api/v1/energy/prices?from=2019-01-01&to=2026-01-01")
        .await;
    assert_eq!(long.problem(), "too-much");
    let off = Fixture::with_history(None).await;
    assert_eq!(
        off.client().get("/api/v1/energy").await.problem(),
        "history-off"
    );
    assert_eq!(
        off.client().get("/api/v1/energy/settings").await.status,
        200
    );
}
