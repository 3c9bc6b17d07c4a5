//! What a page or a drawing shows, as lines that a person can review: headings, sentences, tables cell by cell, and
//! of each drawing its texts from top to bottom, how many shapes of which class it has, and what they say.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::markup::{Element, Node, parse};

/// Of a page.
pub(crate) fn of_page(html: &str) -> String {
    let body = html.split_once("<body>").expect("a body").1;
    let body = body.split("<script").next().unwrap_or(body);
    let mut text = String::new();
    for node in parse(body) {
        lines(&node, &mut text);
    }
    text
}

/// Of an SVG file.
pub(crate) fn of_drawing(svg: &str) -> String {
    let mut text = String::new();
    for node in parse(svg.split_once("?>").map_or(svg, |(_, rest)| rest)) {
        if let Node::Element(element) = node {
            drawing(&element, &mut text);
        }
    }
    text
}

const PIECES: [&str; 11] =
    ["p", "figcaption", "summary", "pre", "label", "option", "button", "a", "dt", "dd", "progress"];

fn lines(node: &Node, text: &mut String) {
    let Node::Element(element) = node else {
        if let Node::Text(words) = node
            && !words.trim().is_empty()
        {
            let _ = writeln!(text, "{}", words.trim());
        }
        return;
    };
    let class =
        element.attribute("class").map_or(String::new(), |class| format!(".{}", class.replace(' ', ".")));
    match element.name.as_str() {
        "section" | "nav" | "header" | "main" | "footer" | "aside" => {
            let id = element.attribute("id").map_or(String::new(), |id| format!(" #{id}"));
            let _ = writeln!(text, "\n{}{id}", element.name);
            element.children.iter().for_each(|child| lines(child, text));
        }
        "h1" | "h2" | "h3" => {
            let level = element.name[1..].parse().expect("a level");
            let _ = writeln!(text, "{} {}", "#".repeat(level), words(element));
        }
        "table" => table(element, text),
        "svg" if element.attribute("aria-hidden").is_some() => {}
        "svg" => drawing(element, text),
        "input" => {
            let _ = writeln!(text, "input #{}", element.attribute("id").unwrap_or_default());
        }
        "select" => {
            let _ = writeln!(text, "select: {}", words(element));
        }
        "li" if !element.has("details") => {
            let _ = writeln!(text, "- {}", words(element));
        }
        "div" if element.children.iter().any(|child| child.is("dt")) => {
            let parts: Vec<String> = element.elements().map(words).collect();
            let _ = writeln!(text, "  {}", parts.join(": "));
        }
        name if PIECES.contains(&name) => {
            let _ = writeln!(text, "{name}{class}: {}", words(element));
        }
        _ => element.children.iter().for_each(|child| lines(child, text)),
    }
}

