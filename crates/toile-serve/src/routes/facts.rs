//! What the protocol tells without computing: health, and what is served.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use toile_protocol::Refusal;

use super::shared::{Names, counted, either, model_of, names, version_of};
use crate::metrics::Route;
use crate::models::Model;
use crate::reply::{JSON, json, reply};
use crate::service::App;

pub(super) async fn server() -> Response<Body> {
    counted(Route::Metadata, json(toile_protocol::server_metadata()))
}

pub(super) async fn live() -> Response<Body> {
    counted(Route::Health, json(toile_protocol::server_live()))
}

/// Not ready is a server that ends.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response<Body> {
    let is_ready = !app.is_stopping();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    counted(Route::Health, reply(status, JSON, toile_protocol::server_ready(is_ready)))
}

pub(super) async fn model(State(app): State<Arc<App>>, name: Names<String>) -> Response<Body> {
    about(&app, one(name), |model| toile_protocol::model_metadata(&model.facts))
}

pub(super) async fn version(State(app): State<Arc<App>>, name: Names<(String, String)>) -> Response<Body> {
    about(&app, both(name), |model| toile_protocol::model_metadata(&model.facts))
}

pub(super) async fn model_ready(State(app): State<Arc<App>>, name: Names<String>) -> Response<Body> {
    about(&app, one(name), |model| toile_protocol::model_ready(&model.facts.name, true))
}

pub(super) async fn version_ready(
    State(app): State<Arc<App>>,
    name: Names<(String, String)>,
) -> Response<Body> {
    about(&app, both(name), |model| toile_protocol::model_ready(&model.facts.name, true))
}

/// A model, and one of its versions where the address names one.
type Named = Result<(String, Option<String>), Refusal>;

fn one(model: Names<String>) -> Named {
    names(model).map(|model| (model, None))
}

fn both(of: Names<(String, String)>) -> Named {
    names(of).map(|(model, version)| (model, Some(version)))
}

/// What is served is ready: a model appears when its networks are.
fn about(app: &App, named: Named, say: fn(&Model) -> Vec<u8>) -> Response<Body> {
    let models = app.models();
    let said = || -> Result<_, Refusal> {
        let (model, version) = named?;
        let model = model_of(&models, &model)?;
        version_of(model, version.as_deref())?;
        Ok(json(say(model)))
    };
    either(Route::Metadata, said())
}
