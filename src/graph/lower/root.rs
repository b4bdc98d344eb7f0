//! The root of a graph.
use super::include::Includes;
use super::{Fields, Given, LoadOptions, Lower, expect, limit, namespace, object, params, process, target};
use crate::diag::{Code, Finding, Span, Spanned, nearest};
use crate::expr::Random;
use crate::graph::{Graph, Index, Kind, LogLevel, schema};
use crate::text::Node;
use std::path::Path;

/// The graph, if there is a process at least.
pub(super) fn graph(lower: &mut Lower, node: &Node, folder: &Path, options: &LoadOptions) -> Option<Graph> {
    let given = Given { key: beginning(node), node };
    let fields = Fields::read(lower, given, &schema::ROOT)?;
    // Declarations stand in maps.
    lower.gaps.undeclared |= fields.strangers().iter().any(|given| given.node.as_map().is_some());
    lower.gaps.undeclared_targets |= lower.gaps.undeclared;
    version(lower, &fields);
    declare(lower, &fields);
    // A seed that is itself computed cannot seed what it is computed from.
    let plain = fields
        .get("seed")
        .and_then(|given| if let crate::text::Kind::Int(seed) = given.node.kind { Some(seed) } else { None });
    let known = options.seed.unwrap_or(plain.and_then(|seed| u64::try_from(seed).ok()).unwrap_or(0));
    lower.random = Random::new(known, "");
    let params = params::params(lower, &fields, options);
    let seed = fields.get("seed").and_then(|given| lower.count(given));
    let seed = options.seed.or(seed).unwrap_or(0);
    let objects = object::objects(lower, &fields);
    let mut targets = target::targets(lower, &fields);
    if let Some(given) = fields.get("include") {
        targets.extend(Includes::of_graph(lower, folder).targets(lower, given));
    }
    let processes = match fields.require(lower, "processes") {
        Some(given) => process::processes(lower, given),
        None => Vec::new(),
    };
    if let Some(given) = fields.get_null("processes")
        && (given.node.is_null() || given.node.as_map().is_some_and(<[_]>::is_empty))
    {
        lower.bad_value(given.key, "a graph has at least one process", "add one: `main: {steps: [print: hello]}`");
    }
    limit::instances(lower, &processes, &objects);
    namespace::duplicates(lower, &objects, &processes, &targets);
    let expect = fields.get("expect").and_then(|given| expect::expect(lower, given));
    let expect = expect.map(|expect| expect::admitted(expect, &objects));
    let graph = Graph {
        span: node.span,
        name: name(lower, &fields, node),
        description: fields.get("description").and_then(|given| lower.text(given)).map(|text| text.value),
        folder: folder.to_owned(),
        params,
        objects,
        targets,
        processes,
        expect,
        timeout: fields.get("timeout").and_then(|given| lower.duration(given)),
        log: fields.get("log").and_then(|given| log(lower, given)),
        seed,
        allow: fields.get("allow").map(|given| allow(lower, given)).unwrap_or_default(),
        index: Index::default(),
    };
    (!graph.processes.is_empty()).then_some(graph)
}

/// The first key: where something missing in the whole file is shown.
pub(super) fn beginning(node: &Node) -> Span {
    node.as_map().and_then(|entries| entries.first()).map_or(node.span, |entry| entry.key.span)
}

pub(super) fn version(lower: &mut Lower, fields: &Fields) {
    let Some(given) = fields.get_null("mpgraph") else {
        // No other key is meant for this one.
        lower.report(fields.absent("`mpgraph`", "add `mpgraph: 1`"));
        return;
    };
    match given.node.kind {
        crate::text::Kind::Int(1) | crate::text::Kind::Broken => {}
        crate::text::Kind::Int(other) => {
            let message = format!("version {other} of the language is not known");
            lower.bad_value(given.node.place(), &message, "write `mpgraph: 1`");
        }
        _ => lower.wrong_type(given.node, "the version of the language, `1`"),
    }
}

/// Takes down what is shared, so that a constant expression that reads it is told what it is.
fn declare(lower: &mut Lower, fields: &Fields) {
    let kinds = Kind::ALL.iter().map(|kind| (kind.root_key(), Some(*kind))).chain([("processes", None)]);
    for (key, kind) in kinds {
        let entries = fields.get(key).and_then(|given| given.node.as_map()).unwrap_or_default();
        for entry in entries {
            lower.declared.entry(entry.key.text.to_string()).or_insert((kind, entry.key.span));
        }
    }
}

fn name(lower: &mut Lower, fields: &Fields, node: &Node) -> String {
    let given = fields.get("name").and_then(|given| lower.text(given));
    given.map(|name| name.value).unwrap_or_else(|| {
        let path = Path::new(&lower.sources.get(node.span.file).path);
        match path.file_stem() {
            Some(stem) if stem != "-" => stem.to_string_lossy().into_owned(),
            _ => "graph".to_owned(),
        }
    })
}

fn log(lower: &mut Lower, given: Given) -> Option<Spanned<LogLevel>> {
    let level = lower.choice(given, LogLevel::NAMES).and_then(LogLevel::parse)?;
    Some(Spanned::new(level, given.node.place()))
}

fn allow(lower: &mut Lower, given: Given) -> Vec<Spanned<Code>> {
    let nodes = lower.list(given, "a list of codes").unwrap_or_default();
    nodes.iter().filter_map(|node| code(lower, Given { key: given.key, node })).collect()
}

fn code(lower: &mut Lower, given: Given) -> Option<Spanned<Code>> {
    let text = lower.text(given)?;
    let Some(code) = Code::parse(&text.value) else {
        let near = nearest(&text.value, Code::ALL.iter().map(|code| code.as_str()));
        let help = match near {
            Some(near) => format!("did you mean `{near}`? `mpgraph explain` lists them all"),
            None => "`mpgraph explain` lists them all".to_owned(),
        };
        let message = format!("`{}` is the code of no diagnostic", text.value);
        lower.report(Finding::new(Code::SyntaxBadValue, text.span, message, "unknown code").help(help));
        return None;
    };
    if matches!(code.family(), "syntax" | "names") {
        let message = format!("`{code}` cannot be allowed: nothing can run with it");
        lower.bad_value(text.span, &message, "remove it, and mend what is reported");
        return None;
    }
    Some(Spanned::new(code, text.span))
}
