//! Connections that are in use at a time against those a copy keeps.

use super::cell::{ARITHMETIC, duration, field, maybe, number, percent, rate, resting_on, text};
use crate::analyse::pool::connections_in_use;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, Demand};
use crate::model::{DependencyId, to_f64};
use crate::read::vocabulary::{Duration, Rate, Short};

pub(super) const RELATION: Relation = Relation {
    name: "pool_need",
    summary: "A call with a pool: connections one copy has in use (Little's law), with all numbers stated.",
    fields: &[
        field("dependency", Type::Dependency, "The call."),
        field("per_copy", Type::Rate, "Calls one copy makes."),
        field("held", Type::Duration, "How long each holds its connection: the target's median."),
        field("needed", Type::Number, "Connections in use at a time."),
        field("pool", Type::Number, "Connections there are; the place is `pool`."),
        field("share", Type::Percent, "The share of them in use."),
        field("needed_slow", Type::Number, "Connections in use when every call takes the target's p99."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let calls = &analysis.moves(Demand::Now).calls;
        calls.iter().filter_map(|(id, calls)| row(analysis, *id, *calls)).collect()
    },
};

fn row(analysis: &Analysis, id: DependencyId, calls: f64) -> Option<Row<'_>> {
    let design = &analysis.design;
    let dependency = design.dependency(id);
    let pool = to_f64(dependency.facts.pool.value()?.0);
    let copies = to_f64(design.component(dependency.source).replicas()?.max(1));
    let latency = design.component(dependency.target).facts.latency.value()?;
    let held = latency.p50.value()?.0;
    let per_copy = calls / copies;
    let needed = connections_in_use(per_copy, held);
    let arithmetic = format!("{} × {} = {}", Rate(per_copy), Duration(held), Short(needed));
    Some(Row {
        cells: vec![
            Fact::dependency(analysis, id),
            rate(per_copy),
            resting_on(duration(held), &[&latency.p50]),
            number(needed),
            resting_on(number(pool), &[&dependency.facts.pool]),
            percent(needed / pool),
            maybe(latency.p99.value(), |p99| number(connections_in_use(per_copy, p99.0))),
            text(arithmetic),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn little_s_law_per_copy() {
        let design = "{components: {api: {replicas: 2, uses: {pg: {pool: 8}}}, \
                      pg: {kind: database, latency: {p50: 200ms, p99: 900ms}}}, \
                      flows: {f: {path: [api], rate: 100rps}}}";
        assert_eq!(
            table("pool_need", &["per_copy", "held", "needed", "pool", "share", "needed_slow", "arithmetic"], design),
            "per_copy=50 rps held=200 ms needed=10 pool=8 share=125 % needed_slow=45 arithmetic=50 rps × 200 ms = 10"
        );
    }

    #[test]
    fn a_cache_in_front_takes_its_share() {
        let design = "{components: {api: {replicas: 1, uses: {redis: {}, pg: {pool: 8}}}, \
                      redis: {kind: cache, of: pg, hit_ratio: 80%}, \
                      pg: {kind: database, latency: {p50: 200ms}}}, \
                      flows: {f: {path: [api], rate: 100rps}}}";
        assert_eq!(table("pool_need", &["per_copy", "needed"], design), "per_copy=20 rps needed=4");
    }
}
