//! A machine has ended: a process leaves, a worker goes on with its chunk.
use super::block::{Block, Leaving, Life};
use super::moves::Line;
use super::system::Role;
use super::world::World;
use crate::program::Ending;
use crate::value::{Fault, Str, Value};

impl World<'_, '_> {
    /// The machine of an actor has ended so.
    pub(super) fn ended(&mut self, actor: usize, block: &mut Block, ending: Ending, lines: &mut Vec<Line>) {
        let ended = block.machine.take();
        if let (Ending::Raised(_), Some(machine)) = (&ending, &ended) {
            self.mind_error(block.body, machine.pc());
        }
        if block.rare.chunk.is_some() && self.system.body(block.body as usize).takes_chances {
            block.rare.random = ended.map(|machine| machine.random().clone());
        }
        block.marks.clear();
        let code = match &ending {
            Ending::Returned(_) => 0,
            Ending::Exit(code) => *code,
            Ending::Raised(_) => 1,
        };
        let Some(chunk) = block.rare.chunk.take() else {
            let all = !matches!(ending, Ending::Returned(_));
            let error = if let Ending::Raised(error) = ending { Some(error) } else { None };
            if let Some(error) = &error {
                self.report(actor, block, error, lines);
            }
            block.life = Life::Leaving(Box::new(Leaving { code, all, error }));
            return;
        };
        let mut chunk = *chunk;
        match ending {
            Ending::Returned(value) => chunk.results.push(value),
            Ending::Raised(error) if chunk.of.is_some() => {
                chunk.ended = Some(Some(fault(&error)));
            }
            Ending::Raised(_) | Ending::Exit(_) => {
                if let Ending::Raised(error) = &ending {
                    self.report(actor, block, error, lines);
                }
                block.rare.chunk = Some(Box::new(chunk));
                block.life = Life::Leaving(Box::new(Leaving { code, all: true, error: None }));
                return;
            }
        }
        if chunk.ended.is_none() && !chunk.left.is_empty() {
            let arguments = chunk.left.remove(0);
            self.load(block, actor, chunk, arguments);
            return;
        }
        if chunk.of.is_some() {
            chunk.ended.get_or_insert(None);
            block.rare.chunk = Some(Box::new(chunk));
        }
    }

    /// What a process says of the error that ends it.
    fn report(&mut self, actor: usize, block: &mut Block, error: &Value, lines: &mut Vec<Line>) {
        let name = self.name_of(actor, block.rare.number);
        if matches!(self.system.instances[self.system.actors[actor].instance].role, Role::Worker(_))
            && !self.system.actors[actor].sinks[1].is_empty()
        {
            self.names(actor);
        }
        for line in report_of(&name, error) {
            self.print(actor, block, true, &line, lines);
        }
    }
}

/// What a process says on stderr of an error that nothing caught.
fn report_of(name: &str, error: &Value) -> Vec<Str> {
    let place = error.as_map().and_then(|map| map.field("place")).and_then(Value::as_str).unwrap_or_default();
    let mut lines = vec![format!("Process {name}:")];
    if !place.is_empty() {
        lines.push(format!("  {place}"));
    }
    lines.push(fault(error).to_string());
    lines.into_iter().map(Str::from).collect()
}

/// The error in a value with `type` and `message`.
fn fault(error: &Value) -> Fault {
    let field = |name| error.as_map().and_then(|map| map.field(name)).and_then(Value::as_str).unwrap_or_default();
    Fault::new(field("type"), field("message"))
}
