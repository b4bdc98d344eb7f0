//! A limit of time for each case: one that is not over by then ends the test, with its name on stderr.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Far more than any case needs, on a machine that is busy with something else.
const LIMIT: Duration = Duration::from_secs(60);

type Case = Option<(String, Instant)>;

pub struct Watch {
    now: Arc<Mutex<Case>>,
    over: Arc<AtomicBool>,
}

impl Watch {
    pub fn new() -> Watch {
        let (now, over) = (Arc::new(Mutex::new(None)), Arc::new(AtomicBool::new(false)));
        let watch = Watch { now: Arc::clone(&now), over: Arc::clone(&over) };
        std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(500));
                let case: Case = now.lock().expect("nobody panics with it").clone();
                if let Some((name, since)) = case
                    && since.elapsed() > LIMIT
                {
                    eprintln!("{name} is not over after {LIMIT:?}");
                    // Nothing less ends a thread that hangs.
                    std::process::abort();
                }
            }
        });
        watch
    }

    /// The case that is looked at from now on.
    pub fn at(&self, name: String) {
        *self.now.lock().expect("nobody panics with it") = Some((name, Instant::now()));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
