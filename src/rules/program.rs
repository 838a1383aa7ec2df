//! A rule ready to run: names resolved, types checked, sentences taken apart.

use super::condition::syntax::Fault;
use super::condition::{
    Code, ITEM, Literal, Param, ParamType, Scope, Test, compile_test, compile_value, describe, suggest,
};
use super::pack::{Packs, Rule};
use super::path::Path;
use super::profile::Profile;
use super::rule::{EventRule, Expected, ParamValue, RuleFile};
use super::sentence::Sentence;
use crate::analyse::relation::{Relation, Type};
use crate::analyse::relations;
use crate::finding::Severity;
use crate::parse::Spanned;
use crate::problem::Problem;
use crate::read::vocabulary::{Duration, Percent, Rate};
use crate::sources::{Sources, Span};
use indexmap::IndexMap;
use std::ops::Range;

/// A compiled rule.
pub(crate) struct Program<'p> {
    pub(crate) rule: &'p Rule,
    pub(crate) relation: &'static Relation,
    /// `None`: every row.
    pub(crate) test: Option<Test>,
    pub(crate) expects: Vec<Expectation>,
    pub(crate) cases: Vec<(Test, Severity)>,
    pub(crate) say: Sentence,
    pub(crate) say_unstated: Option<Sentence>,
    /// What is known towards the answer of a question.
    pub(crate) known: Vec<(Option<Test>, Sentence)>,
    /// The facts that answer a question.
    pub(crate) answer: Vec<Path>,
    pub(crate) why: Sentence,
    pub(crate) fix: Option<Sentence>,
    pub(crate) marks: Vec<Marked>,
    /// The event that shows what a finding means.
    pub(crate) event: Option<Shown>,
}

/// A kind of event, and what names the thing that fails.
pub(crate) struct Shown {
    pub(crate) kind: &'static str,
    pub(crate) code: Code,
    pub(crate) ty: Type,
}

/// What to point at, and the words beside it.
pub(crate) struct Marked {
    pub(crate) code: Code,
    pub(crate) ty: Type,
    pub(crate) text: Sentence,
    /// The words may differ from item to item of a list.
    pub(crate) names_items: bool,
}

/// A fact the rule expects to be stated.
pub(crate) struct Expectation {
    pub(crate) path: Path,
    pub(crate) noun: String,
}

/// Users' values for params: rule id, param, value.
pub type Params = IndexMap<Spanned<String>, Overrides>;
type Overrides = IndexMap<Spanned<String>, Spanned<ParamValue>>;

/// What is wrong with users' values for the params of a rule.
pub(crate) fn check_overrides(definition: &RuleFile, overrides: &Overrides) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, written) in overrides {
        let Some(known) = definition.params.get(&name.value) else {
            let names: Vec<&str> = definition.params.keys().map(String::as_str).collect();
            let message = format!("`{}` has no param `{}`", definition.id.value, name.value);
            let problem = Problem::error("bad-param", message, name.span, "changes nothing");
            problems.push(problem.with_help(if names.is_empty() {
                "It has none; remove this.".to_owned()
            } else {
                suggest(&name.value, &names)
            }));
            continue;
        };
        if let Err((expected, is)) = accepted_value(&known.is.value, &written.value) {
            let message = format!("`{}` of `{}` is {expected}", name.value, definition.id.value);
            problems.push(Problem::error("bad-param", message, written.span, is));
        }
    }
    problems
}

/// A value in place of another: of the same type, and as possible as that. Else what is expected, and what it is.
fn accepted_value(usual: &ParamValue, written: &ParamValue) -> Result<Literal, (&'static str, &'static str)> {
    let ((usual, ty), (other, other_type)) = (param(usual), param(written));
    if other_type != ty {
        return Err((describe(Some(ty.ty())), describe(Some(other_type.ty()))));
    }
    match (usual, &other) {
        (Literal::Number(_), Literal::Number(value)) if !value.is_finite() => Err(("a finite number", "not finite")),
        (Literal::Number(usual), Literal::Number(value)) if usual >= 0.0 && *value < 0.0 => {
            Err(("never negative", "negative"))
        }
        (Literal::Number(_), Literal::Number(value)) if ty == ParamType::Percent && *value > 1.0 => {
            Err(("at most 100%", "more than all"))
        }
        _ => Ok(other),
    }
}

