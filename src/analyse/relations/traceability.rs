//! Whether one request can be followed through the processes it crosses.

use super::cell::{field, integer};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, FlowId};
use crate::read::vocabulary::{Attr, Logs, Toggle};
use std::collections::BTreeSet;

pub(super) const RELATION: Relation = Relation {
    name: "traceability",
    summary: "A critical flow, the processes of your own it crosses, and what connects their traces and logs; rows only where the design says anything about logs or traces.",
    fields: &[
        field("flow", Type::Flow, "The flow."),
        field("processes", Type::Integer, "Processes of your own on its path or needed by it."),
        field("components", Type::List(&Type::Component), "These."),
        field("traces", Type::Text(&[]), "How requests are followed."),
        field("request_id", Type::Bool, "One id follows a request through all logs."),
        field("central", Type::Bool, "All logs are in one place."),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let Some(said) = design.facts.observability.value() else { return Vec::new() };
        if said.logs.is_absent() && said.traces.is_absent() {
            return Vec::new();
        }
        let critical = design.flow_ids().filter(|flow| design.flow(*flow).critical && !design.flow(*flow).implicit);
        critical.map(|flow| row(analysis, flow, &said.traces, &said.logs)).collect()
    },
};

fn row<'a>(
    analysis: &'a Analysis,
    flow: FlowId,
    traces: &'a Attr<crate::read::vocabulary::Setting>,
    logs: &'a Attr<Logs>,
) -> Row<'a> {
    let design = &analysis.design;
    let place = Some(design.flow(flow).place);
    let involved = analysis.graph.needed_by(flow).chain(design.flow(flow).path.iter().copied());
    let own = |id: &ComponentId| {
        let component = design.component(*id);
        component.kind.is_own_process() && !component.is_managed()
    };
    let processes: BTreeSet<ComponentId> = involved.filter(own).collect();
    let part = |of: fn(&Logs) -> &Attr<Toggle>| match logs.value() {
        Some(logs) => Fact::attr(of(logs), place, true),
        None => Fact::part_of_nothing(&Fact::attr(logs, place, true)),
    };
    Row {
        cells: vec![
            Fact::flow(analysis, flow),
            integer(u64::try_from(processes.len()).unwrap_or(u64::MAX)),
            Fact::list(processes.into_iter().map(|id| Fact::component(analysis, id))),
            Fact::attr(traces, place, true),
            part(|logs| &logs.request_id),
            part(|logs| &logs.central),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn traced(observability: &str) -> String {
        let design = format!(
            "{{{observability}components: {{a: {{uses: [b]}}, b: {{uses: [c, pg]}}, c: {{kind: function, managed: true}}, \
             pg: {{kind: database}}, w: {{kind: worker}}}}, flows: {{f: {{path: [a, b, w], critical: true}}}}}}"
        );
        table("traceability", &["processes", "components", "traces", "request_id", "central"], &design)
    }

    #[test]
    fn processes_of_ones_own() {
        assert_eq!(
            traced("observability: {traces: otel, logs: {central: true}}, "),
            "processes=3 components=[a, b, w] traces=otel request_id=- central=true"
        );
    }

    #[test]
    fn nothing_is_said_where_nothing_was() {
        assert_eq!(traced(""), "");
        assert_eq!(traced("observability: {metrics: [rate]}, "), "");
    }
}
