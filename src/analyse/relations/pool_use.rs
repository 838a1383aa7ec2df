//! Connections of all clients against what a store accepts.

use super::cell::{ARITHMETIC, field, integer, maybe, resting_on, text};
use crate::analyse::Analysis;
use crate::analyse::pool::{PoolTerm, PoolUse};
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::model::ComponentId;
use crate::read::vocabulary::AnyAttr;

pub(super) const RELATION: Relation = Relation {
    name: "pool_use",
    summary: "A store whose clients may open more connections than it accepts, and when.",
    fields: &[
        field("component", Type::Component, "The store."),
        field("moment", Type::Text(&["now", "autoscaled", "released"]), "The first of these moments that is too much."),
        field("connections", Type::Integer, "Connections at that moment."),
        field("available", Type::Integer, "Connections it accepts from clients; the place is `max_connections`."),
        field("accepts", Type::Text(&[]), "The same, written out: `97 (100 − 3 reserved)`."),
        field("clients", Type::List(&Type::Dependency), "Who keeps connections; the place is `pool`."),
        field("released", Type::Component, "The client whose release adds copies."),
        field("autoscaled", Type::List(&Type::Component), "Clients that may run more copies; the place is `replicas`."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let limited = design.component_ids().filter(|id| design.component(*id).facts.max_connections.value().is_some());
        limited.filter_map(|id| row(analysis, &analysis.failure().pool_use(id)?)).collect()
    },
};

fn row<'a>(analysis: &'a Analysis, found: &PoolUse) -> Option<Row<'a>> {
    let design = &analysis.design;
    let available = found.available();
    let least = |term: &PoolTerm| design.component(term.client).replicas().unwrap_or(1).max(1);
    let most = |term: &PoolTerm| term.copies;
    let steady = total(found, least);
    let (moment, connections, arithmetic, released) = if steady > available {
        ("now", steady, sum(found, least, None), None)
    } else if found.is_exceeded() {
        ("autoscaled", found.connections(), sum(found, most, None), None)
    } else {
        let rollout = found.exceeded_by_release()?;
        let arithmetic = sum(found, most, Some((rollout.client, rollout.extra_copies)));
        ("released", rollout.connections, arithmetic, Some(rollout.client))
    };
    let facts = &design.component(found.store).facts;
    let accepts = match found.reserved {
        0 => found.max_connections.to_string(),
        reserved => format!("{available} ({} − {reserved} reserved)", found.max_connections),
    };
    // What is reserved matters only where the rest would do.
    let mut rests_on: Vec<&dyn AnyAttr> = vec![&facts.max_connections];
    if connections <= found.max_connections {
        rests_on.push(&facts.reserved_connections);
    }
    let pools: Vec<&dyn AnyAttr> =
        found.terms.iter().map(|term| &design.dependency(term.dependency).facts.pool as &dyn AnyAttr).collect();
    let client = |term: &PoolTerm| {
        let dependency = design.dependency(term.dependency);
        Fact::at(Value::Dependency(term.dependency), Some(dependency.facts.pool.span().unwrap_or(dependency.place)))
    };
    let scaled = found.terms.iter().filter(|term| moment != "now" && most(term) > least(term));
    Some(Row {
        cells: vec![
            Fact::component(analysis, found.store),
            text(moment),
            Fact { place: None, ..resting_on(integer(connections), &pools) },
            resting_on(integer(available), &rests_on),
            text(accepts),
            Fact::list(found.terms.iter().map(client)),
            maybe(released, |id| super::cell::component_at(analysis, id, &design.component(id).facts.deploy)),
            Fact::list(scaled.map(|term| {
                super::cell::component_at(analysis, term.client, &design.component(term.client).facts.replicas)
            })),
            text(arithmetic),
        ],
    })
}

fn total(found: &PoolUse, copies: impl Fn(&PoolTerm) -> u64) -> u64 {
    found.terms.iter().map(|term| term.pool.saturating_mul(copies(term))).fold(0, u64::saturating_add)
}

/// `6×15 + 2×5 = 100`; with a release, `(6+2)×14 + 2×5 = 122`.
fn sum(found: &PoolUse, copies: impl Fn(&PoolTerm) -> u64, extra: Option<(ComponentId, u64)>) -> String {
    let mut sum = 0_u64;
    let mut terms = Vec::new();
    for term in &found.terms {
        let (count, pool) = (copies(term), term.pool);
        let (all, shown) = match extra.filter(|(client, _)| *client == term.client) {
            Some((_, extra)) => (count.saturating_add(extra), format!("({count}+{extra})×{pool}")),
            None => (count, format!("{count}×{pool}")),
        };
        sum = sum.saturating_add(all.saturating_mul(pool));
        terms.push(shown);
    }
    format!("{} = {sum}", terms.join(" + "))
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn pool_use(api: &str, store: &str) -> String {
        let design = format!(
            "components: {{api: {{{api}}}, worker: {{replicas: 2, uses: {{pg: {{pool: 5}}}}}}, pg: {{{store}}}}}"
        );
        table("pool_use", &["moment", "connections", "available", "accepts", "released", "arithmetic"], &design)
    }

    const STORE: &str = "kind: database, max_connections: 100, reserved_connections: 3";

    #[test]
    fn all_copies_count() {
        assert_eq!(
            pool_use("replicas: 6, uses: {pg: {pool: 15}}", STORE),
            "moment=now connections=100 available=97 accepts=97 (100 − 3 reserved) released=- arithmetic=6×15 + 2×5 = 100"
        );
        assert_eq!(pool_use("replicas: 6, uses: {pg: {pool: 14}}", STORE), "");
    }

    #[test]
    fn copies_that_autoscaling_adds_count() {
        assert_eq!(
            pool_use("replicas: {min: 3, max: 6}, uses: {pg: {pool: 15}}", STORE),
            "moment=autoscaled connections=100 available=97 accepts=97 (100 − 3 reserved) released=- \
             arithmetic=6×15 + 2×5 = 100"
        );
    }

    #[test]
    fn copies_that_a_release_adds_count() {
        assert_eq!(
            pool_use("replicas: 6, deploy: {surge: 25%}, uses: {pg: {pool: 14}}", STORE),
            "moment=released connections=122 available=97 accepts=97 (100 − 3 reserved) released=api \
             arithmetic=(6+2)×14 + 2×5 = 122"
        );
        assert_eq!(
            pool_use("replicas: 6, deploy: {strategy: blue-green}, uses: {pg: {pool: 14}}", STORE),
            "moment=released connections=178 available=97 accepts=97 (100 − 3 reserved) released=api \
             arithmetic=(6+6)×14 + 2×5 = 178"
        );
    }

    #[test]
    fn what_the_catalogue_knows_is_said_to_be_inferred() {
        let found = pool_use("replicas: 6, uses: {pg: {pool: 15}}", "tech: postgresql");
        assert!(found.contains("available=~97"), "{found}");
        // More than everything: what is reserved plays no part.
        let found = pool_use("replicas: 7, uses: {pg: {pool: 15}}", "tech: postgresql, max_connections: 100");
        assert!(found.contains("connections=115 available=97"), "{found}");
    }
}
