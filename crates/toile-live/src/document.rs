//! The page's markup: everything that stands still in it.

mod confusion;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use toile_draw::{base64, palette};
use toile_nn::plain::features;
use toile_study::numbers::{count, percent};
use toile_study::trained::Trained;

use crate::data;
use crate::extras::Extras;
use crate::mark;
use crate::script;
use crate::weights::{self, WeightBits};

const STYLE: &str = include_str!("style.css");

/// What a page may do: run what stands in it and show what is given to it. Nothing is loaded.
const POLICY: &str = "default-src 'none'; img-src data: blob:; media-src blob: mediastream:; \
                      style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A page from a server may also ask that.
fn policy(extras: &Extras) -> String {
    let asks = if extras.server.is_some() { "; connect-src 'self'" } else { "" };
    format!("{POLICY}{asks}")
}

/// The whole page.
pub(crate) fn text(trained: &Trained, extras: &Extras, bits: WeightBits) -> String {
    let (packed, places) = weights::packed(trained, bits);
    let examples: Vec<u8> = extras.shown().iter().flat_map(|example| &example.pixels).copied().collect();
    let styles = [palette::css(), confusion::css(), STYLE.to_owned()].concat();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content={ "Toile " (env!("CARGO_PKG_VERSION")) };
                // Near the start, where it is looked for.
                @if let Some(evaluation) = &extras.evaluation {
                    meta name=(mark::NAME) content=(mark::mark(&trained.run, evaluation));
                }
                meta http-equiv="Content-Security-Policy" content=(policy(extras));
                // Of a page's server a browser would ask for a picture of it.
                @if extras.server.is_some() { link rel="icon" href="data:,"; }
                title { (extras.title) }
                style { (PreEscaped(styles)) }
            }
            body {
                a.skip href="#main" { "Skip to the drawing pad" }
                div.sheet {
                    (head(trained, extras))
                    noscript { p.warning { "The network runs in a script, and this browser runs none here." } }
                    main #main tabindex="-1" {
                        div.bench.scripted hidden { (input(trained, extras)) (answer(trained, extras)) }
                        (examples_section(extras))
                        (confusion::section(trained, extras))
                    }
                }
                (footer(trained, extras, bits))
                script #data type="application/json" { (PreEscaped(data::json(trained, extras, &places))) }
                script #example-pixels type="text/plain" { (PreEscaped(base64::encode(&examples))) }
                script #weights type="text/plain" { (PreEscaped(packed)) }
                script { (PreEscaped(script::text(extras.server.is_some()))) }
            }
        }
    };
    page.into_string() + "\n"
}

fn head(trained: &Trained, extras: &Extras) -> Markup {
    let Trained { network, class_names, dataset, .. } = trained;
    html! {
        header {
            p.kicker { "A model by Toile" @if !trained.study.is_empty() { " · " (trained.study) } }
            h1 { (extras.title) }
            p.lead {
                "A network of " (count(network.parameter_count() as u64)) " parameters that tells the "
                (class_names.len()) " classes of " b { (dataset) } " apart"
                @if let Some(evaluation) = &extras.evaluation {
                    ", right about " b { (evaluation.accuracy().map_or_else(String::new, percent)) } " of "
                    @match evaluation.is_tested() {
                        true => { "its " (count(evaluation.confusion.images())) " test images" }
                        false => { "the " (count(evaluation.confusion.images())) " images held out of its training" }
                    }
                    @if trained.recipe.test_time_augmentation.is_some() && extras.server.is_none() { " with test-time augmentation, without it here" }
                }
                @if extras.server.is_some() { ". The server that this page is from answers: what you draw or open is sent to it, and to nobody else." }
                @else { ". It runs in this page: what you draw or open stays with you." }
            }
        }
    }
}

