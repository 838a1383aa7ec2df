//! Findings of one rule told at once: people read a rule once, however many subjects it finds.

use crate::finding::{Finding, Severity, Subject};
use indexmap::IndexMap;
use rayon::prelude::*;

/// Findings of one rule and severity; never empty, in the order of the review.
pub(super) struct Group<'a> {
    pub findings: Vec<&'a Finding>,
}

/// Places marked in one group.
pub(super) const MARKED: usize = 5;
/// Further messages printed in one group, if they differ.
const MESSAGES: usize = 4;
/// Further subjects named in one group.
const NAMES: usize = 10;

/// In the order of each group's first finding.
pub(super) fn groups(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: IndexMap<(&str, Severity), Vec<&Finding>> = IndexMap::new();
    for finding in findings {
        groups.entry((&finding.rule, finding.severity)).or_default().push(finding);
    }
    groups.into_values().map(|findings| Group { findings }).collect()
}

impl<'a> Group<'a> {
    /// The finding whose message, reason and remedy stand for all.
    pub(super) fn first(&self) -> &'a Finding {
        self.findings[0]
    }

    /// What is said of the other subjects, one entry each. Messages that differ in nothing but names are not repeated.
    pub(super) fn others(&self) -> Vec<String> {
        let others = &self.findings[1..];
        if others.is_empty() {
            return vec![];
        }
        let pattern: Vec<Word<'_>> = pattern(self.first()).collect();
        let names_subject = pattern.iter().any(|word| matches!(word, Word::Name(_)));
        if names_subject && others.par_iter().all(|other| self::pattern(other).eq(pattern.iter().copied())) {
            return vec![format!("the same holds for {}", names(others))];
        }
        let mut said: Vec<String> = others.iter().take(MESSAGES).map(|finding| finding.message.clone()).collect();
        if let Some(rest @ [_, ..]) = others.get(MESSAGES..) {
            said.push(format!("{} more: {}", rest.len(), names(rest)));
        }
        said
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word<'a> {
    /// The part of the subject that is named.
    Name(usize),
    Other(&'a str),
}

/// The message with the subject's names taken out.
fn pattern(finding: &Finding) -> impl Iterator<Item = Word<'_>> {
    let id = finding.subject.id();
    let parts = match &finding.subject {
        Subject::Dependency(_) => id.split_once("->"),
        Subject::Group(_) => id.split_once('/'),
        _ => None,
    };
    finding.message.split('`').enumerate().map(move |(index, word)| {
        let is_name = index % 2 == 1;
        let mut names = std::iter::once(id).chain(parts.into_iter().flat_map(|(one, other)| [one, other]));
        let named = if is_name { names.position(|name| name == word) } else { None };
        named.map_or(Word::Other(word), Word::Name)
    })
}

fn names(findings: &[&Finding]) -> String {
    let mut names: Vec<String> = findings.iter().take(NAMES).map(|finding| format!("`{}`", finding.subject)).collect();
    if findings.len() > NAMES {
        names.push(format!("{} more", findings.len() - NAMES));
    }
    super::text::list(&names)
}