/// Compiles rules; what is wrong with one is a problem in its file, and it does not run.
pub(crate) fn compile_all<'p>(
    rules: &[&'p Rule],
    packs: &'p Packs,
    params: &Params,
    profile: Profile,
    sources: &Sources,
) -> (Vec<Program<'p>>, Vec<Problem>) {
    let mut programs = Vec::new();
    let mut problems = Vec::new();
    for rule in rules {
        let mut compiler = Compiler { sources: packs.sources_of(rule, sources), profile, problems: Vec::new() };
        let program = compiler.rule(rule, params.get(rule.id()));
        programs.extend(program.filter(|_| compiler.problems.is_empty()));
        problems.append(&mut compiler.problems);
    }
    (programs, problems)
}

struct Compiler<'s> {
    sources: &'s Sources,
    profile: Profile,
    problems: Vec<Problem>,
}

impl Compiler<'_> {
    fn rule<'p>(&mut self, rule: &'p Rule, overrides: Option<&Overrides>) -> Option<Program<'p>> {
        let definition = &rule.definition;
        let Some(relation) = relations::find(&definition.each.value) else {
            let names: Vec<&str> = relations::RELATIONS.iter().map(|relation| relation.name).collect();
            let name = &definition.each.value;
            self.problems.push(
                Problem::error("bad-rule", format!("there is no relation `{name}`"), definition.each.span, "unknown")
                    .with_help(suggest(name, &names)),
            );
            return None;
        };
        let params = self.params(definition, overrides);
        let open = Scope { relation, params: &params, expects: &[], item: None };
        let expects: Vec<Expectation> =
            definition.expects.iter().filter_map(|expected| self.expectation(expected, open)).collect();
        let paths: Vec<Path> = expects.iter().map(|expected| expected.path.clone()).collect();
        let scope = Scope { expects: &paths, ..open };

        let test = definition.test.as_ref().and_then(|text| self.test(text, scope));
        let cases = definition.severity.when.iter();
        let cases: Vec<_> = cases.filter_map(|case| Some((self.test(&case.test, scope)?, case.is))).collect();
        for expected in &definition.expects {
            if !definition.test.as_ref().is_some_and(|test| test.value.contains(&expected.fact.value)) {
                let message = format!("`where` never reads `{}`", expected.fact.value);
                self.problems.push(
                    Problem::error("bad-rule", message, expected.fact.span, "expected, but not asked about")
                        .with_help("Name the facts that `where` reads, as it reads them."),
                );
            }
        }

        let say = self.question_or_sentence(definition, scope);
        let say_unstated = definition.say_unstated.as_ref().and_then(|text| self.sentence(text, scope));
        let known = definition.known.iter().filter_map(|known| {
            let test = known.test.as_ref().map(|test| self.test(test, scope));
            Some((test.map_or(Some(None), |test| test.map(Some))?, self.sentence(&known.say, scope)?))
        });
        let known = known.collect();
        let answer = definition.answer.iter().filter_map(|fact| match scope.path(&fact.value) {
            Ok(path) => Some(path),
            Err(fault) => self.fault(fault, fact),
        });
        let answer = answer.collect();
        let why = self.sentence(&definition.why, scope);
        let fix = definition.fix.as_ref().and_then(|text| self.sentence(text, scope));
        let mut marks = Vec::new();
        for mark in &definition.mark {
            let place = match compile_value(&mark.field.value, scope) {
                Ok(place) => Some(place),
                Err(faults) => self.faults(faults, &mark.field),
            };
            let Some((code, ty)) = place else { continue };
            let item = if let Type::List(of) = ty { Some(*of) } else { None };
            if let Some(text) = self.sentence(&mark.text, Scope { item, ..scope }) {
                marks.push(Marked { code, ty, text, names_items: mark.text.value.contains(ITEM) });
            }
        }
        let event = definition.event.as_ref().and_then(|event| self.event(event, scope));
        if definition.mark.is_empty() {
            self.problems.push(Problem::error("bad-rule", "the rule marks nothing", definition.id.span, "no `mark`"));
        }
        Some(Program {
            rule,
            relation,
            test,
            expects,
            cases,
            say: say?,
            say_unstated,
            known,
            answer,
            why: why?,
            fix,
            marks,
            event,
        })
    }

    fn question_or_sentence(&mut self, definition: &RuleFile, scope: Scope<'_>) -> Option<Sentence> {
        let id = &definition.id;
        match (&definition.say, &definition.ask) {
            (Some(say), None) => {
                if !definition.known.is_empty() || !definition.answer.is_empty() {
                    let message = "`known` and `answer` belong to questions";
                    self.problems.push(
                        Problem::error("bad-rule", message, id.span, "says, and does not ask")
                            .with_help("Write `ask` instead of `say`, or remove them."),
                    );
                }
                if definition.fix.is_none() {
                    self.problems.push(
                        Problem::error("bad-rule", format!("`{}` says no `fix`", id.value), id.span, "no `fix`")
                            .with_help("Tell the smallest edit that mends it."),
                    );
                }
                if definition.expects.is_empty() != definition.say_unstated.is_none() {
                    let message = "`expects` and `say_unstated` go together";
                    self.problems.push(Problem::error("bad-rule", message, id.span, "only one of them").with_help(
                        "`say_unstated: the design does not say …` is said where an expected fact is not described.",
                    ));
                }
                self.sentence(say, scope)
            }
            (None, Some(ask)) => self.sentence(ask, scope),
            _ => {
                let message = "a rule has either `say` or `ask`";
                self.problems.push(Problem::error("bad-rule", message, id.span, "both or neither"));
                None
            }
        }
    }

    fn event(&mut self, event: &EventRule, scope: Scope<'_>) -> Option<Shown> {
        let field = &event.field;
        match compile_value(&field.value, scope) {
            Ok((code, ty)) => {
                let item = if let Type::List(of) = ty { *of } else { ty };
                if matches!(item, Type::Component | Type::Text(_)) {
                    return Some(Shown { kind: event.kind, code, ty });
                }
                let fault =
                    Fault::new(format!("`{}` is no name", field.value), 0..field.value.len(), describe(Some(ty)));
                self.fault(fault.with_help("Name a component, or a field with the name of what fails."), field)
            }
            Err(faults) => self.faults(faults, field),
        }
    }

    fn expectation(&mut self, expected: &Expected, scope: Scope<'_>) -> Option<Expectation> {
        match scope.path(&expected.fact.value) {
            Ok(path) => {
                let noun = expected.noun.clone().unwrap_or_else(|| path.field.replace('_', " "));
                Some(Expectation { path, noun })
            }
            Err(fault) => self.fault(fault, &expected.fact),
        }
    }

    /// Values that do not fit are told by [`check_overrides`].
    fn params(&mut self, definition: &RuleFile, overrides: Option<&Overrides>) -> Vec<Param> {
        let mut params = Vec::new();
        for (name, rule) in &definition.params {
            let (mut value, ty) = param(&rule.is.value);
            // What the user wrote comes last, and goes before what the rule says.
            if let Some(written) = rule.in_profile(self.profile) {
                let (other, other_type) = param(&written.value);
                if other_type == ty {
                    value = other;
                } else {
                    let is = describe(Some(other_type.ty()));
                    let message = format!("`{name}` of `{}` is {}", definition.id.value, describe(Some(ty.ty())));
                    self.problems.push(Problem::error("bad-rule", message, written.span, is));
                }
            }
            let written = overrides.and_then(|overrides| overrides.get(name.as_str()));
            if let Some(Ok(written)) = written.map(|written| accepted_value(&rule.is.value, &written.value)) {
                value = written;
            }
            params.push(Param { name: name.clone(), value, ty });
        }
        params
    }

    fn test(&mut self, text: &Spanned<String>, scope: Scope<'_>) -> Option<Test> {
        match compile_test(&text.value, scope) {
            Ok(compiled) => Some(compiled),
            Err(faults) => self.faults(faults, text),
        }
    }

    fn sentence(&mut self, text: &Spanned<String>, scope: Scope<'_>) -> Option<Sentence> {
        if text.value.trim().is_empty() {
            return self.fault(Fault::new("this sentence is empty", 0..0, "says nothing"), text);
        }
        match Sentence::compile(&text.value, scope) {
            Ok(sentence) => Some(sentence),
            Err(faults) => self.faults(faults, text),
        }
    }

    fn fault<T>(&mut self, fault: Fault, text: &Spanned<String>) -> Option<T> {
        self.faults(vec![fault], text)
    }

    fn faults<T>(&mut self, faults: Vec<Fault>, text: &Spanned<String>) -> Option<T> {
        for fault in faults {
            let at = locate(self.sources, text, &fault.at);
            let problem = Problem::error("bad-rule", fault.message, at, fault.label);
            self.problems.push(match fault.help {
                Some(help) => problem.with_help(help),
                None => problem,
            });
        }
        None
    }
}

