//! What each route does.

use std::os::unix::fs::PermissionsExt;

use hub_api::{About, ApiConfig, NoAssets, ServeError, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::fixture::Fixture;

#[tokio::test]
async fn it_says_how_it_is() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let health = client.get("/api/v1/health").await;
    assert_eq!(
        (health.status, health.json()),
        (200, json!({"status": "ok"}))
    );
    let status = client.get("/api/v1/status").await.json();
    assert_eq!(status["version"], "1.2.3");
    assert_eq!(status["protection"], "a key file");
    assert_eq!(status["ui"], "whole");
    assert_eq!(status["counts"]["nodes"], 2);
    assert_eq!(status["counts"]["online"], 2);
    assert_eq!(
        status["bridges"][0],
        json!({"name": "toys", "nodes": 2, "orphaned": 0})
    );
}

#[tokio::test]
async fn it_shows_the_home_and_its_nodes() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let home = client.get("/api/v1/home").await.json();
    assert_eq!(home["nodes"][0]["id"], "0x1");
    assert_eq!(home["nodes"][0]["vendor"], "Toy makers");
    assert_eq!(
        home["devices"][0]["types"][0]["name"],
        "White spectrum light"
    );
    assert_eq!(
        client.get("/api/v1/nodes").await.json()["nodes"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let slug = home["nodes"][0]["slug"].as_str().unwrap();
    let detail = client.get(&format!("/api/v1/nodes/{slug}")).await.json();
    assert_eq!(detail["id"], "0x1");
    let clusters = detail["endpoints"][1]["clusters"].as_array().unwrap();
    let on_off = clusters
        .iter()
        .find(|cluster| cluster["name"] == "OnOff")
        .unwrap();
    assert_eq!(on_off["id"], "0x0006");
    assert_eq!(on_off["attributes"][0]["path"], "0x1/1/0x0006.0x0");
    assert_eq!(on_off["attributes"][0]["name"], "OnOff.OnOff");
    assert_eq!(on_off["attributes"][0]["value"], false);
    assert_eq!(on_off["attributes"][0]["quality"], "known");
}

#[tokio::test]
async fn an_unknown_name_is_answered_with_the_nearest() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    client
        .call("PATCH", "/nodes/0x1", json!({"name": "Kitchen lamp"}))
        .await;
    let unknown = client.get("/api/v1/nodes/kichen-lamp").await;
    assert_eq!(
        (unknown.status, unknown.problem().as_str()),
        (404, "unknown-node")
    );
    assert_eq!(unknown.json()["advice"], "Did you mean \"kitchen-lamp\"?");
    assert_eq!(
        unknown.header("content-type"),
        Some("application/problem+json")
    );
    let typo = client
        .get("/api/v1/read?path=kitchen-lamp/1/OnOf.OnOff")
        .await;
    assert_eq!((typo.status, typo.problem().as_str()), (400, "bad-path"));
    let detail = typo.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.ends_with("did you mean OnOff?"), "{detail}");
}

#[tokio::test]
async fn a_name_of_two_nodes_is_ambiguous() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    for node in ["0x1", "0x2"] {
        let path = format!("/nodes/{node}");
        let renamed = client
            .call("PATCH", &path, json!({"name": "Twin lamp"}))
            .await;
        assert_eq!(renamed.status, 200);
    }
    let ambiguous = client.get("/api/v1/nodes/Twin%20lamp").await;
    assert_eq!(
        (ambiguous.status, ambiguous.problem().as_str()),
        (409, "ambiguous-name")
    );
    assert!(
        ambiguous.json()["advice"]
            .as_str()
            .unwrap()
            .contains("twin-lamp")
    );
}

#[tokio::test]
async fn a_command_is_carried_out_and_confirmed() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let confirmed = json!({"wait": "confirmed"});
    let outcome = client
        .call("POST", "/commands/0x1/1/OnOff.On", confirmed)
        .await;
    assert_eq!(outcome.status, 200, "{:?}", outcome.json());
    assert_eq!(outcome.json()["outcome"], "confirmed");
    let read = client
        .get("/api/v1/read?path=0x1/1/0x0006.0x0")
        .await
        .json();
    assert_eq!(read["values"][0]["value"], true);

    let why = client
        .get("/api/v1/why?path=0x1/1/OnOff.OnOff")
        .await
        .json();
    assert_eq!(why["sentence"], "The console asked for OnOff.On.");
    assert_eq!(why["links"][0]["cause"], outcome.json()["cause"]);
}

