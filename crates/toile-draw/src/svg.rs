//! A picture as SVG: into a page, or as a file that stands alone.
//!
//! On a page a colour is the page's own variable of that name, which follows the reader's mode. A file says the
//! colours of the light mode in its attributes, which every program reads, and those of the dark one in a rule.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};

use crate::digits::coordinate as n;
use crate::palette::{Colour, DARK, LIGHT, hex};
use crate::picture::{Anchor, Fill, Form, Path, Picture, Shape, Step, Stroke, TEXT, Text, Turn};

/// The drawing for a page that has the colours of [`crate::palette::css`]. Tooltips are left to its script and to
/// the titles of the shapes.
pub fn inline(picture: &Picture) -> Markup {
    let data: String =
        picture.data.iter().map(|(name, value)| format!(" data-{name}=\"{}\"", escaped(value))).collect();
    let tag = format!(
        "<svg class=\"{}\"{data} viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
        escaped(&picture.class),
        n(picture.width),
        n(picture.height),
        escaped(&picture.title)
    );
    html! {
        (PreEscaped(tag))
        (shapes(picture))
        (PreEscaped("</svg>"))
    }
}

/// The shapes of a drawing alone, for an ornament of a page.
pub fn shapes(picture: &Picture) -> Markup {
    let writer = Writer { is_file: false };
    html! { @for shape in &picture.shapes { (writer.shape(shape)) } }
}

