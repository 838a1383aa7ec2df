//! Critical flows that fail when one region fails.

use super::cell::{component_at, field, yes};
use super::evidence::{CHAIN, PATH, chain, path};
use crate::analyse::failure::Witness;
use crate::analyse::outage::Outages;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Event};
use crate::graph::DomainId;
use crate::model::FlowId;
use crate::read::vocabulary::Stage;

pub(super) const RELATION: Relation = Relation {
    name: "region_loss",
    summary: "A critical flow, and the regions each of which stops it alone; not in prototypes.",
    fields: &[
        field("flow", Type::Flow, "The flow that fails."),
        field("regions", Type::List(&Type::Text(&[])), "The regions that stop it."),
        field(
            "stranded",
            Type::List(&Type::Component),
            "What is in the first of them and nowhere else; the place is its `region`.",
        ),
        field("spread", Type::Bool, "The design names two regions or more."),
        PATH,
        CHAIN,
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        if analysis.graph.domains.regions.is_empty() || design.facts.stage.value() == Some(&Stage::Prototype) {
            return Vec::new();
        }
        let regions = 0..analysis.graph.domains.regions.len();
        let regions: Vec<Event> = regions.map(|index| Event::Region(DomainId(index))).collect();
        let stopped = Outages::new(analysis).stopped_by(&regions);
        stopped.into_iter().map(|(flow, stopping)| row(analysis, flow, stopping)).collect()
    },
};

fn row(analysis: &Analysis, flow: FlowId, stopping: Vec<(usize, Witness)>) -> Row<'_> {
    let design = &analysis.design;
    let regions = &analysis.graph.domains.regions;
    let names: Vec<&str> = stopping.iter().map(|(region, _)| regions[*region].name.as_str()).collect();
    let (index, witness) = stopping.into_iter().next().unwrap_or_default();
    let named = design.facts.regions.value().map_or(0, |regions| regions.0.len());
    let needed = regions[index].members.iter().filter(|id| analysis.graph.critical_flows_of(**id).any(|of| of == flow));
    Row {
        cells: vec![
            Fact::flow(analysis, flow),
            Fact::list(names.into_iter().map(|region| Fact::computed(Value::Text(region.into())))),
            Fact::list(needed.map(|id| component_at(analysis, *id, &design.component(*id).facts.region))),
            yes(named.max(regions.len()) > 1),
            path(analysis, &witness),
            chain(analysis, &witness),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn everything_in_one_region() {
        let design = "{regions: [eu, us], components: {api: {uses: [pg]}, pg: {kind: database, region: eu}}, \
                      flows: {buy: {path: [api], critical: true}}}";
        assert_eq!(
            table("region_loss", &["flow", "regions", "stranded", "spread"], design),
            "flow=buy regions=[eu] stranded=[pg] spread=true"
        );
        assert_eq!(table("region_loss", &["flow"], &design.replace("{regions", "{stage: prototype, regions")), "");
    }
}
