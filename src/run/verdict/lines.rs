//! Lines that were printed, against those that were expected.
//!
//! What must stay true: where their order does not count, as many patterns as can be have a line of their own.
use super::Judge;
use crate::diag::Bag;
use crate::expr::{Env, Me, Random};
use crate::graph::{LinePattern, Lines};
use crate::program::ConstantScope;

impl Judge<'_> {
    pub(super) fn lines(&mut self, wanted: &Lines, of: &str, came: &[Vec<u8>], me: &Me) {
        let came: Vec<String> = came.iter().map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let patterns = |list: &Option<Vec<LinePattern>>| -> Option<Vec<Pattern>> {
            list.as_ref().map(|list| list.iter().map(|pattern| self.pattern(pattern, me)).collect())
        };
        let (exact, any_order) = (patterns(&wanted.exact), patterns(&wanted.any_order));
        let (contains, in_order) = (patterns(&wanted.contains), patterns(&wanted.in_order));
        let excludes = patterns(&wanted.excludes);
        let shown = |list: &[Pattern]| list.iter().map(Pattern::shown).collect::<Vec<String>>();
        if let Some(list) = exact
            && !(list.len() == came.len() && list.iter().zip(&came).all(|(pattern, line)| pattern.matches(line)))
        {
            // Lines that match a pattern are shown as the pattern, so that only what differs differs.
            let came = align(&list, &came);
            self.differ(wanted.span, format!("{of} is not what was expected"), shown(&list), came);
        }
        if let Some(list) = any_order
            && !(list.len() == came.len() && assignment(&list, &came).iter().all(Option::is_some))
        {
            let (missing, surplus) = left_over(&list, &came);
            self.differ(wanted.span, format!("{of} is not what was expected, in any order"), missing, surplus);
        }
        if let Some(list) = contains {
            let found = assignment(&list, &came);
            let missing: Vec<String> = list
                .iter()
                .zip(&found)
                .filter(|(_, found)| found.is_none())
                .map(|(pattern, _)| pattern.shown())
                .collect();
            if !missing.is_empty() {
                self.differ(wanted.span, format!("{of} does not contain what was expected"), missing, came.clone());
            }
        }
        if let Some(list) = in_order {
            let mut rest = came.iter();
            if let Some(missing) = list.iter().find(|pattern| !rest.any(|line| pattern.matches(line))) {
                let message = format!("{of} does not have `{}` where the order asks for it", missing.shown());
                self.differ(wanted.span, message, shown(&list), came.clone());
            }
        }
        for pattern in excludes.into_iter().flatten() {
            if let Some(line) = came.iter().find(|line| pattern.matches(line)) {
                self.fail(wanted.span, format!("{of} has `{line}`, which is excluded"));
            }
        }
        if let Some(count) = &wanted.count
            && count.value != came.len() as u64
        {
            let message = format!("{of} has {} lines, and {} were expected", came.len(), count.value);
            self.differ(count.span, message, Vec::new(), came);
        }
    }

    fn pattern(&self, pattern: &LinePattern, me: &Me) -> Pattern {
        match pattern {
            LinePattern::Regex(regex, _) => Pattern::Regex(regex.clone()),
            LinePattern::Text(template, _) => {
                let mut scope = ConstantScope { graph: self.plan.graph() };
                let mut random = Random::new(self.observed.world.seed, &me.name);
                let mut env = Env { slots: &[], me, random: &mut random };
                let text = template.compile(&mut scope, &mut Bag::new()).and_then(|code| code.eval(&mut env).ok());
                Pattern::Text(text.and_then(|value| value.text().ok()).map(|text| text.to_string()).unwrap_or_default())
            }
        }
    }
}

enum Pattern {
    Text(String),
    Regex(regex::Regex),
}

impl Pattern {
    fn matches(&self, line: &str) -> bool {
        match self {
            Pattern::Text(text) => text == line,
            Pattern::Regex(regex) => regex.is_match(line),
        }
    }

    fn shown(&self) -> String {
        match self {
            Pattern::Text(text) => text.clone(),
            Pattern::Regex(regex) => format!("/{}/", regex.as_str()),
        }
    }
}

/// For each pattern a line of its own, if one can be found for it: a largest such matching (texts may match what a
/// regex matches, too, so the first that fits is not always right).
fn assignment(patterns: &[Pattern], lines: &[String]) -> Vec<Option<usize>> {
    let mut taken_by: Vec<Option<usize>> = vec![None; lines.len()];
    // Equal texts are the common case by far, and need no search.
    let mut by_text: std::collections::HashMap<&str, Vec<usize>> = std::collections::HashMap::new();
    for (index, line) in lines.iter().enumerate().rev() {
        by_text.entry(line).or_default().push(index);
    }
    for (index, pattern) in patterns.iter().enumerate() {
        if let Pattern::Text(text) = pattern
            && let Some(line) = by_text.get_mut(text.as_str()).and_then(Vec::pop)
        {
            taken_by[line] = Some(index);
        }
    }
    for index in 0..patterns.len() {
        if matches!(patterns[index], Pattern::Regex(_)) {
            augment(index, patterns, lines, &mut taken_by, &mut vec![false; lines.len()]);
        }
    }
    let mut found = vec![None; patterns.len()];
    for (line, pattern) in taken_by.iter().enumerate() {
        if let Some(pattern) = pattern {
            found[*pattern] = Some(line);
        }
    }
    found
}

fn augment(
    pattern: usize,
    patterns: &[Pattern],
    lines: &[String],
    taken_by: &mut Vec<Option<usize>>,
    seen: &mut Vec<bool>,
) -> bool {
    for line in 0..lines.len() {
        if seen[line] || !patterns[pattern].matches(&lines[line]) {
            continue;
        }
        seen[line] = true;
        let free = match taken_by[line] {
            None => true,
            Some(other) => augment(other, patterns, lines, taken_by, seen),
        };
        if free {
            taken_by[line] = Some(pattern);
            return true;
        }
    }
    false
}

/// Patterns without a line, and lines without a pattern.
fn left_over(patterns: &[Pattern], lines: &[String]) -> (Vec<String>, Vec<String>) {
    let found = assignment(patterns, lines);
    let missing = patterns.iter().zip(&found).filter(|(_, line)| line.is_none()).map(|(pattern, _)| pattern.shown());
    let surplus = lines.iter().enumerate().filter(|(index, _)| !found.contains(&Some(*index)));
    (missing.collect(), surplus.map(|(_, line)| line.clone()).collect())
}

fn align(patterns: &[Pattern], lines: &[String]) -> Vec<String> {
    let mut next = 0;
    lines
        .iter()
        .map(|line| {
            let hit = patterns[next.min(patterns.len())..].iter().position(|pattern| pattern.matches(line));
            match hit {
                Some(ahead) => {
                    next += ahead + 1;
                    patterns[next - 1].shown()
                }
                None => line.clone(),
            }
        })
        .collect()
}
