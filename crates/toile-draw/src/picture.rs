//! A drawing as a list of shapes: what the page, SVG files and PNG files are all written from, so that they cannot
//! differ.

use std::f32::consts::FRAC_1_SQRT_2;

use super::font;
use crate::palette::Colour;

/// A drawing, in pixels from its upper left corner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// For those who cannot see it.
    pub title: String,
    /// More of that, where a file has room for it; may be empty.
    pub description: String,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Classes on a page, where rules and scripts look for them.
    pub class: String,
    /// What scripts find it by on a page, as (`chart`, `loss`).
    pub data: Vec<(&'static str, String)>,
    /// Later ones cover earlier ones.
    pub shapes: Vec<Shape>,
}

/// Some of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Where it is.
    pub form: Form,
    /// What is inside.
    pub fill: Option<Fill>,
    /// The line around it, or along it.
    pub stroke: Option<Stroke>,
    /// Its class on a page; may be empty.
    pub class: String,
    /// What it says to those who point at it; may be empty.
    pub says: String,
    /// Of an invisible strip: where the line stands that marks its values.
    pub marked_at: Option<f64>,
}

/// The outline of a shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// A rectangle.
    Rect {
        /// Left edge.
        x: f64,
        /// Upper edge.
        y: f64,
        /// To the right edge.
        width: f64,
        /// To the lower edge.
        height: f64,
        /// Radius of its corners.
        round: f64,
    },
    /// A circle.
    Circle {
        /// Of its middle.
        x: f64,
        /// Of its middle.
        y: f64,
        /// Its radius.
        radius: f64,
    },
    /// Straight and curved lines.
    Path(Path),
    /// A line of text.
    Text(Text),
    /// Shapes that belong together, and say what they say as one.
    Group(Vec<Shape>),
}

/// What a shape is filled with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fill {
    /// Its colour.
    pub colour: Colour,
    /// 1 hides what is below.
    pub opacity: f64,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub colour: Colour,
    /// Its width.
    pub width: f64,
    /// Lengths of strokes and gaps; empty for a line without gaps.
    pub dashes: &'static [f32],
    /// 1 hides what is below.
    pub opacity: f64,
}

/// A line of one step after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// From the first, which moves to where it begins.
    pub steps: Vec<Step>,
    at: (f64, f64),
}

/// A step of a path, to a point in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Begins a line.
    Move(f64, f64),
    /// Straight on.
    Line(f64, f64),
    /// By a point that draws the line to it.
    Quad([f64; 4]),
    /// By two such points.
    Cubic([f64; 6]),
    /// Back to where it began.
    Close,
}

impl Path {
    /// Begins at a point.
    pub fn from(x: f64, y: f64) -> Self {
        Path { steps: vec![Step::Move(x, y)], at: (x, y) }
    }

    /// A line through points.
    pub fn through(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut path = Path::default();
        for (x, y) in points {
            path = if path.steps.is_empty() { Path::from(x, y) } else { path.to(x, y) };
        }
        path
    }

    /// Straight to a point.
    pub fn to(mut self, x: f64, y: f64) -> Self {
        self.steps.push(Step::Line(x, y));
        self.at = (x, y);
        self
    }

    /// Straight on by a distance.
    pub fn by(self, dx: f64, dy: f64) -> Self {
        let (x, y) = self.at;
        self.to(x + dx, y + dy)
    }

    /// Begins anew at a distance.
    pub fn skip(mut self, dx: f64, dy: f64) -> Self {
        self.at = (self.at.0 + dx, self.at.1 + dy);
        self.steps.push(Step::Move(self.at.0, self.at.1));
        self
    }

    /// Round a corner at the first distance to the second.
    pub fn round(mut self, (cx, cy): (f64, f64), (dx, dy): (f64, f64)) -> Self {
        let (x, y) = self.at;
        self.steps.push(Step::Quad([x + cx, y + cy, x + dx, y + dy]));
        self.at = (x + dx, y + dy);
        self
    }

    /// A curve by two points at distances, to the third.
    pub fn curve(mut self, [ax, ay, bx, by, dx, dy]: [f64; 6]) -> Self {
        let (x, y) = self.at;
        self.steps.push(Step::Cubic([x + ax, y + ay, x + bx, y + by, x + dx, y + dy]));
        self.at = (x + dx, y + dy);
        self
    }

    /// Back to where it began.
    pub fn closed(mut self) -> Self {
        self.steps.push(Step::Close);
        self
    }
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What it says.
    pub text: String,
    /// Of its anchor.
    pub x: f64,
    /// Of its anchor, on the baseline.
    pub y: f64,
    /// Pixels.
    pub size: f64,
    /// Whether it is set in bold; a PNG file draws it as the rest.
    pub bold: bool,
    /// Its colour.
    pub colour: Colour,
    /// Which point of the text its place is.
    pub anchor: Anchor,
    /// How it is turned.
    pub turn: Turn,
    /// Whether the ground's colour runs around it, so that lines below do not touch it.
    pub apart: bool,
}

/// Which point of a text its place is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Anchor {
    /// Its first letter.
    Start,
    /// Its middle.
    Middle,
    /// Its last letter.
    End,
}

/// How a text is turned around its anchor. Two directions are enough, and their sines need no library, whose last
/// bit would depend on the machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// Upright.
    None,
    /// By 45 degrees, rising.
    Rising,
    /// By 90 degrees, from bottom to top.
    Upwards,
}

