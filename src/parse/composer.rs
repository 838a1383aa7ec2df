//! Builds the tree from the parser's events; the only file that drives the YAML parser.
//!
//! One pass, no recursion: open collections lie on a stack, and each one's children move into the tree's pools when it
//! closes. Aliases, merge keys and duplicate keys are judged at that moment, when all they refer to is complete.

mod aliases;
mod maps;
mod pieces;

use super::Limits;
use super::syntax;
use super::template;
use super::tree::{Comment, NONE, NodeData, Shape, Slice, Tree};
use crate::problem::Problem;
use crate::sources::{Source, Span};
use aliases::{Anchor, Cost};
use granit_parser::{Event, Options, Parser, ScalarStyle, StructureStyle, Tag, options};
use maps::Keys;
use pieces::Gap;
use std::collections::{HashMap, HashSet};

/// Aliases of large nodes may copy this many nodes (or 32-byte pieces of text) for each expansion allowed.
const COPIES_PER_EXPANSION: u64 = 50;

pub(super) fn compose(source: &Source, limits: &Limits) -> (Tree, Vec<Problem>) {
    match pieces::compose(source, limits) {
        Some(tree) => (tree, Vec::new()),
        None => compose_whole(source, limits),
    }
}

fn compose_whole(source: &Source, limits: &Limits) -> (Tree, Vec<Problem>) {
    let mut parser = Parser::new_from_str_with_options(source.text(), parser_options(limits.depth));
    let mut composer = Composer::new(source, limits);
    loop {
        let step = match parser.next_event() {
            None | Some(Ok((Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => composer.take(event, span),
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(composer.seen);
                let at = source.text().floor_char_boundary(at);
                composer.refuse_syntax(error.kind(), at);
                Step::NextDocument
            }
        };
        if step == Step::NextDocument {
            composer.abandon_document();
            if !matches!(parser.proceed_next_document(), Ok(true)) {
                break;
            }
        }
    }
    composer.finish()
}

fn parser_options(depth: usize) -> Options {
    let depth = depth.min(Limits::DEEPEST);
    options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        max_buffered_comment_events: 100_000,
        // One deeper than allowed, so that the composer meets the first collection that is too deep and can point at it.
        flow_nesting_limit: depth + 1,
        block_nesting_limit: depth + 1,
    }
}

#[derive(PartialEq, Eq)]
enum Step {
    Next,
    /// The document is given up.
    NextDocument,
}

/// A collection whose end has not been seen.
struct Open {
    node: u32,
    is_map: bool,
    /// Where its children start among `Composer::pending`.
    children: usize,
    /// The height of the tallest child so far.
    height: usize,
    anchor: Option<usize>,
    expansions_before: u64,
    copies_before: u64,
}

struct Composer<'s> {
    source: &'s Source,
    depth: usize,
    alias_expansions: u64,
    tree: Tree,
    problems: Vec<Problem>,
    open: Vec<Open>,
    /// Finished children of open collections.
    pending: Vec<u32>,
    /// Of the map that closed last: kept for its room, because there are as many maps as dependencies.
    keys: Keys,
    /// Of the current document.
    anchors: HashMap<usize, Anchor>,
    /// The node that an anchor event would name.
    latest: u32,
    /// End of the last event that holds text.
    seen: usize,
    /// Nodes that stand for nothing: the entry or item that holds one is left out.
    dropped: HashSet<u32>,
    /// Tree sizes at the start of the current document.
    before: Before,
    /// Of the whole file.
    expansions: u64,
    /// Nodes of the file written out, aliases followed.
    copies: u64,
    /// The part of `copies` that aliases caused.
    aliased: u64,
    over_budget: bool,
    /// The root of the current document, if that is no map or list.
    lone_scalar: Option<u32>,
    is_template: bool,
    gap: Gap,
}

#[derive(Default)]
struct Before {
    nodes: usize,
    items: usize,
    entries: usize,
    text: usize,
}

