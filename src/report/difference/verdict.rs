//! The first paragraph: which flows are worse or better, because of what.

use crate::analyse::failure::Outcome;
use crate::difference::{DesignChange, Difference, FlowChange};
use crate::report::text::{count, list};
use indexmap::IndexMap;

/// Things named in one sentence.
const NAMED: usize = 3;
/// Sentences about flows; the table has all of them.
const SENTENCES: usize = 6;

/// Sentences with names in backticks.
pub(super) fn verdict(difference: &Difference) -> String {
    if difference.is_empty() {
        return "Nothing changed that premortem can see.".to_owned();
    }
    let mut sentences = Vec::new();
    for design in &difference.designs {
        sentences.extend(flows(design));
    }
    if sentences.len() > SENTENCES {
        let more = sentences.len() - SENTENCES;
        sentences.truncate(SENTENCES);
        sentences.push(format!("So are others: {}.", count(more, "more change")));
    }
    if sentences.is_empty() {
        let computed =
            !difference.designs.is_empty() && difference.designs.iter().all(|design| !design.outages.left_out);
        sentences.extend(computed.then(|| "No flow is worse or better when one thing fails.".to_owned()));
    }
    for (designs, what) in [(&difference.added, "new"), (&difference.gone, "gone")] {
        let names: Vec<String> = designs.iter().map(|path| format!("`{path}`")).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        sentences.extend((!names.is_empty()).then(|| format!("{} {verb} {what}.", list(&names))));
    }
    sentences.push(findings(difference));
    sentences.join(" ")
}

fn findings(difference: &Difference) -> String {
    let (new, fixed) = (difference.new.review.findings.len(), difference.fixed.iter().map(|fixed| fixed.count).sum());
    let is = |number: usize| if number == 1 { "is" } else { "are" };
    match (new, fixed) {
        (0, 0) => "No finding is new, and none is fixed.".to_owned(),
        (new, 0) => format!("{} {} new.", count(new, "finding"), is(new)),
        (0, fixed) => format!("{} {} fixed.", count(fixed, "finding"), is(fixed)),
        (new, fixed) => format!("{} {} new, {fixed} {} fixed.", count(new, "finding"), is(new), is(fixed)),
    }
}

/// Flows of the same fate share a sentence; worse ones come first.
fn flows(design: &DesignChange) -> Vec<String> {
    let mut by_flow: IndexMap<(bool, &str), Vec<&FlowChange>> = IndexMap::new();
    for change in &design.outages.flows {
        by_flow.entry((!change.is_worse(), &change.flow)).or_default().push(change);
    }
    let mut by_fate: IndexMap<(bool, Outcome, Vec<String>), Vec<String>> = IndexMap::new();
    for ((better, flow), changes) in by_flow {
        let decisive = |change: &&&FlowChange| if better { change.before } else { change.after };
        let worst = changes.iter().map(|change| decisive(&change)).max().unwrap_or_default();
        let mut things: Vec<String> = Vec::new();
        for change in changes.iter().filter(|change| decisive(change) == worst) {
            let thing = thing(change, &changes);
            if !things.contains(&thing) {
                things.push(thing);
            }
        }
        by_fate.entry((better, worst, things)).or_default().push(format!("`{flow}`"));
    }
    let mut fates: Vec<_> = by_fate.into_iter().collect();
    fates.sort_by_key(|((better, worst, _), _)| (*better, std::cmp::Reverse(*worst)));
    fates.into_iter().map(|((better, worst, things), flows)| sentence(better, worst, &things, &flows)).collect()
}

fn sentence(better: bool, worst: Outcome, things: &[String], flows: &[String]) -> String {
    let (is, them) = if flows.len() == 1 { ("is", "it") } else { ("are", "them") };
    let how = if better { "better" } else { "worse" };
    let verb = if worst == Outcome::Failed { "stop" } else { "degrade" };
    let flows = list(flows);
    if things.first().is_some_and(String::is_empty) {
        let state = if worst == Outcome::Failed { "failed" } else { "degraded" };
        let now = if better { "no longer" } else { "now" };
        return format!("{flows} {is} {how}: {now} {state} even while nothing fails.");
    }
    let mut named: Vec<String> = things.iter().take(NAMED).cloned().collect();
    if things.len() > NAMED {
        named.push(format!("{} more", things.len() - NAMED));
    }
    let can = if better { "can no longer" } else { "can now" };
    format!("{flows} {is} {how}: {} {can} {verb} {them}.", list(&named))
}

/// What fails; how, where only one way of failing makes a difference. Empty when nothing has to fail.
fn thing(change: &FlowChange, all: &[&FlowChange]) -> String {
    let cause = &change.cause;
    if cause.kind == "none" {
        return String::new();
    }
    let also_stops = || all.iter().any(|other| other.cause.kind == "stop" && other.cause.name == cause.name);
    match cause.kind {
        "hang" if !also_stops() => format!("a hang of {}", cause.thing()),
        "instance" if !also_stops() => format!("the loss of one copy of {}", cause.thing()),
        _ => cause.thing(),
    }
}
