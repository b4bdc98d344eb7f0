//! Steps on values and arrays, and everything that is read.
use super::hands::{Done, Hands, Undone};
use crate::graph::{Kind, ObjectId, ObjectKind};
use crate::program::{End, Property, Readable};
use crate::run::cells::{scalar, value};
use crate::run::world::Shared;
use crate::shm::{self, Misfit, Refused};
use crate::value::{Fault, Value};

impl<'w> Hands<'w> {
    pub(super) fn read(&mut self, what: Readable) -> Done {
        match what {
            Readable::Property(id, property) => self.property(id, property),
            Readable::Poll(end) => self.poll(end),
            Readable::Value(id) => Ok(value(self.world.object::<shm::Value>(id).read())?),
            Readable::Array(id) => {
                let cells = self.world.object::<shm::Array>(id).read_all(&self.actor);
                let cells: Result<Vec<Value>, Fault> = cells.into_iter().map(value).collect();
                Ok(Value::list(cells?))
            }
            Readable::Cell(id, index) => {
                let array: &shm::Array = self.world.object(id);
                let index = self.cell(array, id, index)?;
                let cell = array.read(&self.actor, index).map_err(|refused| self.refused(id, refused))?;
                Ok(value(cell)?)
            }
            _ => self.read_process(what),
        }
    }

    /// Negative indices count from the end, as in Python.
    fn cell(&self, array: &shm::Array, id: ObjectId, index: i64) -> Result<u64, Undone> {
        let length = array.length() as i64;
        let at = if index < 0 { index + length } else { index };
        if (0..length).contains(&at) {
            return Ok(at as u64);
        }
        Err(Fault::index(format!("`{}` has {length} cells, and no cell {index}", self.name(id))).into())
    }

    fn refused(&self, id: ObjectId, refused: Refused) -> Undone {
        let name = self.name(id);
        match refused {
            Refused::Misfit(Misfit::Range) => Fault::value(format!("the number does not fit into `{name}`")),
            Refused::Misfit(Misfit::Type) => Fault::value(format!("`{name}` does not hold values of this type")),
            Refused::Index => Fault::index(format!("no such cell in `{name}`")),
            Refused::Length => Fault::value(format!("the list is not as long as `{name}`")),
        }
        .into()
    }

    pub(super) fn write(&mut self, id: ObjectId, index: Option<i64>, new: &Value) -> Done {
        let written = match self.world.plan.graph().object(id).kind() {
            Kind::Value => self.world.object::<shm::Value>(id).write(scalar(new)?).map_err(Refused::from),
            _ => {
                let array: &shm::Array = self.world.object(id);
                match index {
                    Some(index) => array.write(&self.actor, self.cell(array, id, index)?, scalar(new)?),
                    None => {
                        let Value::List(list) = new else {
                            let message = format!("the whole of `{}` takes a list", self.name(id));
                            return Err(Fault::value(message).into());
                        };
                        let cells: Result<Vec<_>, Fault> = list.iter().map(scalar).collect();
                        array.write_all(&self.actor, &cells?)
                    }
                }
            }
        };
        written.map(|()| Value::Null).map_err(|refused| self.refused(id, refused))
    }

    pub(super) fn add(&mut self, id: ObjectId, index: Option<i64>, by: &Value) -> Done {
        let by = scalar(by)?;
        let added = match self.world.plan.graph().object(id).kind() {
            Kind::Value => self.world.object::<shm::Value>(id).add(by).map_err(Refused::from),
            _ => {
                let array: &shm::Array = self.world.object(id);
                let Some(index) = index else {
                    return Err(Fault::type_error(format!("`add` to `{}` needs an index", self.name(id))).into());
                };
                array.add(&self.actor, self.cell(array, id, index)?, by)
            }
        };
        Ok(value(added.map_err(|refused| self.refused(id, refused))?)?)
    }

    fn property(&mut self, id: ObjectId, property: Property) -> Done {
        let queue = || self.world.object::<shm::Queue>(id);
        let int = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
        Ok(match property {
            Property::Qsize => int(queue().qsize()),
            Property::Empty => Value::Bool(queue().empty()),
            Property::Full => Value::Bool(queue().full()),
            Property::Unfinished => int(queue().unfinished()),
            Property::IsSet => Value::Bool(self.world.object::<shm::Event>(id).is_set()),
            Property::Parties => match &self.world.plan.graph().object(id).kind {
                ObjectKind::Barrier(barrier) => Value::Int(i64::from(barrier.parties.value)),
                _ => Value::Null,
            },
            Property::NWaiting => int(u64::from(self.world.object::<shm::Barrier>(id).n_waiting())),
            Property::Broken => Value::Bool(self.world.object::<shm::Barrier>(id).broken()),
            Property::Locked => Value::Bool(self.world.object::<shm::Lock>(id).locked()),
            Property::Value => int(u64::from(self.world.object::<shm::Semaphore>(id).value())),
        })
    }

    /// Whether a `recv` would not block.
    pub(super) fn poll(&mut self, end: End) -> Done {
        Ok(Value::Bool(match self.world.shared(end.pipe) {
            Shared::Bytes(_) => self.poll_bytes(end)?,
            _ => self.world.object::<shm::Pipe>(end.pipe).poll(&self.world.arena, super::queue::side(end)),
        }))
    }
}
