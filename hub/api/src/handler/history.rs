//! The past: what there is, charts and roll-ups, samples as they were recorded, and how it is kept.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use history::calendar::spans;
use history::rollup::Period;
use hub_engine::{Principal, Snapshot};
use hub_runtime::{Door, clock};
use recorder::View;
use recorder::query::MOST_ROLLUPS;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::{Asked, Body as JsonBody};
use crate::dto::{
    History, HistoryStatus, HistoryTrouble, Recomputed, Recorded, Retention, SeriesList, ms,
};
use crate::guard::Who;
use crate::history::export::{Export, Form};
use crate::history::import::{ImportAsked, ImportState};
use crate::history::moment::{Range, range};
use crate::history::question::Question;
use crate::history::tell::Teller;
use crate::history::{KeptHistory, choose, title};
use crate::problem::{Kind, Problem};
use crate::state::Api;

/// Seconds of a day.
const DAY: u64 = 24 * 3600;

/// Which series are listed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    /// A path: a node, `node/endpoint/Cluster.attribute`, with `*` for any; all when none.
    path: Option<String>,
}

/// Lists the series that there are.
#[utoipa::path(
    get,
    path = "/api/v1/history/series",
    params(Listed),
    responses((status = 200, body = SeriesList))
)]
pub(crate) async fn series(
    State(api): State<Api>,
    Who(who): Who,
    Asked(listed): Asked<Listed>,
) -> Result<Json<SeriesList>, Problem> {
    let known = api.history()?.handle.series(&who).await?;
    let snapshot = api.snapshot(&who, Vec::new()).await?;
    let keys = match &listed.path {
        Some(path) => choose::matching(&snapshot.home, &known, path)?,
        None => known,
    };
    let series = keys.iter().map(|key| title::series(&snapshot, key));
    Ok(Json(SeriesList {
        series: series.collect(),
    }))
}

/// What series were: as a chart, or rolled up.
#[utoipa::path(
    get,
    path = "/api/v1/history",
    params(Question),
    responses((status = 200, body = History))
)]
pub(crate) async fn history(
    State(api): State<Api>,
    Who(who): Who,
    Asked(pairs): Asked<Vec<(String, String)>>,
) -> Result<Json<History>, Problem> {
    let kept = api.history()?;
    let asked = Question::of(pairs, &["path", "from", "to", "points", "every"])?;
    let subject = Subject::find(&api, kept, &who, &asked).await?;
    let view = asked.view()?;
    let period = match view {
        View::Every(period) => Some(period),
        View::Chart(_) => None,
    };
    if let Some(period) = period {
        subject.is_bounded(kept, period)?;
    }
    let Subject {
        snapshot,
        keys,
        range,
    } = &subject;
    let mut series = Vec::new();
    for key in keys {
        let teller = Teller {
            key,
            home: &snapshot.home,
            zone: kept.handle.zone(),
        };
        let answer = kept.handle.query(&who, key, range.from, range.to, view);
        if let Some(answer) = answer.await? {
            let of = title::series(snapshot, key);
            series.push(teller.past(of, *range, answer, period));
        }
    }
    Ok(Json(History {
        from_ms: ms(range.from),
        to_ms: ms(range.to),
        now_ms: ms(clock::now().wall),
        zone: zone(kept),
        series,
    }))
}

/// Samples as they were recorded, series by series, one JSON object a line (`application/x-ndjson`) or
/// as comma-separated values (`text/csv`). Of any length: it is sent as it is read.
#[utoipa::path(
    get,
    path = "/api/v1/history/samples",
    params(
        ("path" = Vec<String>, Query, description = "Which series, up to 50; may be repeated."),
        ("from" = Option<String>, Query, description = "From when on."),
        ("to" = Option<String>, Query, description = "Until when."),
        ("format" = Option<String>, Query, description = "`ndjson` or `csv`, for what cannot send Accept."),
    ),
    responses((status = 200, content((Recorded = "application/x-ndjson"), (String = "text/csv"))))
)]
pub(crate) async fn samples(
    State(api): State<Api>,
    Who(who): Who,
    headers: HeaderMap,
    Asked(mut pairs): Asked<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let kept = api.history()?;
    let format = pairs
        .extract_if(.., |(name, _)| name == "format")
        .last()
        .map(|(_, format)| format);
    let form = form(format.as_deref(), &headers)?;
    let asked = Question::of(pairs, &["path", "from", "to"])?;
    let subject = Subject::find(&api, kept, &who, &asked).await?;
    let permit = Arc::clone(api.exports()).try_acquire_owned();
    let permit = permit.map_err(|_| {
        Problem::new(Kind::Busy, "others are reading the history as a whole")
            .advise("Try again when they are done.")
    })?;
    let export = Export {
        handle: kept.handle.clone(),
        who,
        snapshot: subject.snapshot,
        series: subject.keys.into(),
        range: subject.range,
        form,
        stop: api.stop().clone(),
        permit,
    };
    let body = Body::from_stream(export.stream().await?);
    let media = [(header::CONTENT_TYPE, form.media_type())];
    Ok((media, body).into_response())
}

/// How the recording is, how much there is and how long it is kept.
#[utoipa::path(
    get,
    path = "/api/v1/history/status",
    responses((status = 200, body = HistoryStatus))
)]
pub(crate) async fn status(
    State(api): State<Api>,
    Who(who): Who,
) -> Result<Json<HistoryStatus>, Problem> {
    status_of(api.history()?, &who).await.map(Json)
}

