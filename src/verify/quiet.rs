//! Ends that nobody would notice, so that they need no step.
use super::access::Kind;
use super::footprint::Footprint;
use super::system::System;
use crate::graph::ExitPattern;

/// Of more than these no exploration comes to an end, and all pairs of them are too many to look at.
const ACTORS_MAX: usize = 1000;

/// Whether nobody waits for the end of this actor, asks about it, or is freed by it.
pub(super) fn ends_quietly(system: &System, footprint: &Footprint, actor: usize) -> bool {
    if system.actors.len() > ACTORS_MAX {
        return false;
    }
    let own = system.actors[actor].instance;
    let instance = &system.instances[own];
    let named = system.instances.iter().any(|other| other.after.iter().any(|(first, _)| *first == own));
    let fits = |pattern: &ExitPattern| matches!(pattern, ExitPattern::Code(0));
    let unexpected = instance.exits.as_ref().is_some_and(|(patterns, _)| !patterns.iter().any(fits));
    if named || unexpected || instance.actors.len() > 1 || system.instances.iter().any(|instance| instance.daemon) {
        return false;
    }
    footprint.exit(actor).iter().all(|exit| {
        let (_, kind) = footprint.access(*exit);
        // These follow an end that goes badly, or with something held.
        if matches!(kind, Kind::Spoil | Kind::GiveBack | Kind::Raise | Kind::RaiseRisky | Kind::Free) {
            return true;
        }
        (0..system.actors.len()).all(|other| {
            let whole = footprint.whole(other);
            let enabled = || whole.iter().any(|access| footprint.enables(access).contains(*exit));
            other == actor || !(footprint.depends(*exit).meets(whole) || enabled())
        })
    })
}
