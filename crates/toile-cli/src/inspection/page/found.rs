//! Pairs, groups and single images, each with what is to be seen.

use maud::{Markup, html};
use toile_study::numbers::count;
use toile_survey::{Group, ImageId, Leak, Stranger};

use crate::inspection::Inspection;
use crate::inspection::images::{Chosen, OF_GROUP};

pub(super) fn leaks(inspection: &Inspection<'_>, chosen: &Chosen<'_>) -> Markup {
    let Some(sentence) = inspection.about_leaks() else { return html! {} };
    html! {
        h2 { "The same picture in several parts" }
        p { (sentence) }
        @if !chosen.leaks.is_empty() {
            p.note { "What a model learnt by heart looks like skill on such an image." (shown(chosen.leaks.len(), inspection.survey.duplicates.leaks.len())) }
            ul.cards { @for leak in &chosen.leaks { (pair(inspection, chosen, leak)) } }
        }
    }
}

fn pair(inspection: &Inspection<'_>, chosen: &Chosen<'_>, leak: &Leak) -> Markup {
    html! {
        li.card {
            div.side-by-side { (picture(inspection, chosen, leak.twin)) (picture(inspection, chosen, leak.image)) }
            (captions(inspection, &[leak.twin, leak.image]))
            span.number { (likeness(leak.is_exact, leak.correlation)) }
        }
    }
}

pub(super) fn duplicates(inspection: &Inspection<'_>, chosen: &Chosen<'_>) -> Markup {
    html! {
        h2 { "The same picture more than once" }
        p { (inspection.about_duplicates()) }
        @if !chosen.groups.is_empty() {
            p.note {
                "Those with several classes first, of which one is wrong; then those within a part; those in several parts last."
                (shown(chosen.groups.len(), inspection.survey.duplicates.groups.len()))
            }
            ul.cards { @for group in &chosen.groups { (of_group(inspection, chosen, group)) } }
        }
    }
}

fn of_group(inspection: &Inspection<'_>, chosen: &Chosen<'_>, group: &Group) -> Markup {
    let differ = inspection.crosses_classes(group);
    let more = group.images.len().saturating_sub(OF_GROUP);
    html! {
        li.card {
            div.side-by-side { @for &image in group.images.iter().take(OF_GROUP) { (picture(inspection, chosen, image)) } }
            @if differ { span.called { "several classes" } }
            (captions(inspection, &group.images[..group.images.len().min(OF_GROUP)]))
            @if more > 0 { span.number { "and " (count(more as u64)) " more" } }
            span.number { (likeness(group.is_exact, group.correlation)) }
        }
    }
}

pub(super) fn labels(inspection: &Inspection<'_>, chosen: &Chosen<'_>) -> Markup {
    html! {
        h2 { "Classes that look wrong" }
        p { (inspection.about_labels()) }
        @if !chosen.strangers.is_empty() {
            p.note {
                "The image on the left, beside it the nearest of the class that its neighbours have."
                (shown(chosen.strangers.len(), inspection.survey.labels.strangers.len()))
            }
            ul.cards.wide-cards { @for stranger in &chosen.strangers { (of_stranger(inspection, chosen, stranger)) } }
        }
    }
}

fn of_stranger(inspection: &Inspection<'_>, chosen: &Chosen<'_>, stranger: &Stranger) -> Markup {
    let names = inspection.class_names();
    html! {
        li.card {
            div.side-by-side {
                (picture(inspection, chosen, stranger.image))
                div.beside { @for &image in &stranger.nearest { (picture(inspection, chosen, image)) } }
            }
            span.true { (names[stranger.label as usize]) }
            span.called { "looks like " (names[stranger.suggested as usize]) }
            span.number {
                (stranger.other) " of " (stranger.neighbours) " · " (inspection.called(stranger.image))
            }
        }
    }
}

/// ` The first 40 of 63 are shown.`
fn shown(shown: usize, all: usize) -> String {
    if shown < all {
        format!(" The first {shown} of {} are shown.", count(all as u64))
    } else {
        String::new()
    }
}

fn likeness(is_exact: bool, correlation: f64) -> String {
    if is_exact { "the same bytes".to_owned() } else { format!("correlation {correlation:.4}") }
}

pub(super) fn picture(inspection: &Inspection<'_>, chosen: &Chosen<'_>, image: ImageId) -> Markup {
    chosen.sheet.image(image, &text_of(inspection, image)).unwrap_or_default()
}

/// `train 1234: Coat`.
pub(super) fn text_of(inspection: &Inspection<'_>, image: ImageId) -> String {
    format!("{}: {}", inspection.called(image), inspection.class(image))
}

/// What several images are called; their class once where it is the same.
fn captions(inspection: &Inspection<'_>, images: &[ImageId]) -> Markup {
    let Some(&first) = images.first() else { return html! {} };
    if images.iter().any(|&image| inspection.label(image) != inspection.label(first)) {
        return html! { @for &image in images { (caption(inspection, image)) } };
    }
    html! {
        span.true { (inspection.class(first)) }
        @for &image in images { span.line.where { (inspection.called(image)) } }
    }
}

pub(super) fn caption(inspection: &Inspection<'_>, image: ImageId) -> Markup {
    html! {
        span.line { b { (inspection.class(image)) } " " span.where { (inspection.called(image)) } }
    }
}
