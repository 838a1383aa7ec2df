//! Lookups and transactions that do not stay on one shard.
//!
//! `1 − 0.99^n` of the requests that ask n shards wait for an answer that is slower than the p99 of one (Dean and Barroso,
//! "The Tail at Scale", CACM 2013).

use super::cell::{field, integer, maybe, percent, resting_on, text, text_at};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, DependencyId, FlowId, to_f64};
use crate::read::vocabulary::{Attr, Sharding, Word};
use crate::sources::Span;
use std::collections::BTreeMap;

pub(super) const RELATION: Relation = Relation {
    name: "cross_shard",
    summary: "A call to a sharded store by something else than its key, or one transaction over several sharded stores.",
    fields: &[
        field("dependency", Type::Dependency, "The call."),
        field("kind", Type::Text(&["query", "transaction"]), "What does not stay on one shard."),
        field("store", Type::Component, "The store; the place is where its key is written."),
        field("by", Type::Text(&[]), "What is looked up by; the place is `by` of the call or the flow."),
        field("key", Type::Text(&[]), "The key of the store; the place is `sharding.key`."),
        field("shards", Type::Integer, "How many shards there are, if that is stated."),
        field("share", Type::Percent, "Requests that then wait longer than the p99 of one shard: 1 − 0.99^shards."),
        field("others", Type::List(&Type::Dependency), "The other calls of the transaction."),
        field("clause", Type::Text(&[]), "What the source does, as the end of a sentence."),
    ],
    subject: 0,
    rows: |analysis| {
        let sharded: Vec<ComponentId> =
            analysis.design.component_ids().filter(|id| is_sharded(analysis, *id)).collect();
        let mut rows: Vec<Row<'_>> = sharded.iter().flat_map(|store| queries(analysis, *store)).collect();
        rows.extend(transactions(analysis, &sharded));
        rows
    },
};

fn sharding(analysis: &Analysis, store: ComponentId) -> Option<&Sharding> {
    analysis.design.component(store).facts.sharding.value()
}

fn is_sharded(analysis: &Analysis, store: ComponentId) -> bool {
    sharding(analysis, store).is_some()
}

fn queries(analysis: &Analysis, store: ComponentId) -> Vec<Row<'_>> {
    let Some(key) = sharding(analysis, store).and_then(|sharding| sharding.key.value()) else { return Vec::new() };
    let calls = analysis.graph.incoming(store).iter().filter(|id| analysis.design.dependency(**id).is_call());
    let asked = calls.filter_map(|id| Some((*id, looked_up_by(analysis, *id)?)));
    let elsewhere = asked.filter(|(_, (by, _))| !names(by, key));
    elsewhere.map(|(id, (by, place))| row(analysis, id, "query", store, Some((by, place)), &[])).collect()
}

/// What the call says, else the first flow that uses it and says something.
fn looked_up_by(analysis: &Analysis, id: DependencyId) -> Option<(&Word, Option<Span>)> {
    let design = &analysis.design;
    let dependency = design.dependency(id);
    let own = &dependency.facts.by;
    if !own.is_absent() {
        return Some((own.value()?, own.span()));
    }
    let uses = |flow: &FlowId| {
        let path = &design.flow(*flow).path;
        dependency.is_used_by(*flow) && path.contains(&dependency.source) && path.contains(&dependency.target)
    };
    let said: Vec<&Attr<Word>> = design.flow_ids().filter(uses).map(|flow| &design.flow(flow).facts.by).collect();
    said.into_iter().find_map(|by| Some((by.value()?, by.span())))
}

/// Every part of the key is among what is looked up by: `tenant, day` finds the shard of a `tenant`.
fn names(by: &Word, key: &Word) -> bool {
    let parts = |word: &str| -> Vec<String> {
        let parts = word.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-' && c != '.');
        parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect()
    };
    let by = parts(&by.0);
    parts(&key.0).iter().all(|part| by.contains(part))
}

