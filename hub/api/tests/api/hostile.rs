//! Requests of whoever wishes the hub ill: each is refused, and the hub goes on.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::fixture::Fixture;

const JSON: (&str, &str) = ("content-type", "application/json");
const MARK: (&str, &str) = ("x-ingle", "1");

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let rebound = client
        .send("GET", "/api/v1/home", &[("host", "evil.example")], b"")
        .await;
    assert_eq!(
        (rebound.status, rebound.problem().as_str()),
        (421, "bad-host")
    );
    let page = client
        .send("GET", "/", &[("host", "evil.example")], b"")
        .await;
    assert_eq!(page.status, 421);
    let foreign = [("origin", "http://evil.example"), JSON, MARK];
    let foreign = client
        .send("POST", "/api/v1/rooms", &foreign, b"{\"name\":\"x\"}")
        .await;
    assert_eq!(
        (foreign.status, foreign.problem().as_str()),
        (403, "foreign-origin")
    );
    let form = client
        .send("POST", "/api/v1/rooms", &[JSON], b"{\"name\":\"x\"}")
        .await;
    assert_eq!(
        (form.status, form.problem().as_str()),
        (403, "missing-header")
    );
    let text = [("content-type", "text/plain"), MARK];
    let text = client
        .send("POST", "/api/v1/rooms", &text, b"{\"name\":\"x\"}")
        .await;
    assert_eq!((text.status, text.problem().as_str()), (415, "media-type"));
    let preflight = [
        ("origin", "http://evil.example"),
        ("access-control-request-method", "POST"),
    ];
    let preflight = client
        .send("OPTIONS", "/api/v1/rooms", &preflight, b"")
        .await;
    assert_eq!(preflight.header("access-control-allow-origin"), None);
    assert_eq!(client.get("/api/v1/home").await.json()["rooms"], json!([]));
}

#[tokio::test]
async fn bodies_are_bounded() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(2 << 20));
    let large = client
        .send("POST", "/api/v1/rooms", &[JSON, MARK], large.as_bytes())
        .await;
    assert_eq!((large.status, large.problem().as_str()), (413, "too-large"));
    let deep = "[".repeat(10_000);
    let deep = client
        .send("POST", "/api/v1/rooms", &[JSON, MARK], deep.as_bytes())
        .await;
    assert_eq!((deep.status, deep.problem().as_str()), (400, "too-deep"));
    let names = [
        "\u{0}".to_owned(),
        "x".repeat(100_000),
        String::new(),
        "a\nb".to_owned(),
    ];
    for name in names {
        let refused = client.call("POST", "/rooms", json!({"name": name})).await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (422, "bad-edit")
        );
    }
    let bad: [&[u8]; 5] = [
        b"\xff\xfe",
        b"{\"name\":NaN}",
        b"{",
        b"{\"name\":\"a\",\"name\":\"b\"}",
        b"null",
    ];
    for body in bad {
        let refused = client
            .send("POST", "/api/v1/rooms", &[JSON, MARK], body)
            .await;
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (400, "bad-body"),
            "{body:?}"
        );
    }
    let huge = b"{\"value\":1e999}";
    let huge = client
        .send(
            "PUT",
            "/api/v1/attributes/0x1/1/OnOff.OnTime",
            &[JSON, MARK],
            huge,
        )
        .await;
    assert_eq!((huge.status, huge.problem().as_str()), (400, "bad-body"));
    let unicode = client
        .call("POST", "/rooms", json!({"name": "Küche 🍳 מטבח"}))
        .await;
    assert_eq!(unicode.status, 201);
}

#[tokio::test]
async fn paths_lead_nowhere_but_to_the_page() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    for path in [
        "/../../etc/passwd.txt",
        "/assets/../../../etc/hosts.txt",
        "/%2e%2e/%2e%2e/etc/passwd.txt",
        "/assets/%2e%2e%2findex.html",
        "//index.html.txt",
        "/api/v1/../../index.html",
        "/api/v2/home",
        "/api/v1/nodes/%ff",
        "/api/v1/nodes/%00",
    ] {
        let answer = client.get(path).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
    }
    let method = client.call("PUT", "/home", json!({})).await;
    assert_eq!((method.status, method.problem().as_str()), (405, "method"));
    assert_eq!(
        client
            .call("POST", "/../../index.html", json!({}))
            .await
            .status
            / 100,
        4
    );
}

#[tokio::test]
async fn heads_are_bounded() {
    let fixture = Fixture::start().await;
    let client = fixture.client();
    let many = "a: b\r\n".repeat(10_000);
    let head = format!("GET / HTTP/1.1\r\nhost: {}\r\n{many}\r\n", client.address);
    let many = client.raw(head.as_bytes()).await;
    assert!(matches!(many.status, 0 | 431), "{}", many.status);
    let twice = format!(
        "GET / HTTP/1.1\r\nhost: {}\r\nhost: evil\r\nconnection: close\r\n\r\n",
        client.address
    );
    assert_eq!(client.raw(twice.as_bytes()).await.status, 421);
    assert_eq!(
        client
            .raw(b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n")
            .await
            .status,
        421
    );
    for garbage in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
    ] {
        let answer = client.raw(&[garbage, b"\r\n\r\n"].concat()).await;
        assert!(matches!(answer.status, 0 | 400), "{}", answer.status);
    }
    assert_eq!(client.get("/api/v1/health").await.status, 200);
}

#[test]
fn no_body_and_no_query_breaks_a_route() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let fixture = runtime.block_on(Fixture::start());
    let client = fixture.client();
    let routes = [
        ("PATCH", "/api/v1/home"),
        ("POST", "/api/v1/floors"),
        ("PATCH", "/api/v1/floors/1"),
        ("POST", "/api/v1/rooms"),
        ("PATCH", "/api/v1/rooms/1"),
        ("POST", "/api/v1/devices"),
        ("PATCH", "/api/v1/devices/0x1/1"),
        ("PATCH", "/api/v1/nodes/0x1"),
        ("POST", "/api/v1/nodes/0x1/groups"),
        ("PUT", "/api/v1/attributes/0x1/1/OnOff.OnTime"),
        ("POST", "/api/v1/commands/0x1/1/LevelControl.MoveToLevel"),
        ("POST", "/api/v1/jobs/j1/answer"),
    ];
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        "\\{\"(name|room|value|fields|code|endpoints|wait|position)\":(null|[0-9]{1,25}|\"\\PC{0,9}\"|\\[\\]|\\{\\}|-1\\.5e9)\\}"
            .prop_map(String::into_bytes),
    ];
    let mut runner = TestRunner::deterministic();
    let strategy = (0..routes.len(), value, "[ -~]{0,40}");
    let tried = runner.run(&strategy, |(route, body, query)| {
        let (method, path) = routes[route];
        let query: String = query.bytes().map(|octet| format!("%{octet:02x}")).collect();
        let answer = runtime.block_on(client.send(method, path, &[JSON, MARK], &body));
        prop_assert!((200..=599).contains(&answer.status) && answer.status != 500);
        for path in ["/api/v1/read?path=", "/api/v1/why?path=", "/api/v1/nodes/"] {
            let answer = runtime.block_on(client.get(&format!("{path}{query}")));
            prop_assert!((200..500).contains(&answer.status), "{}", answer.status);
        }
        Ok(())
    });
    tried.unwrap();
    assert!(!fixture.supervisor.has_failed());
    assert_eq!(runtime.block_on(client.get("/api/v1/health")).status, 200);
}
