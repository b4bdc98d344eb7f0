//! `verify`: every interleaving of a graph's steps on pure models of its objects.
pub mod model;
