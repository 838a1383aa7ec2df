//! The evidence as tables of words, the same for every format that people read.

use crate::difference::{DesignChange, Difference, FactChange, FlowChange, SinglePoint};
use crate::finding::Subject;
use crate::report::text::list;
use indexmap::IndexMap;

/// One heading and what stands below it.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) rows: Vec<Row>,
}

/// One line: what happened, to what, and how. Names stand in backticks.
pub(super) struct Row {
    pub(super) what: &'static str,
    pub(super) name: String,
    pub(super) detail: String,
}

/// Sections that have something to say.
pub(super) fn sections(design: &DesignChange) -> Vec<Section> {
    let sections = [
        Section { title: "Flows when one thing fails", rows: flows(design) },
        Section { title: "Single points of failure", rows: single_points(design) },
        Section { title: "Drawn differently", rows: parts(design) },
    ];
    sections.into_iter().filter(|section| !section.rows.is_empty()).collect()
}

/// What is new and what is fixed, worst first.
pub(super) fn findings(difference: &Difference) -> Section {
    let mut rows = Vec::new();
    let review = &difference.new.review;
    let mut new: Vec<_> = review.findings.iter().collect();
    new.sort_by_key(|finding| finding.severity);
    for finding in new {
        let name = format!("{} `{}`", finding.severity.name(), finding.rule);
        let place = review.sources.place(finding.primary());
        rows.push(Row { what: "new", name, detail: format!("{} ({place})", finding.message) });
    }
    for fixed in &difference.fixed {
        let detail = fixed.message.clone().unwrap_or_else(|| subject(&fixed.subject));
        rows.push(Row { what: "fixed", name: format!("`{}`", fixed.rule), detail });
    }
    Section { title: "Findings", rows }
}

/// Causes of the same change of a flow share a line.
fn flows(design: &DesignChange) -> Vec<Row> {
    let mut groups: IndexMap<(bool, &str, &str, &str), Vec<&FlowChange>> = IndexMap::new();
    for change in &design.outages.flows {
        let key = (!change.is_worse(), change.flow.as_str(), change.before.as_str(), change.after.as_str());
        groups.entry(key).or_default().push(change);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((better, ..), changes)| (*better, !changes[0].critical));
    let row = |((better, flow, before, after), changes): (_, Vec<&FlowChange>)| {
        let critical = if changes[0].critical { " (critical)" } else { "" };
        let detail = format!("{before} → {after} when {}", either(&clauses(&changes)));
        Row { what: if better { "better" } else { "worse" }, name: format!("`{flow}`{critical}"), detail }
    };
    let mut rows: Vec<Row> = groups.into_iter().map(row).collect();
    if design.outages.left_out {
        let detail = "the design is too large to compute every single failure".to_owned();
        rows.push(Row { what: "left out", name: String::new(), detail });
    }
    rows
}

fn single_points(design: &DesignChange) -> Vec<Row> {
    let row = |what, verb: &str, point: &SinglePoint| {
        let kind = if point.kind == "component" { String::new() } else { format!("{} ", point.kind) };
        let flows: Vec<String> = point.flows.iter().map(|flow| format!("`{flow}`")).collect();
        Row { what, name: format!("{kind}`{}`", point.name), detail: format!("{verb} {}", list(&flows)) }
    };
    let became = design.outages.became_single_points.iter().map(|point| row("new", "alone stops", point));
    let gone = design.outages.no_longer_single_points.iter().map(|point| row("gone", "alone stopped", point));
    became.chain(gone).collect()
}

fn parts(design: &DesignChange) -> Vec<Row> {
    let parts = &design.parts;
    let drawn = |what, list: &[Subject]| {
        let row = |part: &Subject| Row { what, name: subject(part), detail: String::new() };
        list.iter().map(row).collect::<Vec<_>>()
    };
    let mut rows: Vec<Row> = Vec::new();
    rows.extend(parts.renamed.iter().map(|(from, to)| Row {
        what: "renamed",
        name: format!("component `{from}`"),
        detail: format!("is `{to}` now, and the same otherwise"),
    }));
    rows.extend(drawn("added", &parts.added));
    rows.extend(drawn("gone", &parts.gone));
    for changed in &parts.changed {
        let facts: Vec<String> = changed.facts.iter().map(fact).collect();
        rows.push(Row { what: "changed", name: subject(&changed.subject), detail: facts.join(", ") });
    }
    rows
}

/// `timeout: 2 s → none`
fn fact(change: &FactChange) -> String {
    let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "not described".to_owned());
    format!("{}: {} → {}", change.name, side(&change.before), side(&change.after))
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Design => "the design".to_owned(),
        named => format!("{} `{}`", named.kind(), named.id()),
    }
}

/// "`redis` stops or hangs", "zone `a` fails"
fn clauses(changes: &[&FlowChange]) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    let mut by_thing: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for (kind, verb) in [("stop", "stops"), ("hang", "hangs"), ("instance", "loses one copy")] {
        for change in changes.iter().filter(|change| change.cause.kind == kind) {
            by_thing.entry(&change.cause.name).or_default().push(verb);
        }
    }
    by_thing.sort_keys();
    clauses.extend(by_thing.iter().map(|(name, verbs)| format!("`{name}` {}", verbs.join(" or "))));
    let is_place = |change: &&&FlowChange| !["stop", "hang", "instance"].contains(&change.cause.kind);
    clauses.extend(changes.iter().filter(is_place).map(|change| change.cause.clause()));
    clauses
}

/// `a, b or c`
fn either(clauses: &[String]) -> String {
    match clauses {
        [] => String::new(),
        [only] => only.clone(),
        [front @ .., last] => format!("{}, or {last}", front.join(", ")),
    }
}
