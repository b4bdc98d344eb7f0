//! Verbs of processes.
use super::Verb;
use crate::graph::schema::Shape;

pub(super) static VERBS: &[Verb] = &[
    Verb::new("start", Shape::Reference, &[], "Starts a process with `start: manual`."),
    Verb::new("terminate", Shape::Reference, &[], "Sends SIGTERM to a process."),
    Verb::new("kill", Shape::Reference, &[], "Sends SIGKILL to a process."),
];
