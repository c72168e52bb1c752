//! The built hub, driven by its command line.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::SOON;
use crate::process::{ENDED, Process};

/// A hub that runs, or that was killed and can be started again.
#[derive(Debug)]
pub struct Hub {
    process: Process,
    state: PathBuf,
    policy: String,
    starts: u32,
    calls: u32,
}

/// What a call of the command line answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// A call that goes on: adding a device, watching.
#[derive(Debug)]
pub struct Job {
    process: Process,
}

/// `ingle watch`.
#[derive(Debug)]
pub struct Watch {
    process: Process,
}

impl Hub {
    pub(crate) fn start(state: &Path, policy: &str) -> Self {
        Self {
            process: serve(state, policy, 0),
            state: state.to_owned(),
            policy: policy.to_owned(),
            starts: 0,
            calls: 0,
        }
    }

    /// Calls the command line and waits for the answer.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn call(&mut self, arguments: &[&str]) -> Answer {
        let job = self.begin(arguments);
        job.end()
    }

    /// Calls the command line for JSON; it must succeed.
    ///
    /// # Panics
    /// When it does not.
    pub fn json(&mut self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        self.call(&arguments).done().json()
    }

    /// Begins a call and does not wait.
    pub fn begin(&mut self, arguments: &[&str]) -> Job {
        self.calls += 1;
        let log = self.state.with_extension(format!("call{}.log", self.calls));
        let mut command = ingle(&self.state);
        Job {
            process: Process::start(command.args(arguments), &log),
        }
    }

    /// Adds a device under a name; it must succeed.
    pub fn add(&mut self, code: &str, name: &str) {
        self.call(&["add", code, "--name", name]).done();
    }

    /// The value of an attribute, and whether it is `known` or `stale`, from the hub's memory.
    /// Waits for the first report of a device that was just added.
    ///
    /// # Panics
    /// When the hub has none.
    pub fn remembered(&mut self, path: &str) -> (Value, String) {
        self.watch(&[path]);
        let answer = self.json(&["read", path, "--cached"]);
        let first = &answer["values"][0];
        let quality = first["quality"].as_str().expect("a value has a quality");
        (first["value"].clone(), quality.to_owned())
    }

    /// The value of an attribute, asked of the device.
    pub fn read(&mut self, path: &str) -> Value {
        self.json(&["read", path])["values"][0]["value"].clone()
    }

    /// The nodes.
    ///
    /// # Panics
    /// When the hub does not tell them.
    pub fn nodes(&mut self) -> Vec<Value> {
        let answer = self.json(&["nodes"]);
        answer["nodes"]
            .as_array()
            .expect("nodes are a list")
            .clone()
    }

    /// The node of this name.
    ///
    /// # Panics
    /// When there is none.
    pub fn node(&mut self, slug: &str) -> Value {
        let nodes = self.nodes();
        let node = nodes.iter().find(|node| node["slug"] == slug);
        node.unwrap_or_else(|| panic!("no node {slug} among {nodes:#?}"))
            .clone()
    }

    /// Watches paths, of which at least one has a value, from the present on.
    ///
    /// # Panics
    /// When the hub tells none.
    pub fn watch(&mut self, paths: &[&str]) -> Watch {
        let arguments = [&["watch", "--json"], paths].concat();
        let mut watch = Watch {
            process: self.begin(&arguments).process,
        };
        watch.change("the present value", |change| change["kind"] == "value");
        watch.process.unread();
        watch
    }

    /// Waits until its only node answers.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait_until_online(&mut self) {
        let mut watch = Watch {
            process: self.begin(&["watch", "--json"]).process,
        };
        watch.change("the node to be online", |change| {
            let came = change["kind"] == "reachability" && change["reachability"] == "online";
            came || change["quality"] == "known"
        });
    }

    /// Kills the hub, as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Ends the hub as the service manager would.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn stop(&mut self) {
        let status = self.process.terminate(SOON);
        assert!(status.success(), "{status}");
    }

    /// Starts it again on the same state, and waits until it answers.
    pub fn restart(&mut self) {
        self.process.kill();
        self.starts += 1;
        self.process = serve(&self.state, &self.policy, self.starts);
    }
}

