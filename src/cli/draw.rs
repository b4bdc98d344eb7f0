//! `draw`: the wiring of a graph as a picture.
use std::path::{Path, PathBuf};

use super::args::Global;
use super::{Exit, findings, graphs, results, results::Output, values::assignment};
use crate::check::{CheckOptions, check};
use crate::draw::{self, Recording};
use crate::graph::lower::LoadOptions;

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The graph; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Override a parameter of the graph (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// For what the picture is; by default what the name of the output file ends with, else text
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// A sequence chart of the run that `run --trace FILE` wrote, instead of the wiring
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For a browser
    Svg,
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
}

impl Args {
    pub fn perform(self, global: Global) -> Exit {
        let loading = LoadOptions { set: self.set.clone(), seed: None };
        let loaded = match self.file == Path::new("-") {
            true => graphs::load_stdin(&self.file, &loading),
            false => graphs::load(&self.file, &loading),
        };
        let checked = match loaded {
            Ok(loaded) => check(loaded, &CheckOptions::default()),
            Err(exit) => return exit,
        };
        let Some(plan) = &checked.plan else {
            findings::tell(&checked, global);
            return Exit::NotStarted;
        };
        let format = self.format.or_else(|| Format::of(self.output.path()?)).unwrap_or(Format::Text);
        if let Some(path) = &self.trace {
            return self.chart(path, format);
        }
        let picture = draw::picture(plan);
        self.output.put(Exit::Held, |out| match format {
            Format::Text => draw::text(&picture, out),
            Format::Svg => draw::svg(&picture, out),
            Format::Dot => draw::dot(&picture, out),
            Format::Mermaid => draw::mermaid(&picture, out),
        })
    }
}

impl Args {
    fn chart(&self, path: &Path, format: Format) -> Exit {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let recording = match text.and_then(|text| Recording::read(&text)) {
            Ok(recording) => recording,
            Err(error) => {
                results::say(&format!("{}: {error}", path.display()));
                return Exit::NotStarted;
            }
        };
        match format {
            Format::Text => self.output.put(Exit::Held, |out| draw::chart_text(&recording, out)),
            Format::Svg => self.output.put(Exit::Held, |out| draw::chart_svg(&recording, out)),
            Format::Mermaid => self.output.put(Exit::Held, |out| draw::chart_mermaid(&recording, out)),
            Format::Dot => {
                results::say("Graphviz draws no sequence charts: take `--format svg`, `mermaid` or `text`");
                Exit::NotStarted
            }
        }
    }
}

impl Format {
    /// What a file of this name is meant to hold.
    fn of(path: &Path) -> Option<Format> {
        Some(match path.extension()?.to_str()? {
            "svg" => Format::Svg,
            "dot" | "gv" => Format::Dot,
            "mmd" | "mermaid" => Format::Mermaid,
            "txt" => Format::Text,
            _ => return None,
        })
    }
}
