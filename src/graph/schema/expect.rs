//! What must have been observed when the run ends.
use super::{Field, Shape, Table};

const PATTERN: Shape = Shape::OneOf(&[Shape::Text, Shape::Map(&LINE_REGEX)]);
const LINES_SHAPE: Shape = Shape::OneOf(&[Shape::List(&PATTERN), Shape::Text, Shape::Map(&LINES)]);
const ITEMS_SHAPE: Shape = Shape::OneOf(&[Shape::List(&Shape::Any), Shape::Map(&ITEMS)]);
const VALUE: Shape = Shape::OneOf(&[Shape::Text, Shape::Null, Shape::List(&Shape::Any), Shape::Map(&BOUNDS)]);
const EXIT: Shape = Shape::OneOf(&[EXIT_PATTERN, Shape::Filled(&EXIT_PATTERN)]);
const EXIT_PATTERN: Shape = Shape::OneOf(&[Shape::Int { min: -64, max: 255 }, Shape::Text]);

pub static EXPECT: Table = Table::new(
    "expectations",
    "What must have been observed when the run ends.",
    &[
        Field::optional("outcome", Shape::Choice(&["completed", "deadlock", "timeout"]), "How the run ends.")
            .default("completed"),
        Field::optional("clean", Shape::Bool, "Every queue is empty, every task done, every lock free."),
        Field::optional("elapsed", Shape::Map(&ELAPSED), "How long the run takes."),
        Field::optional("stdout", LINES_SHAPE, "Lines of all processes, as they arrived."),
        Field::optional(
            "processes",
            Shape::NamedProcesses(&Shape::Map(&PROCESS_EXPECT)),
            "Ends and lines by process; a replicated one's hold for each instance.",
        ),
        Field::optional("queues", Shape::Words(&ITEMS_SHAPE), "What is left in queues."),
        Field::optional(
            "values",
            Shape::Words(&VALUE),
            "What values are: a number, or `{min: .., max: ..}`, or `{any_of: [..]}`.",
        ),
        Field::optional("arrays", Shape::Words(&VALUE), "What arrays are: a list, or `{any_of: [[..], [..]]}`."),
        Field::optional("events", Shape::Words(&Shape::Bool), "Which events are set."),
    ],
);

pub static ELAPSED: Table = Table::new(
    "bounds of time",
    "How long the run takes.",
    &[
        Field::optional("min", Shape::Duration, "At least so long."),
        Field::optional("max", Shape::Duration, "At most so long."),
    ],
);

pub static PROCESS_EXPECT: Table = Table::new(
    "expectations of a process",
    "How a process ends and what it says.",
    &[
        Field::optional("exit", EXIT, "`0`, `N`, `-SIGNAL`, a signal's name, `nonzero`, or a list of those."),
        Field::optional("stdout", LINES_SHAPE, "Its lines on stdout."),
        Field::optional("stderr", LINES_SHAPE, "Its lines on stderr."),
    ],
);

pub static LINES: Table = Table::new(
    "expected lines",
    "All that is given must hold.",
    &[
        Field::optional("any_order", Shape::List(&PATTERN), "Exactly these, in any order."),
        Field::optional("contains", Shape::List(&PATTERN), "These are among them."),
        Field::optional("in_order", Shape::List(&PATTERN), "These, in this order, others between them."),
        Field::optional("excludes", Shape::List(&PATTERN), "None of these."),
        Field::optional("count", Shape::COUNT, "So many lines."),
    ],
);

pub static LINE_REGEX: Table = Table::new(
    "a pattern of a line",
    "A regular expression that matches the whole line.",
    &[Field::required("regex", Shape::Text, "The regular expression.")],
);

pub static ITEMS: Table = Table::new(
    "expected items",
    "All that is given must hold.",
    &[
        Field::optional("any_order", Shape::List(&Shape::Any), "Exactly these, in any order."),
        Field::optional("contains", Shape::List(&Shape::Any), "These are among them."),
        Field::optional("count", Shape::COUNT, "So many items."),
    ],
);

pub static BOUNDS: Table = Table::new(
    "bounds of a value",
    "What a value may be.",
    &[
        Field::optional("min", Shape::Number, "At least this."),
        Field::optional("max", Shape::Number, "At most this."),
        Field::optional("any_of", Shape::Filled(&Shape::Any), "One of these."),
    ],
);
