//! What was promised: by a flow itself, else for the whole system.

use crate::analyse::Analysis;
use crate::model::FlowId;
use crate::read::vocabulary::{Attr, Duration, Percent, Targets};

/// The share of requests that must succeed.
pub(super) fn slo(analysis: &Analysis, flow: FlowId) -> Option<(&Attr<Percent>, f64)> {
    let own = &analysis.design.flow(flow).facts.slo;
    let stated = if own.is_absent() { whole(analysis).map(|targets| &targets.slo)? } else { own };
    stated.value().map(|slo| (stated, slo.0))
}

/// How fast 99 of 100 answers must be, in seconds.
pub(super) fn p99(analysis: &Analysis, flow: FlowId) -> Option<(&Attr<Duration>, f64)> {
    let own = &analysis.design.flow(flow).facts.p99;
    let stated = if own.is_absent() { whole(analysis).map(|targets| &targets.p99)? } else { own };
    stated.value().map(|p99| (stated, p99.0))
}

/// Targets of the system.
pub(super) fn whole(analysis: &Analysis) -> Option<&Targets> {
    analysis.design.facts.targets.value()
}
