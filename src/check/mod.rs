//! What must hold before anything is started: one rule a file, and at the end the gate that makes the [`Plan`].
//!
//! Names are checked on the nouns, each target once. Everything else looks at *bodies*: steps together with what their
//! names stand for and who runs them, once for each way a target is used. An error is certain: no graph that does what
//! its author wants has one. A warning may rarely be wrong, and can be allowed.
mod allow;
mod body;
mod command;
mod count;
mod expect;
mod flow;
mod gate;
mod names;
mod order;
mod permit;
mod plan;
mod study;
mod sync;
mod wiring;

pub use gate::{CheckOptions, Checked, Judged, check, judge};
pub use plan::{Instance, Plan};
pub use wiring::{Actor, Uses, Wiring};
