//! The exit codes.
use std::process::ExitCode;

/// What a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, and everything held.
    Held,
    /// It ran, and something did not hold; or the results could not be written.
    NotHeld,
    /// Nothing was started: wrong usage, or an invalid graph.
    NotStarted,
    Deadlock,
    /// `verify` could not decide.
    Undecided,
    TimedOut,
    Bug,
    /// By this signal, after everything that had been started was ended.
    Signal(u8),
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Held => 0,
            Exit::NotHeld => 1,
            Exit::NotStarted => 2,
            Exit::Deadlock => 3,
            Exit::Undecided => 4,
            Exit::TimedOut => 5,
            Exit::Bug => 70,
            Exit::Signal(number) => 128 + number,
        }
    }

    /// What a verdict on a run calls for. Any other number is none of the contract's: a bug.
    pub fn from_verdict(code: i32) -> Exit {
        match code {
            0 => Exit::Held,
            1 => Exit::NotHeld,
            2 => Exit::NotStarted,
            3 => Exit::Deadlock,
            4 => Exit::Undecided,
            5 => Exit::TimedOut,
            129..=192 => Exit::Signal((code - 128) as u8),
            _ => Exit::Bug,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_and_its_exit_code_are_the_same_number() {
        for code in [0, 1, 2, 3, 4, 5, 70, 130, 143] {
            assert_eq!(i32::from(Exit::from_verdict(code).code()), code);
        }
        assert_eq!(Exit::from_verdict(-9), Exit::Bug);
    }
}
