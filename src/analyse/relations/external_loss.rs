//! Critical flows that fail when somebody else's system does.

use super::evidence::{CHAIN, PATH, chain, path};
use crate::analyse::failure::{Cause, Witness};
use crate::analyse::outage::Outages;
use crate::analyse::relation::{Fact, Field, Relation, Row, Type};
use crate::analyse::{Analysis, Event};
use crate::model::{ComponentId, FlowId};
use crate::read::vocabulary::{Kind, Percent};

pub(super) const RELATION: Relation = Relation {
    name: "external_loss",
    summary: "An external component whose outage stops critical flows.",
    fields: &[
        Field { name: "component", summary: "The external component.", ty: Type::Component },
        Field { name: "flows", summary: "The critical flows it stops.", ty: Type::List(&Type::Flow) },
        Field { name: "call", summary: "The dependency that leads to it.", ty: Type::Dependency },
        Field { name: "strictest", summary: "The highest `slo` of these flows.", ty: Type::Percent },
        PATH,
        CHAIN,
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let externals = design.component_ids().filter(|id| design.component(*id).kind == Kind::External);
        let mut outages = Outages::new(analysis);
        externals.filter_map(|id| row(analysis, id, &mut outages)).collect()
    },
};

fn row<'a>(analysis: &'a Analysis, id: ComponentId, outages: &mut Outages<'a>) -> Option<Row<'a>> {
    use crate::analyse::relation::Value;
    let design = &analysis.design;
    let critical = design.flow_ids().filter(|flow| design.flow(*flow).critical);
    let stopped: Vec<(FlowId, Witness)> =
        critical.filter_map(|flow| Some((flow, outages.failed(flow, Event::Stop(id))?))).collect();
    let (_, witness) = stopped.first()?;
    let call = witness.steps.iter().find_map(|step| match step.cause {
        Cause::Dependency(call) => Some(call),
        Cause::Group(group) => design.group(group).members.first().copied(),
        _ => None,
    })?;
    let slos = stopped.iter().filter_map(|(flow, _)| design.flow(*flow).facts.slo.value());
    let strictest = slos.copied().reduce(|left: Percent, right| if right.0 > left.0 { right } else { left });
    Some(Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::list(stopped.iter().map(|(flow, _)| Fact::flow(analysis, *flow))),
            Fact::dependency(analysis, call),
            strictest.map_or_else(Fact::null, |slo| Fact::computed(Value::Percent(slo.0))),
            path(analysis, witness),
            chain(analysis, witness),
        ],
    })
}
