//! Each death of a lock's holder is told to the next taker: once, and by name.
use mpgraph::shm::{Acquired, SlotIndex};
use std::sync::atomic::{AtomicU64, Ordering::*};

/// Words of an arena, beside the lock.
pub struct Deaths<'a> {
    /// told 32 | slot + 1 of the holder that died and of whom nobody has said yet that he was told 32. In one word, so that no
    /// death comes between the two.
    pub account: &'a AtomicU64,
    pub died: &'a AtomicU64,
    /// Of whom the next taker was killed before it could say so: it died with the lock held itself, and of that the one after
    /// it is told.
    pub unheard: &'a AtomicU64,
}

impl Deaths<'_> {
    /// The taker, as soon as it has the lock.
    pub fn taken(&self, acquired: Acquired) {
        let account = self.account.load(SeqCst);
        match acquired {
            Acquired::Clean => assert_eq!(account as u32, 0, "workload: a death that nobody was told of"),
            Acquired::OwnerDied { slot } => {
                assert_eq!(account as u32, slot.0 + 1, "workload: told of another, or twice");
                self.account.store(((account >> 32) + 1) << 32, SeqCst);
            }
        }
    }

    /// The supervisor, of a holder that has died, before its repair: nobody else can have the lock.
    pub fn holder_died(&self, slot: SlotIndex) {
        let account = self.account.load(SeqCst);
        self.died.fetch_add(1, SeqCst);
        self.unheard.fetch_add(u64::from(account as u32 != 0), SeqCst);
        self.account.store(account >> 32 << 32 | u64::from(slot.0 + 1), SeqCst);
    }

    /// When all have ended and the last one has been told.
    pub fn verdict(&self) -> String {
        let [account, died, unheard] = [self.account, self.died, self.unheard].map(|word| word.load(SeqCst));
        let told = account >> 32;
        assert_eq!(account as u32, 0, "somebody was not told of the last death");
        assert_eq!(told + unheard, died, "{told} told and {unheard} killed before they said so, of {died} deaths");
        format!("{died} died holding it, {told} next takers told by name, {unheard} killed before they could say so")
    }
}
