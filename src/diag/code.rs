//! The table of codes: every finding the program can report, in the order of the reference.
use super::Severity;

macro_rules! codes {
    ($($name:ident = $text:literal, $severity:ident;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($name),* }

        impl Code {
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),* }
            }

            /// How grave it is unless the rule says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity),* }
            }
        }
    };
}

codes! {
    SyntaxYaml = "syntax/yaml", Error;
    SyntaxDuplicateKey = "syntax/duplicate-key", Error;
    SyntaxUnknownKey = "syntax/unknown-key", Error;
    SyntaxMissingKey = "syntax/missing-key", Error;
    SyntaxWrongType = "syntax/wrong-type", Error;
    SyntaxBadValue = "syntax/bad-value", Error;
    SyntaxExpression = "syntax/expression", Error;
    SyntaxLimit = "syntax/limit", Error;
    SyntaxConflict = "syntax/conflict", Error;
    IncludeFailed = "include/failed", Error;
    IncludeCycle = "include/cycle", Error;
    AllowUnused = "allow/unused", Warning;
    NamesUnknown = "names/unknown", Error;
    NamesDuplicate = "names/duplicate", Error;
    NamesWrongKind = "names/wrong-kind", Error;
    NamesArguments = "names/arguments", Error;
    NamesUnused = "names/unused", Warning;
    OrderCycle = "order/cycle", Error;
    OrderSelfJoin = "order/self-join", Error;
    OrderNeverStarted = "order/never-started", Error;
    OrderStartTwice = "order/start-twice", Error;
    OrderJoinBeforeDrain = "order/join-before-drain", Warning;
    OrderJoinRing = "order/join-ring", Warning;
    OrderCloseCall = "order/close-call", Warning;
    OrderDaemonUnawaited = "order/daemon-unawaited", Warning;
    WiringNoProducer = "wiring/no-producer", Error;
    WiringNoConsumer = "wiring/no-consumer", Warning;
    WiringOneEnd = "wiring/one-end", Error;
    WiringSharedEnd = "wiring/shared-end", Warning;
    WiringNotAllowed = "wiring/not-allowed", Error;
    WiringTooFewItems = "wiring/too-few-items", Warning;
    WiringOverfull = "wiring/overfull", Warning;
    WiringPills = "wiring/pills", Warning;
    SyncLockOrder = "sync/lock-order", Warning;
    SyncSelfDeadlock = "sync/self-deadlock", Error;
    SyncNotReleased = "sync/not-released", Warning;
    SyncNotHeld = "sync/not-held", Error;
    SyncNeverSet = "sync/never-set", Error;
    SyncBarrierParties = "sync/barrier-parties", Error;
    SyncBarrierRounds = "sync/barrier-rounds", Warning;
    SyncUnprotectedUpdate = "sync/unprotected-update", Warning;
    SyncTaskDone = "sync/task-done", Warning;
    FlowUnreachable = "flow/unreachable", Warning;
    FlowOutsideLoop = "flow/outside-loop", Error;
    FlowUnsetVariable = "flow/unset-variable", Error;
    FlowEndless = "flow/endless", Warning;
    ExpectImpossible = "expect/impossible", Error;
    CommandNotFound = "command/not-found", Warning;
    VerifyDeadlock = "verify/deadlock", Error;
    VerifyExpectation = "verify/expectation", Error;
    VerifyError = "verify/error", Error;
    VerifyLostUpdate = "verify/lost-update", Error;
}

impl Code {
    pub fn parse(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The part before the slash.
    pub fn family(self) -> &'static str {
        self.as_str().split_once('/').map_or("", |(family, _)| family)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
