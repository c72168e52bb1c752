//! `ingle read`, `write`, `invoke`: attributes and commands by their path.

use hub_api::dto::{
    Attribute, CommandOutcome, Invoke, Node, Nodes, Outcome, QualityWord, Values, Wait, Write,
};
use hyper::Method;
use serde_json::Value;

use crate::client::{Client, ClientError, encode};
use crate::clock_text;
use crate::output::{Output, table};

pub(crate) async fn read(
    paths: &[String],
    cached: bool,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let mut all = Values::default();
    for path in paths {
        let query = format!("/read?path={}&fresh={}", encode(path), !cached);
        let read: Values = client.get(&query).await?;
        all.values.extend(read.values);
    }
    if output.is_json() || all.values.len() == 1 {
        output.answer(&all, |all| all.values.iter().map(text).collect());
        return Ok(());
    }
    let Nodes { nodes } = client.get("/nodes").await?;
    output.answer(&all, |all| {
        let rows = all
            .values
            .iter()
            .map(|value| vec![named(value, &nodes), text(value)]);
        table(&rows.collect::<Vec<_>>())
    });
    Ok(())
}

/// The attribute's path by name, as it can be typed: `reading-lamp/1/OnOff.OnOff`.
pub(crate) fn named(attribute: &Attribute, nodes: &[Node]) -> String {
    let mut parts = attribute.path.splitn(3, '/');
    let (Some(node), Some(endpoint)) = (parts.next(), parts.next()) else {
        return attribute.path.clone();
    };
    let slug = nodes.iter().find(|known| known.id == node);
    let slug = slug.map_or(node, |known| &known.slug);
    format!("{slug}/{endpoint}/{}", attribute.name)
}

/// Whether every cluster has this attribute, so that people seldom want to see it.
/// Matter 1.6 Core §7.13 (global attributes).
pub(crate) fn is_global(attribute: &Attribute) -> bool {
    let number = attribute.path.rsplit_once(".0x").map(|(_, number)| number);
    number.is_some_and(|number| number.len() == 4 && number.starts_with("fff"))
}

/// The value as people read it, with its age when it is stale.
pub(crate) fn text(attribute: &Attribute) -> String {
    match attribute.quality {
        QualityWord::Known => attribute.text.clone(),
        QualityWord::Stale => {
            let since = clock_text::moment(attribute.received_at_ms);
            format!("{} (stale, of {since})", attribute.text)
        }
    }
}

pub(crate) async fn write(
    path: &str,
    value: &str,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let body = Write {
        value: value_of(value),
        wait: Wait::Acknowledged,
        within_ms: None,
    };
    let path = format!("/attributes/{}", encode(path));
    let outcome: CommandOutcome = client.send(Method::PUT, &path, &body).await?;
    tell(&outcome, output);
    Ok(())
}

/// The value as JSON, or as text when it is none: `true`, `21.5`, `Lamp`.
fn value_of(typed: &str) -> Value {
    serde_json::from_str(typed).unwrap_or_else(|_| Value::String(typed.into()))
}

pub(crate) async fn invoke(
    path: &str,
    fields: Option<&str>,
    confirm: bool,
    client: &Client,
    output: Output,
) -> Result<(), ClientError> {
    let fields = fields.map(serde_json::from_str).transpose();
    let fields = fields.map_err(|error| ClientError::Usage(format!("the fields: {error}")))?;
    let wait = if confirm {
        Wait::Confirmed
    } else {
        Wait::Acknowledged
    };
    let body = Invoke {
        fields,
        wait,
        within_ms: None,
    };
    let path = format!("/commands/{}", encode(path));
    let outcome: CommandOutcome = client.send(Method::POST, &path, &body).await?;
    tell(&outcome, output);
    Ok(())
}

fn tell(outcome: &CommandOutcome, output: Output) {
    output.answer(outcome, |outcome| match &outcome.response {
        Some(response) => format!("{} {}", response.name, response.fields),
        None => match outcome.outcome {
            Outcome::Acknowledged => "acknowledged".into(),
            Outcome::Confirmed => "confirmed".into(),
        },
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_typed_value_is_json_or_text() {
        assert_eq!(value_of("true"), json!(true));
        assert_eq!(value_of("-5"), json!(-5));
        assert_eq!(value_of("Kitchen lamp"), json!("Kitchen lamp"));
        assert_eq!(value_of("\"5\""), json!("5"));
        assert_eq!(value_of("{\"hue\":3}"), json!({ "hue": 3 }));
    }
}
