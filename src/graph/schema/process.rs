//! A process.
use super::{Field, Shape, Table};
use super::{STDIN, STDOUT};

pub static PROCESS: Table = Table::new(
    "a process",
    "One body, `target`, `steps`, `command` or `shell`, and how it lives.",
    &[
        Field::optional("target", Shape::Reference, "The target it runs."),
        Field::optional("args", Shape::Words(&Shape::Any), "The target's arguments by name."),
        Field::optional("steps", Shape::Steps, "What it does, step by step."),
        Field::optional("command", Shape::Filled(&Shape::Text), "A program and its arguments."),
        Field::optional("shell", Shape::Text, "A script for `sh -c`."),
        Field::optional(
            "replicas",
            Shape::Expr,
            "How many instances, `NAME-1` .. `NAME-N`; if absent there is one, called `NAME`.",
        ),
        Field::optional("start", Shape::Choice(&["auto", "manual"]), "`manual`: a step `start: NAME` starts it.")
            .default("auto"),
        Field::optional(
            "after",
            Shape::List(&Shape::OneOf(&[Shape::Reference, Shape::NamedProcesses(&Shape::Choice(&["exited"]))])),
            "Processes that must have ended first: `NAME` with 0, `{NAME: exited}` in any way.",
        ),
        Field::optional(
            "threads",
            Shape::POSITIVE,
            "The body runs in so many threads, `NAME.1` .. `NAME.N`; none if absent.",
        ),
        Field::optional("daemon", Shape::Bool, "Terminated once every other process has ended.").default("false"),
        Field::optional(
            "uses",
            Shape::List(&Shape::Reference),
            "What it may touch: `tasks` allows every operation, `tasks.get` the one.",
        ),
        Field::optional("stdin", STDIN, "Where its standard input comes from.").default("null"),
        Field::optional("stdout", STDOUT, "Where its standard output goes; passed on line by line if absent."),
        Field::optional("stderr", STDOUT, "Where its standard error goes; passed on line by line if absent."),
        Field::optional("env", Shape::Words(&Shape::Text), "Variables of its environment, added to the runner's own."),
        Field::optional("cwd", Shape::Text, "The folder it runs in, relative to the graph's."),
        Field::optional("timeout", Shape::Duration, "Limit on its life: SIGTERM, 5 s of grace, SIGKILL."),
        Field::optional("limits", Shape::Map(&LIMITS), "What it may consume."),
        Field::optional(
            "restart",
            Shape::OneOf(&[Shape::Choice(&["never"]), Shape::Map(&RESTART)]),
            "Whether it is started again after an end that is not 0.",
        )
        .default("never"),
        Field::optional("model", Shape::Steps, "Steps that stand for a command when the graph is verified."),
    ],
)
.one_of(&["target", "steps", "command", "shell"]);

pub static LIMITS: Table = Table::new(
    "limits",
    "What a process may consume.",
    &[
        Field::optional("memory", Shape::Size, "Address space."),
        Field::optional("cpu", Shape::Duration, "Processor time."),
        Field::optional("files", Shape::COUNT, "Open files."),
    ],
);

pub static RESTART: Table = Table::new(
    "a restart rule",
    "When and how often a process is started again.",
    &[
        Field::required("on", Shape::Choice(&["failure"]), "After an end that is not 0."),
        Field::optional("max", Shape::COUNT, "Restarts at most, the first start not counted.").default("3"),
        Field::optional("backoff", Shape::Duration, "The pause before each restart.").default("1s"),
    ],
);
