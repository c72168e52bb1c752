//! Every way to say no: a problem with a stable kind, a title, what is at hand, and what to do.
//! The HTTP status of each kind is chosen here and nowhere else. RFC 9457 (problem details).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub_engine::{EditError, RequestError};
use hub_model::Refusal;
use hub_runtime::{HubError, StoreError};
use recorder::HistoryError;
use rule_runner::RulesError;
use rules::machine::Refused;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dto::Finding;

/// All that was found wrong with a rule or scene.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Findings(pub Vec<Finding>);

/// Why something was not done. RFC 9457, with the next action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// The kind, stable: `urn:ingle:problem:unknown-node`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: Box<str>,
    /// The HTTP status.
    pub status: u16,
    /// What is at hand.
    pub detail: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The number of the cause, if a command was under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<u64>,
    /// All that was found wrong with a rule or scene.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<Box<Findings>>,
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    BadHost,
    ForeignOrigin,
    NotFromPage,
    WrongMediaType,
    TooLarge,
    TooDeep,
    BadBody,
    BadQuery,
    BadPath,
    NotFound,
    MethodNotAllowed,
    UnknownNode,
    AmbiguousName,
    UnknownThing,
    Denied,
    Conflict,
    BadEdit,
    BadRule,
    BadSettings,
    BadValue,
    NotWritable,
    NotReported,
    Busy,
    NoBridge,
    Offline,
    DeviceRefused,
    Unsupported,
    TimedOut,
    Store,
    HistoryOff,
    NoHistory,
    History,
    TooMuch,
    Stopped,
}

impl Kind {
    /// Its stable word, its HTTP status and its title.
    const fn row(self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadHost => (
                "bad-host",
                S::MISDIRECTED_REQUEST,
                "this is not the hub's address",
            ),
            Self::ForeignOrigin => (
                "foreign-origin",
                S::FORBIDDEN,
                "another site may not do this",
            ),
            Self::NotFromPage => (
                "missing-header",
                S::FORBIDDEN,
                "the header X-Ingle is missing",
            ),
            Self::WrongMediaType => (
                "media-type",
                S::UNSUPPORTED_MEDIA_TYPE,
                "the body must be JSON",
            ),
            Self::TooLarge => ("too-large", S::PAYLOAD_TOO_LARGE, "the body is too large"),
            Self::TooDeep => ("too-deep", S::BAD_REQUEST, "the body is nested too deeply"),
            Self::BadBody => ("bad-body", S::BAD_REQUEST, "the body is not understood"),
            Self::BadQuery => ("bad-query", S::BAD_REQUEST, "the query is not understood"),
            Self::BadPath => ("bad-path", S::BAD_REQUEST, "the path is not understood"),
            Self::NotFound => (
                "not-found",
                S::NOT_FOUND,
                "there is nothing at this address",
            ),
            Self::MethodNotAllowed => (
                "method",
                S::METHOD_NOT_ALLOWED,
                "this address does not know that method",
            ),
            Self::UnknownNode => ("unknown-node", S::NOT_FOUND, "there is no such node"),
            Self::AmbiguousName => ("ambiguous-name", S::CONFLICT, "several have this name"),
            Self::UnknownThing => ("unknown", S::NOT_FOUND, "there is no such thing"),
            Self::Denied => ("denied", S::FORBIDDEN, "not allowed"),
            Self::Conflict => ("conflict", S::CONFLICT, "it has changed meanwhile"),
            Self::BadEdit => (
                "bad-edit",
                S::UNPROCESSABLE_ENTITY,
                "that change cannot be made",
            ),
            Self::BadRule => (
                "bad-rule",
                S::UNPROCESSABLE_ENTITY,
                "there are errors in it",
            ),
            Self::BadSettings => (
                "bad-settings",
                S::UNPROCESSABLE_ENTITY,
                "there are errors in them",
            ),
            Self::BadValue => (
                "bad-value",
                S::UNPROCESSABLE_ENTITY,
                "the value does not fit",
            ),
            Self::NotWritable => (
                "not-writable",
                S::UNPROCESSABLE_ENTITY,
                "it cannot be written",
            ),
            Self::NotReported => (
                "not-reported",
                S::NOT_FOUND,
                "the device has reported no such value",
            ),
            Self::Busy => ("busy", S::SERVICE_UNAVAILABLE, "too much is under way"),
            Self::NoBridge => ("no-bridge", S::SERVICE_UNAVAILABLE, "no bridge serves it"),
            Self::Offline => ("offline", S::SERVICE_UNAVAILABLE, "the device is offline"),
            Self::DeviceRefused => ("device-refused", S::BAD_GATEWAY, "the device said no"),
            Self::Unsupported => (
                "unsupported",
                S::UNPROCESSABLE_ENTITY,
                "that cannot be done",
            ),
            Self::TimedOut => ("timed-out", S::GATEWAY_TIMEOUT, "the device did not answer"),
            Self::Store => ("store", S::INSUFFICIENT_STORAGE, "it could not be stored"),
            Self::HistoryOff => ("history-off", S::NOT_FOUND, "the hub keeps no history"),
            Self::NoHistory => ("no-history", S::NOT_FOUND, "nothing of it was recorded"),
            Self::History => (
                "history",
                S::SERVICE_UNAVAILABLE,
                "the history does not answer",
            ),
            Self::TooMuch => ("too-much", S::BAD_REQUEST, "that is too much at once"),
            Self::Stopped => ("stopped", S::SERVICE_UNAVAILABLE, "the hub is stopping"),
        }
    }
}

