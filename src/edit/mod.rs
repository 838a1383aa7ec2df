//! Changes to files that answer findings: text is added where the tree says it belongs, and everything else is left as it
//! is, comments and layout included.
//!
//! Nothing here invents a fact. What nobody described can be declared open (`todo`), which is safe: the design claims no
//! more than before, and the finding becomes a question. An acceptance is suggested with an empty reason, which is refused
//! until somebody fills it in.

mod block;
mod flow;
mod list;
mod mend;
mod plan;
mod slot;

pub use mend::{Mended, Refused, mend};
pub use slot::Slot;
use slot::Written;

use crate::finding::{Applicability, Edit, Finding, Insertion};
use crate::parse::{Limits, Parsed, parse};
use crate::review::Review;
use crate::sources::{Source, Sources, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A key to write into a file, by the way that leads there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wish {
    pub slot: Slot,
    pub keys: Vec<String>,
    /// As YAML, on one line.
    pub value: String,
}

/// One change of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Change {
    range: Range<usize>,
    text: String,
}

/// Turns what could be written into changes of the files. What cannot be written without touching something else, such as
/// a part that is used in several places, is left out.
pub fn fill(review: &mut Review, limits: &Limits) {
    let starts = starts(review, |_| true);
    let sources = review.sources.iter().filter(|file| starts.contains_key(&file.base()));
    let parsed: BTreeMap<u32, Parsed> = sources.map(|file| (file.base(), read(file, limits))).collect();
    let sources = review.sources.iter().filter_map(|file| Some((file, parsed.get(&file.base())?)));
    let files: BTreeMap<u32, Opened<'_>> =
        sources.map(|(file, parsed)| (file.base(), Opened::new(file, parsed, &starts[&file.base()]))).collect();
    for finding in &mut review.findings {
        finding.edits = edits(finding, &review.sources, &files);
    }
}

/// The safe insertions of a review by the base of the file, ready to be made.
pub fn safe_wishes(review: &Review, limits: &Limits) -> BTreeMap<u32, Vec<Wish>> {
    let is_safe = |insertion: &Insertion| insertion.applicability == Applicability::Safe;
    let mut wishes: BTreeMap<u32, Vec<Wish>> = BTreeMap::new();
    for (base, starts) in starts(review, is_safe) {
        let Some(file) = review.sources.iter().find(|file| file.base() == base) else { continue };
        let parsed = read(file, limits);
        let opened = Opened::new(file, &parsed, &starts);
        let insertions = review.findings.iter().flat_map(Finding::insertions);
        let here = insertions.filter(|insertion| is_safe(insertion) && file.span().contains(insertion.of));
        let list = wishes.entry(base).or_default();
        for insertion in here {
            if let Some(wish) = opened.wish(&insertion).filter(|wish| !list.contains(wish)) {
                list.push(wish);
            }
        }
    }
    wishes
}

/// Where things are named to which something can be added, by the base of their file.
fn starts(review: &Review, fits: impl Fn(&Insertion) -> bool) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut starts: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let insertions = review.findings.iter().flat_map(Finding::insertions);
    for insertion in insertions.filter(|insertion| fits(insertion)) {
        let base = review.sources.file_of(insertion.of).base();
        starts.entry(base).or_default().insert(insertion.of.start - base);
    }
    starts
}

/// A file with the ways to some of the things in it.
struct Opened<'f> {
    text: &'f str,
    written: Written<'f>,
    base: u32,
    slots: BTreeMap<u32, Slot>,
}

/// A file by itself, with places from its own start.
fn read(file: &Source, limits: &Limits) -> Parsed {
    parse(&mut Sources::default(), file.name(), file.text().as_bytes(), limits)
}

impl<'f> Opened<'f> {
    fn new(file: &'f Source, parsed: &'f Parsed, starts: &BTreeSet<u32>) -> Self {
        let written = Written::new(&parsed.tree);
        let slots = written.slots(starts);
        Self { text: file.text(), written, base: file.base(), slots }
    }

    fn wish(&self, insertion: &Insertion) -> Option<Wish> {
        let slot = self.slots.get(&(insertion.of.start - self.base))?;
        Some(Wish { slot: slot.clone(), keys: insertion.keys.clone(), value: insertion.value.to_owned() })
    }
}

fn edits(finding: &Finding, sources: &Sources, files: &BTreeMap<u32, Opened<'_>>) -> Vec<Edit> {
    let edit = |insertion: Insertion| {
        let opened = files.get(&sources.file_of(insertion.of).base())?;
        let change = plan::plan(&opened.written, opened.text, &opened.wish(&insertion)?)?;
        let at = |offset: usize| u32::try_from(offset).ok().map(|offset| opened.base + offset);
        Some(Edit {
            title: match insertion.applicability {
                Applicability::Safe => format!("Declare `{}` open", insertion.keys.join(".")),
                Applicability::Suggested => format!("Accept `{}`: say why between the quotes", finding.rule),
            },
            replaced: Span::new(at(change.range.start)?, at(change.range.end)?),
            text: change.text,
            applicability: insertion.applicability,
        })
    };
    finding.insertions().filter_map(edit).collect()
}
