//! `verify`: every interleaving, a proof or a shortest counterexample.
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::Global;
use super::paint::{Color, look};
use super::values::{assignment, duration, size};
use super::{Exit, findings, graphs, results, results::Output, schedules};
use crate::check::{CheckOptions, Plan, check};
use crate::diag::Finding;
use crate::graph::lower::LoadOptions;
use crate::report::verify as report;
use crate::verify::{
    Answer, Capacities, Deviation, Limits, Options, Progress, Report, Times, Verdict, follow, suggest_capacity, verify,
};

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The graph; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Override a parameter of the graph (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// The seed of every random function, instead of the graph's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Stop after so many states
    #[arg(long, value_name = "N", default_value_t = 20_000_000)]
    max_states: u64,
    /// Stop when the states take so much memory, such as `4GiB`
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "2GiB")]
    max_memory: u64,
    /// Stop after so long, such as `30s`
    #[arg(long, value_name = "D", value_parser = duration, default_value = "10m")]
    max_time: Duration,
    /// Which clock
    #[arg(long, value_enum, default_value = "both")]
    time: Clock,
    /// Write how to get to the first finding to FILE, as a schedule
    #[arg(long, value_name = "FILE")]
    counterexample: Option<PathBuf>,
    /// Say whether the run that `run --record` wrote to FILE is a path of the model, and no more
    #[arg(long, value_name = "FILE", conflicts_with_all = ["counterexample", "no_reduction"])]
    recorded: Option<PathBuf>,
    /// Take every interleaving, also those that can make no difference
    #[arg(long)]
    no_reduction: bool,
    /// Find the smallest `maxsize` of each bounded queue that keeps the graph free of deadlock
    #[arg(long)]
    suggest_capacity: bool,
    /// The format of the report
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Clock {
    /// An exact one, that goes on only when nothing else can happen
    Ideal,
    /// A timer may fire at any later moment, and sleeps order nothing
    Any,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    Json,
}

impl Args {
    pub fn perform(self, global: Global) -> Exit {
        let loading = LoadOptions { set: self.set.clone(), seed: self.seed };
        let loaded = match self.file == Path::new("-") {
            true => graphs::load_stdin(&self.file, &loading),
            false => graphs::load(&self.file, &loading),
        };
        let checked = match loaded {
            Ok(loaded) => check(loaded, &CheckOptions::default()),
            Err(exit) => return exit,
        };
        findings::tell(&checked, global);
        match (&checked.plan, &self.recorded) {
            (Some(plan), Some(record)) => self.follow(plan, record),
            (Some(plan), None) => self.verify(plan, &checked.findings, global),
            (None, _) => Exit::NotStarted,
        }
    }

    fn follow(&self, plan: &Plan, record: &Path) -> Exit {
        let schedule = match schedules::read(record) {
            Ok(schedule) => schedule,
            Err(exit) => return exit,
        };
        match follow(plan, &schedule) {
            Ok(steps) => self
                .output
                .put(Exit::Held, |out| writeln!(out, "{}: a path of the model, {steps} steps", record.display())),
            Err(Deviation::Differs { step, message }) => {
                results::say(&format!(
                    "{}: at step {step} the model has no such step: {message}\n\
                     the graph has changed since it was recorded, or this is a bug in mpgraph",
                    record.display()
                ));
                Exit::Bug
            }
            Err(Deviation::NotVerifiable(obstacles)) => {
                for obstacle in obstacles {
                    results::say(&format!("{}: {}", plan.sources().place(obstacle.span), obstacle.message));
                }
                Exit::Undecided
            }
        }
    }

    fn verify(&self, plan: &Plan, known: &[Finding], global: Global) -> Exit {
        let options = Options {
            times: match self.time {
                Clock::Ideal => Times::Ideal,
                Clock::Any => Times::Any,
                Clock::Both => Times::Both,
            },
            limits: Limits { states: self.max_states, memory: self.max_memory, time: self.max_time },
            reduction: !self.no_reduction,
            exhaust: self.no_reduction,
        };
        let shows = io::stderr().is_terminal() && !global.quiet;
        let mut shown = false;
        let mut progress = |now: &Progress| {
            if shows && now.elapsed > Duration::from_millis(500) {
                shown = true;
                let _ = write!(io::stderr(), "\r\u{1b}[K{}", report::progress(now));
            }
        };
        let capacities = self.suggest_capacity.then(|| suggest_capacity(plan, &options, &mut progress));
        let report = match &capacities {
            None => Some(verify(plan, &options, &mut progress)),
            Some(_) => None,
        };
        if shown {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
        match (report, capacities) {
            (Some(report), _) => self.put(plan, &report, known, global),
            (None, capacities) => capacities.map_or(Exit::Held, |found| self.put_capacities(plan, &found)),
        }
    }

    fn put(&self, plan: &Plan, report: &Report, known: &[Finding], global: Global) -> Exit {
        let exit = match report.verdict {
            Verdict::Proved => Exit::Held,
            Verdict::Violated => Exit::NotHeld,
            Verdict::Bounded | Verdict::Sampled | Verdict::NotVerifiable => Exit::Undecided,
        };
        if let Err(exit) = self.write_counterexample(report) {
            return exit;
        }
        self.output.put(exit, |out| match self.format {
            Format::Human => {
                let color = if self.output.is_stdout() { global.color } else { Color::Never };
                report::human(report, (plan.sources(), known), look(color, &io::stdout()), out)
            }
            Format::Json => report::json(report, (plan.sources(), known), out),
        })
    }

    fn put_capacities(&self, plan: &Plan, capacities: &Capacities) -> Exit {
        let exit = match capacities.answer {
            Answer::Found => Exit::Held,
            Answer::NoBoundHelps => Exit::NotHeld,
            Answer::Limited(_) | Answer::NotVerifiable(_) => Exit::Undecided,
        };
        let path = &plan.sources().get(crate::diag::FileId(0)).path;
        self.output.put(exit, |out| match self.format {
            Format::Human => report::capacities(capacities, path, out),
            Format::Json => report::capacities_json(capacities, path, out),
        })
    }

    fn write_counterexample(&self, report: &Report) -> Result<(), Exit> {
        let (Some(path), Some(example)) = (&self.counterexample, report.counterexamples.first()) else { return Ok(()) };
        let text = example.schedule.to_json();
        results::to_file(path, |out| out.write_all(text.as_bytes()))
            .map_err(|error| results::cannot_write(&path.display().to_string(), &error))
    }
}
