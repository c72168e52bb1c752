//! Builds the page with Node, in a folder of its own below `OUT_DIR`.
//!
//! Libraries are installed once for a lock file, the page is built once for a hash of its sources,
//! so a build that changes nothing here starts no process.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sources::{hash, hex};
use sha2::{Digest, Sha256};

/// The oldest Node that runs the build.
const NODE: (u32, u32) = (20, 19);
/// How much of a failed command's output is shown.
const SHOWN_LINES: usize = 12;

/// The folder of the page built from these sources.
pub(crate) fn build(app: &Path, files: &[PathBuf], out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let work = out.join("app");
    let dist = work.join("dist");
    let stamp = work.join("built");
    let wanted = hash(app, files)?;
    if holds(&stamp, &wanted) && dist.join("index.html").is_file() {
        return Ok(dist);
    }
    check_node()?;
    let _ = fs::remove_file(&stamp);
    copy(app, files, &work)?;
    install(&work)?;
    run(
        "vite build",
        &work,
        "node",
        &["node_modules/vite/bin/vite.js", "build"],
    )?;
    fs::write(stamp, wanted)?;
    Ok(dist)
}

/// Installs the libraries, unless those of this lock file are there.
fn install(work: &Path) -> Result<(), Box<dyn Error>> {
    let stamp = work.join("installed");
    let wanted = hex(&Sha256::digest(fs::read(work.join("package-lock.json"))?));
    if holds(&stamp, &wanted) {
        return Ok(());
    }
    let _ = fs::remove_file(&stamp);
    let options = [
        "ci",
        "--ignore-scripts",
        "--omit=dev",
        "--fetch-retries=1",
        "--fetch-timeout=30000",
    ];
    run(
        "npm ci",
        work,
        if cfg!(windows) { "npm.cmd" } else { "npm" },
        &options,
    )?;
    fs::write(stamp, wanted)?;
    Ok(())
}

fn check_node() -> Result<(), Box<dyn Error>> {
    let output = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|error| format!("node does not start: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout);
    let mut numbers = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(str::parse::<u32>);
    if let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next())
        && (major, minor) >= NODE
    {
        return Ok(());
    }
    let (major, minor) = NODE;
    Err(format!(
        "node is {}, the page needs {major}.{minor} or newer",
        version.trim()
    )
    .into())
}

/// Replaces the sources in `work` by the present ones, leaving the installed libraries.
fn copy(app: &Path, files: &[PathBuf], work: &Path) -> Result<(), Box<dyn Error>> {
    for folder in ["src", "public", "dist"] {
        let _ = fs::remove_dir_all(work.join(folder));
    }
    for file in files {
        let to = work.join(file);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(app.join(file), to)?;
    }
    Ok(())
}

fn run(what: &str, folder: &Path, program: &str, args: &[&str]) -> Result<(), Box<dyn Error>> {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .env("NODE_ENV", "production")
        .env("NO_COLOR", "1")
        .env_remove("npm_config_prefix")
        .output()
        .map_err(|error| format!("{what}: {program} does not start: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let shown = lines.iter().skip(lines.len().saturating_sub(SHOWN_LINES));
    let shown = shown.copied().collect::<Vec<_>>().join("\n");
    Err(format!("{what} failed ({}):\n{shown}", output.status).into())
}

fn holds(stamp: &Path, wanted: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|found| found == wanted)
}
