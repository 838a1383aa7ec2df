//! What a Compose file says in premortem's own words: `x-premortem`, and labels `premortem.owner`, `premortem.tier` and
//! `premortem.kind`.

use super::layers::{Layers, Value};
use crate::parse::{Skip, deserialize};
use crate::problem::{Problem, did_you_mean};
use crate::read::vocabulary::{Attr, ComponentFacts, Count, DesignFacts, FieldInfo, Kind, Word};
use crate::sources::Span;

/// What a service says about itself; it has the first word over what was read from Compose.
pub(super) fn component(service: &Layers<'_>, problems: &mut Vec<Problem>) -> ComponentFacts {
    let mut facts = ComponentFacts::default();
    for layer in service.get("x-premortem").iter().rev() {
        let written: ComponentFacts = read(layer, ComponentFacts::FIELDS, &["uses", "one_of", "accept"], problems);
        facts.merge_from(&written);
        add_structure(&mut facts, written);
    }
    labels(service, &mut facts, problems);
    facts
}

/// `x-premortem` beside `services`: flows, teams, scale, and whatever else a design says as a whole.
pub(super) fn design(root: Value<'_>, problems: &mut Vec<Problem>) -> DesignFacts {
    const PLUS: [&str; 6] = ["teams", "defaults", "components", "flows", "decisions", "accept"];
    root.get("x-premortem").map(|written| read(written, DesignFacts::FIELDS, &PLUS, problems)).unwrap_or_default()
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

/// Reads a map of the vocabulary. Unknown keys are problems and left out; a value that does not fit leaves out the map.
fn read<'t, T: serde::Deserialize<'t> + Default>(
    written: Value<'t>,
    fields: &[FieldInfo],
    plus: &[&'static str],
    problems: &mut Vec<Problem>,
) -> T {
    let known = || fields.iter().map(|field| field.name).chain(plus.iter().copied());
    let mut skip = Skip::default();
    for entry in written.node.entries() {
        if entry.key.text.starts_with("x-") || known().any(|name| name == entry.key.text) {
            continue;
        }
        skip.insert(entry.value.use_id());
        let problem = Problem::error(
            "unknown-key",
            format!("`x-premortem` has no key `{}`", entry.key.text),
            entry.key.span,
            "not a word of this notation",
        );
        problems.push(match did_you_mean(entry.key.text, known()) {
            Some(close) => problem.with_help(format!("Did you mean `{close}`?")),
            None => problem.with_help("`premortem schema design` lists every key."),
        });
    }
    deserialize(written.node, &skip).unwrap_or_else(|mismatch| {
        problems.push(mismatch.problem(written.span()));
        T::default()
    })
}

/// Labels as a map, or as a list of `name=value`.
pub(super) fn all_labels<'t>(service: &Layers<'t>) -> Vec<(String, String, Span)> {
    let mut found = Vec::new();
    for layer in service.get("labels").iter().chain(service.get("deploy").get("labels").iter()) {
        for item in layer.items() {
            if let Some(text) = item.text() {
                let (name, value) = text.split_once('=').unwrap_or((&text, ""));
                found.push((name.to_owned(), value.to_owned(), item.span()));
            }
        }
        for entry in layer.node.entries() {
            let value = layer.at(entry.value);
            let text = value.text().unwrap_or_default().into_owned();
            let span = if value.span().is_empty() { entry.key.span } else { value.span() };
            found.push((entry.key.text.to_owned(), text, span));
        }
    }
    found
}

fn labels(service: &Layers<'_>, facts: &mut ComponentFacts, problems: &mut Vec<Problem>) {
    // Later descriptions are stronger, and only the first answer counts.
    for (name, value, span) in all_labels(service).into_iter().rev() {
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
