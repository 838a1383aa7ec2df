//! The published schema is the structural check.
//!
//! A file is right if the validator says so; this module only finds the place of each thing that is wrong, words it,
//! and decides how little has to be left out so that the rest can be read.

mod expected;
mod explain;
mod locate;
mod units;

use crate::parse::{Node, Skip, to_json};
use crate::problem::Problem;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use std::collections::BTreeSet;

/// What one kind of file looks like.
#[derive(Debug)]
pub struct Shape {
    validator: Validator,
    schema: Value,
    elsewhere: &'static [(&'static str, &'static str)],
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Sorted by place; each mistake once, however often an alias repeats it.
    pub problems: Vec<Problem>,
    /// What has to be left out for the rest to be valid.
    pub skip: Skip,
}

impl Shape {
    /// `elsewhere` says where a key belongs that people write in the wrong place: `("timeout", "a dependency: `uses:
    /// {redis: {timeout: 50ms}}`")`.
    pub fn new(
        schema: Value,
        elsewhere: &'static [(&'static str, &'static str)],
    ) -> Result<Self, Box<ValidationError<'static>>> {
        let validator = jsonschema::validator_for(&schema).map_err(Box::new)?;
        Ok(Self { validator, schema, elsewhere })
    }

    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// Finds everything in a document that does not fit the schema.
    ///
    /// A bad value and the value of an unknown key are skipped alone, what lacks a key as a whole. Once they are gone the
    /// document is valid; a map that only lacks a key because its bad value was skipped goes without another problem.
    pub fn check(&self, document: Node<'_>) -> Checked {
        let mut checked = Checked::default();
        let mut is_first_round = true;
        loop {
            let value = to_json(document, &checked.skip);
            if checked.skip.holds(document) || self.validator.is_valid(&value) {
                break;
            }
            let mut round = explain::Round::new(self, document, &checked.skip);
            for error in self.validator.iter_errors(&value) {
                round.explain(&error);
            }
            let (problems, skip) = round.finish();
            if is_first_round {
                checked.problems = problems;
            }
            if skip.is_empty() {
                // Cannot happen while every error names a place in the document; the loop must end all the same.
                checked.skip.insert(document.id());
            }
            checked.skip.extend(&skip);
            is_first_round = false;
        }
        sort(&mut checked.problems);
        checked
    }

    /// Whether a value fits a part of the schema.
    fn accepts(&self, part: &Value, value: &Value) -> bool {
        let mut whole = part.clone();
        if let (Some(whole), Some(definitions)) = (whole.as_object_mut(), self.schema.get("$defs")) {
            whole.insert("$defs".to_owned(), definitions.clone());
        }
        jsonschema::validator_for(&whole).is_ok_and(|validator| validator.is_valid(value))
    }
}

fn sort(problems: &mut Vec<Problem>) {
    problems.sort_by(|a, b| (a.primary(), a.code, &a.message).cmp(&(b.primary(), b.code, &b.message)));
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert((problem.primary(), problem.code, problem.message.clone())));
}

#[cfg(test)]
mod tests;
