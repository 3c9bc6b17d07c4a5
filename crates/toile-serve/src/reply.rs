//! Answers.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use toile_protocol::Refusal;

/// An answer with its type.
pub(crate) fn reply(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// JSON that says what was asked for.
pub(crate) fn json(body: Vec<u8>) -> Response<Body> {
    reply(StatusCode::OK, JSON, body)
}

pub(crate) const JSON: &str = "application/json";

/// Why a request is refused.
pub(crate) fn refused(Refusal { status, message }: &Refusal) -> Response<Body> {
    let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = reply(status, JSON, toile_protocol::error(message));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// A refusal in words.
pub(crate) fn refusal(status: StatusCode, message: impl Into<String>) -> Refusal {
    Refusal { status: status.as_u16(), message: message.into() }
}

/// What is said where Toile itself is wrong.
pub(crate) fn bug() -> Refusal {
    let words = "this is a bug in Toile; please report the request with what the server printed";
    refusal(StatusCode::INTERNAL_SERVER_ERROR, words)
}

/// The bytes of a refusal on a connection that speaks no HTTP yet, or no more.
pub(crate) fn raw(status: StatusCode, message: &str) -> Vec<u8> {
    let body = toile_protocol::error(message);
    let retry = if status == StatusCode::SERVICE_UNAVAILABLE { "retry-after: 1\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: {JSON}\r\ncontent-length: {}\r\n{retry}connection: close\r\n\r\n",
        status.as_u16(),
        status.canonical_reason().unwrap_or(""),
        body.len()
    );
    [head.into_bytes(), body].concat()
}
