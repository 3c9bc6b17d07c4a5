//! What several routes need: models by name, probabilities, and answers that are counted.

use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{Response, StatusCode};
use toile_protocol::{Answers, Pixels, Refusal};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::metrics::Route;
use crate::models::{Model, Models, Version};
use crate::queue::{Answer, Full};
use crate::reply::{refusal, refused};

/// An answer with the route that it is counted by.
pub(super) fn counted(route: Route, mut response: Response<Body>) -> Response<Body> {
    response.extensions_mut().insert(route);
    response
}

/// An answer or a refusal, counted.
pub(super) fn either(route: Route, answer: Result<Response<Body>, Refusal>) -> Response<Body> {
    counted(route, answer.unwrap_or_else(|refusal| refused(&refusal)))
}

/// The names in an address, as a route is given them.
pub(super) type Names<T> = Result<Path<T>, PathRejection>;

/// The names in an address.
pub(super) fn names<T>(names: Names<T>) -> Result<T, Refusal> {
    names.map(|Path(names)| names).map_err(|_| {
        let words = "a name in the address is not UTF-8; write it as /v2/models and /openapi.json do";
        refusal(StatusCode::BAD_REQUEST, words)
    })
}

/// A model by its name.
pub(super) fn model_of<'a>(models: &'a Models, name: &str) -> Result<&'a Model, Refusal> {
    models.find(name).ok_or_else(|| {
        let known = models.names();
        refusal(StatusCode::NOT_FOUND, format!("no model is called {name:?}; served are: {known}"))
    })
}

/// A version of a model.
pub(super) fn version_of<'a>(model: &'a Model, name: Option<&str>) -> Result<&'a Version, Refusal> {
    model.version(name).ok_or_else(|| {
        let (known, model) = (model.facts.versions.join(", "), &model.facts.name);
        let name = name.unwrap_or_default();
        refusal(StatusCode::NOT_FOUND, format!("{model} has no version {name:?}; it has: {known}"))
    })
}

/// Lets a version compute.
pub(super) async fn answer(version: &Version, pixels: Pixels, images: usize) -> Result<Answer, Refusal> {
    let is_normalized = matches!(pixels, Pixels::Normalized(_));
    let answered = version.queue().ask(pixels, images).await.map_err(|Full { waiting }| {
        refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{waiting} images wait already; ask again when Retry-After has passed"),
        )
    })?;
    let answer = answered.await.map_err(|_| {
        refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the network failed on a batch; this is a bug in Toile, please report what the server printed",
        )
    })?;
    match not_finite(answer.of_job()) {
        None => Ok(answer),
        // Somebody else's normalization may be anything.
        Some(image) if is_normalized => Err(refusal(
            StatusCode::BAD_REQUEST,
            format!(
                "inputs[0]: image {image}: its values are too large for the network; send them normalized as in training, \
                 or the bytes of the image as images"
            ),
        )),
        Some(image) => Err(refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!(
                "image {image}: the network has no probabilities for it, as its training diverged; serve another run"
            ),
        )),
    }
}

/// The first image without probabilities: where numbers become too large for a network they end as no number.
fn not_finite(Answers { probabilities, classes }: Answers<'_>) -> Option<usize> {
    let at = probabilities.iter().position(|probability| !probability.is_finite())?;
    Some(at / (probabilities.len() / classes.len()))
}

/// Bytes of a body that are read where HTTP is spoken: above, everybody else would wait for milliseconds.
pub(super) const SMALL: usize = 256 << 10;

/// Does work beside the thread that speaks HTTP. What has not begun when nobody waits for it any more is not done.
pub(super) async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let mut task = Abandoned(spawn_blocking(work));
    (&mut task.0).await.map_err(|_| {
        let words = "this is a bug in Toile; please report the request with what the server printed";
        refusal(StatusCode::INTERNAL_SERVER_ERROR, words)
    })
}

/// A task that does not begin once this is dropped.
struct Abandoned<T>(JoinHandle<T>);

impl<T> Drop for Abandoned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
