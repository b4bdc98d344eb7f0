//! What a process prints, held against what it is expected to print.
//!
//! Lines are not kept: a watch knows how far the expectation has come, so that states that print the same merge. Once
//! it has failed nothing can mend it, and it says no more than that.
use crate::check::Plan;
use crate::diag::{Bag, Span};
use crate::expr::{Env, Me, Random};
use crate::graph::{LinePattern, Lines};
use crate::program::ConstantScope;
use crate::value::Str;
use regex::Regex;

/// One expectation on the lines of one stream, its texts computed.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub span: Span,
    exact: Option<Vec<Pattern>>,
    any_order: Option<Vec<Pattern>>,
    contains: Vec<Pattern>,
    in_order: Vec<Pattern>,
    excludes: Vec<Pattern>,
    count: Option<u64>,
}

#[derive(Clone, Debug)]
enum Pattern {
    Text(Str),
    Regex(Regex),
}

/// Which of the patterns of a list a line fits, in order. Lines that fit the same are the same.
type Fits = Vec<u32>;

/// All that a rule wants to know of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    exact: Fits,
    any_order: Fits,
    contains: Fits,
    in_order: Fits,
    excluded: bool,
}

/// How far a [`Rule`] has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Watch {
    exact: u32,
    in_order: u32,
    /// Of `contains`: what the lines fit that could count, sorted, until they are enough.
    some: Vec<Fits>,
    contained: bool,
    /// Of `any_order`: what the lines so far fit, sorted.
    bag: Vec<Fits>,
    /// What the lines fit of `contains` and of `any_order` that show items which are not told apart, sorted.
    of_items: Vec<[Fits; 2]>,
    count: u64,
    pub failed: bool,
}

impl Rule {
    /// `None` if a text of it cannot be computed.
    pub fn new(plan: &Plan, lines: &Lines, me: &Me) -> Option<Rule> {
        let all = |patterns: &Option<Vec<LinePattern>>| -> Option<Option<Vec<Pattern>>> {
            let Some(patterns) = patterns else { return Some(None) };
            patterns.iter().map(|pattern| Pattern::new(plan, pattern, me)).collect::<Option<Vec<_>>>().map(Some)
        };
        Some(Rule {
            span: lines.span,
            exact: all(&lines.exact)?,
            any_order: all(&lines.any_order)?,
            contains: all(&lines.contains)?.unwrap_or_default(),
            in_order: all(&lines.in_order)?.unwrap_or_default(),
            excludes: all(&lines.excludes)?.unwrap_or_default(),
            count: lines.count.as_ref().map(|count| count.value),
        })
    }

    /// Whether it matters which of two lines comes first.
    pub fn is_ordered(&self) -> bool {
        self.exact.as_ref().is_some_and(|lines| lines.len() > 1) || self.in_order.len() > 1
    }

    /// Whether it matters which lines there were, besides their number and order.
    pub fn keeps_lines(&self) -> bool {
        !self.contains.is_empty() || self.any_order.is_some()
    }

    pub fn begin(&self) -> Watch {
        Watch { contained: self.contains.is_empty(), ..Watch::default() }
    }

    /// What a line is to this rule.
    pub fn sight(&self, line: &str) -> Sight {
        let fits = |patterns: &[Pattern]| -> Fits {
            let all = (0..patterns.len() as u32).filter(|at| patterns[*at as usize].matches(line));
            all.collect()
        };
        Sight {
            exact: fits(self.exact.as_deref().unwrap_or_default()),
            any_order: fits(self.any_order.as_deref().unwrap_or_default()),
            contains: fits(&self.contains),
            in_order: fits(&self.in_order),
            excluded: self.excludes.iter().any(|pattern| pattern.matches(line)),
        }
    }

    /// `of_item`: it shows an item that is not told from others.
    pub fn see(&self, watch: &mut Watch, line: &str, of_item: bool) {
        if watch.failed {
            return;
        }
        let Sight { exact, any_order, contains, in_order, excluded } = self.sight(line);
        let mut sound = !excluded;
        if self.exact.is_some() {
            sound &= exact.contains(&watch.exact);
            watch.exact += 1;
        }
        if in_order.contains(&watch.in_order) {
            watch.in_order += 1;
        }
        if let Some(expected) = &self.any_order {
            sound &= watch.bag.len() + watch.of_items.len() < expected.len() && !any_order.is_empty();
        }
        if let Some(count) = self.count {
            watch.count += 1;
            sound &= watch.count <= count;
        }
        match of_item {
            true if self.keeps_lines() => watch.see_item(contains, any_order),
            true => {}
            false => self.collect(watch, contains, any_order),
        }
        if !sound {
            *watch = Watch { failed: true, ..self.begin() };
        }
    }

    /// Keeps what a line fits.
    fn collect(&self, watch: &mut Watch, contains: Fits, any_order: Fits) {
        // More lines of one kind than it fits patterns help no further.
        let alike = watch.some.iter().filter(|known| **known == contains).count();
        if !watch.contained && alike < contains.len() {
            let at = watch.some.partition_point(|known| *known < contains);
            watch.some.insert(at, contains);
            if assigned(self.contains.len(), &watch.some) {
                watch.contained = true;
                watch.some.clear();
            }
        }
        if self.any_order.is_some() {
            let at = watch.bag.partition_point(|known| *known < any_order);
            watch.bag.insert(at, any_order);
        }
    }

