//! Licences of everything that is linked: permissive ones, and MPL file by file.

use std::io;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences that may be linked into the program.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// What cargo says of the workspace and all it depends on, on this platform.
///
/// # Errors
/// When cargo fails; offline it does when something was never fetched.
pub fn metadata() -> io::Result<Value> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", &platform])
        .current_dir(top)
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!(
            "cargo metadata (run `cargo fetch --locked` first): {}",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    serde_json::from_slice(&output.stdout).map_err(io::Error::other)
}

/// Packages whose licence is not allowed, or not stated.
#[must_use]
pub fn not_allowed(metadata: &Value) -> Vec<String> {
    let packages = metadata.get("packages").and_then(Value::as_array);
    packages
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let of = |key| package.get(key).and_then(Value::as_str).unwrap_or_default();
            let (name, version, licence) = (of("name"), of("version"), of("license"));
            (!is_allowed(licence)).then(|| {
                format!(
                    "{name} {version}: licence {licence:?} is not allowed: replace the library, \
                     or add the licence to tests/arch/src/licences.rs and say why it is permissive"
                )
            })
        })
        .collect()
}

/// Whether an SPDX expression leaves a choice of allowed licences. `/` is the old way to say OR.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest) == Some(true) && rest.is_empty()
}

fn any_of(words: &mut &[&str]) -> Option<bool> {
    let mut allowed = all_of(words)?;
    while take(words, "OR") {
        allowed |= all_of(words)?;
    }
    Some(allowed)
}

fn all_of(words: &mut &[&str]) -> Option<bool> {
    let mut allowed = one(words)?;
    while take(words, "AND") {
        allowed &= one(words)?;
    }
    Some(allowed)
}

fn one(words: &mut &[&str]) -> Option<bool> {
    if take(words, "(") {
        let allowed = any_of(words)?;
        return take(words, ")").then_some(allowed);
    }
    let (&licence, rest) = words.split_first()?;
    *words = rest;
    if !take(words, "WITH") {
        return Some(ALLOWED.contains(&licence));
    }
    let (exception, rest) = words.split_first()?;
    *words = rest;
    Some(ALLOWED.contains(&format!("{licence} WITH {exception}").as_str()))
}

fn take(words: &mut &[&str], word: &str) -> bool {
    let found = words.first() == Some(&word);
    if let (true, Some((_, rest))) = (found, words.split_first()) {
        *words = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_understood() {
        for fine in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0 OR MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(is_allowed(fine), "{fine}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "LGPL-2.1",
            "(MIT",
            "MIT MIT",
            "OR",
            "GPL-2.0 WITH Classpath-exception-2.0",
            "AGPL-3.0-only OR SSPL-1.0",
        ] {
            assert!(!is_allowed(bad), "{bad}");
        }
    }

    #[test]
    fn a_package_with_a_strong_copyleft_or_no_licence_is_found() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "fine", "version": "1.0.0", "license": "MIT" },
            { "name": "copyleft", "version": "1.0.0", "license": "GPL-3.0-only" },
            { "name": "silent", "version": "1.0.0", "license": null },
        ]});
        let found = not_allowed(&metadata);
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
