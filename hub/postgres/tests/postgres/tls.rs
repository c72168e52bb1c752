//! Encrypted connections: whom they are made to, and whom not.

use std::fs;
use std::path::PathBuf;

use history_postgres::{PgConfig, PgConfigError, PgHistory};
use hub_runtime::Supervisor;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use recorder::StoreError;

use crate::server::{Different, Server};

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn history(
    server: &Server,
    mode: &str,
    ca_file: Option<PathBuf>,
) -> Result<PgHistory, PgConfigError> {
    let port = server.port;
    let mut config = PgConfig::new(format!(
        "postgresql://ingle@localhost:{port}/postgres?sslmode={mode}"
    ));
    config.ca_file = ca_file;
    config.schema = format!("tls_{}", mode.replace('-', "_"));
    PgHistory::new(&config, &Supervisor::new())
}

/// Whether the sessions of a schema's hub are encrypted.
async fn is_encrypted(server: &Server, mode: &str) -> bool {
    let schema = format!("tls_{}", mode.replace('-', "_"));
    let sql = "SELECT ssl FROM pg_stat_ssl s JOIN pg_locks l USING (pid) WHERE l.locktype = 'advisory' \
               AND l.objid = (SELECT oid FROM pg_namespace WHERE nspname = $1)";
    let row = server.person().await.query_one(sql, &[&schema]).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn a_server_is_asked_who_it_is_where_that_is_wanted() {
    let trusted = authority();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &trusted).unwrap();
    let server = Server::start(&Different {
        settings: "ssl = on".to_owned(),
        files: vec![
            ("server.crt", certificate.pem()),
            ("server.key", key.serialize_pem()),
        ],
        on_loopback: true,
    });
    let file = |name: &str, text: String| {
        let path = server.directory.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let right = file("right.pem", trusted.pem());
    let wrong = file("wrong.pem", authority().pem());

    let store = history(&server, "verify-full", Some(right)).unwrap();
    store.connect().await.unwrap();
    assert!(is_encrypted(&server, "verify-full").await);

    let store = history(&server, "verify-full", Some(wrong)).unwrap();
    let told = store.connect().await;
    let Err(StoreError::Failed(words)) = &told else {
        panic!("{told:?}");
    };
    assert!(words.contains("certificate"), "{words}");

    let store = history(&server, "prefer", None).unwrap();
    store.connect().await.unwrap();
    assert!(is_encrypted(&server, "prefer").await);

    let store = history(&server, "disable", None).unwrap();
    store.connect().await.unwrap();
    assert!(!is_encrypted(&server, "disable").await);
}

#[tokio::test]
async fn a_server_without_encryption_is_no_good_where_it_is_wanted() {
    let server = Server::start(&Different {
        on_loopback: true,
        ..Different::default()
    });
    let file = server.directory.join("ca.pem");
    fs::write(&file, authority().pem()).unwrap();
    let store = history(&server, "verify-full", Some(file)).unwrap();
    let told = store.connect().await;
    assert!(matches!(told, Err(StoreError::Failed(_))), "{told:?}");
    history(&server, "prefer", None)
        .unwrap()
        .connect()
        .await
        .unwrap();
}

#[test]
fn a_file_that_has_no_certificates_is_told() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let _within = runtime.enter();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("empty.pem");
    fs::write(&file, "nothing").unwrap();
    let mut config = PgConfig::new("postgresql://ingle@localhost/home?sslmode=verify-full");
    for path in [file, directory.path().join("missing.pem")] {
        config.ca_file = Some(path);
        let told = PgHistory::new(&config, &Supervisor::new());
        assert!(
            matches!(told, Err(PgConfigError::Authorities { .. })),
            "{told:?}"
        );
    }
}
