//! Values that can be written in several ways: what a value is decides as what it is read.

use super::tree::NodeKind;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A type that can be written in several ways. Only the tree's own deserializer can read it, by [`by_kind`].
///
/// A visitor would have to rebuild a deserializer from each of its arguments, and with it all code that reads the type.
pub trait ByKind<'de>: Sized {
    /// The ways, as in "expected a word or a map".
    const EXPECTED: &'static str;

    fn read<A: SeqAccess<'de>>(kind: NodeKind<'de>, unread: Unread<A>) -> Result<Self, A::Error>;
}

/// What [`Deserialize::deserialize`] of such a type does.
pub fn by_kind<'de, T: ByKind<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_tuple_struct(NAME, 2, KindFirst(PhantomData))
}

/// A value of which only the kind is known.
pub struct Unread<A> {
    parts: A,
    expected: &'static str,
}

impl<'de, A: SeqAccess<'de>> Unread<A> {
    pub fn read<T: Deserialize<'de>>(mut self) -> Result<T, A::Error> {
        self.parts.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &"a kind and a value"))
    }

    /// A value of this kind is none of the ways.
    pub fn unexpected(&self, kind: NodeKind<'de>) -> A::Error {
        A::Error::invalid_type(unexpected(kind), &self.expected)
    }
}

pub(super) fn unexpected(kind: NodeKind<'_>) -> Unexpected<'_> {
    match kind {
        NodeKind::Null => Unexpected::Unit,
        NodeKind::Bool(value) => Unexpected::Bool(value),
        NodeKind::Integer(value) => Unexpected::Signed(value),
        NodeKind::Float(value) => Unexpected::Float(value),
        NodeKind::Text(text) => Unexpected::Str(text),
        NodeKind::List => Unexpected::Seq,
        NodeKind::Map => Unexpected::Map,
    }
}

/// Asks the tree's deserializer for what a value is, and then for the value.
pub(super) const NAME: &str = "$premortem::ByKind";

struct KindFirst<T>(PhantomData<T>);

impl<'de, T: ByKind<'de>> Visitor<'de> for KindFirst<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<T, A::Error> {
        let kind = parts.next_element::<Kind<'de>>()?;
        let Kind(kind) = kind.ok_or_else(|| A::Error::invalid_length(0, &"a kind and a value"))?;
        T::read(kind, Unread { parts, expected: T::EXPECTED })
    }
}

struct Kind<'t>(NodeKind<'t>);

impl<'de> Deserialize<'de> for Kind<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor).map(Kind)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = NodeKind<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(NodeKind::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(NodeKind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(NodeKind::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(NodeKind::Float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(NodeKind::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Ok(NodeKind::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Ok(NodeKind::Map)
    }
}
