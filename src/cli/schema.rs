//! `schema`: the JSON Schema of graph files.
use super::{Exit, results::Output};
use crate::graph::schema::json_schema;

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub fn perform(self) -> Exit {
        self.output.put(Exit::Held, |out| out.write_all(json_schema().as_bytes()))
    }
}
