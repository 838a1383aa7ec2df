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
    if mode == Mode::Sync && phase == Phase::Run && !consumes {
        facts.fill_from(&defaults.calls);
        if let Some(calls) = catalogue::calls_from(source.1, facts).filter(|_| native) {
            facts.merge_from(calls);
        }
    }
}
