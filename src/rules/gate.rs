//! The one place that decides what is reported: selection, severities, acceptance, merging, folding, order.

use super::acceptance::{Acceptances, EXPIRED, PACK, UNUSED};
use super::condition::suggest;
use super::judge::{Judgement, Verdict, cap};
use super::pack::{Packs, Rule};
use super::profile::{Level, Profile};
use super::{Judged, Settings};
use crate::finding::{Finding, NotJudged, Question, Subject};
use crate::model::FlowId;
use crate::parse::Spanned;
use crate::problem::{Problem, did_you_mean};
use crate::sources::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Which rules run, at which severity.
pub(crate) struct Gate<'s> {
    settings: &'s Settings,
    packs: &'s Packs,
    pub(crate) profile: Profile,
}

impl<'s> Gate<'s> {
    pub(crate) fn new(settings: &'s Settings, packs: &'s Packs, profile: Profile) -> Self {
        Self { settings, packs, profile }
    }

    /// Names in the settings that name no rule and no pack.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let known = Known(self.packs);
        let severities = self.settings.severities.iter().map(|(name, _)| (name, false));
        let params = self.settings.params.iter().map(|(name, params)| (name, params.values().next()));
        let chosen = self.settings.select.iter().chain(&self.settings.ignore).map(|name| (name, true));
        let named = chosen.chain(severities);
        let mut problems: Vec<Problem> = named
            .filter(|(name, packs)| {
                let is_pack = name.value == "ALL" || known.is_pack(&name.value);
                known.rule(&name.value).is_none() && !(*packs && is_pack)
            })
            .map(|(name, _)| known.unknown(&name.value, name.span))
            .collect();
        problems.extend(
            params
                .filter(|(name, _)| self.packs.find(name).is_none())
                .filter_map(|(name, value)| Some(known.unknown(name, value?.span))),
        );
        problems
    }

    /// The severity of a rule where no case of its own decides; `Off` if it does not run.
    pub(crate) fn level(&self, rule: &Rule) -> Level {
        let severity = &rule.definition.severity;
        let in_profile = severity.profiles.iter().find(|(profile, _)| *profile == self.profile);
        let default = match severity.default {
            crate::finding::Severity::Error => Level::Error,
            crate::finding::Severity::Warning => Level::Warning,
            crate::finding::Severity::Advice => Level::Advice,
        };
        let by_name = self.settings.select.iter().any(|name| name.value == rule.id());
        let level = match in_profile {
            // Who asks for a rule by its name gets it in every profile.
            Some((_, Level::Off)) if by_name => default,
            Some((_, level)) => *level,
            None => default,
        };
        if self.is_on(rule.id(), &rule.pack) { self.overridden(rule.id()).unwrap_or(level) } else { Level::Off }
    }

    fn is_on(&self, id: &str, pack: &str) -> bool {
        let names = |list: &[Spanned<String>]| {
            list.iter().any(|name| name.value == id || name.value == pack || name.value == "ALL")
        };
        let exactly = |list: &[Spanned<String>]| list.iter().any(|name| name.value == id);
        let Settings { select, ignore, .. } = self.settings;
        let selected = select.is_empty() || names(select);
        // The narrower word wins: `--select cache --ignore ALL` makes no sense, `--ignore cache --select cache-x` does.
        selected && (!names(ignore) || (exactly(select) && !exactly(ignore)))
    }

    fn overridden(&self, id: &str) -> Option<Level> {
        self.settings.severities.iter().find(|(name, _)| name.value == id).map(|(_, level)| *level)
    }

    /// Verdicts to what is reported. `ran` are the rules that were judged.
    pub(crate) fn pass(
        &self,
        judgements: Vec<(&Rule, Judgement)>,
        ran: &BTreeSet<&str>,
        acceptances: &mut Acceptances,
        sources: &Sources,
        judged: &mut Judged,
    ) {
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        let mut questions: Vec<Question> = Vec::new();
        let mut unsayable = Unsayable::default();
        for (rule, judgement) in judgements {
            match judgement.verdict {
                Verdict::Finding(finding) => merge(&mut candidates, rule, judgement.flow, finding),
                Verdict::Question(question) => {
                    let primary = question.labels[0].span;
                    if acceptances.accept(rule.id(), &question.subject, primary, sources).is_none() {
                        questions.push(question);
                    }
                }
                Verdict::NotJudged(nouns, notation) => {
                    unsayable.add(nouns, notation, judgement.subject);
                }
            }
        }
        let mut open = Vec::new();
        for mut candidate in candidates {
            let finding = &mut candidate.finding;
            if let Some(severity) = self.overridden(&finding.rule).and_then(Level::severity) {
                finding.severity = cap(severity, finding.certainty);
            }
            match acceptances.accept(&finding.rule, &finding.subject, finding.primary(), sources) {
                Some(reason) => {
                    candidate.finding.accepted = Some(reason);
                    judged.accepted.push(candidate.finding);
                }
                None => open.push(candidate),
            }
        }
        judged.findings = fold(open);
        let leftovers = acceptances.leftovers(|id| ran.contains(id));
        judged.findings.extend(leftovers.into_iter().filter_map(|mut finding| {
            if !self.is_on(&finding.rule, PACK) {
                return None;
            }
            match self.overridden(&finding.rule) {
                Some(level) => finding.severity = level.severity()?,
                None => {}
            }
            Some(finding)
        }));
        judged.questions = questions;
        judged.not_judged = unsayable.into_list();
        sort(judged);
    }
}

/// The rules and packs there are.
pub(crate) struct Known<'p>(pub(crate) &'p Packs);

