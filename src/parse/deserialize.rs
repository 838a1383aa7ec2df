//! Typed reading of a tree with serde.
//!
//! Whatever it reads without an error passes the structural check, too; the check is asked only to explain an error.

use super::by_kind::{self, unexpected};
use super::spanned;
use super::tree::{Entry, Key, Node, NodeKind, Skip};
use crate::problem::Problem;
use crate::sources::Span;
use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;

/// Reads a value; entries and items in `skip` are left out as if they were not written.
///
/// Scalars keep their type: a number is no text, unless it stands as a key. A key the type does not know is a mismatch,
/// unless it begins with `x-`: nothing that was written is passed over.
pub fn deserialize<'t, T: Deserialize<'t>>(node: Node<'t>, skip: &Skip) -> Result<T, Mismatch> {
    T::deserialize(AtNode { node, skip, is_extension: false })
}

/// A value that does not fit the type it was read as.
#[derive(Debug)]
pub struct Mismatch {
    message: String,
    at: Option<Span>,
}

impl Mismatch {
    /// The mistake as a problem; `whole` is where to point if it has no place of its own.
    pub fn problem(self, whole: Span) -> Problem {
        Problem::error("bad-value", self.message, self.at.unwrap_or(whole), "cannot be read")
    }

    fn or_at(mut self, span: Span) -> Self {
        self.at.get_or_insert(span);
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mismatch {}

impl Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), at: None }
    }

    // What was written may be a secret, so unlike the defaults these do not repeat it.

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format!("{} stands where {expected} is expected", kind_of(&unexpected)))
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format!("this is none of `{}`", expected.join("`, `")))
    }
}

fn kind_of(value: &Unexpected<'_>) -> &'static str {
    match value {
        Unexpected::Bool(_) => "a yes-or-no value",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
        Unexpected::Unit | Unexpected::Option => "nothing",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a map",
        _ => "a text",
    }
}

#[derive(Clone, Copy)]
struct AtNode<'t, 's> {
    node: Node<'t>,
    skip: &'s Skip,
    /// The value of a key that begins with `x-`, which belongs to somebody else.
    is_extension: bool,
}

impl<'t> AtNode<'t, '_> {
    fn visit<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let AtNode { node, skip, .. } = self;
        if skip.holds(node) {
            return visitor.visit_unit();
        }
        match node.kind() {
            NodeKind::Null => visitor.visit_unit(),
            NodeKind::Bool(value) => visitor.visit_bool(value),
            NodeKind::Integer(value) => visitor.visit_i64(value),
            NodeKind::Float(value) => visitor.visit_f64(value),
            NodeKind::Text(text) => visitor.visit_borrowed_str(text),
            NodeKind::List => visitor.visit_seq(Items { items: node.items().filter(|item| !skip.holds(*item)), skip }),
            NodeKind::Map => {
                let entries = node.entries().filter(|entry| !skip.holds(entry.value));
                visitor.visit_map(Entries { rest: entries, value: None, skip })
            }
        }
    }
}

impl<'t> Deserializer<'t> for AtNode<'t, '_> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.visit(visitor).map_err(|error| error.or_at(self.node.span()))
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.node.kind() == NodeKind::Null || self.skip.holds(self.node) {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        // Not as anything else: a derived struct would take a list for its fields in order.
        let AtNode { node, skip, .. } = self;
        let kind = if skip.holds(node) { NodeKind::Null } else { node.kind() };
        if kind != NodeKind::Map {
            return Err(Mismatch::invalid_type(unexpected(kind), &"a map").or_at(node.span()));
        }
        let entries = node.entries().filter(|entry| !skip.holds(entry.value));
        let read = visitor.visit_map(Entries { rest: entries, value: None, skip });
        read.map_err(|error| error.or_at(node.span()))
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match name {
            spanned::NAME => visitor.visit_seq(Parts::with_place(self.node.span(), self.node.used_at(), self)),
            by_kind::NAME => visitor.visit_seq(Parts::of(self)),
            _ => Err(Mismatch::custom("nothing is written as a tuple")),
        }
        .map_err(|error: Mismatch| error.or_at(self.node.span()))
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let result = match self.node.kind() {
            NodeKind::Text(text) => visitor.visit_enum(text.into_deserializer()),
            NodeKind::Map => {
                let mut entries = self.node.entries().filter(|entry| !self.skip.holds(entry.value));
                match (entries.next(), entries.next()) {
                    (Some(entry), None) => visitor.visit_enum(Variant { entry, skip: self.skip }),
                    _ => Err(Mismatch::invalid_value(Unexpected::Map, &"a map of one key")),
                }
            }
            _ => Err(Mismatch::custom("a name or a map of one key is expected")),
        };
        result.map_err(|error: Mismatch| error.or_at(self.node.span()))
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.is_extension {
            return visitor.visit_unit();
        }
        Err(Mismatch { message: "this key means nothing here".to_owned(), at: Some(self.node.span()) })
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        map identifier
    }
}

