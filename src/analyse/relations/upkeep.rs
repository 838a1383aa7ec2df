//! How much attention the technology of a design takes, against the people there are.
//!
//! Attention is the sum of the catalogue's points over technologies, each counted once however many components run on
//! it: from 0.3 for what somebody else runs to 3 for a cluster of one's own.

use super::cell::{ARITHMETIC, field, number, text};
use super::staffing;
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::model::ComponentId;
use crate::model::catalogue::Technology;
use crate::read::vocabulary::{Kind, Short};

const NOTE: &str =
    "points are premortem's judgement, a third of them where somebody else runs it; declare `managed` there";

/// More technologies than this are summed up.
const MOST_TERMS: usize = 5;

pub(super) const RELATION: Relation = Relation {
    name: "upkeep",
    summary: "The attention all technologies of the design take, and the engineers who give it: one row, if their number is stated.",
    fields: &[
        field("design", Type::Design, "The design."),
        field("engineers", Type::Integer, "People in all teams."),
        field("attention", Type::Number, "Points of attention: about one is what one person can look after."),
        field("heaviest", Type::Component, "The component that takes most."),
        field(
            "heavy",
            Type::List(&Type::Component),
            "One component per technology of a point or more, heaviest first.",
        ),
        ARITHMETIC,
    ],
    subject: 0,
    rows: |analysis| {
        staffing::engineers(&analysis.design).map(|engineers| row(analysis, engineers)).into_iter().collect()
    },
};

/// A technology, its points, and the first component on it.
struct Burden {
    technology: &'static Technology,
    points: f64,
    component: ComponentId,
}

fn row<'a>(analysis: &'a Analysis, engineers: Fact<'a>) -> Row<'a> {
    let design = &analysis.design;
    let mut burdens: Vec<Burden> = Vec::new();
    for id in design.component_ids() {
        let component = design.component(id);
        let Some(technology) = component.technology.filter(|_| component.kind != Kind::External) else { continue };
        let points = technology.attention(component.is_managed());
        match burdens.iter_mut().find(|burden| burden.technology.name == technology.name) {
            Some(burden) if points > burden.points => (burden.points, burden.component) = (points, id),
            Some(_) => {}
            None => burdens.push(Burden { technology, points, component: id }),
        }
    }
    burdens.sort_by(|a, b| b.points.total_cmp(&a.points).then(a.component.cmp(&b.component)));
    let attention: f64 = burdens.iter().map(|burden| burden.points).sum();
    let heavy = burdens.iter().take_while(|burden| burden.points >= 1.0);
    let term = |burden: &Burden| format!("{} {}", burden.technology.title, Short(burden.points));
    let mut terms: Vec<String> = burdens.iter().take(MOST_TERMS).map(term).collect();
    let rest: f64 = burdens.iter().skip(MOST_TERMS).map(|burden| burden.points).sum();
    terms.extend((rest > 0.0).then(|| format!("the rest {}", Short(rest))));
    Row {
        cells: vec![
            Fact::at(Value::Design, Some(design.place)),
            engineers,
            Fact { inferred: Some(NOTE), ..number(attention) },
            burdens.first().map_or_else(Fact::null, |burden| Fact::component(analysis, burden.component)),
            Fact::list(heavy.map(|burden| Fact::component(analysis, burden.component))),
            text(terms.join(" + ")),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn upkeep(team: &str, components: &str) -> String {
        let design = format!("{{{team}components: {{{components}}}}}");
        table("upkeep", &["engineers", "attention", "heaviest", "heavy", "arithmetic"], &design)
    }

    #[test]
    fn what_runs_itself_weighs_less() {
        assert_eq!(
            upkeep(
                "team: {engineers: 4}, ",
                "k: {tech: kubernetes}, s: {tech: kafka}, d: {tech: postgresql}, n: {tech: nginx}"
            ),
            "engineers=4 attention=~7.5 heaviest=k heavy=[k, s, d] arithmetic=Kubernetes 3 + Apache Kafka 3 + PostgreSQL 1 + nginx 0.5"
        );
        assert_eq!(
            upkeep("team: {engineers: 4}, ", "s: {tech: kafka, managed: true}, x: {kind: external, tech: kafka}"),
            "engineers=4 attention=~1 heaviest=s heavy=[s] arithmetic=Apache Kafka 1"
        );
    }

    #[test]
    fn a_technology_counts_once() {
        assert_eq!(
            upkeep("team: {engineers: 4}, ", "a: {tech: kafka, managed: true}, b: {tech: kafka}, c: {tech: kafka}"),
            "engineers=4 attention=~3 heaviest=b heavy=[b] arithmetic=Apache Kafka 3"
        );
        assert_eq!(upkeep("", "a: {tech: kafka}"), "");
    }
}
