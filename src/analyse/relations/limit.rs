//! Walls ahead: hard limits and dates on which something runs out.

use super::cell::{field, text, text_at};
use crate::analyse::entity;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::read::Notation;
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
        let design = &analysis.design;
        let mut rows = Vec::new();
        for id in design.component_ids() {
            let component = design.component(id);
            let native = component.notation == Notation::Native;
            for (name, limit) in component.facts.limits.value().iter().flat_map(|limits| limits.iter()) {
                rows.push(Row {
                    cells: vec![
                        Fact::component(analysis, id),
                        text_at(name.value.as_str(), name.span),
                        text("limit"),
                        Fact::attr(&limit.watched, Some(name.span), native),
                        Fact::null(),
                    ],
                });
            }
            for (name, expiry) in component.facts.expires.value().iter().flat_map(|expires| expires.iter()) {
                rows.push(Row {
                    cells: vec![
                        Fact::component(analysis, id),
                        text_at(name.value.as_str(), name.span),
                        text("expiry"),
                        Fact::attr(&expiry.watched, Some(name.span), native),
                        Fact::attr(&expiry.renew, Some(name.span), native),
                    ],
                });
            }
        }
        rows
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
