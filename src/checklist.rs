//! The questions of a review that only people can decide, those with the widest blast radius first.

use crate::analyse::Analysis;
use crate::analyse::event_outcome::{weight_of_component, weight_of_flow};
use crate::analyse::failure::Outcome;
use crate::finding::{Label, NotJudged, PreAnswer, Question, Severity, Subject};
use crate::problem::Problem;
use crate::review::Opened;
use crate::rules::{self, Judges, Packs, Settings};
use crate::sources::{Sources, Span};
use std::collections::HashMap;
use std::path::PathBuf;

/// The questions to one design.
#[derive(Debug)]
pub struct Checklist {
    /// What to call it: the system, else the file or the folder.
    pub name: String,
    /// What to name on the command line.
    pub root: PathBuf,
    /// Every open question, the most important first.
    pub items: Vec<Item>,
    /// What was broken off because the design is large: questions may be missing.
    pub not_judged: Vec<NotJudged>,
}

/// One open question. Rule and subject together are unique within a design.
#[derive(Clone, Debug)]
pub struct Item {
    pub rule: String,
    pub subject: Subject,
    pub question: String,
    /// What fails without the subject: a failed flow counts three times a degraded one, a critical one three times another.
    pub weight: u64,
    /// Components that fail without the subject; of two questions of the same weight the one with more comes first.
    pub parts: usize,
    pub pre_answer: PreAnswer,
    /// What raised it; the first is primary.
    pub labels: Vec<Label>,
    pub place: AnswerPlace,
}

/// Where an answer is written that is no fact of the vocabulary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AnswerPlace {
    /// `accept: {the-rule: the answer}` of the subject written here.
    Accept(Span),
    /// `# premortem: ignore[the-rule] the answer` in this line.
    Comment(Span),
}

/// The questions to a design, and what is wrong with the rules that ask; `None` when there is no design.
pub fn ask(
    opened: &Opened,
    packs: &Packs,
    settings: &Settings,
    sources: &Sources,
) -> (Option<Checklist>, Vec<Problem>) {
    let Some(analysis) = &opened.analysis else { return (None, Vec::new()) };
    let settings = Settings { judges: Judges::Questions, ..settings.clone() };
    let judged = rules::check(analysis, packs, &settings, sources, &opened.comments);
    let mut items: Vec<Item> = Vec::new();
    let mut places: HashMap<(String, Subject), usize> = HashMap::new();
    let mut weights = HashMap::new();
    for question in judged.questions {
        let Question { rule, subject, message, labels, pre_answer: Some(pre_answer), .. } = question else { continue };
        let (weight, parts) = *weights.entry(subject.clone()).or_insert_with(|| blast_of(analysis, &subject));
        if let Some(index) = places.get(&(rule.clone(), subject.clone())) {
            // More rows about one subject add what they know.
            items[*index].extend(&pre_answer, labels);
            continue;
        }
        places.insert((rule.clone(), subject.clone()), items.len());
        let place = answer_place(analysis, &subject, &pre_answer, labels[0].span);
        items.push(Item { rule, subject, question: message, weight, parts, pre_answer, labels, place });
    }
    let root = opened.root.clone();
    let (items, not_judged) = (ranked(items), analysis.left_out().iter().map(rules::in_part).collect());
    (Some(Checklist { name: name(opened, analysis), root, items, not_judged }), judged.problems)
}

impl Item {
    fn extend(&mut self, other: &PreAnswer, labels: Vec<Label>) {
        let known = &mut self.pre_answer.known;
        known.extend(other.known.iter().filter(|clause| !known.contains(clause)).cloned().collect::<Vec<_>>());
        for label in labels {
            if !self.labels.iter().any(|other| other.span == label.span) {
                self.labels.push(label);
            }
        }
    }
}

