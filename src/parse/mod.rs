//! Bytes to a tree in which every node knows where it was written.
//!
//! Everything later points at spans of this tree, so nothing that was written may be lost silently: what cannot enter
//! the tree is a [`Problem`]. A broken document is left out whole; a broken entry is left out alone.

mod by_kind;
mod composer;
mod decode;
mod deserialize;
mod json;
mod scalar;
mod spanned;
mod syntax;
mod template;
mod tree;

pub use by_kind::{ByKind, Unread, by_kind};
pub use deserialize::{Mismatch, deserialize};
pub use json::to_json;
pub use spanned::Spanned;
pub use tree::{Comment, Entry, Key, Node, NodeId, NodeKind, Skip, Tree};

use crate::problem::Problem;
use crate::sources::{SourceId, Sources};

/// What one design may cost. Input is untrusted: a pull request from a fork.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    pub file_bytes: usize,
    /// Maps and lists inside each other, also those reached through aliases. At most [`Limits::DEEPEST`], whatever is
    /// asked for: later stages recurse over the tree.
    pub depth: usize,
    /// How often aliases are followed when the whole file is written out.
    pub alias_expansions: usize,
    /// Of one design, all files together.
    pub components: usize,
}

impl Limits {
    pub const DEEPEST: usize = 256;
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 32 << 20, depth: 128, alias_expansions: 10_000, components: 100_000 }
    }
}

/// One file, read.
#[derive(Debug)]
pub struct Parsed {
    pub source: SourceId,
    pub tree: Tree,
    /// Sorted by place.
    pub problems: Vec<Problem>,
}

/// Adds a file to `sources` and parses it. Never fails: a file that cannot be read at all is an empty tree and a problem.
///
/// The file's text becomes part of `sources` with bad bytes replaced, so that problems can show it; of a file over the
/// size limit only the first line is kept.
pub fn parse(sources: &mut Sources, name: &str, bytes: &[u8], limits: &Limits) -> Parsed {
    let text = match decode::decode(bytes, limits) {
        Ok(text) => text,
        Err(refused) => {
            let source = add_or_last(sources, name, &refused.shown);
            let problem = refused.problem(sources.get(source));
            return Parsed { source, tree: Tree::default(), problems: vec![problem] };
        }
    };
    let Ok(source) = sources.add(name, text) else {
        let refused = decode::Refused::no_room(bytes);
        let source = add_or_last(sources, name, &refused.shown);
        let problem = refused.problem(sources.get(source));
        return Parsed { source, tree: Tree::default(), problems: vec![problem] };
    };
    let (tree, mut problems) = composer::compose(sources.get(source), limits);
    problems.sort_by_key(Problem::primary);
    Parsed { source, tree, problems }
}

/// When the offset space is full to the last byte, problems point at the file that filled it.
fn add_or_last(sources: &mut Sources, name: &str, text: &str) -> SourceId {
    sources
        .add(name, text)
        .or_else(|_| sources.add(name, ""))
        .unwrap_or_else(|_| sources.last().expect("the offset space can only be full after a file was added"))
}

#[cfg(test)]
mod tests;
