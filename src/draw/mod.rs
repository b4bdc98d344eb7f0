//! `draw`: the wiring of a plan as a picture, and a recorded run as a sequence chart.
//!
//! | file | says |
//! |---|---|
//! | `picture` | boxes and arrows |
//! | `wiring` | the picture of a plan |
//! | `place` | where the boxes of a picture stand |
//! | `recording`, `chart` | a recorded run as it is read back, and drawn |
//! | `dot`, `mermaid`, `svg`, `text` | one pen each |
mod chart;
mod dot;
mod mermaid;
mod picture;
mod place;
mod recording;
mod svg;
mod text;
mod wiring;

pub use chart::{chart_mermaid, chart_svg, chart_text};
pub use dot::dot;
pub use mermaid::mermaid;
pub use picture::{Arrow, Heads, Node, Picture, Shape};
pub use recording::{Act, Lane, Recording};
pub use svg::svg;
pub use text::text;
pub use wiring::picture;
