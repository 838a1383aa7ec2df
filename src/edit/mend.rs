//! Makes several changes to one text, and proves that nothing else changed.

use super::plan::{is_flow, plan};
use super::slot::{Found, Written};
use super::{Change, Wish};
use crate::parse::{Limits, Node, Parsed, Skip, parse, to_json};
use crate::sources::Sources;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A text with everything written into it that could be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mended {
    pub text: String,
    pub made: Vec<Wish>,
    /// Without a sure place.
    pub left: Vec<Wish>,
}

/// The changed text would have said something else, too.
#[derive(Debug, thiserror::Error)]
#[error("the changed file would say something else, too")]
pub struct Refused;

/// Writes keys into a text. The result is read again: it says what it said before and what was wished, or it is refused.
pub fn mend(text: &str, wishes: &[Wish], limits: &Limits) -> Result<Mended, Refused> {
    let mut mended = Mended { text: text.to_owned(), made: Vec::new(), left: wishes.to_vec() };
    loop {
        let before = read(&mended.text, limits)?;
        let (round, left) = round(&before, &mended.text, std::mem::take(&mut mended.left));
        mended.left = left;
        if round.is_empty() {
            return Ok(mended);
        }
        let mut expected = said(&before);
        let written = Written::new(&before.tree);
        for (_, wish) in &round {
            let found = written.find(&wish.slot).ok_or(Refused)?;
            write(&mut expected, &found, &mended.text, wish).ok_or(Refused)?;
        }
        let mut changed = mended.text.clone();
        // From the end, so that what lies before keeps its place.
        for (change, _) in round.iter().rev() {
            changed.replace_range(change.range.clone(), &change.text);
        }
        let after = read(&changed, limits)?;
        if said(&after) != expected || comments(&after) != comments(&before) {
            return Err(Refused);
        }
        mended.text = changed;
        mended.made.extend(round.into_iter().map(|(_, wish)| wish));
    }
}

/// The wishes whose changes do not touch each other, by place, and the others that can still be made.
fn round(parsed: &Parsed, text: &str, wishes: Vec<Wish>) -> (Vec<(Change, Wish)>, Vec<Wish>) {
    let written = Written::new(&parsed.tree);
    let mut round: BTreeMap<usize, (Change, Wish)> = BTreeMap::new();
    let mut left = Vec::new();
    for wish in wishes {
        let touches = |change: &Change| {
            let before = round.range(..=change.range.end).next_back();
            before.is_some_and(|(_, (other, _))| change.range.start <= other.range.end)
        };
        match plan(&written, text, &wish) {
            Some(change) if !touches(&change) => {
                round.insert(change.range.start, (change, wish));
            }
            _ => left.push(wish),
        }
    }
    (round.into_values().collect(), left)
}

fn read(text: &str, limits: &Limits) -> Result<Parsed, Refused> {
    let parsed = parse(&mut Sources::default(), "", text.as_bytes(), limits);
    if parsed.problems.is_empty() { Ok(parsed) } else { Err(Refused) }
}

fn said(parsed: &Parsed) -> Vec<Value> {
    parsed.tree.documents().map(|document| to_json(document, &Skip::default())).collect()
}

fn comments(parsed: &Parsed) -> Vec<&str> {
    parsed.tree.comments().iter().map(|comment| comment.text.as_str()).collect()
}

/// What the text should say afterwards.
fn write(documents: &mut [Value], found: &Found<'_>, text: &str, wish: &Wish) -> Option<()> {
    let mut value = documents.get_mut(wish.slot.document)?;
    let (name, parents) = wish.slot.path.split_last()?;
    for parent in parents {
        value = value.get_mut(parent)?;
    }
    if let (Found::Item(names, _), Value::Array(_)) = (found, &*value) {
        *value = named(*names, text);
    }
    let mut value = value.as_object_mut()?.entry(name.clone()).or_insert(Value::Null);
    let (key, holders) = wish.keys.split_last()?;
    for holder in holders {
        value = map(value)?.entry(holder.clone()).or_insert(Value::Null);
    }
    let wished = read(&format!("{key}: {}", wish.value), &Limits::default()).ok()?;
    let wished = wished.tree.documents().next()?.get(key).map(|value| to_json(value, &Skip::default()))?;
    let there = map(value)?.insert(key.clone(), wished);
    there.is_none_or(|there| there.is_null()).then_some(())
}

/// The names of a list as the keys of a map.
fn named(names: Node<'_>, text: &str) -> Value {
    let nothing = || if is_flow(names, text) { Value::Object(Map::new()) } else { Value::Null };
    Value::Object(names.items().map(|item| (item.raw().to_owned(), nothing())).collect())
}

/// A value as a map: nothing is an empty one, and a word says what `uses` takes it for.
fn map(value: &mut Value) -> Option<&mut Map<String, Value>> {
    match value {
        Value::Null => *value = Value::Object(Map::new()),
        Value::String(word) => {
            let said = if matches!(word.as_str(), "hard" | "soft") { "need" } else { "mode" };
            *value = serde_json::json!({ said: word });
        }
        _ => {}
    }
    value.as_object_mut()
}
