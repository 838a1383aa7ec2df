//! What a part of the schema expects, in words.

use serde_json::Value;

/// Values listed in full in a message.
const LISTED: usize = 12;

/// Schemas that refer to each other are followed this far.
pub(super) const DEEPEST: usize = 16;

/// What may be written in one place.
#[derive(Default, Debug)]
pub(super) struct Expected {
    /// `a duration such as 2s`, `a whole number`.
    phrases: Vec<String>,
    /// Literal values.
    values: Vec<String>,
    /// Literal values that the phrases already name.
    named: Vec<String>,
    /// `a list of names`, `a map with …`.
    collections: Vec<String>,
    /// Keys of the maps among them.
    keys: Vec<String>,
    /// `duration`, `rate`: which spellings of units to look for.
    pub(super) units: Vec<String>,
}

impl Expected {
    pub(super) fn of(root: &Value, part: &Value) -> Self {
        let mut expected = Self::default();
        expected.add(root, part, 0);
        expected
    }

    /// Whether nothing can be said.
    pub(super) fn is_empty(&self) -> bool {
        self.phrases.is_empty() && self.values.is_empty() && self.collections.is_empty()
    }

    /// Whether no single value can stand here.
    pub(super) fn is_only_collections(&self) -> bool {
        self.phrases.is_empty() && self.values.is_empty()
    }

    /// The literal values, as they are written.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().chain(&self.named).map(String::as_str)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// ``a duration such as 2s, `none` or `todo` ``
    pub(super) fn words(&self) -> String {
        let mut parts = self.phrases.clone();
        parts.extend(self.values.iter().take(LISTED).map(|value| format!("`{value}`")));
        if self.values.len() > LISTED {
            parts.push("…".to_owned());
            parts.extend_from_slice(&self.collections);
            return parts.join(", ");
        }
        parts.extend_from_slice(&self.collections);
        match parts.split_last() {
            None => "something else".to_owned(),
            Some((last, [])) => last.clone(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        }
    }

    fn add(&mut self, root: &Value, part: &Value, depth: usize) {
        // `none` and `todo` may stand anywhere and would only hide what is expected here.
        if depth > DEEPEST || part.get("x-implied").is_some() {
            return;
        }
        if let Some(unit) = part.get("x-unit").and_then(Value::as_str) {
            push(&mut self.units, unit.to_owned());
        }
        if let Some(words) = part.get("x-expects").and_then(Value::as_str) {
            push(&mut self.phrases, words.to_owned());
            // The words stand for the phrases below, not for the units and values one could be near to.
            let mut below = Self::default();
            below.add_below(root, part, depth);
            for unit in below.units {
                push(&mut self.units, unit);
            }
            for key in below.keys {
                push(&mut self.keys, key);
            }
            for value in below.values {
                let list = if words.contains(value.as_str()) { &mut self.named } else { &mut self.values };
                push(list, value);
            }
            self.named.extend(below.named);
            return;
        }
        self.add_below(root, part, depth);
    }

    fn add_below(&mut self, root: &Value, part: &Value, depth: usize) {
        if let Some(target) = part.get("$ref").and_then(Value::as_str).and_then(|target| resolve(root, target)) {
            self.add(root, target, depth + 1);
        }
        if let Some(value) = part.get("const") {
            self.add_value(value);
        } else if let Some(values) = part.get("enum").and_then(Value::as_array) {
            for value in values {
                self.add_value(value);
            }
        } else if let Some(alternatives) = alternatives(part) {
            for alternative in alternatives {
                self.add(root, alternative, depth + 1);
            }
        } else {
            self.add_types(root, part, depth);
        }
        if let Some(parts) = part.get("allOf").and_then(Value::as_array) {
            for part in parts {
                self.add(root, part, depth + 1);
            }
        }
    }

    fn add_types(&mut self, root: &Value, part: &Value, depth: usize) {
        let types = match part.get("type") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for name in types {
            let phrase = match name {
                "array" => {
                    let list = Self::list(root, part, depth);
                    push(&mut self.collections, list);
                    continue;
                }
                "object" => {
                    let keys = part.get("properties").and_then(Value::as_object);
                    keys.into_iter().flatten().for_each(|(key, _)| push(&mut self.keys, key.clone()));
                    push(&mut self.collections, map(part));
                    continue;
                }
                "string" => "a text".to_owned(),
                "integer" => format!("a whole number{}", bounds(part)),
                "number" => format!("a number{}", bounds(part)),
                "boolean" => "`true` or `false`".to_owned(),
                _ => continue,
            };
            push(&mut self.phrases, phrase);
        }
    }

    fn list(root: &Value, part: &Value, depth: usize) -> String {
        let Some(items) = part.get("items") else { return "a list".to_owned() };
        let mut inner = Self::default();
        inner.add(root, items, depth + 1);
        if inner.is_empty() || !inner.collections.is_empty() || inner.values.len() > LISTED {
            "a list".to_owned()
        } else if inner.phrases.is_empty() {
            format!("a list of {}", inner.words())
        } else {
            plural(&inner.words()).map_or_else(
                || format!("a list in which each item is {}", inner.words()),
                |items| format!("a list of {items}"),
            )
        }
    }

    fn add_value(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::String(text) => push(&mut self.values, text.clone()),
            other => push(&mut self.values, other.to_string()),
        }
    }
}

/// The definition a `$ref` names.
pub(super) fn resolve<'s>(root: &'s Value, target: &str) -> Option<&'s Value> {
    root.pointer(target.strip_prefix('#')?)
}

pub(super) fn alternatives(part: &Value) -> Option<&Vec<Value>> {
    part.get("anyOf").or_else(|| part.get("oneOf")).and_then(Value::as_array)
}

/// `a text` as `texts`, `the name of a component` as `names of components`.
fn plural(words: &str) -> Option<String> {
    let noun = words.strip_prefix("a ").or_else(|| words.strip_prefix("the "))?;
    match noun.split_once(" of a ") {
        Some((part, whole)) if !whole.contains(' ') => Some(format!("{part}s of {whole}s")),
        None if !noun.contains(' ') => Some(format!("{noun}s")),
        _ => None,
    }
}

fn map(part: &Value) -> String {
    let keys = part.get("properties").and_then(Value::as_object);
    match keys.filter(|keys| !keys.is_empty() && keys.len() <= 6) {
        Some(keys) => {
            let names: Vec<_> = keys.keys().map(|name| format!("`{name}`")).collect();
            format!("a map with {}", names.join(", "))
        }
        None => "a map".to_owned(),
    }
}

fn bounds(part: &Value) -> String {
    let bound = |name| part.get(name).map(plain_number);
    match (bound("minimum"), bound("maximum")) {
        // The range of the Rust type, not of the thing.
        (Some(least), Some(most)) if most.len() < 10 => format!(" from {least} to {most}"),
        (Some(least), _) if least != "0" => format!(", at least {least}"),
        (None, Some(most)) => format!(", at most {most}"),
        _ => String::new(),
    }
}

/// Schemas generated from Rust types write whole bounds as `0.0` or `0`.
fn plain_number(value: &Value) -> String {
    let text = value.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn push(list: &mut Vec<String>, item: String) {
    if !list.contains(&item) {
        list.push(item);
    }
}
