//! Rules, scenes and variables over the API.

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::fixture::{Fixture, PATIENCE};

const FOLLOW: &str = "
id = 'follow'
name = 'Second follows first'
[[when]]
changes = 'first-lamp.on'
[[do]]
set = { target = 'second-lamp', on = 'first-lamp.on' }
";

async fn add(client: &Client, text: &str) -> Answer {
    client.call("POST", "/rules", json!({ "text": text })).await
}

/// The last trace of a rule, once it is so.
async fn trace(client: &Client, rule: &str, so: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let path = format!("/api/v1/traces?rule={rule}&limit=1");
            let last = client.get(&path).await.json()["traces"][0].clone();
            if so(&last) {
                return last;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("the trace never was so")
}

fn is_done(trace: &Value) -> bool {
    trace["outcome"]["is"] == "done"
}

#[tokio::test]
async fn a_rule_is_added_read_disabled_and_deleted() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let added = add(&client, FOLLOW).await;
    assert_eq!(
        (added.status, added.json()["id"].clone()),
        (201, json!("follow"))
    );
    assert_eq!(add(&client, FOLLOW).await.problem(), "conflict");
    let again = json!({ "text": FOLLOW, "replace": true });
    let same = client.call("POST", "/rules", again).await.json();
    assert_eq!(same["revision"], json!(null), "nothing changed");

    let detail = client.get("/api/v1/rules/follow").await.json();
    assert_eq!(detail["state"], "ready");
    let text = detail["text"].as_str().unwrap();
    assert!(text.contains("changes = \"first-lamp.on\""), "{text}");
    assert_eq!(detail["json"]["do"][0]["set"]["target"], "second-lamp");

    let off = client
        .call("PATCH", "/rules/follow", json!({ "enabled": false }))
        .await;
    assert_eq!(off.status, 200);
    assert_eq!(
        client.get("/api/v1/rules").await.json()["rules"][0]["state"],
        "disabled"
    );
    assert_eq!(
        client
            .call("DELETE", "/rules/follow", json!(null))
            .await
            .status,
        200
    );
    assert_eq!(
        client.get("/api/v1/rules/follow").await.problem(),
        "unknown"
    );
}

#[tokio::test]
async fn a_rule_works_and_why_tells_of_it() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    assert_eq!(add(&client, FOLLOW).await.status, 201);
    let asked = json!({ "fields": {}, "wait": "confirmed" });
    assert_eq!(
        client
            .call("POST", "/commands/0x1/1/OnOff.Toggle", asked)
            .await
            .status,
        200
    );
    let done = trace(&client, "follow", is_done).await;
    assert_eq!(done["steps"][0]["text"], "second-lamp.on = true");
    let why = client
        .get("/api/v1/why?path=0x2/1/OnOff.OnOff")
        .await
        .json();
    assert_eq!(why["runs"][0]["id"], done["id"], "{why}");
    assert_eq!(why["links"][0]["origin"], "rule follow");
    assert_eq!(why["links"][0]["run"], done["id"]);
    assert_eq!(why["links"][1]["origin"], "the console");
    assert_eq!(why["could"][0]["rule"], "follow");
}

#[tokio::test]
async fn all_errors_of_a_rule_are_told_with_their_places() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let text = "
id = 'bad'
[[when]]
becomes = 'frist-lamp.on'
[[do]]
set = { target = 'second-lamp', level = 40 }
";
    let refused = add(&client, text).await;
    assert_eq!(
        (refused.status, refused.problem()),
        (422, "bad-rule".to_owned())
    );
    let findings = refused.json()["findings"].clone();
    assert_eq!(
        (&findings[0]["line"], &findings[0]["column"]),
        (&json!(4), &json!(12))
    );
    assert_eq!(findings[0]["advice"], "did you mean first-lamp?");
    assert_eq!(findings[1]["advice"], "write 40 %");
    let checked = client
        .call("POST", "/rules/check", json!({ "text": text }))
        .await
        .json();
    assert_eq!(checked["ok"], false);
    assert_eq!(checked["findings"], findings);
    assert_eq!(client.get("/api/v1/rules").await.json()["rules"], json!([]));
}

