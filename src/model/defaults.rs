//! What a component or call says that says nothing itself: the design's own `defaults`, then the technology catalogue.

use super::catalogue::{self, Technology};
use super::resolve;
use crate::read::vocabulary::{Complete, ComponentFacts, Defaults, DependencyFacts, Kind, Mode, Phase};

/// The technology a component names, if the catalogue knows it.
pub(super) fn technology(facts: &ComponentFacts) -> Option<&'static Technology> {
    facts.tech.value().and_then(|tech| catalogue::lookup(&tech.0))
}

/// What the component is: declared, known from its technology, else a service.
pub(super) fn kind(facts: &ComponentFacts) -> Kind {
    let inferred = || match technology(facts) {
        // A Redis that keeps its data is a store of record, not a cache.
        Some(technology) if technology.kind == Kind::Cache && is_persistent(facts) => Kind::Database,
        Some(technology) => technology.kind,
        None => Kind::Service,
    };
    facts.kind.value().copied().unwrap_or_else(inferred)
}

fn is_persistent(facts: &ComponentFacts) -> bool {
    facts.persist.value().is_some() && facts.of.value().is_none()
}

/// Fills a component from `defaults` and from the catalogue, in that order.
pub(super) fn complete_component(facts: &mut ComponentFacts, kind: Kind, defaults: &Defaults) {
    if kind.is_own_process() && facts.managed.value().is_none() {
        facts.fill_from(&defaults.own);
        complete_deploy(facts, defaults);
    }
    if let Some(technology) = technology(facts) {
        // Defaults of a server's own configuration say nothing about one that somebody else configures.
        let managed = facts.managed.value().is_some();
        facts.merge_from(technology.facts_of(managed));
    }
}

fn complete_deploy(facts: &mut ComponentFacts, defaults: &Defaults) {
    if let (Some(deploy), Some(default)) = (facts.deploy.value_mut(), defaults.deploy.value()) {
        deploy.fill_from(default);
    }
    facts.deploy.or_default(&defaults.deploy);
}

/// Fills a call from `defaults.calls`, then from what the catalogue knows about the caller's client.
///
/// A deployment file does not hold the settings of a client, which are in files of its own or in code: there, that
/// nothing is said does not mean that nothing is set.
pub(super) fn complete_dependency(
    facts: &mut DependencyFacts,
    source: (Kind, Option<&'static Technology>),
    target: Kind,
    native: bool,
    defaults: &Defaults,
) {
    let (_, mode, phase, consumes) = resolve(facts, source.0, target);
    if mode == Mode::Async || phase == Phase::Start {
        return;
    }
    if consumes {
        // A message that is taken out of a queue is not a call that is repeated, but taking it ends as calls do.
        facts.timeout.or_default(&defaults.calls.timeout);
        facts.bulkhead.or_default(&defaults.calls.bulkhead);
    } else {
        facts.fill_from(&defaults.calls);
        if let Some(calls) = catalogue::calls_from(source.1, facts).filter(|_| native) {
            facts.merge_from(calls);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::link;
    use crate::parse::{Limits, parse};
    use crate::read::native;
    use crate::sources::Sources;

    #[test]
    fn defaults_of_calls_end_the_wait_for_a_message_but_do_not_repeat_it() {
        let text = "\
defaults: {calls: {timeout: 1s, retries: 2}}
components:
  api: {uses: {pg: {}, jobs: async}}
  worker: {kind: worker, uses: [jobs]}
  jobs: {kind: queue}
  pg: {kind: database}
";
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "a.arch.yaml", text.as_bytes(), &Limits::default());
        let design = link(native::read(&parsed, &sources).0).design;
        let said: Vec<(String, bool, bool)> = design
            .dependency_ids()
            .map(|id| {
                let facts = &design.dependency(id).facts;
                let name = design.dependency_name(id).clone();
                (name, facts.timeout.value().is_some(), facts.retries.value().is_some())
            })
            .collect();
        let expected = [("api->pg", true, true), ("api->jobs", false, false), ("worker->jobs", true, false)];
        assert_eq!(said, expected.map(|(name, timeout, retries)| (name.to_owned(), timeout, retries)));
    }
}
