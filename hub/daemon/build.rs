//! Notes the commit that the program is built from.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=INGLE_COMMIT");
    println!("cargo::rerun-if-changed=../../.git/HEAD");
    let commit = std::env::var_os("INGLE_COMMIT")
        .and_then(|given| given.into_string().ok())
        .or_else(commit)
        .unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=INGLE_COMMIT={commit}");
}

fn commit() -> Option<String> {
    let output = Command::new("git")
        .args(["rev-parse", "--short=12", "HEAD"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
