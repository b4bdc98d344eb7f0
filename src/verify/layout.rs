//! Where the state of each object stands: a pipe is two channels, a condition its lock.
use super::model::{Array, Barrier, Cell, Channel, Event, Lock, Pool, Queue, Semaphore, Stream};
use crate::graph::{Graph, Kind, ObjectId, ObjectKind, PipeMode};
use crate::program::End;
use crate::value::Value;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Object {
    Queue(Queue<Value>),
    Channel(Channel<Value>),
    Stream(Stream),
    Event(Event),
    Barrier(Barrier),
    Lock(Lock),
    Semaphore(Semaphore),
    Cell(Cell),
    Array(Array),
    Pool(Pool),
}

impl Object {
    /// About how many bytes it takes, with its place in the tables.
    pub fn bytes(&self) -> u64 {
        // As much again for the room that a list keeps.
        let values = |count: usize| 2 * count * size_of::<Value>();
        let more = match self {
            Object::Queue(queue) => values(queue.qsize() as usize),
            Object::Channel(channel) => values(channel.len()),
            Object::Stream(stream) => stream.len(),
            Object::Array(array) => values(array.cells().len()),
            _ => 0,
        };
        (size_of::<Object>() + 64 + more) as u64
    }
}

/// A place among the objects of a state.
pub(super) type Place = usize;

pub(super) struct Layout {
    /// As they are at the beginning.
    pub objects: Vec<Object>,
    /// The graph's object at each place, and of a pipe the end that receives there.
    pub owners: Vec<(ObjectId, u8)>,
    first: Vec<Place>,
}

impl Layout {
    pub fn new(graph: &Graph) -> Layout {
        let mut layout = Layout { objects: Vec::new(), owners: Vec::new(), first: Vec::new() };
        for (number, object) in graph.objects.iter().enumerate() {
            let id = ObjectId(number as u32);
            layout.first.push(layout.objects.len());
            let mut add = |side, object| {
                layout.objects.push(object);
                layout.owners.push((id, side));
            };
            match &object.kind {
                ObjectKind::Queue(queue) => add(0, Object::Queue(Queue::new(queue.maxsize, queue.items.clone()))),
                ObjectKind::Pipe(pipe) => {
                    for side in [0, 1] {
                        add(
                            side,
                            match pipe.mode {
                                PipeMode::Message => Object::Channel(Channel::new()),
                                PipeMode::Bytes => Object::Stream(Stream::new(pipe.capacity())),
                            },
                        );
                    }
                }
                ObjectKind::Event(event) => add(0, Object::Event(Event::new(event.set))),
                ObjectKind::Barrier(barrier) => add(0, Object::Barrier(Barrier::new(barrier.parties.value))),
                ObjectKind::Lock(lock) => add(0, Object::Lock(Lock::new(lock.recursive))),
                ObjectKind::Semaphore(semaphore) => {
                    add(0, Object::Semaphore(Semaphore::new(semaphore.value, semaphore.bounded)));
                }
                // Its own lock, which is recursive.
                ObjectKind::Condition(condition) if condition.lock.is_none() => add(0, Object::Lock(Lock::new(true))),
                ObjectKind::Condition(_) => {}
                ObjectKind::Value(cell) => add(0, Object::Cell(Cell::new(cell.scalar, cell.initial.clone()))),
                ObjectKind::Array(array) => add(0, Object::Array(Array::new(array.scalar, array.initial.clone()))),
                ObjectKind::Pool(_) => add(0, Object::Pool(Pool::new())),
            }
        }
        for (number, object) in graph.objects.iter().enumerate() {
            if let ObjectKind::Condition(condition) = &object.kind
                && let Some(lock) = condition.lock.as_ref().and_then(|name| graph.object_named(name))
            {
                layout.first[number] = layout.first[lock.index()];
            }
        }
        layout
    }

    /// Gives a queue another bound.
    pub fn limit(&mut self, queue: ObjectId, maxsize: u64) {
        if let Object::Queue(queue) = &mut self.objects[self.first[queue.index()]] {
            *queue = Queue::new(maxsize, queue.items().cloned().collect::<Vec<Value>>());
        }
    }

    /// Of a condition it is its lock's.
    pub fn place(&self, object: ObjectId) -> Place {
        self.first[object.index()]
    }

    /// What `end` receives.
    pub fn inlet(&self, end: End) -> Place {
        self.first[end.pipe.index()] + usize::from(end.side)
    }

    /// What `end` sends.
    pub fn outlet(&self, end: End) -> Place {
        self.inlet(end.peer())
    }
}

/// Whether this is a lock, or a condition's.
pub(super) fn is_lock(graph: &Graph, object: ObjectId) -> bool {
    matches!(graph.object(object).kind(), Kind::Lock | Kind::Condition)
}
