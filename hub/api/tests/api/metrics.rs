//! The hub's numbers: their format, that they are counted, and that there are never many.

use std::time::Duration;

use serde_json::json;
use tokio_tungstenite::connect_async;

use crate::client::Client;
use crate::exposition::Exposition;
use crate::fixture::{Fixture, PATIENCE};

async fn scrape(client: &Client) -> Exposition {
    let answer = client.get("/metrics").await;
    assert_eq!(answer.status, 200);
    Exposition::read(&String::from_utf8(answer.body).unwrap())
}

const TOGGLE: &str = "/commands/first-lamp/1/OnOff.Toggle";

#[tokio::test]
async fn they_say_how_the_home_and_the_hub_are() {
    let fixture = Fixture::start().await;
    let all = scrape(&fixture.client()).await;
    assert_eq!(all.number("ingle_build_info", &[("version", "1.2.3")]), 1.0);
    for (reachability, nodes) in [("online", 2.0), ("offline", 0.0), ("unknown", 0.0)] {
        let labels = [("reachability", reachability)];
        assert_eq!(all.number("ingle_nodes", &labels), nodes, "{reachability}");
    }
    assert_eq!(all.number("ingle_devices", &[]), 2.0);
    let known = all.number("ingle_attributes", &[("quality", "known")]);
    assert!(known > 20.0, "{known}");
    assert_eq!(all.number("ingle_attributes", &[("quality", "stale")]), 0.0);
    assert_eq!(all.number("ingle_bridge_up", &[("bridge", "toys")]), 1.0);
    let reports = all.number("ingle_reports_total", &[("bridge", "toys")]);
    assert!(reports >= known, "{reports}");
    // A node comes with its values, in one event.
    assert!(all.number("ingle_events_total", &[("kind", "home")]) >= 2.0);
    assert_eq!(all.number("ingle_rules", &[("state", "ready")]), 0.0);
    assert_eq!(all.number("ingle_jobs", &[("state", "running")]), 0.0);
    assert_eq!(all.number("ingle_websocket_clients", &[]), 0.0);
    if cfg!(target_os = "linux") {
        assert!(all.number("process_resident_memory_bytes", &[]) > 1e6);
        assert!(all.number("process_open_fds", &[]) > 3.0);
        assert!(all.number("process_start_time_seconds", &[]) > 1.6e9);
    }
}

#[tokio::test]
async fn counters_move_with_what_they_count_and_never_back() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let before = scrape(&client).await;
    let body = json!({"fields": {}, "wait": "confirmed"});
    for _ in 0..3 {
        let answer = client.call("POST", TOGGLE, body.clone()).await;
        assert_eq!(answer.status, 200);
    }
    let refused = "/commands/first-lamp/1/0x0003.0x7";
    assert_ne!(client.call("POST", refused, json!({})).await.status, 200);
    let after = scrape(&client).await;

    let grew = |name: &str, labels: &[(&str, &str)]| {
        after.number(name, labels) - before.number(name, labels)
    };
    assert_eq!(
        grew("ingle_commands_total", &[("outcome", "confirmed")]),
        3.0
    );
    assert_eq!(grew("ingle_commands_total", &[("outcome", "refused")]), 1.0);
    assert!(grew("ingle_events_total", &[("kind", "command")]) >= 9.0);
    let route = ("route", "/api/v1/commands/{path}");
    for (status, count) in [("2xx", 3.0), ("5xx", 1.0)] {
        let labels = [route, ("method", "POST"), ("status", status)];
        let counted = after.number("ingle_http_requests_total", &labels);
        assert_eq!(counted, count, "{status}");
    }
    let histogram = &after.families["ingle_http_request_duration_seconds"];
    let count = histogram
        .samples
        .iter()
        .find(|((name, labels), _)| name.ends_with("_count") && labels["route"] == route.1);
    assert_eq!(count.map(|(_, count)| *count), Some(4.0));
    let later = after.growing();
    for (key, number) in before.growing() {
        assert!(
            later.get(&key).is_some_and(|later| *later >= number),
            "{key:?}"
        );
    }
}

