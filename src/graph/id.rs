//! Typed indices into a [`Graph`](super::Graph).

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// A shared object, in the order of declaration.
    ObjectId
);
id!(
    /// A process as declared; its replicas share it.
    ProcessId
);
id!(
    /// A target, those of included files after the graph's own.
    TargetId
);
