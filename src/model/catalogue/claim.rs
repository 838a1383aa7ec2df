//! What the catalogue says about one key, and the sentence that lets a reader check it.

use crate::read::vocabulary::{Answer, Attr, Duration, Origin, Plain, Plainly};
use serde::Deserialize;
use std::fmt::Display;
use std::sync::Arc;

/// A default or a property of a technology, under one key of the vocabulary.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "T: Deserialize<'de> + Plainly"))]
pub(super) struct Claim<T> {
    value: Attr<T>,
    /// A clause that names the technology; `{value}` stands for the value.
    because: String,
    source: String,
    date: String,
    /// It holds only where the configuration is one's own.
    #[serde(default)]
    pub(super) self_run: bool,
    /// It holds only for calls over this protocol.
    #[serde(default)]
    pub(super) protocol: Option<String>,
}

impl<T: Plainly + Clone> Claim<T> {
    /// The value, with a note as its origin.
    pub(super) fn attr(&self, key: &str) -> Attr<T> {
        let because = self.because.replace("{value}", &shown(&self.value.answer()));
        let note = format!("{}; declare `{key}` to be exact", sourced(&because, &self.source, &self.date));
        Attr::new(self.value.answer().cloned(), Origin::Inferred(note.into()))
    }
}

/// Behaviour that no key expresses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Behaviour {
    because: String,
    source: String,
    date: String,
}

impl Behaviour {
    /// The sentence for a note.
    pub(super) fn note(&self) -> Arc<str> {
        sourced(&self.because, &self.source, &self.date).into()
    }
}

/// The host of an address, as people cite it: `postgresql.org`.
pub(super) fn host(address: &str) -> &str {
    let host = address.strip_prefix("https://").unwrap_or(address);
    let host = host.split('/').next().unwrap_or(host);
    host.strip_prefix("www.").unwrap_or(host)
}

fn sourced(because: &str, source: &str, date: impl Display) -> String {
    format!("{because} ({}, checked {date})", host(source))
}

/// An answer as a sentence shows it: `100`, `60 s`, `async`, `none`.
pub(super) fn shown<T: Plainly>(answer: &Answer<&T>) -> String {
    match answer {
        Answer::Value(value) => match value.plain() {
            Plain::Bool(value) => value.to_string(),
            Plain::Integer(value) => value.to_string(),
            Plain::Duration(seconds) => Duration(seconds).to_string(),
            Plain::Text(text) => text.into_owned(),
            // No key of the catalogue has any other type.
            _ => String::new(),
        },
        Answer::None => "none".to_owned(),
        Answer::Todo | Answer::Absent => String::new(),
    }
}
