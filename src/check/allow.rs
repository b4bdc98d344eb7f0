//! Findings that are allowed: by the graph's `allow`, by a comment on or above a line, by the command line.
//!
//! `allow/unused` is a permission that lets nothing pass: what it was for is mended, or it stands in the wrong place.
//!
//! Bad: `allow: [wiring/no-consumer]` in a graph whose queues are all read. Good: no `allow`.
use std::collections::{BTreeSet, HashMap};

use super::CheckOptions;
use crate::diag::{Bag, Code, FileId, Finding, Sources, Span, Spanned, nearest};
use crate::text::Allow;

pub(super) struct Permission<'a> {
    sources: &'a Sources,
    command_line: &'a [Code],
    graph: &'a [Spanned<Code>],
    comments: Vec<Spanned<Code>>,
    /// Which of the comments are for a code on a line of a file.
    by_line: HashMap<(Code, FileId, usize), Vec<Span>>,
}

/// Which permissions have been of no use.
#[derive(Default)]
pub(super) struct Unused(Vec<Spanned<Code>>);

impl<'a> Permission<'a> {
    /// What is wrong with the comments themselves goes to the bag.
    pub fn new(
        graph: &'a [Spanned<Code>],
        comments: &[Allow],
        options: &'a CheckOptions,
        sources: &'a Sources,
        bag: &mut Bag,
    ) -> Self {
        let mut by_line: HashMap<_, Vec<Span>> = HashMap::new();
        let mut permitted = Vec::new();
        for comment in comments {
            let Some(code) = code(comment, bag) else { continue };
            by_line.entry((code.value, code.span.file, comment.covers)).or_default().push(code.span);
            permitted.push(code);
        }
        Permission { sources, command_line: &options.allow, graph, comments: permitted, by_line }
    }

    /// The findings that are left.
    pub fn apply(&self, mut bag: Bag) -> (Bag, Unused) {
        let mut used = BTreeSet::new();
        bag.retain(|finding| {
            if !can_pass(finding.code) {
                return true;
            }
            let mut passes = self.command_line.contains(&finding.code);
            for (at, permitted) in self.graph.iter().enumerate() {
                if permitted.value == finding.code {
                    used.insert(self.graph[at].span);
                    passes = true;
                }
            }
            if !self.by_line.is_empty() {
                let here = self.on_line_of(finding.code, finding.primary().span);
                used.extend(here);
                passes |= !here.is_empty();
            }
            !passes
        });
        let all = self.graph.iter().chain(&self.comments);
        let unused = all.filter(|permitted| !used.contains(&permitted.span)).cloned().collect();
        (bag, Unused(unused))
    }

    fn allows_unused(&self, span: Span) -> bool {
        self.command_line.contains(&Code::AllowUnused)
            || self.graph.iter().any(|code| code.value == Code::AllowUnused)
            || !self.on_line_of(Code::AllowUnused, span).is_empty()
    }

    /// The comments that are for this code on the line of a place.
    fn on_line_of(&self, code: Code, place: Span) -> &[Span] {
        let line = self.sources.start(place).line;
        self.by_line.get(&(code, place.file, line)).map_or(&[], Vec::as_slice)
    }
}

/// What `verify` finds is known to `verify` alone.
pub(super) fn unused(unused: Unused, permission: &Permission) -> Vec<Finding> {
    let known_here = |code: Code| code.family() != "verify" && code != Code::AllowUnused;
    unused
        .0
        .into_iter()
        .filter(|permitted| known_here(permitted.value) && !permission.allows_unused(permitted.span))
        .map(|permitted| {
            let message = format!("nothing here is reported as `{}`", permitted.value);
            Finding::new(Code::AllowUnused, permitted.span, message, "allows nothing").help("remove it")
        })
        .collect()
}

fn can_pass(code: Code) -> bool {
    !matches!(code.family(), "syntax" | "names")
}

fn code(comment: &Allow, bag: &mut Bag) -> Option<Spanned<Code>> {
    let (text, span) = (&comment.code.value, comment.code.span);
    let Some(code) = Code::parse(text) else {
        let help = match nearest(text, Code::ALL.iter().map(|code| code.as_str())) {
            Some(near) => format!("did you mean `{near}`? `mpgraph explain` lists them all"),
            None => "`mpgraph explain` lists them all".to_owned(),
        };
        let message = format!("`{text}` is the code of no diagnostic");
        bag.add(Finding::new(Code::SyntaxBadValue, span, message, "unknown code").help(help));
        return None;
    };
    if !can_pass(code) {
        let message = format!("`{code}` cannot be allowed: nothing can run with it");
        let finding = Finding::new(Code::SyntaxBadValue, span, message, "not possible here");
        bag.add(finding.help("remove it, and mend what is reported"));
        return None;
    }
    Some(Spanned::new(code, span))
}
