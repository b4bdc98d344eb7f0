//! For Graphviz.
use std::io::{self, Write};

use super::{Heads, Picture, Shape};
use crate::graph::Kind;

pub fn dot(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph {} {{", quoted(&picture.name))?;
    writeln!(out, "  rankdir=LR;")?;
    writeln!(out, "  node [fontname=\"sans-serif\", fontsize=11, style=filled, fillcolor=white];")?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=9];")?;
    for node in &picture.nodes {
        let label = match node.about.is_empty() {
            true => node.name.clone(),
            false => format!("{}\n{}", node.name, node.about),
        };
        writeln!(out, "  {} [label={}, {}];", quoted(&node.name), quoted(&label), look(node.shape))?;
    }
    for arrow in &picture.arrows {
        let ends = [arrow.from, arrow.to].map(|place| quoted(&picture.nodes[place].name));
        let heads = match arrow.heads {
            Heads::One => "",
            Heads::Both => ", dir=both",
            Heads::None => ", dir=none",
        };
        let dashed = if arrow.dashed { ", style=dashed" } else { "" };
        writeln!(out, "  {} -> {} [label={}{heads}{dashed}];", ends[0], ends[1], quoted(&arrow.label))?;
    }
    writeln!(out, "}}")
}

fn look(shape: Shape) -> &'static str {
    match shape {
        Shape::Steps => "shape=box, fillcolor=\"#e8f0fe\"",
        Shape::Command => "shape=box, peripheries=2, fillcolor=\"#e8f0fe\"",
        Shape::Object(Kind::Queue | Kind::Pipe) => "shape=cylinder",
        Shape::Object(Kind::Pool) => "shape=box3d",
        Shape::Object(Kind::Value | Kind::Array) => "shape=note",
        Shape::Object(_) => "shape=hexagon",
    }
}

/// A line end becomes the two characters that Graphviz breaks a label at.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
