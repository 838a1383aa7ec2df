//! Callers that run out of workers when what they call hangs.

use super::cell::{ARITHMETIC, duration, field, maybe, number, resting_on, text};
use crate::analyse::hang::Hang;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Demand};
use crate::model::{DependencyId, to_f64};
use crate::read::vocabulary::{Duration, Need, Rate, Short};

pub(super) const RELATION: Relation = Relation {
    name: "exhaustion",
    summary: "A call the caller cannot do without, whose hang takes every worker of the caller, with the numbers stated.",
    fields: &[
        field("dependency", Type::Dependency, "The call."),
        field("waiting", Type::Number, "Requests that wait in the end; nothing if they only ever get more."),
        field("workers", Type::Number, "Requests all copies can work on; the place is `workers`."),
        field("seconds", Type::Duration, "How long until every worker waits."),
        field("longest", Type::Duration, "The longest timeout that leaves workers over."),
        field("flows", Type::List(&Type::Flow), "Where the requests come from; the place is `rate`."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let failure = analysis.failure();
        let calls = &analysis.moves(Demand::Now).calls;
        let exhausting = analysis.design.dependency_ids().filter(|id| is_hard(analysis, *id)).filter_map(|id| {
            // The failure model counts everything that reaches the caller; here only what makes this call counts.
            let calls_per_second = calls.get(&id).copied().filter(|calls| *calls > 0.0)?;
            let hang = Hang { calls_per_second, ..failure.hang(id)? };
            (hang.exhausts() == Some(true)).then_some((id, hang))
        });
        let exhausting: Vec<(DependencyId, Hang)> = exhausting.collect();
        let sources: Vec<_> = exhausting.iter().map(|(id, _)| analysis.design.dependency(*id).source).collect();
        let terms = failure.compiled().load.terms_of(&sources, Demand::Now);
        let rows = exhausting.into_iter().zip(terms);
        rows.filter_map(|((id, hang), terms)| row(analysis, id, &hang, &terms)).collect()
    },
};

/// A soft call is another matter: its hang reaches a caller that was meant to go on.
fn is_hard(analysis: &Analysis, id: DependencyId) -> bool {
    let dependency = analysis.design.dependency(id);
    let facts = &dependency.facts;
    dependency.is_call()
        && dependency.need == Need::Hard
        && facts.fallback.value().is_none()
        && facts.bulkhead.value().is_none()
}

fn row<'a>(
    analysis: &'a Analysis,
    id: DependencyId,
    hang: &Hang,
    terms: &[(Option<crate::model::FlowId>, f64)],
) -> Option<Row<'a>> {
    let design = &analysis.design;
    let dependency = design.dependency(id);
    let source = design.component(dependency.source);
    let workers = hang.workers?;
    let copies = to_f64(source.replicas().unwrap_or(1).max(1));
    let pool = if copies > 1.0 {
        format!("{} × {} = {}", Short(copies), Short(workers / copies), Short(workers))
    } else {
        Short(workers).to_string()
    };
    let arithmetic = match (hang.waiting(), hang.timeout) {
        (Some(waiting), Some(timeout)) => {
            let attempts = if hang.attempts > 1.0 { format!(" × {}", Short(hang.attempts)) } else { String::new() };
            let arriving = Rate(hang.calls_per_second);
            format!("{arriving} × {}{attempts} = {} > {pool}", Duration(timeout), Short(waiting))
        }
        _ => format!("{pool} workers, {} arriving", Rate(hang.calls_per_second)),
    };
    let flows = terms.iter().filter_map(|(flow, _)| *flow).map(|flow| {
        Fact::at(Value::Flow(flow), Some(design.flow(flow).facts.rate.span().unwrap_or(design.flow(flow).place)))
    });
    Some(Row {
        cells: vec![
            Fact::dependency(analysis, id),
            maybe(hang.waiting(), number),
            resting_on(number(workers), &[&source.facts.workers]),
            maybe(hang.seconds_until_exhausted(), duration),
            duration(workers / (hang.calls_per_second * hang.attempts)),
            Fact::list(flows),
            text(arithmetic),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn exhaustion(timeout: &str) -> String {
        let design = format!(
            "{{components: {{api: {{workers: 200, replicas: 2, uses: {{b: {{timeout: {timeout}}}}}}}, b: {{}}}}, \
             flows: {{f: {{path: [api], rate: 100rps}}}}}}"
        );
        table("exhaustion", &["dependency", "waiting", "workers", "seconds", "longest", "flows", "arithmetic"], &design)
    }

    #[test]
    fn more_requests_wait_than_there_are_workers() {
        // 500 wait at 100 rps x 5 s; 400 workers are gone after 400 / 100 = 4 s, and 4 s is the longest that fits.
        assert_eq!(
            exhaustion("5s"),
            "dependency=api->b waiting=500 workers=400 seconds=4 s longest=4 s flows=[f] \
             arithmetic=100 rps × 5 s = 500 > 2 × 200 = 400"
        );
        assert_eq!(exhaustion("2s"), "");
    }

    #[test]
    fn only_requests_that_make_the_call_wait() {
        let design = "{components: {api: {workers: 100, replicas: 1, uses: {b: {timeout: 3s, flows: [f]}}}, b: {}}, \
                      flows: {f: {path: [api], rate: 4rps}, g: {path: [api], rate: 90rps}}}";
        assert_eq!(table("exhaustion", &["arithmetic"], design), "");
    }

    #[test]
    fn without_a_timeout_they_only_get_more() {
        assert_eq!(
            exhaustion("none"),
            "dependency=api->b waiting=- workers=400 seconds=4 s longest=4 s flows=[f] \
             arithmetic=2 × 200 = 400 workers, 100 rps arriving"
        );
    }
}
