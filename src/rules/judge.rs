//! One rule on the rows of its relation: what is a finding, what is a question, what cannot be judged.
//!
//! Where the condition holds with the facts as they are, the rule says so. Else, if it would hold were the facts it
//! expects stated `none`, it depends on why they are not known: left out of a design in premortem's own notation, they
//! are missing from the description; open (`todo`), they are asked; unsayable in the notation, they are counted.

use super::condition::Test;
use super::path::{Frame, Path, Pretend, Trace};
use super::profile::{Level, Profile};
use super::program::{Expectation, Marked, Program};
use super::rule::ANY_EVENT;
use super::sentence::{Sentence, join, name};
use crate::analyse::Analysis;
use crate::analyse::entity::{COMPONENT, DEPENDENCY, FLOW};
use crate::analyse::event::LASTING;
use crate::analyse::relation::{Fact, Row, Stated, Type, Value};
use crate::finding::{
    Applicability, Certainty, Finding, Insertion, LEFT_OUT, Label, OpenFact, PreAnswer, Question, Severity, Subject,
};
use crate::model::{ComponentId, FlowId};
use crate::read::Notation;
use crate::sources::Span;
use std::cell::Cell;
use std::sync::Arc;

/// What one rule has to say about one row.
pub(crate) enum Verdict {
    // Both are large, and on their way they change hands.
    Finding(Box<Finding>),
    Question(Box<Question>),
    /// Nouns of the facts that the notation cannot say, and the notation.
    NotJudged(Vec<String>, Notation),
}

/// A verdict with what the gate needs to know.
pub(crate) struct Judgement {
    pub(crate) subject: Subject,
    /// The component that a dependency or group belongs to.
    pub(crate) owner: Option<Subject>,
    pub(crate) flow: Option<FlowId>,
    pub(crate) verdict: Verdict,
}

/// Runs a rule. `level` is the severity where no case of the rule decides.
pub(crate) fn judge(
    program: &Program<'_>,
    analysis: &Analysis,
    rows: &[Row<'_>],
    profile: Profile,
    level: Level,
    today: i64,
) -> Vec<Judgement> {
    let Some(level) = level.severity() else { return Vec::new() };
    let flow_field = program.flow_field();
    let judge = Judge { program, analysis, profile, level };
    let mut judgements = Vec::new();
    for row in rows {
        let frame = Frame::new(analysis, &row.cells, today);
        let Some(case) = judge.case(&frame) else { continue };
        let subject = &row.cells[program.relation.subject];
        if judge.is_answered(&frame) {
            continue;
        }
        let verdict = judge.verdict(case, &frame, subject);
        let flow = flow_field.and_then(|index| match row.cells[index].value {
            Value::Flow(id) => Some(id),
            _ => None,
        });
        judgements.push(Judgement {
            subject: name_of(analysis, subject),
            owner: owner_of(analysis, subject),
            flow,
            verdict,
        });
    }
    judgements
}

/// Why a row is spoken about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Holds,
    Unstated,
    Open,
    Unknowable,
}

struct Judge<'j, 'p> {
    program: &'j Program<'p>,
    analysis: &'j Analysis,
    profile: Profile,
    level: Severity,
}

impl Judge<'_, '_> {
    fn case(&self, frame: &Frame<'_, '_>) -> Option<Case> {
        let Some(test) = &self.program.test else { return Some(Case::Holds) };
        let holds = |pretend| test(&frame.pretending(pretend)) == Some(true);
        let open = Cell::new(false);
        if test(&frame.noticing(&open)) == Some(true) {
            return Some(Case::Holds);
        }
        // What read nothing that could be taken for stated `none` says the same again.
        if !open.get() || !holds(Pretend::EVERYTHING) {
            return None;
        }
        Some(if holds(Pretend::ABSENT) {
            Case::Unstated
        } else if holds(Pretend::OPEN) {
            Case::Open
        } else {
            Case::Unknowable
        })
    }

