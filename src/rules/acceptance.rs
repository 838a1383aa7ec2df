//! What a design accepts, and whether the acceptance still means anything.

use super::gate::Known;
use crate::analyse::Analysis;
use crate::finding::{Certainty, Finding, Label, Severity, Subject};
use crate::parse::Comment;
use crate::problem::Problem;
use crate::read::vocabulary::{Accepts, Date};
use crate::sources::{Sources, Span};
use std::collections::{BTreeMap, HashMap};

/// Rules of the engine itself: id, why, fix.
pub(crate) const EXPIRED: &str = "expired-acceptance";
pub(crate) const UNUSED: &str = "unused-acceptance";
pub(crate) const PACK: &str = "acceptance";

/// One rule accepted for one subject, or for one line.
#[derive(Debug)]
pub(crate) struct Accepted {
    rule: String,
    scope: Scope,
    /// What a finding about the acceptance itself is about.
    subject: Subject,
    reason: String,
    /// The rule's name where it is accepted.
    place: Span,
    until: Option<Date>,
    used: bool,
    expired: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Scope {
    Subject(Subject),
    /// A 0-based line of the file that starts at an offset.
    Line {
        base: u32,
        line: usize,
    },
}

/// Every acceptance of a design.
#[derive(Debug, Default)]
pub(crate) struct Acceptances {
    entries: Vec<Accepted>,
    by_scope: HashMap<(String, Scope), Vec<usize>>,
}

/// A finding, as far as accepting it goes.
pub(crate) struct Candidate<'c> {
    pub(crate) rule: &'c str,
    pub(crate) subject: &'c Subject,
    /// Accepting for a component covers what it uses, too: a shorthand such as `uses: [pg]` has no place of its own.
    pub(crate) owner: Option<&'c Subject>,
    pub(crate) primary: Span,
}

impl Acceptances {
    /// Collects what components, dependencies, groups, flows, the design and comments accept.
    pub(crate) fn collect(
        analysis: &Analysis,
        sources: &Sources,
        comments: &[Comment],
        known: &Known<'_>,
        today: &Date,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut all = Self::default();
        let design = &analysis.design;
        let mut add = |accepts: &Accepts, subject: Subject, problems: &mut Vec<Problem>| {
            for (rule, acceptance) in accepts.iter() {
                if !acceptable(&rule.value, rule.span, known, problems) {
                    continue;
                }
                let map = &acceptance.0;
                if map.because.trim().is_empty() {
                    problems.push(no_reason(&rule.value, rule.span));
                    continue;
                }
                let until = map.until.as_ref().map(|until| until.value.clone());
                let expired = until.as_ref().is_some_and(|until| until < today);
                all.entries.push(Accepted {
                    rule: rule.value.clone(),
                    scope: Scope::Subject(subject.clone()),
                    subject: subject.clone(),
                    reason: map.because.trim().to_owned(),
                    place: rule.span,
                    until,
                    used: false,
                    expired,
                });
            }
        };
        for component in design.components.iter().filter(|component| !component.facts.accept.is_empty()) {
            add(&component.facts.accept, Subject::Component(component.name.clone()), problems);
        }
        for id in design.dependency_ids().filter(|id| !design.dependency(*id).facts.accept.is_empty()) {
            add(&design.dependency(id).facts.accept, Subject::Dependency(design.dependency_name(id)), problems);
        }
        for group in &design.groups {
            let name = format!("{}/{}", design.component(group.source).name, group.name);
            add(&group.facts.accept, Subject::Group(name), problems);
        }
        for flow in &design.flows {
            add(&flow.facts.accept, Subject::Flow(flow.name.clone()), problems);
        }
        add(&design.facts.accept, Subject::Design, problems);
        for comment in comments {
            all.comment(analysis, sources, comment, known, problems);
        }
        for (index, entry) in all.entries.iter().enumerate() {
            all.by_scope.entry((entry.rule.clone(), entry.scope.clone())).or_default().push(index);
        }
        all
    }

    /// The reason for which a finding is accepted, if it is.
    pub(crate) fn accept(&mut self, candidate: &Candidate<'_>, sources: &Sources) -> Option<String> {
        if self.entries.is_empty() {
            return None;
        }
        let file = sources.file_of(candidate.primary);
        let line = file.line_of((candidate.primary.start - file.base()) as usize);
        let subjects = std::iter::once(candidate.subject).chain(candidate.owner).cloned().map(Scope::Subject);
        let mut reason = None;
        for scope in subjects.chain([Scope::Line { base: file.base(), line }]) {
            for index in self.by_scope.get(&(candidate.rule.to_owned(), scope)).into_iter().flatten() {
                let entry = &mut self.entries[*index];
                entry.used = true;
                if !entry.expired && reason.is_none() {
                    reason = Some(entry.reason.clone());
                }
            }
        }
        reason
    }

