//! `explain`: what a diagnostic means.
use super::values::code;
use super::{Exit, results::Output};
use crate::diag::Code;
use crate::report;

/// Columns of an explanation.
const WIDTH: usize = 80;

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A diagnostic, such as `sync/lock-order`; without it all are listed
    #[arg(value_name = "CODE", value_parser = code)]
    code: Option<Code>,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub fn perform(self) -> Exit {
        self.output.put(Exit::Held, |out| match self.code {
            Some(code) => report::explain::explain(code, WIDTH, out),
            None => report::explain::list(out),
        })
    }
}
