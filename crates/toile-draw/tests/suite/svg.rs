//! SVG in a page and as a file of its own.

use toile_draw::palette::{Colour, DARK, LIGHT, hex};
use toile_draw::picture::{Picture, Shape, Text};
use toile_draw::svg::{file, inline};

fn picture() -> Picture {
    let mut picture = Picture::new("a & \"b\"", 40.0, 20.5);
    picture.class = "chart wide".into();
    picture.data = vec![("chart", "loss".into())];
    picture.add(Shape::circle(1.0, 2.04, 3.0).filled(Colour::Model(7)).classed("dot").saying("<here>"));
    picture.text(Text::at(5.0, 6.0, "1 < 2").muted());
    picture
}

#[test]
fn a_page_has_its_own_colours() {
    let text = inline(&picture()).into_string();
    let tag = "<svg class=\"chart wide\" data-chart=\"loss\" viewBox=\"0 0 40 20.5\" role=\"img\" aria-label=\"a &amp; &quot;b&quot;\">";
    assert!(text.starts_with(tag), "{text}");
    let circle = "<circle cx=\"1\" cy=\"2\" r=\"3\" class=\"dot\" fill=\"var(--m1)\"><title>&lt;here&gt;</title></circle>";
    assert!(text.contains(circle), "{text}");
    assert!(text.contains("fill=\"var(--muted)\"") && text.contains(">1 &lt; 2</text></svg>"), "{text}");
}

#[test]
fn a_file_is_light_and_dark_and_names_its_colours_alone() {
    let text = file(&picture());
    let circle = format!("class=\"f-m1\" fill=\"{}\"", hex(LIGHT.models[1]));
    assert!(text.contains(&circle), "{text}");
    let rule = format!(".toile-chart .f-m1{{fill:{}}}", hex(DARK.models[1]));
    assert!(text.contains(&rule) && !text.contains(".f-m2{") && !text.contains("var("), "{text}");
}
