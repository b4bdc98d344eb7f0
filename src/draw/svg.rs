//! A picture that any browser shows, in light and in dark.
use std::io::{self, Write};

use super::place::{Boxes, Places, Spot, label_at, place};
use super::{Arrow, Heads, Node, Picture, Shape};
use crate::graph::Kind;

/// Of the two sizes of letters, in points: generous, as the font is the reader's.
const NAME_LETTER: f64 = 7.6;
const SMALL_LETTER: f64 = 6.0;

pub fn svg(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let sizes: Vec<(f64, f64)> = picture.nodes.iter().map(size).collect();
    let arrows: Vec<(usize, usize, f64)> =
        picture.arrows.iter().map(|arrow| (arrow.from, arrow.to, letters(&arrow.label) * SMALL_LETTER)).collect();
    let places = place(&Boxes { sizes: &sizes, arrows: &arrows });
    head(&picture.name, places.width, places.height, out)?;
    for (arrow, route) in picture.arrows.iter().zip(&places.routes) {
        draw_arrow(arrow, route, out)?;
    }
    draw_nodes(picture, &sizes, &places, out)?;
    for (arrow, route) in picture.arrows.iter().zip(&places.routes) {
        draw_label(arrow, route, out)?;
    }
    writeln!(out, "</svg>")
}

/// The opening tag and what all pictures share.
pub(super) fn head(title: &str, width: f64, height: f64, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\">\n<title>{}</title>\n{STYLE}",
        escaped(title)
    )
}

const STYLE: &str = r##"<style>
svg { background: #ffffff; font-family: ui-monospace, Menlo, Consolas, monospace; }
.box { fill: #ffffff; stroke: #4a5568; }
.process { fill: #e8f0fe; stroke: #1a56b8; }
.line { fill: none; stroke: #4a5568; }
.dashed { stroke-dasharray: 5 4; }
.name { font-size: 12.5px; fill: #1a202c; text-anchor: middle; }
.small { font-size: 10px; fill: #4a5568; text-anchor: middle; }
.label { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
.tip { fill: #4a5568; }
@media (prefers-color-scheme: dark) {
svg { background: #15181e; }
.box { fill: #1f242d; stroke: #a0aec0; }
.process { fill: #1c2f4d; stroke: #7aa7f0; }
.line { stroke: #a0aec0; }
.name { fill: #edf2f7; }
.small { fill: #cbd5e0; }
.label { stroke: #15181e; }
.tip { fill: #a0aec0; }
}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="tip" d="M0 0 L8 4 L0 8 z"/></marker></defs>"##;

fn size(node: &Node) -> (f64, f64) {
    let width = (letters(&node.name) * NAME_LETTER).max(letters(&node.about) * SMALL_LETTER);
    let slant = if matches!(node.shape, Shape::Object(_)) { 18.0 } else { 0.0 };
    (width + 24.0 + slant, if node.about.is_empty() { 30.0 } else { 44.0 })
}

fn draw_nodes(picture: &Picture, sizes: &[(f64, f64)], places: &Places, out: &mut dyn Write) -> io::Result<()> {
    for ((node, (width, height)), at) in picture.nodes.iter().zip(sizes).zip(&places.boxes) {
        writeln!(out, "{}", outline(node.shape, *at, *width, *height))?;
        let up = if node.about.is_empty() { 0.0 } else { 7.0 };
        text("name", at.x, at.y + 4.0 - up, &node.name, out)?;
        if !node.about.is_empty() {
            text("small", at.x, at.y + 13.0, &node.about, out)?;
        }
    }
    Ok(())
}

fn outline(shape: Shape, at: Spot, width: f64, height: f64) -> String {
    let (left, top, right, bottom) = (at.x - width / 2.0, at.y - height / 2.0, at.x + width / 2.0, at.y + height / 2.0);
    let rect = |class: &str, inset: f64, round: f64| {
        format!(
            "<rect class=\"box {class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{round}\"/>",
            left + inset,
            top + inset,
            width - 2.0 * inset,
            height - 2.0 * inset
        )
    };
    match shape {
        Shape::Steps => rect("process", 0.0, 6.0),
        Shape::Command => rect("process", 0.0, 0.0) + &rect("process", 3.0, 0.0),
        // Cut corners: something that is met at.
        Shape::Object(Kind::Event | Kind::Barrier | Kind::Lock | Kind::Semaphore | Kind::Condition) => format!(
            "<path class=\"box\" d=\"M{:.1} {top:.1} H{:.1} L{right:.1} {:.1} L{:.1} {bottom:.1} H{:.1} L{left:.1} {:.1} z\"/>",
            left + 9.0,
            right - 9.0,
            at.y,
            right - 9.0,
            left + 9.0,
            at.y
        ),
        Shape::Object(Kind::Queue | Kind::Pipe) => rect("", 0.0, height / 2.0),
        Shape::Object(Kind::Pool | Kind::Value | Kind::Array) => rect("", 0.0, 2.0),
    }
}

/// A line that leaves and enters level.
fn draw_arrow(arrow: &Arrow, route: &[Spot], out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = route.first() else { return Ok(()) };
    let mut path = format!("M{:.1} {:.1}", first.x, first.y);
    for pair in route.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        if arrow.from == arrow.to {
            // Out at one side, over the box, in at the other.
            let over = from.y.min(to.y) - 34.0;
            path += &format!(" C{:.1} {over:.1} {:.1} {over:.1} {:.1} {:.1}", from.x + 30.0, to.x - 30.0, to.x, to.y);
            continue;
        }
        let half = (to.x - from.x) / 2.0;
        path += &format!(" C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}", from.x + half, from.y, to.x - half, to.y, to.x, to.y);
    }
    let heads = match arrow.heads {
        Heads::One => " marker-end=\"url(#tip)\"",
        Heads::Both => " marker-start=\"url(#tip)\" marker-end=\"url(#tip)\"",
        Heads::None => "",
    };
    let dashed = if arrow.dashed { " dashed" } else { "" };
    writeln!(out, "<path class=\"line{dashed}\" d=\"{path}\"{heads}/>")
}

fn draw_label(arrow: &Arrow, route: &[Spot], out: &mut dyn Write) -> io::Result<()> {
    let at = label_at(route.len());
    let (Some(from), Some(to)) = (route.get(at), route.get(at + 1)) else { return Ok(()) };
    let over = if arrow.from == arrow.to { 27.0 } else { 0.0 };
    text("small label", (from.x + to.x) / 2.0, (from.y + to.y) / 2.0 + 3.0 - over, &arrow.label, out)
}

pub(super) fn text(class: &str, x: f64, y: f64, text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(text))
}

pub(super) fn letters(text: &str) -> f64 {
    text.chars().count() as f64
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
