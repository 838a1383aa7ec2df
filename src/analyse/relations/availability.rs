//! Promised availability against that of the parts.

use super::cell::{ARITHMETIC, duration, field, maybe, percent, resting_on, text};
use super::target;
use crate::analyse::availability::Availability;
use crate::analyse::error_budget::{BUDGET_DAYS, error_budget};
use crate::analyse::outage::Outages;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::analyse::{Analysis, Event, LeftOut};
use crate::model::{ComponentId, FlowId};
use crate::read::vocabulary::Percent;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Of more parts with a stated availability only single points of failure are counted: sets of them are too many.
const MOST_PARTS: usize = 40;

/// Parts looked at for all flows together; pairs of them where sets of parts are searched.
const BUDGET: usize = 1_000_000;

/// Targets are typed by people: what differs less is the same.
const SAME: f64 = 1e-9;

pub(super) const RELATION: Relation = Relation {
    name: "availability",
    summary: "A flow with a target, and the availability its parts allow; only where parts spend a tenth of the budget or more.",
    fields: &[
        field("flow", Type::Flow, "The flow."),
        field("target", Type::Percent, "What is promised; the place is `slo`."),
        field("best", Type::Percent, "No arrangement of failures makes it better."),
        field(
            "independent",
            Type::Percent,
            "If parts fail independently of each other; nothing if there are too many.",
        ),
        field("weakest", Type::Component, "The single point of failure that fails most; the place is `availability`."),
        field("spent", Type::Percent, "The share of the error budget that this part takes."),
        field("parts", Type::List(&Type::Component), "All parts counted; the place is `availability`."),
        field("budget", Type::Duration, "What the target allows a month."),
        field(
            "expected",
            Type::Duration,
            "What the parts take a month, if they fail independently; else at the least.",
        ),
        ARITHMETIC,
    ],
    subject: 0,
    rows,
};

fn rows(analysis: &Analysis) -> Vec<Row<'_>> {
    let design = &analysis.design;
    let stated = |id: &ComponentId| design.component(*id).facts.availability.value().is_some();
    let parts: Vec<ComponentId> = design.component_ids().filter(stated).collect();
    if parts.is_empty() {
        return Vec::new();
    }
    let promised = design.flow_ids().filter(|flow| target::slo(analysis, *flow).is_some());
    let promised: Vec<FlowId> = promised.collect();
    let affordable = BUDGET / if parts.len() <= MOST_PARTS { parts.len() * parts.len() } else { parts.len() };
    if affordable < promised.len() {
        let (looked_at, of) = (affordable, promised.len());
        analysis.leave_out(LeftOut { what: "availability", looked_at, of, cases: "flows with a target" });
    }
    let looked_at = promised.into_iter().take(affordable);
    let mut rows: Vec<(FlowId, Row<'_>)> = if parts.len() > MOST_PARTS {
        let looked_at: Vec<FlowId> = looked_at.collect();
        let looked_at = looked_at.into_par_iter().map_init(
            || Outages::new(analysis),
            |outages, flow| row(analysis, flow, &singles(analysis, flow, &parts, outages)),
        );
        looked_at.flatten().collect()
    } else {
        let mut classes: BTreeMap<FlowId, Vec<FlowId>> = BTreeMap::new();
        for flow in looked_at {
            classes.entry(analysis.failure().compiled().class(flow)).or_default().push(flow);
        }
        let of = |flows: Vec<FlowId>| {
            let found = analysis.failure().availability_of_class(&flows);
            flows.into_iter().zip(found).filter_map(|(flow, found)| row(analysis, flow, &found)).collect::<Vec<_>>()
        };
        classes.into_par_iter().flat_map_iter(|(_, flows)| of(flows)).collect()
    };
    rows.sort_by_key(|(flow, _)| *flow);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row<'a>(analysis: &'a Analysis, flow: FlowId, found: &Availability) -> Option<(FlowId, Row<'a>)> {
    let design = &analysis.design;
    let (slo, promised) = target::slo(analysis, flow)?;
    let single = |id: &&(ComponentId, f64)| found.cuts.iter().any(|cut| cut.as_slice() == [id.0]);
    let mut weakest: Option<(ComponentId, f64)> = None;
    for (id, q) in found.terms.iter().filter(single) {
        if weakest.is_none_or(|(_, most)| *q > most) {
            weakest = Some((*id, *q));
        }
    }
    let allowed = 1.0 - promised;
    let missed = found.independent.is_some_and(|independent| independent < promised - SAME);
    let spends = weakest.is_some_and(|(_, q)| q > allowed / 10.0 + SAME);
    if !missed && !spends {
        return None;
    }
    let at = |id: ComponentId| super::cell::component_at(analysis, id, &design.component(id).facts.availability);
    let month = |share: f64| error_budget(share, BUDGET_DAYS);
    let row = Row {
        cells: vec![
            Fact::flow(analysis, flow),
            resting_on(percent(promised), &[slo]),
            percent(rounded(found.best)),
            maybe(found.independent, |share| percent(rounded(share))),
            maybe(weakest, |(id, _)| at(id)),
            maybe(weakest.filter(|_| allowed > 0.0), |(_, q)| percent(rounded(q / allowed))),
            Fact::list(found.terms.iter().map(|(id, _)| at(*id))),
            duration(month(promised)),
            duration(month(found.independent.unwrap_or(found.best))),
            text(arithmetic(found, analysis)),
        ],
    };
    Some((flow, row))
}