/// Where pictures come from.
fn input(trained: &Trained, extras: &Extras) -> Markup {
    let [channels, height, width] = trained.image_shape;
    let side = height.max(width);
    html! {
        section.input aria-labelledby="input-title" {
            h2 #input-title.hidden { "Give it a picture" }
            div.modes role="group" aria-label="Where the picture comes from" {
                button #mode-draw type="button" aria-pressed="true" { "Draw" }
                span.opener { input #file type="file" accept="image/*"; label for="file" { "Open a picture" } }
                button #mode-camera type="button" aria-pressed="false" { "Camera" }
            }
            div #stage data-mode="draw" {
                canvas #pad.of-draw tabindex="0" role="application" aria-label="Drawing pad" aria-describedby="pad-help" {}
                span #pen hidden {}
                canvas #preview.of-picture role="img" aria-label="The picture" hidden {}
                video #video.of-camera muted playsinline aria-label="What the camera sees" hidden {}
            }
            div.tools.of-draw {
                label.slider { "Brush" input #brush type="range" min="0.5" max=(brush_max(side)) step="0.5" value=(brush(side)); }
                @if channels == 1 {
                    label.slider { "Shade" input #ink type="range" min="10" max="100" step="5" value="100"; }
                } @else {
                    label.slider { "Colour" input #ink type="color" value="#c03a2b"; }
                }
                label.check { input #fill type="checkbox"; "Fill" }
                span.buttons { button #undo type="button" { "Undo" } button #clear type="button" { "Clear" } }
            }
            div.tools.of-camera hidden { button #shoot.strong type="button" { "Take this picture" } }
            p.note.of-draw #pad-help {
                "Draw with the mouse, a finger or a pen. By keyboard: arrow keys move the pen, Space sets it down and lifts it, \
                 Backspace takes a stroke back."
            }
            p.note.swap { label.check { input #swap type="checkbox"; "Swap light and dark" } }
            p.note { "You can also drop a picture anywhere on this page, or paste one."
                @if extras.shown().is_empty() {} @else { " Or try a " a href="#examples-title" { "test image" } "." } }
            p #said role="status" {}
        }
    }
}

/// Pixels of the network's image that a brush is wide at first.
fn brush(side: usize) -> f64 {
    (side as f64 / 6.0).round().max(2.0) / 2.0
}

fn brush_max(side: usize) -> f64 {
    (side as f64 / 3.0).ceil()
}

/// What the network says, filled by the script.
fn answer(trained: &Trained, extras: &Extras) -> Markup {
    let [_, height, width] = trained.image_shape;
    let has_features = features(&trained.network).is_some();
    html! {
        section #answer.empty aria-labelledby="answer-title" {
            h2 #answer-title.hidden { "What it says" }
            p.verdict { b #class { "Nothing yet" } " " span #sure {} }
            p #known {}
            p.hidden role="status" aria-live="polite" #announce {}
            ol #bars aria-label="The most probable classes" {}
            @if extras.server.is_some() { p #served.note {} }
            p #trust.note {}
            div.views {
                figure {
                    canvas #seen role="img" aria-label={ "The picture as the network sees it, " (width) " by " (height) " pixels" } {}
                    figcaption { b { "As it sees it" } " " (width) " × " (height) span #took {} }
                }
                figure {
                    canvas #heat role="img" aria-label="What mattered" {}
                    figcaption { b { "What mattered" } " " span.keys { span.supports { "for" } " " span.opposes { "against" } } }
                }
                @if has_features {
                    figure {
                        canvas #found role="img" aria-label="What the last convolution found of it" {}
                        figcaption { b { "What it found" } }
                    }
                }
            }
            p #heat-says.note {}
            details.note {
                summary { "How this is found" }
                "A patch of the picture's own mean colour is slid over it. Where covering a part makes the answer less probable, the \
                 part spoke for it (blue); where it makes it more probable, the part spoke against it (orange)."
                @if has_features {
                    " What it found is Grad-CAM: the channels of the last convolution, each by what it does for the answer."
                }
            }
        }
    }
}

fn examples_section(extras: &Extras) -> Markup {
    if extras.shown().is_empty() {
        return html! {};
    }
    html! {
        section.scripted hidden aria-labelledby="examples-title" {
            h2 #examples-title { "Test images" }
            p.note { "The network was not trained on these. Choose one to see what it makes of it; by keyboard, arrow keys lead to the others." }
            div #examples role="toolbar" aria-labelledby="examples-title" {}
        }
    }
}

fn footer(trained: &Trained, extras: &Extras, bits: WeightBits) -> Markup {
    let Trained { run, epoch, dataset, provenance, .. } = trained;
    html! {
        footer {
            p {
                @if !trained.study.is_empty() { "Study " (trained.study) ", " }
                "model " (run.model) ", seed " (run.seed) ", weights after epoch " (epoch) ", trained on " (dataset) "."
                @match bits {
                    WeightBits::ThirtyTwo => { " Weights in 32 bits, as they were trained." }
                    WeightBits::Sixteen => { " Weights rounded to 16 bits, so that the page stays small: probabilities differ a little from the run's." }
                }
            }
            @if !extras.weights_sha256.is_empty() { p.digest { "SHA-256 of the weights: " code { (extras.weights_sha256) } } }
            @if let Some(provenance) = provenance { p.digest { "Digest of the recipe: " code { (provenance.recipe) } } }
            p {
                "Written by Toile " (env!("CARGO_PKG_VERSION"))
                @if extras.server.is_some() { ". What mattered is computed in this page, the answer by its server." }
                @else { ". This page asks nothing of any network." }
            }
        }
    }
}
