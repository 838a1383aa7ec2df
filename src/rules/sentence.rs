//! Sentences of rules: `{component.ttl}` is replaced by what the row says, `{{` is a brace.

use super::condition::syntax::Fault;
use super::condition::{Code, Scope, compile_value};
use super::path::Frame;
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Stated, Type, Value};
use crate::read::vocabulary::{Duration, Percent, Rate, Short};
use std::fmt::{self, Write};
use std::sync::Arc;

/// More items of a list than this are only counted.
const MOST_ITEMS: usize = 5;

/// Names of components are seldom longer, in bytes.
const NAME_LENGTH: usize = 24;

/// A checked sentence.
pub(crate) struct Sentence {
    parts: Vec<Part>,
    /// The whole, if it is the same for every row.
    constant: Option<Arc<str>>,
}

enum Part {
    Text(String),
    Value {
        code: Code,
        ty: Type,
        /// It stands alone between backticks, which then go around each item of a list.
        ticked: bool,
    },
}

impl Sentence {
    /// Reads a sentence; every `{…}` is a field path or an expression of the condition language.
    pub(crate) fn compile(text: &str, scope: Scope<'_>) -> Result<Self, Vec<Fault>> {
        let mut parts = Vec::new();
        let mut faults = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push_str(&rest[..1]);
                at += 2;
            } else if rest.starts_with('{') {
                let Some(length) = rest.find('}') else {
                    faults.push(
                        Fault::new("this `{` is never closed", at..at + 1, "opened here")
                            .with_help("Write `{{` for a brace that is meant as such."),
                    );
                    break;
                };
                match placeholder(&rest[1..length], scope) {
                    Ok((code, ty)) => {
                        let ticked = literal.ends_with('`') && rest[length + 1..].starts_with('`');
                        if ticked {
                            literal.pop();
                        }
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                        parts.push(Part::Value { code, ty, ticked });
                        at += length + 1 + usize::from(ticked);
                    }
                    Err(found) => {
                        let shift = |mut fault: Fault| {
                            fault.at = fault.at.start + at + 1..fault.at.end + at + 1;
                            fault
                        };
                        faults.extend(found.into_iter().map(shift));
                        at += length + 1;
                    }
                }
            } else {
                let length = rest.find(['{', '}']).unwrap_or(rest.len()).max(1);
                literal.push_str(&rest[..length]);
                at += length;
            }
        }
        parts.push(Part::Text(literal));
        if !faults.is_empty() {
            return Err(faults);
        }
        let constant = if let [Part::Text(text)] = parts.as_slice() { Some(text.as_str().into()) } else { None };
        Ok(Self { parts, constant })
    }

    pub(crate) fn render(&self, frame: &Frame<'_, '_>) -> String {
        let length = |part: &Part| if let Part::Text(text) = part { text.len() } else { NAME_LENGTH };
        let mut text = String::with_capacity(self.parts.iter().map(length).sum());
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Value { code, ty, ticked } => show(&mut text, code, *ty, *ticked, frame),
            }
        }
        text
    }

    /// As [`Sentence::render`], for words that are kept many times.
    pub(crate) fn share(&self, frame: &Frame<'_, '_>) -> Arc<str> {
        self.constant.clone().unwrap_or_else(|| self.render(frame).into())
    }

    /// The sentence, if everything it names is known and no list in it is empty.
    pub(crate) fn render_known(&self, frame: &Frame<'_, '_>) -> Option<String> {
        let known = self.parts.iter().all(|part| match part {
            Part::Text(_) => true,
            Part::Value { code, ty, .. } => {
                let fact = code.read(*ty, frame);
                match fact.value {
                    Value::Null => fact.stated == Stated::None,
                    Value::List(items) => !items.is_empty(),
                    _ => true,
                }
            }
        });
        known.then(|| self.render(frame))
    }
}

