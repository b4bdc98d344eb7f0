//! The verbs, and the flags that all of them have.
use super::paint::Color;
use super::{Exit, completions, draw, explain, init, ipc, man, run, schema, test, validate, verify};

/// Runs graphs of processes: queues, pipes, locks and more in shared memory, wired by one YAML file that is validated,
/// executed, asserted and proved.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "mpgraph", version, propagate_version = true, arg_required_else_help = true)]
#[command(max_term_width = 100, infer_long_args = false)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Global {
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Say less: errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Clone, Debug, clap::Subcommand)]
pub enum Verb {
    /// Run a graph, and check what it expects
    Run(run::Args),
    /// Report everything that is wrong with graphs
    Validate(validate::Args),
    /// Explore every interleaving: a proof, or a shortest counterexample
    Verify(verify::Args),
    /// Run every graph that expects something, several at once
    Test(test::Args),
    /// Draw who is wired to what
    Draw(draw::Args),
    /// Explain a diagnostic, or list them all
    Explain(explain::Args),
    /// Print the JSON Schema of graph files
    Schema(schema::Args),
    /// Write a small graph that runs, to start from
    Init(init::Args),
    /// Do one step from inside a command of a graph that runs
    Ipc(ipc::Args),
    /// Print the completions for a shell
    Completions(completions::Args),
    /// Print the manual page
    Man(man::Args),
}

pub fn perform(cli: Cli) -> Exit {
    match cli.verb {
        Verb::Run(args) => args.perform(cli.global),
        Verb::Validate(args) => args.perform(cli.global),
        Verb::Verify(args) => args.perform(cli.global),
        Verb::Test(args) => args.perform(cli.global),
        Verb::Draw(args) => args.perform(cli.global),
        Verb::Explain(args) => args.perform(),
        Verb::Schema(args) => args.perform(),
        Verb::Init(args) => args.perform(cli.global),
        Verb::Ipc(args) => args.perform(),
        Verb::Completions(args) => args.perform(),
        Verb::Man(args) => args.perform(),
    }
}
