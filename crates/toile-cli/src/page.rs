//! A page that is one file: it asks nothing of the network.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use toile_draw::palette;

/// What stands before a page's body.
pub(crate) struct Head<'a> {
    pub(crate) title: &'a str,
    /// Of the Toile that wrote it.
    pub(crate) version: &'a str,
    /// Rules; the colours of the palette stand before them.
    pub(crate) styles: &'a str,
}

/// The text of a page.
pub(crate) fn page(head: Head<'_>, body: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content={ "Toile " (head.version) };
                // Nothing may be loaded: the file is all there is.
                meta http-equiv="Content-Security-Policy"
                    content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
                title { (head.title) }
                style { (PreEscaped(palette::css())) (PreEscaped(head.styles)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}
