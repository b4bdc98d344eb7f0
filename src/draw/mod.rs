//! `draw`: the wiring of a plan as a picture, and a recorded run as a sequence chart.
//!
//! | file | says |
//! |---|---|
//! | `picture` | boxes and arrows |
//! | `wiring` | the picture of a plan |
//! | `place` | where the boxes of a picture stand |
//! | `dot`, `mermaid`, `svg`, `text` | one pen each |
mod dot;
mod mermaid;
mod picture;
mod place;
mod svg;
mod text;
mod wiring;

pub use dot::dot;
pub use mermaid::mermaid;
pub use picture::{Arrow, Heads, Node, Picture, Shape};
pub use svg::svg;
pub use text::text;
pub use wiring::picture;