/// Components that take several sharded stores into one transaction.
fn transactions<'a>(analysis: &'a Analysis, sharded: &[ComponentId]) -> Vec<Row<'a>> {
    let design = &analysis.design;
    let mut by_source: BTreeMap<ComponentId, Vec<DependencyId>> = BTreeMap::new();
    for store in sharded {
        for id in analysis.graph.incoming(*store) {
            if design.dependency(*id).facts.transaction.value().is_some() {
                by_source.entry(design.dependency(*id).source).or_default().push(*id);
            }
        }
    }
    let several = by_source.into_values().filter(|calls| calls.len() > 1);
    several
        .map(|mut calls| {
            calls.sort_unstable();
            let first = calls.remove(0);
            row(analysis, first, "transaction", design.dependency(first).target, None, &calls)
        })
        .collect()
}

fn row<'a>(
    analysis: &'a Analysis,
    id: DependencyId,
    kind: &'static str,
    store: ComponentId,
    by: Option<(&'a Word, Option<Span>)>,
    others: &[DependencyId],
) -> Row<'a> {
    let dependency = analysis.design.dependency(id);
    let sharding = sharding(analysis, store);
    let key = sharding.map(|sharding| &sharding.key);
    let shards = sharding.and_then(|sharding| sharding.shards.value()).map(|shards| shards.0);
    let name =
        |id: DependencyId| format!("`{}`", analysis.design.component(analysis.design.dependency(id).target).name);
    let key_name = key.and_then(Attr::value).map_or("something else", |key| key.0.as_str());
    let all = shards.map_or_else(|| "every shard".to_owned(), |shards| format!("all {shards} shards"));
    let clause = if let Some((by, _)) = by {
        format!("asks {all} when it looks {} up by `{}`, which is split by `{key_name}`", name(id), by.0)
    } else {
        let rest: Vec<String> = others.iter().map(|id| name(*id)).collect();
        format!("changes {} and {}, each split into shards, in one transaction", name(id), rest.join(" and "))
    };
    let place = key.and_then(Attr::span).unwrap_or(analysis.design.component(store).place);
    Row {
        cells: vec![
            Fact::dependency(analysis, id),
            text(kind),
            Fact::at(crate::analyse::relation::Value::Component(store), Some(place)),
            maybe(by, |(word, at)| text_at(word.0.as_str(), at.unwrap_or(dependency.place))),
            maybe(key.and_then(Attr::value), |word| resting_on(text(word.0.as_str()), &[key.expect("it has a value")])),
            maybe(shards, integer),
            maybe(shards, |shards| percent(((1.0 - 0.99_f64.powf(to_f64(shards))) * 1000.0).round() / 1000.0)),
            Fact::list(others.iter().map(|id| Fact::dependency(analysis, *id))),
            text(clause),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn query(by: &str, flow: &str) -> String {
        let design = format!(
            "{{components: {{api: {{uses: {{orders: {{{by}}}}}}}, \
             orders: {{kind: database, sharding: {{key: user_id, shards: 16}}}}}}, \
             flows: {{f: {{path: [api, orders]{flow}}}}}}}"
        );
        table("cross_shard", &["dependency", "kind", "by", "key", "shards", "share"], &design)
    }

    #[test]
    fn looking_up_by_something_else_asks_every_shard() {
        let row = "dependency=api->orders kind=query by=email key=user_id shards=16 share=14.9 %";
        assert_eq!(query("by: email", ""), row);
        assert_eq!(query("timeout: 1s", ", by: email"), row);
    }

    #[test]
    fn whoever_knows_the_key_asks_one() {
        assert_eq!(query("by: user_id", ", by: email"), "");
        assert_eq!(query("by: \"user_id, day\"", ""), "");
        assert_eq!(query("timeout: 1s", ""), "");
    }

    #[test]
    fn a_transaction_over_two_stores() {
        let design = |second: &str| {
            format!(
                "{{components: {{api: {{uses: {{a: {{transaction: true}}, b: {{{second}}}}}}}, \
                 a: {{kind: database, sharding: {{key: x}}}}, b: {{kind: database, sharding: {{key: y}}}}}}, \
                 flows: {{f: {{path: [api]}}}}}}"
            )
        };
        let columns = ["dependency", "kind", "shards", "others"];
        assert_eq!(
            table("cross_shard", &columns, &design("transaction: true")),
            "dependency=api->a kind=transaction shards=- others=[api->b]"
        );
        assert_eq!(table("cross_shard", &columns, &design("timeout: 1s")), "");
    }
}
