//! Retries on top of retries.

use super::cell::{ARITHMETIC, field, number, text};
use crate::analyse::Analysis;
use crate::analyse::amplification::{Amplification, Factor};
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::model::{ComponentId, Dependency, DependencyId};
use crate::read::vocabulary::Short;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Fewer calls than this are nothing to talk about.
const LEAST: f64 = 4.0;

pub(super) const RELATION: Relation = Relation {
    name: "amplified",
    summary: "The end of a chain of calls of which two or more are repeated: what one request becomes at the worst.",
    fields: &[
        field("component", Type::Component, "What is called so often."),
        field("entry", Type::Component, "Where the chain starts."),
        field("times", Type::Number, "How many times more calls arrive than without retries."),
        field("calls", Type::List(&Type::Dependency), "The repeated calls of the chain; the place is `retries`."),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        let mut rows = chains(analysis);
        let circles = analysis.failure().unbounded_circles();
        rows.extend(circles.iter().filter_map(|circle| of_circle(analysis, circle)));
        rows
    },
};

/// The end of a chain of calls, with the repeated ones of them.
struct End {
    component: ComponentId,
    attempts: f64,
    repeated: Vec<(DependencyId, f64)>,
}

fn chains(analysis: &Analysis) -> Vec<Row<'_>> {
    let failure = analysis.failure();
    let (chains, circles) = (failure.compiled().load.retry_chains(), failure.circles_of_calls());
    let mut by_entry: BTreeMap<ComponentId, Vec<End>> = BTreeMap::new();
    for component in analysis.design.component_ids() {
        let end = &chains[component.0];
        if end.attempts < LEAST || end.retrying < 2 || end.goes_on {
            continue;
        }
        let mut repeated = Vec::new();
        let mut entry = component;
        while let Some((from, dependency, attempts)) = chains[entry.0].last {
            if attempts > 1.0 {
                repeated.push((dependency, attempts));
            }
            entry = from;
        }
        repeated.reverse();
        by_entry.entry(entry).or_default().push(End { component, attempts: end.attempts, repeated });
    }
    // What becomes of an entry's requests is as large as the design: it is let go before the next one is computed.
    let of_entry = |(entry, ends): (ComponentId, Vec<End>)| {
        let found = failure.amplification_among(entry, &circles);
        ends.into_iter().filter_map(|end| of_end(analysis, &found, &end)).collect::<Vec<_>>()
    };
    let mut rows: Vec<(ComponentId, Row<'_>)> = by_entry.into_par_iter().flat_map_iter(of_entry).collect();
    rows.sort_by_key(|(component, _)| *component);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn of_end<'a>(analysis: &'a Analysis, found: &Amplification, end: &End) -> Option<(ComponentId, Row<'a>)> {
    let Factor::Times { calls, at_worst } = found.of(end.component) else { return None };
    let times = at_worst / calls;
    let arithmetic = if (times - end.attempts).abs() < 1e-9 * times {
        let factors: Vec<String> = end.repeated.iter().map(|(_, attempts)| Short(*attempts).to_string()).collect();
        format!("{} = {}", factors.join(" × "), Short(times))
    } else {
        format!("{} calls instead of {}", Short(at_worst), Short(calls))
    };
    let calls = end.repeated.iter().map(|(dependency, _)| *dependency);
    Some((end.component, row(analysis, end.component, found.entry, times, calls, arithmetic)))
}

fn of_circle<'a>(analysis: &'a Analysis, circle: &[ComponentId]) -> Option<Row<'a>> {
    let design = &analysis.design;
    let first = *circle.first()?;
    let leads_inside = |dependency: &Dependency| circle.binary_search(&dependency.target).is_ok();
    let is_repeated = |dependency: &Dependency| dependency.attempts() > 1.0;
    let inside = circle.iter().flat_map(|member| analysis.graph.outgoing(*member)).copied();
    let calls: Vec<DependencyId> =
        inside.filter(|id| is_repeated(design.dependency(*id)) && leads_inside(design.dependency(*id))).collect();
    let names: Vec<String> = circle.iter().take(4).map(|id| format!("`{}`", design.component(*id).name)).collect();
    let arithmetic = format!("{} call each other in a circle, and repeat", names.join(", "));
    Some(row(analysis, first, first, f64::INFINITY, calls, arithmetic))
}

fn row(
    analysis: &Analysis,
    component: ComponentId,
    entry: ComponentId,
    times: f64,
    calls: impl IntoIterator<Item = DependencyId>,
    arithmetic: String,
) -> Row<'_> {
    let call = |id: DependencyId| {
        let dependency = analysis.design.dependency(id);
        Fact::at(Value::Dependency(id), Some(dependency.facts.retries.span().unwrap_or(dependency.place)))
    };
    Row {
        cells: vec![
            Fact::component(analysis, component),
            Fact::component(analysis, entry),
            number(times),
            Fact::list(calls.into_iter().map(call)),
            text(arithmetic),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn amplified(design: &str) -> String {
        table("amplified", &["component", "entry", "times", "calls", "arithmetic"], design)
    }

    #[test]
    fn three_layers_of_four_attempts_make_sixty_four() {
        let design = "components: {fe: {uses: {be: {retries: 3}}}, be: {uses: {mid: {retries: 3}}}, \
                      mid: {uses: {db: {retries: 3}}}, db: {kind: database}}";
        assert_eq!(
            amplified(design),
            "component=db entry=fe times=64 calls=[fe->be, be->mid, mid->db] arithmetic=4 × 4 × 4 = 64"
        );
    }

    #[test]
    fn fan_out_is_not_held_against_a_design() {
        // The fan-out of two alone would be two calls; only what retries add counts.
        let design = "components: {a: {uses: {b: {retries: 2}, c: {}}}, b: {uses: {d: {retries: 2}}}, \
                      c: {uses: {d: {}}}, d: {}}";
        assert_eq!(
            amplified(design),
            "component=d entry=a times=5 calls=[a->b, b->d] arithmetic=10 calls instead of 2"
        );
    }

    #[test]
    fn a_budget_and_a_single_layer_stay_silent() {
        assert_eq!(amplified("components: {a: {uses: {b: {retries: 9}}}, b: {uses: [c]}, c: {}}"), "");
        let budget = "{max: 9, budget: 10%}";
        let design = format!(
            "components: {{a: {{uses: {{b: {{retries: {budget}}}}}}}, b: {{uses: {{c: {{retries: {budget}}}}}}}, c: {{}}}}"
        );
        assert_eq!(amplified(&design), "");
    }

    #[test]
    fn retries_in_a_circle_have_no_end() {
        let design = "components: {a: {uses: {b: {retries: 1}}}, b: {uses: [a]}}";
        assert_eq!(
            amplified(design),
            "component=a entry=a times=unlimited calls=[a->b] arithmetic=`a`, `b` call each other in a circle, and repeat"
        );
    }
}
