//! The bound on how many instances a graph has.
use super::{Given, Lower};
use crate::diag::{Code, Finding, Span, Spanned};
use crate::graph::{Object, ObjectKind, Process};
use crate::value::Value;

/// Instances of processes, their threads, and workers of pools together.
const INSTANCES: u64 = 1_000_000;

impl Lower {
    /// A number of processes; alone it may be past the bound already.
    pub(super) fn instances(&mut self, given: Given, least: u32) -> Option<Spanned<u32>> {
        let value = self.fold(given.node)?;
        self.instances_value(Spanned::new(value, given.node.place()), least)
    }

    pub(super) fn instances_value(&mut self, value: Spanned<Value>, least: u32) -> Option<Spanned<u32>> {
        let int = self.int_value(&value, least.into(), i64::MAX)?;
        if int as u64 > INSTANCES {
            self.report(too_many(value.span, int as u64));
            return None;
        }
        Some(Spanned::new(int as u32, value.span))
    }
}

/// Reports the one that brings the graph past the bound.
pub(super) fn instances(lower: &mut Lower, processes: &[Process], objects: &[Object]) {
    let processes = processes.iter().map(|process| {
        let span = process.replicas.as_ref().map_or(process.threads.span, |replicas| replicas.span);
        (span, u64::from(process.instances()) * u64::from(process.threads.value))
    });
    let pools = objects.iter().filter_map(|object| match &object.kind {
        ObjectKind::Pool(pool) => Some((pool.processes.span, u64::from(pool.processes.value))),
        _ => None,
    });
    let mut total: u64 = 0;
    for (span, count) in processes.chain(pools) {
        total = total.saturating_add(count);
        if total > INSTANCES {
            lower.report(too_many(span, total));
            return;
        }
    }
}

fn too_many(span: Span, count: u64) -> Finding {
    let message = format!("{count} instances are past the bound of {INSTANCES}");
    Finding::new(Code::SyntaxLimit, span, message, "too many").help("use fewer")
}
