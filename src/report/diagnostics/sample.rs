//! Findings to test the pens with: two files, several labels, characters of several bytes.
use super::Checked;
use crate::diag::{Code, FileId, Finding, Source, Sources, Span};

pub(super) struct Sample {
    pub sources: Sources,
    pub findings: Vec<Finding>,
}

const GRAPH: &str = "\
mpgraph: 1
include: [lib.yaml]
queues:
  tasks: {}
processes:
  prüfer:
    steps:
      - get: taks
        into: x
      - print: 100%, done: ${x}
      - release: tasks
";

const LIBRARY: &str = "mpgraph: 1
targets:
  work:
    steps: [break]
";

impl Sample {
    pub(super) fn new() -> Self {
        let mut sources = Sources::new();
        let graph = sources.add(Source::new("a graph.yaml", GRAPH));
        let library = sources.add(Source::new("lib.yaml", LIBRARY));
        let findings = vec![
            Finding::new(Code::NamesUnknown, word(graph, GRAPH, "taks"), "there is no queue `taks`", "not declared")
                .help("did you mean `tasks`?"),
            Finding::new(
                Code::NamesWrongKind,
                word(graph, GRAPH, "tasks\n"),
                "`release` takes a lock, a semaphore or a condition, but `tasks` is a queue",
                "a queue",
            )
            .also(word(graph, GRAPH, "tasks"), "declared here")
            .also(word(library, LIBRARY, "break"), "of no use here: 50%")
            .help("name a lock,\nor take an item with `get`"),
            Finding::new(Code::NamesUnused, word(library, LIBRARY, "work"), "nothing uses the target `work`", ""),
        ];
        Sample { sources, findings }
    }

    pub(super) fn clean() -> Self {
        let mut sources = Sources::new();
        sources.add(Source::new("clean.yaml", "mpgraph: 1\n"));
        Sample { sources, findings: Vec::new() }
    }

    pub(super) fn checked(&self) -> Checked<'_> {
        Checked { sources: &self.sources, findings: &self.findings }
    }
}

/// The first `word` of a text, without a line end.
fn word(file: FileId, text: &str, word: &str) -> Span {
    let at = text.find(word).expect("the sample holds the word");
    Span::new(file, at, at + word.trim_end().len())
}
