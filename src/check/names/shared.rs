//! All names of a graph.
use super::doubt::Doubt;
use super::reader::{NEAREST_MAX, Reader, Report, Source};
use super::unused;
use crate::diag::{Bag, Code, FileId, Finding};
use crate::graph::lower::Gaps;
use crate::graph::{Accept, Body, Condition, Graph, Kind, ObjectKind, Pool, Step, Target, TargetId};

/// Reports what is wrong with names, and says what the lost ones may have meant. `used` are the graph's parameters that
/// were read before.
pub(in crate::check) fn names(graph: &Graph, gaps: Gaps, used: &[String], bag: &mut Bag) -> Doubt {
    let complete = gaps.complete;
    let mut report = Report { doubt: Doubt::new(graph, gaps), ..Report::default() };
    report.params.extend(used.iter().cloned());
    let mut locals = Bag::new();
    for object in &graph.objects {
        let mut reader = Reader::new(graph, Source::Root, &[], &mut report);
        match &object.kind {
            ObjectKind::Condition(Condition { lock: Some(lock) }) => {
                reader.outside(lock, "lock", &[Accept::Object(Kind::Lock)]);
            }
            ObjectKind::Pool(Pool { initializer: Some(initializer), .. }) => reader.initializer(initializer),
            _ => {}
        }
    }
    for target in &graph.targets {
        body(graph, Source::Target(target), &target.steps, &mut report, &mut locals);
    }
    for process in &graph.processes {
        let source = Source::Process(process.span);
        Reader::new(graph, source, &[], &mut report).process(process);
        if let Body::Steps(steps) = &process.body {
            body(graph, source, steps, &mut report, &mut locals);
        }
        if let Some(model) = &process.model {
            // Only the errors of a model count.
            body(graph, source, model, &mut report, &mut Bag::new());
        }
    }
    expected(graph, &mut report);
    bag.extend(std::mem::take(&mut report.bag));
    if report.lost <= NEAREST_MAX {
        bag.extend(locals);
    }
    if complete && report.lost <= NEAREST_MAX {
        unused::shared(graph, &report, bag);
    }
    report.doubt
}

fn body<'a>(graph: &'a Graph, source: Source<'a>, steps: &'a [Step], report: &mut Report, locals: &mut Bag) {
    let mut reader = Reader::new(graph, source, steps, report);
    reader.steps(steps);
    reader.hiding(steps);
    if !reader.is_broken() && !reader.out.doubt.is_unread(reader.around) && !reader.mistaken {
        unused::local(&reader, steps, locals);
    }
}

impl<'a> Reader<'a, '_> {
    /// A variable may hide a parameter of the graph, and no object. A process is named by steps only, and a variable read
    /// by expressions only: the two get along.
    fn hiding(&mut self, steps: &'a [Step]) {
        for (name, span) in &self.variables {
            let declared = match self.param(name) {
                Some(param) => match param.kind {
                    crate::graph::ParamKind::Value(_) => continue,
                    kind => Some((kind.name(), param.name.span)),
                },
                None => {
                    let id = self.graph.object_named(name);
                    id.map(|id| (self.graph.object(id).kind().name(), self.graph.object(id).name.span))
                }
            };
            let Some((what, declared)) = declared else { continue };
            // The `error` of handlers is not the author's to rename.
            if *name == "error" && !sets(steps, name) {
                continue;
            }
            let message = format!("the variable `{name}` would hide the {what} of this name");
            let finding = Finding::new(Code::NamesDuplicate, *span, message, "a variable of this name");
            self.out.bag.add(finding.also(declared, format!("the {what}")).help("rename the variable"));
        }
    }
}

/// Whether a step of these sets the variable.
fn sets(steps: &[Step], name: &str) -> bool {
    let mut sets = false;
    for step in steps {
        step.walk(&mut |step| sets |= step.sets().any(|set| set.value == name));
    }
    sets
}

/// What an expectation names is looked at elsewhere; here it counts as a use.
fn expected(graph: &Graph, report: &mut Report) {
    let Some(expect) = &graph.expect else { return };
    let queues = expect.queues.iter().map(|(name, _)| (name, Kind::Queue));
    let values = expect.values.iter().map(|(name, _)| (name, Kind::Value));
    let arrays = expect.arrays.iter().map(|(name, _)| (name, Kind::Array));
    let events = expect.events.iter().map(|(name, _)| (name, Kind::Event));
    for (name, kind) in queues.chain(values).chain(arrays).chain(events) {
        match graph.object_named(name) {
            Some(id) => {
                report.objects.insert(id);
            }
            None => report.doubt.lost(graph, name, &[Accept::Object(kind)]),
        }
    }
    let patterns = |lines: &crate::graph::Lines| {
        let lists = [&lines.exact, &lines.any_order, &lines.contains, &lines.in_order, &lines.excludes];
        let texts = lists.into_iter().flatten().flatten().filter_map(|pattern| match pattern {
            crate::graph::LinePattern::Text(template, _) => Some(template.clone()),
            crate::graph::LinePattern::Regex(..) => None,
        });
        texts.collect::<Vec<_>>()
    };
    let mut texts = Vec::new();
    texts.extend(expect.stdout.iter().flat_map(patterns));
    for (_, process) in &expect.processes {
        texts.extend(process.stdout.iter().chain(&process.stderr).flat_map(patterns));
    }
    let mut reader = Reader::new(graph, Source::Root, &[], report);
    for text in &texts {
        reader.template(text);
    }
}

/// Targets of other files are a library: not all of one is used by every graph.
pub(super) fn own_targets(graph: &Graph) -> impl Iterator<Item = (TargetId, &Target)> {
    let all = (0..).map(TargetId).zip(&graph.targets);
    all.filter(|(_, target)| target.name.span.file == FileId::default())
}
