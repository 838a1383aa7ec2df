//! The one place that decides what is reported: selection, severities, acceptance, merging, folding, order.

use super::acceptance::{self, Acceptances, EXPIRED, PACK, UNUSED};
use super::condition::suggest;
use super::judge::{Judgement, Verdict, cap};
use super::pack::{Packs, Rule};
use super::profile::{Level, Profile};
use super::program::check_overrides;
use super::{Judged, Judges, Settings};
use crate::finding::{ALSO, Finding, Folded, NotJudged, Question, Subject};
use crate::model::FlowId;
use crate::parse::Spanned;
use crate::problem::{Problem, did_you_mean};
use crate::sources::{Sources, Span};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
        let chosen = self.settings.select.iter().chain(&self.settings.ignore).map(|name| (name, true));
        let named = chosen.chain(severities);
        let mut problems: Vec<Problem> = named
            .filter(|(name, packs)| {
                let is_pack = name.value == "ALL" || known.is_pack(&name.value);
                known.rule(&name.value).is_none() && !(*packs && is_pack)
            })
            .map(|(name, _)| known.unknown(&name.value, name.span))
            .collect();
        for (name, params) in &self.settings.params {
            match self.packs.find(&name.value) {
                Some(rule) => problems.extend(check_overrides(&rule.definition, params)),
                None => problems.push(known.unknown(&name.value, name.span)),
            }
        }
        for listed in &self.settings.accept {
            acceptance::acceptable(&listed.rule.value, listed.rule.span, &known, &mut problems);
        }
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
        let is_silent = match self.settings.judges {
            // A rule that does both is wrong, and should hear so.
            Judges::Findings => rule.definition.say.is_none() && rule.definition.ask.is_some() && !by_name,
            Judges::Questions => rule.definition.ask.is_none(),
        };
        if !is_silent && self.is_on(rule.id(), &rule.pack) {
            self.overridden(rule.id()).unwrap_or(level)
        } else {
            Level::Off
        }
    }

    /// The rules about acceptances that are on.
    pub(crate) fn own_rules(&self) -> impl Iterator<Item = &'static str> + '_ {
        let is_off = |id: &str| self.overridden(id).is_some_and(|level| level.severity().is_none());
        [EXPIRED, UNUSED].into_iter().filter(move |id| self.is_on(id, PACK) && !is_off(id))
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
    pub(crate) fn pass<'r>(
        &self,
        judgements: impl Iterator<Item = (&'r Rule, Vec<Judgement>)>,
        ran: &BTreeSet<&str>,
        acceptances: &mut Acceptances,
        sources: &Sources,
        judged: &mut Judged,
    ) {
        let mut candidates = Vec::new();
        let mut unsayable = Unsayable::default();
        let judgements = judgements.flat_map(|(rule, judgements)| judgements.into_iter().map(move |one| (rule, one)));
        for (rule, judgement) in judgements {
            let Judgement { subject, owner, flow, verdict } = judgement;
            match verdict {
                Verdict::Finding(finding) => candidates.push(Candidate { rule, owner, flow, finding }),
                Verdict::NotJudged(nouns, notation) => unsayable.add(nouns, notation, &subject),
                Verdict::Question(question) => {
                    let (owner, primary) = (owner.as_ref(), question.labels[0].span);
                    let asked = acceptance::Candidate { rule: rule.id(), subject: &subject, owner, primary };
                    if acceptances.accept(&asked, sources).is_none() {
                        judged.questions.push(*question);
                    }
                }
            }
        }
        let (mut open, mut accepted) = (Vec::new(), Vec::new());
        for mut candidate in candidates {
            let finding = &mut candidate.finding;
            if let Some(severity) = self.overridden(&finding.rule).and_then(Level::severity) {
                finding.severity = cap(severity, finding.certainty);
            }
            let found = acceptance::Candidate {
                rule: &finding.rule,
                subject: &finding.subject,
                owner: candidate.owner.as_ref(),
                primary: finding.primary(),
            };
            match acceptances.accept(&found, sources) {
                Some(reason) => {
                    finding.accepted = Some(Box::new(reason));
                    accepted.push(candidate.finding);
                }
                None => open.push(candidate),
            }
        }
        let leftovers = self.about_acceptances(acceptances.leftovers(|id| ran.contains(id)));
        judged.findings = in_order(fold(open).chain(leftovers.map(Box::new)));
        judged.accepted = in_order(accepted);
        judged.not_judged = unsayable.into_list();
        sort(judged);
    }

    /// The engine's own findings, as far as they are on.
    pub(crate) fn about_acceptances(&self, leftovers: Vec<Finding>) -> impl Iterator<Item = Finding> {
        leftovers.into_iter().filter_map(|mut finding| {
            if !self.is_on(&finding.rule, PACK) {
                return None;
            }
            if let Some(level) = self.overridden(&finding.rule) {
                finding.severity = level.severity()?;
            }
            Some(finding)
        })
    }
}

