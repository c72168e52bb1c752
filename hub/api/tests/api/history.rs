//! The past over the API.

use std::sync::Arc;

use history::sample::{Sample, whole};
use history::series::SeriesKey;
use hub_model::{AttributeId, AttributePath, ClusterId, EndpointId, NodeId, Timestamp, Value};
use recorder::{Entry, HistoryStore, MemoryHistory};
use serde_json::{Value as Json, json};

use crate::client::{Answer, Client};
use crate::fixture::Fixture;

const LEVEL: &str = "first-lamp/1/LevelControl.CurrentLevel";
const HOUR: i64 = 3_600_000_000;

fn attribute(node: u64, cluster: u32, attribute: u32) -> SeriesKey {
    SeriesKey::Attribute(AttributePath {
        node: NodeId(node),
        endpoint: EndpointId(1),
        cluster: ClusterId(cluster),
        attribute: AttributeId(attribute),
    })
}

/// So many hours before now, in whole milliseconds.
fn ago(hours: i64) -> Timestamp {
    let now = hub_runtime::clock::now().wall;
    whole(Timestamp(now.0 - hours * HOUR))
}

/// A hub whose store has these samples of the first lamp's level.
async fn with_levels(samples: impl IntoIterator<Item = (Timestamp, u64)>) -> Fixture {
    let store = Arc::new(MemoryHistory::default());
    let level = attribute(1, 0x08, 0);
    let ids = store.enrol(vec![level]).await.unwrap();
    let entries = samples.into_iter().map(|(at, level)| Entry {
        series: ids[0],
        sample: Sample::known(at, Value::Uint(level)),
    });
    store.append(entries.collect()).await.unwrap();
    Fixture::with_history(Some(store)).await
}

async fn get(client: &Client, path: &str) -> Json {
    let answer = client.get(&format!("/api/v1{path}")).await;
    assert_eq!(answer.status, 200, "{path}: {:?}", answer.json());
    answer.json()
}

async fn refused(client: &Client, path: &str) -> (u16, String) {
    let answer = client.get(&format!("/api/v1{path}")).await;
    (answer.status, answer.problem())
}

#[tokio::test]
async fn series_are_listed_by_path_name_and_unit() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let listed = get(&client, "/history/series?path=first-lamp").await;
    let series = listed["series"].as_array().unwrap();
    let of = |path: &str| series.iter().find(|series| series["path"] == path).cloned();
    assert_eq!(
        of(LEVEL).unwrap(),
        json!({
            "key": "attribute/0x1/1/0x0008/0x0000",
            "path": LEVEL,
            "name": "First lamp: Level",
            "unit": "%",
            "kind": "level",
        })
    );
    let switch = of("first-lamp/1/OnOff.OnOff").unwrap();
    assert_eq!(
        (&switch["kind"], switch.get("unit")),
        (&json!("state"), None)
    );
    assert!(
        series
            .iter()
            .all(|series| !series["path"].as_str().unwrap().starts_with("second"))
    );
    let all = get(&client, "/history/series").await;
    assert!(all["series"].as_array().unwrap().len() > 2 * series.len());
    let by_key = get(
        &client,
        "/history/series?path=attribute/0x1/1/0x0008/0x0000",
    )
    .await;
    assert_eq!(by_key["series"][0]["path"], LEVEL);
}

#[tokio::test]
async fn a_chart_has_columns_and_what_was_before() {
    let fixture = with_levels([(ago(30), 127), (ago(3), 254), (ago(2), 0)]).await;
    let client = fixture.client();
    let told = get(&client, &format!("/history?path={LEVEL}&from=-4h&to=-1h")).await;
    let level = &told["series"][0];
    assert_eq!(level["points"]["values"], json!([50.0, 100.0, 0.0]));
    let at = level["points"]["at_ms"].as_array().unwrap();
    assert_eq!(at[0], told["from_ms"]);
    assert!(
        at.iter()
            .skip(1)
            .all(|at| at.as_i64() > told["from_ms"].as_i64())
    );
    assert_eq!(level["before"]["text"], "50 %");
    assert_eq!(level["before"]["number"], 50.0);
    assert_eq!(
        level["after"]["value"], 127,
        "what the lamp reported at the start"
    );
    assert_eq!(level["gaps"], json!([]));
    assert_eq!(told["zone"], "UTC");
}

