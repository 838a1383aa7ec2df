//! How many services of one's own a request goes through, one after the other.
//!
//! The longest path over hard calls that wait for the answer. Circles count as one step (they are contracted, which
//! leaves an acyclic graph), so that the number is never more than what a request really crosses.

use super::cell::{field, integer};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::graph::strongly_connected;
use crate::model::{ComponentId, DependencyId, FlowId};
use crate::read::vocabulary::{Kind, Need};

/// Shorter chains are no chains.
const LEAST_SERVICES: usize = 3;

pub(super) const RELATION: Relation = Relation {
    name: "call_chain",
    summary: "A critical flow and its longest chain of services that wait for each other; three services or more.",
    fields: &[
        field("flow", Type::Flow, "The flow."),
        field("services", Type::Integer, "Services of your own in the chain; a circle counts once."),
        field("hops", Type::Integer, "Calls from one of them to the next."),
        field("chain", Type::List(&Type::Component), "The services, in the order of the calls."),
        field("calls", Type::List(&Type::Dependency), "The calls from the first to the last."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let critical: Vec<FlowId> = design.flow_ids().filter(|flow| design.flow(*flow).critical).collect();
        if critical.is_empty() || design.components.iter().filter(|part| is_service(part.kind)).count() < LEAST_SERVICES
        {
            return Vec::new();
        }
        let circles = Circles::new(analysis);
        let all = Chains::new(analysis, &circles, None);
        critical.into_iter().filter_map(|flow| row(analysis, &circles, &all, flow)).collect()
    },
};

fn row<'a>(analysis: &'a Analysis, circles: &Circles, all: &Chains, flow: FlowId) -> Option<Row<'a>> {
    let own;
    let mut chains = all;
    let first = longest(analysis, circles, all, flow)?;
    let start = if circles.some_restricted {
        // Only some flows use some of the calls: the chain of all of them may be longer than that of this flow.
        own = Chains::new(analysis, circles, Some(flow));
        chains = &own;
        longest(analysis, circles, chains, flow)?
    } else {
        first
    };
    let (mut services, mut calls) = (Vec::new(), Vec::new());
    let mut at = start;
    loop {
        services.extend(circles.service[at]);
        let Some(call) = chains.next[at] else { break };
        if !services.is_empty() {
            calls.push(call);
        }
        at = circles.of[analysis.design.dependency(call).target.0];
    }
    let count = u64::try_from(services.len()).unwrap_or(u64::MAX);
    Some(Row {
        cells: vec![
            Fact::flow(analysis, flow),
            integer(count),
            integer(count - 1),
            Fact::list(services.into_iter().map(|id| Fact::component(analysis, id))),
            Fact::list(calls.into_iter().map(|id| Fact::dependency(analysis, id))),
        ],
    })
}

/// The circle in which the longest chain of the flow begins, if it is worth a row.
fn longest(analysis: &Analysis, circles: &Circles, chains: &Chains, flow: FlowId) -> Option<usize> {
    let starts = analysis.graph.legs(flow).iter().map(|leg| circles.of[leg.component.0]);
    let length = |at: &usize| chains.length[*at];
    let best = starts.reduce(|best, at| if length(&at) > length(&best) { at } else { best })?;
    (length(&best) >= LEAST_SERVICES).then_some(best)
}

/// Components that call each other in a circle, as one; each alone where there is no circle.
struct Circles {
    /// The circle of each component.
    of: Vec<usize>,
    /// Members, each circle after everything it leads to.
    members: Vec<Vec<usize>>,
    /// A service in it.
    service: Vec<Option<ComponentId>>,
    /// Some of the calls belong to some flows only.
    some_restricted: bool,
    /// A call inside of it belongs to some flows only: others may not get through.
    broken: Vec<bool>,
}

