//! A value that remembers where it was written.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::sources::Span;

/// A value read from a tree, with its place. Compares, orders and hashes by value alone, so that it can be a map key.
///
/// Only the tree's own deserializer can fill it, and not from inside `#[serde(untagged)]` or `#[serde(flatten)]`, which
/// copy what they read: such types need a visitor written by hand.
#[derive(Clone, Copy, Debug)]
pub struct Spanned<T> {
    pub value: T,
    /// Where it is written.
    pub span: Span,
    /// The alias or merge through which it was reached.
    pub used_at: Option<Span>,
}

impl<T> Spanned<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span, used_at: None }
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: f(self.value), span: self.span, used_at: self.used_at }
    }

    pub fn as_ref(&self) -> Spanned<&T> {
        Spanned { value: &self.value, span: self.span, used_at: self.used_at }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: PartialOrd> PartialOrd for Spanned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Spanned<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T: Hash> Hash for Spanned<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl Borrow<str> for Spanned<String> {
    fn borrow(&self) -> &str {
        &self.value
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Asks the tree's deserializer for a place beside the value: `start, end, used from, used to, value`.
pub(super) const NAME: &str = "$premortem::Spanned";

/// Stands for "reached directly" where the offset of a use is expected: no file reaches that far.
pub(super) const NOWHERE: u32 = u32::MAX;

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple_struct(NAME, 5, SpannedVisitor(PhantomData))
    }
}

struct SpannedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SpannedVisitor<T> {
    type Value = Spanned<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its place")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        let short = |at| A::Error::invalid_length(at, &"a place and a value");
        let mut offset = |at| parts.next_element::<u32>()?.ok_or_else(|| short(at));
        let span = Span::new(offset(0)?, offset(1)?);
        let (used_from, used_to) = (offset(2)?, offset(3)?);
        let used_at = (used_from != NOWHERE).then(|| Span::new(used_from, used_to));
        let value = parts.next_element()?.ok_or_else(|| short(4))?;
        Ok(Spanned { value, span, used_at })
    }
}
