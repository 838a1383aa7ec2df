//! Conditions of rules: CEL, checked against the fields of a relation, run as closures.
//!
//! # What is unknown
//!
//! A value that is `none`, `todo` or not described is unknown (`null`), and an answer that depends on it is unknown, too:
//!
//! - a comparison or a sum with something unknown is unknown; so is `x in list` where either is unknown;
//! - `&&`, `||` and `!` are those of three-valued logic: `false && unknown` is false, `true && unknown` is unknown,
//!   `!unknown` is unknown;
//! - `x == null` and `x != null` are always known;
//! - a condition that is unknown at the end does not hold.
//!
//! A rule therefore never accuses where it does not know, whichever way it is written. Two things are known although
//! there is no value: a yes-or-no fact that is stated `none` is `false`, and a list that is stated `none` is empty.
//!
//! Everything is total: dividing by zero is unknown, nothing fails while a rule runs.

mod check;
mod code;
mod functions;
mod operators;
pub(crate) mod syntax;

pub(crate) use check::{Param, ParamType, Scope, compile_test, compile_value, describe, suggest};
pub(crate) use code::{Code, Literal, Test};
