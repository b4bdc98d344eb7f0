//! For Markdown: GitHub and others draw it.
use std::io::{self, Write};

use super::{Heads, Picture, Shape};
use crate::graph::Kind;

pub fn mermaid(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    for (number, node) in picture.nodes.iter().enumerate() {
        let (open, close) = match node.shape {
            Shape::Steps => ("[", "]"),
            Shape::Command => ("[[", "]]"),
            Shape::Object(Kind::Queue | Kind::Pipe) => ("[(", ")]"),
            Shape::Object(Kind::Value | Kind::Array) => (">", "]"),
            Shape::Object(Kind::Pool) => ("[/", "/]"),
            Shape::Object(_) => ("{{", "}}"),
        };
        let about = if node.about.is_empty() { String::new() } else { format!("<br/>{}", escaped(&node.about)) };
        // A number for an id: a name such as `end` is a word of the notation.
        writeln!(out, "  n{number}{open}\"{}{about}\"{close}", escaped(&node.name))?;
    }
    for arrow in &picture.arrows {
        let line = match (arrow.heads, arrow.dashed) {
            (Heads::One, false) => "-->",
            (Heads::Both, false) => "<-->",
            (Heads::None, false) => "---",
            (Heads::One, true) => "-.->",
            (Heads::Both, true) => "<-.->",
            (Heads::None, true) => "-.-",
        };
        writeln!(out, "  n{} {line}|\"{}\"| n{}", arrow.from, escaped(&arrow.label), arrow.to)?;
    }
    Ok(())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
