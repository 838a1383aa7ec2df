//! Anchors and aliases: an alias is kept as a reference, so that what it costs is counted and never paid here.

use super::{COPIES_PER_EXPANSION, Composer, Step, too_deep};
use crate::parse::tree::{NodeData, Shape, Slice};
use crate::problem::{Problem, did_you_mean};
use crate::sources::Span;

/// What an alias needs to know about its target.
pub(super) struct Anchor {
    pub(super) name: String,
    /// The `&name`.
    pub(super) span: Span,
    pub(super) node: u32,
    /// `None` while the node is open.
    pub(super) cost: Option<Cost>,
}

#[derive(Clone, Copy)]
pub(super) struct Cost {
    pub(super) height: usize,
    pub(super) expansions: u64,
    pub(super) copies: u64,
}

impl Composer<'_> {
    pub(super) fn anchor(&mut self, id: usize, node: u32, cost: Option<Cost>) {
        self.latest = node;
        if id != 0 {
            let span = self.tree.nodes[node as usize].span;
            self.anchors.insert(id, Anchor { name: String::new(), span, node, cost });
        }
    }

    pub(super) fn alias(&mut self, id: usize, range: std::ops::Range<usize>) -> Step {
        let span = self.span(range);
        let Some(anchor) = self.anchors.get(&id) else {
            self.add_dropped(span);
            return Step::Next;
        };
        let Some(cost) = anchor.cost else {
            let message = format!("`*{name}` stands inside `&{name}`, so it would contain itself", name = anchor.name);
            let problem = Problem::error("recursive-alias", message, span, "refers to what holds it")
                .with_label(anchor.span, "begins here")
                .with_help("write the inner part out");
            self.problems.push(problem);
            self.add_dropped(span);
            return Step::Next;
        };
        let target = anchor.node;
        let merged = self.levels_merged();
        if self.open.len() + cost.height > self.depth + merged {
            self.problems.push(
                too_deep(self.depth, span, "what it refers to goes too deep here")
                    .with_label(anchor.span, "defined here"),
            );
            self.add_dropped(span);
            return Step::Next;
        }
        let (expansions, aliased) = (self.expansions + 1 + cost.expansions, self.aliased + cost.copies);
        let limit = self.alias_expansions;
        if expansions > limit || aliased > limit.saturating_mul(COPIES_PER_EXPANSION) {
            if !self.over_budget {
                self.over_budget = true;
                let message = format!("the aliases of this file expand to more than the limit of {limit}");
                let problem = Problem::error(
                    "alias-limit",
                    message,
                    span,
                    "the limit is passed here; this and later aliases are not followed",
                )
                .with_label(anchor.span, "defined here")
                .with_help("raise the limit with `--max-alias-expansions`, or use fewer aliases inside each other");
                self.problems.push(problem);
            }
            self.add_dropped(span);
            return Step::Next;
        }
        self.expansions = expansions;
        self.aliased = aliased;
        self.copies += cost.copies;
        let node = self.push_node(NodeData { span, shape: Shape::Alias(target) });
        self.add_child(node, cost.height.saturating_sub(merged));
        Step::Next
    }

    /// How many levels above what stands here vanish because it is merged: the map whose entries move up, and the list
    /// that names several.
    fn levels_merged(&self) -> usize {
        let is_merged = |children: usize, end: usize| {
            let before = &self.pending[children..end];
            before.len() % 2 == 1 && before.last().is_some_and(|key| self.is_merge_key(*key))
        };
        match self.open.as_slice() {
            [.., map] if map.is_map => usize::from(is_merged(map.children, self.pending.len())),
            [.., map, list] if map.is_map => 2 * usize::from(is_merged(map.children, list.children)),
            _ => 0,
        }
    }

    pub(super) fn unknown_alias(&mut self, name: &str, range: std::ops::Range<usize>) {
        let span = self.span(range);
        // Every name is compared with every anchor: a file of nothing else gets fewer hints.
        let compared = if self.problems.len() < 100 { usize::MAX } else { 0 };
        let mut names: Vec<&str> = self.anchors.values().map(|anchor| anchor.name.as_str()).take(compared).collect();
        names.sort_unstable();
        let help = match did_you_mean(name, names) {
            Some(known) => format!("write `*{known}`"),
            None => format!("define it above, in the same document: `&{name}`"),
        };
        let message = format!("nothing is marked `&{name}` above this");
        self.problems.push(Problem::error("unknown-alias", message, span, "refers to nothing").with_help(help));
        self.add_dropped(span);
    }

    /// Keeps a place for a node that could not be read, so that keys and values stay paired.
    fn add_dropped(&mut self, span: Span) {
        let empty = Slice { start: 0, end: 0 };
        let node = self.push_node(NodeData { span, shape: Shape::Quoted(empty) });
        self.dropped.insert(node);
        if self.open.is_empty() {
            return;
        }
        self.add_child(node, 0);
    }
}