/// Type and value of a threshold; texts with a unit are quantities.
pub(crate) fn param(value: &ParamValue) -> (Literal, ParamType) {
    match value {
        ParamValue::Bool(value) => (Literal::Bool(*value), ParamType::Bool),
        ParamValue::Number(value) => (Literal::Number(*value), ParamType::Number),
        ParamValue::Texts(texts) => {
            (Literal::List(texts.iter().cloned().map(Literal::Text).collect()), ParamType::Texts)
        }
        ParamValue::Text(text) => {
            let quantity = Duration::parse(text)
                .map(|value| (value.0, ParamType::Duration))
                .or_else(|| Rate::parse(text).map(|value| (value.0, ParamType::Rate)))
                .or_else(|| Percent::parse(text).map(|value| (value.0, ParamType::Percent)));
            match quantity {
                Some((value, ty)) => (Literal::Number(value), ty),
                None => (Literal::Text(text.clone()), ParamType::Text),
            }
        }
    }
}

/// The place of some bytes of a scalar's text in its file.
///
/// A plain or quoted scalar on one line is its own text; folding changes nothing but white space, so that the n-th
/// visible character of a text is that of its source. Where neither holds (escapes), it is the whole scalar.
fn locate(sources: &Sources, text: &Spanned<String>, at: &Range<usize>) -> Span {
    let source = sources.text(text.span);
    let offset = |bytes: usize| text.span.start + u32::try_from(bytes).unwrap_or(0);
    let body = match source.as_bytes().first() {
        Some(b'|' | b'>') => source.find('\n').unwrap_or(0),
        Some(b'\'' | b'"') => 1,
        _ => 0,
    };
    let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let inside = source[body..].trim_end_matches(['\'', '"']);
    let raw = text.value.trim_end_matches(['\'', '"']);
    let same = inside.chars().filter(|c| !c.is_whitespace()).eq(raw.chars().filter(|c| !c.is_whitespace()));
    if !same || at.end > text.value.len() {
        return text.span;
    }
    let (before, length) = (visible(&text.value[..at.start]), visible(&text.value[at.clone()]));
    let mut characters = source[body..].char_indices().filter(|(_, c)| !c.is_whitespace()).skip(before);
    let Some((first, _)) = characters.next() else { return text.span };
    let last = characters.take(length.saturating_sub(1)).last();
    let end_of = |at: usize| at + source[body + at..].chars().next().map_or(0, char::len_utf8);
    Span::new(offset(body + first), offset(body + end_of(last.map_or(first, |(at, _)| at))))
}

impl Program<'_> {
    /// The field of the relation that says which flow a row is about.
    pub(crate) fn flow_field(&self) -> Option<usize> {
        self.relation.fields.iter().position(|field| matches!(field.ty, Type::Flow))
    }
}