impl Problem {
    /// A problem of this kind.
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let (word, status, title) = kind.row();
        Self {
            kind: format!("urn:ingle:problem:{word}"),
            title: title.into(),
            status: status.as_u16(),
            detail: detail.into(),
            advice: None,
            cause: None,
            findings: None,
        }
    }

    /// With what to do next.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// With what to do next, unless that is said already.
    pub(crate) fn or_advise(mut self, advice: &str) -> Self {
        self.advice.get_or_insert_with(|| advice.into());
        self
    }

    /// With all that was found wrong.
    pub(crate) fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings = Some(Box::new(Findings(findings)));
        self
    }

    /// With the cause of the command that was under way.
    pub(crate) const fn under(mut self, cause: Option<u64>) -> Self {
        self.cause = cause;
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, axum::Json(self)).into_response();
        let media = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media);
        response
    }
}

impl From<HubError> for Problem {
    fn from(error: HubError) -> Self {
        match error {
            HubError::Refused(refused) => refused.into(),
            HubError::Store(store) => store.into(),
            HubError::Stopped => {
                Self::new(Kind::Stopped, "it takes no requests any more").advise("Start it again.")
            }
            other => Self::new(Kind::Conflict, other.to_string()),
        }
    }
}

impl From<RulesError> for Problem {
    fn from(error: RulesError) -> Self {
        let detail = error.to_string();
        match error {
            RulesError::Hub(hub) => hub.into(),
            RulesError::Store(_) => {
                Self::new(Kind::Store, detail).advise("Check the disk that holds the hub's state.")
            }
            RulesError::Refused(refused) => match refused {
                Refused::Value(_) => Self::new(Kind::BadValue, detail),
                Refused::Rule(_) => {
                    Self::new(Kind::Conflict, detail).advise("`ingle rules show RULE` tells more.")
                }
                _ => Self::new(Kind::UnknownThing, detail)
                    .advise("`ingle rules list` and `ingle scenes list` list what there is."),
            },
            RulesError::Problem(problem) => {
                let advice = problem.advice.clone();
                let told = Self::new(Kind::BadRule, problem.what.clone());
                match advice {
                    Some(advice) => told.advise(advice),
                    None => told,
                }
            }
            RulesError::Past(_) => Self::new(Kind::UnknownThing, detail)
                .advise("The recording goes back to when the hub first ran this version."),
            _ => Self::new(Kind::Stopped, detail).advise("Start it again."),
        }
    }
}

