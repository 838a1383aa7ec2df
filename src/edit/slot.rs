//! Where something is written, as the keys that lead there: offsets move when a file is changed, names do not.

use crate::parse::{Entry, Node, NodeId, NodeKind, Tree};
use std::collections::{BTreeMap, BTreeSet};
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

/// The slots whose names start at these offsets. What is reached through an alias or a merge has no place of its own, and
/// what is written once and used in several places belongs to none of them.
pub(super) fn find(tree: &Tree, shared: &Shared, starts: &BTreeSet<u32>) -> BTreeMap<u32, Slot> {
    let mut found = BTreeMap::new();
    for (document, root) in tree.documents().enumerate() {
        walk(root, &mut Vec::new(), &mut |start, node, path| {
            if starts.contains(&start) && !shared.0.contains(&node.id()) {
                found.insert(start, Slot { document, path: path.to_vec() });
            }
        });
    }
    found
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

/// Every node that an alias or a merge leads to.
pub(super) struct Shared(BTreeSet<NodeId>);

pub(super) fn shared(tree: &Tree) -> Shared {
    fn collect(node: Node<'_>, shared: &mut BTreeSet<NodeId>) {
        if node.used_at().is_some() && !shared.insert(node.id()) {
            return;
        }
        for entry in node.entries() {
            collect(entry.value, shared);
        }
        for item in node.items() {
            collect(item, shared);
        }
    }
    let mut shared = BTreeSet::new();
    for root in tree.documents() {
        collect(root, &mut shared);
    }
    Shared(shared)
}

impl Slot {
    /// `None` also for what is shared.
    pub(super) fn get<'t>(&self, tree: &'t Tree, shared: &Shared) -> Option<Found<'t>> {
        let (name, parents) = self.path.split_last()?;
        let mut node = tree.documents().nth(self.document)?;
        for parent in parents {
            node = own(node, parent)?.value;
        }
        if node.kind() == NodeKind::List {
            let mut named = node.items().filter(|item| is_scalar(*item) && item.raw() == name);
            let item = named.next()?;
            let is_alone = named.next().is_none() && !shared.0.contains(&node.id());
            return is_alone.then_some(Found::Item(node, item));
        }
        own(node, name).filter(|entry| !shared.0.contains(&entry.value.id())).map(Found::Entry)
    }
}

/// The entry that is written in this map itself, with a value of its own.
pub(super) fn own<'t>(map: Node<'t>, key: &str) -> Option<Entry<'t>> {
    map.entry(key).filter(|entry| entry.merged_at.is_none() && entry.value.used_at().is_none())
}
