//! The values of the language.
