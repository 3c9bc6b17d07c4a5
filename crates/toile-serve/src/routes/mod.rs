//! What is answered where.

mod beside;
mod facts;
mod form;
mod infer;
mod page;
mod predict;
mod shared;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use axum::routing::{get, post};

use crate::metrics::Route;
use crate::reply::{json, refusal, refused, reply};
use crate::service::App;
use shared::counted;

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
