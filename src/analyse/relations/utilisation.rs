//! Load against capacity, today and at the target.

use super::cell::{ARITHMETIC, field, maybe, percent, rate, resting_on, text, yes};
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Demand};
use crate::model::{Component, ComponentId, Design, FlowId, to_f64};
use crate::read::vocabulary::{AnyAttr, Kind, Rate};

/// Below this share nothing waits long enough to talk about: queueing time grows with 1 / (1 − share).
const BUSY: f64 = 0.8;

pub(super) const RELATION: Relation = Relation {
    name: "utilisation",
    summary: "A component that is busier than 80 % of what it can serve, today or at the target.",
    fields: &[
        field("component", Type::Component, "The component."),
        field("moment", Type::Text(&["now", "target"]), "When it is exceeded, or today if it only gets busy."),
        field("load", Type::Rate, "Load at that moment."),
        field(
            "capacity",
            Type::Rate,
            "What it can serve with all copies it may run; the place is `capacity` or `limit`.",
        ),
        field("share", Type::Percent, "Load divided by capacity."),
        field("first", Type::Bool, "It fills first when all traffic grows alike."),
        field("breaks_at", Type::Rate, "Traffic of all flows together at which it is full."),
        field("flows", Type::List(&Type::Flow), "Where the load comes from; the place is `rate`."),
        ARITHMETIC,
    ],
    subject: 0,
    rows,
};

struct Busy {
    id: ComponentId,
    moment: Demand,
    load: f64,
    capacity: f64,
    today: f64,
}

fn rows(analysis: &Analysis) -> Vec<Row<'_>> {
    let (design, failure) = (&analysis.design, analysis.failure());
    if !failure.compiled().load.has_demand() {
        return Vec::new();
    }
    let (now, target) = (failure.loads(&[], Demand::Now), failure.loads(&[], Demand::Target));
    let mut first: Option<(f64, ComponentId)> = None;
    let mut busy = Vec::new();
    for id in design.component_ids() {
        let Some(capacity) = capacity(design.component(id)) else { continue };
        let (today, later) = (now[id.0], target[id.0]);
        if today / capacity > first.map_or(0.0, |(share, _)| share) {
            first = Some((today / capacity, id));
        }
        let exceeds = |load| super::super::failure::Compiled::exceeds(load, capacity);
        let (moment, load) =
            if exceeds(later) && !exceeds(today) { (Demand::Target, later) } else { (Demand::Now, today) };
        if exceeds(load) || load / capacity > BUSY {
            busy.push(Busy { id, moment, load, capacity, today });
        }
    }
    let traffic: f64 = design.flows.iter().filter_map(|flow| flow.facts.rate.value()?.now_rate()).sum();
    let at = |moment: Demand| {
        let ids: Vec<ComponentId> = busy.iter().filter(|busy| busy.moment == moment).map(|busy| busy.id).collect();
        failure.compiled().load.terms_of(&ids, moment).into_iter()
    };
    let (mut today, mut later) = (at(Demand::Now), at(Demand::Target));
    let mut rows = Vec::with_capacity(busy.len());
    for found in &busy {
        let terms = if found.moment == Demand::Now { today.next() } else { later.next() }.unwrap_or_default();
        let is_first = first.is_some_and(|(_, id)| id == found.id);
        rows.push(row(analysis, found, &terms, is_first, traffic));
    }
    rows
}

fn row<'a>(
    analysis: &'a Analysis,
    found: &Busy,
    terms: &[(Option<FlowId>, f64)],
    first: bool,
    traffic: f64,
) -> Row<'a> {
    let design = &analysis.design;
    let facts = &design.component(found.id).facts;
    let (limits, limit): (&[&dyn AnyAttr], _) = match (facts.capacity.value(), facts.limit.value()) {
        (Some(_), _) => (&[&facts.capacity], "now"),
        (None, _) => (&[&facts.limit], "now"),
    };
    let moment = if found.moment == Demand::Now { limit } else { "target" };
    let flows = terms.iter().filter_map(|(flow, _)| *flow).map(|flow| {
        Fact::at(Value::Flow(flow), Some(design.flow(flow).facts.rate.span().unwrap_or(design.flow(flow).place)))
    });
    let breaks_at = (found.today > 0.0 && traffic > 0.0).then(|| traffic * found.capacity / found.today);
    Row {
        cells: vec![
            Fact::component(analysis, found.id),
            text(moment),
            rate(found.load),
            resting_on(rate(found.capacity), limits),
            percent(found.load / found.capacity),
            yes(first),
            maybe(breaks_at, rate),
            Fact::list(flows),
            text(sum(design, terms, found.load)),
        ],
    }
}

/// What it serves with as many copies as it may run: `capacity` is meant at the least number of copies.
fn capacity(component: &Component) -> Option<f64> {
    let copies = |count: Option<u64>| to_f64(count.unwrap_or(1).max(1));
    let own = component
        .facts
        .capacity
        .value()
        .map(|capacity| capacity.0 * copies(component.replicas_max()) / copies(component.replicas()));
    let quota = component.facts.limit.value().map(|limit| limit.0).filter(|_| component.kind == Kind::External);
    own.or(quota).filter(|capacity| *capacity > 0.0)
}

/// `checkout 4 rps + browse 24 rps = 28 rps`.
fn sum(design: &Design, terms: &[(Option<FlowId>, f64)], load: f64) -> String {
    let name = |flow: &Option<FlowId>| flow.map_or("other traffic", |flow| design.flow(flow).name.as_str());
    let shown: Vec<String> = terms.iter().map(|(flow, load)| format!("{} {}", name(flow), Rate(*load))).collect();
    match shown.as_slice() {
        [only] => only.clone(),
        _ => format!("{} = {}", shown.join(" + "), Rate(load)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn utilisation(calls: u32) -> String {
        let design = format!(
            "{{components: {{api: {{uses: {{pg: {{calls: {calls}}}}}}}, pg: {{kind: database, capacity: 1500rps}}}}, \
             flows: {{f: {{path: [api], rate: {{now: 40rps, target: 400rps}}}}, g: {{path: [api], rate: 10rps}}}}}}"
        );
        table(
            "utilisation",
            &["component", "moment", "load", "capacity", "share", "first", "breaks_at", "arithmetic"],
            &design,
        )
    }

    #[test]
    fn today_and_at_the_target() {
        // 410 × 10 at the target; full when the 50 rps of today are 1500 / 500 = 3 times as many.
        assert_eq!(
            utilisation(10),
            "component=pg moment=target load=4100 rps capacity=1500 rps share=273.333333 % first=true breaks_at=150 rps \
             arithmetic=f 4000 rps + g 100 rps = 4100 rps"
        );
        assert_eq!(
            utilisation(31),
            "component=pg moment=now load=1550 rps capacity=1500 rps share=103.333333 % first=true breaks_at=48.4 rps \
             arithmetic=f 1240 rps + g 310 rps = 1550 rps"
        );
        assert_eq!(utilisation(3), "");
    }

    #[test]
    fn autoscaling_counts() {
        let design = "{components: {api: {replicas: {min: 2, max: 4}, capacity: 100rps}}, \
                      flows: {f: {path: [api], rate: 150rps}}}";
        assert_eq!(table("utilisation", &["component"], design), "");
    }
}