    fn verdict(&self, case: Case, frame: &Frame<'_, '_>, subject: &Fact<'_>) -> Verdict {
        let program = self.program;
        let critical = is_critical(self.analysis, subject);
        match case {
            Case::Unknowable => {
                let unsaid = |path: &Path| path.read(frame).stated == Stated::Unknowable;
                let expects = program.expects.iter().filter(|expected| unsaid(&expected.path));
                let nouns = expects.map(|expected| expected.noun.clone()).collect();
                Verdict::NotJudged(nouns, notation(self.analysis, subject))
            }
            Case::Holds if program.rule.definition.ask.is_none() => {
                let trace = Trace::default();
                let traced = frame.traced(&trace);
                if let Some(test) = &program.test {
                    test(&traced);
                }
                let severity = self.severity(&traced);
                let message = program.say.render(&traced);
                let labels = self.labels(frame, subject, None);
                let inferred = trace.into_inferred();
                let certainty = if inferred.is_empty() { Certainty::Declared } else { Certainty::Inferred };
                let notes = inferred.iter().map(|(field, because)| source_of(field, because)).collect();
                Verdict::Finding(self.finding(frame, subject, certainty, severity, message, labels, notes))
            }
            Case::Holds => self.question(&program.say, frame, subject, critical, self.labels(frame, subject, None)),
            Case::Unstated | Case::Open => {
                let pretend = if case == Case::Unstated { Pretend::ABSENT } else { Pretend::OPEN };
                let words = program.say_unstated.as_ref().unwrap_or(&program.say);
                let labels = self.labels(frame, subject, Some(self.missing(frame, pretend).into()));
                let reported = case == Case::Unstated
                    && program.rule.definition.ask.is_none()
                    && match self.profile {
                        Profile::Strict => true,
                        Profile::Production => critical && notation(self.analysis, subject) == Notation::Native,
                        Profile::Startup | Profile::Sketch => false,
                    };
                if !reported {
                    return self.question(words, frame, subject, critical, labels);
                }
                let severity = self.severity(frame);
                let message = words.render(frame);
                Verdict::Finding(self.finding(
                    frame,
                    subject,
                    Certainty::Undescribed,
                    severity,
                    message,
                    labels,
                    Vec::new(),
                ))
            }
        }
    }

    fn severity(&self, frame: &Frame<'_, '_>) -> Severity {
        let case = self.program.cases.iter().find(|(test, _)| test(frame) == Some(true));
        case.map_or(self.level, |(_, severity)| *severity)
    }

    #[expect(clippy::too_many_arguments, reason = "each is a field of a finding")]
    fn finding(
        &self,
        frame: &Frame<'_, '_>,
        subject: &Fact<'_>,
        certainty: Certainty,
        severity: Severity,
        message: String,
        labels: Vec<Label>,
        notes: Vec<String>,
    ) -> Box<Finding> {
        let rule = self.program.rule;
        Box::new(Finding {
            rule: rule.id().to_owned(),
            pack: rule.pack.clone(),
            severity: cap(severity, certainty),
            certainty,
            subject: name_of(self.analysis, subject),
            message,
            why: self.program.why.share(frame),
            fix: self.program.fix.as_ref().map(|fix| fix.share(frame)).unwrap_or_default(),
            labels,
            notes,
            path: self.path(frame),
            event: self.event(frame),
            url: None,
            accepted: None,
            folded: Vec::new(),
            undescribed: self.undescribed(frame, subject, certainty),
            acceptable_at: self.acceptable_at(subject),
            edits: Vec::new(),
        })
    }

    /// Facts nobody described, as open.
    fn undescribed(&self, frame: &Frame<'_, '_>, subject: &Fact<'_>, certainty: Certainty) -> Vec<Insertion> {
        if certainty != Certainty::Undescribed || notation(self.analysis, subject) != Notation::Native {
            return Vec::new();
        }
        let absent = |expected: &&Expectation| expected.path.read(frame).stated == Stated::Absent;
        let open = self.program.expects.iter().filter(absent).filter_map(|expected| {
            let (of, keys) = expected.path.slot(frame)?;
            Some(Insertion { of, keys, value: "todo", applicability: Applicability::Safe })
        });
        open.collect()
    }

    fn acceptable_at(&self, subject: &Fact<'_>) -> Option<Span> {
        let suppressible = self.program.rule.definition.suppressible;
        if !suppressible || notation(self.analysis, subject) != Notation::Native {
            return None;
        }
        let design = &self.analysis.design;
        match subject.value {
            Value::Component(id) => Some(design.component(id).place),
            Value::Dependency(id) => Some(design.dependency(id).place),
            Value::Flow(id) if !design.flow(id).implicit => Some(design.flow(id).place),
            _ => None,
        }
    }

    /// What the rule says shows it, where the design knows such an event.
    fn event(&self, frame: &Frame<'_, '_>) -> Option<String> {
        let shown = self.program.event.as_ref()?;
        let name = name(&shown.code.read(shown.ty, frame), self.analysis)?;
        let event = if shown.kind == ANY_EVENT { name } else { format!("{}:{name}", shown.kind) };
        let named = event.split(LASTING).next()?;
        self.analysis.failure().event(named).is_ok().then_some(event)
    }

