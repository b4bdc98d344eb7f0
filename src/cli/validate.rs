//! `validate`: every diagnostic of every graph.
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use super::args::Global;
use super::paint::{Color, look};
use super::values::{assignment, code};
use super::{Exit, graphs, results, results::Output};
use crate::check::{CheckOptions, Judged, judge};
use crate::diag::{Code, Finding};
use crate::graph::lower::LoadOptions;
use crate::report::diagnostics::{self, summary};

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Graphs, or folders that are searched for them; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// The format of the report
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    /// Which findings besides errors make the exit code 1
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// Do not report this code (repeatable)
    #[arg(long, value_name = "CODE", value_parser = code)]
    allow: Vec<Code>,
    /// Override a parameter of the graph (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// What standard input is the text of
    #[arg(long, value_name = "FILE", default_value = "-")]
    stdin_filename: PathBuf,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Human,
    /// As schemas/diagnostics.schema.json says
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Workflow commands, which GitHub shows at the lines they are about
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Deny {
    Warnings,
}

impl Args {
    pub fn perform(self, global: Global) -> Exit {
        let (checked, complete) = self.check_all(global);
        if checked.is_empty() && !complete {
            return Exit::NotStarted;
        }
        let exit = self.report(&checked, global);
        if complete { exit } else { Exit::NotStarted }
    }

    /// All graphs that could be read, and whether that is all of them.
    fn check_all(&self, global: Global) -> (Vec<Judged>, bool) {
        let is_stdin = |path: &Path| path == Path::new("-");
        let named: Vec<PathBuf> = self.paths.iter().filter(|path| !is_stdin(path)).cloned().collect();
        let loading = LoadOptions { set: self.set.clone(), seed: None };
        let checking = CheckOptions { allow: self.allow.clone() };
        let graphs = graphs::search(&named);
        let stdin = self.paths.iter().any(|path| is_stdin(path));
        let stdin = stdin.then(|| graphs::load_stdin(&self.stdin_filename, &loading));
        let loaded = stdin.into_iter().chain(graphs.files.iter().map(|path| graphs::load(path, &loading)));
        let mut complete = graphs.complete;
        let mut checked: Vec<Judged> = Vec::with_capacity(graphs.files.len() + 1);
        for loaded in loaded {
            match loaded {
                Ok(loaded) => checked.push(judge(loaded, &checking)),
                Err(_) => complete = false,
            }
        }
        if global.quiet && self.deny.is_none() {
            checked.iter_mut().for_each(|graph| graph.findings.retain(Finding::is_error));
        }
        (checked, complete)
    }

    fn report(&self, checked: &[Judged], global: Global) -> Exit {
        let files: Vec<diagnostics::Checked> = checked
            .iter()
            .map(|graph| diagnostics::Checked { sources: &graph.sources, findings: &graph.findings })
            .collect();
        let wrong = |finding: &Finding| finding.is_error() || self.deny == Some(Deny::Warnings);
        let exit = match checked.iter().flat_map(|graph| &graph.findings).any(wrong) {
            true => Exit::NotHeld,
            false => Exit::Held,
        };
        let exit = self.output.put(exit, |out| match self.format {
            Format::Human => {
                let color = if self.output.is_stdout() { global.color } else { Color::Never };
                diagnostics::human(&files, look(color, &std::io::stdout()), out)
            }
            Format::Json => diagnostics::json(&files, out),
            Format::Sarif => diagnostics::sarif(&files, out),
            Format::Github => diagnostics::github(&files, out),
        });
        let clean = checked.iter().all(|graph| graph.findings.is_empty());
        if self.format == Format::Human && !global.quiet && (!clean || std::io::stderr().is_terminal()) {
            results::note(&summary(&files));
        }
        exit
    }
}
