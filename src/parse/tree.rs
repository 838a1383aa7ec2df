//! The spanned tree and the cursor that walks it.
//!
//! Nodes lie in one arena and refer to each other by index. An alias is a node that names its target, so a file of
//! nested aliases costs what it costs to write, whatever it would expand to.

use super::scalar;
use crate::sources::Span;
use std::collections::BTreeSet;
use std::fmt;

/// Everything one file says.
#[derive(Default, Debug)]
pub struct Tree {
    pub(super) nodes: Vec<NodeData>,
    /// Of the few nodes that have one, in the order of nodes.
    pub(super) tags: Vec<(u32, Slice)>,
    pub(super) items: Vec<u32>,
    pub(super) entries: Vec<EntryData>,
    /// The text of all scalars and tags, end to end.
    pub(super) text: String,
    pub(super) roots: Vec<u32>,
    pub(super) comments: Vec<Comment>,
}

impl Tree {
    /// The documents that hold something and could be read, in order.
    pub fn documents(&self) -> impl Iterator<Item = Node<'_>> {
        self.roots.iter().map(|root| Node::reach(self, *root, NONE))
    }

    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }
}

/// A `# comment`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment {
    /// From the `#` to the end of the line.
    pub span: Span,
    /// What follows the `#`, trimmed.
    pub text: String,
    /// Nothing but space stands before it on its line.
    pub own_line: bool,
}

/// Identity of the place where a node is written, within one tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(u32);

/// Nodes to read past, because something is wrong with them.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Skip(BTreeSet<NodeId>);

impl Skip {
    /// Skips this node in this place, or with [`Node::id`] wherever it is used.
    pub fn insert(&mut self, id: NodeId) -> bool {
        self.0.insert(id)
    }

    /// Whether the entry or item that holds this node is to be left out.
    pub fn holds(&self, node: Node<'_>) -> bool {
        !self.0.is_empty() && (self.0.contains(&node.id()) || self.0.contains(&node.use_id()))
    }

    pub fn extend(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The value of a node by the core schema of YAML 1.2.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum NodeKind<'t> {
    Null,
    Bool(bool),
    Integer(i64),
    /// Also a whole number outside `i64`, and `.inf` and `.nan`.
    Float(f64),
    /// Everything quoted, and everything unquoted that is nothing else.
    Text(&'t str),
    List,
    Map,
}

/// A key as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key<'t> {
    pub text: &'t str,
    pub span: Span,
}

/// One `key: value` of a map.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'t> {
    pub key: Key<'t>,
    pub value: Node<'t>,
    /// The `*x` of the `<<: *x` that brought the entry into this map; the map itself for `<<: {…}`.
    pub merged_at: Option<Span>,
}

/// A cursor on one node. Aliases are followed: the cursor is on what they name, and knows how it came there.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: u32,
    /// The alias node, or merged map, nearest to this node on the way from the root.
    via: u32,
}

