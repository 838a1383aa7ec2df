//! What single failures do to the flows of a design, before and after a change.

use super::parts::Names;
use crate::analyse::event::EventName;
use crate::analyse::failure::Outcome;
use crate::analyse::{Analysis, Assume, Scenario};
use std::collections::BTreeMap;

/// How a flow fares when one thing fails, if it fares differently now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowChange {
    pub flow: String,
    pub critical: bool,
    pub cause: Cause,
    pub before: Outcome,
    pub after: Outcome,
}

impl FlowChange {
    pub fn is_worse(&self) -> bool {
        self.after > self.before
    }
}

/// A single event, by name; none when nothing fails.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cause {
    /// `stop`, `hang`, `instance`, `zone`, `region`, `vendor` or `none`.
    pub kind: &'static str,
    pub name: String,
}

impl Cause {
    const NONE: Self = Self { kind: "none", name: String::new() };

    /// As `fail` takes it.
    pub fn event(&self) -> String {
        if self.kind == "none" { "none".to_owned() } else { format!("{}:{}", self.kind, self.name) }
    }

    /// "`postgres` stops", "zone `a` fails".
    pub fn clause(&self) -> String {
        if self.kind == "none" {
            "nothing fails".to_owned()
        } else {
            EventName { kind: self.kind, name: &self.name }.clause()
        }
    }

    /// What fails, whatever happens to it: "`postgres`", "zone `a`".
    pub fn thing(&self) -> String {
        match self.kind {
            "stop" | "hang" | "instance" => format!("`{}`", self.name),
            kind => format!("{kind} `{}`", self.name),
        }
    }
}

/// Something whose failure alone makes flows fail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SinglePoint {
    /// `component`, `zone`, `region` or `vendor`.
    pub kind: &'static str,
    pub name: String,
    /// The flows it makes fail, or made fail, in file order.
    pub flows: Vec<String>,
}

/// What failures do differently.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outages {
    /// Flows that are on both sides, in file order, by event.
    pub flows: Vec<FlowChange>,
    pub became_single_points: Vec<SinglePoint>,
    pub no_longer_single_points: Vec<SinglePoint>,
    /// The design is so large that it was not computed.
    pub left_out: bool,
}

/// Flows times events that are computed on each side.
const MOST: usize = 200_000;

/// Flows in file order, each with its outcome for every event.
type Fates = Vec<(String, bool, BTreeMap<Cause, Outcome>)>;

impl Outages {
    pub(super) fn new(old: &Analysis, new: &Analysis, names: &Names) -> Self {
        let (Some(before), Some(after)) = (fates(old, names), fates(new, &Names::default())) else {
            return Self { left_out: true, ..Self::default() };
        };
        let mut outages = Self::default();
        for (flow, critical, now) in &after {
            let Some((_, _, then)) = before.iter().find(|(known, ..)| known == flow) else { continue };
            outages.flows.extend(changes(flow, *critical, then, now));
        }
        let (then, now) = (single_points(&before), single_points(&after));
        let others = |points: &[SinglePoint], others: &[SinglePoint]| {
            let is_other =
                |point: &&SinglePoint| !others.iter().any(|o| (o.kind, &o.name) == (point.kind, &point.name));
            points.iter().filter(is_other).cloned().collect::<Vec<_>>()
        };
        outages.became_single_points = others(&now, &then);
        outages.no_longer_single_points = others(&then, &now);
        outages
    }

    pub fn is_empty(&self) -> bool {
        self.flows.is_empty() && self.became_single_points.is_empty() && self.no_longer_single_points.is_empty()
    }
}

fn fates(analysis: &Analysis, names: &Names) -> Option<Fates> {
    let failure = analysis.failure();
    let events = failure.events();
    if events.len().saturating_mul(analysis.design.flows.len()) > MOST {
        return None;
    }
    let cause = |event| {
        let EventName { kind, name } = failure.event_name(event);
        Cause { kind, name: names.of(name).to_owned() }
    };
    let fate = |id| {
        let flow = analysis.design.flow(id);
        let outcomes = failure.outcomes(id, &events, Assume::Must);
        let mut fates: BTreeMap<Cause, Outcome> =
            outcomes.into_iter().map(|found| (cause(found.event), found.outcome)).collect();
        fates.insert(Cause::NONE, failure.verdict(&Scenario::new([]), id).outcome);
        (flow.name.clone(), flow.critical, fates)
    };
    Some(analysis.design.flow_ids().map(fate).collect())
}

/// What is not there cannot fail.
fn changes(
    flow: &str,
    critical: bool,
    then: &BTreeMap<Cause, Outcome>,
    now: &BTreeMap<Cause, Outcome>,
) -> Vec<FlowChange> {
    let outcome = |fates: &BTreeMap<Cause, Outcome>, cause: &Cause| fates.get(cause).copied().unwrap_or_default();
    let change = |cause: &Cause| {
        let (before, after) = (outcome(then, cause), outcome(now, cause));
        let flow = flow.to_owned();
        (before != after).then(|| FlowChange { flow, critical, cause: cause.clone(), before, after })
    };
    if let Some(always) = change(&Cause::NONE) {
        // Every event would say the same again.
        return vec![always];
    }
    let gone = then.keys().filter(|cause| !now.contains_key(cause));
    now.keys().chain(gone).filter_map(change).collect()
}

fn single_points(fates: &Fates) -> Vec<SinglePoint> {
    let mut points: BTreeMap<(&'static str, &str), Vec<String>> = BTreeMap::new();
    for (flow, _, outcomes) in fates {
        for (cause, _) in outcomes.iter().filter(|(_, outcome)| **outcome == Outcome::Failed) {
            let kind = match cause.kind {
                "none" => continue,
                "stop" | "hang" | "instance" => "component",
                kind => kind,
            };
            let flows = points.entry((kind, &cause.name)).or_default();
            if flows.last() != Some(flow) {
                flows.push(flow.clone());
            }
        }
    }
    points.into_iter().map(|((kind, name), flows)| SinglePoint { kind, name: name.to_owned(), flows }).collect()
}
