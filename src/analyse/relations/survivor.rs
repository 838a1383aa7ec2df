//! What is left after a failure and gets more than it can serve.

use super::cell::{ARITHMETIC, field, rate, resting_on, text};
use crate::analyse::failure::Compiled;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, Demand, Event};
use crate::model::ComponentId;
use crate::read::vocabulary::{Percent, Rate};
use std::collections::BTreeMap;

pub(super) const RELATION: Relation = Relation {
    name: "survivor",
    summary: "A component that outlives the loss of a copy, a zone or an alternative, but gets more than is left of it can serve.",
    fields: &[
        field("component", Type::Component, "The survivor."),
        field("event", Type::Text(&[]), "What fails, as a clause: the worst single event."),
        field("moment", Type::Text(&["now", "target"]), "The first moment at which it is too much."),
        field("load", Type::Rate, "Load then."),
        field("left", Type::Rate, "What is left of its capacity; the place is `capacity`."),
        field("lost", Type::Component, "The alternative that fails, if that is the event."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let takeovers = [takeovers(analysis, Demand::Now), takeovers(analysis, Demand::Target)];
        let failure = analysis.failure();
        if !failure.compiled().load.has_demand() {
            return Vec::new();
        }
        let limited = failure.compiled().limited.iter().map(|index| ComponentId(*index));
        limited.filter_map(|id| row(analysis, id, &takeovers)).collect()
    },
};

/// By survivor: the alternatives that may fail, with the load each adds.
type Takeovers = BTreeMap<ComponentId, Vec<(ComponentId, f64)>>;

fn takeovers(analysis: &Analysis, demand: Demand) -> Takeovers {
    let mut by_survivor = Takeovers::new();
    for ((lost, survivor), added) in &analysis.moves(demand).taken_over {
        by_survivor.entry(*survivor).or_default().push((*lost, *added));
    }
    by_survivor
}

struct Strain {
    event: Event,
    load: f64,
    share: f64,
    left: f64,
}

fn row<'a>(analysis: &'a Analysis, id: ComponentId, takeovers: &[Takeovers; 2]) -> Option<Row<'a>> {
    let failure = analysis.failure();
    let capacity = &analysis.design.component(id).facts.capacity;
    let whole = capacity.value()?.0;
    let today = failure.compiled().calm[id.0];
    let worst = |load: f64, takeovers: &Takeovers| {
        // What is too much already is another matter.
        if Compiled::exceeds(load, whole) { None } else { worst(analysis, id, (load, whole), takeovers.get(&id)) }
    };
    let now = worst(today, &takeovers[0]).map(|strain| ("now", strain));
    let (moment, strain) =
        now.or_else(|| worst(analysis.target_loads()[id.0], &takeovers[1]).map(|strain| ("target", strain)))?;
    let arithmetic = if strain.share < 1.0 {
        let share = Percent((strain.share * 1000.0).round() / 1000.0);
        format!("{share} of {} = {}", Rate(whole), Rate(strain.left))
    } else {
        let before = if moment == "now" { today } else { analysis.target_loads()[id.0] };
        format!("{} + {} = {}", Rate(before), Rate(strain.load - before), Rate(strain.load))
    };
    let lost = match strain.event {
        Event::Stop(lost) => Fact::component(analysis, lost),
        _ => Fact::null(),
    };
    Some(Row {
        cells: vec![
            Fact::component(analysis, id),
            text(failure.event_name(strain.event).clause()),
            text(moment),
            rate(strain.load),
            resting_on(rate(strain.left), &[capacity]),
            lost,
            text(arithmetic),
        ],
    })
}

/// The event after which load is the most times what is left; the first of equals: zones, alternatives, one copy.
fn worst(
    analysis: &Analysis,
    id: ComponentId,
    (load, whole): (f64, f64),
    takeovers: Option<&Vec<(ComponentId, f64)>>,
) -> Option<Strain> {
    let component = analysis.design.component(id);
    let model = analysis.failure().compiled();
    let domains = &analysis.graph.domains;
    let zones = component.facts.zones.value().into_iter().flat_map(crate::read::vocabulary::Zones::names);
    let zones = zones.filter_map(|name| domains.zone(name)).map(Event::Zone);
    let losses = zones.chain([Event::Instance(id)]).filter(|_| component.replicas().is_some()).filter_map(|event| {
        let (state, share) = model.loss(id, event);
        (!state.fails() && share < 1.0).then_some(Strain { event, load, share, left: whole * share })
    });
    let taken = takeovers.into_iter().flatten().map(|(lost, added)| Strain {
        event: Event::Stop(*lost),
        load: load + added,
        share: 1.0,
        left: whole,
    });
    let mut worst: Option<Strain> = None;
    for strain in losses.chain(taken).filter(|strain| Compiled::exceeds(strain.load, strain.left)) {
        let ratio = |strain: &Strain| strain.load / strain.left;
        if worst.as_ref().is_none_or(|worst| ratio(&strain) > ratio(worst) * (1.0 + 1e-9)) {
            worst = Some(strain);
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    const COLUMNS: &[&str] = &["component", "event", "moment", "load", "left", "arithmetic"];

    #[test]
    fn two_zones_of_three_carry_what_three_did() {
        let design = "{components: {api: {replicas: 6, zones: [a, b, c], capacity: 600rps}, \
                      api2: {replicas: 6, zones: [a, b, c], capacity: 600rps}}, \
                      flows: {f: {path: [api], rate: 450rps}, g: {path: [api2], rate: 400rps}}}";
        assert_eq!(
            table("survivor", COLUMNS, design),
            "component=api event=zone `a` fails moment=now load=450 rps left=400 rps arithmetic=66.7 % of 600 rps = 400 rps"
        );
    }

    #[test]
    fn the_other_provider_carries_both_shares() {
        let design = "{components: {api: {one_of: {mail: [sg, ses]}}, sg: {kind: external, capacity: 80rps}, \
                      ses: {kind: external, capacity: 120rps}}, flows: {f: {path: [api], rate: {now: 50rps, target: 100rps}}}}";
        assert_eq!(
            table("survivor", COLUMNS, design),
            "component=sg event=`ses` stops moment=target load=100 rps left=80 rps arithmetic=50 rps + 50 rps = 100 rps"
        );
    }

    #[test]
    fn a_fallback_carries_everything() {
        let design = "{components: {api: {uses: {a: {fallback: {to: b}}}}, a: {}, b: {capacity: 40rps}}, \
                      flows: {f: {path: [api], rate: 50rps}}}";
        assert_eq!(
            table("survivor", COLUMNS, design),
            "component=b event=`a` stops moment=now load=50 rps left=40 rps arithmetic=0 rps + 50 rps = 50 rps"
        );
    }

    #[test]
    fn what_nobody_takes_over_is_no_survivor() {
        let design = "{components: {pg: {kind: database, replicas: 2, failover: none, capacity: 50rps}}, \
                      flows: {f: {path: [pg], rate: 40rps}}}";
        assert_eq!(table("survivor", COLUMNS, design), "");
        assert_ne!(table("survivor", COLUMNS, &design.replace("failover: none", "failover: automatic")), "");
    }
}
