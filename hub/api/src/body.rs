//! What a request brings: its JSON body, path and query, each refused as a problem.

use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::problem::{Kind, Problem};

/// The largest body, in octets.
pub(crate) const BODY_LIMIT: usize = 1 << 20;
/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(30);
/// The deepest nesting of arrays and objects in a body; Matter's own values need fewer than 10.
pub(crate) const DEPTH_LIMIT: usize = 64;

/// A JSON body. No body at all is an empty object.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers());
        let octets = to_bytes(request.into_body(), BODY_LIMIT);
        let octets = timeout(BODY_WITHIN, octets)
            .await
            .map_err(|_| Problem::new(Kind::BadBody, "it did not arrive in time"))?;
        let octets = octets.map_err(|error| unread(&error))?;
        if octets.is_empty() {
            return parse(b"{}").map(Self);
        }
        if !is_json {
            return Err(
                Problem::new(Kind::WrongMediaType, "its type is another, or not given")
                    .advise("Send the header Content-Type: application/json."),
            );
        }
        parse(&octets).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok());
    let essence = media
        .and_then(|media| media.split(';').next())
        .map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

fn unread(error: &axum::Error) -> Problem {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return Problem::new(
                Kind::TooLarge,
                format!("at most {BODY_LIMIT} octets are taken"),
            );
        }
        cause = error.source();
    }
    Problem::new(Kind::BadBody, "it did not arrive whole")
}

/// Reads JSON as the API reads it: bounded in depth, and refused as a problem.
///
/// # Errors
/// When it is nested too deeply, is no JSON, or is not what is asked for.
pub fn parse<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Problem> {
    if depth(octets) > DEPTH_LIMIT {
        return Err(Problem::new(
            Kind::TooDeep,
            format!("at most {DEPTH_LIMIT} levels are taken"),
        ));
    }
    serde_json::from_slice(octets).map_err(|error| Problem::new(Kind::BadBody, error.to_string()))
}

/// The deepest nesting of brackets outside of strings.
fn depth(octets: &[u8]) -> usize {
    let (mut open, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for octet in octets {
        match (in_string, octet) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') => {
                open += 1;
                deepest = deepest.max(open);
            }
            (false, b']' | b'}') => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The variable parts of a request's path.
pub(crate) struct At<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(at) = Path::from_request_parts(parts, state)
            .await
            .map_err(|error| {
                let PathRejection::FailedToDeserializePathParams(error) = error else {
                    return Problem::new(Kind::BadPath, "it has no variable parts");
                };
                Problem::new(Kind::BadPath, error.body_text())
            })?;
        Ok(Self(at))
    }
}

/// The query of a request.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::from_request_parts(parts, state).await;
        let Query(asked) = asked
            .map_err(|error: QueryRejection| Problem::new(Kind::BadQuery, error.body_text()))?;
        Ok(Self(asked))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn brackets_in_strings_do_not_nest() {
        assert_eq!(depth(br#"{"a":["[[[","\"[["]}"#), 2);
        assert_eq!(depth(b"]]]]["), 1);
    }

    #[test]
    fn deep_json_is_refused_before_it_is_parsed() {
        let deep = "[".repeat(10_000);
        let problem = parse::<Value>(deep.as_bytes()).unwrap_err();
        assert_eq!(problem.kind, "urn:ingle:problem:too-deep");
        let nested = format!("{}{}", "[".repeat(DEPTH_LIMIT), "]".repeat(DEPTH_LIMIT));
        assert!(parse::<Value>(nested.as_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for bad in [
            &b"\xff\xfe"[..],
            b"{",
            b"NaN",
            b"1e999",
            b"{\"a\":1}x",
            b"'a'",
        ] {
            assert!(parse::<Value>(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_panic(octets in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse::<Value>(&octets);
        }
    }
}