    fn question(
        &self,
        words: &Sentence,
        frame: &Frame<'_, '_>,
        subject: &Fact<'_>,
        critical: bool,
        labels: Vec<Label>,
    ) -> Verdict {
        let by_severity = match self.level {
            Severity::Error => 3,
            Severity::Warning => 2,
            Severity::Advice => 1,
        };
        Verdict::Question(Box::new(Question {
            rule: self.program.rule.id().to_owned(),
            subject: name_of(self.analysis, subject),
            message: words.render(frame),
            labels,
            weight: by_severity + if critical { 10 + 10 * critical_flows(self.analysis, subject) } else { 0 },
            pre_answer: self.program.rule.definition.ask.is_some().then(|| self.pre_answer(frame, subject)),
        }))
    }

    /// The design states every fact that answers the question.
    fn is_answered(&self, frame: &Frame<'_, '_>) -> bool {
        let answer = &self.program.answer;
        !answer.is_empty() && answer.iter().all(|path| !is_open(path.read(frame).stated))
    }

    fn pre_answer(&self, frame: &Frame<'_, '_>, subject: &Fact<'_>) -> PreAnswer {
        let subject_at = subject.place.unwrap_or(self.analysis.design.place);
        let holds = |test: &Option<Test>| test.as_ref().is_none_or(|test| test(frame) == Some(true));
        let known = self.program.known.iter().filter(|(test, _)| holds(test));
        let open = self.program.answer.iter().filter_map(|path| {
            let fact = path.read(frame);
            is_open(fact.stated).then(|| OpenFact {
                key: path.keys().collect::<Vec<_>>().join("."),
                todo: fact.stated == Stated::Todo,
                at: fact.place.unwrap_or(subject_at),
            })
        });
        PreAnswer {
            pack: self.program.rule.pack.clone(),
            severity: self.level,
            why: self.program.why.render(frame),
            known: known.filter_map(|(_, sentence)| sentence.render_known(frame)).collect(),
            open: open.collect(),
            subject_at,
        }
    }

    /// The expected facts that are not described, for the primary label.
    fn missing(&self, frame: &Frame<'_, '_>, pretend: Pretend) -> String {
        let facts = self.program.expects.iter().filter(|expected| pretend.covers(expected.path.read(frame).stated));
        // A key is named as the reader will write it; what is put together from several keys has no key.
        let name = |expected: &Expectation| match expected.path.field {
            field if is_derived(field) => expected.noun.clone(),
            field => format!("`{field}`"),
        };
        let mut names: Vec<String> = facts.map(name).collect();
        names.dedup();
        let open =
            self.program.expects.iter().all(|expected| !matches!(expected.path.read(frame).stated, Stated::Absent));
        format!("{} {}", join(&names), if open { "still open" } else { "not described" })
    }

    /// One label per place. The primary always has one; the others point only at what is written.
    fn labels(&self, frame: &Frame<'_, '_>, subject: &Fact<'_>, instead: Option<Arc<str>>) -> Vec<Label> {
        let fallback = subject.place.unwrap_or(self.analysis.design.place);
        let mut labels: Vec<Label> = Vec::new();
        let mut instead = instead;
        for (index, mark) in self.program.marks.iter().enumerate() {
            let fact = mark.code.read(mark.ty, frame);
            let primary = index == 0;
            let mut marked = marked(&fact, primary, mark, frame);
            if primary {
                if marked.is_empty() {
                    marked.push(Label { span: fallback, text: mark.text.share(frame) });
                }
                if let Some(instead) = instead.take() {
                    marked.truncate(1);
                    marked[0].text = instead;
                }
            }
            labels.reserve_exact(marked.len());
            // Items are mostly in file order; then they meet only what other marks point at.
            let in_order = marked.is_sorted_by(|one, next| one.span < next.span);
            let before = labels.len();
            for Label { span, text } in marked {
                let known = if in_order { &mut labels[..before] } else { &mut labels[..] };
                match known.iter_mut().find(|label| label.span == span) {
                    Some(label) if label.text == text => {}
                    Some(label) => label.text = format!("{}, {text}", label.text).into(),
                    None => labels.push(Label { span, text }),
                }
            }
        }
        labels
    }

    /// Component names along the row's `path`, if it has one.
    fn path(&self, frame: &Frame<'_, '_>) -> Vec<String> {
        let is_path = |ty: Type| matches!(ty, Type::List(Type::Component | Type::Dependency));
        let index = self.program.relation.fields.iter().position(|field| field.name == "path" && is_path(field.ty));
        let Some(Value::List(items)) = index.map(|index| &frame.cells[index].value) else { return Vec::new() };
        let design = &self.analysis.design;
        let name = |id: ComponentId| design.component(id).name.clone();
        let mut names = Vec::new();
        for item in items.iter() {
            match item.value {
                Value::Component(id) => names.push(name(id)),
                Value::Dependency(id) => {
                    let dependency = design.dependency(id);
                    if names.is_empty() {
                        names.push(name(dependency.source));
                    }
                    names.push(name(dependency.target));
                }
                Value::Null => names.push(LEFT_OUT.to_owned()),
                _ => {}
            }
        }
        names
    }
}

