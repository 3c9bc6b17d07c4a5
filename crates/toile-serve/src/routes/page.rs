//! `/`: the page in which a network runs.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use toile_protocol::Refusal;

use super::beside::beside;
use super::shared::{Names, either, model_of, names};
use crate::metrics::Route;
use crate::models::Models;
use crate::reply::{refusal, reply};
use crate::service::App;

const HTML: &str = "text/html; charset=utf-8";

/// The page of the only model, or which there are.
pub(super) async fn home(State(app): State<Arc<App>>) -> Response<Body> {
    let models = app.models();
    let answer = match models.all() {
        [only] => page(&models, &only.facts.name).await,
        _ => Ok(reply(StatusCode::OK, HTML, list(&models))),
    };
    either(Route::Page, answer)
}

/// The page of a model.
pub(super) async fn live(State(app): State<Arc<App>>, name: Names<String>) -> Response<Body> {
    let models = app.models();
    let answer = match names(name) {
        Ok(name) => page(&models, &name).await,
        Err(refusal) => Err(refusal),
    };
    either(Route::Page, answer)
}

async fn page(models: &Models, name: &str) -> Result<Response<Body>, Refusal> {
    let page = Arc::clone(&model_of(models, name)?.page);
    // It reads the run's files when it is made.
    match beside(move || page.get()).await? {
        Ok(page) => Ok(reply(StatusCode::OK, HTML, page)),
        Err(problem) => Err(refusal(StatusCode::NOT_FOUND, format!("the model has no page: {problem}"))),
    }
}

/// Names consist of letters, digits and a few signs that mean nothing in HTML.
fn list(models: &Models) -> String {
    let mut text =
        "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Models by Toile</title>\n\
                    <h1>Models</h1>\n<ul>\n"
            .to_owned();
    for model in models.all() {
        let name = &model.facts.name;
        writeln!(text, "<li><a href=\"/live/{name}\">{name}</a></li>").expect("a String takes everything");
    }
    text + "</ul>\n</html>\n"
}
