//! Processes: they are there, and what they print is seen.
use super::Expected;
use crate::diag::{Code, Finding, nearest_help};
use crate::graph::{Name, Stdout};
use crate::program::find_process;

impl Expected<'_, '_> {
    pub fn processes(&mut self) {
        let expect = self.expect;
        for (name, expected) in &expect.processes {
            for lines in expected.stdout.iter().chain(&expected.stderr) {
                self.lines(lines);
            }
            let Some(found) = find_process(self.study.graph, name) else {
                self.no_process(name);
                continue;
            };
            let process = self.study.graph.process(found.process);
            let streams =
                [("stdout", &expected.stdout, &process.stdout), ("stderr", &expected.stderr, &process.stderr)];
            for (key, lines, stream) in streams {
                let Some(lines) = lines.as_ref().filter(|lines| Self::wants_lines(lines)) else { continue };
                let whither = match stream {
                    Stdout::Captured => continue,
                    Stdout::Inherit => "is inherited",
                    Stdout::Null => "goes nowhere",
                    Stdout::File(..) => "goes to a file",
                    Stdout::Pipe(_) => "goes into a pipe",
                    Stdout::Queue { .. } => "goes into a queue",
                };
                let message = format!("`{key}` of `{}` {whither}, so no line of it is seen", process.name.value);
                let also = Some((process.name.span, "the process"));
                self.never(lines.span, message, also, &format!("remove the expectation, or `{key}` of the process"));
            }
        }
    }

    fn no_process(&mut self, name: &Name) {
        if self.study.may_be_declared() {
            return;
        }
        let graph = self.study.graph;
        let owner = name.value.rsplit_once('-').and_then(|(owner, _)| graph.process_named(owner));
        let replicated = owner.map(|id| graph.process(id)).filter(|process| process.replicas.is_some());
        let help = match replicated {
            Some(process) => {
                let (name, n) = (&process.name.value, process.instances());
                if n == 0 {
                    format!("`{name}` has no instances")
                } else {
                    format!("its instances are `{name}-1` to `{name}-{n}`")
                }
            }
            None => {
                let known = graph.processes.iter().map(|process| process.name.value.as_str());
                nearest_help(name, "the processes are", known)
            }
        };
        let message = format!("the graph has no process `{}`", name.value);
        let finding = Finding::new(Code::ExpectImpossible, name.span, message, "names nothing");
        self.bag.add(finding.help(help));
    }
}