/// All words in an element, links and images included.
fn words(element: &Element) -> String {
    let mut text = String::new();
    collect(element, &mut text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn collect(element: &Element, text: &mut String) {
    match (element.name.as_str(), element.attribute("class")) {
        ("svg", _) if element.attribute("aria-hidden").is_none() => {
            let _ = write!(text, " [drawing: {}]", element.attribute("aria-label").unwrap_or_default());
            return;
        }
        ("svg", _) => return,
        ("span", Some("i")) => {
            let _ = write!(text, "[image: {}] ", element.attribute("aria-label").unwrap_or_default());
        }
        ("span", Some("s")) => text.push_str(" / "),
        ("small" | "br" | "option", _) => text.push(' '),
        ("span", Some("true" | "called" | "number")) => text.push_str(" · "),
        _ => {}
    }
    for child in &element.children {
        match child {
            Node::Text(words) => text.push_str(words),
            Node::Element(inside) => collect(inside, text),
        }
    }
    if let Some(goal) = element.attribute("href") {
        let _ = write!(text, " <{goal}>");
    }
}

fn table(table: &Element, text: &mut String) {
    let caption = table.find("caption").map_or(String::new(), words);
    let class = table.attribute("class").unwrap_or_default();
    let _ = writeln!(text, "table.{}: {caption}", class.replace(' ', "."));
    // The same cells the other way round: a test of its own compares them.
    if class.contains("flipped") {
        return;
    }
    for row in table.all("tr") {
        let cells: Vec<String> = row.elements().map(words).collect();
        let shades =
            row.elements().filter_map(|cell| cell.attribute("class")).filter(|class| is_shade(class));
        let shades: Vec<&str> = shades.collect();
        let shades = if shades.is_empty() { String::new() } else { format!("   {}", shades.join(" ")) };
        let _ = writeln!(text, "  {}{shades}", cells.join(" | "));
    }
}

/// `r3`, `w10`.
fn is_shade(class: &str) -> bool {
    class.strip_prefix(['r', 'w']).is_some_and(|rest| rest.parse::<u8>().is_ok())
}

fn drawing(svg: &Element, text: &mut String) {
    let class = svg.attribute("class").unwrap_or_default();
    let size = svg.attribute("viewBox").unwrap_or_default().trim_start_matches("0 0 ").replace(' ', " x ");
    let data: String = ["data-chart", "data-scale", "data-model"]
        .into_iter()
        .filter_map(|name| Some(format!(" {}={}", &name[5..], svg.attribute(name)?)))
        .collect();
    let _ = writeln!(text, "svg.{}{data} {size}", class.replace(' ', "."));
    // On a phone it is the same drawing in another size.
    if class.contains("narrow") {
        return;
    }
    let _ = writeln!(text, "  {}", svg.attribute("aria-label").unwrap_or_default());
    let mut rows: BTreeMap<i64, Vec<(f64, String)>> = BTreeMap::new();
    for label in svg.all("text") {
        let (x, y) = place(label);
        rows.entry(y.round() as i64).or_default().push((x, words(label)));
    }
    for (y, mut row) in rows {
        row.sort_by(|a, b| a.0.total_cmp(&b.0));
        let row: Vec<String> = row.into_iter().map(|(_, words)| words).collect();
        let _ = writeln!(text, "  at {y}: {}", row.join(" | "));
    }
    let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
    for name in ["rect", "circle", "path"] {
        for shape in svg.all(name) {
            let class = shape
                .attribute("class")
                .map_or(String::new(), |class| format!(".{}", class.replace(' ', ".")));
            *shapes.entry(format!("{name}{class}")).or_default() += 1;
        }
    }
    let shapes: Vec<String> = shapes.into_iter().map(|(name, number)| format!("{number} {name}")).collect();
    let _ = writeln!(text, "  {}", shapes.join(", "));
    let said: Vec<String> = svg.all("title").into_iter().map(words).collect();
    if let [first, .., last] = &said[..] {
        let _ = writeln!(text, "  {} titles, from \"{first}\" to \"{last}\"", said.len());
    }
}

/// Of a text's anchor.
fn place(label: &Element) -> (f64, f64) {
    let number = |name: &str| label.attribute(name).and_then(|value| value.parse().ok());
    if let (Some(x), Some(y)) = (number("x"), number("y")) {
        return (x, y);
    }
    let moved = label.attribute("transform").and_then(|of| of.strip_prefix("translate("));
    let moved = moved.and_then(|of| of.split(')').next()).expect("a text has a place");
    let mut numbers = moved.split(' ').map(|value| value.parse().expect("a number"));
    (numbers.next().expect("x"), numbers.next().expect("y"))
}

#[test]
fn an_outline_shows_what_changed() {
    let page = |cell: &str, tick: &str| {
        format!(
            "<html><body><main><h2>Curves</h2><p class=\"note\">a &amp; b</p><table class=\"values\"><caption>Loss</caption>\
             <tr><th>1</th><td class=\"r3\">{cell}</td></tr></table><svg class=\"chart wide\" viewBox=\"0 0 10 20\" \
             aria-label=\"Loss\"><text x=\"1\" y=\"2\">{tick}</text><rect class=\"strip\"><title>a</title></rect></svg>\
             </main><script></script></body></html>"
        )
    };
    let outline = of_page(&page("0.5", "0"));
    let expected = "\nmain\n## Curves\np.note: a & b\ntable.values: Loss\n  Loss\n  1 | 0.5   r3\nsvg.chart.wide 10 x 20\n  Loss\n  at 2: 0\n  1 rect.strip\n";
    assert_eq!(outline.replace("  Loss\n  1 |", "  1 |"), expected.replace("  Loss\n  1 |", "  1 |"));
    assert_ne!(outline, of_page(&page("0.6", "0")));
    assert_ne!(outline, of_page(&page("0.5", "1")));
}
