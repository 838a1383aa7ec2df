//! JSON pointers of the validator, resolved in the tree.

use crate::parse::{Key, Node, NodeKind, Skip};
use crate::sources::Span;

/// A place in a document.
#[derive(Clone)]
pub(super) struct Place<'t> {
    pub(super) node: Node<'t>,
    /// The nearest key above the node, or its own.
    pub(super) key: Option<Key<'t>>,
    /// Keys from the root.
    pub(super) keys: Vec<&'t str>,
    /// The node is an item of a list, not the value of `key`.
    pub(super) is_item: bool,
    /// Something to point at when the node and its key are empty.
    around: Span,
}

impl<'t> Place<'t> {
    /// Follows a pointer through what is left of the document; stops where it cannot go on.
    pub(super) fn find(document: Node<'t>, pointer: &str, skip: &Skip) -> Self {
        let mut place = Self { node: document, key: None, keys: Vec::new(), is_item: false, around: document.span() };
        for segment in segments(pointer) {
            if !place.enter(&segment, skip) {
                break;
            }
        }
        place
    }

    fn enter(&mut self, segment: &str, skip: &Skip) -> bool {
        if self.node.kind() == NodeKind::List {
            let at = segment.parse().unwrap_or(usize::MAX);
            let Some(item) = self.node.items().filter(|item| !skip.holds(*item)).nth(at) else { return false };
            self.node = item;
            self.is_item = true;
        } else {
            let Some(entry) = self.node.entry(segment) else { return false };
            self.node = entry.value;
            self.key = Some(entry.key);
            self.keys.push(entry.key.text);
            self.is_item = false;
        }
        let at = self.node.span();
        if !at.is_empty() {
            self.around = at;
        } else if self.is_item && at.start > self.around.start {
            // The dash of an empty item.
            self.around = Span::new(at.start - 1, at.start);
        } else if let Some(key) = self.key.filter(|_| !self.is_item) {
            self.around = key.span;
        }
        true
    }

    /// Never empty.
    pub(super) fn span(&self) -> Span {
        self.around
    }

    /// What to point at when something about the whole node is wrong: its key, so that a label does not cover pages.
    pub(super) fn head(&self) -> Span {
        if let (Some(key), false) = (self.key, self.is_item) {
            return key.span;
        }
        match self.node.entries().find(|entry| entry.merged_at.is_none()) {
            Some(entry) => entry.key.span,
            None => self.span(),
        }
    }

    /// How a message names the place: `` `timeout` ``.
    pub(super) fn name(&self) -> String {
        match self.key {
            Some(key) => format!("`{}`", shortened(key.text)),
            None => "this file".to_owned(),
        }
    }

    /// What a map or list called `environment` holds may be a secret.
    pub(super) fn is_secret(&self) -> bool {
        let above = if self.is_item { self.keys.len() } else { self.keys.len().saturating_sub(1) };
        self.keys[..above].contains(&"environment")
    }
}

/// At most 40 characters on one line.
pub(super) fn shortened(text: &str) -> String {
    let mut chars = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

/// The parts of a JSON pointer. An empty part is an empty key.
pub(super) fn segments(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~"))
}
