//! A pool as a run has it: one queue of tasks that redelivers, one of results; here without the graph's expressions.
use super::ground::{arena, first_number, fork, reap, result};
use mpgraph::shm::{Actor, Next, Queue, QueueForm, SlotIndex, Wait, now_ns, supervise};

/// Cubes `0..count` in chunks; `chunk` 0 is a quarter of each worker's share, as for `map`.
pub fn map(count: u64, workers: u32, chunk: u64) {
    let begin = now_ns();
    let arena = arena(workers + 1);
    let taking: Vec<_> = (1..=workers).map(SlotIndex).collect();
    let tasks = QueueForm { redeliver: true, putters: &[SlotIndex(0)], takers: &taking, ..QueueForm::default() };
    let results = QueueForm { putters: &taking, takers: &[SlotIndex(0)], ..QueueForm::default() };
    let made = [tasks, results].map(|form| Queue::create(&arena, &form, &[]).expect("a queue"));
    let [tasks, results] = made.map(|index| arena.object::<Queue>(index).expect("the queue"));
    (0..=workers).for_each(|slot| supervise::begin(&arena, SlotIndex(slot), 1));
    let work = |slot: SlotIndex| {
        let actor = Actor::new(&arena, slot);
        // The numbers become their cubes where they are, and the task becomes its answer.
        let mut task = Vec::new();
        while tasks.get_or_end(&actor, &mut task, Wait::Forever) == Ok(Next::Item) {
            for item in task[8..].chunks_exact_mut(8) {
                let n = first_number(item);
                item.copy_from_slice(&(n * n * n).to_le_bytes());
            }
            results.put(&actor, &task, Wait::Forever).expect("room");
            tasks.task_done(&actor).expect("it was taken");
        }
    };
    let pids: Vec<i32> = taking.iter().map(|slot| fork(|| work(*slot))).collect();
    let main = Actor::new(&arena, SlotIndex(0));
    let pool = Pool { main, tasks, results };
    // All workers are up before the clock runs.
    pool.map(u64::from(workers) * 4, 1);
    let chunk = if chunk == 0 { count.div_ceil(u64::from(workers) * 4).max(1) } else { chunk };
    let from = now_ns();
    let cubes = pool.map(count, chunk);
    let mapped = now_ns() - from;
    tasks.close(&pool.main);
    reap(pids);
    let whole = now_ns() - begin;
    assert!(cubes.iter().enumerate().all(|(n, cube)| *cube == (n * n * n) as u64), "every cube in its place");
    result("map", mapped as f64 / 1e6, "ms");
    result("with_start_and_join", whole as f64 / 1e6, "ms");
}

struct Pool<'a> {
    main: Actor<'a>,
    tasks: &'a Queue,
    results: &'a Queue,
}

impl Pool<'_> {
    fn map(&self, count: u64, chunk: u64) -> Vec<u64> {
        let mut task = Vec::new();
        let chunks = count.div_ceil(chunk);
        for at in 0..chunks {
            let numbers = at * chunk..((at + 1) * chunk).min(count);
            task.resize(8 * (1 + (numbers.end - numbers.start)) as usize, 0);
            task[..8].copy_from_slice(&at.to_le_bytes());
            for (item, n) in task[8..].chunks_exact_mut(8).zip(numbers) {
                item.copy_from_slice(&n.to_le_bytes());
            }
            self.tasks.put(&self.main, &task, Wait::Forever).expect("room");
        }
        let mut cubes = vec![0; count as usize];
        let mut answer = Vec::new();
        for _ in 0..chunks {
            self.results.get(&self.main, &mut answer, Wait::Forever).expect("an answer");
            let at = (first_number(&answer) * chunk) as usize;
            for (cube, item) in cubes[at..].iter_mut().zip(answer[8..].chunks_exact(8)) {
                *cube = first_number(item);
            }
        }
        cubes
    }
}