impl Job {
    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end.
    #[must_use]
    pub fn end(self) -> Answer {
        self.end_within(2 * SOON)
    }

    /// Waits for its end, for so long.
    ///
    /// # Panics
    /// When it does not end.
    #[must_use]
    pub fn end_within(mut self, within: Duration) -> Answer {
        let mut out = String::new();
        let ended = self.process.wait_for(within, |line| {
            out.push_str(line);
            out.push('\n');
            None::<()>
        });
        let why = ended.expect_err("no line was picked");
        assert!(why.ends_with(ENDED), "{why}\n{out}\n{}", self.process.log());
        Answer {
            code: self.process.code(),
            out,
            err: self.process.log(),
        }
    }

    /// Waits until its error output, where progress is told, holds a text.
    ///
    /// # Panics
    /// When it does not.
    pub fn wait_until_said(&mut self, text: &str) {
        let said = self.process.wait_for_error(SOON, text);
        said.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Interrupts it, as a key would.
    pub fn kill(mut self) {
        self.process.kill();
    }
}

impl Answer {
    /// The answer, which must be of a call that did what was asked.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn done(self) -> Self {
        self.ended_with(0)
    }

    /// The answer, which must have this exit code.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }

    /// Its last line of output as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.out);
        parsed.unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Whether it tells a text on either output.
    #[must_use]
    pub fn tells(&self, text: &str) -> bool {
        self.out.contains(text) || self.err.contains(text)
    }
}

impl Watch {
    /// Waits for a known value of an attribute by its name (`OnOff.OnOff`); when it came.
    ///
    /// # Panics
    /// When it does not come.
    pub fn value(&mut self, name: &str, value: &Value) -> Instant {
        self.change(&format!("{name} = {value}"), |change| {
            let is_known = change["kind"] == "value" && change["quality"] == "known";
            is_known && change["name"] == name && change["value"] == *value
        })
    }

    /// Waits for an event by its name (`Switch.InitialPress`); when it came.
    ///
    /// # Panics
    /// When it does not come.
    pub fn event(&mut self, name: &str) -> Instant {
        self.change(name, |change| {
            change["kind"] == "event" && change["name"] == name
        })
    }

    /// Waits for a change; when it came.
    ///
    /// # Panics
    /// When it does not come.
    pub fn change(&mut self, what: &str, matches: impl Fn(&Value) -> bool) -> Instant {
        let found = self.process.wait_for(SOON, |line| {
            let change: Value = serde_json::from_str(line).ok()?;
            matches(&change).then_some(())
        });
        let ((), at) = found.unwrap_or_else(|error| panic!("wait for {what}: {error}"));
        at
    }
}

/// How long `ingle serve` may take to say that it is ready; it is measured elsewhere.
const READY_WITHIN: Duration = SOON;

fn serve(state: &Path, policy: &str, starts: u32) -> Process {
    let log = state.with_extension(format!("{starts}.log"));
    let mut command = ingle(state);
    command.args(["serve", "--listen", "127.0.0.1:0", "--attestation", policy]);
    command.args(["--log", "debug"]);
    let mut process = Process::start(&mut command, &log);
    let ready = process.wait_for(READY_WITHIN, |line| {
        line.starts_with("ready ").then_some(())
    });
    ready.unwrap_or_else(|error| panic!("{error}\n{}", process.log()));
    process
}

fn ingle(state: &Path) -> Command {
    let mut command = Command::new(binary());
    command.arg("--state-dir").arg(state);
    command
}

/// The built hub: `INGLE_BIN`, or beside this test's own folder.
pub(crate) fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("INGLE_BIN") {
        return path.into();
    }
    let this = std::env::current_exe().expect("the test binary has a path");
    let built = this
        .parent()
        .and_then(Path::parent)
        .map(|profile| profile.join("ingle"));
    let built = built.expect("tests are built below a profile's folder");
    assert!(
        built.is_file(),
        "{} is not built: cargo build, or set INGLE_BIN",
        built.display()
    );
    built
}
