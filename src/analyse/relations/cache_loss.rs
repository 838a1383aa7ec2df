//! Stores that cannot serve what their cache answers today.

use super::cell::{ARITHMETIC, component_at, field, maybe, number, rate, resting_on, text};
use crate::analyse::failure::Compiled;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, Demand};
use crate::model::ComponentId;
use crate::read::vocabulary::{Rate, Short};

pub(super) const RELATION: Relation = Relation {
    name: "cache_loss",
    summary: "A store that gets more than it can serve when a cache in front of it fails.",
    fields: &[
        field("component", Type::Component, "The store."),
        field("cache", Type::Component, "The cache; the place is `hit_ratio`."),
        field("moment", Type::Text(&["now", "target"]), "The first moment at which it is too much."),
        field("load", Type::Rate, "Load without the cache."),
        field("capacity", Type::Rate, "What the store can serve; the place is `capacity`."),
        field("times", Type::Number, "The load without the cache in loads with it."),
        field("calls", Type::List(&Type::Dependency), "Who reads through the cache."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let later = &analysis.moves(Demand::Target).uncached;
        later.keys().filter_map(|(cache, store)| row(analysis, *cache, *store)).collect()
    },
};

fn row(analysis: &Analysis, cache: ComponentId, store: ComponentId) -> Option<Row<'_>> {
    let (design, failure) = (&analysis.design, analysis.failure());
    let facts = &design.component(store).facts;
    let capacity = facts.capacity.value()?.0;
    let load = |demand: Demand, with: f64| {
        let added = analysis.moves(demand).uncached.get(&(cache, store)).copied().unwrap_or_default();
        Some((with, with + added)).filter(|(with, without)| {
            // A store that is too small with its cache is another matter.
            Compiled::exceeds(*without, capacity) && !Compiled::exceeds(*with, capacity)
        })
    };
    let today = load(Demand::Now, failure.compiled().calm[store.0]).map(|loads| ("now", loads));
    let at_target = || load(Demand::Target, analysis.target_loads()[store.0]).map(|loads| ("target", loads));
    let (moment, (with, without)) = today.or_else(at_target)?;
    let hit_ratio = &design.component(cache).facts.hit_ratio;
    let readers = analysis.graph.incoming(store).iter().copied().filter(|id| {
        let reader = design.dependency(*id).source;
        analysis.graph.outgoing(reader).iter().any(|other| design.dependency(*other).target == cache)
    });
    let arithmetic = match hit_ratio.value() {
        Some(hit) if (with / (1.0 - hit.0) - without).abs() < 1e-6 * without => {
            format!("{} / (1 − {}) = {}", Rate(with), Short(hit.0), Rate(without))
        }
        _ => format!("{} + {} = {}", Rate(with), Rate(without - with), Rate(without)),
    };
    Some(Row {
        cells: vec![
            Fact::component(analysis, store),
            component_at(analysis, cache, hit_ratio),
            text(moment),
            rate(without),
            resting_on(rate(capacity), &[&facts.capacity]),
            maybe((with > 0.0).then_some(without / with), number),
            Fact::list(readers.map(|id| Fact::dependency(analysis, id))),
            text(arithmetic),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn cache_loss(rate: &str, capacity: &str) -> String {
        let design = format!(
            "{{components: {{app: {{uses: {{redis: {{timeout: 50ms}}, pg: {{timeout: 1s}}}}}}, \
             redis: {{kind: cache, of: pg, hit_ratio: 90%}}, pg: {{kind: database, capacity: {capacity}}}}}, \
             flows: {{read: {{path: [app], rate: {rate}}}}}}}"
        );
        table("cache_loss", &["component", "cache", "moment", "load", "capacity", "times", "arithmetic"], &design)
    }

    #[test]
    fn every_read_reaches_the_store() {
        assert_eq!(
            cache_loss("2500rps", "300rps"),
            "component=pg cache=redis moment=now load=2500 rps capacity=300 rps times=10 \
             arithmetic=250 rps / (1 − 0.9) = 2500 rps"
        );
        assert_eq!(cache_loss("2500rps", "3000rps"), "");
    }

    #[test]
    fn only_at_the_target() {
        assert_eq!(
            cache_loss("{now: 250rps, target: 2500rps}", "300rps"),
            "component=pg cache=redis moment=target load=2500 rps capacity=300 rps times=10 \
             arithmetic=250 rps / (1 − 0.9) = 2500 rps"
        );
    }

    #[test]
    fn agrees_with_the_failure_model() {
        // Two caches in a row of callers: what one lets through, the other does not change.
        let design = "{components: {app: {replicas: 3, uses: {c1: {}, s: {}}}, adm: {uses: {c2: {}, s: {}}}, \
                      c1: {kind: cache, of: s, hit_ratio: 90%}, c2: {kind: cache, of: s, hit_ratio: 80%}, \
                      s: {kind: database, capacity: 500rps}}, \
                      flows: {a: {path: [app, s], rate: 800rps}, b: {path: [adm, s], rate: 500rps}}}";
        assert_eq!(
            table("cache_loss", &["cache", "load", "arithmetic"], design),
            "cache=c1 load=900 rps arithmetic=180 rps + 720 rps = 900 rps\n\
             cache=c2 load=580 rps arithmetic=180 rps + 400 rps = 580 rps"
        );
        let analysis = super::super::testing::analyse(design);
        let named = |name| analysis.design.find_component(name).unwrap();
        let without = |name| analysis.failure().loads(&[named(name)], crate::analyse::Demand::Now)[named("s").0];
        assert!((without("c1") - 900.0).abs() < 1e-9 && (without("c2") - 580.0).abs() < 1e-9);
    }
}