impl From<HistoryError> for Problem {
    fn from(error: HistoryError) -> Self {
        let detail = error.to_string();
        match error {
            HistoryError::Hub(hub) => hub.into(),
            HistoryError::Store(recorder::StoreError::Closed) => {
                Self::new(Kind::Stopped, detail).advise("Start it again.")
            }
            HistoryError::WrongWayRound => {
                Self::new(Kind::BadQuery, detail).advise("Give a `from` that is before `to`.")
            }
            HistoryError::ToCome => {
                Self::new(Kind::BadQuery, detail).advise("Give a `from` that is in the past.")
            }
            HistoryError::TooMuch(what) => Self::new(Kind::TooMuch, what)
                .advise("Ask for a shorter time, for longer roll-ups, or for fewer series."),
            _ => Self::new(Kind::History, detail).advise(
                "What was not recorded meanwhile waits; `ingle history status` tells how it is.",
            ),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let advice = "Nothing was changed. Check the disk that holds the hub's state.";
        match error {
            StoreError::Conflict { .. } => Self::new(Kind::Conflict, error.to_string()),
            other => Self::new(Kind::Store, other.to_string()).advise(advice),
        }
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        let detail = error.to_string();
        match error {
            RequestError::Denied(_) => Self::new(Kind::Denied, detail),
            RequestError::Edit(edit) => edit.into(),
            RequestError::UnknownNode(_) => {
                Self::new(Kind::UnknownNode, detail).advise("`ingle nodes` lists them.")
            }
            RequestError::NotAsking(_) => {
                Self::new(Kind::Conflict, detail).advise("It may have been answered elsewhere.")
            }
            RequestError::NoBridge => Self::new(Kind::NoBridge, detail)
                .advise("See `ingle status` for the bridges that run."),
            RequestError::Busy => Self::new(Kind::Busy, detail).advise("Try again in a moment."),
            RequestError::TooDeep { .. } => {
                Self::new(Kind::Conflict, detail).advise("Look for rules that trigger each other.")
            }
            RequestError::Store(_) => Self::new(Kind::Store, detail)
                .advise("Nothing was changed. Check the disk that holds the hub's state."),
            _ => Self::new(Kind::UnknownThing, detail),
        }
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        let detail = error.to_string();
        match error {
            EditError::Unknown { .. } => Self::new(Kind::UnknownThing, detail),
            EditError::NameTaken { .. } => {
                Self::new(Kind::Conflict, detail).advise("Choose another name.")
            }
            EditError::ChangedSince { .. } => Self::new(Kind::Conflict, detail)
                .advise("Undo the later changes first, newest first."),
            _ => Self::new(Kind::BadEdit, detail),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NoBridge => Self::new(Kind::NoBridge, detail)
                .advise("Its bridge does not run, or has forgotten it."),
            Refusal::Offline => {
                Self::new(Kind::Offline, detail).advise("Check that it has power and is in reach.")
            }
            Refusal::Denied(_) => Self::new(Kind::Denied, detail),
            Refusal::Unsupported(_) => Self::new(Kind::Unsupported, detail),
            Refusal::Busy => Self::new(Kind::Busy, detail).advise("Try again in a moment."),
            _ => Self::new(Kind::DeviceRefused, detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_like_rfc_9457() {
        let problem = Problem::new(Kind::UnknownNode, "lam").advise("Did you mean lamp?");
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            serde_json::json!({
                "type": "urn:ingle:problem:unknown-node",
                "title": "there is no such node",
                "status": 404,
                "detail": "lam",
                "advice": "Did you mean lamp?",
            })
        );
        let response = problem.into_response();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
}
