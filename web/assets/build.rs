//! Decides which page is embedded and writes the table of its files.
//!
//! In this order: the folder that `INGLE_WEB_DIST` names; a build of `web/app` with Node, in
//! `OUT_DIR` (the source tree is never written to); a page that says how to build it. With
//! `INGLE_WEB_REQUIRE=1` the last is an error: packages and CI never ship an empty page.

#[path = "build/npm.rs"]
mod npm;
#[path = "build/sources.rs"]
mod sources;
#[path = "build/table.rs"]
mod table;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    for name in ["INGLE_WEB_DIST", "INGLE_WEB_REQUIRE"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let required = env::var_os("INGLE_WEB_REQUIRE").is_some_and(|value| value == "1");
    let (dist, built) = match choose(&out) {
        Ok(dist) => (dist, true),
        Err(reason) if required => {
            return Err(format!("INGLE_WEB_REQUIRE=1, but {reason}").into());
        }
        Err(reason) => (fallback(&out, reason.as_ref())?, false),
    };
    table::write(&dist, &out.join("table.rs"), built)?;
    Ok(())
}

/// The folder of the built page.
fn choose(out: &Path) -> Result<PathBuf, Box<dyn Error>> {
    if let Some(dist) = env::var_os("INGLE_WEB_DIST").filter(|dist| !dist.is_empty()) {
        let dist = PathBuf::from(dist);
        if !dist.join("index.html").is_file() {
            return Err(format!("INGLE_WEB_DIST={} has no index.html", dist.display()).into());
        }
        println!("cargo::rerun-if-changed={}", dist.display());
        return Ok(dist);
    }
    let manifest = env::var_os("CARGO_MANIFEST_DIR").ok_or("CARGO_MANIFEST_DIR is not set")?;
    let app = Path::new(&manifest).join("../app");
    let files = sources::list(&app)?;
    npm::build(&app, &files, out)
}

/// A page that says what is missing; tried anew at every build.
fn fallback(out: &Path, reason: &dyn Error) -> Result<PathBuf, Box<dyn Error>> {
    for line in reason.to_string().lines() {
        println!("cargo::warning={line}");
    }
    println!(
        "cargo::warning=the page is not built, a notice is embedded in its place; install Node >= 20.19 with npm, or set INGLE_WEB_DIST to a built page"
    );
    println!(
        "cargo::rerun-if-changed={}",
        out.join("never-written").display()
    );
    let dist = out.join("fallback");
    fs::create_dir_all(&dist)?;
    fs::write(dist.join("index.html"), include_str!("build/fallback.html"))?;
    Ok(dist)
}
