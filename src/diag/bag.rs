//! The findings of one graph: collected in any order, given out once each and in source order.
use super::{Finding, Severity};

#[derive(Clone, Debug, Default)]
pub struct Bag {
    findings: Vec<Finding>,
}

impl Bag {
    pub fn new() -> Self {
        Bag::default()
    }

    pub fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    pub fn len(&self) -> usize {
        self.findings.len()
    }

    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|f| f.severity == Severity::Error)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.findings.iter()
    }

    pub fn retain(&mut self, keep: impl FnMut(&Finding) -> bool) {
        self.findings.retain(keep);
    }

    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Finding> {
        self.findings.iter_mut()
    }

    /// All findings, once each, by file, place, code and counterpart.
    pub fn into_sorted(mut self) -> Vec<Finding> {
        self.findings.sort_by(|a, b| {
            let key = |f: &Finding| (f.primary().span, f.code);
            // Several at one place stand in the order of their counterparts.
            let others = |f: &Finding| f.labels[1..].iter().map(|label| label.span).min();
            key(a).cmp(&key(b)).then_with(|| others(a).cmp(&others(b))).then_with(|| a.message.cmp(&b.message))
        });
        self.findings.dedup();
        self.findings
    }
}

impl IntoIterator for Bag {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_sorted().into_iter()
    }
}
