//! Conditions of rules: CEL, checked against the fields of a relation, run as closures.
//!
//! # What is unknown
//!
//! A value that is `none`, `todo` or not described is unknown (`null`):
//!
//! - a comparison (`== != < <= > >=`, `in`, `contains` and its like) with something unknown does not hold, so that
//!   `a < b` asks "is it known to be less" and `!(a < b)` asks "is it not known to be less";
//! - `x == null` and `x != null` ask whether it is unknown, `stated(x)`, `stated_none(x)`, `todo(x)`, `unstated(x)` which
//!   of the four answers it is;
//! - a sum or product with something unknown is unknown;
//! - a yes-or-no fact that is unknown holds neither plainly nor behind `!`;
//! - `exists` needs one item for which the question holds, `all` needs it for every item, of a list that is known.
//!
//! Two things are known although there is no value: a yes-or-no fact that is stated `none` is `false`, and a list that is
//! stated `none` is empty.
//!
//! Everything is total: dividing by zero is unknown, nothing fails while a rule runs.

mod check;
mod code;
mod functions;
mod operators;
pub(crate) mod syntax;

pub(crate) use check::{ITEM, Param, ParamType, Scope, compile_test, compile_value, describe, suggest};
pub(crate) use code::{Code, Literal, Test};

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
