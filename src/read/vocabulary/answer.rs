//! The four answers to any question, where each came from, and the structs that are made of them.

use super::attr::AnyAttr;
use super::units::{Count, Duration, Percent, Rate};
use crate::parse::{ByKind, NodeKind, Spanned, Unread, by_kind};
use crate::sources::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// What was said about an attribute.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Answer<T> {
    Value(T),
    /// Decided against: `none`, `false`, `no`, `off`.
    None,
    /// Known to be open: `todo`, `?`.
    Todo,
    /// Not described.
    #[default]
    Absent,
}

/// Where an answer came from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Origin {
    #[default]
    Nowhere,
    /// Written in a design in premortem's own notation.
    Declared(Span),
    /// Filled in by `defaults`, which is as good as declared.
    Default(Span),
    /// Read from another notation.
    Imported(Span),
    /// Known from the technology catalogue; the text says what and since when.
    Inferred(Arc<str>),
}

impl<T: Clone> Answer<&T> {
    pub fn cloned(self) -> Answer<T> {
        match self {
            Self::Value(value) => Answer::Value(value.clone()),
            Self::None => Answer::None,
            Self::Todo => Answer::Todo,
            Self::Absent => Answer::Absent,
        }
    }
}

impl Origin {
    /// The place that states the answer, if it is written anywhere.
    pub fn span(&self) -> Option<Span> {
        match self {
            Self::Declared(span) | Self::Default(span) | Self::Imported(span) => Some(*span),
            Self::Nowhere | Self::Inferred(_) => None,
        }
    }
}

/// A value as rules, `explain` and reports see it.
#[derive(Clone, Debug)]
pub enum Plain<'a> {
    Bool(bool),
    Integer(i64),
    Number(f64),
    /// Seconds.
    Duration(f64),
    /// Per second.
    Rate(f64),
    /// A fraction: 0.999 for 99.9 %.
    Percent(f64),
    Text(Cow<'a, str>),
    List(Vec<(Plain<'a>, Option<Span>)>),
    Record(&'a dyn Facts),
}

/// As people read it, with its unit; a map only says that it is one.
impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(true) => f.write_str("yes"),
            Self::Bool(false) => f.write_str("no"),
            Self::Integer(value) => match u64::try_from(*value) {
                Ok(count) => Count(count).fmt(f),
                Err(_) => value.fmt(f),
            },
            Self::Number(value) => value.fmt(f),
            Self::Duration(seconds) => Duration(*seconds).fmt(f),
            Self::Rate(rate) => Rate(*rate).fmt(f),
            Self::Percent(share) => Percent(*share).fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                for (index, (item, _)) in items.iter().enumerate() {
                    f.write_str(if index > 0 { ", " } else { "" })?;
                    item.fmt(f)?;
                }
                Ok(())
            }
            Self::Record(_) => f.write_str("a map"),
        }
    }
}

/// The type of a [`Plain`] value, known when rules are checked.
#[derive(Clone, Copy, Debug)]
pub enum PlainType {
    Bool,
    Integer,
    Number,
    Duration,
    Rate,
    Percent,
    /// The words the text may be; empty when any text is allowed.
    Text(&'static [&'static str]),
    List(&'static PlainType),
    Record(fn() -> &'static [FieldInfo]),
}

/// A type that can stand in an attribute.
pub trait Plainly {
    const PLAIN_TYPE: PlainType;
    /// `retries: 0` says the same as `retries: none`; `rpo: 0` does not.
    const ZERO_IS_NONE: bool = false;

    fn plain(&self) -> Plain<'_>;

    /// Learns where the whole value is written, for shorthands that put it into a part.
    fn place(&mut self, _whole: Span) {}
}

/// One key of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    pub name: &'static str,
    /// One sentence, as in the schema.
    pub summary: &'static str,
    pub plain_type: PlainType,
}

/// A struct made by `facts!`: its keys, and the attribute behind each.
pub trait Facts: Sync {
    fn fields(&self) -> &'static [FieldInfo];

    /// The attribute behind the key at `index` of [`Facts::fields`].
    fn attr(&self, index: usize) -> &dyn AnyAttr;
}

// Not a supertrait: it would put the derived output of every map of the vocabulary into the binary.
impl fmt::Debug for dyn Facts + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.fields().iter().enumerate();
        f.debug_map().entries(fields.map(|(index, field)| (field.name, self.attr(index).plain()))).finish()
    }
}

/// Completes what one place says by what another says.
pub trait Complete {
    /// Takes what `defaults` says for every attribute that says nothing itself.
    fn fill_from(&mut self, defaults: &Self);

    /// Takes what `other` says for every attribute that says nothing itself, origin included.
    fn merge_from(&mut self, other: &Self);
}

