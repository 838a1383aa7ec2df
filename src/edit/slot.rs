//! Where something is written, as the keys that lead there: offsets move when a file is changed, names do not.

use crate::parse::{Entry, Node, NodeId, NodeKind, Tree};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// The way to an entry of a map, or to a name in a list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Slot {
    pub document: usize,
    /// The keys from the root; in a list, the name itself. Never empty.
    pub path: Vec<String>,
}

impl fmt::Display for Slot {
    /// `api.uses.db`: without the section, which the key says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.get(1..).filter(|path| !path.is_empty()).unwrap_or(&self.path).join("."))
    }
}

/// What a slot leads to.
pub(super) enum Found<'t> {
    Entry(Entry<'t>),
    /// A name in a list.
    Item(Node<'t>, Node<'t>),
}

/// What is written in a tree, ready to be found by slots.
pub(super) struct Written<'t> {
    tree: &'t Tree,
    /// Every node that an alias or a merge leads to.
    shared: BTreeSet<NodeId>,
    /// The entries of maps so large that it takes long to look for one.
    large: BTreeMap<NodeId, HashMap<&'t str, Entry<'t>>>,
}

/// Maps with more entries than this are large.
const LARGE: usize = 32;

impl<'t> Written<'t> {
    pub(super) fn new(tree: &'t Tree) -> Self {
        let mut written = Self { tree, shared: BTreeSet::new(), large: BTreeMap::new() };
        for root in tree.documents() {
            written.collect(root);
        }
        written
    }

    fn collect(&mut self, node: Node<'t>) {
        if node.used_at().is_some() {
            if !self.shared.insert(node.id()) {
                return;
            }
        } else if node.entries().nth(LARGE).is_some() {
            let entries = self.large.entry(node.id()).or_default();
            for entry in node.entries() {
                entries.entry(entry.key.text).or_insert(entry);
            }
        }
        for entry in node.entries() {
            self.collect(entry.value);
        }
        for item in node.items() {
            self.collect(item);
        }
    }

    /// The slots whose names start at these offsets. What is reached through an alias or a merge has no place of its own,
    /// and what is written once and used in several places belongs to none of them.
    pub(super) fn slots(&self, starts: &BTreeSet<u32>) -> BTreeMap<u32, Slot> {
        let mut found = BTreeMap::new();
        for (document, root) in self.tree.documents().enumerate() {
            walk(root, &mut Vec::new(), &mut |start, node, path| {
                if starts.contains(&start) && !self.shared.contains(&node.id()) {
                    found.insert(start, Slot { document, path: path.to_vec() });
                }
            });
        }
        found
    }

    /// What a slot leads to; `None` also for what is shared.
    pub(super) fn find(&self, slot: &Slot) -> Option<Found<'t>> {
        let (name, parents) = slot.path.split_last()?;
        let mut node = self.tree.documents().nth(slot.document)?;
        for parent in parents {
            node = self.own(node, parent)?.value;
        }
        if node.kind() == NodeKind::List {
            let mut named = node.items().filter(|item| is_scalar(*item) && item.raw() == name);
            let item = named.next()?;
            let is_alone = named.next().is_none() && !self.shared.contains(&node.id());
            return is_alone.then_some(Found::Item(node, item));
        }
        self.own(node, name).filter(|entry| !self.shared.contains(&entry.value.id())).map(Found::Entry)
    }

    fn own(&self, map: Node<'t>, key: &str) -> Option<Entry<'t>> {
        match self.large.get(&map.id()) {
            Some(entries) => entries.get(key).copied().filter(is_own),
            None => own(map, key),
        }
    }
}

fn walk<'t>(node: Node<'t>, path: &mut Vec<String>, see: &mut dyn FnMut(u32, Node<'t>, &[String])) {
    for entry in node.entries().filter(|entry| entry.merged_at.is_none()) {
        path.push(entry.key.text.to_owned());
        if entry.value.used_at().is_none() {
            see(entry.key.span.start, entry.value, path);
            walk(entry.value, path, see);
        }
        path.pop();
    }
    for item in node.items().filter(|item| item.used_at().is_none() && is_scalar(*item)) {
        path.push(item.raw().to_owned());
        see(item.span().start, node, path);
        path.pop();
    }
}

pub(super) fn is_scalar(node: Node<'_>) -> bool {
    !matches!(node.kind(), NodeKind::Map | NodeKind::List)
}

/// The entry that is written in this map itself, with a value of its own.
pub(super) fn own<'t>(map: Node<'t>, key: &str) -> Option<Entry<'t>> {
    map.entry(key).filter(is_own)
}

fn is_own(entry: &Entry<'_>) -> bool {
    entry.merged_at.is_none() && entry.value.used_at().is_none()
}
