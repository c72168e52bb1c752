//! A reader of another make for the files that the hub writes: hyparquet.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What a Parquet file says: its columns and how many rows it has, then each row.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn parquet(file: &Path) -> (Value, Vec<Value>) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/parquet.mjs");
    let read = Command::new("node").arg(script).arg(file).output();
    let read = read.unwrap_or_else(|error| panic!("start node: {error}"));
    let (out, err) = (
        String::from_utf8_lossy(&read.stdout),
        String::from_utf8_lossy(&read.stderr),
    );
    assert!(read.status.success(), "{}: {err}", file.display());
    let mut lines = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    let head = lines.next().expect("the first line is the schema");
    (head, lines.collect())
}
