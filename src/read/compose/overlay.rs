//! What a Compose file says in premortem's own words: `x-premortem`, and labels `premortem.owner`, `premortem.tier` and
//! `premortem.kind`.

use super::layers::{Layers, Value};
use crate::parse::deserialize;
use crate::problem::{Problem, did_you_mean};
use crate::read::native;
use crate::read::structure::Shape;
use crate::read::vocabulary::{Attr, Complete, ComponentFacts, Count, DesignFacts, Kind, Word};
use crate::sources::Span;
use std::sync::LazyLock;

/// The published schema of a component, on its own. `None` cannot happen: the schema is made from our own types.
static COMPONENT: LazyLock<Option<Shape>> =
    LazyLock::new(|| Shape::new(schemars::schema_for!(ComponentFacts).to_value(), &[]).ok());

static DESIGN: LazyLock<Option<Shape>> = LazyLock::new(|| Shape::new(native::schema().clone(), &[]).ok());

/// What a service says about itself; it has the first word over what was read from Compose.
pub(super) fn component(service: &Layers<'_>, problems: &mut Vec<Problem>) -> ComponentFacts {
    let mut facts = ComponentFacts::default();
    for layer in service.get("x-premortem").iter().rev() {
        let written: ComponentFacts = read(layer, &COMPONENT, problems);
        facts.merge_from(&written);
        add_structure(&mut facts, written);
    }
    labels(service, &mut facts, problems);
    facts
}

/// `x-premortem` beside `services`: flows, teams, scale, and whatever else a design says as a whole.
pub(super) fn design(root: Value<'_>, problems: &mut Vec<Problem>) -> DesignFacts {
    root.get("x-premortem").map(|written| read(written, &DESIGN, problems)).unwrap_or_default()
}

fn add_structure(facts: &mut ComponentFacts, weaker: ComponentFacts) {
    for used in weaker.uses.0 {
        if !facts.uses.0.iter().any(|known| known.target.value == used.target.value) {
            facts.uses.0.push(used);
        }
    }
    for (name, group) in weaker.one_of.0 {
        if facts.one_of.get(&name.value).is_none() {
            facts.one_of.0.push((name, group));
        }
    }
    for (rule, reason) in weaker.accept.0 {
        if facts.accept.get(&rule.value).is_none() {
            facts.accept.0.push((rule, reason));
        }
    }
}

/// Reads a map of the vocabulary, checked as a design of its own notation is.
fn read<'t, T: serde::Deserialize<'t> + Default>(
    written: Value<'t>,
    shape: &LazyLock<Option<Shape>>,
    problems: &mut Vec<Problem>,
) -> T {
    let Some(shape) = &**shape else { return T::default() };
    let checked = shape.check(written.node);
    problems.extend(checked.problems);
    if checked.skip.holds(written.node) {
        return T::default();
    }
    deserialize(written.node, &checked.skip).unwrap_or_else(|mismatch| {
        problems.push(mismatch.problem(written.span()));
        T::default()
    })
}

/// A label of a container.
pub(super) struct Label {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) span: Span,
    /// No part of it comes from a variable.
    is_public: bool,
}

/// Labels as a map, or as a list of `name=value`.
pub(super) fn all_labels(service: &Layers<'_>) -> Vec<Label> {
    let mut found = Vec::new();
    for layer in service.get("labels").iter().chain(service.get("deploy").get("labels").iter()) {
        for item in layer.items() {
            if let Some(text) = item.text() {
                let (name, value) = text.split_once('=').unwrap_or((&text, ""));
                let is_public = item.public_text().is_some();
                found.push(Label { name: name.to_owned(), value: value.to_owned(), span: item.span(), is_public });
            }
        }
        for entry in layer.node.entries() {
            let value = layer.at(entry.value);
            let text = value.text().unwrap_or_default();
            let is_public = value.public_text().is_some_and(|shown| shown == text);
            let span = if value.span().is_empty() { entry.key.span } else { value.span() };
            found.push(Label { name: entry.key.text.to_owned(), value: text.into_owned(), span, is_public });
        }
    }
    found
}

fn labels(service: &Layers<'_>, facts: &mut ComponentFacts, problems: &mut Vec<Problem>) {
    // Later descriptions are stronger, and only the first answer counts.
    for Label { name, value, span, .. } in all_labels(service).into_iter().rev().filter(|label| label.is_public) {
        let Some(key) = name.strip_prefix("premortem.") else { continue };
        let fits = match key {
            "owner" => {
                facts.owner.or(Attr::imported(Word(value.clone()), span));
                !value.is_empty()
            }
            "tier" => Count::parse(&value).map(|tier| facts.tier.or(Attr::imported(tier, span))).is_some(),
            "kind" => Kind::parse(&value).map(|kind| facts.kind.or(Attr::imported(kind, span))).is_some(),
            _ => {
                let problem = Problem::error(
                    "unknown-key",
                    format!("there is no label `{name}`"),
                    span,
                    "labels are `premortem.owner`, `premortem.tier` and `premortem.kind`",
                );
                problems.push(problem.with_help("Say everything else under `x-premortem`."));
                continue;
            }
        };
        if !fits {
            let problem = Problem::error("bad-value", format!("`{value}` is no {key}"), span, format!("not a {key}"));
            problems.push(match did_you_mean(&value, Kind::WORDS.iter().copied()).filter(|_| key == "kind") {
                Some(close) => problem.with_help(format!("Did you mean `{close}`?")),
                None => problem,
            });
        }
    }
}
