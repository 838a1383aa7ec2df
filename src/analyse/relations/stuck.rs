//! Outages that outlive their cause.

use super::cell::{field, rate, resting_on, text, text_at, yes};
use crate::analyse::failure::{Cause, Overload, Recoveries, Recovery, State};
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, Demand, Event, LeftOut, Scenario};
use crate::model::ComponentId;
use fixedbitset::FixedBitSet;
use std::collections::BTreeMap;

/// How often something may get worse or be looked at in all outages and recoveries together.
const BUDGET: usize = 10_000_000;

pub(super) const RELATION: Relation = Relation {
    name: "stuck",
    summary: "A component that stays down when the cause of its outage is repaired, because of the load on it.",
    fields: &[
        field("component", Type::Component, "What is kept down by load."),
        field("event", Type::Text(&[]), "What starts it, as a clause: the first single event that does."),
        field("load", Type::Rate, "Load that keeps it down, retries included."),
        field("capacity", Type::Rate, "What it can serve; the place is `capacity`."),
        field("held", Type::List(&Type::Component), "What stays down with it."),
        field("critical", Type::Bool, "A critical flow needs some of it."),
        field("loop", Type::List(&Type::Text(&[])), "What keeps it down, one clause per step, each at its place."),
    ],
    subject: 0,
    rows,
};

fn rows(analysis: &Analysis) -> Vec<Row<'_>> {
    let failure = analysis.failure();
    let (events, mut open) = candidates(analysis);
    if open.is_clear() {
        return Vec::new();
    }
    let mut recoveries = Recoveries::new(failure);
    // What comes back after everything has failed comes back after less.
    let worst = recoveries.after(&vec![State::Down; open.len()]);
    let mut held = FixedBitSet::with_capacity(open.len());
    held.extend(worst.stuck.iter().map(|id| id.0));
    open.intersect_with(&held);
    let mut found: BTreeMap<ComponentId, Row<'_>> = BTreeMap::new();
    for (index, event) in events.iter().copied().enumerate() {
        if open.is_clear() {
            break;
        }
        if recoveries.run.work > BUDGET {
            let (looked_at, of) = (index, events.len());
            analysis.leave_out(LeftOut { what: "outages that outlive their cause", looked_at, of, cases: "events" });
            break;
        }
        recoveries.run.run(&Scenario::new([event]), None, &[]);
        if !open.ones().any(|component| recoveries.run.states[component].fails()) {
            continue;
        }
        let outage = recoveries.run.states.clone();
        let recovery = recoveries.after(&outage);
        for id in &recovery.stuck {
            if open.contains(id.0)
                && let Some(overload) = overload(analysis, &recovery, *id)
            {
                open.remove(id.0);
                found.insert(*id, row(analysis, *id, event, &recovery, overload));
            }
        }
    }
    found.into_values().collect()
}

/// Single events after which something may stay down for its load, and what that may be.
///
/// Only components that get more than they can serve when everything that moves load has failed can be kept down; then
/// the event is their own stop, that of something that moves load, or that of a place.
fn candidates(analysis: &Analysis) -> (Vec<Event>, FixedBitSet) {
    let failure = analysis.failure();
    let model = failure.compiled();
    let mut drowning = FixedBitSet::with_capacity(model.size());
    if !model.is_coupled() {
        return (Vec::new(), drowning);
    }
    let movers: Vec<ComponentId> = model.load.movers().ones().map(ComponentId).collect();
    let most = failure.amplified_loads(&movers, Demand::Now);
    let limit = |index: usize| model.limits[index].unwrap_or(f64::INFINITY);
    let drowns = |index: &usize| crate::analyse::failure::Compiled::exceeds(most[*index], limit(*index));
    drowning.extend(model.limited.iter().copied().filter(drowns));
    let others = movers.into_iter().filter(|mover| !drowning.contains(mover.0));
    let stops = drowning.ones().map(ComponentId).chain(others).map(Event::Stop);
    let places = failure
        .events()
        .into_iter()
        .filter(|event| matches!(event, Event::Zone(_) | Event::Region(_) | Event::Vendor(_)));
    (stops.chain(places).collect(), drowning)
}

/// The load that keeps a component down, if that is what does.
fn overload(analysis: &Analysis, recovery: &Recovery, id: ComponentId) -> Option<Overload> {
    let sustained = recovery.sustained_by(analysis.failure(), id);
    match sustained.steps.first()?.cause {
        Cause::Overload(overload) | Cause::RetryStorm(overload) => Some(overload),
        _ => None,
    }
}

fn row<'a>(analysis: &'a Analysis, id: ComponentId, event: Event, recovery: &Recovery, overload: Overload) -> Row<'a> {
    let failure = analysis.failure();
    let sustained = recovery.sustained_by(failure, id);
    let steps = sustained.steps.iter().map(|step| text_at(step.clause(failure), step.place(&analysis.design)));
    let others = recovery.stuck.iter().filter(|other| **other != id);
    Row {
        cells: vec![
            Fact::component(analysis, id),
            text(failure.event_name(event).clause()),
            rate(overload.load),
            resting_on(rate(overload.capacity), &[&analysis.design.component(id).facts.capacity]),
            Fact::list(others.map(|id| Fact::component(analysis, *id))),
            yes(recovery.stuck.iter().any(|id| analysis.is_critical(*id))),
            Fact::list(steps),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    const COLUMNS: &[&str] = &["component", "event", "load", "capacity", "held", "critical", "loop"];

    #[test]
    fn a_cold_cache_keeps_its_store_down() {
        let design = "{components: {app: {uses: {cache: {timeout: 50ms}, db: {timeout: 1s}}}, \
                      cache: {kind: cache, of: db, hit_ratio: 90%}, db: {kind: database, capacity: 300rps}}, \
                      flows: {read: {path: [app], rate: 2500rps}}}";
        assert_eq!(
            table("stuck", COLUMNS, design),
            "component=db event=`cache` stops load=2500 rps capacity=300 rps held=[app, cache] critical=true \
             loop=[`db` cannot recover: 2500 rps reach it, retries included, and it can serve 300 rps, \
             `cache` starts empty and cannot fill from `db`]"
        );
        assert_eq!(table("stuck", COLUMNS, &design.replace("300rps", "300rps, load_shedding: true")), "");
        assert_eq!(table("stuck", COLUMNS, &design.replace("2500rps", "250rps")), "");
    }

    #[test]
    fn retries_keep_a_store_down() {
        let design = "{components: {web: {uses: {api: {timeout: 2s, retries: 2}}}, \
                      api: {uses: {db: {timeout: 500ms, retries: 2}}}, db: {kind: database, capacity: 1000rps}}, \
                      flows: {f: {path: [web], rate: 200rps}}}";
        assert_eq!(
            table("stuck", COLUMNS, design),
            "component=db event=`db` stops load=1800 rps capacity=1000 rps held=[web, api] critical=true \
             loop=[`db` cannot recover: 1800 rps reach it, retries included, and it can serve 1000 rps]"
        );
    }
}
