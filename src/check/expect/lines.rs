//! Lines that contradict one another.
use super::{Expected, counted};
use crate::graph::{LinePattern, Lines};

impl Expected<'_, '_> {
    pub fn lines(&mut self, lines: &Lines) {
        let len = |patterns: &Option<Vec<LinePattern>>| patterns.as_ref().map_or(0, Vec::len) as u64;
        if let Some(count) = &lines.count {
            if let Some(all) = &lines.any_order
                && all.len() as u64 != count.value
            {
                let message = format!(
                    "`any_order` is exactly {}, and `count` is {}",
                    counted(all.len() as u64, "line"),
                    count.value
                );
                self.never(count.span, message, None, "remove `count`, or make them agree");
            }
            for (key, least) in [("contains", 1.min(len(&lines.contains))), ("in_order", len(&lines.in_order))] {
                if least > count.value {
                    let message =
                        format!("`{key}` needs {} at least, and `count` is {}", counted(least, "line"), count.value);
                    self.never(count.span, message, None, "make them agree");
                }
            }
        }
        let excluded: Vec<&LinePattern> = lines.excludes.iter().flatten().collect();
        for wanted in [&lines.any_order, &lines.contains, &lines.in_order].into_iter().flatten().flatten() {
            let Some(text) = constant(wanted) else { continue };
            let twin = excluded.iter().find(|pattern| match pattern {
                LinePattern::Text(..) => constant(pattern) == Some(text),
                LinePattern::Regex(regex, _) => regex.is_match(text),
            });
            if let Some(twin) = twin {
                let message = format!("the line `{text}` is wanted and excluded");
                self.never(wanted.span(), message, Some((twin.span(), "excluded here")), "remove one of the two");
            }
        }
    }

    /// Whether it wants a line to be there.
    pub fn wants_lines(lines: &Lines) -> bool {
        let any = |patterns: &Option<Vec<LinePattern>>| patterns.as_ref().is_some_and(|patterns| !patterns.is_empty());
        any(&lines.exact)
            || any(&lines.any_order)
            || any(&lines.contains)
            || any(&lines.in_order)
            || lines.count.as_ref().is_some_and(|count| count.value > 0)
    }
}

fn constant(pattern: &LinePattern) -> Option<&str> {
    match pattern {
        LinePattern::Text(template, _) => template.constant()?.as_str(),
        LinePattern::Regex(..) => None,
    }
}
