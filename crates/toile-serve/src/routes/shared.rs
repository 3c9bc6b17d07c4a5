//! What several routes need: models by name, probabilities, and answers that are counted.

use axum::body::Body;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{Response, StatusCode};
use toile_protocol::{Answers, Pixels, Refusal};

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
        Some(image) => Err(unanswered(image, is_normalized)),
    }
}

/// Why an image has no probabilities.
fn unanswered(image: usize, is_normalized: bool) -> Refusal {
    if is_normalized {
        // Somebody else's normalization may be anything.
        let words = "its values are too large for the network; send them normalized as in training, or send bytes as images";
        return refusal(StatusCode::BAD_REQUEST, format!("inputs[0]: image {image}: {words}"));
    }
    let words = "the network has no probabilities for it, as its training diverged; serve another run";
    refusal(StatusCode::INTERNAL_SERVER_ERROR, format!("image {image}: {words}"))
}

/// The first image without probabilities: where numbers become too large for a network they end as no number.
fn not_finite(Answers { probabilities, classes }: Answers<'_>) -> Option<usize> {
    let at = probabilities.iter().position(|probability| !probability.is_finite())?;
    Some(at / (probabilities.len() / classes.len()))
}
