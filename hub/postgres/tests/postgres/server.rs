//! A PostgreSQL server of the tests' own: in a temporary directory, by whatever version is installed.
//!
//! It listens on a socket in its directory, and on a loopback port when asked to. A small script owns
//! it, and stops it when the test's end of a pipe is gone, which is so however the test ends.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use history_postgres::{PgConfig, PgHistory};
use hub_runtime::Supervisor;
use recorder::StoreError;
use tokio_postgres::{Client, NoTls};

/// How long anything of a server may take, on a machine that does much else.
const PATIENCE: u32 = 60_000;
/// Milliseconds between two looks.
const LOOK: u32 = 20;
/// Whom the server runs as when the tests run as root, which it refuses: nobody.
const NOBODY: u32 = 65_534;
/// Starts the server `$1` in `$2`; stops it when told to or when the pipe ends, and leaves the directory
/// alone only when told so. A server that has just begun to start is deaf to the first signals.
const OWNER: &str = r#"
"$1" -D "$2/data" >"$2/log" 2>&1 &
read -r word
while kill -INT $! 2>/dev/null; do sleep 0.1; done
[ "$word" = leave ] || rm -rf "$2"
"#;

/// How a server differs from the usual.
#[derive(Default)]
pub(crate) struct Different {
    /// Lines for `postgresql.conf`.
    pub(crate) settings: String,
    /// Files for its directory, by name.
    pub(crate) files: Vec<(&'static str, String)>,
    /// Whether it listens on the loopback interface too.
    pub(crate) on_loopback: bool,
}

/// A running server.
pub(crate) struct Server {
    programs: PathBuf,
    pub(crate) directory: PathBuf,
    pub(crate) port: u16,
    owner: Mutex<Option<(Child, ChildStdin)>>,
}

impl Server {
    /// The one that tests share which do it no harm.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(&Different::default()))
    }

    /// One of a test's own.
    pub(crate) fn start(different: &Different) -> Self {
        let programs = programs();
        // Removed by the owner, which the server's own user can.
        let directory = tempfile::Builder::new()
            .prefix("ingle-postgres-")
            .tempdir()
            .unwrap()
            .keep();
        give_to_server(&directory);
        let data = directory.join("data");
        let made = as_server(&programs.join("initdb"))
            .args([
                "-U",
                "ingle",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ])
            .arg("-D")
            .arg(&data)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        for (name, text) in &different.files {
            let path = data.join(name);
            fs::write(&path, text).unwrap();
            give_to_server(&path);
        }
        let port = match different.on_loopback {
            true => free_port(),
            false => 5432,
        };
        let listens = if different.on_loopback {
            "localhost"
        } else {
            ""
        };
        let mut settings = File::options()
            .append(true)
            .open(data.join("postgresql.conf"))
            .unwrap();
        write!(
            settings,
            "listen_addresses = '{listens}'\nport = {port}\nfsync = off\nmax_connections = 60\n\
             unix_socket_directories = '{}'\n{}\n",
            directory.display(),
            different.settings
        )
        .unwrap();
        let server = Self {
            programs,
            directory,
            port,
            owner: Mutex::default(),
        };
        server.run();
        server
    }

    /// Starts the server, after [`Self::kill`] once more.
    pub(crate) fn run(&self) {
        let postgres = self.programs.join("postgres");
        // What a killed server leaves holds its memory until its processes have gone.
        let came_up = wait_for(|| {
            let _ = fs::remove_file(self.directory.join("log"));
            let mut owner = as_server(Path::new("sh"))
                .args(["-c", OWNER, "owner"])
                .args([&postgres, &self.directory])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                // Who ends the tests' processes does not end this one, which cleans up.
                .process_group(0)
                .spawn()
                .unwrap();
            let pipe = owner.stdin.take().unwrap();
            let mut settled = None;
            wait_for(|| {
                settled = self.settled();
                settled.is_some()
            });
            *self.owner.lock().unwrap() = Some((owner, pipe));
            let is_ready = settled == Some(true);
            if !is_ready {
                self.leave();
            }
            is_ready
        });
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        assert!(came_up, "the server does not start: {log}");
    }