    /// Whether no more lines are needed.
    pub fn is_met(&self, watch: &Watch) -> bool {
        let [some, bag] = watch.with_items();
        !watch.failed
            && self.exact.as_ref().is_none_or(|lines| watch.exact as usize == lines.len())
            && watch.in_order as usize == self.in_order.len()
            && (watch.contained || assigned(self.contains.len(), &some))
            && self
                .any_order
                .as_ref()
                .is_none_or(|patterns| patterns.len() == bag.len() && assigned(patterns.len(), &bag))
            && self.count.is_none_or(|count| watch.count == count)
    }
}

impl Watch {
    fn see_item(&mut self, contains: Fits, any_order: Fits) {
        let fits = [contains, any_order];
        let at = self.of_items.partition_point(|known| *known < fits);
        self.of_items.insert(at, fits);
    }

    /// What all lines fit of `contains` and of `any_order`, those with items among them.
    fn with_items(&self) -> [Vec<Fits>; 2] {
        let all = |plain: &[Fits], list: usize| {
            plain.iter().chain(self.of_items.iter().map(|fits| &fits[list])).cloned().collect()
        };
        [all(&self.some, 0), all(&self.bag, 1)]
    }

    /// Keeps only how many lines with items there were.
    pub fn hide_items(&mut self) {
        self.of_items.fill([Fits::new(), Fits::new()]);
    }
}

impl Sight {
    /// The part of it in which lines with different items have to agree.
    pub fn of_any_item(mut self) -> Sight {
        self.contains.clear();
        self.any_order.clear();
        self
    }
}

impl Pattern {
    fn new(plan: &Plan, pattern: &LinePattern, me: &Me) -> Option<Pattern> {
        match pattern {
            LinePattern::Regex(regex, _) => Some(Pattern::Regex(regex.clone())),
            LinePattern::Text(template, _) => {
                let code = template.compile(&mut ConstantScope { graph: plan.graph() }, &mut Bag::new())?;
                let mut random = Random::new(plan.graph().seed, &me.name);
                let value = code.eval(&mut Env { slots: &[], me, random: &mut random }).ok()?;
                Some(Pattern::Text(match value {
                    crate::value::Value::Str(text) => text,
                    other => other.text().ok()?,
                }))
            }
        }
    }

    fn matches(&self, line: &str) -> bool {
        match self {
            Pattern::Text(text) => **text == *line,
            // Anchored when it was read.
            Pattern::Regex(regex) => regex.is_match(line),
        }
    }
}

/// Whether every pattern can have a line of its own: a matching, by augmenting paths.
fn assigned(patterns: usize, lines: &[Fits]) -> bool {
    if patterns > lines.len() {
        return false;
    }
    let mut owner: Vec<Option<u32>> = vec![None; lines.len()];
    (0..patterns as u32).all(|pattern| claim(pattern, lines, &mut owner, &mut vec![false; lines.len()]))
}

fn claim(pattern: u32, lines: &[Fits], owner: &mut [Option<u32>], tried: &mut [bool]) -> bool {
    for line in 0..lines.len() {
        if tried[line] || !lines[line].contains(&pattern) {
            continue;
        }
        tried[line] = true;
        if owner[line].is_none_or(|other| claim(other, lines, owner, tried)) {
            owner[line] = Some(pattern);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> Vec<Pattern> {
        words.iter().map(|word| Pattern::Text(Str::from(*word))).collect()
    }

    fn empty() -> Rule {
        Rule {
            span: Span::default(),
            exact: None,
            any_order: None,
            contains: vec![],
            in_order: vec![],
            excludes: vec![],
            count: None,
        }
    }

    fn met(rule: &Rule, lines: &[&str]) -> bool {
        let mut watch = rule.begin();
        lines.iter().for_each(|line| rule.see(&mut watch, line, false));
        let mut hidden = rule.begin();
        lines.iter().for_each(|line| rule.see(&mut hidden, line, true));
        assert_eq!(rule.is_met(&hidden), rule.is_met(&watch));
        rule.is_met(&watch)
    }

    #[test]
    fn each_kind_of_expectation_holds_and_fails() {
        let exact = Rule { exact: Some(texts(&["a", "b"])), ..empty() };
        assert!(met(&exact, &["a", "b"]) && !met(&exact, &["b", "a"]) && !met(&exact, &["a"]));
        assert!(!met(&exact, &["a", "b", "c"]));
        let any = Rule { any_order: Some(texts(&["a", "b"])), ..empty() };
        assert!(met(&any, &["b", "a"]) && !met(&any, &["a", "a"]));
        let some = Rule { contains: texts(&["a"]), excludes: texts(&["x"]), ..empty() };
        assert!(met(&some, &["z", "a"]) && !met(&some, &["a", "x"]) && !met(&some, &["z"]));
        let order = Rule { in_order: texts(&["a", "b"]), count: Some(3), ..empty() };
        assert!(met(&order, &["a", "z", "b"]) && !met(&order, &["b", "z", "a"]) && !met(&order, &["a", "b"]));
    }

    #[test]
    fn a_line_that_fits_two_patterns_is_given_to_the_right_one() {
        let patterns = vec![Pattern::Regex(Regex::new(".").unwrap()), Pattern::Text(Str::from("a"))];
        let any = Rule { any_order: Some(patterns), ..empty() };
        assert!(met(&any, &["a", "b"]) && !met(&any, &["b", "b"]));
        let twice = Rule { contains: texts(&["a", "a"]), ..empty() };
        assert!(met(&twice, &["a", "b", "a"]) && !met(&twice, &["a", "b"]));
    }
}