/// A value that names something, or the first of a list of them; `None` for what is not known.
pub(crate) fn name(fact: &Fact<'_>, analysis: &Analysis) -> Option<String> {
    match &fact.value {
        Value::List(items) => name(items.first()?, analysis),
        Value::Component(_) | Value::Text(_) => {
            let mut name = String::new();
            show_scalar(&mut name, fact, analysis);
            Some(name)
        }
        _ => None,
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn join(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn placeholder(text: &str, scope: Scope<'_>) -> Result<(Code, Type), Vec<Fault>> {
    match compile_value(text, scope)? {
        (_, Type::Record(_)) => Err(vec![
            Fault::new(format!("`{text}` is a map, which no sentence can say"), 0..text.len(), "a map")
                .with_help("Name one of its keys."),
        ]),
        value => Ok(value),
    }
}

fn show(text: &mut String, code: &Code, ty: Type, ticked: bool, frame: &Frame<'_, '_>) {
    let peeked = if let Code::Path(path) = code { path.peek(frame) } else { None };
    match peeked {
        Some(fact) => show_fact(text, fact, ticked, frame.analysis),
        None => show_fact(text, &code.read(ty, frame), ticked, frame.analysis),
    }
}

fn show_fact(text: &mut String, fact: &Fact<'_>, ticked: bool, analysis: &Analysis) {
    let tick = if ticked { "`" } else { "" };
    match &fact.value {
        // What is not known is no name: it goes without backticks.
        Value::Null if fact.stated != Stated::None => text.push_str("unknown"),
        Value::List(items) if items.is_empty() => text.push_str("none"),
        Value::List(items) => {
            let more = items.len().saturating_sub(MOST_ITEMS);
            for (index, item) in items.iter().take(MOST_ITEMS).enumerate() {
                text.push_str(match index {
                    0 => "",
                    _ if index + 1 == items.len() => " and ",
                    _ => ", ",
                });
                text.push_str(tick);
                show_scalar(text, item, analysis);
                text.push_str(tick);
            }
            if more > 0 {
                push(text, format_args!(" and {more} more"));
            }
        }
        value => {
            text.push_str(tick);
            match value {
                Value::Null => text.push_str("none"),
                _ => show_scalar(text, fact, analysis),
            }
            text.push_str(tick);
        }
    }
}

/// One value in words. Entities are their names, the design is its system's name.
fn show_scalar(text: &mut String, fact: &Fact<'_>, analysis: &Analysis) {
    let design = &analysis.design;
    match &fact.value {
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Integer(value) => push(text, format_args!("{}", Short(to_f64(*value)))),
        Value::Number(value) | Value::Duration(value) | Value::Rate(value) if value.is_infinite() => {
            text.push_str("unlimited");
        }
        Value::Number(value) => push(text, format_args!("{}", Short(*value))),
        Value::Duration(seconds) => push(text, format_args!("{}", Duration(*seconds))),
        Value::Rate(rate) => push(text, format_args!("{}", Rate(*rate))),
        Value::Percent(share) => push(text, format_args!("{}", Percent(*share))),
        Value::Text(value) => text.push_str(value),
        Value::Component(id) => text.push_str(&design.component(*id).name),
        Value::Dependency(id) => text.push_str(&design.dependency_name(*id)),
        Value::Group(id) => text.push_str(&design.group(*id).name),
        Value::Flow(id) => text.push_str(&design.flow(*id).name),
        Value::Team(id) => text.push_str(&design.team(*id).name),
        Value::Design => text.push_str(design.facts.system.value().map_or("the design", |system| &system.0)),
        Value::Null | Value::List(_) | Value::Record(_) => text.push_str("unknown"),
    }
}

fn push(text: &mut String, words: fmt::Arguments<'_>) {
    text.write_fmt(words).expect("a text takes what it is given");
}

#[expect(clippy::cast_precision_loss, reason = "counts of real things are far below 2^52")]
fn to_f64(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::relations;
    use crate::read::Notation;
    use crate::rules::testing::opened;

    const DESIGN: &str = "
components:
  api:
    ttl: 90s
    load: 12_000rps
    availability: 99.95%
    max_connections: 20000
    runbook: none
    owner: todo
    zones: [a, b, c, d, e, f, g]
    metrics: [one]
    alerts: [one, two]
    uses: {pg: {retries: forever}}
  pg: {}
";

    fn say(sentence: &str) -> Result<String, Vec<Fault>> {
        let (_, problems, analysis) = opened(DESIGN, Notation::Native);
        assert_eq!(problems, []);
        let analysis = analysis.unwrap();
        let relation = relations::find("component").unwrap();
        let compiled = Sentence::compile(sentence, Scope { relation, params: &[], expects: &[], item: None });
        let rows = (relation.rows)(&analysis);
        compiled.map(|sentence| sentence.render(&Frame::new(&analysis, &rows[0].cells, 0)))
    }

    #[test]
    fn values_read_as_people_write_them() {
        let cases = [
            ("`{component}` keeps {component.ttl}", "`api` keeps 90 s"),
            ("{component.load}, {component.availability}", "12 000 rps, 99.95 %"),
            ("{component.max_connections} of {1 + 2}", "20 000 of 3"),
            ("{component.uses}: {component.uses.map(u, u.attempts)}", "api->pg: unlimited"),
            ("`{component.zones}`", "`a`, `b`, `c`, `d`, `e` and 2 more"),
            ("{component.alerts}; `{component.metrics}`", "one and two; `one`"),
            ("{component.own}", "true"),
            // What has no value is never shown as one.
            ("`{component.runbook}`, `{component.owner}`, `{component.lag}`", "`none`, unknown, unknown"),
            ("{component.deletes}: {component.users}", "unknown: none"),
            ("{{ttl: {component.ttl}}}", "{ttl: 90 s}"),
            ("`ttl: {{a: 1}}`", "`ttl: {a: 1}`"),
            ("ü{component}ü", "üapiü"),
        ];
        for (sentence, said) in cases {
            assert_eq!(say(sentence).as_deref(), Ok(said), "{sentence}");
        }
    }

    #[test]
    fn bad_placeholders_are_pointed_at() {
        let cases = [
            ("`{componnent}` is", "componnent"),
            ("ü {component.ttll} is", "ttll"),
            ("{component.health}", "component.health"),
            ("{component} {", "{"),
            ("{a: 1}", "a: 1"),
            ("{}", ""),
            ("{null}", "null"),
            ("{component.ttl > 3}", "component.ttl > 3"),
        ];
        for (sentence, covered) in cases {
            let faults = say(sentence).unwrap_err();
            assert_eq!(&sentence[faults[0].at.clone()], covered, "{sentence}: {faults:?}");
        }
    }
}
