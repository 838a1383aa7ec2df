//! Caches in front of stores that do well without.

use super::cell::{component_at, duration, field, maybe, percent, resting_on, text, yes};
use crate::analyse::failure::caches;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, Demand};
use crate::model::ComponentId;
use crate::read::vocabulary::{Duration, Percent};

/// An answer so fast that a cache saves little of it, in seconds.
const FAST: f64 = 0.010;

pub(super) const RELATION: Relation = Relation {
    name: "caching",
    summary: "A cache and the store it holds copies of: how fast the store answers, and how busy it would be without the cache.",
    fields: &[
        field("component", Type::Component, "The cache."),
        field("store", Type::Component, "The store; the place is its latency, else its capacity."),
        field("explained", Type::Bool, "The cache says `why` it is there or what was `measured`."),
        field("latency", Type::Duration, "The median answer of the store."),
        field("busy", Type::Percent, "Share of its capacity the store would need at the target, without the cache."),
        field("fast", Type::Bool, "The store answers within 10 ms."),
        field("clause", Type::Text(&[]), "How well the store does by itself, as a clause."),
    ],
    subject: 0,
    rows: |analysis| caches(&analysis.design).into_iter().map(|(cache, store)| row(analysis, cache, store)).collect(),
};

fn row(analysis: &Analysis, cache: ComponentId, store: ComponentId) -> Row<'_> {
    let design = &analysis.design;
    let (cached, facts) = (&design.component(cache).facts, &design.component(store).facts);
    let explained = [&cached.why, &cached.measured].iter().any(|reason| reason.value().is_some());
    let p50 = facts.latency.value().and_then(|latency| latency.p50.value()).map(|p50| p50.0);
    let busy = facts.capacity.value().filter(|capacity| !explained && capacity.0 > 0.0).and_then(|capacity| {
        let added = analysis.moves(Demand::Target).uncached.get(&(cache, store)).copied().unwrap_or_default();
        let load = analysis.target_loads()[store.0] + added;
        (load > 0.0).then_some(load / capacity.0)
    });
    let name = &design.component(store).name;
    let clause = match (p50, busy) {
        (Some(p50), Some(busy)) => format!(
            "`{name}` answers in {} and would be {} busy without it",
            Duration(p50),
            Percent((busy * 100.0).round() / 100.0)
        ),
        (Some(p50), None) => format!("`{name}` answers in {}", Duration(p50)),
        (None, Some(busy)) => format!("`{name}` would be {} busy without it", Percent((busy * 100.0).round() / 100.0)),
        (None, None) => String::new(),
    };
    let shown = if p50.is_some() {
        component_at(analysis, store, &facts.latency)
    } else {
        component_at(analysis, store, &facts.capacity)
    };
    Row {
        cells: vec![
            Fact::component(analysis, cache),
            shown,
            yes(explained),
            maybe(p50, |p50| resting_on(duration(p50), &[&facts.latency])),
            maybe(busy, percent),
            yes(p50.is_some_and(|p50| p50 <= FAST)),
            text(clause),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn caching(cache: &str, store: &str) -> String {
        let design = format!(
            "{{components: {{api: {{uses: [redis, pg]}}, redis: {{kind: cache, of: pg{cache}}}, pg: {{kind: database{store}}}}}, \
             flows: {{f: {{path: [api, pg], rate: {{now: 10rps, target: 100rps}}}}}}}}"
        );
        table("caching", &["component", "store", "explained", "latency", "busy", "fast"], &design)
    }

    #[test]
    fn how_the_store_does_by_itself() {
        assert_eq!(
            caching(", hit_ratio: 90%", ", capacity: 400rps, latency: {p50: 5ms}"),
            "component=redis store=pg explained=false latency=5 ms busy=25 % fast=true"
        );
        assert_eq!(caching("", ""), "component=redis store=pg explained=false latency=- busy=- fast=false");
        assert!(caching(", why: measured", ", latency: {p50: 50ms}").contains("explained=true latency=50 ms"));
    }
}