#[tokio::test]
async fn fields_go_by_name_and_values_by_schema() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let fields = json!({"fields": {"level": 200, "transitionTime": null, "optionsMask": {}, "optionsOverride": 0}, "wait": "confirmed"});
    let outcome = client
        .call(
            "POST",
            "/commands/0x1%2F1%2FLevelControl.MoveToLevelWithOnOff",
            fields,
        )
        .await;
    assert_eq!(outcome.status, 200, "{:?}", outcome.json());
    let read = client
        .get("/api/v1/read?path=0x1/1/LevelControl.CurrentLevel")
        .await
        .json();
    assert_eq!(read["values"][0]["value"], 200);

    let wrong = json!({"fields": {"level": "much"}});
    let refused = client
        .call("POST", "/commands/0x1/1/LevelControl.MoveToLevel", wrong)
        .await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (422, "bad-value")
    );
}

#[tokio::test]
async fn an_attribute_is_written() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let label = json!({"value": "Lamp of mine"});
    let written = client
        .call("PUT", "/attributes/0x1/0/BasicInformation.NodeLabel", label)
        .await;
    assert_eq!(written.status, 200, "{:?}", written.json());
    let read = client
        .get("/api/v1/read?path=0x1/0/BasicInformation.NodeLabel&fresh=true")
        .await;
    assert_eq!(read.json()["values"][0]["value"], "Lamp of mine");
    let refused = client
        .call(
            "PUT",
            "/attributes/0x1/1/OnOff.OnOff",
            json!({"value": true}),
        )
        .await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (422, "not-writable")
    );
}

#[tokio::test]
async fn what_the_device_refuses_is_a_problem_with_its_cause() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let refused = client
        .call("POST", "/commands/0x1/1/DoorLock.ClearAllCodes", json!({}))
        .await;
    let other = client
        .call("POST", "/commands/0x1/1/0x0500.0x0", json!({}))
        .await;
    for answer in [refused, other] {
        assert!(matches!(answer.status, 400 | 502), "{:?}", answer.json());
    }
    let refused = client
        .call(
            "POST",
            "/commands/0x1/1/Identify.Identify",
            json!({"fields": {"identifyTime": 5}}),
        )
        .await;
    assert_eq!(
        (refused.status, refused.problem().as_str()),
        (502, "device-refused")
    );
    assert!(refused.json()["cause"].is_u64());
}

#[tokio::test]
async fn rooms_and_floors_are_arranged_and_undone() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let made = client
        .call(
            "POST",
            "/rooms",
            json!({"name": "Kitchen", "floor": "Ground"}),
        )
        .await;
    assert_eq!(made.status, 201, "{:?}", made.json());
    let room = made.json()["id"].clone();
    let twice = client
        .call("POST", "/rooms", json!({"name": "Kitchen"}))
        .await;
    assert_eq!((twice.status, twice.problem().as_str()), (409, "conflict"));
    client
        .call("PATCH", "/nodes/0x1", json!({"room": "kitchen"}))
        .await;
    let patched = client
        .call(
            "PATCH",
            "/rooms/Kitchen",
            json!({"icon": "pot", "floor": null}),
        )
        .await;
    assert_eq!(patched.json()["revisions"].as_array().unwrap().len(), 2);
    let moved = client.call(
        "PATCH",
        "/devices/0x2/1",
        json!({"name": "Spot", "room": "Kitchen"}),
    );
    assert_eq!(moved.await.status, 200);

    let home = client.get("/api/v1/home").await.json();
    assert_eq!(home["floors"][0]["name"], "Ground");
    assert_eq!(
        home["rooms"][0],
        json!({"id": room, "name": "Kitchen", "icon": "pot", "floor": null})
    );
    assert_eq!(home["devices"][0]["room"], room);
    assert_eq!(home["devices"][1]["name"], "Spot");

    let revisions = client.get("/api/v1/revisions?limit=2").await.json();
    let revisions = revisions["revisions"].as_array().unwrap().clone();
    assert_eq!(revisions.len(), 2);
    assert_eq!(revisions[0]["author"], "the console");
    let undo = format!("/revisions/{}/undo", revisions[0]["id"]);
    assert_eq!(client.call("POST", &undo, Value::Null).await.status, 200);
    assert_eq!(
        client
            .call("DELETE", "/rooms/Kitchen", Value::Null)
            .await
            .status,
        200
    );
    let nothing = client.call("PATCH", "/rooms/1", json!({})).await;
    assert!(matches!(nothing.status, 404 | 422));
}

