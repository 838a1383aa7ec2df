//! What pictures say in words, the same in every notation.

use super::{Diagram, Edge, Flow, Line, Node, Part, What};
use crate::analyse::failure::State;
use crate::read::vocabulary::Kind;
use indexmap::IndexMap;

/// Names of a list that are printed; the rest is counted.
const MOST_NAMES: usize = 4;

/// Flows that are listed; the rest is counted.
pub(super) const MOST_FLOWS: usize = 12;

/// The heading of the picture.
pub(super) fn title(diagram: &Diagram) -> String {
    match (&diagram.failure, &diagram.system) {
        (Some(failure), _) => failure.headline.clone(),
        (None, Some(system)) => system.clone(),
        (None, None) => "The design".to_owned(),
    }
}

/// What stands below the name of a box, line by line.
pub(super) fn details(node: &Node) -> Vec<String> {
    match &node.what {
        What::Component(part) => {
            let mut lines = vec![kind_line(part)];
            lines.extend(place_line(part));
            lines.extend(part.group.iter().map(|group| format!("of {group}")));
            lines
        }
        What::Choice { need, of } => vec![format!("{need} of {of}")],
        What::Group { members } => {
            let mut kinds: IndexMap<Kind, usize> = IndexMap::new();
            for member in members {
                *kinds.entry(member.kind).or_default() += 1;
            }
            let mut kinds: Vec<(Kind, usize)> = kinds.into_iter().collect();
            kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let rest: usize = kinds.iter().skip(3).map(|(_, count)| count).sum();
            let mut parts: Vec<String> =
                kinds.iter().take(3).map(|(kind, count)| format!("{count}\u{a0}×\u{a0}{kind}")).collect();
            if rest > 0 {
                parts.push(format!("{rest}\u{a0}more"));
            }
            let mut lines = vec![parts.join(", ")];
            if members.iter().all(|member| member.state.is_none_or(|state| state == State::Up)) {
                lines.push(some(&members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>()));
            }
            for state in [State::Hung, State::Down, State::Degraded] {
                let names: Vec<&str> = members
                    .iter()
                    .filter(|member| member.state == Some(state))
                    .map(|member| member.name.as_str())
                    .collect();
                if !names.is_empty() {
                    lines.push(format!("{state}: {}", some(&names)));
                }
            }
            lines
        }
    }
}

/// The state of a box, and what was done to it: `down: stops`.
pub(super) fn condition(node: &Node) -> Option<String> {
    let state = node.state?;
    match (state, node.struck.as_slice()) {
        (State::Up, []) => None,
        (_, []) => Some(state.to_string()),
        (_, struck) => Some(format!("{state}: {}", struck.join(", "))),
    }
}

/// What thick arrows and borders mean.
pub(super) const CRITICAL: &str = "critical flows use it";

/// What the colour of an arrow says.
pub(super) const CARRIES: &str = "the failure spreads";

/// The flows as lines of a legend, the first ones of many.
pub(super) fn flows(diagram: &Diagram) -> Vec<String> {
    let mut lines: Vec<String> = diagram.flows.iter().take(MOST_FLOWS).map(flow).collect();
    if let Some(more) = diagram.flows.len().checked_sub(MOST_FLOWS).filter(|more| *more > 0) {
        lines.push(format!("and {more} more"));
    }
    lines
}

/// The flow as one line of a legend: `failed: checkout (critical)`.
fn flow(flow: &Flow) -> String {
    let critical = if flow.critical { " (critical)" } else { "" };
    match flow.outcome {
        Some(outcome) => format!("{outcome}: {}{critical}", flow.name),
        None => format!("{}{critical}", flow.name),
    }
}

/// What a line means.
pub(super) fn line(line: Line) -> &'static str {
    match line {
        Line::Hard => "hard: cannot answer without it",
        Line::Soft => "soft: answers with less",
        Line::Async => "asynchronous: nobody waits",
        Line::Fallback => "fallback: asked instead",
        Line::Start => "only to start",
    }
}

/// The lines a picture uses, strongest first.
pub(super) fn lines_used(diagram: &Diagram) -> Vec<Line> {
    Line::ALL.into_iter().filter(|line| diagram.edges.iter().any(|edge| edge.line == *line)).collect()
}

/// The picture in a few words, for those who cannot see it.
pub(super) fn summary(diagram: &Diagram) -> String {
    let mut parts = vec![format!("{} boxes, {} arrows", diagram.nodes.len(), diagram.edges.len())];
    for state in [State::Hung, State::Down, State::Degraded] {
        let mut names: Vec<&str> = Vec::new();
        for node in &diagram.nodes {
            match &node.what {
                What::Group { members } => {
                    names.extend(members.iter().filter(|m| m.state == Some(state)).map(|m| m.name.as_str()));
                }
                _ if node.state == Some(state) => names.push(&node.name),
                _ => {}
            }
        }
        if !names.is_empty() {
            parts.push(format!("{state}: {}", names.join(", ")));
        }
    }
    parts.extend(flows(diagram));
    parts.extend(diagram.notes.iter().cloned());
    parts.join("; ")
}

/// An arrow as a sentence: `api -> redis, soft, 3 dependencies`.
pub(super) fn arrow(diagram: &Diagram, edge: &Edge) -> String {
    let name = |index: usize| diagram.nodes[index].name.as_str();
    let takes = if edge.takes { "takes from" } else { "uses" };
    let count = if edge.count > 1 { format!(", {} dependencies", edge.count) } else { String::new() };
    format!("{} {takes} {}, {}{count}", name(edge.source), name(edge.target), edge.line.as_str())
}

fn kind_line(part: &Part) -> String {
    let technology = part.technology.as_ref().map(|technology| format!(" · {technology}")).unwrap_or_default();
    let copies = part.replicas.map(|copies| format!(" ×{copies}")).unwrap_or_default();
    format!("{}{copies}{technology}", part.kind)
}

fn place_line(part: &Part) -> Option<String> {
    let zones: Vec<&str> = part.zones.iter().map(String::as_str).collect();
    let zones = match zones.as_slice() {
        [] => None,
        [zone] => Some(format!("zone {zone}")),
        zones => Some(format!("zones {}", some(zones))),
    };
    let places: Vec<String> = zones.into_iter().chain(part.region.clone()).chain(part.vendor.clone()).collect();
    (!places.is_empty()).then(|| places.join(" · "))
}

/// `a, b, c, d and 3 more`.
fn some(names: &[&str]) -> String {
    match names.len().saturating_sub(MOST_NAMES) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..MOST_NAMES].join(", ")),
    }
}