fn name(opened: &Opened, analysis: &Analysis) -> String {
    let system = analysis.design.facts.system.value().map(|system| system.0.clone());
    let file = || {
        let name = opened.root.file_name()?.to_string_lossy();
        let stem = [".arch.yaml", ".arch.yml"].iter().find_map(|end| name.strip_suffix(end));
        Some(stem.unwrap_or(&name).to_owned())
    };
    system.filter(|system| !system.trim().is_empty()).or_else(file).unwrap_or_else(|| "design".to_owned())
}

/// What is lost when the subject is: flows by their weight, and the number of components.
fn blast_of(analysis: &Analysis, subject: &Subject) -> (u64, usize) {
    let design = &analysis.design;
    let of = |id| (weight_of_component(analysis, id), analysis.radii().map_or(0, |radii| radii.radius(id).count()));
    let component = |name: &str| design.find_component(name).map_or((0, 0), of);
    match subject {
        Subject::Component(name) => component(name),
        Subject::Dependency(name) => {
            let target = name.split_once("->").and_then(|(_, target)| design.find_component(target));
            target.map_or((0, 0), of)
        }
        Subject::Group(name) => name.split_once('/').map_or((0, 0), |(source, _)| component(source)),
        Subject::Flow(name) => {
            let flow = design.find_flow(name);
            (flow.map_or(0, |flow| weight_of_flow(design.flow(flow).critical, Outcome::Failed)), 0)
        }
        // As much as one critical flow.
        Subject::Team(_) | Subject::Design => (weight_of_flow(true, Outcome::Failed), 0),
    }
}

fn answer_place(analysis: &Analysis, subject: &Subject, pre_answer: &PreAnswer, primary: Span) -> AnswerPlace {
    let design = &analysis.design;
    let is_native = |name: &str| {
        design.find_component(name).is_some_and(|id| design.component(id).notation == crate::read::Notation::Native)
    };
    let accepts = match subject {
        Subject::Component(name) => is_native(name),
        Subject::Dependency(name) => name.split_once("->").is_some_and(|(source, _)| is_native(source)),
        Subject::Group(name) => name.split_once('/').is_some_and(|(source, _)| is_native(source)),
        Subject::Flow(name) => design.find_flow(name).is_some_and(|flow| !design.flow(flow).implicit),
        Subject::Design => design.native,
        Subject::Team(_) => false,
    };
    if accepts { AnswerPlace::Accept(pre_answer.subject_at) } else { AnswerPlace::Comment(primary) }
}

/// The widest blast radius first. Who has answered a question for one subject knows how to ask it for the next: each
/// repetition counts half as much as the one before. Ties: the weightier rule, more components that fail, the place, the rule's id.
fn ranked(mut items: Vec<Item>) -> Vec<Item> {
    let factor = |item: &Item| match item.pre_answer.severity {
        Severity::Error => 3,
        Severity::Warning => 2,
        Severity::Advice => 1,
    };
    let in_order = |item: &Item| (std::cmp::Reverse((item.weight, item.parts)), item.labels[0].span);
    items.sort_by(|a, b| in_order(a).cmp(&in_order(b)).then_with(|| a.subject.cmp(&b.subject)));
    let mut asked: HashMap<String, u32> = HashMap::new();
    let mut scored: Vec<(u64, Item)> = items
        .into_iter()
        .map(|item| {
            let before = asked.entry(item.rule.clone()).or_default();
            let score = item.weight.saturating_mul(factor(&item)).saturating_mul(1 << 20) >> (*before).min(40);
            *before += 1;
            (score, item)
        })
        .collect();
    scored.sort_by(|(a_score, a), (b_score, b)| {
        let key = |item: &Item| (item.pre_answer.severity, std::cmp::Reverse(item.parts), item.labels[0].span);
        b_score
            .cmp(a_score)
            .then_with(|| key(a).cmp(&key(b)))
            .then_with(|| (&a.rule, &a.subject).cmp(&(&b.rule, &b.subject)))
    });
    scored.into_iter().map(|(_, item)| item).collect()
}
