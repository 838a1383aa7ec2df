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

/// A file with more mistakes is not read at all.
const MOST: usize = 1_000;

/// What one kind of file looks like.
#[derive(Debug)]
pub struct Shape {
    validator: Validator,
    schema: Value,
    elsewhere: &'static [(&'static str, &'static str)],
    synonyms: &'static [(&'static str, &'static str)],
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
    /// A key without a value is a mistake in every file this checks, so what lets a value be null beside something else
    /// is taken out of the schema; [`Shape::schema`] is what is checked.
    ///
    /// `elsewhere` says where a key belongs that people write in the wrong place: `("timeout", "a dependency: `uses:
    /// {redis: {timeout: 50ms}}`")`.
    pub fn new(
        mut schema: Value,
        elsewhere: &'static [(&'static str, &'static str)],
    ) -> Result<Self, Box<ValidationError<'static>>> {
        forbid_null(&mut schema);
        let validator = jsonschema::validator_for(&schema).map_err(Box::new)?;
        Ok(Self { validator, schema, elsewhere, synonyms: &[] })
    }

    /// Words of other languages and the key or value they are called here: `("depends_on", "uses")`. Each is suggested
    /// only where it fits.
    #[must_use]
    pub fn with_synonyms(mut self, synonyms: &'static [(&'static str, &'static str)]) -> Self {
        self.synonyms = synonyms;
        self
    }

    /// What this format calls a word of another.
    fn synonyms_of(&self, written: &str) -> impl Iterator<Item = &'static str> {
        let written = written.to_lowercase();
        self.synonyms.iter().filter(move |(word, _)| *word == written).map(|(_, here)| *here)
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
            let mut errors = self.validator.iter_errors(&value);
            errors.by_ref().take(MOST).for_each(|error| round.explain(&error));
            let is_hopeless = errors.next().is_some();
            drop(errors);
            let (problems, skip) = round.finish();
            if is_first_round {
                checked.problems = problems;
            }
            // Without a skip every error would come again. Cannot happen while each names a place in the document.
            if skip.is_empty() || is_hopeless {
                checked.skip.insert(document.id());
            }
            checked.skip.extend(&skip);
            is_first_round = false;
        }
        sort(&mut checked.problems);
        checked
    }

    /// A part of the schema on its own.
    fn compile(&self, part: &Value) -> Option<Validator> {
        let mut whole = part.clone();
        if let (Some(whole), Some(definitions)) = (whole.as_object_mut(), self.schema.get("$defs")) {
            whole.insert("$defs".to_owned(), definitions.clone());
        }
        jsonschema::validator_for(&whole).ok()
    }
}

/// `Option<T>` means that a key may be absent; a generator that also lets it be present without a value is corrected.
/// What really may be null says so with `const`.
fn forbid_null(schema: &mut Value) {
    let Some(parts) = schema.as_object_mut() else { return };
    if parts.get("default").is_some_and(Value::is_null) {
        parts.shift_remove("default");
    }
    if let Some(names) = parts.get_mut("type").and_then(Value::as_array_mut) {
        names.retain(|name| name != "null");
        if let [only] = names.as_slice() {
            let only = only.clone();
            parts.insert("type".to_owned(), only);
        }
    }
    if let Some(values) = parts.get_mut("enum").and_then(Value::as_array_mut).filter(|values| values.len() > 1) {
        values.retain(|value| !value.is_null());
    }
    for keyword in ["anyOf", "oneOf", "allOf", "prefixItems"] {
        let Some(alternatives) = parts.get_mut(keyword).and_then(Value::as_array_mut) else { continue };
        if alternatives.len() > 1 {
            alternatives.retain(|part| part.get("type").is_none_or(|name| name != "null"));
        }
        alternatives.iter_mut().for_each(forbid_null);
    }
    for keyword in ["properties", "patternProperties", "$defs"] {
        let named = parts.get_mut(keyword).and_then(Value::as_object_mut);
        named.into_iter().flat_map(|named| named.values_mut()).for_each(forbid_null);
    }
    for keyword in ["items", "additionalProperties", "unevaluatedProperties", "propertyNames"] {
        parts.get_mut(keyword).into_iter().for_each(forbid_null);
    }
}

fn sort(problems: &mut Vec<Problem>) {
    problems.sort_by(|a, b| (a.primary(), a.code, &a.message).cmp(&(b.primary(), b.code, &b.message)));
    let mut seen = BTreeSet::new();
    problems.retain(|problem| seen.insert((problem.primary(), problem.code, problem.message.clone())));
}

#[cfg(test)]
mod tests;