/// How the recording is. A store that does not answer is told as trouble.
pub(crate) async fn status_of(
    kept: &KeptHistory,
    who: &Principal,
) -> Result<HistoryStatus, Problem> {
    let health = kept.handle.health();
    let mut trouble = health.trouble.map(|trouble| HistoryTrouble {
        since_ms: ms(trouble.since),
        why: trouble.why,
        waiting: trouble.waiting,
        lost: trouble.lost,
    });
    let size = match kept.handle.size(who).await {
        Ok(size) => Some(size),
        Err(recorder::HistoryError::Store(error)) => {
            trouble.get_or_insert_with(|| HistoryTrouble {
                since_ms: ms(clock::now().wall),
                why: error.to_string(),
                waiting: 0,
                lost: 0,
            });
            None
        }
        Err(refused) => return Err(refused.into()),
    };
    Ok(HistoryStatus {
        trouble,
        clock_doubted: health.clock_doubted,
        written_at_ms: health.written_at.map(ms),
        samples: size.map(|size| size.samples),
        octets: size.map(|size| size.octets),
        oldest_ms: size.and_then(|size| size.oldest).map(ms),
        kept: Retention {
            samples_days: kept.retention.samples.as_secs() / DAY,
            five_minutes_days: kept.retention.five_minutes.as_secs() / DAY,
            octets: kept.retention.budget,
        },
        zone: zone(kept),
    })
}

/// What a question is about, found in the home.
struct Subject {
    snapshot: Snapshot,
    keys: Vec<history::series::SeriesKey>,
    range: Range,
}

impl Subject {
    async fn find(
        api: &Api,
        kept: &KeptHistory,
        who: &Principal,
        asked: &Question,
    ) -> Result<Self, Problem> {
        let (from, to) = (asked.from.as_deref(), asked.to.as_deref());
        let range = range(from, to, clock::now().wall, api.rules().place())?;
        let known = kept.handle.series(who).await?;
        let snapshot = api.snapshot(who, Vec::new()).await?;
        let keys = choose::choose(&snapshot.home, &known, &asked.path)?;
        Ok(Self {
            snapshot,
            keys,
            range,
        })
    }

    /// Refuses more roll-ups than one answer may have.
    fn is_bounded(&self, kept: &KeptHistory, period: Period) -> Result<(), Problem> {
        let Range { from, to } = self.range;
        let most = MOST_ROLLUPS / self.keys.len().max(1);
        let many = spans(period, from, to, kept.handle.zone());
        if many.take(most + 1).count() <= most {
            return Ok(());
        }
        let what = format!("more than {MOST_ROLLUPS} roll-ups");
        Err(recorder::HistoryError::TooMuch(what).into())
    }
}

/// How samples are to be written: as asked, else as accepted, else a line each.
fn form(format: Option<&str>, headers: &HeaderMap) -> Result<Form, Problem> {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    match format {
        Some("csv") => Ok(Form::Csv),
        Some("ndjson") => Ok(Form::Lines),
        Some(_) => {
            Err(Problem::new(Kind::BadQuery, "that format is not known")
                .advise("Write ndjson or csv."))
        }
        None if accept.is_some_and(|accept| accept.contains("text/csv")) => Ok(Form::Csv),
        None => Ok(Form::Lines),
    }
}

/// The name of the home's time zone.
fn zone(kept: &KeptHistory) -> String {
    kept.handle.zone().iana_name().unwrap_or("UTC").to_owned()
}

/// Begins to take in the past of another hub: a recorder database of Home Assistant on the hub's own
/// machine. How it goes is at the same path.
#[utoipa::path(
    post,
    path = "/api/v1/history/import",
    request_body = ImportAsked,
    responses((status = 202, body = ImportState))
)]
pub(crate) async fn import(
    State(api): State<Api>,
    Who(who): Who,
    JsonBody(asked): JsonBody<ImportAsked>,
) -> Result<(StatusCode, Json<ImportState>), Problem> {
    let kept = api.history()?;
    api.hub().may(&who, Door::Order).await?;
    if !kept.import.start(who, asked) {
        let busy = Problem::new(Kind::Busy, "another import is under way");
        return Err(busy.advise("Look at how it goes with `ingle history import`, and wait."));
    }
    Ok((StatusCode::ACCEPTED, Json(kept.import.state())))
}

/// How the taking in of another hub's past goes, or how the last one went.
#[utoipa::path(
    get,
    path = "/api/v1/history/import",
    responses((status = 200, body = ImportState))
)]
pub(crate) async fn importing(
    State(api): State<Api>,
    Who(who): Who,
) -> Result<Json<ImportState>, Problem> {
    let kept = api.history()?;
    api.hub().may(&who, Door::See).await?;
    Ok(Json(kept.import.state()))
}

/// The days that are rolled up anew.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Again {
    /// From when on; from the first sample when none.
    from: Option<String>,
    /// Until when; until now when none.
    to: Option<String>,
}

/// Rolls days up anew, as far as their samples are still there. Returns how many.
#[utoipa::path(
    post,
    path = "/api/v1/history/recompute",
    params(Again),
    responses((status = 200, body = Recomputed))
)]
pub(crate) async fn recompute(
    State(api): State<Api>,
    Who(who): Who,
    Asked(asked): Asked<Again>,
) -> Result<Json<Recomputed>, Problem> {
    let kept = api.history()?;
    let first = asked.from.as_deref().unwrap_or("1970-01-02");
    let now = clock::now().wall;
    let range = range(Some(first), asked.to.as_deref(), now, api.rules().place())?;
    let days = kept.handle.recompute(&who, range.from, range.to).await?;
    Ok(Json(Recomputed { days }))
}