/// A file that stands alone, on a ground of its own.
pub fn file(picture: &Picture) -> String {
    let writer = Writer { is_file: true };
    let mut colours = BTreeSet::from([Colour::Panel]);
    picture.shapes.iter().for_each(|shape| collect(shape, &mut colours));
    let (width, height) = (n(picture.width), n(picture.height));
    let drawing = html! {
        svg xmlns="http://www.w3.org/2000/svg" class="toile-chart" viewBox={ "0 0 " (width) " " (height) } width=(width)
            height=(height) role="img" aria-label=(picture.title) font-size=(TEXT)
            font-family="'Noto Sans', system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif" {
            title { (picture.title) }
            @if !picture.description.is_empty() { desc { (picture.description) } }
            style { (PreEscaped(dark(&colours))) }
            rect.f-panel width="100%" height="100%" rx="6" fill=(hex(LIGHT.panel)) {}
            @for shape in &picture.shapes { "\n" (writer.shape(shape)) }
        }
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", drawing.into_string())
}

/// Every rule begins with the drawing's class, for an SVG may be set into a page.
fn dark(colours: &BTreeSet<Colour>) -> String {
    let rule = |colour: &Colour| {
        let (name, colour) = (on_panel(*colour).name(), hex(on_panel(*colour).rgb(&DARK)));
        format!(".toile-chart .f-{name}{{fill:{colour}}}.toile-chart .s-{name}{{stroke:{colour}}}")
    };
    format!("@media (prefers-color-scheme:dark){{{}}}", colours.iter().map(rule).collect::<String>())
}

/// A file's ground is that of a panel, whatever a page's is.
fn on_panel(colour: Colour) -> Colour {
    if colour == Colour::Ground { Colour::Panel } else { colour }
}

fn collect(shape: &Shape, colours: &mut BTreeSet<Colour>) {
    colours.extend(shape.fill.map(|fill| on_panel(fill.colour)));
    colours.extend(shape.stroke.map(|stroke| on_panel(stroke.colour)));
    match &shape.form {
        Form::Text(text) => colours.extend([text.colour]),
        Form::Group(shapes) => shapes.iter().for_each(|shape| collect(shape, colours)),
        _ => {}
    }
}

fn escaped(text: &str) -> String {
    html! { (text) }.into_string()
}

struct Writer {
    is_file: bool,
}

impl Writer {
    fn colour(&self, colour: Colour) -> String {
        match self.is_file {
            true => hex(on_panel(colour).rgb(&LIGHT)),
            false => colour.on_page(),
        }
    }

    /// Classes: a page's own, or in a file the names of the colours.
    fn class(&self, class: &str, fill: Option<Colour>, stroke: Option<Colour>) -> Option<String> {
        if !self.is_file {
            return (!class.is_empty()).then(|| class.to_owned());
        }
        let fill = fill.map(|colour| format!("f-{}", on_panel(colour).name()));
        let stroke = stroke.map(|colour| format!("s-{}", on_panel(colour).name()));
        let names: Vec<String> = fill.into_iter().chain(stroke).collect();
        (!names.is_empty()).then(|| names.join(" "))
    }

    fn shape(&self, shape: &Shape) -> Markup {
        match &shape.form {
            Form::Text(text) => return self.text(text, &shape.class),
            Form::Group(shapes) => {
                return html! {
                    g {
                        @if !shape.says.is_empty() { title { (shape.says) } }
                        @for shape in shapes { (self.shape(shape)) }
                    }
                };
            }
            _ => {}
        }
        let look = self.look(shape);
        let (name, place) = match &shape.form {
            Form::Rect { x, y, width, height, round } => {
                let round = if *round > 0.0 { format!(" rx=\"{}\"", n(*round)) } else { String::new() };
                let [x, y, width, height] = [x, y, width, height].map(|length| n(*length));
                ("rect", format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{round}"))
            }
            Form::Circle { x, y, radius } => {
                ("circle", format!("cx=\"{}\" cy=\"{}\" r=\"{}\"", n(*x), n(*y), n(*radius)))
            }
            Form::Path(path) => ("path", format!("d=\"{}\"", steps(path))),
            Form::Text(_) | Form::Group(_) => unreachable!("written above"),
        };
        html! {
            (PreEscaped(format!("<{name} {place}{look}>")))
            @if !shape.says.is_empty() { title { (shape.says) } }
            (PreEscaped(format!("</{name}>")))
        }
    }

    /// The attributes that are not its place.
    fn look(&self, shape: &Shape) -> String {
        let mut look = String::new();
        let mut put = |name: &str, value: String| look += &format!(" {name}=\"{value}\"");
        let colours = (shape.fill.map(|fill| fill.colour), shape.stroke.map(|stroke| stroke.colour));
        if let Some(class) = self.class(&shape.class, colours.0, colours.1) {
            put("class", escaped(&class));
        }
        if let Some(at) = shape.marked_at {
            put("data-x", n(at));
        }
        match shape.fill {
            Some(Fill { colour, opacity }) => {
                put("fill", self.colour(colour));
                if opacity < 1.0 {
                    put("fill-opacity", opacity.to_string());
                }
            }
            None => put("fill", "none".into()),
        }
        if shape.fill.is_none() && shape.stroke.is_none() {
            put("pointer-events", "all".into());
        }
        if let Some(Stroke { colour, width, dashes, opacity }) = shape.stroke {
            put("stroke", self.colour(colour));
            put("stroke-width", width.to_string());
            put("stroke-linejoin", "round".into());
            if !dashes.is_empty() {
                let dashes: Vec<String> = dashes.iter().map(f32::to_string).collect();
                put("stroke-dasharray", dashes.join(" "));
            }
            if opacity < 1.0 {
                put("stroke-opacity", opacity.to_string());
            }
        }
        look
    }

    fn text(&self, text: &Text, class: &str) -> Markup {
        let Text { text, x, y, size, bold, colour, anchor, turn, apart } = text;
        let straight = *turn == Turn::None;
        let place = format!("translate({} {}) rotate({})", n(*x), n(*y), turn.degrees());
        let anchor = match anchor {
            Anchor::Start => None,
            Anchor::Middle => Some("middle"),
            Anchor::End => Some("end"),
        };
        let ground = apart.then_some(Colour::Ground);
        html! {
            text class=[self.class(class, Some(*colour), ground)] x=[straight.then(|| n(*x))] y=[straight.then(|| n(*y))]
                transform=[(!straight).then_some(place)] text-anchor=[anchor]
                font-size=[(!self.is_file || *size != TEXT).then_some(size)] font-weight=[bold.then_some("600")]
                fill=(self.colour(*colour)) stroke=[ground.map(|ground| self.colour(ground))]
                stroke-width=[apart.then_some("4")] paint-order=[apart.then_some("stroke")] pointer-events="none" { (text) }
        }
    }
}

fn steps(path: &Path) -> String {
    let mut text = String::new();
    for step in &path.steps {
        text += &match step {
            Step::Move(x, y) => format!("M{} {}", n(*x), n(*y)),
            Step::Line(x, y) => format!("L{} {}", n(*x), n(*y)),
            Step::Quad(points) => format!("Q{}", points.map(n).join(" ")),
            Step::Cubic(points) => format!("C{}", points.map(n).join(" ")),
            Step::Close => "Z".to_owned(),
        };
    }
    text
}
