//! The state of a search: pages of the arena, where each process is, and what tells two states apart.
use super::choice::Choice;
use super::{Engine, State, mix};

pub(super) const PAGE: usize = 4096;
const LINE: usize = 64;

impl Engine {
    /// All that decides what can still happen.
    pub(super) fn hash(&self, choices: &[Choice]) -> u64 {
        let mut hash =
            mix(self.left.deaths.into(), u64::from(self.left.timeouts) << 32 | u64::from(self.left.restarts));
        // Whose turn it is matters where there is not a choice for everybody.
        for choice in choices {
            hash = mix(
                hash,
                match *choice {
                    Choice::Run(n) => n as u64,
                    Choice::Kill(n) => 100 + n as u64,
                    Choice::TimeOut(n) => 200 + n as u64,
                    Choice::Restart => 300,
                    Choice::Wake(n) => 400 + (n as u64) + ((self.current as u64) << 10),
                },
            );
        }
        for agent in &self.agents {
            let state = match agent.state {
                State::Fresh => 0,
                State::Ready => 1 + agent.slept as u64,
                State::Asleep { timed } => 10 + u64::from(timed),
                State::Done => 20,
                State::Dead => 21,
            };
            hash = mix(hash, state << 1 | u64::from(agent.dirty));
            hash = mix(hash, if agent.state == State::Dead { 0 } else { agent.history });
            hash = mix(hash, agent.notes.len() as u64);
            hash = agent.notes.iter().fold(hash, |hash, note| mix(hash, *note));
        }
        hash = self.jobs.iter().fold(hash, |hash, (slot, died)| mix(hash, (*slot as u64) << 1 | u64::from(*died)));
        hash = self.sleepers.iter().fold(hash, |hash, (agent, word)| mix(mix(hash, *agent as u64), *word as u64));
        for (page, before) in &self.pages {
            // SAFETY: a page of the arena, which only the processes of this search use; they stand still.
            let now = unsafe { std::slice::from_raw_parts(self.page(*page), PAGE) };
            if now == before {
                continue;
            }
            for (line, (now, before)) in now.chunks_exact(LINE).zip(before.chunks_exact(LINE)).enumerate() {
                if now != before {
                    hash = mix(hash, (*page * PAGE / LINE + line) as u64);
                    let word = |bytes: &[u8]| u64::from_ne_bytes(bytes.try_into().expect("eight bytes"));
                    hash = now.chunks_exact(8).fold(hash, |hash, bytes| mix(hash, word(bytes)));
                }
            }
        }
        hash
    }

    pub(super) fn remember_page(&mut self, page: usize) {
        let place = self.page(page);
        // SAFETY: a page of the arena, about to be changed for the first time; only one of its users runs.
        self.pages.entry(page).or_insert_with(|| unsafe { std::slice::from_raw_parts(place, PAGE) }.to_vec());
    }

    fn page(&self, page: usize) -> *mut u8 {
        (self.base + page * PAGE) as *mut u8
    }

    pub(super) fn restore(&mut self) {
        for (page, bytes) in &self.pages {
            // SAFETY: a page of the arena; nobody runs.
            unsafe { self.page(*page).copy_from_nonoverlapping(bytes.as_ptr(), PAGE) };
        }
    }

    /// What the arena holds now is what every schedule begins with.
    pub(super) fn keep(&mut self) {
        let base = self.base;
        for (page, bytes) in &mut self.pages {
            // SAFETY: a page of the arena; nobody runs.
            *bytes = unsafe { std::slice::from_raw_parts((base + page * PAGE) as *const u8, PAGE) }.to_vec();
        }
    }
}
