//! `test`: runs every graph that expects something, several at once.
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use super::args::Global;
use super::values::{assignment, duration, size};
use super::{Exit, findings, graphs, results, results::Output};
use crate::check::{CheckOptions, check};
use crate::graph::lower::LoadOptions;
use crate::report::paint::Paint;
use crate::report::suite::{self as report, GraphTally, Progress, Tally};
use crate::suite::{News, Runner, RunnerOptions, expectations};

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Graphs, or folders that are searched for them; those without `expect` are left out
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Runs at once [default: the number of processors]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
    /// Only graphs whose path contains TEXT (repeatable: any of them)
    #[arg(long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Run each graph N times, to find the flaky ones
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Stop at the first failure
    #[arg(long)]
    fail_fast: bool,
    /// Write the results to FILE, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The format of the report
    #[arg(long, visible_alias = "report", value_enum, default_value = "human")]
    format: Format,
    /// Override a parameter of every graph (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// The seed of every random function, instead of the graphs'
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A limit on every run, such as `30s`, instead of the graphs'
    #[arg(long, value_name = "D", value_parser = duration)]
    timeout: Option<Duration>,
    /// What queues and pipes of a run may hold together, such as `2GiB`
    #[arg(long, value_name = "SIZE", value_parser = size)]
    memory: Option<u64>,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    Json,
}

impl Args {
    pub fn perform(self, global: Global) -> Exit {
        match self.tests(global).and_then(|tally| self.run(tally, global)) {
            Ok(exit) | Err(exit) => exit,
        }
    }

    /// The graphs to run, none of them run yet. If one is invalid none is.
    fn tests(&self, global: Global) -> Result<Tally, Exit> {
        let wanted = |path: &Path| {
            let path = path.to_string_lossy();
            self.filter.is_empty() || self.filter.iter().any(|text| path.contains(text))
        };
        let paths: Vec<PathBuf> = graphs::all(&self.paths)?.into_iter().filter(|path| wanted(path)).collect();
        let loading = LoadOptions { set: self.set.clone(), seed: self.seed };
        let (mut tally, mut invalid) = (Tally::default(), false);
        for path in paths {
            let checked = check(graphs::load(&path, &loading)?, &CheckOptions::default());
            match &checked.plan {
                None => {
                    invalid = true;
                    findings::tell(&checked, Global { quiet: true, ..global });
                }
                Some(plan) => match &plan.graph().expect {
                    None => tally.without_expect += 1,
                    Some(expect) => tally.graphs.push(GraphTally {
                        path,
                        expectations: expectations(expect),
                        seed: plan.graph().seed,
                        wanted: self.repeat,
                        ..Default::default()
                    }),
                },
            }
        }
        if invalid {
            results::say("nothing was run: every graph must be valid");
            return Err(Exit::NotStarted);
        }
        if tally.graphs.is_empty() {
            let which = if self.filter.is_empty() { "" } else { ", and with one of these words in its path," };
            results::say(&format!("there is no graph with an `expect`{which} here"));
            return Err(Exit::NotStarted);
        }
        Ok(tally)
    }

    fn run(&self, mut tally: Tally, global: Global) -> Result<Exit, Exit> {
        let runner = Runner::new(self.runner(&tally)?).map_err(|error| {
            results::say(&format!("cannot run anything: {error}"));
            Exit::NotStarted
        })?;
        let begun = Instant::now();
        let all = tally.graphs.len() as u64 * u64::from(self.repeat);
        let mut progress = Progress::new(!global.quiet && io::stderr().is_terminal());
        let paint = self.paint(global);
        let lines = self.format == Format::Human && self.output.is_stdout() && !global.quiet;
        let (mut done, mut failed) = (0, 0);
        let signal = runner.run(&mut |news| match news {
            News::Running(graphs) => {
                let mut names = graphs.map(|graph| name(&tally.graphs[graph].path));
                progress.show(done, all, failed, &mut names);
            }
            News::Ended(attempt) => {
                done += 1;
                failed += u64::from(!attempt.passed());
                let graph = &mut tally.graphs[attempt.graph];
                graph.add(attempt);
                if lines && graph.is_over() {
                    progress.clear();
                    // A reader that has gone away is found out when the summary is written.
                    let _ = report::line(graph, paint, &mut io::stdout());
                }
            }
        });
        progress.clear();
        tally.elapsed = begun.elapsed();
        let held = if tally.held() { Exit::Held } else { Exit::NotHeld };
        let exit = signal.map_or(held, |signal| Exit::from_verdict(128 + signal));
        Ok(self.report(&tally, exit, paint))
    }

    fn report(&self, tally: &Tally, exit: Exit, paint: Paint) -> Exit {
        let exit = self.output.put(exit, |out| match self.format {
            Format::Json => report::json(tally, out),
            Format::Human => {
                if !self.output.is_stdout() {
                    tally.graphs.iter().try_for_each(|graph| report::line(graph, paint, out))?;
                }
                report::failures(tally, paint, out)?;
                writeln!(out, "{}", report::summary(tally))
            }
        });
        let Some(path) = &self.junit else { return exit };
        match results::to_file(path, |out| report::junit(tally, out)) {
            Ok(()) => exit,
            Err(error) => {
                let instead = results::cannot_write(&path.display().to_string(), &error);
                if exit == Exit::Held { instead } else { exit }
            }
        }
    }

    fn runner(&self, tally: &Tally) -> Result<RunnerOptions, Exit> {
        let program = std::env::current_exe().map_err(|error| {
            results::say(&format!("cannot find myself: {error}"));
            Exit::NotStarted
        })?;
        let mut args: Vec<OsString> = Vec::new();
        args.extend(self.set.iter().map(|(name, value)| format!("--set={name}={value}").into()));
        args.extend(self.seed.map(|seed| format!("--seed={seed}").into()));
        args.extend(self.timeout.map(|timeout| format!("--timeout={}ns", timeout.as_nanos()).into()));
        args.extend(self.memory.map(|memory| format!("--memory={memory}").into()));
        Ok(RunnerOptions {
            program,
            graphs: tally.graphs.iter().map(|graph| graph.path.clone()).collect(),
            args,
            jobs: self.jobs.map_or_else(|| available_parallelism().map_or(1, usize::from), |jobs| jobs as usize),
            repeat: self.repeat,
            fail_fast: self.fail_fast,
        })
    }

    fn paint(&self, global: Global) -> Paint {
        Paint { color: self.output.is_stdout() && global.color.on(&io::stdout()) }
    }
}

fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
