//! The password goes to the server and nowhere else.

use std::fmt;
use std::sync::{Arc, Mutex};

use history_postgres::{PgConfig, PgHistory};
use hub_model::Secret;
use hub_runtime::Supervisor;
use recorder::StoreError;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::server::{Different, Server};

const PASSWORD: &str = "correct horse 4711";
const HBA: &str = "local all ingle trust\nlocal all guarded scram-sha-256\n";

fn history(server: &Server, password: Option<&str>) -> (PgConfig, PgHistory) {
    let mut config = PgConfig::new(server.url().replace("user=ingle", "user=guarded"));
    config.password = password.map(|password| Secret::new(password.to_owned()));
    config.schema = "guarded".to_owned();
    let store = PgHistory::new(&config, &Supervisor::new()).unwrap();
    (config, store)
}

#[tokio::test]
async fn a_password_opens_and_is_never_shown() {
    let server = Server::start(&Different {
        files: vec![("pg_hba.conf", HBA.to_owned())],
        ..Different::default()
    });
    let person = server.person().await;
    let sql = format!(
        "CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'; GRANT CREATE ON DATABASE postgres TO guarded"
    );
    person.batch_execute(&sql).await.unwrap();
    let log = Log::default();
    // Of all threads: of one alone it would miss what another thread logged first.
    tracing::subscriber::set_global_default(log.clone()).unwrap();
    let (config, store) = history(&server, Some(PASSWORD));
    store.connect().await.unwrap();
    let mut shown = format!("{config:?} {store:?}");
    for wrong in [Some("wrong horse 4712"), None] {
        let (config, store) = history(&server, wrong);
        let told = store.connect().await;
        assert!(matches!(told, Err(StoreError::Failed(_))), "{told:?}");
        shown.push_str(&format!("{config:?} {store:?} {told:?}"));
    }
    shown.push_str(&log.0.lock().unwrap());
    assert!(shown.contains("cannot be used"), "{shown}");
    assert!(!shown.contains("horse"), "{shown}");
}

/// What is logged, as text: every field of every event and span.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut log = self.0.lock().unwrap();
        log.push_str(&format!("{field}={value:?} "));
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
