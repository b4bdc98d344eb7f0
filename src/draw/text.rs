//! For a terminal: each object with those who have to do with it, then how processes hang together.
use std::io::{self, Write};

use super::{Arrow, Heads, Node, Picture, Shape};

pub fn text(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let mut first = true;
    for (place, node) in picture.nodes.iter().enumerate() {
        let is_object = matches!(node.shape, Shape::Object(_));
        // Of two processes, one has it said; of a process and an object, the object.
        let told = |arrow: &&Arrow| {
            let among_processes = !is_object && ![arrow.from, arrow.to].iter().any(|end| is_object_at(picture, *end));
            match is_object {
                true => arrow.from == place || arrow.to == place,
                false => among_processes && arrow.from == place,
            }
        };
        let arrows: Vec<&Arrow> = picture.arrows.iter().filter(told).collect();
        if !is_object && arrows.is_empty() && picture.arrows.iter().any(|a| a.from == place || a.to == place) {
            continue;
        }
        if !first {
            writeln!(out)?;
        }
        first = false;
        writeln!(out, "{}", title(node))?;
        let other = |arrow: &Arrow| if arrow.from == place { arrow.to } else { arrow.from };
        let names: Vec<String> = arrows.iter().map(|arrow| named(&picture.nodes[other(arrow)])).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for (arrow, name) in arrows.iter().zip(names) {
            let line = match (arrow.heads, arrow.to == place) {
                (Heads::One, true) => "<--",
                (Heads::One, false) => "-->",
                (Heads::Both, _) => "<->",
                (Heads::None, _) => "---",
            };
            writeln!(out, "  {line} {name:width$}  {}", arrow.label)?;
        }
    }
    Ok(())
}

fn is_object_at(picture: &Picture, place: usize) -> bool {
    matches!(picture.nodes[place].shape, Shape::Object(_))
}

fn title(node: &Node) -> String {
    match node.about.is_empty() {
        true => node.name.clone(),
        false => format!("{} ({})", node.name, node.about),
    }
}

/// With the number of its replicas.
fn named(node: &Node) -> String {
    match node.replicas {
        Some(count) => format!("{} x {count}", node.name),
        None => node.name.clone(),
    }
}