    /// Findings about acceptances that ran out or that match nothing; `ran` says whether a rule was judged.
    pub(crate) fn leftovers(&self, ran: impl Fn(&str) -> bool) -> Vec<Finding> {
        let mut groups: BTreeMap<(Subject, &'static str), Vec<&Accepted>> = BTreeMap::new();
        for entry in &self.entries {
            let subject = entry.subject.clone();
            if entry.expired {
                groups.entry((subject, EXPIRED)).or_default().push(entry);
            } else if !entry.used && ran(&entry.rule) {
                groups.entry((subject, UNUSED)).or_default().push(entry);
            }
        }
        groups.into_iter().map(|((subject, rule), entries)| leftover(rule, subject, &entries)).collect()
    }

    fn comment(
        &mut self,
        analysis: &Analysis,
        sources: &Sources,
        comment: &Comment,
        known: &Known<'_>,
        problems: &mut Vec<Problem>,
    ) {
        let Some(directive) = comment.text.strip_prefix("premortem:") else { return };
        let parts = directive.trim_start().strip_prefix("ignore[").and_then(|rest| rest.split_once(']'));
        let Some((rules, reason)) = parts else {
            problems.push(
                Problem::error(
                    "bad-comment",
                    "this comment says nothing premortem knows",
                    comment.span,
                    "not understood",
                )
                .with_help("Write `# premortem: ignore[rule-id] reason`."),
            );
            return;
        };
        let reason = reason.trim();
        let file = sources.file_of(comment.span);
        let line = target_line(file, (comment.span.start - file.base()) as usize, comment.own_line);
        let near = nearest(analysis, sources, comment.span);
        for rule in rules.split(',').map(str::trim) {
            let place = place_of(sources, comment.span, rule);
            if !acceptable(rule, place, known, problems) {
                continue;
            }
            if reason.is_empty() {
                problems.push(no_reason(rule, place));
                continue;
            }
            self.entries.push(Accepted {
                rule: rule.to_owned(),
                scope: Scope::Line { base: file.base(), line },
                subject: near.clone(),
                reason: reason.to_owned(),
                place,
                until: None,
                used: false,
                expired: false,
            });
        }
    }
}

fn acceptable(rule: &str, place: Span, known: &Known<'_>, problems: &mut Vec<Problem>) -> bool {
    match known.rule(rule) {
        None => {
            problems.push(known.unknown(rule, place));
            false
        }
        Some(false) => {
            problems.push(
                Problem::error("not-acceptable", format!("`{rule}` cannot be accepted"), place, "has no effect")
                    .with_help("Mend what it finds."),
            );
            false
        }
        Some(true) => true,
    }
}

fn no_reason(rule: &str, place: Span) -> Problem {
    Problem::error("missing-reason", format!("`{rule}` is accepted without a reason"), place, "why?")
        .with_help("Say why it is acceptable, for whoever reads this next.")
}

/// The line a comment speaks of: its own, or the next that is neither empty nor a comment.
fn target_line(file: &crate::sources::Source, offset: usize, own_line: bool) -> usize {
    let mut line = file.line_of(offset);
    if own_line {
        line += 1;
        while line < file.line_count() {
            let text = file.line_text(line).trim_start();
            if !text.is_empty() && !text.starts_with('#') {
                break;
            }
            line += 1;
        }
    }
    line
}

/// The component or flow whose definition starts last before a comment.
fn nearest(analysis: &Analysis, sources: &Sources, comment: Span) -> Subject {
    let base = sources.file_of(comment).base();
    let design = &analysis.design;
    let components = design.components.iter().map(|part| (part.place, Subject::Component(part.name.clone())));
    let flows = design.flows.iter().filter(|flow| !flow.implicit);
    let flows = flows.map(|part| (part.place, Subject::Flow(part.name.clone())));
    let before = |place: &Span| place.start <= comment.start && place.start >= base;
    components
        .chain(flows)
        .filter(|(place, _)| before(place))
        .max_by_key(|(place, _)| place.start)
        .map_or(Subject::Design, |(_, subject)| subject)
}

fn place_of(sources: &Sources, comment: Span, rule: &str) -> Span {
    let found = sources.text(comment).find(rule).filter(|_| !rule.is_empty());
    found.map_or(comment, |at| {
        let start = comment.start + u32::try_from(at).unwrap_or(0);
        Span::new(start, start + u32::try_from(rule.len()).unwrap_or(0))
    })
}

fn leftover(rule: &'static str, subject: Subject, entries: &[&Accepted]) -> Finding {
    let names: Vec<String> = entries.iter().map(|entry| format!("`{}`", entry.rule)).collect();
    let names = super::sentence::join(&names);
    let label = |entry: &&Accepted| Label {
        span: entry.place,
        text: match &entry.until {
            Some(until) if rule == EXPIRED => format!("accepted until {until}"),
            _ => format!("nothing finds `{}` here", entry.rule),
        },
    };
    let (message, why, fix) = if rule == EXPIRED {
        (
            format!("the acceptance of {names} has run out"),
            "A risk that was accepted for a while is open again.",
            "Mend what was accepted, or accept it anew with a later `until`.",
        )
    } else {
        (
            format!("the acceptance of {names} accepts nothing"),
            "It would hide the next such weakness in the same place.",
            "Remove the acceptance.",
        )
    };
    Finding {
        rule: rule.to_owned(),
        pack: PACK.to_owned(),
        severity: Severity::Warning,
        certainty: Certainty::Declared,
        subject,
        message,
        why: why.to_owned(),
        fix: fix.to_owned(),
        labels: entries.iter().map(label).collect(),
        notes: Vec::new(),
        path: Vec::new(),
        event: None,
        url: None,
        accepted: None,
        insertions: Vec::new(),
        edits: Vec::new(),
    }
}
