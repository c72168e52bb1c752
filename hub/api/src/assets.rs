//! The page's files, given by the program, and how they are served: compressed copies, an entity
//! tag, and caching for ever where the name says the content.

use std::borrow::Cow;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::problem::{Kind, Problem};
use crate::state::Api;

/// The files of the page.
pub trait Assets: Send + Sync {
    /// The file at this path, relative to the page's root and without a leading slash.
    fn get(&self, path: &str) -> Option<Asset>;

    /// A hash of the whole page.
    fn hash(&self) -> Cow<'static, str>;
}

/// One file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its content.
    pub bytes: Cow<'static, [u8]>,
    /// Its content compressed with brotli.
    pub brotli: Option<Cow<'static, [u8]>>,
    /// Its content compressed with gzip.
    pub gzip: Option<Cow<'static, [u8]>>,
    /// Its media type.
    pub content_type: &'static str,
    /// A hash of its content.
    pub hash: Cow<'static, str>,
    /// Whether its name changes with its content.
    pub immutable: bool,
}

/// No page at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAssets;

impl Assets for NoAssets {
    fn get(&self, _: &str) -> Option<Asset> {
        None
    }

    fn hash(&self) -> Cow<'static, str> {
        Cow::Borrowed("none")
    }
}

/// Says which page this is, so that an open one can tell that it is older than the hub.
const UI_HASH: HeaderName = HeaderName::from_static("x-ingle-ui");

/// Answers what is not of the API: a file, the page itself for its own addresses, or a problem.
pub(crate) async fn serve(State(api): State<Api>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") {
        return not_found(path);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::new(Kind::MethodNotAllowed, "a page is only read").into_response();
    }
    let assets = api.assets();
    let name = path.trim_start_matches('/');
    // An address without a dot in its last part is one of the page's own.
    let is_page = !name.rsplit('/').next().unwrap_or_default().contains('.');
    let found = assets
        .get(name)
        .or_else(|| assets.get("index.html").filter(|_| is_page));
    let Some(asset) = found else {
        return not_found(path);
    };
    let mut response = answer(asset, request.headers());
    if let Ok(hash) = HeaderValue::from_str(&assets.hash()) {
        response.headers_mut().insert(UI_HASH, hash);
    }
    response
}

fn not_found(path: &str) -> Response {
    Problem::new(Kind::NotFound, path)
        .advise("The API is described at /api/v1/openapi.json.")
        .into_response()
}

fn answer(asset: Asset, asked: &HeaderMap) -> Response {
    let (encoding, bytes) = match (asset.brotli, asset.gzip) {
        (Some(brotli), _) if accepts(asked, "br") => (Some("br"), brotli),
        (_, Some(gzip)) if accepts(asked, "gzip") => (Some("gzip"), gzip),
        _ => (None, asset.bytes),
    };
    let tag = format!("\"{}{}\"", asset.hash, encoding.unwrap_or_default());
    let known = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        axum::body::Body::from(into_bytes(bytes)).into_response()
    };
    let headers = response.headers_mut();
    let cache = if asset.immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(asset.content_type),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding.filter(|_| !is_known) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn into_bytes(bytes: Cow<'static, [u8]>) -> axum::body::Bytes {
    match bytes {
        Cow::Borrowed(bytes) => axum::body::Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    }
}

/// Whether the client takes this encoding. RFC 9110 §12.5.3, weights of zero considered.
fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    let accepted = asked
        .get(header::ACCEPT_ENCODING)
        .and_then(|accepted| accepted.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        named && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset() -> Asset {
        Asset {
            bytes: Cow::Borrowed(b"plain"),
            brotli: Some(Cow::Borrowed(b"br")),
            gzip: Some(Cow::Borrowed(b"gz")),
            content_type: "text/css",
            hash: "abc".into(),
            immutable: true,
        }
    }

    fn asked(accept: &str) -> HeaderMap {
        let accept = HeaderValue::from_str(accept).unwrap();
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, accept)])
    }

    fn encoding(accept: &str) -> Option<String> {
        let response = answer(asset(), &asked(accept));
        let encoding = response.headers().get(header::CONTENT_ENCODING)?;
        Some(encoding.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_best_encoding_that_is_accepted_is_sent() {
        assert_eq!(encoding("gzip, deflate, br"), Some("br".into()));
        assert_eq!(encoding("br;q=0, GZIP;q=0.5"), Some("gzip".into()));
        assert_eq!(encoding("identity"), None);
        assert_eq!(encoding(""), None);
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        let mut headers = asked("br");
        headers.insert(
            header::IF_NONE_MATCH,
            HeaderValue::from_static("\"x\", \"abcbr\""),
        );
        let response = answer(asset(), &headers);
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
        assert_eq!(response.headers()[header::ETAG], "\"abcbr\"");
    }
}
