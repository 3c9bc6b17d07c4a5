//! `POST /predict`: a picture in, what `toile predict --json` says of it out; for people with curl.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Request, Response, StatusCode, header};
use toile::Said;
use toile_picture::{Limits, PictureError, Preprocessing};
use toile_protocol::{Answers, ModelFacts, Pixels, Refusal};

use super::form;
use super::shared::{answer, either, model_of, version_of};
use crate::body;
use crate::metrics::Route;
use crate::models::{Model, Version};
use crate::reply::{json, refusal};
use crate::service::App;

/// The type of forms with files.
const FORM: &str = "multipart/form-data";
/// Classes that are listed by rank.
const TOP: usize = 5;
/// For a picture to be decoded: far more than any honest one of the size allowed takes.
const DECODING: Duration = Duration::from_secs(5);

pub(super) async fn first(State(app): State<Arc<App>>, request: Request<Body>) -> Response<Body> {
    either(Route::Predict, predicted(&app, None, None, request).await)
}

pub(super) async fn model(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    either(Route::Predict, predicted(&app, Some(&name), None, request).await)
}

pub(super) async fn version(
    State(app): State<Arc<App>>,
    Path((name, version)): Path<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    either(Route::Predict, predicted(&app, Some(&name), Some(&version), request).await)
}

async fn predicted(
    app: &Arc<App>,
    name: Option<&str>,
    version: Option<&str>,
    request: Request<Body>,
) -> Result<Response<Body>, Refusal> {
    let models = app.models();
    let model = match (name, models.all()) {
        (Some(name), _) => model_of(&models, name)?,
        (None, [only]) => only,
        (None, _) => {
            let known = models.names();
            let what =
                format!("there are several models; send it to /predict/MODEL, of which there are: {known}");
            return Err(refusal(StatusCode::BAD_REQUEST, what));
        }
    };
    let version = version_of(model, version)?;
    let (parts, mut body) = request.into_parts();
    let bytes = body::read(&parts.headers, &mut body, &app.options.limits).await?;
    let kind =
        parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_form = kind.get(..FORM.len()).is_some_and(|start| start.eq_ignore_ascii_case(FORM));
    let picture = match is_form {
        true => form::only_part(kind, &bytes).map_err(|problem| {
            let remedy = "send one file, as with: curl -F image=@shoe.png";
            refusal(StatusCode::BAD_REQUEST, format!("the form {problem}; {remedy}"))
        })?,
        false => bytes,
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

/// A picture's pixels, decoded beside the thread that speaks HTTP.
async fn decoded(app: &Arc<App>, picture: Bytes, how: Preprocessing) -> Result<Vec<u8>, Refusal> {
    let decoding = Decoding::begin(app)?;
    let pixels = app.options.limits.pixels;
    let decode = move || {
        // Whoever asked may have gone: a picture counts until it is done.
        let _decoding = decoding;
        let limits = Limits { pixels_max: pixels, time: DECODING, ..Limits::default() };
        toile_picture::preprocess(&picture, &how, &limits)
    };
    match tokio::task::spawn_blocking(decode).await {
        Ok(pixels) => pixels.map_err(|error| unread(&error)),
        Err(_) => Err(refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the picture could not be decoded; this is a bug in Toile, please report it with the picture",
        )),
    }
}

fn unread(error: &PictureError) -> Refusal {
    let status = match error {
        PictureError::TooManyBytes { .. } | PictureError::TooManyPixels { .. } => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        _ => StatusCode::BAD_REQUEST,
    };
    refusal(status, format!("the picture: {error}"))
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
