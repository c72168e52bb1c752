//! JSON into the generic tree, and back.

use serde_json::Value;

use super::LONGEST;
use super::item::{Item, Node};
use crate::problem::Problem;

pub(super) fn parse(json: &str) -> Result<Node, Box<Problem>> {
    if json.len() > LONGEST {
        let what = format!(
            "the JSON has {} bytes; at most {LONGEST} are read",
            json.len()
        );
        return Err(Box::new(Problem::error("", what)));
    }
    let value: Value = serde_json::from_str(json).map_err(|error| {
        Box::new(Problem {
            line: Some(error.line()),
            column: Some(error.column()),
            ..Problem::error("", format!("this is no JSON: {error}"))
        })
    })?;
    Ok(node(&value))
}

fn node(value: &Value) -> Node {
    Node::new(match value {
        Value::Null => Item::Other("null"),
        Value::Bool(b) => Item::Bool(*b),
        Value::Number(number) => match number.as_i64() {
            Some(int) => Item::Int(int),
            None => Item::Float(number.as_f64().unwrap_or(f64::MAX)),
        },
        Value::String(text) => Item::Text(text.clone()),
        Value::Array(list) => Item::List(list.iter().map(node).collect()),
        Value::Object(table) => {
            Item::Table(table.iter().map(|(k, v)| (k.clone(), node(v))).collect())
        }
    })
}

pub(super) fn value(node: &Node) -> Value {
    match &node.item {
        Item::Bool(b) => Value::Bool(*b),
        Item::Int(int) => Value::from(*int),
        Item::Float(float) => Value::from(*float),
        Item::Text(text) => Value::from(text.as_str()),
        Item::List(list) => list.iter().map(value).collect(),
        Item::Table(table) => {
            let table = table.iter().map(|(key, node)| (key.clone(), value(node)));
            Value::Object(table.collect())
        }
        Item::Other(_) => Value::Null,
    }
}
