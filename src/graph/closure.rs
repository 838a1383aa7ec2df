//! What each flow cannot work without, as drawn.

use super::Leg;
use crate::model::{ComponentId, Dependency, DependencyId, Design, FlowId, GroupId};
use crate::read::vocabulary::{Mode, Need, Phase};
use fixedbitset::FixedBitSet;
use rayon::prelude::*;

/// One closure per critical flow.
#[derive(Debug)]
pub(super) struct Closures {
    critical: Vec<Closure>,
    /// In any closure.
    any: FixedBitSet,
    /// Of each dependency: its source, and the flows it is restricted to.
    dependencies: Vec<(ComponentId, Option<Vec<FlowId>>)>,
}

#[derive(Debug)]
struct Closure {
    flow: FlowId,
    needed: FixedBitSet,
    path: Vec<ComponentId>,
}

impl Closures {
    pub(super) fn new(
        design: &Design,
        outgoing: &[Vec<DependencyId>],
        groups: &[Vec<GroupId>],
        legs: &[Vec<Leg>],
    ) -> Self {
        let needs = Needs::new(design, outgoing, groups);
        let flows: Vec<FlowId> = design.flow_ids().filter(|flow| design.flow(*flow).critical).collect();
        let closure = |flow: &FlowId| {
            let needed = needs.closure(*flow, &legs[flow.0]);
            Closure { flow: *flow, needed, path: design.flow(*flow).path.clone() }
        };
        let critical: Vec<Closure> = flows.par_iter().map(closure).collect();
        let mut any = FixedBitSet::with_capacity(design.components.len());
        for closure in &critical {
            any.union_with(&closure.needed);
        }
        let dependencies = design.dependencies.iter().map(|edge| (edge.source, edge.flows.clone())).collect();
        Self { critical, any, dependencies }
    }

    pub(super) fn is_critical(&self, component: ComponentId) -> bool {
        self.any.contains(component.0)
    }

    pub(super) fn critical_flows_of(&self, component: ComponentId) -> impl Iterator<Item = FlowId> + '_ {
        self.critical.iter().filter(move |closure| closure.needed.contains(component.0)).map(|closure| closure.flow)
    }

    pub(super) fn needed_by(&self, flow: FlowId) -> impl Iterator<Item = ComponentId> + '_ {
        // Critical flows are kept in file order.
        let at = self.critical.binary_search_by_key(&flow, |closure| closure.flow).ok();
        at.into_iter().flat_map(|at| self.critical[at].needed.ones()).map(ComponentId)
    }

    pub(super) fn critical_flows_using(&self, dependency: DependencyId) -> impl Iterator<Item = FlowId> + '_ {
        let (source, flows) = &self.dependencies[dependency.0];
        self.critical
            .iter()
            .filter(move |closure| flows.as_ref().is_none_or(|flows| flows.contains(&closure.flow)))
            .filter(move |closure| closure.needed.contains(source.0) || closure.path.contains(source))
            .map(|closure| closure.flow)
    }
}

/// What each component cannot work without: what is needed while serving, is hard, waits for the answer and has no
/// fallback. Members of a group count when all of them are needed.
struct Needs<'d> {
    /// By component.
    of: Vec<Vec<Needed<'d>>>,
}

/// A component that is needed, and the flows it is needed for, if not all.
type Needed<'d> = (ComponentId, Option<&'d [FlowId]>);

impl<'d> Needs<'d> {
    fn new(design: &'d Design, outgoing: &[Vec<DependencyId>], groups: &[Vec<GroupId>]) -> Self {
        let of = design.component_ids().map(|component| {
            let edges = outgoing[component.0].iter().map(|id| design.dependency(*id));
            let edges = edges.filter(|edge| is_indispensable(edge)).map(|edge| (edge.target, edge.flows.as_deref()));
            let groups = groups[component.0].iter().map(|id| design.group(*id));
            let members = groups.filter(|group| group.need == group.members.len()).flat_map(|group| &group.members);
            edges.chain(members.map(|id| (design.dependency(*id).target, None))).collect()
        });
        Self { of: of.collect() }
    }

    /// Everything that the legs of a flow lead to over what belongs to the flow, themselves included.
    fn closure(&self, flow: FlowId, legs: &[Leg]) -> FixedBitSet {
        let mut needed = FixedBitSet::with_capacity(self.of.len());
        let mut open: Vec<ComponentId> = legs.iter().map(|leg| leg.component).collect();
        while let Some(component) = open.pop() {
            if needed.put(component.0) {
                continue;
            }
            let belongs = |flows: Option<&[FlowId]>| flows.is_none_or(|flows| flows.contains(&flow));
            open.extend(self.of[component.0].iter().filter(|(_, flows)| belongs(*flows)).map(|(target, _)| *target));
        }
        needed
    }
}

fn is_indispensable(edge: &Dependency) -> bool {
    edge.group.is_none()
        && edge.phase == Phase::Run
        && edge.mode == Mode::Sync
        && edge.need == Need::Hard
        && (edge.consumes || edge.facts.fallback.value().is_none())
}
