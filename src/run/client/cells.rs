//! Values, arrays, and the properties of everything else.
use super::perform::{Done, Undone, damaged, value_of};
use super::visit::{Call, Visit};
use crate::program::Property;
use crate::run::cells::{scalar, value};
use crate::run::ipc::{Granted, Verb, What};
use crate::shm::{self, Misfit, Refused};
use crate::value::{Fault, Value};

impl Visit<'_> {
    pub(super) fn property(&self, thing: &Granted) -> Done {
        let int = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
        let word = thing.property.as_deref().unwrap_or_default();
        if word == "poll" {
            return match &thing.what {
                What::Messages { pipe, side } => {
                    let side = if *side == 0 { shm::End::A } else { shm::End::B };
                    let ready = self.at::<shm::Pipe>(*pipe)?.poll(self.actor.arena(), side);
                    Ok(Some(Value::Bool(ready)))
                }
                _ => Ok(Some(Value::Bool(self.poll_bytes(thing)?))),
            };
        }
        let queue = |index: &u32| self.at::<shm::Queue>(*index);
        let barrier = |index: &u32| self.at::<shm::Barrier>(*index);
        Ok(Some(match (Property::parse(word).ok_or_else(damaged)?, &thing.what) {
            (Property::Qsize, What::Queue(object)) => int(queue(object)?.qsize()),
            (Property::Empty, What::Queue(object)) => Value::Bool(queue(object)?.empty()),
            (Property::Full, What::Queue(object)) => Value::Bool(queue(object)?.full()),
            (Property::Unfinished, What::Queue(object)) => int(queue(object)?.unfinished()),
            (Property::IsSet, What::Event(object)) => Value::Bool(self.at::<shm::Event>(*object)?.is_set()),
            (Property::Parties, What::Barrier { object, .. }) => int(u64::from(barrier(object)?.parties())),
            (Property::NWaiting, What::Barrier { object, .. }) => int(u64::from(barrier(object)?.n_waiting())),
            (Property::Broken, What::Barrier { object, .. }) => Value::Bool(barrier(object)?.broken()),
            (Property::Locked, What::Lock(object)) => Value::Bool(self.at::<shm::Lock>(*object)?.locked()),
            (Property::Value, What::Semaphore(object)) => int(u64::from(self.at::<shm::Semaphore>(*object)?.value())),
            _ => return Err(damaged()),
        }))
    }

    pub(super) fn cells(&self, thing: &Granted, call: &Call) -> Done {
        match &thing.what {
            What::Value(_) if call.index.is_some() => {
                Err(Fault::type_error(format!("`{}` is no array: it has no cells", thing.name)).into())
            }
            What::Value(object) => self.value(thing, self.at(*object)?, call),
            What::Array(object) => self.array(thing, self.at(*object)?, call),
            _ => Err(damaged()),
        }
    }

    fn value(&self, thing: &Granted, cell: &shm::Value, call: &Call) -> Done {
        let refused = |misfit: Misfit| refused(thing, misfit.into());
        match call.verb {
            Verb::Read => Ok(Some(value(cell.read())?)),
            Verb::Add => Ok(Some(value(cell.add(scalar(&call.by)?).map_err(refused)?)?)),
            Verb::Write => {
                cell.write(scalar(value_of(call)?)?).map_err(refused)?;
                Ok(None)
            }
            _ => Err(damaged()),
        }
    }

    fn array(&self, thing: &Granted, array: &shm::Array, call: &Call) -> Done {
        let (actor, name) = (&self.actor, &thing.name);
        let refused = |why| refused(thing, why);
        let index = call.index.map(|index| cell(thing, array, index)).transpose()?;
        match (call.verb, index) {
            (Verb::Read, Some(index)) => Ok(Some(value(array.read(actor, index).map_err(refused)?)?)),
            (Verb::Read, None) => {
                let cells: Result<_, Fault> = array.read_all(actor).into_iter().map(value).collect();
                Ok(Some(Value::list(cells?)))
            }
            (Verb::Add, Some(index)) => Ok(Some(value(array.add(actor, index, scalar(&call.by)?).map_err(refused)?)?)),
            (Verb::Add, None) => Err(Fault::type_error(format!("`add` to `{name}` needs an index")).into()),
            (Verb::Write, Some(index)) => {
                array.write(actor, index, scalar(value_of(call)?)?).map_err(refused)?;
                Ok(None)
            }
            (Verb::Write, None) => {
                let Value::List(list) = value_of(call)? else {
                    return Err(Fault::value(format!("the whole of `{name}` takes a list")).into());
                };
                let cells: Result<Vec<_>, Fault> = list.iter().map(scalar).collect();
                array.write_all(actor, &cells?).map_err(refused)?;
                Ok(None)
            }
            _ => Err(damaged()),
        }
    }
}

fn refused(thing: &Granted, refused: Refused) -> Undone {
    let name = &thing.name;
    match refused {
        Refused::Misfit(Misfit::Range) => Fault::value(format!("the number does not fit into `{name}`")),
        Refused::Misfit(Misfit::Type) => Fault::value(format!("`{name}` does not hold values of this type")),
        Refused::Index => Fault::index(format!("no such cell in `{name}`")),
        Refused::Length => Fault::value(format!("the list is not as long as `{name}`")),
    }
    .into()
}

/// Negative indices count from the end, as in Python.
fn cell(thing: &Granted, array: &shm::Array, index: i64) -> Result<u64, Undone> {
    let length = array.length() as i64;
    let at = if index < 0 { index.saturating_add(length) } else { index };
    if (0..length).contains(&at) {
        return Ok(at as u64);
    }
    Err(Fault::index(format!("`{}` has {length} cells, and no cell {index}", thing.name)).into())
}
