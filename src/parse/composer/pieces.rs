//! Large files are composed in pieces, several at a time.
//!
//! A large design is one long map below one of its top-level keys, an entry a line. Cut between two of these entries,
//! the entries after the cut are YAML by themselves, and so is the file without them; its tree with theirs put in is the
//! tree of the file, node for node. Wherever a file is not as plain as that, and wherever there is anything to tell about
//! it, it is composed in one piece instead: this never says anything of its own.

use super::{Composer, Open, Step, index_of, parser_options};
use crate::parse::Limits;
use crate::parse::tree::{EntryData, NONE, NodeData, Shape, Slice, Tree};
use crate::sources::Source;
use granit_parser::{Event, Parser, StrInput};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes that are worth the effort of another thread.
const WORTHWHILE: usize = 128 << 10;

/// The tree, if the file is large, plain and right, and there are threads for it.
pub(super) fn compose(source: &Source, limits: &Limits) -> Option<Tree> {
    let most = source.text().len() / WORTHWHILE;
    // Only of large files: asking starts the threads.
    let pieces = if most < 2 { 1 } else { most.min(rayon::current_num_threads()) };
    compose_as(source, limits, pieces)
}

fn compose_as(source: &Source, limits: &Limits, pieces: usize) -> Option<Tree> {
    let cut = Cut::new(source, pieces)?;
    let mut parser = Parser::new_from_str_with_options(&cut.rest, parser_options(limits.depth));
    let mut composer = Composer::new(source, limits);
    composer.gap = Gap { at: cut.start(), length: cut.length() };
    let mut parts: Vec<Option<Part>> = cut.parts.iter().map(|_| None).collect();
    // Set when one piece is not plain: work on the others is in vain.
    let vain = AtomicBool::new(false);
    let noted = |is_plain: bool| vain.fetch_or(!is_plain, Ordering::Relaxed);
    let end_of_map = rayon::in_place_scope(|scope| {
        for (part, range) in parts.iter_mut().zip(&cut.parts) {
            scope.spawn(|_| {
                *part = Part::compose(source, limits, range.clone(), cut.indent, &vain);
                noted(part.is_some());
            });
        }
        let end_of_map = up_to_cut(&mut parser, &mut composer, &cut, &vain);
        noted(end_of_map.is_some());
        end_of_map
    });
    let (event, span) = end_of_map?;
    for part in parts {
        part?.join(&mut composer);
    }
    let mut next = composer.take(event, span);
    while next == Step::Next && composer.problems.is_empty() {
        next = match parser.next_event()?.ok()? {
            (Event::StreamEnd, _) => return Some(composer.finish().0),
            (event, span) => composer.take(event, span),
        };
    }
    None
}

/// Composes what stands before the cut. Gives back the event that ends the map that was cut, if that is what the first
/// thing after the cut does.
fn up_to_cut<'t>(
    parser: &mut Parser<'t, StrInput<'t>>,
    composer: &mut Composer<'_>,
    cut: &Cut,
    vain: &AtomicBool,
) -> Option<(Event<'t>, granit_parser::Span)> {
    let at = cut.start();
    while !vain.load(Ordering::Relaxed) {
        let (event, span) = parser.next_event()?.ok()?;
        let range = span.byte_range()?;
        if range.start >= at {
            match event {
                Event::Comment(..) => {}
                Event::MappingEnd | Event::SequenceEnd if range.is_empty() => {
                    if let [_, map] = composer.open.as_slice() {
                        return cut.divides(composer, map).then_some((event, span));
                    }
                }
                _ => return None,
            }
        } else if range.end > at {
            return None;
        }
        if composer.take(event, span) == Step::NextDocument || !composer.problems.is_empty() {
            return None;
        }
    }
    None
}

/// Bytes of the file that the parser does not see, and where they would be. What lies after them lies further on in the
/// file than the parser says.
#[derive(Clone, Copy, Default)]
pub(super) struct Gap {
    at: usize,
    length: usize,
}

impl Gap {
    /// The place in the file of what the parser sees here.
    pub(super) fn across(self, seen: Range<usize>) -> Range<usize> {
        if seen.start >= self.at { seen.start + self.length..seen.end + self.length } else { seen }
    }
}

/// Where a file is cut.
struct Cut {
    /// What is taken out, piece by piece.
    parts: Vec<Range<usize>>,
    /// The file without it.
    rest: String,
    /// Spaces before each entry of the map that is cut.
    indent: usize,
}

impl Cut {
    /// Cuts the longest stretch of indented lines such that the last pieces are of equal size, and the first has the
    /// rest of the file.
    fn new(source: &Source, pieces: usize) -> Option<Self> {
        let text = source.text();
        // Whether a tab is space, text or a mistake depends on what stands around its line.
        if pieces < 2 || text.contains('\t') {
            return None;
        }
        let (lines, end) = longest_stretch(source);
        let indent = lines.clone().find_map(|line| entry_indent(line_from(source, line)))?;
        let starts_entry = |line: &usize| entry_indent(line_from(source, *line)) == Some(indent);
        let mut starts = Vec::new();
        for piece in (1..pieces).rev() {
            let from = end.saturating_sub(text.len() / pieces * piece);
            let first = source.line_of(from).max(lines.start) + 1;
            let start = (first..lines.end).find(starts_entry).map(|line| source.line_start(line))?;
            starts.push(start);
        }
        starts.dedup();
        let ends = starts.iter().copied().skip(1).chain([end]);
        let parts: Vec<_> = starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect();
        let rest = [&text[..*starts.first()?], &text[end..]].concat();
        Some(Self { parts, rest, indent })
    }

