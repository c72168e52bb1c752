//! A test runs itself anew in namespaces of its own.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, Stdio};

use crate::lab::Lab;

/// Set within the namespaces.
const INSIDE: &str = "INTEROP_INSIDE";

/// Runs a test by its full path in namespaces of its own.
///
/// # Panics
/// When the test fails.
pub fn run_isolated(path: &str, test: impl FnOnce(&mut Lab)) {
    if std::env::var_os(INSIDE).is_some() {
        return run_here(test);
    }
    // libtest leaves the crate's name out of a test's path.
    let name = path.split_once("::").map_or(path, |(_crate, name)| name);
    let this = std::env::current_exe().expect("the test binary has a path");
    let output = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--net",
            "--pid",
            "--fork",
            "--kill-child",
        ])
        .args(["--", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"])
        .arg(this)
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .output()
        .expect("unshare runs (Debian: util-linux)");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{name} failed in its namespaces ({})\n{stdout}\n{stderr}\n\
         Without user namespaces unshare says so above: run as root, or allow them.",
        output.status,
    );
    // The first of them stands behind the test's name.
    for line in stdout.lines() {
        if let Some(at) = line.find(Lab::MEASURED) {
            println!("{}", line.get(at..).unwrap_or_default());
        }
    }
}

fn run_here(test: impl FnOnce(&mut Lab)) {
    let mut lab = Lab::new();
    let result = catch_unwind(AssertUnwindSafe(|| {
        test(&mut lab);
        lab.finish();
    }));
    if let Err(panic) = result {
        lab.print_logs();
        resume_unwind(panic);
    }
}
