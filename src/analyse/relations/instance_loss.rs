//! Critical flows that fail when one copy of a component is lost.

use super::cell::{field, yes};
use super::evidence::{CHAIN, PATH, chain, path};
use super::target;
use crate::analyse::outage::Outages;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, Assume, Event};
use crate::model::{Component, ComponentId, FlowId};
use crate::read::vocabulary::{Kind, Stage};
use rayon::prelude::*;

pub(super) const RELATION: Relation = Relation {
    name: "instance_loss",
    summary: "A component that goes with one copy, or does not say how many run, and the critical flows that need it and \
              fail without it, the unsaid at its best; flows that may be down for 1 % of the time are left out, and \
              prototypes.",
    fields: &[
        field("component", Type::Component, "What loses a copy."),
        field("flows", Type::List(&Type::Flow), "The critical flows that need the component and fail when it is gone."),
        field(
            "takes_all",
            Type::Bool,
            "Losing one copy takes the whole component: it is the only one, or nobody takes over.",
        ),
        PATH,
        CHAIN,
    ],
    subject: 0,
    rows,
};

/// Components that are worth the effort of another thread.
const LEAST_AT_ONCE: usize = 1024;

fn rows(analysis: &Analysis) -> Vec<Row<'_>> {
    let design = &analysis.design;
    if design.facts.stage.value() == Some(&Stage::Prototype) {
        return Vec::new();
    }
    let losing: Vec<ComponentId> = design.component_ids().filter(|id| can_lose_a_copy(design.component(*id))).collect();
    // What one thread has found out about a flow answers for all components it looks at.
    let at_once = losing.len().div_ceil(rayon::current_num_threads()).max(LEAST_AT_ONCE);
    let rows = losing.par_chunks(at_once).flat_map_iter(|losing| {
        let mut outages = Outages::new(analysis);
        losing.iter().filter_map(move |id| row(analysis, *id, &mut outages))
    });
    rows.collect()
}

fn row<'a>(analysis: &'a Analysis, id: ComponentId, outages: &mut Outages<'a>) -> Option<Row<'a>> {
    let design = &analysis.design;
    let takes_all = analysis.failure().compiled().loss_of_copy(id, Assume::Must).fails();
    if !takes_all && design.component(id).facts.replicas.value().is_some() {
        return None;
    }
    let gone = Event::Stop(id);
    let stopped = |flow: &FlowId| may_not_be_down(analysis, *flow) && outages.stops(*flow, gone);
    let flows: Vec<FlowId> = analysis.graph.critical_flows_of(id).filter(stopped).collect();
    let witness = outages.failed(*flows.first()?, gone)?;
    Some(Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::list(flows.iter().map(|flow| Fact::flow(analysis, *flow))),
            yes(takes_all),
            path(analysis, &witness),
            chain(analysis, &witness),
        ],
    })
}

/// An objective of 99 % or less leaves hours every month for a restart.
fn may_not_be_down(analysis: &Analysis, flow: FlowId) -> bool {
    target::slo(analysis, flow).is_none_or(|(_, slo)| slo > 0.99)
}

/// Whoever operates a managed or external part hides the loss of a copy; a client is not part of the system.
fn can_lose_a_copy(component: &Component) -> bool {
    let outside = matches!(component.kind, Kind::Client | Kind::External | Kind::Cdn | Kind::Dns);
    !outside && !component.is_managed()
}
