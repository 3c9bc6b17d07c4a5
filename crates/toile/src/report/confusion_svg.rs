//! `confusion_matrix.svg`: a matrix as a drawing that stands alone.

use maud::{Markup, html};
use toile_study::findings::count;
use toile_study::metrics::is_square;

use super::chart::n;
use super::palette::{LIGHT, cell, hex, shade};

/// Draws a matrix with rows true and columns predicted, shaded by each cell's share of its true class. The
/// normaliser is named under the title. A matrix that does not fit the names is drawn as that sentence.
pub fn confusion_matrix_svg(class_names: &[String], matrix: &[Vec<u64>], title: &str) -> String {
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let drawing = if matrix.len() == class_names.len() && is_square(matrix) && !matrix.is_empty() {
        draw(class_names, matrix, title)
    } else {
        frame(
            420.0,
            80.0,
            html! {
                text x="20" y="46" { "The matrix does not fit the " (class_names.len()) " classes." }
            },
        )
    };
    format!("{declaration}{}\n", drawing.into_string())
}

fn frame(width: f64, height: f64, inside: Markup) -> Markup {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (n(width)) " " (n(height)) } width=(n(width)) height=(n(height))
            font-family="system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif" font-size="12" fill=(hex(LIGHT.ink)) {
            rect width="100%" height="100%" fill=(hex(LIGHT.panel)) {}
            (inside)
        }
    }
}

fn draw(names: &[String], matrix: &[Vec<u64>], title: &str) -> Markup {
    let classes = names.len();
    let side = if classes <= 12 {
        46.0
    } else if classes <= 30 {
        30.0
    } else {
        14.0
    };
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) as f64 * 6.6;
    let (left, top) = (longest + 52.0, 76.0);
    let grid = side * classes as f64;
    let slanted = longest * 0.72 + 18.0;
    let (width, height) = ((left + grid + 24.0).max(360.0) + slanted * 0.3, top + grid + slanted + 42.0);
    let supports: Vec<u64> = matrix.iter().map(|row| row.iter().sum()).collect();
    let muted = hex(LIGHT.muted);
    frame(
        width,
        height,
        html! {
            title { (title) }
            text x=(n(left)) y="30" font-size="16" font-weight="600" { (title) }
            text x=(n(left)) y="52" fill=(muted) { "Counts (not normalised); shade: share of the true class" }
            @for row in 0..classes {
                @let y = top + side * row as f64;
                text x=(n(left - 8.0)) y=(n(y + side / 2.0 + 4.0)) text-anchor="end" { (names[row]) }
                @for column in 0..classes {
                    @let x = left + side * column as f64;
                    @let images = matrix[row][column];
                    @let full = if row == column { LIGHT.right } else { LIGHT.wrong };
                    @let (ground, ink) = cell(&LIGHT, full, shade(images as f64 / supports[row].max(1) as f64));
                    rect x=(n(x)) y=(n(y)) width=(n(side)) height=(n(side)) fill=(hex(ground)) stroke=(hex(LIGHT.rule)) stroke-width="0.5" {
                        title { (count(images)) " of " (names[row]) " called " (names[column]) }
                    }
                    @if side >= 30.0 {
                        text x=(n(x + side / 2.0)) y=(n(y + side / 2.0 + 4.0)) text-anchor="middle"
                            font-size=(if side > 40.0 { "12" } else { "10" }) fill=(hex(ink)) pointer-events="none" { (count(images)) }
                    }
                }
            }
            @for (column, name) in names.iter().enumerate() {
                @let (x, y) = (left + side * (column as f64 + 0.5), top + grid + 14.0);
                text transform={ "translate(" (n(x + 4.0)) " " (n(y)) ") rotate(-45)" } text-anchor="end" { (name) }
            }
            text x=(n(left + grid / 2.0)) y=(n(height - 14.0)) text-anchor="middle" font-weight="600" { "Predicted label" }
            text transform={ "translate(20 " (n(top + grid / 2.0)) ") rotate(-90)" } text-anchor="middle" font-weight="600" { "True label" }
        },
    )
}
