//! Closing a map: its keys are names, each is given once, and `<<` brings in what other maps say.

use super::{Composer, pool_range};
use crate::parse::syntax;
use crate::parse::template;
use crate::parse::tree::{EntryData, NONE, Shape, Tree};
use crate::problem::Problem;
use std::collections::HashMap;

impl Composer<'_> {
    pub(super) fn close_map(&mut self, children: &[u32]) -> Shape {
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        let start = self.tree.entries.len();
        let mut merge = None;
        for pair in children.chunks_exact(2) {
            let (key, value) = (pair[0], pair[1]);
            if self.dropped.contains(&key) || !self.check_key(key, value) {
                continue;
            }
            let is_merge = self.is_merge_key(key);
            let first = if is_merge { merge.map(|(key, _)| key) } else { keys.find(&self.tree, key) };
            if let Some(first) = first {
                self.duplicate_key(first, key);
            } else if is_merge {
                merge = Some((key, value));
            } else {
                keys.insert(&self.tree, key);
                if !self.dropped.contains(&value) {
                    self.tree.entries.push(EntryData { key, value, merged_at: NONE });
                }
            }
        }
        if let Some((_, value)) = merge.filter(|(_, value)| !self.dropped.contains(value)) {
            self.merge(value, &mut keys);
        }
        self.keys = keys;
        Shape::Map(pool_range(start, self.tree.entries.len()))
    }

    /// Whether a node can be a key; says so if not.
    fn check_key(&mut self, key: u32, value: u32) -> bool {
        let data = self.tree.nodes[self.tree.resolve(key) as usize];
        let at = self.tree.nodes[key as usize].span;
        let what = match data.shape {
            Shape::Plain(_) | Shape::Quoted(_) if !at.is_empty() => return true,
            Shape::Plain(_) | Shape::Quoted(_) => {
                let value = self.tree.nodes[value as usize].span;
                let at = if value.is_empty() {
                    self.span(syntax::token_at(self.source.text(), self.local(at.start)))
                } else {
                    value
                };
                let problem = Problem::error("bad-key", "this entry has no key", at, "the value of no key");
                self.problems.push(problem.with_help("write the key before the `:`"));
                return false;
            }
            Shape::List(_) => "list",
            Shape::Map(_) | Shape::Alias(_) => "map",
        };
        let text = self.source.text();
        if let Some(marker) = template::marker_around(text, self.local(at.start)) {
            self.refuse_template(&marker);
        } else {
            let problem = Problem::error("bad-key", format!("a {what} cannot be a key"), at, "not a name");
            self.problems
                .push(problem.with_help("write a plain name as the key, or quote the value that was meant as text"));
        }
        false
    }

    pub(super) fn is_merge_key(&self, key: u32) -> bool {
        matches!(self.tree.nodes[key as usize].shape, Shape::Plain(text) if self.tree.slice(text) == "<<")
    }

    fn duplicate_key(&mut self, first: u32, second: u32) {
        let name = shortened(self.tree.raw(second));
        let (first_at, second_at) = (self.tree.nodes[first as usize].span, self.tree.nodes[second as usize].span);
        let help = if name == "<<" {
            "merge several maps with one key: `<<: [*a, *b]`".to_owned()
        } else {
            format!("remove or rename one `{name}`; the first is used")
        };
        let problem = Problem::error(
            "duplicate-key",
            format!("the key `{name}` is given twice"),
            second_at,
            "given again, not used",
        );
        self.problems.push(problem.with_label(first_at, "given first").with_help(help));
    }

    /// Adds the entries of what `<<` names: the first map that gives a key wins.
    fn merge(&mut self, value: u32, keys: &mut Keys) {
        let target = self.tree.resolve(value);
        let sources = match self.tree.items_of(target) {
            Some(items) => items.to_vec(),
            None => vec![value],
        };
        let mut told = false;
        for source in sources {
            let target = self.tree.resolve(source);
            let Some(range) = self.tree.entries_of(target).map(<[EntryData]>::len) else {
                if !std::mem::replace(&mut told, true) {
                    self.bad_merge(source);
                }
                continue;
            };
            for at in 0..range {
                // Looked up afresh: reporting and interning need the tree in between.
                let Some(entry) = self.tree.entries_of(target).and_then(|entries| entries.get(at)).copied() else {
                    break;
                };
                if keys.find(&self.tree, entry.key).is_none() {
                    keys.insert(&self.tree, entry.key);
                    self.tree.entries.push(EntryData { merged_at: source, ..entry });
                }
            }
        }
    }

    fn bad_merge(&mut self, value: u32) {
        let what = match self.tree.nodes[self.tree.resolve(value) as usize].shape {
            Shape::List(_) => "a list",
            _ => "a single value",
        };
        let at = self.tree.nodes[value as usize].span;
        let at = if at.is_empty() { self.span(syntax::token_at(self.source.text(), self.local(at.start))) } else { at };
        let problem = Problem::error("bad-merge", format!("`<<` merges maps, not {what}"), at, "not a map");
        self.problems.push(problem.with_help("name a map: `<<: *defaults`, or several: `<<: [*first, *second]`"));
    }
}

/// The keys of one map, by text. A small map is searched, a large one hashed.
#[derive(Default)]
pub(super) struct Keys {
    nodes: Vec<u32>,
    by_text: Option<HashMap<String, u32>>,
}

impl Keys {
    const SEARCHED: usize = 16;

    fn clear(&mut self) {
        self.nodes.clear();
        self.by_text = None;
    }

    fn find(&self, tree: &Tree, key: u32) -> Option<u32> {
        let text = tree.raw(key);
        match &self.by_text {
            Some(by_text) => by_text.get(text).copied(),
            None => self.nodes.iter().copied().find(|node| tree.raw(*node) == text),
        }
    }

    fn insert(&mut self, tree: &Tree, key: u32) {
        self.nodes.push(key);
        if let Some(by_text) = &mut self.by_text {
            by_text.insert(tree.raw(key).to_owned(), key);
        } else if self.nodes.len() > Self::SEARCHED {
            self.by_text = Some(self.nodes.iter().map(|node| (tree.raw(*node).to_owned(), *node)).collect());
        }
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