impl Known<'_> {
    /// Whether a rule may be accepted; `None` if there is no such rule.
    pub(crate) fn rule(&self, id: &str) -> Option<bool> {
        if id == EXPIRED || id == UNUSED {
            return Some(true);
        }
        self.0.find(id).map(|rule| rule.definition.suppressible)
    }

    fn is_pack(&self, name: &str) -> bool {
        name == PACK || self.0.packs().iter().any(|pack| pack.name.value == name)
    }

    pub(crate) fn unknown(&self, name: &str, place: Span) -> Problem {
        let packs = self.0.packs().iter().map(|pack| pack.name.value.as_str());
        let rules = self.0.rules().iter().map(Rule::id);
        let names: Vec<&str> = rules.chain([EXPIRED, UNUSED]).chain(packs).collect();
        let problem = Problem::error("unknown-rule", format!("there is no rule `{name}`"), place, "unknown");
        problem.with_help(match did_you_mean(name, names.iter().copied()) {
            Some(_) => suggest(name, &names),
            None => "`premortem rules` lists them.".to_owned(),
        })
    }
}

struct Candidate<'r> {
    rule: &'r Rule,
    flow: Option<FlowId>,
    finding: Finding,
}

/// A rule says one thing about one subject; more rows add their places and, as notes, their words.
fn merge<'r>(candidates: &mut Vec<Candidate<'r>>, rule: &'r Rule, flow: Option<FlowId>, finding: Finding) {
    let same = candidates.iter_mut().rev().take_while(|known| known.rule.id() == rule.id());
    let Some(known) = same.into_iter().find(|known| known.finding.subject == finding.subject) else {
        candidates.push(Candidate { rule, flow, finding });
        return;
    };
    if known.flow != flow {
        known.flow = None;
    }
    let mut extra = finding;
    if (extra.severity, extra.certainty) < (known.finding.severity, known.finding.certainty) {
        std::mem::swap(&mut known.finding, &mut extra);
    }
    let known = &mut known.finding;
    for label in extra.labels {
        if !known.labels.iter().any(|other| other.span == label.span) {
            known.labels.push(label);
        }
    }
    let also = (extra.message != known.message).then(|| format!("also: {}", extra.message));
    for note in also.into_iter().chain(extra.notes) {
        if !known.notes.contains(&note) {
            known.notes.push(note);
        }
    }
}

/// Turns findings that another rule replaces on the same subject into notes of that one.
fn fold(candidates: Vec<Candidate<'_>>) -> Vec<Finding> {
    let folder_of = |folded: &Candidate<'_>| {
        candidates.iter().position(|other| {
            let same_flow = match (other.flow, folded.flow) {
                (Some(one), Some(another)) => one == another,
                _ => true,
            };
            other.finding.subject == folded.finding.subject
                && same_flow
                && other.rule.definition.fold.iter().any(|id| id.value == folded.rule.id())
        })
    };
    let folders: Vec<Option<usize>> = candidates.iter().map(folder_of).collect();
    let root = |start: usize| {
        let (mut at, mut steps) = (start, 0);
        while let Some(next) = folders[at] {
            at = next;
            steps += 1;
            if steps > folders.len() {
                // Rules that fold each other in a circle fold nothing.
                return start;
            }
        }
        at
    };
    let roots: Vec<usize> = (0..candidates.len()).map(root).collect();
    let mut findings: Vec<Option<Finding>> = candidates.into_iter().map(|candidate| Some(candidate.finding)).collect();
    for (index, root) in roots.iter().enumerate().filter(|(index, root)| index != *root) {
        let Some(folded) = findings[index].take() else { continue };
        if let Some(folder) = &mut findings[*root] {
            folder.notes.push(format!("also: {}", folded.message));
            folder.notes.extend(folded.notes);
        }
    }
    findings.into_iter().flatten().collect()
}

fn sort(judged: &mut Judged) {
    let by_place = |finding: &Finding| (finding.primary(), finding.rule.clone(), finding.subject.clone());
    judged.findings.sort_by_cached_key(by_place);
    judged.accepted.sort_by_cached_key(by_place);
    judged.questions.sort_by(|a, b| {
        let place = |question: &Question| question.labels[0].span;
        (b.weight, place(a), &a.rule).cmp(&(a.weight, place(b), &b.rule))
    });
    judged.problems.sort_by(|a, b| (a.primary(), a.code, &a.message).cmp(&(b.primary(), b.code, &b.message)));
}

/// Facts that a notation has no words for, with the subjects that lack them.
#[derive(Default)]
struct Unsayable {
    facts: BTreeMap<String, (BTreeSet<&'static str>, BTreeSet<Subject>)>,
}

impl Unsayable {
    fn add(&mut self, nouns: Vec<String>, notation: crate::read::Notation, subject: Subject) {
        for noun in nouns {
            let (notations, subjects) = self.facts.entry(noun).or_default();
            notations.insert(notation.title());
            subjects.insert(subject.clone());
        }
    }

    fn into_list(self) -> Vec<NotJudged> {
        let describe = |(what, (notations, subjects)): (String, (BTreeSet<&'static str>, BTreeSet<Subject>))| {
            let notations: Vec<String> = notations.into_iter().map(str::to_owned).collect();
            let kind = subjects.first().map_or("component", Subject::kind);
            let kind = match (subjects.len(), kind) {
                (1, kind) => kind.to_owned(),
                (_, "dependency") => "dependencies".to_owned(),
                (_, kind) => format!("{kind}s"),
            };
            let why = format!("{} cannot say ({} {kind})", super::sentence::join(&notations), subjects.len());
            NotJudged { what, why }
        };
        self.facts.into_iter().map(describe).collect()
    }
}
