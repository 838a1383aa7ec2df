//! How many technologies do one job, and how many are new.

use super::cell::{field, integer, text};
use super::staffing;
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::model::ComponentId;
use crate::read::Notation;
use crate::read::vocabulary::{Kind, Maturity, Origin};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const DUPLICATES: Relation = Relation {
    name: "duplicate_platform",
    summary: "Several technologies that do one job, two of them or more without saying why; what other notations describe is not counted.",
    fields: &[
        field("design", Type::Design, "The design."),
        field("job", Type::Text(&[]), "The job, as the catalogue calls it."),
        field("technologies", Type::List(&Type::Text(&[])), "The technologies."),
        field("count", Type::Integer, "How many."),
        field("components", Type::List(&Type::Component), "The first component on each; the place is `tech`."),
        field("engineers", Type::Integer, "People in all teams, if their number is stated."),
    ],
    subject: 0,
    rows: |analysis| duplicates(analysis),
};

pub(super) const INNOVATION: Relation = Relation {
    name: "innovation",
    summary: "The technologies of the design that are emerging or experimental: one row, if there are any.",
    fields: &[
        field("design", Type::Design, "The design."),
        field("count", Type::Integer, "How many technologies; components that name none count one each."),
        field(
            "components",
            Type::List(&Type::Component),
            "The first component on each; the place is `maturity`, else `tech`.",
        ),
    ],
    subject: 0,
    rows: |analysis| innovation(analysis).into_iter().collect(),
};

fn at_technology(analysis: &Analysis, id: ComponentId) -> Fact<'_> {
    super::cell::component_at(analysis, id, &analysis.design.component(id).facts.tech)
}

fn count(items: usize) -> Fact<'static> {
    integer(u64::try_from(items).unwrap_or(u64::MAX))
}

/// The first component on a technology, and whether any component on it says why.
struct Platform {
    title: &'static str,
    first: ComponentId,
    explained: bool,
}

fn duplicates(analysis: &Analysis) -> Vec<Row<'_>> {
    let design = &analysis.design;
    let mut jobs: BTreeMap<&'static str, Vec<Platform>> = BTreeMap::new();
    for id in design.component_ids() {
        let component = design.component(id);
        let counts = component.kind != Kind::External && component.notation == Notation::Native;
        let Some(technology) = component.technology.filter(|_| counts) else { continue };
        let Some(job) = technology.job.as_deref() else { continue };
        let explained = component.facts.why.value().is_some();
        let platforms = jobs.entry(job).or_default();
        match platforms.iter_mut().find(|platform| platform.title == technology.title) {
            Some(platform) => platform.explained |= explained,
            None => platforms.push(Platform { title: &technology.title, first: id, explained }),
        }
    }
    let several = |platforms: &Vec<Platform>| platforms.iter().filter(|platform| !platform.explained).count() > 1;
    let rows = jobs.into_iter().filter(|(_, platforms)| several(platforms)).map(|(job, platforms)| Row {
        cells: vec![
            Fact::at(Value::Design, Some(design.place)),
            text(job.replace('-', " ")),
            Fact::list(platforms.iter().map(|platform| text(platform.title))),
            count(platforms.len()),
            Fact::list(platforms.iter().map(|platform| at_technology(analysis, platform.first))),
            staffing::engineers(design).unwrap_or_else(Fact::null),
        ],
    });
    rows.collect()
}

fn innovation(analysis: &Analysis) -> Option<Row<'_>> {
    let design = &analysis.design;
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut inferred = None;
    let mut components = Vec::new();
    for id in design.component_ids() {
        let component = design.component(id);
        let maturity = &component.facts.maturity;
        if !matches!(maturity.value(), Some(Maturity::Emerging | Maturity::Experimental)) {
            continue;
        }
        let name = component.facts.tech.value().map_or(component.name.as_str(), |tech| tech.0.as_str());
        if seen.insert(component.technology.map_or(name, |technology| technology.name)) {
            if let Origin::Inferred(because) = maturity.origin() {
                inferred = inferred.or(Some(&**because));
            }
            let place = maturity.span().or(component.facts.tech.span()).unwrap_or(component.place);
            components.push(Fact::at(Value::Component(id), Some(place)));
        }
    }
    (!components.is_empty()).then(|| Row {
        cells: vec![
            Fact::at(Value::Design, Some(design.place)),
            Fact { inferred, ..count(components.len()) },
            Fact::list(components),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn duplicates(components: &str) -> String {
        let design = format!("{{team: {{engineers: 4}}, components: {{{components}}}}}");
        table("duplicate_platform", &["job", "technologies", "count", "components", "engineers"], &design)
    }

    #[test]
    fn one_job_done_by_several() {
        assert_eq!(
            duplicates(
                "a: {tech: kafka}, b: {tech: rabbitmq}, c: {tech: sqs, why: cheap}, d: {tech: kafka}, p: {tech: postgresql}"
            ),
            "job=broker technologies=[Apache Kafka, RabbitMQ, Amazon SQS] count=3 components=[a, b, c] engineers=4"
        );
    }

    #[test]
    fn all_but_one_say_why() {
        assert_eq!(duplicates("a: {tech: kafka, why: replay}, b: {tech: sqs}"), "");
        assert_eq!(duplicates("a: {tech: kafka}, b: {tech: kafka}, c: {kind: external, tech: sqs}"), "");
    }

    #[test]
    fn a_new_technology_counts_once() {
        let design = "{components: {a: {tech: ours, maturity: experimental}, b: {tech: ours, maturity: emerging}, \
                      c: {maturity: emerging}, d: {maturity: proven}, e: {tech: surrealdb}}}";
        assert_eq!(table("innovation", &["count", "components"], design), "count=~3 components=[a, c, e]");
    }
}
