//! Acceptances listed outside of the design, by rule and subject: for files that are not ours to write in.
//!
//! One list may be for several designs, so that what it says in vain is known after the last of them.

use super::{EXPIRED, Entry, Scope, UNUSED, leftover};
use crate::analyse::Analysis;
use crate::finding::{Accepted, Finding, Subject};
use crate::parse::Spanned;
use crate::problem::did_you_mean;
use crate::read::vocabulary::Date;
use crate::rules::gate::Known;
use std::collections::BTreeMap;

/// One rule accepted for one subject.
#[derive(Clone, PartialEq, Debug)]
pub struct Listed {
    pub rule: Spanned<String>,
    /// As JSON names it: `api`, `api->pg`, `api/mail`, a flow, a team, `design`.
    pub subject: Spanned<String>,
    pub because: String,
    /// The last day it holds.
    pub until: Option<Date>,
    pub by: Option<String>,
}

/// What became of a [`Listed`] acceptance.
#[derive(Clone, PartialEq, Debug)]
pub struct ListedUse {
    /// It matched a finding or a question.
    used: bool,
    /// Its rule was judged.
    ran: bool,
    /// What it names, if there is such a thing.
    subject: Option<Subject>,
    /// A name it may have meant.
    close: Option<String>,
}

impl ListedUse {
    pub(super) fn new(analysis: &Analysis, listed: &Listed, used: bool, ran: bool) -> Self {
        let subjects = subjects(analysis);
        let written = &listed.subject.value;
        let subject = subjects.iter().find(|subject| subject.id() == written).cloned();
        let close = match &subject {
            Some(_) => None,
            None => did_you_mean(written, subjects.iter().map(Subject::id)).map(str::to_owned),
        };
        Self { used, ran, subject, close }
    }

    /// Adds what became of it in another design.
    pub fn join(&mut self, other: &Self) {
        self.used |= other.used;
        self.ran |= other.ran;
        self.subject = self.subject.take().or_else(|| other.subject.clone());
        self.close = self.close.take().or_else(|| other.close.clone());
    }
}

/// The entries of a list whose rules exist; those that do not are told when the settings are checked.
pub(super) fn entries(listed: &[Listed], known: &Known<'_>) -> impl Iterator<Item = Entry> {
    let good = listed.iter().enumerate().filter(|(_, listed)| known.rule(&listed.rule.value) == Some(true));
    good.map(|(at, listed)| {
        let scopes = vec![Scope::Named(listed.subject.value.clone())];
        let entry = Entry::new(&listed.rule.value, scopes, Subject::Design, listed.accepted());
        Entry { listed: Some(at), ..entry }
    })
}

/// Findings about listed acceptances that ran out or that match nothing in any design. A subject that is not there is
/// told only if every design of the list was judged (`is_whole`).
pub(crate) fn leftovers(listed: &[Listed], uses: &[ListedUse], today: &Date, is_whole: bool) -> Vec<Finding> {
    let accepted: Vec<Accepted> = listed.iter().map(Listed::accepted).collect();
    let mut groups: BTreeMap<(Subject, &'static str), Vec<leftover::About<'_>>> = BTreeMap::new();
    for ((listed, used), accepted) in listed.iter().zip(uses).zip(&accepted) {
        let (rule, written) = (listed.rule.value.as_str(), listed.subject.value.as_str());
        let is_there = used.subject.is_some();
        if !is_there && !is_whole {
            continue;
        }
        let about = if accepted.until.as_ref().is_some_and(|until| until < today) {
            EXPIRED
        } else if !used.used && used.ran {
            UNUSED
        } else {
            continue;
        };
        let hint = match &used.close {
            _ if is_there => format!("nothing finds `{rule}` in `{written}`"),
            Some(close) => format!("there is no `{written}`; did you mean `{close}`?"),
            None => format!("there is no `{written}`"),
        };
        let subject = used.subject.clone().unwrap_or(Subject::Design);
        let entry = leftover::About { rule, accepted, listed: Some((written, hint)) };
        groups.entry((subject, about)).or_default().push(entry);
    }
    groups.into_iter().map(|((subject, about), entries)| leftover::finding(about, subject, &entries)).collect()
}

impl Listed {
    fn accepted(&self) -> Accepted {
        Accepted {
            because: self.because.trim().to_owned(),
            until: self.until.clone(),
            by: self.by.clone(),
            place: self.rule.span,
        }
    }
}

/// Everything a finding can be about.
pub(crate) fn subjects(analysis: &Analysis) -> Vec<Subject> {
    let design = &analysis.design;
    let components = design.components.iter().map(|part| Subject::Component(part.name.as_str().into()));
    let dependencies = design.dependency_ids().map(|id| Subject::Dependency(design.dependency_name(id).into()));
    let groups = design
        .groups
        .iter()
        .map(|group| Subject::Group(format!("{}/{}", design.component(group.source).name, group.name).into()));
    let flows = design.flows.iter().map(|flow| Subject::Flow(flow.name.as_str().into()));
    let teams = design.teams.iter().map(|team| Subject::Team(team.name.as_str().into()));
    components.chain(dependencies).chain(groups).chain(flows).chain(teams).chain([Subject::Design]).collect()
}
