//! One thing, described in several places: a base it extends, the file, an override.
//!
//! Nothing is copied: a merged map is the list of the maps it comes from, and every value keeps the place it was written.

use super::interpolation;
use super::variables::Variables;
use crate::parse::{Node, NodeKind};
use crate::sources::Span;
use indexmap::IndexMap;
use std::borrow::Cow;

/// A node with the variables its file is filled in with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'t> {
    pub(super) node: Node<'t>,
    pub(super) variables: &'t Variables,
    /// Position of the file in the project.
    pub(super) file: usize,
    /// Reached through `extends`: what it names may lie in a project nobody loads.
    pub(super) inherited: bool,
}

impl<'t> Value<'t> {
    pub(super) fn at(self, node: Node<'t>) -> Self {
        Self { node, ..self }
    }

    /// A scalar, filled in; nothing for null, lists and maps.
    pub(super) fn text(self) -> Option<Cow<'t, str>> {
        match self.node.kind() {
            NodeKind::Null | NodeKind::List | NodeKind::Map => None,
            _ => Some(interpolation::interpolate(self.node.raw(), self.variables)),
        }
    }

    /// The same where it may be shown: nothing if part of it comes from a variable.
    pub(super) fn public_text(self) -> Option<Cow<'t, str>> {
        let text = self.text()?;
        let unfilled = interpolation::interpolate(self.node.raw(), &Variables::default());
        (text == unfilled && !text.contains(interpolation::UNKNOWN)).then_some(text)
    }

    pub(super) fn span(self) -> Span {
        self.node.span()
    }

    pub(super) fn get(self, key: &str) -> Option<Self> {
        self.node.get(key).map(|node| self.at(node))
    }

    pub(super) fn items(self) -> impl Iterator<Item = Self> {
        self.node.items().map(move |item| self.at(item))
    }

    pub(super) fn is_map(self) -> bool {
        self.node.kind() == NodeKind::Map
    }

    pub(super) fn is_list(self) -> bool {
        self.node.kind() == NodeKind::List
    }

    pub(super) fn is_true(self) -> bool {
        self.text().is_some_and(|text| text == "true")
    }
}

/// The descriptions of one thing, the weakest first. Empty where nothing is said.
#[derive(Clone, Default, Debug)]
pub(super) struct Layers<'t>(Vec<Value<'t>>);

impl<'t> Layers<'t> {
    /// Lays a value over the others. Null says nothing; `!reset` takes away what was said, `!override` replaces it.
    pub(super) fn push(&mut self, value: Value<'t>) {
        match value.node.tag() {
            Some("!reset") => return self.0.clear(),
            Some("!override") => self.0.clear(),
            _ => {}
        }
        if value.node.kind() != NodeKind::Null {
            self.0.push(value);
        }
    }

    pub(super) fn get(&self, key: &str) -> Self {
        let mut found = Self::default();
        for value in self.0.iter().filter_map(|layer| layer.get(key)) {
            found.push(value);
        }
        found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Value<'t>> {
        self.0.iter().copied()
    }

    /// What counts where descriptions replace each other.
    pub(super) fn last(&self) -> Option<Value<'t>> {
        self.0.last().copied()
    }

    /// The scalar that counts, filled in.
    pub(super) fn text(&self) -> Option<(Cow<'t, str>, Span)> {
        let value = self.last()?;
        Some((value.text()?, value.span()))
    }

    /// The items of all lists, where descriptions add to each other.
    pub(super) fn items(&self) -> impl Iterator<Item = Value<'t>> {
        self.0.iter().flat_map(|layer| layer.items())
    }

    /// The values of all maps, each name once, in the order in which names first appear.
    pub(super) fn values(&self) -> impl Iterator<Item = Self> + use<'t> {
        let mut values: IndexMap<&str, Self> = IndexMap::new();
        for layer in &self.0 {
            for entry in layer.node.entries() {
                values.entry(entry.key.text).or_default().push(layer.at(entry.value));
            }
        }
        values.into_values()
    }
}
