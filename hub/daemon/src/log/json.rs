//! JSON lines: one flat object each.
//!
//! `at` (RFC 3339, UTC, milliseconds), `level`, `target` and `message` are always there and first.
//! Then come, by name, the fields of the spans around (the inner goes before the outer) and of the
//! event itself, which goes before both: `bridge`, `node`, `rule`, `elapsed_ms`, `error` and so on.
//! A field of one of the four names above is written as `field_` and its name.
//!
//! Secrets need nothing here: a `Secret` prints as `[redacted]` to whoever asks.

use std::collections::BTreeMap;
use std::fmt;

use hub_runtime::clock;
use jiff::Timestamp;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// The names of what every line has.
const ALWAYS: [&str; 4] = ["at", "level", "target", "message"];

/// Writes the lines. The fields of spans must be kept by [`fields`].
pub(super) struct Lines;

/// Keeps the fields of spans.
pub(super) fn fields() -> JsonFields {
    JsonFields::new()
}

impl<S> FormatEvent<S, JsonFields> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Line::default();
        for span in context
            .event_scope()
            .into_iter()
            .flat_map(|s| s.from_root())
        {
            let extensions = span.extensions();
            let kept = extensions.get::<FormattedFields<JsonFields>>();
            let kept = kept.map(|kept| serde_json::from_str(&kept.fields));
            if let Some(Ok(fields)) = kept {
                line.add_all(fields);
            }
        }
        event.record(&mut line);
        let metadata = event.metadata();
        let level = metadata.level().as_str().to_ascii_lowercase();
        let head = [
            Value::from(now()),
            Value::from(level),
            Value::from(metadata.target()),
            Value::from(line.message),
        ];
        let mut before = '{';
        let always = ALWAYS.iter().copied().zip(&head);
        let fields = line
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value));
        for (name, value) in always.chain(fields) {
            write!(writer, "{before}{}:{value}", Value::from(name))?;
            before = ',';
        }
        writeln!(writer, "}}")
    }
}

/// RFC 3339, UTC, milliseconds.
fn now() -> String {
    let at = Timestamp::from_microsecond(clock::now().wall.0).unwrap_or_default();
    format!("{at:.3}")
}

/// What a line says beside when and where.
#[derive(Default)]
struct Line {
    message: String,
    fields: BTreeMap<String, Value>,
}

impl Line {
    fn add_all(&mut self, fields: Map<String, Value>) {
        for (name, value) in fields {
            self.add(&name, value);
        }
    }

    fn add(&mut self, name: &str, value: Value) {
        // A raw identifier is written as it is in the source.
        let name = name.strip_prefix("r#").unwrap_or(name);
        let name = match ALWAYS.contains(&name) {
            true => format!("field_{name}"),
            false => name.to_owned(),
        };
        self.fields.insert(name, value);
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.add(field.name(), Value::from(value));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use hub_model::Secret;
    use tracing::{debug, info, info_span, warn};
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    /// What was logged.
    #[derive(Clone, Default)]
    pub(in crate::log) struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Captured {
        pub(in crate::log) fn writer(&self) -> impl for<'a> MakeWriter<'a> + Send + Sync + 'static {
            let captured = self.clone();
            move || captured.clone()
        }

        pub(in crate::log) fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl io::Write for Captured {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(work: impl FnOnce()) -> String {
        let captured = Captured::default();
        let log = tracing_subscriber::fmt()
            .with_env_filter("debug")
            .with_writer(captured.writer())
            .fmt_fields(fields())
            .event_format(Lines)
            .finish();
        tracing::subscriber::with_default(log, work);
        captured.text()
    }

    #[test]
    fn every_line_is_an_object_with_the_fixed_keys_first() {
        let text = logged(|| {
            let outer = info_span!(
                "task",
                task = "matter",
                node = "outer",
                late = tracing::field::Empty
            );
            let _outer = outer.enter();
            let _inner = info_span!("node", node = %"0x12").entered();
            outer.record("late", 1);
            let elapsed_ms = 12_u64;
            info!(cluster = %"0x0006", elapsed_ms, "subscription established");
            warn!(node = "0x13", error = ?io::ErrorKind::NotFound, "two\nlines \"quoted\"");
            debug!(whole = true, least = -1, half = 0.5, "");
        });
        let lines: Vec<Map<String, Value>> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), 3);
        for (line, text) in lines.iter().zip(text.lines()) {
            let at = line["at"].as_str().unwrap();
            assert_eq!((at.len(), &at[10..11], &at[19..20]), (24, "T", "."), "{at}");
            assert!(at.ends_with('Z') && at.parse::<Timestamp>().is_ok(), "{at}");
            assert!(text.starts_with("{\"at\":\""), "{text}");
            assert_eq!(line["target"], "ingle::log::json::tests");
            assert_eq!(
                (&line["task"], &line["late"]),
                (&"matter".into(), &1.into())
            );
        }
        assert_eq!(lines[0]["level"], "info");
        assert_eq!(lines[0]["message"], "subscription established");
        assert_eq!(lines[0]["node"], "0x12");
        assert_eq!(lines[0]["cluster"], "0x0006");
        assert_eq!(lines[0]["elapsed_ms"], 12);
        assert_eq!(lines[1]["node"], "0x13");
        assert_eq!(lines[1]["error"], "NotFound");
        assert_eq!(lines[1]["message"], "two\nlines \"quoted\"");
        assert_eq!(lines[2]["whole"], true);
        assert_eq!(lines[2]["least"], -1);
        assert_eq!(lines[2]["half"], 0.5);
    }

    #[test]
    fn a_field_does_not_take_the_place_of_a_fixed_key() {
        let text = logged(|| {
            let _span = info_span!("span", message = "of a span", at = 1).entered();
            info!(level = 3, "said");
        });
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["message"], "said");
        assert_eq!(line["level"], "info");
        assert_eq!(line["field_level"], 3);
        assert_eq!(line["field_message"], "of a span");
        assert_eq!(line["field_at"], 1);
        assert_eq!(text.matches("\"at\":").count(), 1);
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("20202021".to_owned());
        let text = logged(|| {
            let _span = info_span!("adding", code = ?secret).entered();
            info!(?secret, "adding {secret:?}");
        });
        assert!(!text.contains("20202021"), "{text}");
        assert_eq!(text.matches("[redacted]").count(), 3, "{text}");
    }
}