struct Items<'s, I> {
    items: I,
    skip: &'s Skip,
}

impl<'t, I: Iterator<Item = Node<'t>>> SeqAccess<'t> for Items<'_, I> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'t>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        self.items
            .next()
            .map(|node| seed.deserialize(AtNode { node, skip: self.skip, is_extension: false }))
            .transpose()
    }
}

struct Entries<'t, 's, I> {
    rest: I,
    value: Option<Entry<'t>>,
    skip: &'s Skip,
}

impl<'t, I: Iterator<Item = Entry<'t>>> MapAccess<'t> for Entries<'t, '_, I> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.value = Some(entry);
        seed.deserialize(AtKey { key: entry.key, used_at: entry.merged_at }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let entry = self.value.take().ok_or_else(|| Mismatch::custom("a value was asked for before its key"))?;
        let is_extension = entry.key.text.starts_with("x-");
        seed.deserialize(AtNode { node: entry.value, skip: self.skip, is_extension })
    }
}

#[derive(Clone, Copy)]
struct AtKey<'t> {
    key: Key<'t>,
    used_at: Option<Span>,
}

impl<'t> Deserializer<'t> for AtKey<'t> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_borrowed_str(self.key.text).map_err(|error: Mismatch| error.or_at(self.key.span))
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, _: &'static str, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match name {
            spanned::NAME => visitor.visit_seq(Parts::with_place(self.key.span, self.used_at, self)),
            by_kind::NAME => visitor.visit_seq(Parts::of(self)),
            _ => Err(Mismatch::custom("nothing is written as a tuple")),
        }
        .map_err(|error: Mismatch| error.or_at(self.key.span))
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let name: StrDeserializer<'_, Mismatch> = self.key.text.into_deserializer();
        visitor.visit_enum(name).map_err(|error: Mismatch| error.or_at(self.key.span))
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        struct map identifier ignored_any
    }
}

/// The four numbers a [`super::Spanned`] reads before its value, and then the value as often as it is asked for.
struct Parts<D> {
    place: [u32; 4],
    next: usize,
    value: D,
}

impl<D> Parts<D> {
    fn with_place(span: Span, used_at: Option<Span>, value: D) -> Self {
        let (from, to) = used_at.map_or((spanned::NOWHERE, spanned::NOWHERE), |used| (used.start, used.end));
        Self { place: [span.start, span.end, from, to], next: 0, value }
    }

    fn of(value: D) -> Self {
        Self { place: [0; 4], next: 4, value }
    }
}

impl<'t, D: Deserializer<'t, Error = Mismatch> + Copy> SeqAccess<'t> for Parts<D> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'t>>(&mut self, seed: T) -> Result<Option<T::Value>, Mismatch> {
        if let Some(number) = self.place.get(self.next) {
            self.next += 1;
            return seed.deserialize(number.into_deserializer()).map(Some);
        }
        seed.deserialize(self.value).map(Some)
    }
}

/// `name: content` as an enum's variant.
struct Variant<'t, 's> {
    entry: Entry<'t>,
    skip: &'s Skip,
}

impl<'t, 's> EnumAccess<'t> for Variant<'t, 's> {
    type Error = Mismatch;
    type Variant = AtNode<'t, 's>;

    fn variant_seed<V: DeserializeSeed<'t>>(self, seed: V) -> Result<(V::Value, Self::Variant), Mismatch> {
        let name = AtKey { key: self.entry.key, used_at: self.entry.merged_at };
        Ok((seed.deserialize(name)?, AtNode { node: self.entry.value, skip: self.skip, is_extension: false }))
    }
}

