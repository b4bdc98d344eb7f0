//! The command line from outside: exit codes, streams, formats, wrong usage. Every command has a time limit.
mod command;
mod draw;
mod exits;
mod hostile;
mod interrupt;
mod small;
mod streams;
mod suite;
mod validate;