/// Only what single components do.
fn singles<'a>(analysis: &'a Analysis, flow: FlowId, parts: &[ComponentId], outages: &mut Outages<'a>) -> Availability {
    let stops = parts.iter().filter(|id| outages.failed(flow, Event::Stop(**id)).is_some());
    let cuts: Vec<Vec<ComponentId>> = stops.map(|id| vec![*id]).collect();
    let stated = |id: &ComponentId| analysis.design.component(*id).facts.availability.value();
    let terms: Vec<(ComponentId, f64)> =
        cuts.iter().flatten().filter_map(|id| Some((*id, 1.0 - stated(id)?.0))).collect();
    let most = terms.iter().map(|(_, q)| *q).fold(0.0, f64::max);
    Availability { worst: 0.0, independent: None, best: 1.0 - most, terms, cuts, truncated: true }
}

/// `stripe 99.9 % × postgres 99.95 % = 99.85005 %`, where every part is a single point of failure.
fn arithmetic(found: &Availability, analysis: &Analysis) -> String {
    let all_single = found.cuts.iter().all(|cut| cut.len() == 1);
    let part =
        |(id, q): &(ComponentId, f64)| format!("{} {}", analysis.design.component(*id).name, Percent(rounded(1.0 - q)));
    let parts: Vec<String> = found.terms.iter().take(5).map(part).collect();
    match found.independent {
        Some(independent) if all_single && found.terms.len() > 1 && found.terms.len() <= 5 => {
            format!("{} = {}", parts.join(" × "), Percent(rounded(independent)))
        }
        _ => parts.join(", "),
    }
}

/// Seven digits after the point are more than anybody measures.
fn rounded(share: f64) -> f64 {
    (share * 1e7).round() / 1e7
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    const COLUMNS: &[&str] =
        &["flow", "target", "best", "independent", "weakest", "spent", "budget", "expected", "arithmetic"];

    fn availability(stripe: &str, pg: &str, slo: &str) -> String {
        let design = format!(
            "{{components: {{api: {{uses: {{stripe: {{}}, pg: {{}}}}}}, stripe: {{kind: external, availability: {stripe}}}, \
             pg: {{kind: database, availability: {pg}}}}}, flows: {{buy: {{path: [api], slo: {slo}}}}}}}"
        );
        table("availability", COLUMNS, &design)
    }

    #[test]
    fn parts_in_a_row_multiply() {
        // 0.999 × 0.9995 = 0.9985005; 0.15 % of 30 days are 64.8 min.
        assert_eq!(
            availability("99.9%", "99.95%", "99.95%"),
            "flow=buy target=99.95 % best=99.9 % independent=99.85005 % weakest=stripe spent=200 % budget=21.6 min \
             expected=64.8 min arithmetic=stripe 99.9 % × pg 99.95 % = 99.85005 %"
        );
    }

    #[test]
    fn a_part_with_ten_times_less_is_no_matter() {
        assert_eq!(availability("99.99%", "99.999%", "99.9%"), "");
        assert!(availability("99.98%", "99.999%", "99.9%").contains("spent=20 %"));
    }

    #[test]
    fn what_is_replaced_does_not_count_alone() {
        let design = "{components: {api: {uses: {stripe: {fallback: {to: later}}}}, \
                      later: {kind: queue, availability: 99.9%}, stripe: {kind: external, availability: 99.9%}}, \
                      flows: {buy: {path: [api], slo: 99.95%}}}";
        assert_eq!(table("availability", COLUMNS, design), "");
    }

    #[test]
    fn the_target_of_the_system_counts_where_a_flow_has_none() {
        let design = "{targets: {slo: 99.99%}, components: {api: {availability: 99.9%}}, flows: {buy: {path: [api]}}}";
        assert!(table("availability", COLUMNS, design).starts_with("flow=buy target=99.99 % best=99.9 %"));
    }
}
