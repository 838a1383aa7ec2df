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
    let mut files: BTreeMap<u32, Opened> = BTreeMap::new();
    for (base, starts) in starts(review, |_| true) {
        if let Some(file) = review.sources.iter().find(|file| file.base() == base) {
            files.insert(base, Opened::new(file, &starts, limits));
        }
    }
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
        let opened = Opened::new(file, &starts, limits);
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
struct Opened {
    text: String,
    parsed: Parsed,
    shared: slot::Shared,
    base: u32,
    slots: BTreeMap<u32, Slot>,
}

impl Opened {
    fn new(file: &Source, starts: &BTreeSet<u32>, limits: &Limits) -> Self {
        let parsed = parse(&mut Sources::default(), file.name(), file.text().as_bytes(), limits);
        let shared = slot::shared(&parsed.tree);
        let slots = slot::find(&parsed.tree, &shared, starts);
        Self { text: file.text().to_owned(), parsed, shared, base: file.base(), slots }
    }

    fn wish(&self, insertion: &Insertion) -> Option<Wish> {
        let slot = self.slots.get(&(insertion.of.start - self.base))?;
        Some(Wish { slot: slot.clone(), keys: insertion.keys.clone(), value: insertion.value.to_owned() })
    }
}

fn edits(finding: &Finding, sources: &Sources, files: &BTreeMap<u32, Opened>) -> Vec<Edit> {
    let edit = |insertion: Insertion| {
        let opened = files.get(&sources.file_of(insertion.of).base())?;
        let change = plan::plan(&opened.parsed.tree, &opened.shared, &opened.text, &opened.wish(&insertion)?)?;
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
