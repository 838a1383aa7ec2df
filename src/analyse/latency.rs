//! How fast a flow can be at best, is likely to be, and is when everything is slow at once.
//!
//! Quantiles do not add up. What holds: no answer is faster than its slowest part (`lower = max p99`). One slow part
//! at a time is the usual bad case (`likely = max (p99 of one + p50 of the others)`). All slow at once is the cautious
//! sum (`Σ p99`), which for k parts bounds only the (100 − k)th percentile. Of parallel branches the slowest counts.

use super::failure::FailureModel;
use crate::model::{ComponentId, FlowId};

/// The response time of the synchronous part of a flow, in seconds.
#[derive(Clone, PartialEq, Debug)]
pub struct ResponseTime {
    pub lower: f64,
    pub likely: f64,
    pub cautious: f64,
    /// The steps that say how long they take, in order.
    pub terms: Vec<LatencyTerm>,
    /// Steps that do not, in order; the real time is longer.
    pub unsaid: Vec<ComponentId>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LatencyTerm {
    pub component: ComponentId,
    pub p50: f64,
    pub p99: f64,
    /// Calls one after the other, at least one.
    pub calls: f64,
    /// Runs beside other calls of this component.
    pub beside: Option<ComponentId>,
}

impl FailureModel<'_> {
    /// `None` when no step of the flow says how long it takes.
    pub fn response_time(self, flow: FlowId) -> Option<ResponseTime> {
        let design = self.design();
        let mut terms = Vec::new();
        let mut unsaid = Vec::new();
        let path = &design.flow(flow).path;
        for (step, component) in path.iter().enumerate() {
            let kind = design.component(*component).kind;
            if kind.is_queue() {
                break;
            }
            if path[..step].contains(component) {
                continue;
            }
            let latency = design.component(*component).facts.latency.value();
            let quantile = |get: fn(&crate::read::vocabulary::Latency) -> Option<f64>| latency.and_then(get);
            let p50 = quantile(|latency| latency.p50.value().map(|duration| duration.0));
            let p99 = quantile(|latency| latency.p99.value().map(|duration| duration.0));
            let Some(p99) = p99.or(p50) else {
                if kind != crate::read::vocabulary::Kind::Client {
                    unsaid.push(*component);
                }
                continue;
            };
            let call = path[..step].iter().flat_map(|earlier| self.graph().outgoing(*earlier)).find(|id| {
                let edge = design.dependency(**id);
                edge.target == *component && edge.is_used_by(flow)
            });
            let call = call.map(|id| design.dependency(*id));
            terms.push(LatencyTerm {
                component: *component,
                p50: p50.unwrap_or(0.0).min(p99),
                p99,
                calls: call.map_or(1.0, |call| call.calls().max(1.0)),
                beside: call.filter(|call| call.facts.parallel.value().is_some()).map(|call| call.source),
            });
        }
        if terms.is_empty() {
            return None;
        }
        let sum = |value: &dyn Fn(&LatencyTerm) -> f64| sum_of_branches(&terms, value);
        let likely = terms.iter().map(|slow| {
            sum(&|term| {
                let usual = term.p50 * term.calls;
                if term.component == slow.component { usual - term.p50 + term.p99 } else { usual }
            })
        });
        let likely = likely.fold(0.0, f64::max);
        let lower = terms.iter().map(|term| term.p99).fold(0.0, f64::max);
        let cautious = sum(&|term| term.p99 * term.calls);
        Some(ResponseTime { lower, likely, cautious, terms, unsaid })
    }
}

/// The sum of all steps, where of steps that run beside each other only the longest counts.
fn sum_of_branches(terms: &[LatencyTerm], value: &dyn Fn(&LatencyTerm) -> f64) -> f64 {
    let mut sum = 0.0;
    for (index, term) in terms.iter().enumerate() {
        match term.beside {
            None => sum += value(term),
            Some(source) if terms[..index].iter().all(|earlier| earlier.beside != Some(source)) => {
                let branches = terms.iter().filter(|other| other.beside == Some(source));
                sum += branches.map(value).fold(0.0, f64::max);
            }
            Some(_) => {}
        }
    }
    sum
}

/// The share of requests that see at least one slow answer when each asks `fan_out` components, of which each is slow
/// with probability `slow`: `1 - (1 - slow)^n` (Dean and Barroso, "The Tail at Scale", 2013).
pub fn slow_requests(fan_out: i32, slow: f64) -> f64 {
    1.0 - (1.0 - slow).powi(fan_out)
}