#[tokio::test]
async fn starts_of_rules_are_counted_by_what_came_of_them() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let text = "id = \"never\"\nname = \"Never\"\n\n[[when]]\nbecomes = \"first-lamp.on\"\n\n\
                [[only_if]]\nexpr = \"second-lamp.on\"\n\n\
                [[do]]\nnotify = \"never\"\n";
    let added = client.call("POST", "/rules", json!({"text": text})).await;
    assert_eq!(added.status, 201, "{:?}", added.json());
    let not_run = [("outcome", "not_run")];
    let body = json!({"fields": {}, "wait": "confirmed"});
    for _ in 0..6 {
        client.call("POST", TOGGLE, body.clone()).await;
    }
    let wait = async {
        loop {
            let all = scrape(&client).await;
            assert_eq!(all.number("ingle_rules", &[("state", "ready")]), 1.0);
            // Every second toggle switches it on. Traces that say the same are told as one.
            if all.number("ingle_rule_runs_total", &not_run) == 3.0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("three starts came to nothing");
}

#[tokio::test]
async fn clients_of_the_event_stream_are_counted_while_they_are_there() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let url = format!("ws://{}/api/v1/events", fixture.bound.address);
    let (socket, _) = connect_async(url).await.unwrap();
    let all = scrape(&client).await;
    assert_eq!(all.number("ingle_websocket_clients", &[]), 1.0);
    let route = [
        ("route", "/api/v1/events"),
        ("method", "GET"),
        ("status", "1xx"),
    ];
    assert_eq!(all.number("ingle_http_requests_total", &route), 1.0);
    drop(socket);
    let wait = async {
        while scrape(&client).await.number("ingle_websocket_clients", &[]) > 0.0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("it goes");
}

#[tokio::test]
async fn paths_and_methods_that_somebody_makes_up_are_no_labels() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let series = |all: &Exposition| -> usize {
        all.families
            .values()
            .map(|family| family.samples.len())
            .sum()
    };
    for path in ["/api/v1/x", "/x", "/x.js", "/api/v1/nodes/x"] {
        client.get(path).await;
        client.send("MADEUP", path, &[("x-ingle", "1")], b"").await;
    }
    scrape(&client).await;
    let before = series(&scrape(&client).await);
    for number in 0..250 {
        client.get(&format!("/api/v1/made-up-{number}")).await;
        client.get(&format!("/made-up-{number}")).await;
        client.get(&format!("/made-up-{number}.js")).await;
        client.get(&format!("/api/v1/nodes/made-up-{number}")).await;
        let method = format!("MADEUP{number}");
        client
            .send(&method, "/api/v1/nodes/x", &[("x-ingle", "1")], b"")
            .await;
    }
    let all = scrape(&client).await;
    assert_eq!(series(&all), before);
    let unknown = [("route", "unknown"), ("method", "GET"), ("status", "4xx")];
    assert_eq!(all.number("ingle_http_requests_total", &unknown), 251.0);
    let made_up = [
        ("route", "/api/v1/nodes/{node}"),
        ("method", "other"),
        ("status", "4xx"),
    ];
    assert_eq!(all.number("ingle_http_requests_total", &made_up), 251.0);
    let page = [("route", "page"), ("method", "GET"), ("status", "2xx")];
    assert_eq!(all.number("ingle_http_requests_total", &page), 251.0);
}

#[tokio::test]
async fn they_are_guarded_as_the_api_is() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    for headers in [
        [("host", "evil.example")],
        [("origin", "http://evil.example")],
        [("sec-fetch-site", "cross-site")],
    ] {
        let answer = client.send("GET", "/metrics", &headers, b"").await;
        assert!(
            [403, 421].contains(&answer.status),
            "{headers:?}: {answer:?}"
        );
        assert!(["bad-host", "foreign-origin"].contains(&answer.problem().as_str()));
    }
    assert_eq!(client.send("HEAD", "/metrics", &[], b"").await.status, 200);
    let posted = client
        .send("POST", "/metrics", &[("x-ingle", "1")], b"")
        .await;
    assert_eq!(posted.status, 405);
}

#[tokio::test]
async fn the_format_is_the_one_that_is_accepted() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let plain = client.get("/metrics").await;
    assert_eq!(
        plain.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    assert_eq!(plain.header("cache-control"), Some("no-store"));
    let accept = [(
        "accept",
        "application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1",
    )];
    let open = client.send("GET", "/metrics", &accept, b"").await;
    assert_eq!(
        open.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    let open = String::from_utf8(open.body).unwrap();
    assert!(open.ends_with("\n# EOF\n"));
    assert!(
        open.contains("# TYPE ingle_events counter\ningle_events_total{"),
        "{open}"
    );
    assert!(open.contains("# TYPE ingle_build info\n"));
    assert!(open.contains("# UNIT process_resident_memory_bytes bytes\n"));
}