    fn start(&self) -> usize {
        self.parts.first().map_or(0, |part| part.start)
    }

    fn length(&self) -> usize {
        self.parts.iter().map(Range::len).sum()
    }

    /// Whether the cut goes between two entries of this map.
    fn divides(&self, composer: &Composer<'_>, map: &Open) -> bool {
        let start = composer.local(composer.tree.nodes[map.node as usize].span.start);
        let line = composer.source.text()[..start].rsplit('\n').next().unwrap_or_default();
        map.is_map
            && line.len() == self.indent
            && line.bytes().all(|byte| byte == b' ')
            && (composer.pending.len() - map.children).is_multiple_of(2)
    }
}

/// The lines between two that are not indented, the most bytes of such, and where they end.
fn longest_stretch(source: &Source) -> (Range<usize>, usize) {
    let mut longest = (0..0, 0..0);
    let mut first = 0;
    for line in 0..=source.line_count() {
        let start = source.line_start(line);
        let goes_on = matches!(source.text().as_bytes().get(start), Some(b' ' | b'#' | b'\n' | b'\r'));
        if !goes_on {
            let from = source.line_start(first);
            if start - from > longest.1.len() {
                longest = (first..line, from..start);
            }
            first = line + 1;
        }
    }
    (longest.0, longest.1.end)
}

fn line_from(source: &Source, line: usize) -> &[u8] {
    &source.text().as_bytes()[source.line_start(line)..]
}

/// How far a line is indented that can be the start of a map's entry.
fn entry_indent(line: &[u8]) -> Option<usize> {
    let indent = line.iter().position(|byte| *byte != b' ')?;
    let byte = line[indent];
    let starts_key = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'"' | b'\'') || !byte.is_ascii();
    (indent > 0 && starts_key).then_some(indent)
}

/// It means the same wherever it stands.
fn is_plain(event: &Event<'_>) -> bool {
    match event {
        Event::Alias(_) | Event::UnresolvedAlias(_) | Event::Anchor(..) | Event::DocumentStart(true, _) => false,
        Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, _, tag) | Event::MappingStart(_, _, tag) => tag.is_none(),
        _ => true,
    }
}

/// Entries of a map, composed apart from it.
struct Part {
    /// The first node is that of the map: it is not one of the file.
    tree: Tree,
    /// Keys and values in turn.
    children: Vec<u32>,
    height: usize,
    copies: u64,
}

impl Part {
    /// `None` if there is anything in it that is not plain: it ends amid something, has something to tell, or the
    /// meaning of something in it is settled elsewhere in the file.
    fn compose(
        source: &Source,
        limits: &Limits,
        range: Range<usize>,
        indent: usize,
        vain: &AtomicBool,
    ) -> Option<Self> {
        // The map that these entries belong to is itself in a map.
        let limits = Limits { depth: limits.depth.min(Limits::DEEPEST).saturating_sub(1), ..*limits };
        let mut parser = Parser::new_from_str_with_options(&source.text()[range.clone()], parser_options(limits.depth));
        let mut composer = Composer::new(source, &limits);
        composer.gap = Gap { at: 0, length: range.start };
        let mut map = None;
        loop {
            match parser.next_event()?.ok()? {
                (event, _) if !is_plain(&event) || vain.load(Ordering::Relaxed) => return None,
                (Event::StreamEnd, _) => break,
                // A value that is absent where the piece ends: what follows in the file decides where that is.
                (Event::Scalar(..), span) if span.byte_range()?.start >= range.len() => return None,
                (Event::MappingEnd, _) if composer.open.len() == 1 => map = composer.open.pop(),
                (event, span) => {
                    if composer.take(event, span) == Step::NextDocument {
                        return None;
                    }
                }
            }
        }
        let Composer { tree, pending: children, problems, copies, .. } = composer;
        let start = source.base() + index_of(range.start + indent);
        let is_map_of_all = tree.nodes.first()?.span.start == start;
        // One of the copies is the map itself.
        let part = Self { height: map?.height, children, copies: copies - 1, tree };
        (is_map_of_all && problems.is_empty()).then_some(part)
    }

