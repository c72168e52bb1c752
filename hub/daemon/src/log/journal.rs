//! Lines for the journal: their priority in front, and no time.

use std::fmt;
use std::os::unix::fs::MetadataExt;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{DefaultFields, Format, FormatEvent, Writer};
use tracing_subscriber::registry::LookupSpan;

/// Writes lines for the journal.
pub(super) struct Lines;

impl<S> FormatEvent<S, DefaultFields> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, DefaultFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        write!(writer, "<{}>", priority(*event.metadata().level()))?;
        let plain = Format::default().without_time().with_level(false);
        plain.format_event(context, writer, event)
    }
}

/// As syslog numbers them.
const fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    }
}

/// Whether stderr is the journal that the service manager named, as `device:inode`. The name alone
/// says nothing: programs hand it on to others whose stderr is elsewhere.
pub(super) fn is_stderr(named: Option<&str>) -> bool {
    let Ok(stderr) = std::fs::metadata("/proc/self/fd/2") else {
        return false;
    };
    named == Some(format!("{}:{}", stderr.dev(), stderr.ino()).as_str())
}

#[cfg(test)]
mod tests {
    use tracing::{info_span, warn};

    use super::*;
    use crate::log::json::tests::Captured;

    #[test]
    fn a_line_begins_with_its_priority() {
        let captured = Captured::default();
        let log = tracing_subscriber::fmt()
            .with_writer(captured.writer())
            .with_ansi(false)
            .event_format(Lines)
            .finish();
        tracing::subscriber::with_default(log, || {
            let _task = info_span!("task", task = "engine").entered();
            warn!(rule = "hall", "rule failed");
        });
        assert_eq!(
            captured.text(),
            "<4>task{task=\"engine\"}: ingle::log::journal::tests: rule failed rule=\"hall\"\n"
        );
    }

    #[test]
    fn another_journal_is_not_stderr() {
        assert!(!is_stderr(None));
        assert!(!is_stderr(Some("0:0")));
        assert!(!is_stderr(Some("")));
    }
}
