//! Turns the data files into the `static` tables that `src/spec/table.rs` includes.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a build script reads and writes files and speaks to cargo on stdout"
)]

mod aspects;
mod conformance;
mod datatypes;
mod elements;
mod specification;
mod units;

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::specification::{Quantities, Specification};

const SPECIFICATION: &str = "data/matter-1.6.json";
const QUANTITIES: &str = "data/quantities.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build");
    let specification: Specification = read(SPECIFICATION)?;
    let quantities: Quantities = read(QUANTITIES)?;
    let folder = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    let tables = elements::tables(&specification, &quantities)?;
    std::fs::write(PathBuf::from(folder).join("spec.rs"), tables)?;
    Ok(())
}

fn read<T: DeserializeOwned>(path: &str) -> Result<T, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={path}");
    let file = File::open(Path::new(path)).map_err(|error| format!("{path}: {error}"))?;
    let parsed = serde_json::from_reader(BufReader::new(file));
    parsed.map_err(|error| format!("{path}: {error}").into())
}
