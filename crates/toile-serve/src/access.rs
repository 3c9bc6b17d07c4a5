//! Who may ask: a token that every request brings, and pages of other origins.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use toile_protocol::Refusal;

use crate::reply::refusal;

/// What is asked of every request.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    token: Option<String>,
    origins: Vec<String>,
}

impl Access {
    pub(crate) fn new(token: Option<String>, origins: Vec<String>) -> Access {
        Access { token, origins }
    }

    /// # Errors
    /// A request without the token. Who only asks whether the server lives needs none: orchestrators have none.
    pub(crate) fn check(&self, request: &Parts) -> Result<(), Refusal> {
        let Some(token) = &self.token else { return Ok(()) };
        if request.uri.path().starts_with("/v2/health/") {
            return Ok(());
        }
        let given = request.headers.get(header::AUTHORIZATION).map_or(&[][..], HeaderValue::as_bytes);
        let is_bearer = given.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "));
        if is_bearer && is_same(given[7..].trim_ascii(), token.as_bytes()) {
            return Ok(());
        }
        Err(refusal(
            StatusCode::UNAUTHORIZED,
            "this server wants its token; send the header Authorization: Bearer TOKEN",
        ))
    }

    /// The answer to a browser that asks whether a page of another origin may send a request.
    pub(crate) fn preflight(&self, request: &Parts) -> Option<Response<Body>> {
        let asks = request.method == Method::OPTIONS
            && request.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !asks || self.allowed(&request.headers).is_none() {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        let mut say = |name, value| headers.insert(name, HeaderValue::from_static(value));
        say(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST");
        say(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, inference-header-content-length",
        );
        say(header::ACCESS_CONTROL_MAX_AGE, "600");
        Some(response)
    }

    /// Lets the page of an origin that was named read the answer.
    pub(crate) fn share(&self, origin: Option<HeaderValue>, response: &mut Response<Body>) {
        if let Some(origin) = origin {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::VARY, HeaderValue::from_static("origin"));
            headers.insert(
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("inference-header-content-length"),
            );
        }
    }

    /// The origin of a request, if its pages may ask.
    pub(crate) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        if self.origins.is_empty() {
            return None;
        }
        let origin = headers.get(header::ORIGIN)?;
        let is_named = |named: &String| named == "*" || named.as_bytes() == origin.as_bytes();
        self.origins.iter().any(is_named).then(|| origin.clone())
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let differing = a.iter().zip(b).fold(0, |differing, (a, b)| std::hint::black_box(differing | (a ^ b)));
    a.len() == b.len() && differing == 0
}
