//! Listening: one router behind two doors, TCP on the loopback interface and a Unix socket.
//!
//! Every connection is a task with limits: how long a request's head may take, how many headers
//! and octets it may have, how many connections there may be. On stop the listeners close at
//! once, requests under way are finished, and event streams end.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::{Extension, Router};
use hub_runtime::{HubHandle, Supervisor};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rule_runner::RulesHandle;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::assets::Assets;
use crate::dto::BadFile;
use crate::guard::Door;
use crate::history::KeptHistory;
use crate::routes;
use crate::state::Api;

/// Connections that may be open at once: browsers hold six each, panels and event streams one.
const CONNECTIONS: usize = 2_048;
/// How long a request's head may take to arrive.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Headers that a request may have.
const HEADERS: usize = 64;
/// Octets that a request's head may have.
const HEAD_OCTETS: usize = 32 * 1024;
/// How long to wait when the system has no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// What the API is made of.
pub struct ApiConfig {
    /// Where to listen on TCP; port 0 takes a free one. Must be a loopback address.
    pub listen: SocketAddr,
    /// Where to listen for local programs.
    pub socket: PathBuf,
    /// The page.
    pub assets: Arc<dyn Assets>,
    /// What the program says of itself.
    pub about: About,
}

/// What is wrong with files of the folder of rules, as whoever watches the folder tells it. Clones
/// are the same list.
#[derive(Clone, Debug, Default)]
pub struct BadFiles(Arc<Mutex<Vec<BadFile>>>);

impl BadFiles {
    /// Replaces the list.
    pub fn set(&self, files: Vec<BadFile>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = files;
    }

    /// The list.
    #[must_use]
    pub fn list(&self) -> Vec<BadFile> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What the program says of itself in the API's status.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The program's version.
    pub version: String,
    /// How secrets are protected at rest, in words.
    pub protection: String,
    /// The names of the bridges that are configured.
    pub bridges: Vec<String>,
    /// What is wrong with files of the folder of rules.
    pub files: BadFiles,
}

/// Where the API listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The address of the page.
    pub url: String,
    /// The address on TCP, with the port that was taken.
    pub address: SocketAddr,
}

/// Why the API could not begin to listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is not a loopback one.
    #[error(
        "{0} can be reached from other machines, but nobody has to sign in yet; \
         listen on 127.0.0.1 or [::1]"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error("listen on {address}")]
    Tcp {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Another hub answers on the socket.
    #[error("another hub runs on {}", .0.display())]
    InUse(PathBuf),
    /// The socket cannot be made.
    #[error("make the socket {}", path.display())]
    Socket {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Begins to serve the API and the page; both doors are open when this returns. Without a history it
/// answers nothing of the past.
///
/// # Errors
/// When one of the two cannot be listened on.
pub async fn serve(
    config: ApiConfig,
    hub: HubHandle,
    rules: RulesHandle,
    history: Option<KeptHistory>,
    supervisor: &Supervisor,
) -> Result<Bound, ServeError> {
    if !config.listen.ip().is_loopback() {
        return Err(ServeError::NotLoopback(config.listen));
    }
    let tcp = |source| ServeError::Tcp {
        address: config.listen,
        source,
    };
    let listener = TcpListener::bind(config.listen).await.map_err(tcp)?;
    let address = listener.local_addr().map_err(tcp)?;
    let local = bind_socket(&config.socket).await?;

    let api = Api::new(hub, rules, history, config.about, config.assets, supervisor);
    let doors = Doors {
        router: routes::router(api),
        connections: Arc::new(Semaphore::new(CONNECTIONS)),
        supervisor: supervisor.clone(),
        stop: supervisor.stop_token(),
    };
    let tcp_door = doors.clone();
    supervisor.spawn("api-tcp", async move { tcp_door.serve_tcp(listener).await });
    let socket = config.socket;
    supervisor.spawn("api-local", async move {
        doors.serve_local(local).await;
        let _ = std::fs::remove_file(&socket);
    });
    let url = format!("http://{address}/");
    info!(%url, "API listens");
    Ok(Bound { url, address })
}

/// Listens on the socket, for its owner alone. One that a killed hub left is replaced.
async fn bind_socket(path: &Path) -> Result<UnixListener, ServeError> {
    if UnixStream::connect(path).await.is_ok() {
        return Err(ServeError::InUse(path.to_owned()));
    }
    let failed = |source| ServeError::Socket {
        path: path.to_owned(),
        source,
    };
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

#[derive(Clone)]
struct Doors {
    router: Router,
    connections: Arc<Semaphore>,
    supervisor: Supervisor,
    stop: CancellationToken,
}

impl Doors {
    async fn serve_tcp(self, listener: TcpListener) {
        let router = self.router.clone().layer(Extension(Door::Loopback));
        // Cancel safe: accept is, and the token is.
        while let Some(accepted) = self.stop.run_until_cancelled(listener.accept()).await {
            if let Some((stream, _)) = self.accepted(accepted).await {
                let _ = stream.set_nodelay(true);
                self.connection(stream, router.clone());
            }
        }
    }

    async fn serve_local(self, listener: UnixListener) {
        let router = self.router.clone().layer(Extension(Door::Local));
        while let Some(accepted) = self.stop.run_until_cancelled(listener.accept()).await {
            if let Some((stream, _)) = self.accepted(accepted).await {
                self.connection(stream, router.clone());
            }
        }
    }

    /// The connection, or a pause when the system has no means for one.
    async fn accepted<T>(&self, accepted: io::Result<T>) -> Option<T> {
        match accepted {
            Ok(connection) => Some(connection),
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                None
            }
        }
    }

    fn connection<S>(&self, stream: S, router: Router)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned() else {
            debug!("too many connections; one more was closed");
            return;
        };
        let stop = self.stop.clone();
        self.supervisor.spawn("api-connection", async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_WITHIN)
                .max_headers(HEADERS)
                .max_buf_size(HEAD_OCTETS)
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
                .with_upgrades();
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                debug!(%error, "a connection ended badly");
            }
            drop(permit);
        });
    }
}
