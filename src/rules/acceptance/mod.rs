//! What a design accepts, and whether the acceptance still means anything.

mod comment;
mod leftover;
mod listed;

pub use listed::{Listed, ListedUse};
pub(crate) use listed::{leftovers, subjects};

use super::gate::Known;
use crate::analyse::Analysis;
use crate::finding::{Accepted, Finding, Subject};
use crate::parse::Comment;
use crate::problem::Problem;
use crate::read::vocabulary::{Accepts, Date};
use crate::sources::{Sources, Span};
use std::collections::{BTreeMap, HashMap};

/// Rules of the engine itself.
pub(crate) const EXPIRED: &str = "expired-acceptance";
pub(crate) const UNUSED: &str = "unused-acceptance";
pub(crate) const PACK: &str = "acceptance";

/// One rule accepted for one subject, or for one line.
#[derive(Debug)]
struct Entry {
    rule: String,
    scopes: Vec<Scope>,
    /// What a finding about the acceptance itself is about.
    subject: Subject,
    accepted: Accepted,
    used: bool,
    expired: bool,
    /// Where it stands in the list of the settings, if it stands there.
    listed: Option<usize>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Scope {
    Subject(Subject),
    /// Whatever has this name.
    Named(String),
    /// A 0-based line of the file that starts at an offset.
    Line {
        base: u32,
        line: usize,
    },
}

/// Every acceptance of a design.
#[derive(Debug, Default)]
pub(crate) struct Acceptances {
    entries: Vec<Entry>,
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
    /// Collects what components, dependencies, groups, flows, the design, comments and the settings accept, and the mistakes
    /// in it.
    pub(crate) fn collect(
        analysis: &Analysis,
        sources: &Sources,
        comments: &[Comment],
        listed: &[Listed],
        known: &Known<'_>,
        today: &Date,
    ) -> (Self, Vec<Problem>) {
        let mut all = Self::default();
        let mut mistakes = Vec::new();
        let problems = &mut mistakes;
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
                let accepted = Accepted {
                    because: map.because.trim().to_owned(),
                    until: map.until.as_ref().map(|until| until.value.clone()),
                    by: map.by.clone(),
                    place: rule.span,
                };
                all.entries.push(Entry::new(
                    &rule.value,
                    vec![Scope::Subject(subject.clone())],
                    subject.clone(),
                    accepted,
                ));
            }
        };
        for component in design.components.iter().filter(|component| !component.facts.accept.is_empty()) {
            add(&component.facts.accept, Subject::Component(component.name.as_str().into()), problems);
        }
        for id in design.dependency_ids().filter(|id| !design.dependency(*id).facts.accept.is_empty()) {
            add(&design.dependency(id).facts.accept, Subject::Dependency(design.dependency_name(id).into()), problems);
        }
        for group in &design.groups {
            let name = format!("{}/{}", design.component(group.source).name, group.name);
            add(&group.facts.accept, Subject::Group(name.into()), problems);
        }
        for flow in &design.flows {
            add(&flow.facts.accept, Subject::Flow(flow.name.as_str().into()), problems);
        }
        add(&design.facts.accept, Subject::Design, problems);
        for comment in comments {
            all.entries.extend(comment::read(analysis, sources, comment, known, problems));
        }
        all.entries.extend(listed::entries(listed, known));
        for (index, entry) in all.entries.iter_mut().enumerate() {
            entry.expired = entry.accepted.until.as_ref().is_some_and(|until| until < today);
            for scope in &entry.scopes {
                all.by_scope.entry((entry.rule.clone(), scope.clone())).or_default().push(index);
            }
        }
        (all, mistakes)
    }

    /// Why and by whom a finding is accepted, if it is.
    pub(crate) fn accept(&mut self, candidate: &Candidate<'_>, sources: &Sources) -> Option<Accepted> {
        if self.entries.is_empty() {
            return None;
        }
        let file = sources.file_of(candidate.primary);
        let line = file.line_of((candidate.primary.start - file.base()) as usize);
        let subjects = std::iter::once(candidate.subject).chain(candidate.owner).cloned().map(Scope::Subject);
        let named = Scope::Named(candidate.subject.id().to_owned());
        let mut accepted = None;
        for scope in subjects.chain([Scope::Line { base: file.base(), line }, named]) {
            for index in self.by_scope.get(&(candidate.rule.to_owned(), scope)).into_iter().flatten() {
                let entry = &mut self.entries[*index];
                entry.used = true;
                if !entry.expired && accepted.is_none() {
                    accepted = Some(entry.accepted.clone());
                }
            }
        }
        accepted
    }

    /// Findings about acceptances of the design that ran out or that match nothing; `ran` says whether a rule was judged.
    pub(crate) fn leftovers(&self, ran: impl Fn(&str) -> bool) -> Vec<Finding> {
        let mut groups: BTreeMap<(Subject, &'static str), Vec<leftover::About<'_>>> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.listed.is_none()) {
            let about = leftover::About { rule: &entry.rule, accepted: &entry.accepted, listed: None };
            let subject = entry.subject.clone();
            if entry.expired {
                groups.entry((subject, EXPIRED)).or_default().push(about);
            } else if !entry.used && ran(&entry.rule) {
                groups.entry((subject, UNUSED)).or_default().push(about);
            }
        }
        groups.into_iter().map(|((subject, rule), entries)| leftover::finding(rule, subject, &entries)).collect()
    }

    /// What became of each acceptance in the list of the settings.
    pub(crate) fn listed(&self, analysis: &Analysis, listed: &[Listed], ran: impl Fn(&str) -> bool) -> Vec<ListedUse> {
        let used = |at: usize| self.entries.iter().any(|entry| entry.listed == Some(at) && entry.used);
        let uses = listed.iter().enumerate();
        uses.map(|(at, listed)| ListedUse::new(analysis, listed, used(at), ran(&listed.rule.value))).collect()
    }
}

impl Entry {
    fn new(rule: &str, scopes: Vec<Scope>, subject: Subject, accepted: Accepted) -> Self {
        Self { rule: rule.to_owned(), scopes, subject, accepted, used: false, expired: false, listed: None }
    }
}

/// Whether a rule may be accepted; if not, that is a mistake at `place`.
pub(crate) fn acceptable(rule: &str, place: Span, known: &Known<'_>, problems: &mut Vec<Problem>) -> bool {
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