impl Circles {
    fn new(analysis: &Analysis) -> Self {
        let design = &analysis.design;
        let size = design.components.len();
        let counted: Vec<DependencyId> = design.dependency_ids().filter(|id| counts(analysis, *id)).collect();
        let ends = |id: &DependencyId| (design.dependency(*id).source.0, design.dependency(*id).target.0);
        let members = strongly_connected(size, counted.iter().map(ends));
        let mut of = vec![0; size];
        for (circle, members) in members.iter().enumerate() {
            for member in members {
                of[*member] = circle;
            }
        }
        let first_service = |members: &Vec<usize>| {
            let services = members.iter().copied().filter(|id| is_service(design.components[*id].kind));
            services.min().map(ComponentId)
        };
        let service = members.iter().map(first_service).collect();
        let mut broken = vec![false; members.len()];
        let mut some_restricted = false;
        for id in counted.iter().filter(|id| design.dependency(**id).flows.is_some()) {
            let (from, to) = ends(id);
            some_restricted = true;
            broken[of[from]] |= of[from] == of[to];
        }
        Self { of, members, service, some_restricted, broken }
    }
}

/// The longest chain from each circle on.
struct Chains {
    /// Services in it.
    length: Vec<usize>,
    /// The call with which it goes on.
    next: Vec<Option<DependencyId>>,
}

impl Chains {
    /// Over the calls of one flow, or over all of them.
    fn new(analysis: &Analysis, circles: &Circles, flow: Option<FlowId>) -> Self {
        let design = &analysis.design;
        let mut length = vec![0; circles.members.len()];
        let mut next = vec![None; circles.members.len()];
        for (circle, members) in circles.members.iter().enumerate() {
            if circles.broken[circle] {
                continue;
            }
            let mut best = 0;
            for id in members.iter().flat_map(|member| analysis.graph.outgoing(ComponentId(*member))) {
                let target = circles.of[design.dependency(*id).target.0];
                let used = flow.is_none_or(|flow| design.dependency(*id).is_used_by(flow));
                if used && target != circle && length[target] > best && counts(analysis, *id) {
                    best = length[target];
                    next[circle] = Some(*id);
                }
            }
            length[circle] = best + usize::from(circles.service[circle].is_some());
        }
        Self { length, next }
    }
}

/// The source cannot answer before the target has.
fn counts(analysis: &Analysis, id: DependencyId) -> bool {
    let dependency = analysis.design.dependency(id);
    dependency.is_call()
        && dependency.need == Need::Hard
        && dependency.group.is_none()
        && dependency.facts.fallback.value().is_none()
}

/// Code of one's own that works on a request; gateways pass it on.
fn is_service(kind: Kind) -> bool {
    kind.is_own_process() && kind != Kind::Gateway
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn chain(components: &str, path: &str) -> String {
        let design = format!("{{components: {{{components}}}, flows: {{f: {{path: [{path}], critical: true}}}}}}");
        table("call_chain", &["services", "hops", "chain", "calls"], &design)
    }

    #[test]
    fn services_in_sequence_without_what_is_in_between() {
        assert_eq!(
            chain(
                "web: {kind: client, uses: [lb]}, lb: {kind: balancer, uses: [a]}, a: {uses: [b, pg]}, \
                 b: {uses: [lb2]}, lb2: {kind: balancer, uses: [c]}, c: {uses: [pg]}, pg: {kind: database}",
                "web"
            ),
            "services=3 hops=2 chain=[a, b, c] calls=[a->b, b->lb2, lb2->c]"
        );
        assert_eq!(chain("a: {uses: [b, c, d]}, b: {}, c: {}, d: {}", "a"), "");
    }

    #[test]
    fn only_what_has_to_answer() {
        for call in ["{need: soft}", "{mode: async}", "{fallback: omit}", "{phase: start}"] {
            assert_eq!(chain(&format!("a: {{uses: [b]}}, b: {{uses: {{c: {call}}}}}, c: {{}}"), "a"), "", "{call}");
        }
    }

    #[test]
    fn a_circle_is_one_step() {
        assert_eq!(
            chain("a: {uses: [b]}, b: {uses: [c]}, c: {uses: [b, d]}, d: {uses: [e]}, e: {}", "a"),
            "services=4 hops=3 chain=[a, b, d, e] calls=[a->b, c->d, d->e]"
        );
        assert_eq!(chain("a: {uses: [b]}, b: {uses: [c]}, c: {uses: [a]}", "a"), "");
    }

    #[test]
    fn only_the_calls_of_the_flow() {
        let design = "{components: {a: {uses: [b]}, b: {uses: {c: {flows: [g]}}}, c: {uses: [d]}, d: {}}, \
                      flows: {f: {path: [a], critical: true}, g: {path: [a], critical: true}}}";
        assert_eq!(table("call_chain", &["flow", "services"], design), "flow=g services=4");
    }
}
