//! An error that a step or an expression raises: what `except` names, and a sentence for people.
//!
//! Kinds carry the names that Python's `multiprocessing` gives them. They are text and no enum because `raise` may
//! name any kind.
use super::Str;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fault {
    pub kind: Str,
    pub message: String,
}

macro_rules! kinds {
    ($($constant:ident = $name:literal, $maker:ident;)*) => {
        impl Fault {
            $(pub const $constant: &'static str = $name;)*

            /// Every kind that the program itself raises.
            pub const KINDS: &'static [&'static str] = &[$($name),*];

            $(#[doc = concat!("A `", $name, "`.")]
            #[cold]
            pub fn $maker(message: impl Into<String>) -> Fault {
                Fault { kind: Str::from($name), message: message.into() }
            })*
        }
    };
}

kinds! {
    ZERO_DIVISION = "ZeroDivisionError", zero_division;
    OVERFLOW = "OverflowError", overflow;
    INDEX = "IndexError", index;
    KEY = "KeyError", key;
    TYPE = "TypeError", type_error;
    VALUE = "ValueError", value;
    NAME = "NameError", name;
    MEMORY = "MemoryError", memory;
    RUNTIME = "RuntimeError", runtime;
    OS = "OSError", os;
    EMPTY = "Empty", empty;
    FULL = "Full", full;
    TIMEOUT = "TimeoutError", timeout;
    EOF = "EOFError", eof;
    BROKEN_PIPE = "BrokenPipeError", broken_pipe;
    BROKEN_BARRIER = "BrokenBarrierError", broken_barrier;
    OWNER_DIED = "OwnerDied", owner_died;
    WORKER_DIED = "WorkerDied", worker_died;
    CALLED_PROCESS = "CalledProcessError", called_process;
}

impl Fault {
    /// A fault of any kind, as `raise` with `error` makes it.
    pub fn new(kind: impl Into<Str>, message: impl Into<String>) -> Fault {
        Fault { kind: kind.into(), message: message.into() }
    }

    pub fn is(&self, kind: &str) -> bool {
        self.kind == *kind
    }
}

/// `Kind: message`, as the last line of a Python traceback; only the kind where there is no message.
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.kind)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl std::error::Error for Fault {}