#[tokio::test]
async fn a_scene_is_captured_and_applied() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let capture = json!({ "id": "dark", "targets": ["first-lamp", "second-lamp"] });
    assert_eq!(
        client
            .call("POST", "/scenes/capture", capture.clone())
            .await
            .status,
        201
    );
    assert_eq!(
        client
            .call("POST", "/scenes/capture", capture)
            .await
            .problem(),
        "conflict"
    );
    let scenes = client.get("/api/v1/scenes").await.json();
    assert_eq!(scenes["scenes"][0]["devices"], 2, "{scenes}");
    let asked = json!({ "fields": {}, "wait": "confirmed" });
    client
        .call("POST", "/commands/0x1/1/OnOff.Toggle", asked)
        .await;
    let started = client.call("POST", "/scenes/dark/apply", json!({})).await;
    assert_eq!(started.status, 202);
    let done = trace(&client, "scene:dark", is_done).await;
    assert_eq!(done["id"], started.json()["run"]);
    let lamp = client
        .get("/api/v1/read?path=0x1/1/OnOff.OnOff")
        .await
        .json();
    assert_eq!(lamp["values"][0]["value"], false);
    assert_eq!(
        client
            .call("POST", "/scenes/none/apply", json!({}))
            .await
            .problem(),
        "unknown"
    );
}

#[tokio::test]
async fn a_variable_starts_a_rule() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let mode = json!({ "type": "choice", "options": ["day", "night"], "initial": "day" });
    assert_eq!(
        client.call("PUT", "/variables/mode", mode).await.status,
        200
    );
    let text = "
id = 'night'
[[when]]
becomes = 'home.mode == night'
[[do]]
notify = 'good night, {home.mode}'
";
    assert_eq!(add(&client, text).await.status, 201);
    let wrong = client
        .call("PUT", "/variables/mode/value", json!({ "value": "noon" }))
        .await;
    assert_eq!(wrong.problem(), "bad-value");
    let set = client
        .call("PUT", "/variables/mode/value", json!({ "value": "night" }))
        .await;
    assert_eq!(set.status, 202);
    let done = trace(&client, "night", is_done).await;
    assert_eq!(done["steps"][0]["text"], "notify: good night, night");
    let notices = client.get("/api/v1/notices").await.json();
    assert_eq!(notices["notices"][0]["message"], "good night, night");
    let variables = client.get("/api/v1/variables").await.json();
    assert_eq!(variables["variables"][0]["value"], "night");
}

#[tokio::test]
async fn a_rule_is_tried_on_what_was_recorded() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    // The lamps have only just come, and a rule takes a moment to see what is new in a home.
    let wait = async {
        loop {
            let asked = json!({ "fields": {}, "wait": "confirmed" });
            client
                .call("POST", "/commands/0x1/1/OnOff.Toggle", asked)
                .await;
            let tried = client
                .call("POST", "/rules/try", json!({ "text": FOLLOW }))
                .await;
            assert_eq!(tried.status, 200);
            let outcome = tried.json()["outcome"].clone();
            if outcome["runs"] != json!([]) {
                return outcome;
            }
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("it never would have run");
    assert_eq!(outcome["runs"][0]["rule"], "follow");
    let lamp = client
        .get("/api/v1/read?path=0x2/1/OnOff.OnOff")
        .await
        .json();
    assert_eq!(lamp["values"][0]["value"], false, "nothing was done");
    let when = json!({ "text": FOLLOW, "from": "yesterday" });
    assert_eq!(
        client.call("POST", "/rules/try", when).await.problem(),
        "bad-value"
    );
    let incident = client.get("/api/v1/incident").await.json();
    assert!(incident["text"].as_str().unwrap().contains("ingle-log"));
}
