//! Health checks that fail everywhere at once, because they ask what all copies share.

use super::cell::{component_at, field, text, yes};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, DependencyId};
use crate::read::vocabulary::{Attr, Health, HealthDepth, Kind, Need, Probe, ProbeOrPath};

pub(super) const RELATION: Relation = Relation {
    name: "health_cascade",
    summary: "A component whose health check asks its dependencies, and what takes every copy of it out.",
    fields: &[
        field("component", Type::Component, "The component; the place is what its check looks at."),
        field("probe", Type::Text(&["liveness", "readiness"]), "Whether the check restarts a copy or takes it out."),
        field("calls", Type::List(&Type::Dependency), "What the check waits for: the soft dependencies, else all."),
        field("soft", Type::Bool, "It could answer without them."),
        field("fails_open", Type::Bool, "Traffic goes on when every copy looks dead."),
        field("several", Type::Bool, "More than one copy runs."),
    ],
    subject: 0,
    rows: |analysis| analysis.design.component_ids().filter_map(|id| row(analysis, id)).collect(),
};

fn row(analysis: &Analysis, id: ComponentId) -> Option<Row<'_>> {
    let design = &analysis.design;
    let component = design.component(id);
    let health = component.facts.health.value()?;
    let (probe, place) = probe(health)?;
    let calls: Vec<DependencyId> =
        analysis.graph.outgoing(id).iter().copied().filter(|id| design.dependency(*id).is_call()).collect();
    let soft: Vec<DependencyId> =
        calls.iter().copied().filter(|id| design.dependency(*id).need == Need::Soft).collect();
    let is_soft = !soft.is_empty();
    let calls = if is_soft { soft } else { calls };
    if calls.is_empty() {
        return None;
    }
    Some(Row {
        cells: vec![
            component_at(analysis, id, place),
            text(probe),
            Fact::list(calls.into_iter().map(|id| Fact::dependency(analysis, id))),
            yes(is_soft),
            fails_open(analysis, id, health),
            yes(component.replicas_max().is_some_and(|copies| copies > 1)),
        ],
    })
}

/// The probe that asks dependencies; the one that restarts copies before the one that takes them out.
fn probe(health: &Health) -> Option<(&'static str, &Attr<HealthDepth>)> {
    let asks = |checks: &Attr<HealthDepth>| checks.value() == Some(&HealthDepth::Dependencies);
    let (liveness, readiness) = (part(&health.liveness), part(&health.readiness));
    if let Some(checks) = liveness.map(|probe| &probe.checks).filter(|checks| asks(checks)) {
        return Some(("liveness", checks));
    }
    if asks(&health.checks) {
        // What is said about the check as a whole holds for a probe that does not say what it looks at.
        let says_nothing = |probe: &&Probe| probe.checks.is_absent();
        let same = |probe: &&Probe| readiness.is_none_or(|ready| ready.path.value() == probe.path.value());
        let restarts = liveness.filter(says_nothing).is_some_and(|probe| same(&probe));
        return Some((if restarts { "liveness" } else { "readiness" }, &health.checks));
    }
    let checks = readiness.map(|probe| &probe.checks).filter(|checks| asks(checks))?;
    Some(("readiness", checks))
}

fn part(probe: &Attr<ProbeOrPath>) -> Option<&Probe> {
    probe.value().map(|probe| &probe.0)
}

/// It says so, or every balancer in front of it does so by itself.
fn fails_open<'a>(analysis: &'a Analysis, id: ComponentId, health: &'a Health) -> Fact<'a> {
    if !health.fail_open.is_absent() {
        return yes(health.fail_open.value().is_some());
    }
    let design = &analysis.design;
    let callers = analysis.graph.incoming(id).iter().map(|id| design.component(design.dependency(*id).source));
    let balancers = callers.filter(|caller| caller.kind == Kind::Balancer);
    let notes: Option<Vec<&str>> =
        balancers.map(|balancer| balancer.technology.and_then(|known| known.fails_open.as_deref())).collect();
    match notes.as_deref() {
        Some([first, ..]) => Fact { inferred: Some(first), ..yes(true) },
        _ => yes(false),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn cascade(health: &str, uses: &str, balancer: &str) -> String {
        let design = format!(
            "{{components: {{lb: {{tech: {balancer}, uses: [api]}}, \
             api: {{replicas: 3, health: {{{health}}}, uses: {uses}}}, redis: {{kind: cache}}, pg: {{kind: database}}}}, \
             flows: {{f: {{path: [lb]}}}}}}"
        );
        table("health_cascade", &["probe", "calls", "soft", "fails_open"], &design)
    }

    #[test]
    fn every_copy_asks_the_same() {
        assert_eq!(
            cascade("checks: dependencies", "[redis, pg]", "haproxy"),
            "probe=readiness calls=[api->redis] soft=true fails_open=false"
        );
        assert_eq!(
            cascade("checks: dependencies", "[pg]", "haproxy"),
            "probe=readiness calls=[api->pg] soft=false fails_open=false"
        );
        assert_eq!(cascade("checks: work", "[redis, pg]", "haproxy"), "");
        assert_eq!(cascade("checks: dependencies", "{pg: {mode: async}}", "haproxy"), "");
    }

    #[test]
    fn which_probe_it_is() {
        let probe = |health: &str| cascade(health, "[pg]", "haproxy").split(' ').next().map(str::to_owned).unwrap();
        assert_eq!(probe("liveness: {path: /live, checks: dependencies}, readiness: /ready"), "probe=liveness");
        assert_eq!(probe("liveness: /health, readiness: /health, checks: dependencies"), "probe=liveness");
        assert_eq!(probe("liveness: /live, readiness: /ready, checks: dependencies"), "probe=readiness");
        assert_eq!(probe("liveness: /live, readiness: {path: /ready, checks: dependencies}"), "probe=readiness");
    }

    #[test]
    fn balancers_that_send_traffic_anyway() {
        assert!(cascade("checks: dependencies, fail_open: true", "[pg]", "haproxy").ends_with("fails_open=true"));
        assert!(cascade("checks: dependencies", "[pg]", "aws-alb").ends_with("fails_open=~true"));
        assert!(cascade("checks: dependencies, fail_open: false", "[pg]", "aws-alb").ends_with("fails_open=false"));
    }
}
