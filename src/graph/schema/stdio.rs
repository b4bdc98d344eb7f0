//! The standard streams of a process.
use super::{Field, Shape, Table};

pub const STDIN: Shape = Shape::OneOf(&[
    Shape::Choice(&["inherit", "null"]),
    Shape::Null,
    Shape::Map(&STREAM_FILE),
    Shape::Map(&STREAM_PIPE),
    Shape::Map(&STREAM_QUEUE),
]);

/// Of stdout and stderr alike.
pub const STDOUT: Shape = STDIN;

pub static STREAM_FILE: Table = Table::new(
    "a file",
    "A file, relative to the graph's folder.",
    &[Field::required("file", Shape::Text, "Its path.")],
);

pub static STREAM_PIPE: Table = Table::new(
    "a pipe's end",
    "The descriptor of a bytes pipe's end.",
    &[Field::required("pipe", Shape::Reference, "The end: `chan.a`.")],
);

pub static STREAM_QUEUE: Table = Table::new(
    "a queue as a stream",
    "Items of a queue, one a line.",
    &[
        Field::required("queue", Shape::Reference, "The queue."),
        Field::optional("format", Shape::Choice(&["lines", "json"]), "An item is the text of a line, or its JSON.")
            .default("lines"),
    ],
);
