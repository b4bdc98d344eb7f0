//! `completions`: what a shell needs to complete the command line.
use super::{Exit, command, results::Output};
use clap_complete::Shell;

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub fn perform(self) -> Exit {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "mpgraph", &mut script);
        self.output.put(Exit::Held, |out| out.write_all(&script))
    }
}
