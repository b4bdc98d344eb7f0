//! `init`: a small graph that runs, to start from.
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::args::Global;
use super::{Exit, results};

#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Of the graph; its file is NAME.yaml
    #[arg(value_name = "NAME", default_value = "graph")]
    name: PathBuf,
}

const GRAPH: &str = include_str!("init.yaml");

impl Args {
    pub fn perform(self, global: Global) -> Exit {
        let path = match self.name.extension() {
            Some(ending) if ending == "yaml" || ending == "yml" => self.name,
            _ => {
                let mut path = self.name.into_os_string();
                path.push(".yaml");
                PathBuf::from(path)
            }
        };
        let shown = path.display();
        let file = File::options().write(true).create_new(true).open(&path);
        match file {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                results::say(&format!("{shown} is there already, and stays as it is"));
                Exit::NotStarted
            }
            Err(error) => {
                results::say(&format!("cannot make {shown}: {error}"));
                Exit::NotStarted
            }
            Ok(mut file) => match file.write_all(GRAPH.as_bytes()) {
                Ok(()) => {
                    if !global.quiet {
                        results::note(&format!("wrote {shown}; now try: mpgraph run {shown}"));
                    }
                    Exit::Held
                }
                Err(error) => {
                    // A part of it would be in the way of the next try.
                    let _ = std::fs::remove_file(&path);
                    results::cannot_write(&shown.to_string(), &error)
                }
            },
        }
    }
}