impl<'t> Node<'t> {
    pub fn kind(self) -> NodeKind<'t> {
        match self.data().shape {
            Shape::List(_) => NodeKind::List,
            Shape::Map(_) => NodeKind::Map,
            Shape::Plain(text) => scalar::resolve(self.tree.slice(text)),
            Shape::Quoted(text) => NodeKind::Text(self.tree.slice(text)),
            Shape::Alias(_) => NodeKind::Null,
        }
    }

    /// The text of a scalar after unescaping and folding; empty for a collection and for an implicit null.
    pub fn raw(self) -> &'t str {
        self.tree.raw(self.id)
    }

    /// Where the node is written.
    ///
    /// A flow collection covers its brackets, a block collection runs from its first key or dash to the end of its last
    /// value, a block scalar starts at its `|` or `>`. Empty only for an implicit null.
    pub fn span(self) -> Span {
        self.data().span
    }

    /// The alias `*x`, or what was merged by `<<`, through which this node or one that holds it was reached.
    pub fn used_at(self) -> Option<Span> {
        (self.via != NONE).then(|| self.tree.nodes[self.via as usize].span)
    }

    /// Identity of the definition: the same however the node was reached.
    pub fn id(self) -> NodeId {
        NodeId(self.id)
    }

    /// Identity of the use: that of the alias if the node stands here through an alias of its own, else [`Node::id`].
    pub fn use_id(self) -> NodeId {
        match self.tree.nodes.get(self.via as usize).map(|via| via.shape) {
            Some(Shape::Alias(target)) if target == self.id => NodeId(self.via),
            _ => NodeId(self.id),
        }
    }

    pub fn is_quoted(self) -> bool {
        matches!(self.data().shape, Shape::Quoted(_))
    }

    /// The tag as written: `!reset`, `!!str`.
    pub fn tag(self) -> Option<&'t str> {
        let at = self.tree.tags.binary_search_by_key(&self.id, |(node, _)| *node).ok()?;
        Some(self.tree.slice(self.tree.tags[at].1))
    }

    /// The entries of a map, own ones in the order written, then merged ones, each key once. Nothing for other nodes.
    pub fn entries(self) -> impl Iterator<Item = Entry<'t>> {
        let entries: &'t [EntryData] = match self.data().shape {
            Shape::Map(range) => &self.tree.entries[range.bounds()],
            _ => &[],
        };
        entries.iter().map(move |entry| self.entry_at(entry))
    }

    /// The items of a list. Nothing for other nodes.
    pub fn items(self) -> impl Iterator<Item = Node<'t>> {
        let items: &'t [u32] = match self.data().shape {
            Shape::List(range) => &self.tree.items[range.bounds()],
            _ => &[],
        };
        items.iter().map(move |item| Node::reach(self.tree, *item, self.via))
    }

    pub fn get(self, key: &str) -> Option<Node<'t>> {
        self.entry(key).map(|entry| entry.value)
    }

    pub fn entry(self, key: &str) -> Option<Entry<'t>> {
        self.entries().find(|entry| entry.key.text == key)
    }

    fn reach(tree: &'t Tree, id: u32, via: u32) -> Self {
        match tree.nodes[id as usize].shape {
            Shape::Alias(target) => Self { tree, id: target, via: id },
            _ => Self { tree, id, via },
        }
    }

    fn entry_at(self, entry: &EntryData) -> Entry<'t> {
        let merged = entry.merged_at != NONE;
        let via = if merged { entry.merged_at } else { self.via };
        let key = &self.tree.nodes[entry.key as usize];
        Entry {
            key: Key { text: self.tree.raw(entry.key), span: key.span },
            value: Node::reach(self.tree, entry.value, via),
            merged_at: merged.then(|| self.tree.nodes[entry.merged_at as usize].span),
        }
    }

    fn data(self) -> &'t NodeData {
        &self.tree.nodes[self.id as usize]
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.kind(), self.span())
    }
}

/// No node: the file limit keeps every index far below it.
pub(super) const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub(super) struct NodeData {
    pub(super) span: Span,
    pub(super) shape: Shape,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// A scalar whose text decides its type.
    Plain(Slice),
    /// A scalar that is text.
    Quoted(Slice),
    List(Slice),
    Map(Slice),
    /// Never to another alias.
    Alias(u32),
}

/// A range of one of the tree's pools.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Slice {
    fn bounds(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct EntryData {
    /// A scalar, or an alias to one.
    pub(super) key: u32,
    pub(super) value: u32,
    pub(super) merged_at: u32,
}

impl Tree {
    pub(super) fn slice(&self, range: Slice) -> &str {
        &self.text[range.bounds()]
    }

    /// The text of a scalar, also through an alias.
    pub(super) fn raw(&self, id: u32) -> &str {
        match self.nodes[id as usize].shape {
            Shape::Plain(text) | Shape::Quoted(text) => self.slice(text),
            Shape::Alias(target) => match self.nodes[target as usize].shape {
                Shape::Plain(text) | Shape::Quoted(text) => self.slice(text),
                _ => "",
            },
            _ => "",
        }
    }

    pub(super) fn entries_of(&self, id: u32) -> Option<&[EntryData]> {
        match self.nodes[id as usize].shape {
            Shape::Map(range) => Some(&self.entries[range.bounds()]),
            _ => None,
        }
    }

    pub(super) fn items_of(&self, id: u32) -> Option<&[u32]> {
        match self.nodes[id as usize].shape {
            Shape::List(range) => Some(&self.items[range.bounds()]),
            _ => None,
        }
    }

    /// What an alias names; any other node is itself.
    pub(super) fn resolve(&self, id: u32) -> u32 {
        match self.nodes[id as usize].shape {
            Shape::Alias(target) => target,
            _ => id,
        }
    }
}
