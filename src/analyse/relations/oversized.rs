//! What is built for far more traffic than there will be.

use super::cell::{field, number, rate, text};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::model::ComponentId;
use crate::read::vocabulary::{Kind, Rate, Short};
use crate::sources::Span;

const NOTE: &str =
    "the traffic from which a technology pays is premortem's judgement; declare `why` where it is needed for less";

pub(super) const RELATION: Relation = Relation {
    name: "oversized",
    summary: "What the design is built for, against its technology and against today's traffic; rows only where the target is stated.",
    fields: &[
        field("design", Type::Design, "The design."),
        field("kind", Type::Text(&["technology", "growth"]), "What the row compares with the target."),
        field("target", Type::Rate, "The traffic it is built for; the place is where that is written."),
        field(
            "components",
            Type::List(&Type::Component),
            "What pays only from more traffic on than it will get, and does not say why; the place is `tech`.",
        ),
        field("thresholds", Type::List(&Type::Rate), "The traffic from which each of them pays."),
        field("clause", Type::Text(&[]), "The comparison in words."),
        field("now", Type::Rate, "Traffic today, if stated; the place is where that is written."),
        field("times", Type::Number, "The target in times of today's traffic."),
    ],
    subject: 0,
    rows: |analysis| {
        let Some((target, place)) = target(analysis) else { return Vec::new() };
        let target_fact = Fact { place, ..rate(target) };
        let mut rows = Vec::new();
        let components = ahead(analysis, target);
        if !components.is_empty() {
            let listed = components.iter().map(|(id, _)| {
                let component = analysis.design.component(*id);
                let place = component.facts.tech.span().unwrap_or(component.place);
                Fact::at(Value::Component(*id), Some(place))
            });
            let thresholds = components.iter().map(|(_, threshold)| Fact { inferred: Some(NOTE), ..rate(*threshold) });
            rows.push(Row {
                cells: vec![
                    Fact::at(Value::Design, Some(analysis.design.place)),
                    text("technology"),
                    target_fact.clone(),
                    Fact::list(listed),
                    Fact { inferred: Some(NOTE), ..Fact::list(thresholds) },
                    Fact { inferred: Some(NOTE), ..text(pays(analysis, &components)) },
                    Fact::null(),
                    Fact::null(),
                ],
            });
        }
        let now = analysis.design.facts.scale.value().and_then(|scale| Some((scale.now.value()?.0, scale.now.span())));
        let now = now.filter(|(now, _)| *now > 0.0 && target > *now);
        if let Some((today, place)) = now {
            let times = target / today;
            rows.push(Row {
                cells: vec![
                    Fact::at(Value::Design, Some(analysis.design.place)),
                    text("growth"),
                    target_fact,
                    Fact::list([]),
                    Fact::list([]),
                    text(format!("{} times the {} of today", Short(times.round()), Rate(today))),
                    Fact { place, ..rate(today) },
                    number(times),
                ],
            });
        }
        rows
    },
};

/// "`events` pays from 1000 rps on, `store` from 5000 rps".
fn pays(analysis: &Analysis, components: &[(ComponentId, f64)]) -> String {
    let mut text = String::new();
    for (index, (id, threshold)) in components.iter().enumerate() {
        let name = &analysis.design.component(*id).name;
        let clause = match index {
            0 => format!("`{name}` pays from {} on", Rate(*threshold)),
            _ => format!(", `{name}` from {}", Rate(*threshold)),
        };
        text.push_str(&clause);
    }
    text
}

/// The traffic the design is built for: its target, else what it has today, else that of all flows if all are stated.
fn target(analysis: &Analysis) -> Option<(f64, Option<Span>)> {
    let facts = &analysis.design.facts;
    let scale = facts.scale.value();
    let stated = scale.and_then(|scale| {
        [&scale.target, &scale.now].into_iter().find_map(|stated| Some((stated.value()?.0, stated.span())))
    });
    stated.or_else(|| {
        let flows = &analysis.design.flows;
        let first = flows.first()?.facts.rate.span();
        let sum: Option<f64> = flows.iter().map(|flow| flow.facts.rate.value()?.target_rate()).sum();
        sum.map(|sum| (sum, first))
    })
}

/// Technology that pays from some traffic on, more than the design is built for and more than the component gets.
fn ahead(analysis: &Analysis, target: f64) -> Vec<(ComponentId, f64)> {
    let design = &analysis.design;
    let threshold = |id: ComponentId| {
        let component = design.component(id);
        let known = component.technology?.scale_threshold?.0;
        let facts = &component.facts;
        let explained = [&facts.why, &facts.measured].iter().any(|reason| reason.value().is_some());
        let stated = [facts.load.value(), facts.writes.value(), facts.capacity.value()];
        let busy = stated.into_iter().flatten().any(|rate| rate.0 >= known);
        (component.kind != Kind::External && !explained && !busy && target < known).then_some(known)
    };
    let candidates: Vec<(ComponentId, f64)> =
        design.component_ids().filter_map(|id| Some((id, threshold(id)?))).collect();
    if candidates.is_empty() {
        return candidates;
    }
    // One request of a user may be many for a component.
    let loads = analysis.target_loads();
    candidates.into_iter().filter(|(id, threshold)| loads[id.0] < *threshold).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn oversized(scale: &str, component: &str, flow: &str) -> String {
        let design = format!(
            "{{{scale}components: {{api: {{uses: {{events: {{calls: 50}}}}}}, events: {{{component}}}}}, \
             flows: {{f: {{path: [api, events]{flow}}}}}}}"
        );
        table("oversized", &["kind", "target", "components", "thresholds", "times"], &design)
    }

    #[test]
    fn technology_for_more_than_there_will_be() {
        assert_eq!(
            oversized("scale: {target: 5rps}, ", "tech: kafka", ""),
            "kind=technology target=5 rps components=[events] thresholds=~[~1000 rps] times=-"
        );
        assert_eq!(oversized("scale: {target: 5rps}, ", "tech: kafka, why: replay", ""), "");
        assert_eq!(oversized("scale: {target: 5rps}, ", "tech: rabbitmq", ""), "");
        assert_eq!(oversized("scale: {target: 5000rps}, ", "tech: kafka", ""), "");
        assert_eq!(oversized("", "tech: kafka", ""), "");
    }

    #[test]
    fn load_of_its_own_counts() {
        assert_eq!(oversized("scale: {target: 5rps}, ", "tech: kafka, load: 2000rps", ""), "");
        // 50 messages a request.
        assert_eq!(oversized("", "tech: kafka", ", rate: 40rps"), "");
        assert!(oversized("", "tech: kafka", ", rate: 4rps").starts_with("kind=technology target=4 rps"));
    }

    #[test]
    fn growth() {
        assert_eq!(
            oversized("scale: {now: 2rps, target: 3000rps}, ", "kind: queue", ""),
            "kind=growth target=3000 rps components=[] thresholds=[] times=1500"
        );
        assert_eq!(oversized("scale: {now: 2rps, target: 2rps}, ", "kind: queue", ""), "");
    }
}