/// The rules and packs there are.
pub(crate) struct Known<'p>(pub(crate) &'p Packs);

impl Known<'_> {
    /// Whether a rule may be accepted; `None` if there is no such rule. What is said about acceptances may not: a stale
    /// one would hide itself.
    pub(crate) fn rule(&self, id: &str) -> Option<bool> {
        if id == EXPIRED || id == UNUSED {
            return Some(false);
        }
        let unread = || self.0.unread().contains(&id).then_some(true);
        self.0.find(id).map(|rule| rule.definition.suppressible).or_else(unread)
    }

    fn is_pack(&self, name: &str) -> bool {
        name == PACK || self.0.packs().iter().any(|pack| pack.name.value == name)
    }

    pub(crate) fn unknown(&self, name: &str, place: Span) -> Problem {
        let packs = self.0.packs().iter().map(|pack| pack.name.value.as_str());
        let rules = self.0.rules().iter().map(Rule::id).chain(self.0.unread().iter().copied());
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
    owner: Option<Subject>,
    flow: Option<FlowId>,
    finding: Box<Finding>,
}

/// Turns findings that another rule replaces on the same subject into notes of that one.
fn fold(candidates: Vec<Candidate<'_>>) -> impl Iterator<Item = Box<Finding>> {
    // Most rules fold nothing that was found, and need not be looked up.
    let found: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.rule.id()).collect();
    let mut folding: HashMap<&Subject, Vec<usize>> = HashMap::new();
    let mut folded: BTreeSet<&str> = BTreeSet::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let folds = candidate.rule.definition.fold.iter().map(|id| id.value.as_str());
        if folds.clone().any(|id| found.contains(id)) {
            folding.entry(&candidate.finding.subject).or_default().push(index);
            folded.extend(folds);
        }
    }
    let folder_of = |candidate: &Candidate<'_>| {
        let (id, flow) = (candidate.rule.id(), candidate.flow);
        let may_be = folded.contains(id).then_some(&candidate.finding.subject);
        let others = may_be.and_then(|subject| folding.get(subject))?;
        let folds = |other: &usize| {
            let other = &candidates[*other];
            let same_flow = match (other.flow, flow) {
                (Some(one), Some(another)) => one == another,
                _ => true,
            };
            same_flow && other.rule.definition.fold.iter().any(|folded| folded.value == id)
        };
        others.iter().copied().find(folds)
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
    let mut findings: Vec<Option<Box<Finding>>> =
        candidates.into_iter().map(|candidate| Some(candidate.finding)).collect();
    for (index, root) in roots.iter().enumerate().filter(|(index, root)| index != *root) {
        let Some(folded) = findings[index].take() else { continue };
        if let Some(folder) = &mut findings[*root] {
            // By its name it can be accepted, too.
            folder.notes.push(format!("{ALSO}{} ({})", folded.message, folded.rule));
            folder.notes.extend(folded.notes);
            folder.folded.push(Folded { rule: folded.rule, severity: folded.severity, message: folded.message });
            folder.folded.extend(folded.folded);
        }
    }
    findings.into_iter().flatten()
}

/// Findings by place, then by rule and subject.
fn in_order(findings: impl IntoIterator<Item = Box<Finding>>) -> Vec<Finding> {
    // Looking a place up on every comparison takes longer than the comparisons.
    let mut placed: Vec<(Span, Box<Finding>)> =
        findings.into_iter().map(|finding| (finding.primary(), finding)).collect();
    placed.par_sort_by(|(at, a), (other_at, b)| {
        at.cmp(other_at).then_with(|| (&a.rule, &a.subject).cmp(&(&b.rule, &b.subject)))
    });
    placed.into_par_iter().map(|(_, finding)| *finding).collect()
}

fn sort(judged: &mut Judged) {
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
    fn add(&mut self, nouns: Vec<String>, notation: crate::read::Notation, subject: &Subject) {
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
            let files = if notations.len() > 1 { "files do" } else { "file does" };
            let notations = super::sentence::join(&notations);
            let why = format!("the {notations} {files} not say ({} {kind})", subjects.len());
            NotJudged { what, why }
        };
        self.facts.into_iter().map(describe).collect()
    }
}