fn is_open(stated: Stated) -> bool {
    !matches!(stated, Stated::Value | Stated::None)
}

/// What is not fully known is never an error.
pub(crate) fn cap(severity: Severity, certainty: Certainty) -> Severity {
    if certainty == Certainty::Declared { severity } else { severity.max(Severity::Warning) }
}

/// The labels of one mark: one per item of a list, else one where the fact is written. For something unsaid that is the
/// thing it is unsaid about, which only the primary mark points at.
fn marked(fact: &Fact<'_>, primary: bool, mark: &Marked, frame: &Frame<'_, '_>) -> Vec<Label> {
    let text = &mark.text;
    if let Value::List(items) = &fact.value {
        let same = (!mark.names_items && !items.is_empty()).then(|| text.share(frame));
        let words = |item| same.clone().unwrap_or_else(|| text.share(&frame.with_item(item)));
        let mut labels = Vec::with_capacity(items.len());
        labels.extend(items.iter().filter_map(|item| Some(Label { span: item.place?, text: words(item) })));
        if !labels.is_empty() || fact.place.is_none() {
            return labels;
        }
    }
    let said = !matches!(fact.stated, Stated::Absent | Stated::Unknowable) && fact.inferred.is_none();
    let span = fact.place.filter(|_| primary || said);
    span.map(|span| Label { span, text: text.share(frame) }).into_iter().collect()
}

fn is_derived(field: &str) -> bool {
    COMPONENT.derived.iter().any(|derived| derived.field.name == field)
        || DEPENDENCY.derived.iter().any(|derived| derived.field.name == field)
        || FLOW.derived.iter().any(|derived| derived.field.name == field)
}

fn source_of(field: &str, because: &str) -> String {
    let because = because.trim_end_matches('.');
    if because.contains("declare `") {
        return because.to_owned();
    }
    format!("{because}; declare `{field}` to be exact")
}

pub(crate) fn name_of(analysis: &Analysis, subject: &Fact<'_>) -> Subject {
    let design = &analysis.design;
    match subject.value {
        Value::Component(id) => Subject::Component(design.component(id).name.as_str().into()),
        Value::Dependency(id) => Subject::Dependency(design.dependency_name(id).into()),
        Value::Group(id) => {
            let group = design.group(id);
            Subject::Group(format!("{}/{}", design.component(group.source).name, group.name).into())
        }
        Value::Flow(id) => Subject::Flow(design.flow(id).name.as_str().into()),
        Value::Team(id) => Subject::Team(design.team(id).name.as_str().into()),
        _ => Subject::Design,
    }
}

fn owner_of(analysis: &Analysis, subject: &Fact<'_>) -> Option<Subject> {
    let design = &analysis.design;
    let owner = match subject.value {
        Value::Dependency(id) => design.dependency(id).source,
        Value::Group(id) => design.group(id).source,
        _ => return None,
    };
    Some(Subject::Component(design.component(owner).name.as_str().into()))
}

fn is_critical(analysis: &Analysis, subject: &Fact<'_>) -> bool {
    let design = &analysis.design;
    match subject.value {
        Value::Component(id) => analysis.is_critical(id),
        Value::Dependency(id) => analysis.graph.is_critical_dependency(id),
        Value::Group(id) => {
            design.group(id).members.iter().any(|member| analysis.graph.is_critical_dependency(*member))
        }
        Value::Flow(id) => design.flow(id).critical,
        _ => true,
    }
}

fn critical_flows(analysis: &Analysis, subject: &Fact<'_>) -> u64 {
    let count = match subject.value {
        Value::Component(id) => analysis.graph.critical_flows_of(id).count(),
        Value::Dependency(id) => analysis.graph.critical_flows_using(id).count(),
        _ => 1,
    };
    count.try_into().unwrap_or(u64::MAX / 100)
}

fn notation(analysis: &Analysis, subject: &Fact<'_>) -> Notation {
    let design = &analysis.design;
    match subject.value {
        Value::Component(id) => design.component(id).notation,
        Value::Dependency(id) => design.dependency(id).notation,
        Value::Group(id) => design.component(design.group(id).source).notation,
        _ if design.native => Notation::Native,
        _ => design.components.first().map_or(Notation::Native, |component| component.notation),
    }
}
