//! What is answered where.

mod facts;
mod form;
mod infer;
mod page;
mod predict;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use axum::routing::{get, post};
use toile_protocol::{Pixels, Refusal};

use crate::metrics::Route;
use crate::models::{Model, Models, Version};
use crate::queue::{Answer, Full};
use crate::reply::{json, refusal, refused, reply};
use crate::service::App;

/// All routes; what each is counted as stands in its answers.
pub(crate) fn router(app: Arc<App>) -> Router {
    let versioned = "/v2/models/{model}/versions/{version}";
    Router::new()
        .route("/v2", get(facts::server))
        .route("/v2/", get(facts::server))
        .route("/v2/health/live", get(facts::live))
        .route("/v2/health/ready", get(facts::ready))
        .route("/v2/models/{model}", get(facts::model))
        .route("/v2/models/{model}/ready", get(facts::model_ready))
        .route("/v2/models/{model}/infer", post(infer::infer))
        .route(versioned, get(facts::version))
        .route(&format!("{versioned}/ready"), get(facts::version_ready))
        .route(&format!("{versioned}/infer"), post(infer::infer_version))
        .route("/predict", post(predict::first))
        .route("/predict/{model}", post(predict::model))
        .route("/predict/{model}/versions/{version}", post(predict::version))
        .route("/", get(page::home))
        .route("/live/{model}", get(page::live))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi))
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .with_state(app)
}

async fn metrics(State(app): State<Arc<App>>) -> Response<Body> {
    let text = app.metrics.text(&app.models());
    counted(Route::Metrics, reply(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text))
}

async fn openapi(State(app): State<Arc<App>>) -> Response<Body> {
    counted(Route::OpenApi, json(toile_protocol::openapi(&app.models().facts())))
}

async fn nowhere(request: Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    counted(
        Route::Other,
        refused(&refusal(
            StatusCode::NOT_FOUND,
            format!("nothing is at {path}; what there is, /openapi.json says"),
        )),
    )
}

async fn not_so(request: Request<Body>) -> Response<Body> {
    let (method, path) = (request.method(), request.uri().path());
    counted(
        Route::Other,
        refused(&refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("{path} takes no {method}; its methods stand in the header Allow"),
        )),
    )
}

/// An answer with the route that it is counted by.
fn counted(route: Route, mut response: Response<Body>) -> Response<Body> {
    response.extensions_mut().insert(route);
    response
}

/// An answer or a refusal, counted.
fn either(route: Route, answer: Result<Response<Body>, Refusal>) -> Response<Body> {
    counted(route, answer.unwrap_or_else(|refusal| refused(&refusal)))
}

/// A model by its name.
fn model_of<'a>(models: &'a Models, name: &str) -> Result<&'a Model, Refusal> {
    models.find(name).ok_or_else(|| {
        let known = models.names();
        refusal(StatusCode::NOT_FOUND, format!("no model is called {name:?}; served are: {known}"))
    })
}

/// A version of a model.
fn version_of<'a>(model: &'a Model, name: Option<&str>) -> Result<&'a Version, Refusal> {
    model.version(name).ok_or_else(|| {
        let (known, model) = (model.facts.versions.join(", "), &model.facts.name);
        let name = name.unwrap_or_default();
        refusal(StatusCode::NOT_FOUND, format!("{model} has no version {name:?}; it has: {known}"))
    })
}

/// Lets a version compute.
async fn answer(version: &Version, pixels: Pixels, images: usize) -> Result<Answer, Refusal> {
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