    /// Whether it accepts connections, or has given up; nothing while it is starting.
    fn settled(&self) -> Option<bool> {
        let status = fs::read_to_string(self.directory.join("data/postmaster.pid"));
        if status.is_ok_and(|text| text.lines().any(|line| line.trim() == "ready")) {
            return Some(true);
        }
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        log.contains("FATAL").then_some(false)
    }

    /// Kills the server, as losing its power would, but for the disk.
    pub(crate) fn kill(&self) {
        let status = self.directory.join("data/postmaster.pid");
        let text = fs::read_to_string(&status).unwrap();
        let pid = text.lines().next().unwrap();
        let killed = Command::new("kill").args(["-9", pid]).status().unwrap();
        assert!(killed.success());
        self.leave();
        fs::write(&status, "").unwrap();
        fs::remove_file(&status).unwrap();
    }

    /// Ends the owner, and leaves the directory.
    fn leave(&self) {
        if let Some((mut owner, mut pipe)) = self.owner.lock().unwrap().take() {
            let _ = writeln!(pipe, "leave");
            drop(pipe);
            owner.wait().unwrap();
        }
    }

    /// Where its socket is.
    pub(crate) fn url(&self) -> String {
        let directory = self.directory.display();
        format!(
            "host={directory} port={} user=ingle dbname=postgres",
            self.port
        )
    }

    /// A history in a schema.
    pub(crate) fn history(&self, schema: &str) -> PgHistory {
        let mut config = PgConfig::new(self.url());
        schema.clone_into(&mut config.schema);
        PgHistory::new(&config, &Supervisor::new()).unwrap()
    }

    /// A person at the database.
    pub(crate) async fn person(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        Supervisor::new().spawn("a person's connection", async {
            let _ = connection.await;
        });
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((mut owner, pipe)) = self.owner.lock().unwrap().take() {
            drop(pipe);
            let _ = owner.wait();
        } else {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

/// Has a call made until it is not busy any more.
pub(crate) async fn until_not_busy<T>(
    mut call: impl AsyncFnMut() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    for _ in 0..PATIENCE / LOOK {
        match call().await {
            Err(StoreError::Busy(_)) => {
                tokio::time::sleep(Duration::from_millis(LOOK.into())).await;
            }
            other => return other,
        }
    }
    call().await
}

/// Looks until it is so; whether it was in time.
fn wait_for(mut is_so: impl FnMut() -> bool) -> bool {
    for _ in 0..PATIENCE / LOOK {
        if is_so() {
            return true;
        }
        thread::sleep(Duration::from_millis(LOOK.into()));
    }
    false
}

/// Where the server's programs are.
fn programs() -> PathBuf {
    let asked = Command::new("pg_config").arg("--bindir").output();
    let told = asked.ok().filter(|output| output.status.success());
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut debian: Vec<_> = debian.flatten().map(|e| e.path().join("bin")).collect();
    debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = told.into_iter().chain(debian.into_iter().rev());
    let mut all = all.chain(std::env::split_paths(&path));
    all.find(|place| place.join("initdb").exists() && place.join("postgres").exists())
        .expect("there is no PostgreSQL server: install it (Debian: apt-get install postgresql)")
}

/// A program run as whom the server runs as.
fn as_server(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={NOBODY}"))
        .arg(format!("--regid={NOBODY}"))
        .arg("--clear-groups")
        .arg(program);
    // The tests' own may be closed to nobody.
    command.current_dir("/");
    command
}

fn give_to_server(path: &Path) {
    let mode = if path.is_dir() { 0o700 } else { 0o600 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    if is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// A port of the loopback interface that nobody has.
fn free_port() -> u16 {
    let listener = TcpListener::bind("localhost:0").unwrap();
    listener.local_addr().unwrap().port()
}
