//! Samples as they were recorded, as a stream: page by page, each made when whoever reads it has taken
//! the one before, so that any length takes the memory of one page.

mod csv;

use std::collections::VecDeque;

use axum::body::Bytes;
use futures_util::stream::{self, Stream, StreamExt};
use history::series::SeriesKey;
use hub_engine::{Principal, Snapshot};
use hub_model::Timestamp;
use recorder::{HistoryError, HistoryHandle};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::CancellationToken;

use super::moment::Range;
use super::tell::Teller;
use super::title;
use crate::dto::{Recorded, Series};

/// Samples that are read at once: some hundred kilobytes of text.
const PAGE: usize = 2_000;

/// How the samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One JSON object a line.
    Lines,
    /// Comma-separated values. RFC 4180.
    Csv,
}

impl Form {
    /// Its media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Lines => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8; header=present",
        }
    }
}

/// Why a stream ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Cut {
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("the hub is stopping")]
    Stopping,
}

/// What is to be exported.
pub(crate) struct Export {
    pub(crate) handle: HistoryHandle,
    pub(crate) who: Principal,
    pub(crate) snapshot: Snapshot,
    pub(crate) series: VecDeque<SeriesKey>,
    pub(crate) range: Range,
    pub(crate) form: Form,
    pub(crate) stop: CancellationToken,
    /// Held until the stream ends.
    #[expect(dead_code, reason = "it is held, not read")]
    pub(crate) permit: OwnedSemaphorePermit,
}

impl Export {
    /// Reads the first page, then gives the stream of all.
    pub(crate) async fn stream(
        self,
    ) -> Result<impl Stream<Item = Result<Bytes, Cut>> + Send + use<>, HistoryError> {
        let next = self.range.from;
        let mut course = Course { export: self, next };
        let head = match course.export.form {
            Form::Csv => csv::HEAD.to_owned(),
            Form::Lines => String::new(),
        };
        let first = course.page().await?;
        let first = head + first.as_deref().unwrap_or_default();
        let rest = stream::try_unfold(course, async |mut course| {
            if course.export.stop.is_cancelled() {
                return Err(Cut::Stopping);
            }
            let page = course.page().await?;
            Ok(page.map(|page| (Bytes::from(page), course)))
        });
        Ok(stream::once(async { Ok(Bytes::from(first)) }).chain(rest))
    }
}

/// How far an export is.
struct Course {
    export: Export,
    /// From when on the first of the series is read next.
    next: Timestamp,
}

impl Course {
    /// The next page; none when all is told.
    async fn page(&mut self) -> Result<Option<String>, HistoryError> {
        let Export {
            handle,
            who,
            snapshot,
            series,
            range,
            form,
            ..
        } = &mut self.export;
        while let Some(key) = series.front() {
            let samples = handle.samples(who, key, self.next, range.to, PAGE);
            let samples = samples.await?;
            let mut text = String::new();
            let teller = Teller {
                key,
                home: &snapshot.home,
                zone: handle.zone(),
            };
            let of = title::series(snapshot, key);
            for sample in &samples {
                let sample = teller.sample(sample);
                match form {
                    Form::Csv => csv::row(&mut text, &of, &sample, handle.zone()),
                    Form::Lines => line(&mut text, &of, sample),
                }
            }
            match samples.last() {
                Some(last) if samples.len() == PAGE => {
                    self.next = Timestamp(last.at.0.saturating_add(1));
                }
                _ => {
                    self.next = range.from;
                    series.pop_front();
                }
            }
            if !text.is_empty() {
                return Ok(Some(text));
            }
        }
        Ok(None)
    }
}

fn line(text: &mut String, of: &Series, sample: crate::dto::Sample) {
    let recorded = Recorded {
        series: of.path.clone(),
        sample,
    };
    // Numbers, texts and JSON can always be written.
    *text += &serde_json::to_string(&recorded).unwrap_or_default();
    text.push('\n');
}
