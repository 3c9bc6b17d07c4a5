//! `POST /predict`: a picture in, what `toile predict --json` says of it out; for people with curl.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use toile::Said;
use toile_picture::{Limits, PictureError, Preprocessing};
use toile_protocol::{Answers, ModelFacts, Pixels, Refusal};

use super::beside::{SMALL, beside};
use super::form;
use super::shared::{Names, answer, either, model_of, names, version_of};
use crate::body;
use crate::metrics::Route;
use crate::models::{Model, Version};
use crate::reply::{json, refusal};
use crate::service::App;

/// The type of forms with files.
const FORM: &str = "multipart/form-data";
/// Classes that are listed by rank.
const TOP: usize = 5;

pub(super) async fn first(State(app): State<Arc<App>>, request: Request<Body>) -> Response<Body> {
    either(Route::Predict, predicted(&app, Ok((None, None)), request).await)
}

pub(super) async fn model(
    State(app): State<Arc<App>>,
    name: Names<String>,
    request: Request<Body>,
) -> Response<Body> {
    let named = names(name).map(|name| (Some(name), None));
    either(Route::Predict, predicted(&app, named, request).await)
}

pub(super) async fn version(
    State(app): State<Arc<App>>,
    named: Names<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    let named = names(named).map(|(name, version)| (Some(name), Some(version)));
    either(Route::Predict, predicted(&app, named, request).await)
}

async fn predicted(
    app: &Arc<App>,
    named: Result<(Option<String>, Option<String>), Refusal>,
    request: Request<Body>,
) -> Result<Response<Body>, Refusal> {
    let (name, version) = named?;
    let models = app.models();
    let model = match (name, models.all()) {
        (Some(name), _) => model_of(&models, &name)?,
        (None, [only]) => only,
        (None, _) => {
            let known = models.names();
            let what =
                format!("there are several models; send it to /predict/MODEL, of which there are: {known}");
            return Err(refusal(StatusCode::BAD_REQUEST, what));
        }
    };
    let version = version_of(model, version.as_deref())?;
    let (parts, mut body) = request.into_parts();
    let bytes = body::read(&parts.headers, &mut body, &app.options.limits, &app.bodies).await?;
    let picture = match form_of(&parts.headers).map(str::to_owned) {
        None => bytes,
        Some(kind) if bytes.len() <= SMALL => file_of(&kind, &bytes)?,
        Some(kind) => beside(move || file_of(&kind, &bytes)).await??,
    };
    if picture.is_empty() {
        return Err(refusal(
            StatusCode::BAD_REQUEST,
            "the body is empty; send a picture's bytes, as with: curl --data-binary @shoe.png",
        ));
    }
    let pixels = decoded(app, picture, version.preprocessing).await?;
    let answer = answer(version, Pixels::Bytes(pixels), 1).await?;
    Ok(json(text(model, version, answer.of_job())))
}

/// The type of a body that is a form.
fn form_of(headers: &HeaderMap) -> Option<&str> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    kind.get(..FORM.len()).is_some_and(|start| start.eq_ignore_ascii_case(FORM)).then_some(kind)
}

/// The file of a form.
fn file_of(kind: &str, form: &Bytes) -> Result<Bytes, Refusal> {
    form::only_part(kind, form).map_err(|problem| {
        let remedy = "send one file, as with: curl -F image=@shoe.png";
        refusal(StatusCode::BAD_REQUEST, format!("the form {problem}; {remedy}"))
    })
}

/// A picture's pixels, decoded beside the thread that speaks HTTP.
async fn decoded(app: &Arc<App>, picture: Bytes, how: Preprocessing) -> Result<Vec<u8>, Refusal> {
    let decoding = Decoding::begin(app)?;
    let (pixels_max, time) = (app.options.limits.pixels, app.options.limits.decoding_time);
    let decode = move || {
        // A picture counts until it is done, or given up.
        let _decoding = decoding;
        let limits = Limits { pixels_max, time, ..Limits::default() };
        toile_picture::preprocess(&picture, &how, &limits)
    };
    beside(decode).await?.map_err(|error| unread(&error))
}

/// What is wrong with a picture that came with a request, and what to send in its place: the error's own remedy is for
/// whoever has a folder of files.
fn unread(error: &PictureError) -> Refusal {
    use PictureError::*;
    let (status, remedy) = match error {
        TooManyBytes { .. } | TooManyPixels { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, "send a smaller version of it")
        }
        UnknownFormat { .. } => (StatusCode::BAD_REQUEST, "send a file of one of these formats"),
        Unsupported { .. } => (StatusCode::BAD_REQUEST, "send it as 8-bit PNG or JPEG"),
        TooSlow { .. } => (StatusCode::BAD_REQUEST, "send it as another program saves it"),
        Empty | NoFile { .. } | Io { .. } | Truncated { .. } | Damaged { .. } => {
            (StatusCode::BAD_REQUEST, "send a whole copy of it")
        }
    };
    refusal(status, format!("the picture: {}; {remedy}", error.problem()))
}

/// A picture among those that are decoded or wait for it.
struct Decoding(Arc<App>);

impl Decoding {
    fn begin(app: &Arc<App>) -> Result<Decoding, Refusal> {
        let waiting = app.metrics.decoding.fetch_add(1, Relaxed);
        let decoding = Decoding(Arc::clone(app));
        if waiting < app.options.limits.queue_images as u64 {
            return Ok(decoding);
        }
        Err(refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{waiting} pictures wait already; ask again when Retry-After has passed"),
        ))
    }
}

impl Drop for Decoding {
    fn drop(&mut self) {
        self.0.metrics.decoding.fetch_sub(1, Relaxed);
    }
}

/// The words of `toile predict --json`, and who says them.
#[derive(serde::Serialize)]
struct Line<'a> {
    model: &'a str,
    version: &'a str,
    #[serde(flatten)]
    said: Said<'a>,
}

/// Of one image.
fn text(model: &Model, version: &Version, Answers { probabilities, classes }: Answers<'_>) -> Vec<u8> {
    let ModelFacts { name, class_names, .. } = &model.facts;
    let said = Said::new(class_names, probabilities, classes[0], TOP);
    serde_json::to_vec(&Line { model: name, version: &version.name, said })
        .expect("text and numbers are JSON")
}
