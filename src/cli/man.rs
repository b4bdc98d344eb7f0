//! `man`: the manual page, of the program or of one verb.
use std::io;

use super::{Exit, command, results, results::Output};

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The page of one verb; without it the program's
    #[arg(value_name = "VERB")]
    verb: Option<String>,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub fn perform(self) -> Exit {
        let mut all = command();
        all.build();
        let page = match &self.verb {
            None => all,
            Some(verb) => match all.find_subcommand(verb) {
                Some(found) => found.clone(),
                None => {
                    results::say(&format!("there is no verb `{verb}`"));
                    return Exit::NotStarted;
                }
            },
        };
        self.output.put(Exit::Held, |out| render(page, out))
    }
}

fn render(page: clap::Command, mut out: &mut dyn io::Write) -> io::Result<()> {
    clap_mangen::Man::new(page.disable_help_flag(true)).render(&mut out)
}