/// Declares a struct whose fields are attributes, once for reading, schema, rules and explanations.
///
/// Fields in the second block (`plus`) are structure, such as `uses`; rules reach them through the graph.
macro_rules! facts {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[doc = $doc:literal])+ $field:ident: $type:ty, )*
        }
        $( plus { $( $(#[$plus_meta:meta])+ $plus:ident: $plus_type:ty, )* } )?
    ) => {
        #[derive(Clone, PartialEq, Debug, Default, serde::Deserialize, schemars::JsonSchema)]
        $(#[$meta])*
        #[serde(default)]
        #[schemars(transform = crate::read::vocabulary::closed)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: crate::read::vocabulary::Attr<$type>, )*
            $( $( $(#[$plus_meta])+ pub $plus: $plus_type, )* )?
        }

        impl $name {
            pub const FIELDS: &'static [crate::read::vocabulary::FieldInfo] = &[
                $( crate::read::vocabulary::FieldInfo {
                    name: stringify!($field),
                    summary: concat!($($doc),+),
                    plain_type: <$type as crate::read::vocabulary::Plainly>::PLAIN_TYPE,
                } ),*
            ];

            fn field_table() -> &'static [crate::read::vocabulary::FieldInfo] {
                Self::FIELDS
            }
        }

        impl crate::read::vocabulary::Complete for $name {
            fn fill_from(&mut self, defaults: &Self) {
                $( self.$field.or_default(&defaults.$field); )*
            }

            fn merge_from(&mut self, other: &Self) {
                $( if self.$field.is_absent() { self.$field.clone_from(&other.$field); } )*
            }
        }

        impl crate::read::vocabulary::Facts for $name {
            fn fields(&self) -> &'static [crate::read::vocabulary::FieldInfo] {
                Self::FIELDS
            }

            fn attr(&self, index: usize) -> &dyn crate::read::vocabulary::AnyAttr {
                // A table of functions, so that reading one of seventy attributes does not list all of them first.
                const ATTRS: &[fn(&$name) -> &dyn crate::read::vocabulary::AnyAttr] = &[$( |facts| &facts.$field ),*];
                ATTRS[index](self)
            }
        }

        impl crate::read::vocabulary::Plainly for $name {
            const PLAIN_TYPE: crate::read::vocabulary::PlainType =
                crate::read::vocabulary::PlainType::Record(Self::field_table);

            fn plain(&self) -> crate::read::vocabulary::Plain<'_> {
                crate::read::vocabulary::Plain::Record(self)
            }
        }
    };
}
pub(crate) use facts;

/// A map from names to things, in the order it is written, each name with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Named<T>(pub Vec<(Spanned<String>, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Named<T> {
    pub fn iter(&self) -> impl Iterator<Item = (&Spanned<String>, &T)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(key, _)| key.value == name).map(|(_, value)| value)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamedVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for NamedVisitor<T> {
            type Value = Named<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut named = Vec::new();
                while let Some(name) = map.next_key::<Spanned<String>>()? {
                    // A name with nothing behind it is a thing about which nothing is said.
                    let value = map.next_value::<Option<T>>()?.unwrap_or_default();
                    named.push((name, value));
                }
                Ok(Named(named))
            }
        }
        deserializer.deserialize_any(NamedVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Named_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "additionalProperties": {"anyOf": [value, {"const": null}]},
            "x-expects": "a map of names",
        })
    }
}

impl<T> Plainly for Named<T> {
    const PLAIN_TYPE: PlainType = PlainType::List(&PlainType::Text(&[]));

    fn plain(&self) -> Plain<'_> {
        Plain::List(self.0.iter().map(|(name, _)| (Plain::Text(name.value.as_str().into()), Some(name.span))).collect())
    }
}

/// One thing or a list of things, each with its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Many<T>(pub Vec<Spanned<T>>);

impl<T> Many<T> {
    pub fn iter(&self) -> impl Iterator<Item = &Spanned<T>> {
        self.0.iter()
    }
}

impl<T: Plainly> Plainly for Many<T> {
    const PLAIN_TYPE: PlainType = PlainType::List(&T::PLAIN_TYPE);

    fn plain(&self) -> Plain<'_> {
        Plain::List(self.0.iter().map(|item| (item.value.plain(), Some(item.span))).collect())
    }

    fn place(&mut self, whole: Span) {
        for item in self.0.iter_mut().filter(|item| item.span == UNPLACED) {
            item.span = whole;
        }
    }
}

/// The place of a single value until the place of the whole is known.
pub(super) const UNPLACED: Span = Span { start: u32::MAX, end: u32::MAX };

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        by_kind(deserializer)
    }
}

impl<'de, T: Deserialize<'de>> ByKind<'de> for Many<T> {
    const EXPECTED: &'static str = "one thing or a list";

    fn read<A: SeqAccess<'de>>(kind: NodeKind<'de>, unread: Unread<A>) -> Result<Self, A::Error> {
        match kind {
            NodeKind::List => unread.read().map(Many),
            NodeKind::Text(_) | NodeKind::Integer(_) | NodeKind::Float(_) => {
                unread.read().map(|value| Many(vec![Spanned::new(value, UNPLACED)]))
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Map => Err(unread.unexpected(kind)),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Many<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Many_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<T>();
        json_schema!({"anyOf": [item, {"type": "array", "items": item}]})
    }
}