impl Turn {
    /// Clockwise, as SVG counts.
    pub(crate) fn degrees(self) -> i32 {
        match self {
            Turn::None => 0,
            Turn::Rising => -45,
            Turn::Upwards => -90,
        }
    }

    /// Cosine and sine of that.
    pub(crate) fn cosine_and_sine(self) -> (f32, f32) {
        match self {
            Turn::None => (1.0, 0.0),
            Turn::Rising => (FRAC_1_SQRT_2, -FRAC_1_SQRT_2),
            Turn::Upwards => (0.0, -1.0),
        }
    }
}

/// Size of a text that says no other.
pub const TEXT: f64 = 12.0;

/// How wide a text is in this size, in the font of the PNG files; about as wide in any other.
pub fn text_width(text: &str, size: f64) -> f64 {
    font::width(text, size)
}

impl Picture {
    /// An empty sheet.
    pub fn new(title: impl Into<String>, width: f64, height: f64) -> Self {
        Picture { title: title.into(), width, height, ..Picture::default() }
    }

    /// A sheet that holds a sentence.
    pub fn of_sentence(sentence: String) -> Self {
        let mut picture = Picture::new(sentence.clone(), 40.0 + font::width(&sentence, TEXT), 80.0);
        picture.text(Text::at(20.0, 46.0, sentence));
        picture
    }

    /// Adds a shape above the others.
    pub fn add(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    /// Adds a text.
    pub fn text(&mut self, text: Text) {
        self.add(Shape::of(Form::Text(text)));
    }

    /// Adds a straight line.
    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: Colour, width: f64) {
        self.add(Shape::path(Path::from(x1, y1).to(x2, y2)).stroked(colour, width));
    }
}

impl Shape {
    /// A shape that nothing is seen of yet.
    pub fn of(form: Form) -> Self {
        Shape { form, fill: None, stroke: None, class: String::new(), says: String::new(), marked_at: None }
    }

    /// A rectangle from its upper left corner.
    pub fn rect(x: f64, y: f64, width: f64, height: f64) -> Self {
        Shape::of(Form::Rect { x, y, width: width.max(0.0), height: height.max(0.0), round: 0.0 })
    }

    /// A circle.
    pub fn circle(x: f64, y: f64, radius: f64) -> Self {
        Shape::of(Form::Circle { x, y, radius })
    }

    /// A path.
    pub fn path(path: Path) -> Self {
        Shape::of(Form::Path(path))
    }

    /// An invisible strip that says its values, with the place of the line that marks them.
    pub fn strip(x: f64, y: f64, width: f64, height: f64, marked_at: f64, says: String) -> Self {
        let strip = Shape::rect(x, y, width, height).classed("strip").saying(says);
        Shape { marked_at: Some(marked_at), ..strip }
    }

    /// With round corners.
    pub fn rounded(mut self, radius: f64) -> Self {
        if let Form::Rect { round, .. } = &mut self.form {
            *round = radius;
        }
        self
    }

    /// Filled.
    pub fn filled(self, colour: Colour) -> Self {
        self.shaded(colour, 1.0)
    }

    /// Filled so that what lies below shows.
    pub fn shaded(self, colour: Colour, opacity: f64) -> Self {
        Shape { fill: Some(Fill { colour, opacity }), ..self }
    }

    /// With a line around or along it.
    pub fn stroked(self, colour: Colour, width: f64) -> Self {
        Shape { stroke: Some(Stroke { colour, width, dashes: &[], opacity: 1.0 }), ..self }
    }

    /// Its line in strokes and gaps of these lengths.
    pub fn dashed(mut self, dashes: &'static [f32]) -> Self {
        self.stroke = self.stroke.map(|stroke| Stroke { dashes, ..stroke });
        self
    }

    /// Its line so that what lies below shows.
    pub fn faint(mut self, opacity: f64) -> Self {
        self.stroke = self.stroke.map(|stroke| Stroke { opacity, ..stroke });
        self
    }

    /// With a class on a page.
    pub fn classed(self, class: impl Into<String>) -> Self {
        Shape { class: class.into(), ..self }
    }

    /// With what it says to those who point at it.
    pub fn saying(self, says: impl Into<String>) -> Self {
        Shape { says: says.into(), ..self }
    }
}

impl Text {
    /// Upright, from here to the right, in the usual size and colour.
    pub fn at(x: f64, y: f64, text: impl Into<String>) -> Self {
        Text {
            text: text.into(),
            x,
            y,
            size: TEXT,
            bold: false,
            colour: Colour::Ink,
            anchor: Anchor::Start,
            turn: Turn::None,
            apart: false,
        }
    }

    /// For what is beside the matter.
    pub fn muted(self) -> Self {
        self.coloured(Colour::Muted)
    }

    /// In a colour.
    pub fn coloured(self, colour: Colour) -> Self {
        Text { colour, ..self }
    }

    /// In a size.
    pub fn sized(self, size: f64) -> Self {
        Text { size, ..self }
    }

    /// In bold letters.
    pub fn bold(self) -> Self {
        Text { bold: true, ..self }
    }

    /// With the ground's colour around it.
    pub fn apart(self) -> Self {
        Text { apart: true, ..self }
    }

    /// At its middle or its end.
    pub fn anchored(self, anchor: Anchor) -> Self {
        Text { anchor, ..self }
    }

    /// Turned.
    pub fn turned(self, turn: Turn) -> Self {
        Text { turn, ..self }
    }
}
