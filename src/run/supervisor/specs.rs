//! The nodes of a world, as the reactor knows them.
use crate::graph::Start;
use crate::run::NodeId;
use crate::run::reactor::{NodeSpec, RestartSpec, Role};
use crate::run::world::{NodeKind, World};

/// What the reactor has to know.
pub(super) fn specs(world: &World) -> Vec<NodeSpec> {
    let plan = world.plan;
    let plain = |role| NodeSpec { role, auto: true, after: Vec::new(), timeout_ns: None, restart: None };
    let ns = |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let spec = |kind: NodeKind| match kind {
        NodeKind::Worker { .. } => plain(Role::Worker),
        NodeKind::FeedsStdin(of) => NodeSpec { auto: false, ..plain(Role::FeedsStdin(NodeId(of as u32))) },
        NodeKind::DrainsOutput { instance, .. } => {
            NodeSpec { auto: false, ..plain(Role::DrainsOutput(NodeId(instance as u32))) }
        }
        NodeKind::Instance(instance) => {
            let process = world.process(instance);
            let after = process.after.iter().flat_map(|after| {
                let other = crate::program::find_process(plan.graph(), &after.process.value);
                other.into_iter().flat_map(|other| plan.instances_of(other)).map(|n| (NodeId(n as u32), after.any_end))
            });
            NodeSpec {
                role: if process.daemon { Role::Daemon } else { Role::Process },
                auto: process.start == Start::Auto,
                after: after.collect(),
                timeout_ns: process.timeout.map(ns),
                restart: process
                    .restart
                    .as_ref()
                    .map(|restart| RestartSpec { max: restart.max, backoff_ns: ns(restart.backoff) }),
            }
        }
    };
    world.nodes.iter().map(|node| spec(node.kind)).collect()
}