impl<'s> Composer<'s> {
    fn new(source: &'s Source, limits: &Limits) -> Self {
        Self {
            source,
            depth: limits.depth.min(Limits::DEEPEST),
            alias_expansions: limits.alias_expansions as u64,
            tree: Tree::default(),
            problems: Vec::new(),
            open: Vec::new(),
            pending: Vec::new(),
            keys: Keys::default(),
            anchors: HashMap::new(),
            latest: NONE,
            seen: 0,
            dropped: HashSet::new(),
            before: Before::default(),
            expansions: 0,
            copies: 0,
            aliased: 0,
            over_budget: false,
            lone_scalar: None,
            is_template: false,
            gap: Gap::default(),
        }
    }

    fn take(&mut self, event: Event<'_>, at: granit_parser::Span) -> Step {
        let range = at.byte_range().map_or(self.seen..self.seen, |range| self.gap.across(range));
        let tag_range = at.tag_span().and_then(|span| span.byte_range()).map(|range| self.gap.across(range));
        let step = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref(), range.clone(), tag_range)
            }
            Event::SequenceStart(style, anchor, tag) => return self.open(false, style, anchor, tag.as_deref(), range),
            Event::MappingStart(style, anchor, tag) => return self.open(true, style, anchor, tag.as_deref(), range),
            Event::SequenceEnd | Event::MappingEnd => return self.close(range),
            Event::Alias(anchor) => self.alias(anchor, range.clone()),
            Event::UnresolvedAlias(name) => {
                self.unknown_alias(&name, range.clone());
                Step::Next
            }
            Event::Anchor(id, name) => {
                let span = self.span(range.clone());
                if let Some(anchor) = self.anchors.get_mut(&id) {
                    anchor.name = name.into_owned();
                    anchor.span = span;
                }
                return Step::Next;
            }
            Event::Comment(text, _) => {
                let before = &self.source.text()[..range.start];
                let own_line =
                    before.rsplit('\n').next().is_none_or(|line| line.trim_matches([' ', '\t', '\u{feff}']).is_empty());
                let comment = Comment { span: self.span(range), text: text.trim().to_owned(), own_line };
                self.tree.comments.push(comment);
                return Step::Next;
            }
            Event::DocumentStart(is_explicit, _) => {
                if is_explicit {
                    self.seen = self.seen.max(range.end);
                }
                self.start_document();
                return Step::Next;
            }
            Event::DocumentEnd => {
                if let Some(node) = self.lone_scalar.take() {
                    let at = self.tree.nodes[node as usize].span;
                    self.problems.push(syntax::lone_scalar(self.tree.raw(node), at));
                }
                return Step::Next;
            }
            // The start and end of the stream hold nothing.
            _ => return Step::Next,
        };
        self.seen = self.seen.max(range.end);
        step
    }

    fn start_document(&mut self) {
        self.anchors.clear();
        self.open.clear();
        self.pending.clear();
        self.lone_scalar = None;
        let tree = &self.tree;
        self.before = Before {
            nodes: tree.nodes.len(),
            items: tree.items.len(),
            entries: tree.entries.len(),
            text: tree.text.len(),
        };
    }

    fn abandon_document(&mut self) {
        self.tree.nodes.truncate(self.before.nodes);
        self.tree.items.truncate(self.before.items);
        self.tree.entries.truncate(self.before.entries);
        self.tree.text.truncate(self.before.text);
        let kept = u32::try_from(self.before.nodes).unwrap_or(NONE);
        self.tree.tags.retain(|(node, _)| *node < kept);
        self.tree.roots.retain(|root| *root < kept);
        self.start_document();
    }

    fn finish(mut self) -> (Tree, Vec<Problem>) {
        self.tree.comments.sort_by_key(|comment| comment.span);
        (self.tree, self.problems)
    }

    // Nodes

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        range: std::ops::Range<usize>,
        tag_range: Option<std::ops::Range<usize>>,
    ) -> Step {
        let is_plain = style == ScalarStyle::Plain;
        let is_absent = is_plain && range.is_empty();
        let range = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.block_scalar(range),
            _ if is_absent => tag_range.unwrap_or_else(|| self.after_colon(range.start)),
            _ => range,
        };
        let text = self.intern(if is_absent { "" } else { text });
        let core = tag.and_then(Tag::core_suffix);
        let decides_by_text = match core {
            Some("int" | "float" | "bool" | "null") => true,
            Some("str") => false,
            _ => is_plain && tag.is_none_or(|tag| tag.original() != "!"),
        };
        let shape = if decides_by_text { Shape::Plain(text) } else { Shape::Quoted(text) };
        let node = self.push_node(NodeData { span: self.span(range), shape });
        self.tag(node, tag);
        let weight = 1 + u64::from(text.end - text.start) / 32;
        self.copies += weight;
        self.anchor(anchor, node, Some(Cost { height: 0, expansions: 0, copies: weight }));
        self.add_child(node, 0);
        Step::Next
    }

    fn open(
        &mut self,
        is_map: bool,
        style: StructureStyle,
        anchor: usize,
        tag: Option<&Tag>,
        range: std::ops::Range<usize>,
    ) -> Step {
        let is_value = self.open.last().is_some_and(|parent| parent.is_map);
        let is_dashed = !is_map && style == StructureStyle::Block;
        let start = if is_dashed && is_value { self.first_dash(range.start) } else { range.start };
        let end = if style == StructureStyle::Flow { range.end } else { start };
        if self.open.len() >= self.depth {
            let at = self.span(syntax::token_at(self.source.text(), start));
            self.problems.push(too_deep(self.depth, at, "one more map or list starts here"));
            return Step::NextDocument;
        }
        let (expansions_before, copies_before) = (self.expansions, self.copies);
        self.copies += 1;
        let shape =
            if is_map { Shape::Map(Slice { start: 0, end: 0 }) } else { Shape::List(Slice { start: 0, end: 0 }) };
        let node = self.push_node(NodeData { span: self.span(start..end), shape });
        self.tag(node, tag);
        self.anchor(anchor, node, None);
        let anchor = (anchor != 0).then_some(anchor);
        self.open.push(Open {
            node,
            is_map,
            children: self.pending.len(),
            height: 0,
            anchor,
            expansions_before,
            copies_before,
        });
        self.seen = self.seen.max(end);
        Step::Next
    }

    fn close(&mut self, range: std::ops::Range<usize>) -> Step {
        let Some(open) = self.open.pop() else { return Step::Next };
        // Taken whole and given back: a list of its own for each collection would be as many allocations.
        let mut pending = std::mem::take(&mut self.pending);
        let children = &pending[open.children..];
        let index = open.node as usize;
        let start = self.tree.nodes[index].span.start;
        let first = children.first().map_or(start, |child| self.tree.nodes[*child as usize].span.start.min(start));
        let end = if range.is_empty() {
            children.iter().map(|child| self.tree.nodes[*child as usize].span.end).max().unwrap_or(start)
        } else {
            self.span(range.clone()).end
        };
        let end = if children.is_empty() { end } else { end.max(start + self.indicator_length(start)) };
        let span = Span::new(first.min(start), end.max(start));
        self.tree.nodes[index].span = span;
        self.tree.nodes[index].shape = if open.is_map { self.close_map(children) } else { self.close_list(children) };
        pending.truncate(open.children);
        self.pending = pending;
        let height = open.height + 1;
        let cost = Cost {
            height,
            expansions: self.expansions - open.expansions_before,
            copies: self.copies - open.copies_before,
        };
        if let Some(anchor) = open.anchor.and_then(|id| self.anchors.get_mut(&id)) {
            anchor.cost = Some(cost);
        }
        self.seen = self.seen.max(range.end);
        self.add_child(open.node, height);
        Step::Next
    }

    fn close_list(&mut self, children: &[u32]) -> Shape {
        let start = self.tree.items.len();
        let kept = children.iter().filter(|child| !self.dropped.contains(child));
        self.tree.items.extend(kept);
        Shape::List(pool_range(start, self.tree.items.len()))
    }

    fn add_child(&mut self, node: u32, height: usize) {
        match self.open.last_mut() {
            Some(open) => {
                open.height = open.height.max(height);
                self.pending.push(node);
            }
            None => self.add_root(node),
        }
    }

    fn add_root(&mut self, node: u32) {
        let data = self.tree.nodes[node as usize];
        match data.shape {
            Shape::List(_) | Shape::Map(_) => self.tree.roots.push(node),
            Shape::Plain(text) if text.start == text.end && data.span.is_empty() => {}
            Shape::Plain(_) | Shape::Quoted(_) => {
                self.lone_scalar = Some(node);
            }
            Shape::Alias(_) => {}
        }
    }

    // Problems of the whole document

    fn refuse_syntax(&mut self, kind: &granit_parser::ErrorKind, at: usize) {
        let text = self.source.text();
        if let Some(marker) = template::marker_near(text, self.seen.min(at), at) {
            self.refuse_template(&marker);
            return;
        }
        let innermost = self.open.last().map(|open| self.local(self.tree.nodes[open.node as usize].span.start));
        let opened = innermost.filter(|start| matches!(text.as_bytes().get(*start), Some(b'[' | b'{')));
        let spot = syntax::Spot {
            text,
            base: self.source.base(),
            at: at.min(text.len()),
            seen: self.seen.min(at),
            opened,
            depth: self.depth,
        };
        self.problems.push(syntax::problem(kind, &spot));
    }

    fn refuse_template(&mut self, marker: &template::Marker) {
        if !self.is_template {
            self.is_template = true;
            let at = self.span(marker.range.clone());
            self.problems.push(template::Marker::problem(self.source.text(), at));
        }
    }

    // Text and places

    /// A list of one absent item is its dash.
    fn indicator_length(&self, start: u32) -> u32 {
        let rest = &self.source.text()[self.local(start)..];
        u32::from(rest.starts_with(['-', '?', ':']))
    }

    fn push_node(&mut self, node: NodeData) -> u32 {
        self.tree.nodes.push(node);
        index_of(self.tree.nodes.len() - 1)
    }

    fn tag(&mut self, node: u32, tag: Option<&Tag>) {
        if let Some(tag) = tag {
            let text = self.intern(&tag.original());
            self.tree.tags.push((node, text));
        }
    }

    fn intern(&mut self, text: &str) -> Slice {
        let start = self.tree.text.len();
        self.tree.text.push_str(text);
        pool_range(start, self.tree.text.len())
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        let base = self.source.base();
        Span::new(base + index_of(range.start), base + index_of(range.end.max(range.start)))
    }

    fn local(&self, offset: u32) -> usize {
        (offset - self.source.base()) as usize
    }

    /// The parser's range of a block scalar starts at its content and ends after trailing space.
    fn block_scalar(&self, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let text = self.source.text();
        let seen = self.seen.min(range.start);
        let start = syntax::find_indicator(&text[seen..range.start], b"|>").map_or(range.start, |at| seen + at);
        let end = start + text[start..range.end].trim_end().len();
        start..end
    }

    /// The parser puts a list that is not indented below its key at its first item, after the dash.
    fn first_dash(&self, start: usize) -> usize {
        let seen = self.seen.min(start);
        syntax::find_indicator(&self.source.text()[seen..start], b"-").map_or(start, |at| seen + at)
    }

    /// The parser puts an absent value right after its key; a reader looks for it after the colon.
    fn after_colon(&self, at: usize) -> std::ops::Range<usize> {
        let rest = &self.source.text()[at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let at = if rest[blank..].starts_with(':') { at + blank + 1 } else { at };
        at..at
    }
}

fn too_deep(limit: usize, at: Span, label: &str) -> Problem {
    Problem::error("too-deep", format!("maps and lists are nested deeper than the limit of {limit}"), at, label)
        .with_help(if limit < Limits::DEEPEST {
            "raise the limit with `--max-depth`, or nest less"
        } else {
            "nest less"
        })
}

fn pool_range(start: usize, end: usize) -> Slice {
    Slice { start: index_of(start), end: index_of(end) }
}

fn index_of(at: usize) -> u32 {
    u32::try_from(at).expect("files are at most 1 GiB, and a tree holds fewer entries than its file has bytes")
}
