//! One attribute: its answer, and how it is read.

use super::answer::{Answer, Origin, Plain, Plainly};
use crate::parse::{ByKind, NodeKind, Spanned, Unread, by_kind};
use crate::sources::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, SeqAccess};
use std::borrow::Cow;
use std::sync::Arc;

/// One attribute: the answer and its origin.
///
/// Of all that could be said about a thing little is said, so only that takes room.
#[derive(Clone, PartialEq, Debug)]
pub struct Attr<T>(Option<Box<Said<T>>>);

#[derive(Clone, PartialEq, Debug)]
struct Said<T> {
    answer: Answer<T>,
    origin: Origin,
}

impl<T> Default for Attr<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Attr<T> {
    pub fn new(answer: Answer<T>, origin: Origin) -> Self {
        Self((!matches!(answer, Answer::Absent)).then(|| Box::new(Said { answer, origin })))
    }

    pub fn declared(value: T, span: Span) -> Self {
        Self::new(Answer::Value(value), Origin::Declared(span))
    }

    pub fn imported(value: T, span: Span) -> Self {
        Self::new(Answer::Value(value), Origin::Imported(span))
    }

    /// A value whose place is learned from the whole it is written as.
    pub(super) fn unplaced(value: T) -> Self {
        Self::new(Answer::Value(value), Origin::Nowhere)
    }

    /// Gives an unplaced value the place of the whole.
    pub(super) fn placed(&mut self, whole: Span) {
        if let Some(said) = &mut self.0
            && said.origin == Origin::Nowhere
        {
            said.origin = Origin::Declared(whole);
        }
    }

    /// Another notation proves that there is none.
    pub fn imported_none(span: Span) -> Self {
        Self::new(Answer::None, Origin::Imported(span))
    }

    pub fn inferred(value: T, because: Arc<str>) -> Self {
        Self::new(Answer::Value(value), Origin::Inferred(because))
    }

    pub fn answer(&self) -> Answer<&T> {
        match self.0.as_ref().map(|said| &said.answer) {
            Some(Answer::Value(value)) => Answer::Value(value),
            Some(Answer::None) => Answer::None,
            Some(Answer::Todo) => Answer::Todo,
            Some(Answer::Absent) | None => Answer::Absent,
        }
    }

    pub fn origin(&self) -> &Origin {
        self.0.as_ref().map_or(&Origin::Nowhere, |said| &said.origin)
    }

    pub fn value(&self) -> Option<&T> {
        match &self.0.as_ref()?.answer {
            Answer::Value(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn value_mut(&mut self) -> Option<&mut T> {
        match &mut self.0.as_mut()?.answer {
            Answer::Value(value) => Some(value),
            _ => None,
        }
    }

    pub fn is_none(&self) -> bool {
        matches!(self.answer(), Answer::None)
    }

    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Absent or open: the model may assume the best and the worst.
    pub fn is_unknown(&self) -> bool {
        matches!(self.answer(), Answer::Absent | Answer::Todo)
    }

    pub fn span(&self) -> Option<Span> {
        self.origin().span()
    }

    /// Takes `other` where nothing was said here.
    pub fn or(&mut self, other: Self) {
        if self.is_absent() {
            *self = other;
        }
    }

    /// Takes a default written elsewhere where nothing was said here.
    pub fn or_default(&mut self, default: &Self)
    where
        T: Clone,
    {
        if let (None, Some(said)) = (&self.0, &default.0) {
            let origin = said.origin.span().map_or_else(|| said.origin.clone(), Origin::Default);
            *self = Self::new(said.answer.clone(), origin);
        }
    }
}

/// An attribute of any type.
pub trait AnyAttr: Sync {
    fn plain(&self) -> Answer<Plain<'_>>;
    fn origin(&self) -> &Origin;
}

impl<T: Plainly + Sync> AnyAttr for Attr<T> {
    fn plain(&self) -> Answer<Plain<'_>> {
        match self.answer() {
            Answer::Value(value) => Answer::Value(value.plain()),
            Answer::None => Answer::None,
            Answer::Todo => Answer::Todo,
            Answer::Absent => Answer::Absent,
        }
    }

    fn origin(&self) -> &Origin {
        self.origin()
    }
}

const NONE_WORDS: [&str; 3] = ["none", "no", "off"];
const TODO_WORDS: [&str; 2] = ["todo", "?"];

impl<'de, T: Deserialize<'de> + Plainly> Deserialize<'de> for Attr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Written<T>>::deserialize(deserializer)?;
        let mut answer = spanned.value.0;
        if let Answer::Value(value) = &mut answer {
            value.place(spanned.span);
        }
        Ok(Self::new(answer, Origin::Declared(spanned.span)))
    }
}

struct Written<T>(Answer<T>);

impl<'de, T: Deserialize<'de> + Plainly> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        by_kind(deserializer)
    }
}

impl<'de, T: Deserialize<'de> + Plainly> ByKind<'de> for Written<T> {
    const EXPECTED: &'static str = "a value, `none` or `todo`";

    fn read<A: SeqAccess<'de>>(kind: NodeKind<'de>, unread: Unread<A>) -> Result<Self, A::Error> {
        let is_zero = kind == NodeKind::Integer(0) || kind == NodeKind::Float(0.0);
        Ok(Self(match kind {
            NodeKind::Null => return Err(unread.unexpected(kind)),
            NodeKind::Bool(false) => Answer::None,
            NodeKind::Text(word) if NONE_WORDS.contains(&word) => Answer::None,
            NodeKind::Text(word) if TODO_WORDS.contains(&word) => Answer::Todo,
            _ if is_zero && T::ZERO_IS_NONE => Answer::None,
            _ => Answer::Value(unread.read()?),
        }))
    }
}

impl<T: JsonSchema> JsonSchema for Attr<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Attr_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({
            "anyOf": [
                value,
                {"enum": ["none", false, "no", "off"], "x-implied": true, "description": "Decided against."},
                {"enum": ["todo", "?"], "x-implied": true, "description": "Known to be open."},
            ]
        })
    }
}