    /// Puts the entries at the end of the innermost open map.
    fn join(self, composer: &mut Composer<'_>) {
        let Self { tree: part, children, height, copies } = self;
        let tree = &mut composer.tree;
        let text = index_of(tree.text.len());
        let (items, entries) = (index_of(tree.items.len()), index_of(tree.entries.len()));
        // Without the first, so that no place of the map comes up.
        let nodes = index_of(tree.nodes.len()).wrapping_sub(1);
        let moved = |slice: Slice, by: u32| Slice { start: slice.start + by, end: slice.end + by };
        let node = |id: u32| id.wrapping_add(nodes);
        tree.nodes.extend(part.nodes.iter().skip(1).map(|data| NodeData {
            shape: match data.shape {
                Shape::Plain(slice) => Shape::Plain(moved(slice, text)),
                Shape::Quoted(slice) => Shape::Quoted(moved(slice, text)),
                Shape::List(slice) => Shape::List(moved(slice, items)),
                Shape::Map(slice) => Shape::Map(moved(slice, entries)),
                Shape::Alias(target) => Shape::Alias(node(target)),
            },
            ..*data
        }));
        tree.items.extend(part.items.iter().map(|item| node(*item)));
        tree.entries.extend(part.entries.iter().map(|entry| EntryData {
            key: node(entry.key),
            value: node(entry.value),
            merged_at: if entry.merged_at == NONE { NONE } else { node(entry.merged_at) },
        }));
        tree.text.push_str(&part.text);
        tree.comments.extend(part.comments);
        composer.pending.extend(children.into_iter().map(node));
        composer.copies += copies;
        if let Some(map) = composer.open.last_mut() {
            map.height = map.height.max(height);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;
    use proptest::prelude::*;

    /// Whether the file could be composed in pieces; if so, as it is composed in one.
    fn is_composed(text: &str, pieces: usize, limits: &Limits) -> bool {
        let mut sources = Sources::default();
        // So that offsets are not offsets in the file.
        sources.add("before", "a: 1\n").expect("there is room");
        let id = sources.add("file", text).expect("there is room");
        let Some(tree) = compose_as(sources.get(id), limits, pieces) else { return false };
        let (whole, problems) = super::super::compose_whole(sources.get(id), limits);
        assert_eq!(problems, [], "{text}");
        assert_eq!(format!("{tree:#?}"), format!("{whole:#?}"), "{text}");
        true
    }

    #[test]
    fn plain_designs_are_cut() {
        let limits = Limits::default();
        let entries: Vec<String> = (0..40)
            .map(|at| format!("  c{at}: {{uses: {{a: {{timeout: 1s}}, 'ö': }}}} # note\n  \"d{at}\":\n    tags:\n    - x\n    <<: {{e: f}}\n"))
            .collect();
        let head = "# A\nversion: 1\nx-a: &a {b: *c}\ncomponents: # all\n".replace("*c", "c");
        for tail in ["", "flows:\n  f: {path: [c1]}\n  g: *a\n", "\n# end\n---\nversion: 1\n"] {
            let text = head.clone() + &entries.concat() + tail;
            for pieces in 2..9 {
                assert!(is_composed(&text, pieces, &limits), "{pieces}\n{text}");
                assert!(is_composed(&text.replace('\n', "\r\n"), pieces, &limits), "{pieces}\n{text}");
            }
        }
    }

    /// What can stand after a key, and what decides where something ends.
    const VALUES: &str = r#"1;;x y;|;|+;>2;";';{;};[;];{a: b};[c, d];&e;&e f;*e;!g;!!str 1;# h;"i";j: k;- l;,;? ;o:;	"#;

    /// What can begin a line, next to what a cut looks for.
    const STARTS: &str = "a: ;b: ;'c': ;- ;? ;: ;# ;;---;...;};];\";';%TAG ! x;<<: ;\t";

    fn entry() -> impl Strategy<Value = String> {
        prop::sample::select(VALUES.split(';').collect::<Vec<_>>()).prop_map(|value| format!("  a: {value}\n"))
    }

    fn line() -> impl Strategy<Value = String> {
        let start = prop::sample::select(STARTS.split(';').collect::<Vec<_>>());
        (0..7_usize, start, entry())
            .prop_map(|(indent, start, entry)| format!("{}{}", " ".repeat(indent), entry.replace("  a: ", start)))
    }

    proptest! {
        #[test]
        fn in_pieces_or_in_one_is_the_same(
            head in prop::collection::vec(prop_oneof![2 => Just("a: b\n".to_owned()), 1 => line()], 0..3),
            lines in prop::collection::vec(prop_oneof![3 => Just("  a: b\n".to_owned()), 2 => entry(), 1 => line()], 2..9),
            tail in prop::collection::vec(prop_oneof![2 => Just("a: b\n".to_owned()), 1 => line()], 0..3),
            pieces in 2..4_usize,
            depth in 2..8_usize,
        ) {
            let text = head.concat() + "top:\n  first: 1\n" + &lines.concat() + &tail.concat();
            // Two entries of one name are a mistake, and what holds a mistake is not composed in pieces.
            let mut key = 0..;
            let named = |part: &str| match part.strip_suffix(|last: char| last.is_alphabetic()) {
                Some(before) => format!("{before}k{}:", key.next().expect("it is endless")),
                None => format!("{part}:"),
            };
            let text = text.split(':').map(named).collect::<String>();
            let text = text.trim_end_matches(':');
            is_composed(text, pieces, &Limits { depth, ..Limits::default() });
        }
    }
}
