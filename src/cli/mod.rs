//! The command line: one verb a file, and what all verbs share.
//!
//! | file | says |
//! |---|---|
//! | `args` | the verbs and the flags that all of them have |
//! | `exit` | the exit codes |
//! | `bug` | what happens on a panic |
//! | `results` | standard output, `-o FILE`, and readers that have gone away |
//! | `paint` | when there is colour |
//! | `values` | what a flag's text means: a duration, a size, `NAME=VALUE`, a code |
//! | `findings` | what was found in a graph that is to be run |
//! | `graphs` | the files that PATH... stands for |
mod args;
mod bug;
mod completions;
mod draw;
mod exit;
mod explain;
mod findings;
mod graphs;
mod init;
mod ipc;
mod man;
mod paint;
mod results;
mod run;
mod schedules;
mod schema;
mod test;
mod validate;
mod values;
mod verify;

pub use args::{Cli, Verb};
pub use exit::Exit;

use std::process::ExitCode;

use clap::Parser;

/// From the arguments of this process to its exit code.
pub fn main() -> ExitCode {
    crate::run::heed_signals();
    bug::guarded(|| match Cli::try_parse() {
        Ok(cli) => args::perform(cli),
        Err(answer) => results::answer(&answer),
    })
    .into()
}

/// The definition of all verbs and flags, for completions, the man page and whoever else wants to read it.
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}