#[tokio::test]
async fn a_device_is_added_by_code_and_removed() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let device = json!({"code": "MT:TOY", "name": "Hall lamp", "room": "Hall"});
    let started = client.call("POST", "/devices", device).await;
    assert_eq!(started.status, 202, "{:?}", started.json());
    fixture
        .until(|home| home.jobs.iter().all(|job| job.state.is_ended()))
        .await;
    let path = format!("/api/v1/jobs/{}", started.json()["job"].as_str().unwrap());
    let job = client.get(&path).await.json();
    assert_eq!(job["state"], "done");
    assert_eq!(job["stages"].as_array().unwrap().len(), 8);
    let home = client.get("/api/v1/home").await.json();
    assert_eq!(home["rooms"][0]["name"], "Hall");
    assert_eq!(home["nodes"][2]["name"], "Hall lamp");

    let removed = client
        .call("DELETE", "/nodes/hall-lamp?forget=true", Value::Null)
        .await;
    assert_eq!(removed.status, 202);
    fixture.until(|home| home.nodes.len() == 2).await;
}

#[tokio::test]
async fn a_job_that_asks_is_answered() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let started = client
        .call("POST", "/devices", json!({"code": "MT:ask"}))
        .await;
    let job = started.json()["job"].as_str().unwrap().to_owned();
    let asks = |home: &hub_engine::Snapshot| {
        home.jobs
            .iter()
            .any(|job| matches!(job.state, hub_engine::JobState::Asking { .. }))
    };
    fixture.until(asks).await;
    let shown = client.get("/api/v1/jobs").await.json();
    assert!(
        shown["jobs"][0]["question"]
            .as_str()
            .unwrap()
            .contains("verified")
    );
    let no = client
        .call(
            "POST",
            &format!("/jobs/{job}/answer"),
            json!({"proceed": false}),
        )
        .await;
    assert_eq!(no.status, 204);
    fixture
        .until(|home| home.jobs.iter().all(|job| job.state.is_ended()))
        .await;
    let failure = client.get(&format!("/api/v1/jobs/{job}")).await.json()["failure"].clone();
    assert_eq!(failure["code"], "untrusted-attestation");
    let late = client
        .call(
            "POST",
            &format!("/jobs/{job}/answer"),
            json!({"proceed": true}),
        )
        .await;
    assert!(matches!(late.status, 404 | 409), "{}", late.status);
    assert_eq!(
        client
            .call("POST", "/jobs/j99/cancel", Value::Null)
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn the_page_is_served_with_its_headers() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    for path in ["/", "/index.html", "/rooms/kitchen"] {
        let page = client.get(path).await;
        assert_eq!(
            (page.status, page.body.as_slice()),
            (200, &b"<!doctype html>"[..]),
            "{path}"
        );
        assert_eq!(page.header("cache-control"), Some("no-cache"));
        assert_eq!(page.header("x-ingle-ui"), Some("whole"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("require-trusted-types-for 'script'"));
    }
    let script = client.get("/assets/app.js").await;
    assert_eq!(
        script.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let known = client
        .send("GET", "/", &[("if-none-match", "\"abc\"")], b"")
        .await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(client.get("/assets/other.js").await.status, 404);
    assert_eq!(
        client.get("/api/v1/status").await.header("cache-control"),
        Some("no-store")
    );
}

#[tokio::test]
async fn the_socket_is_for_its_owner_alone_and_one_hub() {
    let fixture = Fixture::start().await;
    let path = fixture.folder.path().join("api.sock");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    let request = b"GET /api/v1/nodes HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    let second = ApiConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        socket: path,
        assets: std::sync::Arc::new(NoAssets),
        about: About::default(),
    };
    let refused = serve(
        second,
        fixture.hub.clone(),
        fixture.rules.clone(),
        None,
        &fixture.supervisor,
    )
    .await;
    assert!(matches!(refused, Err(ServeError::InUse(_))));
}

#[tokio::test]
async fn it_listens_on_loopback_only_and_stops_in_good_order() {
    let fixture = Fixture::start().await;
    let socket = fixture.folder.path().join("other.sock");
    let open = ApiConfig {
        listen: ([0, 0, 0, 0], 0).into(),
        socket: socket.clone(),
        assets: std::sync::Arc::new(NoAssets),
        about: About::default(),
    };
    let refused = serve(
        open,
        fixture.hub.clone(),
        fixture.rules.clone(),
        None,
        &fixture.supervisor,
    )
    .await;
    assert!(matches!(refused, Err(ServeError::NotLoopback(_))));
    assert!(!socket.exists());

    let socket = fixture.folder.path().join("api.sock");
    let stopped = fixture
        .supervisor
        .shutdown(std::time::Duration::from_secs(10))
        .await;
    assert_eq!(stopped, Ok(()));
    assert!(!socket.exists());
}
