//! Two things of one name: objects and processes share one namespace, targets have their own.
use super::Lower;
use crate::diag::{Code, Finding};
use crate::graph::{Name, Object, Process, Target};
use std::collections::BTreeMap;

pub(super) fn duplicates(lower: &mut Lower, objects: &[Object], processes: &[Process], targets: &[Target]) {
    let things = objects.iter().map(|object| (&object.name, object.kind().with_article()));
    let things = things.chain(processes.iter().map(|process| (&process.name, "a process")));
    let shared = report_twice(lower, things.collect());
    instances(lower, &shared, processes);
    report_twice(lower, targets.iter().map(|target| (&target.name, "a target")).collect());
}

type Known<'a> = BTreeMap<&'a str, (&'a Name, &'static str)>;

/// Each name but the first of its kind in the text is one too many.
fn report_twice<'a>(lower: &mut Lower, mut things: Vec<(&'a Name, &'static str)>) -> Known<'a> {
    things.sort_by_key(|(name, _)| name.span);
    let mut known = Known::new();
    for (name, what) in things {
        match known.get(name.value.as_str()) {
            Some((first, is)) => {
                let message = format!("`{}` is the name of {is} already", name.value);
                let finding = Finding::new(Code::NamesDuplicate, name.span, message, format!("{what} of this name"));
                lower.report(finding.also(first.span, format!("{is} of this name")).help("rename one of them"));
            }
            None => {
                known.insert(&name.value, (name, what));
            }
        }
    }
    known
}

/// `A-1` may not be another thing where `A` has replicas.
fn instances(lower: &mut Lower, known: &Known, processes: &[Process]) {
    for (text, (name, what)) in known {
        let Some((base, index)) = text.rsplit_once('-') else { continue };
        let Some(index) = index.parse::<u32>().ok().filter(|number| number.to_string() == index) else { continue };
        let owner = processes.iter().find(|process| process.name.value == base && process.replicas.is_some());
        let Some(owner) = owner.filter(|owner| (1..=owner.instances()).contains(&index)) else { continue };
        let message = format!("`{text}` is the name of an instance of `{base}` already");
        let (label, also) = (format!("{what} of this name"), format!("has an instance `{text}`"));
        let finding = Finding::new(Code::NamesDuplicate, name.span, message, label).also(owner.name.span, also);
        lower.report(finding.help("rename one of them"));
    }
}
