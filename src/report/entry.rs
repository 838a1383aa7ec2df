//! Findings and problems as one list, for the formats that have one shape for both.

use super::text::{escape, escape_lines};
use crate::finding::{Applicability, Edit, Finding, Severity};
use crate::problem::{Problem, ProblemSeverity};
use crate::review::Review;
use crate::sources::Span;
use std::borrow::Cow;
use std::collections::HashMap;

/// One thing to report at a place.
#[derive(Clone, Copy)]
pub(super) enum Entry<'a> {
    Finding(&'a Finding),
    Problem(&'a Problem),
}

/// By place; at one place problems come first.
pub(super) fn by_place(review: &Review) -> Vec<Entry<'_>> {
    let mut entries = entries(review);
    entries.sort_by_key(Entry::at);
    entries
}

/// By severity, then as [`by_place`]; of one severity problems come first, because what was not read was not judged.
pub(super) fn worst_first(review: &Review) -> Vec<Entry<'_>> {
    let mut entries = by_place(review);
    entries.sort_by_key(|entry| (entry.severity(), matches!(entry, Entry::Finding(_))));
    entries
}

fn entries(review: &Review) -> Vec<Entry<'_>> {
    let problems = review.problems.iter().map(Entry::Problem);
    problems.chain(review.findings.iter().map(Entry::Finding)).collect()
}

impl<'a> Entry<'a> {
    pub(super) fn at(&self) -> Span {
        match self {
            Self::Finding(finding) => finding.primary(),
            Self::Problem(problem) => problem.primary(),
        }
    }

    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::Finding(finding) => finding.severity,
            Self::Problem(problem) => match problem.severity {
                ProblemSeverity::Error => Severity::Error,
                ProblemSeverity::Warning => Severity::Warning,
            },
        }
    }

    /// The rule, or the code of the problem.
    pub(super) fn code(&self) -> Cow<'a, str> {
        match self {
            Self::Finding(finding) => escape(&finding.rule),
            Self::Problem(problem) => Cow::Borrowed(problem.code),
        }
    }

    /// On one line, without characters that cannot be printed.
    pub(super) fn message(&self) -> Cow<'a, str> {
        match self {
            Self::Finding(finding) => escape(&finding.message),
            Self::Problem(problem) => escape(&problem.message),
        }
    }

    /// `rule: message`, where a reader is not shown the rule otherwise.
    pub(super) fn headline(&self) -> String {
        format!("{}: {}", self.code(), self.message())
    }

    pub(super) fn url(&self) -> Option<&'a str> {
        match self {
            Self::Finding(finding) => finding.url.as_deref(),
            Self::Problem(_) => None,
        }
    }

    /// Marked places other than the primary one.
    pub(super) fn related(&self) -> Vec<(Span, &'a str)> {
        match self {
            Self::Finding(finding) => finding.labels.iter().skip(1).map(|label| (label.span, &*label.text)).collect(),
            Self::Problem(problem) => {
                problem.labels.iter().skip(1).map(|(span, text)| (*span, text.as_str())).collect()
            }
        }
    }

    /// Why it matters and what to do, a paragraph each, with the keyword of the human format.
    pub(super) fn advice(&self) -> Vec<String> {
        let said = match self {
            Self::Finding(finding) => vec![("why", &*finding.why), ("fix", &*finding.fix)],
            Self::Problem(problem) => problem.help.iter().map(|help| ("help", help.as_str())).collect(),
        };
        let said = said.into_iter().filter(|(_, text)| !text.trim().is_empty());
        said.map(|(keyword, text)| format!("{keyword}: {}", escape_lines(text.trim_end()))).collect()
    }

    /// The message and the advice, for readers who are shown nothing else.
    pub(super) fn body(&self) -> String {
        let mut paragraphs = vec![self.message().into_owned()];
        paragraphs.extend(self.advice());
        paragraphs.join("\n\n")
    }

    /// Changes that need no decision: readers of these formats apply what they are given.
    pub(super) fn safe_edits(&self) -> impl Iterator<Item = &'a Edit> {
        let edits: &'a [Edit] = match self {
            Self::Finding(finding) => &finding.edits,
            Self::Problem(_) => &[],
        };
        edits.iter().filter(|edit| edit.applicability == Applicability::Safe)
    }

    /// Names what is wrong with what, never where.
    fn fingerprint(&self) -> String {
        match self {
            Self::Finding(finding) => finding.fingerprint(),
            Self::Problem(problem) => format!("{}:{}", problem.code, problem.message),
        }
    }
}

/// Fingerprints that differ from each other, in the order of the entries. The same component may exist in several designs
/// of one review: what shares a fingerprint is numbered.
pub(super) fn fingerprints(entries: &[Entry]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut unique = |entry: &Entry| {
        let fingerprint = entry.fingerprint();
        let number = seen.entry(fingerprint.clone()).and_modify(|number| *number += 1).or_insert(1);
        if *number == 1 { fingerprint } else { format!("{fingerprint}#{number}") }
    };
    entries.iter().map(&mut unique).collect()
}
