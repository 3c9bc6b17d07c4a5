//! `POST /v2/models/{model}[/versions/{version}]/infer`: tensors in, tensors out.

use std::mem;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use toile_protocol::{InferResponse, Pixels, Refusal};

use super::beside::{SMALL, beside};
use super::shared::{Names, answer, either, model_of, names, version_of};
use crate::body;
use crate::metrics::Route;
use crate::reply::{JSON, refusal, reply};
use crate::service::App;

/// How much of a body is JSON, where binary tensors follow.
const JSON_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");

pub(super) async fn infer(
    State(app): State<Arc<App>>,
    name: Names<String>,
    request: Request<Body>,
) -> Response<Body> {
    either(Route::Infer, inferred(&app, names(name).map(|name| (name, None)), request).await)
}

pub(super) async fn infer_version(
    State(app): State<Arc<App>>,
    named: Names<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    let named = names(named).map(|(name, version)| (name, Some(version)));
    either(Route::Infer, inferred(&app, named, request).await)
}

async fn inferred(
    app: &App,
    named: Result<(String, Option<String>), Refusal>,
    request: Request<Body>,
) -> Result<Response<Body>, Refusal> {
    let (name, version) = named?;
    let models = app.models();
    let model = model_of(&models, &name)?;
    let version = version_of(model, version.as_deref())?;
    let (parts, mut body) = request.into_parts();
    let json_length = json_length(&parts.headers)?;
    let bytes = body::read(&parts.headers, &mut body, &app.options.limits, &app.bodies).await?;
    // Many requests may wait: nobody needs their texts once they are read.
    let mut asked = if bytes.len() <= SMALL {
        let asked = toile_protocol::parse_infer(&bytes, json_length, &model.facts)?;
        drop(bytes);
        asked
    } else {
        let facts = model.facts.clone();
        beside(move || toile_protocol::parse_infer(&bytes, json_length, &facts)).await??
    };
    let pixels = mem::replace(&mut asked.pixels, Pixels::Bytes(vec![]));
    let answer = answer(version, pixels, asked.images).await?;
    let InferResponse { body, json_length } =
        toile_protocol::write_infer(&asked, &model.facts, &version.name, answer.of_job());
    let kind = if json_length.is_some() { "application/octet-stream" } else { JSON };
    let mut response = reply(StatusCode::OK, kind, body);
    if let Some(length) = json_length {
        response.headers_mut().insert(JSON_LENGTH, HeaderValue::from(length));
    }
    Ok(response)
}

fn json_length(headers: &HeaderMap) -> Result<Option<usize>, Refusal> {
    let Some(value) = headers.get(JSON_LENGTH) else { return Ok(None) };
    let number = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    number.and_then(|text| text.parse().ok()).map(Some).ok_or_else(|| {
        let said = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let what = "is no number; say how many bytes of the body are JSON, or leave the header out";
        refusal(StatusCode::BAD_REQUEST, format!("Inference-Header-Content-Length: {said:?} {what}"))
    })
}
