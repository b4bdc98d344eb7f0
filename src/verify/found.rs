//! What is wrong, noticed while states are looked at: the nearest of each kind, with the way there.
use super::explore::Search;
use super::moves::{Flag, Label};

/// Past the first thing found it goes on for so many more states, or a quarter of what it has seen, to find what else is
/// wrong.
pub(super) const AFTERMATH: usize = 20_000;

/// Something wrong, and how to get there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub what: Wrong,
    /// Actor and choice of each step from the first state.
    pub path: Vec<(u16, u16)>,
    /// In what state the path ends.
    pub row: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Flag(Flag),
    /// A watch has failed: of which actor's class, or a shared one.
    Line {
        rule: usize,
    },
    /// Nothing can move, and the run is not over.
    Deadlock,
    /// It can go on for ever and has no way to end.
    Endless,
    /// At the end of the run an expectation does not hold: which, and how.
    End(super::expectation::Broken),
}

impl Search<'_, '_, '_> {
    /// Whether the steps that led here printed what must not be printed.
    pub(super) fn shows(&self, row: &[u32]) -> bool {
        let actors = self.world.system.actors.len();
        let extras = self.world.extras();
        (0..actors).any(|actor| self.world.infos[row[actor] as usize].failed)
            || (extras..extras + self.world.system.shared_rules.len())
                .any(|slot| self.world.watches.get(row[slot]).failed)
    }

    /// Notes what shows in a state.
    pub(super) fn notice(&mut self, number: u32) {
        if self.shows(self.row(number)) {
            let row = self.row(number).to_vec();
            for rule in self.world.failed_rules(&row) {
                self.note(Wrong::Line { rule }, number, None, row.clone());
            }
        }
    }

    /// Keeps the nearest of each kind.
    pub(super) fn note(&mut self, what: Wrong, from: u32, label: Option<Label>, row: Vec<u32>) {
        if self.only_stuck && !matches!(what, Wrong::Deadlock | Wrong::Endless) {
            return;
        }
        let steps = self.store.depth(from) as usize + usize::from(label.is_some());
        let known = self.found.iter().position(|found| found.what.is_like(&what));
        if known.is_some_and(|known| self.found[known].path.len() <= steps) {
            return;
        }
        if self.found.is_empty() {
            let seen = self.store.len();
            self.until = if self.only_stuck { 0 } else { seen + AFTERMATH.max(seen / 4) };
        }
        let mut path = self.path(from);
        path.extend(label.map(|label| (label.actor, label.choice)));
        let found = Found { what, path, row };
        match known {
            Some(known) => self.found[known] = found,
            None => self.found.push(found),
        }
    }

    /// Nothing can move: the run is over, or stuck.
    pub(super) fn finish(&mut self, number: u32) {
        let row = &self.row(number).to_vec();
        self.terminal += 1;
        if self.keep_ends {
            self.ends.push((self.store.depth(number), row.to_vec()));
        }
        if self.only_stuck {
            if !self.world.is_timed_out(row) && !self.world.is_run_over(row) {
                self.note(Wrong::Deadlock, number, None, row.to_vec());
            }
            return;
        }
        let wrong = self.world.judge(row);
        // What has become of items that are not all through depends on which they are. That it is stuck does not.
        if self.erases && wrong != [Wrong::Deadlock] && self.world.is_item_on_its_way(row) {
            self.world.is_spoilt.set(true);
        }
        for what in wrong {
            self.note(what, number, None, row.to_vec());
        }
    }
}

impl Wrong {
    /// The same mistake, perhaps seen elsewhere.
    pub(super) fn is_like(&self, other: &Wrong) -> bool {
        match (self, other) {
            (
                Wrong::Flag(Flag::LostUpdate { place: a, cell: b, .. }),
                Wrong::Flag(Flag::LostUpdate { place: c, cell: d, .. }),
            ) => a == c && b == d,
            (Wrong::End(a), Wrong::End(b)) => a.subject() == b.subject(),
            _ => self == other,
        }
    }
}
