//! Writes the table of embedded files as Rust source: each file with its compressed copies, type
//! and hash.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::sources::hex;

/// Files below this are named by their content, so they never change.
const IMMUTABLE: &str = "assets/";
/// Characters of a hash that are kept: 64 bits, enough to tell versions apart.
const HASH_CHARACTERS: usize = 16;

/// Writes the table of the files in `dist` to `to`.
pub(crate) fn write(dist: &Path, to: &Path, built: bool) -> Result<(), Box<dyn Error>> {
    let mut files = BTreeSet::new();
    collect(dist, "", &mut files)?;
    let mut whole = Sha256::new();
    let mut rows = String::new();
    for name in files.iter().filter(|name| !is_compressed(name, &files)) {
        let content = fs::read(dist.join(name))?;
        let hash = Sha256::digest(&content);
        whole.update(name);
        whole.update(hash);
        writeln!(
            rows,
            "    ({name:?}, Asset {{ bytes: {}, brotli: {}, gzip: {}, content_type: {:?}, \
             hash: {:?}, immutable: {} }}),",
            include(dist, name),
            variant(dist, name, "br", &files),
            variant(dist, name, "gz", &files),
            content_type(name),
            short(&hash),
            built && name.starts_with(IMMUTABLE),
        )?;
    }
    let source = format!(
        "pub(crate) const BUILT: bool = {built};\npub(crate) const HASH: &str = {:?};\n\
         pub(crate) static FILES: &[(&str, Asset)] = &[\n{rows}];\n",
        short(&whole.finalize()),
    );
    if fs::read_to_string(to).is_ok_and(|found| found == source) {
        return Ok(());
    }
    fs::write(to, source)?;
    Ok(())
}

fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeSet<String>,
) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|name| format!("not a name: {name:?}"))?;
        let name = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name);
        }
    }
    Ok(())
}

fn is_compressed(name: &str, files: &BTreeSet<String>) -> bool {
    let plain = name
        .strip_suffix(".br")
        .or_else(|| name.strip_suffix(".gz"));
    plain.is_some_and(|plain| files.contains(plain))
}

fn variant(dist: &Path, name: &str, suffix: &str, files: &BTreeSet<String>) -> String {
    let name = format!("{name}.{suffix}");
    if files.contains(&name) {
        format!("Some({})", include(dist, &name))
    } else {
        "None".into()
    }
}

fn include(dist: &Path, name: &str) -> String {
    format!("include_bytes!({:?})", dist.join(name))
}

fn short(hash: &[u8]) -> String {
    hex(hash).chars().take(HASH_CHARACTERS).collect()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
