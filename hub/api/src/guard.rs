//! What every request passes first: does it come from where it may?
//!
//! A page of another site can make a browser call the loopback address. It is kept out by three
//! things: the Host must be a name of this machine (else a foreign name was rebound to it), the
//! Origin, if any, must be the same host, and whatever changes something must carry a header that
//! a browser sends to another origin only after asking, which is never answered.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hub_engine::Principal;

use crate::problem::{Kind, Problem};

/// Where a request came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// The Unix socket, which only the owner of the state directory can open.
    Local,
    /// TCP on the loopback interface.
    Loopback,
}

/// The header that whatever changes something must carry, with any value.
pub(crate) const MARK: &str = "x-ingle";
/// Numbers of the hub are read as the API is.
const METRICS: &str = "/metrics";
/// Names of the loopback interface.
const LOOPBACK_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Lets a request pass or answers it with a problem.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let door = request.extensions().get::<Door>().copied();
    let checked = match door {
        Some(Door::Local) => Ok(()),
        Some(Door::Loopback) => check(request.method(), request.uri().path(), request.headers()),
        None => Err(Problem::new(Kind::Denied, "the request came in by no door")),
    };
    match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check(method: &Method, path: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let host = single(headers, header::HOST.as_str()).unwrap_or_default();
    if !is_loopback_name(host) {
        return Err(
            Problem::new(Kind::BadHost, format!("the request was for {host:?}"))
                .advise("Open the address that the hub printed when it started."),
        );
    }
    let origin = headers
        .get(header::ORIGIN)
        .map(|_| single(headers, header::ORIGIN.as_str()));
    if let Some(origin) = origin
        && origin.and_then(|origin| origin.strip_prefix("http://")) != Some(host)
    {
        return Err(Problem::new(
            Kind::ForeignOrigin,
            "the Origin is not this hub",
        ));
    }
    if !path.starts_with("/api/") && path != METRICS {
        return Ok(());
    }
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return Err(Problem::new(
            Kind::ForeignOrigin,
            "a page of another site asked",
        ));
    }
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    if !reads && !headers.contains_key(MARK) {
        return Err(Problem::new(
            Kind::NotFromPage,
            "it protects against pages of other sites",
        )
        .advise("Send the header X-Ingle with any value."));
    }
    Ok(())
}

/// The header's value, if it is there exactly once and is text.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

fn is_loopback_name(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    };
    LOOPBACK_NAMES
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own))
}

/// Who asks. Until there are users, whoever came in by a door of the machine is its console.
pub(crate) struct Who(pub(crate) Principal);

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Door>() {
            Some(Door::Local | Door::Loopback) => Ok(Self(Principal::console())),
            None => Err(Problem::new(Kind::Denied, "nobody is signed in")),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = of.iter().map(|(name, value)| {
            (
                header::HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        });
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    fn verdict(method: Method, of: &[(&'static str, &str)]) -> Result<(), String> {
        let checked = check(&method, "/api/v1/rooms", &headers(of));
        checked.map_err(|problem| problem.kind.replace("urn:ingle:problem:", ""))
    }

    #[test]
    fn the_hubs_own_page_passes() {
        let page = [
            ("host", "127.0.0.1:8480"),
            ("origin", "http://127.0.0.1:8480"),
            ("sec-fetch-site", "same-origin"),
            ("x-ingle", "page"),
        ];
        assert_eq!(verdict(Method::POST, &page), Ok(()));
        assert_eq!(verdict(Method::GET, &[("host", "LOCALHOST")]), Ok(()));
        assert_eq!(verdict(Method::GET, &[("host", "[::1]:80")]), Ok(()));
    }

    #[test]
    fn rebound_names_are_refused() {
        for host in [
            "evil.example",
            "evil.example:8480",
            "127.0.0.1.evil.example",
            "",
            "localhost:x",
        ] {
            assert_eq!(
                verdict(Method::GET, &[("host", host)]),
                Err("bad-host".into()),
                "{host}"
            );
        }
        assert_eq!(verdict(Method::GET, &[]), Err("bad-host".into()));
        let twice = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(verdict(Method::GET, &twice), Err("bad-host".into()));
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
        for origin in [
            "http://evil.example",
            "null",
            "https://localhost:1",
            "http://localhost:2",
        ] {
            let foreign = [
                ("host", "localhost:1"),
                ("origin", origin),
                ("x-ingle", "1"),
            ];
            assert_eq!(
                verdict(Method::POST, &foreign),
                Err("foreign-origin".into()),
                "{origin}"
            );
            assert_eq!(
                verdict(Method::GET, &foreign),
                Err("foreign-origin".into()),
                "{origin}"
            );
        }
        let embedded = [("host", "localhost"), ("sec-fetch-site", "cross-site")];
        assert_eq!(
            verdict(Method::GET, &embedded),
            Err("foreign-origin".into())
        );
    }

    #[test]
    fn what_changes_something_needs_the_mark() {
        let form = [("host", "localhost"), ("content-type", "text/plain")];
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            assert_eq!(verdict(method, &form), Err("missing-header".into()));
        }
    }

    proptest! {
        #[test]
        fn only_the_three_names_pass(host in "\\PC{0,40}") {
            let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
            let own = LOOPBACK_NAMES.iter().any(|own| {
                name.eq_ignore_ascii_case(own) || host.eq_ignore_ascii_case(own)
            });
            prop_assert!(!is_loopback_name(&host) || own);
        }
    }
}
