//! What fills first when the traffic of today grows.

use super::cell::{ARITHMETIC, field, integer, maybe, number, rate, text, yes};
use crate::analyse::capacity::Utilisation;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Demand};
use crate::model::ComponentId;
use crate::read::vocabulary::{Rate, Short};

/// Traffic to plan for, in days like today.
const TIMES: f64 = 10.0;

pub(super) const RELATION: Relation = Relation {
    name: "growth",
    summary: "The design, if traffic is described: which component fills first when all of it grows alike.",
    fields: &[
        field("design", Type::Design, "The design."),
        field("traffic", Type::Rate, "Traffic of all flows together today."),
        field(
            "first",
            Type::Component,
            "The component that fills first, if one says what it can serve; the place is `capacity`.",
        ),
        field("times", Type::Number, "How many times the traffic of today fills it, rounded down to two digits."),
        field("holds", Type::Bool, "Ten times the traffic of today is no more than it can serve."),
        ARITHMETIC,
        field(
            "full",
            Type::List(&Type::Text(&[])),
            "What is over its capacity at ten times, with the load: `pg` 400 rps of 300 rps.",
        ),
        field("silent", Type::List(&Type::Component), "What gets traffic and does not say what it can serve."),
        field("deployables", Type::Integer, "Processes of your own that somebody understands, releases and debugs."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let traffic: f64 = design.flows.iter().filter_map(|flow| flow.facts.rate.value()?.now_rate()).sum();
        if traffic > 0.0 { vec![row(analysis, traffic)] } else { Vec::new() }
    },
};

fn row(analysis: &Analysis, traffic: f64) -> Row<'_> {
    let (design, failure) = (&analysis.design, analysis.failure());
    let name = |id: ComponentId| design.component(id).name.as_str();
    let first = failure.first_to_saturate();
    let times = first.as_ref().and_then(Utilisation::headroom);
    let full = failure.utilisations(&[], Demand::Times(TIMES)).into_iter().filter(Utilisation::is_exceeded);
    let full =
        full.map(|found| text(format!("`{}` {} of {}", name(found.component), Rate(found.load), Rate(found.capacity))));
    let loads = failure.loads(&[], Demand::Now);
    let is_silent = |id: &ComponentId| {
        let facts = &design.component(*id).facts;
        let says = facts.capacity.value().is_some() || facts.limit.value().is_some();
        loads[id.0] > 0.0 && !says && !is_elsewhere(analysis, *id)
    };
    let silent = design.component_ids().filter(is_silent);
    let deployables =
        design.components.iter().filter(|component| component.kind.is_own_process() && !component.is_managed());
    let first_fact = |found: &Utilisation| {
        let component = design.component(found.component);
        let facts = &component.facts;
        let place = facts.capacity.span().or(facts.limit.span());
        Fact::at(Value::Component(found.component), Some(place.unwrap_or(component.place)))
    };
    let arithmetic = first.as_ref().map(|found| {
        let (load, ten) = (Rate(found.load), Rate(found.load * TIMES));
        let component = design.component(found.component);
        let copies = match (component.replicas(), component.replicas_max()) {
            (Some(least), Some(most)) if least < most => format!(" ({least} of up to {most} copies)"),
            _ => String::new(),
        };
        format!("{load} of {}{copies} today, {} × {load} = {ten} at ten times", Rate(found.capacity), Short(TIMES))
    });
    Row {
        cells: vec![
            Fact::at(Value::Design, Some(design.place)),
            rate(traffic),
            maybe(first.as_ref(), first_fact),
            maybe(times, |times| number(two_digits(times))),
            maybe(times, |times| yes(times >= TIMES)),
            maybe(arithmetic, text),
            Fact::list(full),
            Fact::list(silent.map(|id| Fact::component(analysis, id))),
            integer(deployables.count().try_into().unwrap_or(u64::MAX)),
        ],
    }
}

/// Nobody expects to know how much clients and other people's platforms can serve.
fn is_elsewhere(analysis: &Analysis, id: ComponentId) -> bool {
    let component = analysis.design.component(id);
    matches!(component.kind, crate::read::vocabulary::Kind::Client) || component.is_managed()
}

/// Rounded down, so that nothing is promised that does not fit.
fn two_digits(times: f64) -> f64 {
    if times >= 100.0 { times.floor() } else { (times * 10.0).floor() / 10.0 }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn what_fills_first_at_ten_times() {
        let design = "{components: {api: {capacity: 450rps, uses: {pg: {calls: 3}, mails: {}}}, \
                      pg: {kind: database, capacity: 1000rps}, mails: {}}, flows: {buy: {path: [api], rate: 40rps}}}";
        assert_eq!(
            table(
                "growth",
                &["traffic", "first", "times", "holds", "arithmetic", "full", "silent", "deployables"],
                design
            ),
            "traffic=40 rps first=pg times=8.3 holds=false arithmetic=120 rps of 1000 rps today, 10 × 120 rps = \
             1200 rps at ten times full=[`pg` 1200 rps of 1000 rps] silent=[mails] deployables=2"
        );
        assert_eq!(table("growth", &["first"], "{components: {api: {}}, flows: {buy: {path: [api]}}}"), "");
    }
}