impl<'t> VariantAccess<'t> for AtNode<'t, '_> {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<(), Mismatch> {
        <()>::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(self, seed: T) -> Result<T::Value, Mismatch> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'t>>(self, _: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'t>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, Spanned, parse};
    use crate::sources::Sources;
    use indexmap::IndexMap;
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        Cache,
        Other(Spanned<String>),
        Sized { size: Spanned<u8> },
    }

    #[derive(Deserialize)]
    struct Part {
        kind: Kind,
        #[serde(default)]
        weight: Option<Spanned<f64>>,
        #[serde(default)]
        tags: Option<Spanned<Vec<Spanned<String>>>>,
    }

    const DESIGN: &str = "\
x-base: &base {weight: 1, tags: [x, y]}
parts:
  a: {kind: cache, <<: *base}
  b: {kind: {other: \"ö\"}, weight: null}
  404: &c {kind: {sized: {size: 7}}, tags: []}
  d: *c
";

    #[test]
    fn values_keys_and_uses_keep_their_places() {
        #[derive(Deserialize)]
        struct Design {
            parts: IndexMap<Spanned<String>, Spanned<Part>>,
        }
        let mut sources = Sources::default();
        // A file before it, so that offsets are not offsets in the file.
        parse(&mut sources, "first.yaml", b"a: 1\n", &Limits::default());
        let parsed = parse(&mut sources, "design.yaml", DESIGN.as_bytes(), &Limits::default());
        assert_eq!(parsed.problems, []);
        let root = parsed.tree.documents().next().unwrap();
        let design: Design = deserialize(root, &Skip::default()).unwrap();
        let keys: Vec<_> = design.parts.keys().map(|key| sources.text(key.span)).collect();
        assert_eq!(keys, ["a", "b", "404", "d"]);

        let a = &design.parts["a"];
        assert!(matches!(a.value.kind, Kind::Cache));
        let weight = a.value.weight.unwrap();
        assert_eq!((sources.text(weight.span), sources.text(weight.used_at.unwrap())), ("1", "*base"));
        let tags = a.value.tags.as_ref().unwrap();
        assert_eq!((sources.text(tags.span), sources.text(tags.value[1].span)), ("[x, y]", "y"));

        assert!(
            matches!(&design.parts["b"].value.kind, Kind::Other(name) if name.value == "ö" && sources.text(name.span) == "\"ö\"")
        );
        assert!(design.parts["b"].value.weight.is_none());

        let d = &design.parts["d"];
        assert_eq!((sources.text(d.used_at.unwrap()), d.span), ("*c", design.parts["404"].span));
        assert!(matches!(&d.value.kind, Kind::Sized { size } if size.value == 7 && sources.text(size.span) == "7"));
    }

    #[test]
    fn nothing_that_is_written_is_passed_over() {
        let read = |text: &str| {
            let mut sources = Sources::default();
            let parsed = parse(&mut sources, "a.yaml", text.as_bytes(), &Limits::default());
            let result = deserialize::<Part>(parsed.tree.documents().next().unwrap(), &Skip::default());
            result.map(|_| ()).map_err(|mismatch| sources.text(mismatch.at.unwrap()).to_owned())
        };
        assert_eq!(read("{kind: cache, x-note: {any: [thing]}}"), Ok(()));
        assert_eq!(read("{kind: cache, wieght: 3}"), Err("3".to_owned()));
        assert_eq!(read("[cache, 3]"), Err("[cache, 3]".to_owned()));
    }

    #[test]
    fn skipped_nodes_are_not_there() {
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "d.yaml", b"a: &x 1\nb: *x\nc: [1, two, 3]\n", &Limits::default());
        let root = parsed.tree.documents().next().unwrap();
        let mut skip = Skip::default();
        skip.insert(root.get("b").unwrap().use_id());
        skip.insert(root.get("c").unwrap().items().nth(1).unwrap().use_id());
        let read: IndexMap<String, serde_json::Value> = deserialize(root, &skip).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), serde_json::json!({"a": 1, "c": [1, 3]}));
        assert_eq!(crate::parse::to_json(root, &skip), serde_json::json!({"a": 1, "c": [1, 3]}));
        skip.insert(root.get("a").unwrap().id());
        assert_eq!(crate::parse::to_json(root, &skip), serde_json::json!({"c": [1, 3]}));
    }

    #[test]
    fn a_number_is_no_text_and_the_error_knows_its_place() {
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "d.yaml", b"a: ok\nb: 12\n", &Limits::default());
        let root = parsed.tree.documents().next().unwrap();
        let error = deserialize::<IndexMap<String, String>>(root, &Skip::default()).unwrap_err();
        assert_eq!(error.to_string(), "a number stands where a string is expected");
        assert_eq!(sources.text(error.problem(root.span()).primary()), "12");
    }
}
