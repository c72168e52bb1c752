//! What every store keeps.

use std::sync::Arc;

use recorder::HistoryStore;
use recorder::conformance::{Opening, Subject, run_all};

use crate::server::Server;

#[tokio::test]
async fn keeps_what_every_store_keeps() {
    let server = Server::shared();
    let open = |place: u32| -> Opening {
        Box::pin(async move {
            let store: Arc<dyn HistoryStore> = Arc::new(server.history(&format!("place_{place}")));
            store
        })
    };
    let subject = Subject {
        open: &open,
        lasts: true,
    };
    let kept = run_all(&subject).await;
    assert!(kept.is_ok(), "{}", kept.unwrap_err());
}