#[tokio::test]
async fn states_come_as_changes_with_what_led_to_them() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let asked = json!({ "fields": {}, "wait": "confirmed" });
    let outcome = client.call("POST", "/commands/0x1/1/OnOff.On", asked).await;
    let told = get(
        &client,
        "/history?path=first-lamp/1/OnOff.OnOff&path=first-lamp/commands",
    )
    .await;
    let changes = told["series"][0]["changes"]["samples"].as_array().unwrap();
    let texts: Vec<_> = changes
        .iter()
        .map(|change| change["text"].clone())
        .collect();
    assert_eq!(texts, [json!("off"), json!("on")]);
    assert_eq!(changes[1]["cause"], outcome.json()["cause"]);
    assert_eq!(changes[1]["quality"], "known");
    let commands = told["series"][1]["changes"]["samples"].as_array().unwrap();
    assert_eq!(commands[0]["text"], "the console: 1/On/off On");
    assert_eq!(commands[0]["value"]["who"], "the console");

    let now = get(&client, "/why?path=first-lamp/1/OnOff.OnOff&at=now").await;
    assert_eq!(now["then"]["was"]["value"], true);
    assert_eq!(now["links"][0]["origin"], "the console");
    assert_eq!(now["links"][0]["progress"], "confirmed");
    let sentence = now["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("The console asked for 1/On/off On."),
        "{sentence}"
    );
    let before = get(&client, "/why?path=first-lamp/1/OnOff.OnOff&at=-1h").await;
    assert_eq!(before["then"]["was"], json!(null));
    assert_eq!(before["links"], json!([]));
}

#[tokio::test]
async fn roll_ups_come_as_rows() {
    let fixture = with_levels([(ago(30), 127), (ago(3), 254), (ago(2), 0)]).await;
    let client = fixture.client();
    let told = get(
        &client,
        &format!("/history?path={LEVEL}&from=-5h&to=-1h&every=1h"),
    )
    .await;
    let rows = told["series"][0]["rollups"].as_array().unwrap();
    assert!((4..=5).contains(&rows.len()), "{rows:?}");
    for pair in rows.windows(2) {
        assert_eq!(pair[0]["to_ms"], pair[1]["from_ms"]);
        assert_eq!(pair[0]["last"], pair[1]["first"].as_f64().unwrap());
    }
    let (first, last) = (rows.first().unwrap(), rows.last().unwrap());
    assert_eq!(
        (first["min"].as_f64(), last["max"].as_f64()),
        (Some(50.0), Some(0.0))
    );
    let samples: u64 = rows
        .iter()
        .map(|row| row["samples"].as_u64().unwrap())
        .sum();
    assert_eq!(samples, 2);
    assert!(told["series"][0].get("points").is_none());
}

#[tokio::test]
async fn samples_are_streamed_as_lines_and_as_csv() {
    const MANY: i64 = 4_321;
    let start = ago(20);
    let levels = (0..MANY).map(|n| {
        (
            Timestamp(start.0 + n * 1_000),
            u64::try_from(n % 255).unwrap(),
        )
    });
    let fixture = with_levels(levels).await;
    let client = fixture.client();
    let path = format!("/api/v1/history/samples?path={LEVEL}&to=-1h");
    let lines = client.get(&path).await;
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    assert!(
        lines
            .head
            .to_lowercase()
            .contains("transfer-encoding: chunked")
    );
    let text = String::from_utf8(lines.body).unwrap();
    let rows: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(i64::try_from(rows.len()), Ok(MANY));
    for (n, row) in (0..).zip(&rows) {
        assert_eq!(row["at_ms"], start.as_millis() + n);
        assert_eq!(
            (&row["value"], &row["series"]),
            (&json!(n % 255), &json!(LEVEL))
        );
    }

    let csv = client
        .send("GET", &path, &[("accept", "text/csv")], b"")
        .await;
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    let text = String::from_utf8(csv.body).unwrap();
    let mut rows = text.split("\r\n");
    assert_eq!(
        rows.next(),
        Some("series,time,at_ms,raw,value,unit,quality,cause")
    );
    let first = rows.next().unwrap();
    assert!(
        first.starts_with(&format!("{LEVEL},")) && first.ends_with(",0,0,%,known,"),
        "{first}"
    );
    assert_eq!(
        i64::try_from(rows.count()),
        Ok(MANY),
        "the rest, and the end of the last line"
    );
    let asked = client.get(&format!("{path}&format=csv")).await;
    assert_eq!(asked.body, text.as_bytes());
}

#[tokio::test]
async fn nothing_in_a_range_is_an_empty_answer() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let empty = client
        .get(&format!(
            "/api/v1/history/samples?path={LEVEL}&from=-9h&to=-8h"
        ))
        .await;
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    let told = get(&client, &format!("/history?path={LEVEL}&from=-9h&to=-8h")).await;
    assert_eq!(told["series"][0]["points"]["values"], json!([null]));
}

