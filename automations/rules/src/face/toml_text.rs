//! The generic tree as canonical TOML 1.0 text.
//!
//! Plain values first, then lists of tables as `[[name]]` blocks. Tables and lists within those are
//! inline; a list of tables within has one to a line.

use std::fmt::Write as _;

use super::item::{Item, Node};

const INDENT: &str = "    ";

/// The text of the root table.
pub(super) fn text(root: &Node) -> String {
    let mut out = String::new();
    let Item::Table(entries) = &root.item else {
        return out;
    };
    let (blocks, plain): (Vec<_>, Vec<_>) = entries.iter().partition(|(_, node)| is_block(node));
    for (key, node) in plain {
        entry(&mut out, key, node);
    }
    for (key, node) in blocks {
        let Item::List(tables) = &node.item else {
            continue;
        };
        for table in tables {
            let _ = write!(out, "\n[[{}]]\n", Bare(key));
            if let Item::Table(entries) = &table.item {
                for (key, node) in entries {
                    entry(&mut out, key, node);
                }
            }
        }
    }
    out
}

fn is_block(node: &Node) -> bool {
    matches!(&node.item, Item::List(list)
        if !list.is_empty() && list.iter().all(|node| matches!(node.item, Item::Table(_))))
}

fn entry(out: &mut String, key: &str, node: &Node) {
    let _ = write!(out, "{} = ", Bare(key));
    value(out, node, 0);
    out.push('\n');
}

fn value(out: &mut String, node: &Node, depth: usize) {
    match &node.item {
        Item::Bool(b) => drop(write!(out, "{b}")),
        Item::Int(int) => drop(write!(out, "{int}")),
        Item::Float(float) => drop(write!(out, "{float:?}")),
        Item::Text(text) => quoted(out, text),
        Item::List(list) if has_tables(list) => {
            let indent = INDENT.repeat(depth + 1);
            out.push_str("[\n");
            for node in list {
                out.push_str(&indent);
                value(out, node, depth + 1);
                out.push_str(",\n");
            }
            out.push_str(&INDENT.repeat(depth));
            out.push(']');
        }
        Item::List(list) => {
            out.push('[');
            for (at, node) in list.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                value(out, node, depth);
            }
            out.push(']');
        }
        Item::Table(entries) => {
            out.push('{');
            for (at, (key, node)) in entries.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { " " });
                let _ = write!(out, "{} = ", Bare(key));
                value(out, node, depth);
            }
            out.push_str(if entries.is_empty() { "}" } else { " }" });
        }
        Item::Other(_) => out.push_str("\"\""),
    }
}

/// Whether tables stand in the list, or in lists of it.
fn has_tables(list: &[Node]) -> bool {
    list.iter().any(|node| match &node.item {
        Item::Table(_) => true,
        Item::List(inner) => has_tables(inner),
        _ => false,
    })
}

/// A key: bare when it may be.
struct Bare<'a>(&'a str);

impl std::fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !self.0.is_empty() && self.0.chars().all(is_bare) {
            return f.write_str(self.0);
        }
        let mut key = String::new();
        quoted(&mut key, self.0);
        f.write_str(&key)
    }
}

/// Text as it stands, in single quotes, when that is possible and saves escapes; else escaped.
fn quoted(out: &mut String, text: &str) {
    let is_plain = |c: char| !c.is_control() || c == '\t';
    if text.contains(['"', '\\']) && !text.contains('\'') && text.chars().all(is_plain) {
        let _ = write!(out, "'{text}'");
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => drop(write!(out, "\\{c}")),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => drop(write!(out, "\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
