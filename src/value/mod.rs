//! The values of the language, their text and their bytes on the wire.
//!
//! Two equalities live side by side. `Eq`, `Ord` and `Hash` of [`Value`] are *identity*: total, bit for bit, so that states
//! that hold values can be compared and hashed. [`equals`] and [`compare()`] are what `==` and `<` of the language mean.
mod base64;
mod codec;
mod compare;
mod duration;
mod fault;
mod json;
mod json_read;
mod map;
mod size;
mod string;
mod text;
#[expect(clippy::module_inception, reason = "the noun of the folder has a file of its own, as the others")]
mod value;
mod weight;

pub use codec::{DEPTH, decode, decode_all, encode};
pub use compare::{compare, equals};
pub use duration::Duration;
pub use fault::Fault;
pub use json_read::from_json;
pub use map::Map;
pub use size::Size;
pub use string::Str;
pub use value::{Handle, Value};
pub use weight::{PARTS, weigh};