#[tokio::test]
async fn how_it_is_kept_is_told() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    get(&client, &format!("/history?path={LEVEL}")).await;
    let status = get(&client, "/history/status").await;
    assert!(status["samples"].as_u64().unwrap() > 10, "{status}");
    assert_eq!(status["trouble"], json!(null));
    assert_eq!(status["kept"]["samples_days"], 365);
    assert!(status["written_at_ms"].is_i64());
    assert_eq!(get(&client, "/status").await["history"], status);
}

#[tokio::test]
async fn a_hub_that_records_nothing_says_so() {
    let fixture = Fixture::with_history(None).await;
    let client = fixture.client();
    for path in [
        "/history/series",
        "/history/status",
        "/history?path=first-lamp",
        "/history/samples?path=first-lamp",
        "/why?path=first-lamp/1/OnOff.OnOff&at=-1h",
    ] {
        let answer: Answer = client.get(&format!("/api/v1{path}")).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (404, "history-off"),
            "{path}"
        );
        assert!(
            answer.json()["advice"]
                .as_str()
                .unwrap()
                .contains("record = true")
        );
    }
    assert_eq!(get(&client, "/status").await["history"], json!(null));
}

#[tokio::test]
async fn a_wrong_path_is_told_with_the_one_that_was_meant() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    for (path, problem, advice) in [
        ("frist-lamp", "unknown-node", "Did you mean \"first-lamp\"?"),
        ("0x99", "unknown-node", "`ingle nodes` lists them."),
        (
            "first-lamp/1/LevelControl.OnLevel",
            "no-history",
            "Did you mean",
        ),
        (
            "first-lamp/1/Switch.InitialPress",
            "no-history",
            "`ingle history series first-lamp`",
        ),
        (
            "first-lamp/1/OnOff.Toggle",
            "bad-path",
            "first-lamp/commands",
        ),
        ("first-lamp/1/reachability", "bad-path", "reachability"),
        (
            "first-lamp/1/LevelControl.CurentLevel",
            "bad-path",
            "A path is",
        ),
    ] {
        let answer = client.get(&format!("/api/v1/history?path={path}")).await;
        assert_eq!(answer.problem(), problem, "{path}");
        let told = answer.json()["advice"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(told.contains(advice), "{path}: {told}");
    }
}

#[tokio::test]
async fn hostile_questions_are_refused_and_the_hub_goes_on() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let long = "x".repeat(20_000);
    let many = "&path=*".repeat(60);
    for (query, problem) in [
        (String::new(), "bad-query"),
        ("?from=-1h".to_owned(), "bad-query"),
        (format!("?path={LEVEL}&points=0"), "bad-query"),
        (format!("?path={LEVEL}&points=5001"), "bad-query"),
        (format!("?path={LEVEL}&points=-1"), "bad-query"),
        (format!("?path={LEVEL}&points=1&points=2"), "bad-query"),
        (format!("?path={LEVEL}&every=1y"), "bad-query"),
        (format!("?path={LEVEL}&every=1h&points=5"), "bad-query"),
        (format!("?path={LEVEL}&from=now&to=-1h"), "bad-query"),
        (format!("?path={LEVEL}&from=tomorrow"), "bad-query"),
        (format!("?path={LEVEL}&from=%00%ff"), "bad-query"),
        (format!("?path={LEVEL}&secret=1"), "bad-query"),
        (
            format!("?path={LEVEL}&from=0001-01-01&every=5m"),
            "too-much",
        ),
        (
            format!("?path={LEVEL}&from=0001-01-01&to=9999-12-30&every=1d"),
            "too-much",
        ),
        (format!("?path={long}"), "bad-path"),
        ("?path=//////".to_owned(), "bad-path"),
        ("?path=../../etc/passwd".to_owned(), "bad-path"),
        (format!("?path=*{many}"), "too-much"),
    ] {
        let (_, told) = refused(&client, &format!("/history{query}")).await;
        let shown: String = query.chars().take(80).collect();
        assert_eq!(told, problem, "{shown}");
    }
    let whole = format!("/history?path={LEVEL}&from=0001-01-01&to=9999-12-30");
    assert_eq!(get(&client, &whole).await["series"][0]["path"], LEVEL);
    for query in ["?format=xml", "?every=1h", "?points=3"] {
        let (_, told) = refused(&client, &format!("/history/samples{query}")).await;
        assert_eq!(told, "bad-query", "{query}");
    }
    let (_, told) = refused(&client, &format!("/why?path={LEVEL}&at=whenever")).await;
    assert_eq!(told, "bad-query");
}
