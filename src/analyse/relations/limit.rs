//! Walls ahead: hard limits and dates on which something runs out.

use super::cell::{entries, field, text};
use crate::analyse::entity;
use crate::analyse::relation::{Fact, Relation, Type};
use crate::read::vocabulary::{FailoverMode, Toggle};

pub(super) const RELATION: Relation = Relation {
    name: "limit",
    summary: "An entry of a component's `limits` or `expires`: a hard limit, or something that runs out.",
    fields: &[
        field("component", Type::Component, "What stops there."),
        field("name", Type::Text(&[]), "What it is: `xid`, `certificate`."),
        field("kind", Type::Text(&["limit", "expiry"]), "A limit that is reached, or a date that comes."),
        field("watched", entity::type_of::<Toggle>(), "Somebody is told before."),
        field("renew", entity::type_of::<FailoverMode>(), "Who renews what runs out."),
    ],
    subject: 0,
    rows: |analysis| {
        let of = |id| {
            let facts = &analysis.design.component(id).facts;
            let limits = entries(analysis, id, &facts.limits, |entry, limit| {
                vec![text("limit"), entry.attr(&limit.watched), Fact::null()]
            });
            let expiries = entries(analysis, id, &facts.expires, |entry, expiry| {
                vec![text("expiry"), entry.attr(&expiry.watched), entry.attr(&expiry.renew)]
            });
            limits.chain(expiries)
        };
        analysis.design.component_ids().flat_map(of).collect()
    },
};

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn limits_and_dates() {
        let design = "components: {pg: {limits: {xid: {max: 2_000_000_000, watched: true}}, \
                      expires: {certificate: {renew: manual}}}}";
        assert_eq!(
            table("limit", &["component", "name", "kind", "watched", "renew"], design),
            "component=pg name=xid kind=limit watched=true renew=-\n\
             component=pg name=certificate kind=expiry watched=- renew=manual"
        );
    }
}
