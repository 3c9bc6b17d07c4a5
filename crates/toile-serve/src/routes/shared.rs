//! What several routes need: models by name, probabilities, and answers that are counted.

use axum::body::Body;
use axum::http::{Response, StatusCode};
use toile_protocol::{Pixels, Refusal};

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
    let answered = version.queue().ask(pixels, images).await.map_err(|Full { waiting }| {
        refusal(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{waiting} images wait already; ask again when Retry-After has passed"),
        )
    })?;
    answered.await.map_err(|_| {
        refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the network failed on a batch; this is a bug in Toile, please report what the server printed",
        )
    })
}
