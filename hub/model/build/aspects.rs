//! Access, quality, constraints and defaults, as Rust expressions.

use serde_json::Value as Json;

use crate::specification::{Access, Constraint};

/// A string literal.
pub(crate) fn text(text: &str) -> String {
    format!("{text:?}")
}

pub(crate) fn access(access: Option<&Access>) -> Result<String, String> {
    let Some(access) = access else {
        return Ok(
            "Access { read: Some(Privilege::View), write: None, write_optional: false, \
                   timed: false, fabric: Fabric::Unaware }"
                .into(),
        );
    };
    let mode = access.mode.as_deref().unwrap_or("R");
    let read = mode.contains('R').then_some(access.read.as_deref());
    let write = mode.contains('W').then_some(access.write.as_deref());
    let fabric = match access.fabric.as_deref() {
        None => "Unaware",
        Some("scoped") => "Scoped",
        Some("sensitive") => "Sensitive",
        Some(other) => return Err(format!("fabric access {other}")),
    };
    Ok(format!(
        "Access {{ read: {}, write: {}, write_optional: {}, timed: {}, fabric: Fabric::{fabric} }}",
        privilege(read, "View")?,
        privilege(write, "Operate")?,
        mode.contains("[W]"),
        access.timed,
    ))
}

fn privilege(privilege: Option<Option<&str>>, default: &str) -> Result<String, String> {
    let Some(named) = privilege else {
        return Ok("None".into());
    };
    let variant = match named {
        None => default,
        Some("view") => "View",
        Some("operate") => "Operate",
        Some("manage") => "Manage",
        Some("administer") => "Administer",
        Some(other) => return Err(format!("privilege {other}")),
    };
    Ok(format!("Some(Privilege::{variant})"))
}

/// The letters of the specification, in the order of the constants of `Quality`.
const QUALITIES: [&str; 11] = ["X", "N", "F", "S", "P", "C", "I", "K", "L", "Q", "T"];

pub(crate) fn quality(letters: &str) -> Result<String, String> {
    let mut set = 0u16;
    for letter in letters.split_whitespace() {
        if letter.starts_with('!') {
            continue;
        }
        let bit = QUALITIES.iter().position(|&known| known == letter);
        set |= 1 << bit.ok_or_else(|| format!("quality {letter}"))?;
    }
    Ok(format!("Quality({set:#x})"))
}

pub(crate) fn is_nullable(quality: &str) -> bool {
    quality.split_whitespace().any(|letter| letter == "X")
}

pub(crate) fn constraint(constraint: Option<&Constraint>) -> Result<String, String> {
    let (words, min, max, entry) = match constraint {
        None => ("", "None".into(), "None".into(), ""),
        Some(c) => (
            c.text.as_str(),
            limit(c.min.as_ref())?,
            limit(c.max.as_ref())?,
            c.entry.as_str(),
        ),
    };
    Ok(format!(
        "&Constraint {{ text: {}, min: {min}, max: {max}, entry: {} }}",
        text(words),
        text(entry)
    ))
}

fn limit(limit: Option<&Json>) -> Result<String, String> {
    Ok(match limit {
        None => "None".into(),
        Some(Json::Number(number)) => format!("Some(Limit::Number({number}))"),
        Some(Json::String(digits)) if digits.starts_with(|c: char| c == '-' || c.is_numeric()) => {
            // Beyond a signed 64-bit integer only the text holds it.
            match digits.parse::<i64>() {
                Ok(number) => format!("Some(Limit::Number({number}))"),
                Err(_) => "None".into(),
            }
        }
        Some(Json::String(member)) => format!("Some(Limit::Member({}))", text(member)),
        Some(other) => return Err(format!("limit {other}")),
    })
}

pub(crate) fn default(default: Option<&Json>) -> Result<String, String> {
    let value = match default {
        None => "Unspecified".into(),
        Some(Json::Null) => "Null".into(),
        Some(Json::Bool(value)) => format!("Bool({value})"),
        Some(Json::Number(number)) if number.is_i64() => format!("Number({number})"),
        Some(Json::String(words)) => format!("Text({})", text(words)),
        Some(Json::Array(entries)) if entries.is_empty() => "EmptyList".into(),
        Some(Json::Object(object)) => match object.get("member").and_then(Json::as_str) {
            Some(member) => format!("Member({})", text(member)),
            None => return Err(format!("default {object:?}")),
        },
        Some(other) => return Err(format!("default {other}")),
    };
    Ok(format!("DefaultValue::{value}"))
}
