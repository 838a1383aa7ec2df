//! The four answers to any attribute, and where each came from.

use super::units::{Count, Duration, Percent, Rate};
use crate::parse::Spanned;
use crate::sources::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
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
pub trait Facts: Sync + fmt::Debug {
    fn fields(&self) -> &'static [FieldInfo];

    /// The attribute behind the key at `index` of [`Facts::fields`].
    fn attr(&self, index: usize) -> &dyn AnyAttr;
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

            /// Takes what `defaults` says for every attribute that says nothing itself.
            #[allow(dead_code, reason = "not every map of the vocabulary has defaults")]
            pub fn fill_from(&mut self, defaults: &Self) {
                $( self.$field.or_default(&defaults.$field); )*
            }

            /// Takes what `other` says for every attribute that says nothing itself, origin included.
            #[allow(dead_code, reason = "not every map of the vocabulary is merged")]
            pub fn merge_from(&mut self, other: &Self) {
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
        deserializer.deserialize_any(WrittenVisitor(PhantomData)).map(Written)
    }
}

struct WrittenVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Plainly> Visitor<'de> for WrittenVisitor<T> {
    type Value = Answer<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, `none` or `todo`")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        if value { T::deserialize(value.into_deserializer()).map(Answer::Value) } else { Ok(Answer::None) }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        if value == 0 && T::ZERO_IS_NONE {
            return Ok(Answer::None);
        }
        T::deserialize(value.into_deserializer()).map(Answer::Value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        if value == 0 && T::ZERO_IS_NONE {
            return Ok(Answer::None);
        }
        T::deserialize(value.into_deserializer()).map(Answer::Value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        if value == 0.0 && T::ZERO_IS_NONE {
            return Ok(Answer::None);
        }
        T::deserialize(value.into_deserializer()).map(Answer::Value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        if NONE_WORDS.contains(&value) {
            Ok(Answer::None)
        } else if TODO_WORDS.contains(&value) {
            Ok(Answer::Todo)
        } else {
            T::deserialize(value.into_deserializer()).map(Answer::Value)
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Answer::Value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        // A derived struct would take a list for its fields in order.
        if matches!(T::PLAIN_TYPE, PlainType::Record(_)) {
            return Err(serde::de::Error::invalid_type(serde::de::Unexpected::Seq, &self));
        }
        T::deserialize(SeqAccessDeserializer::new(seq)).map(Answer::Value)
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
        struct ManyVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ManyVisitor<T> {
            type Value = Many<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one thing or a list")
            }

            fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
                T::deserialize(value.into_deserializer()).map(single)
            }

            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
                T::deserialize(value.into_deserializer()).map(single)
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
                T::deserialize(value.into_deserializer()).map(single)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Many(items))
            }
        }
        deserializer.deserialize_any(ManyVisitor(PhantomData))
    }
}

fn single<T>(value: T) -> Many<T> {
    Many(vec![Spanned::new(value, UNPLACED)])
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
