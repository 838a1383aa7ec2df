//! Services as Compose sees them after `include`, `extends` and overrides.

use super::files::Project;
use super::layers::{Layers, Value};
use crate::problem::{Problem, did_you_mean};
use crate::sources::Span;
use std::collections::{BTreeSet, HashMap};

/// One service, all its descriptions on top of each other.
#[derive(Debug)]
pub(super) struct Service<'t> {
    pub(super) name: &'t str,
    /// The key that defines it.
    pub(super) place: Span,
    pub(super) layers: Layers<'t>,
}

/// Services that are not started, and why.
#[derive(Default, Debug)]
pub(super) struct LeftOut<'t> {
    /// Each with its first profile, as it is written.
    pub(super) by_profile: HashMap<&'t str, String>,
    /// `scale: 0`
    pub(super) scaled_to_none: BTreeSet<&'t str>,
}

/// Which profiles are on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Profiles {
    /// Those of `COMPOSE_PROFILES` in `.env`; what is in no profile always runs.
    #[default]
    Default,
    /// Every service is read, whatever its profiles.
    All,
}

/// A base of a base of a base: deeper chains are a mistake.
const DEEPEST_EXTENDS: usize = 64;

/// Every service, in the order of the main file, then of overrides and included files.
pub(super) fn services<'t>(project: &'t Project, problems: &mut Vec<Problem>) -> Vec<Service<'t>> {
    let mut services: Vec<Service<'t>> = Vec::new();
    let mut positions: HashMap<&str, usize> = HashMap::new();
    let written: Vec<Value<'t>> = project.roots().filter_map(|root| services_of(root, problems)).collect();
    // The main file comes first, whatever it includes: names keep the order in which a reader meets them.
    let (main, others): (Vec<Value<'t>>, Vec<Value<'t>>) = written.iter().copied().partition(|value| value.file == 0);
    for value in main.into_iter().chain(others) {
        for entry in value.node.entries() {
            positions.entry(entry.key.text).or_insert_with(|| {
                services.push(Service { name: entry.key.text, place: entry.key.span, layers: Layers::default() });
                services.len() - 1
            });
        }
    }
    for value in &written {
        for entry in value.node.entries() {
            let service = value.at(entry.value);
            if service.is_map() {
                let layers = &mut services[positions[entry.key.text]].layers;
                for base in bases(project, *value, service, entry.key.text, problems).into_iter().rev() {
                    layers.push(base);
                }
                layers.push(service);
            } else if service.node.kind() != crate::parse::NodeKind::Null {
                problems.push(
                    Problem::error(
                        "compose-shape",
                        format!("service `{}` is not a map", entry.key.text),
                        service.span(),
                        "not a map",
                    )
                    .with_help("Write what the service consists of: `image: postgres:17`."),
                );
            }
        }
    }
    services
}

fn services_of<'t>(root: Value<'t>, problems: &mut Vec<Problem>) -> Option<Value<'t>> {
    let services = root.get("services")?;
    match services.node.kind() {
        crate::parse::NodeKind::Map => Some(services),
        crate::parse::NodeKind::Null => None,
        _ => {
            problems.push(
                Problem::error("compose-shape", "`services` is not a map", services.span(), "not a map")
                    .with_help("Name one service per line: `services: {web: {image: nginx}}`."),
            );
            None
        }
    }
}

/// What a service extends, nearest first.
fn bases<'t>(
    project: &'t Project,
    services: Value<'t>,
    service: Value<'t>,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Value<'t>> {
    let mut found: Vec<Value<'t>> = Vec::new();
    let (mut services, mut service) = (services, service);
    let mut seen = BTreeSet::from([(service.file, service.node.id())]);
    while let Some(extends) = service.get("extends") {
        let (file, base) = if extends.is_map() {
            (extends.get("file").and_then(Value::text), extends.get("service"))
        } else {
            (None, Some(extends))
        };
        let Some((base, base_name)) = base.and_then(|base| Some((base, base.text()?))) else { break };
        if let Some(file) = file {
            // A file that was not read is a problem of its own.
            let target = project.extended(service.file, &file).and_then(|file| project.root(file));
            let Some(target) = target.and_then(|root| root.get("services")) else { break };
            services = target;
        }
        let Some(next) = services.get(&base_name) else {
            let names = services.node.entries().map(|entry| entry.key.text);
            let problem = Problem::error(
                "compose-unknown-service",
                format!("`{name}` extends `{}`, and there is no such service", base.node.raw()),
                base.span(),
                "no service of this name",
            );
            problems.push(match did_you_mean(&base_name, names) {
                Some(close) => problem.with_help(format!("Did you mean `{close}`?")),
                None => problem,
            });
            break;
        };
        if !seen.insert((next.file, next.node.id())) || found.len() >= DEEPEST_EXTENDS {
            problems.push(
                Problem::error(
                    "compose-loop",
                    format!("`{name}` extends itself in the end"),
                    base.span(),
                    "leads back to where it started",
                )
                .with_help("Take one `extends` out of the circle."),
            );
            break;
        }
        if next.is_map() {
            found.push(Value { inherited: true, ..next });
        }
        service = next;
    }
    found
}

/// Takes out the services that Compose does not start.
///
/// Where everything is in a profile that is off, everything stays: an empty design answers nothing.
pub(super) fn take_out<'t>(services: &mut Vec<Service<'t>>, active: &BTreeSet<String>) -> LeftOut<'t> {
    let mut left_out = LeftOut::default();
    for service in services.iter() {
        if let Some(profile) = inactive_profile(service, active) {
            left_out.by_profile.insert(service.name, profile);
        } else if is_scaled_to_none(service) {
            left_out.scaled_to_none.insert(service.name);
        }
    }
    if left_out.by_profile.len() + left_out.scaled_to_none.len() == services.len() {
        return LeftOut::default();
    }
    services.retain(|service| {
        !left_out.by_profile.contains_key(service.name) && !left_out.scaled_to_none.contains(service.name)
    });
    left_out
}

/// The first of a service's profiles, if none of them is on.
fn inactive_profile(service: &Service<'_>, active: &BTreeSet<String>) -> Option<String> {
    let profiles: Vec<Value<'_>> = service.layers.get("profiles").items().collect();
    let on = profiles.iter().filter_map(|profile| profile.text()).any(|profile| active.contains(&*profile));
    profiles.first().filter(|_| !on).map(|profile| profile.node.raw().to_owned())
}

fn is_scaled_to_none(service: &Service<'_>) -> bool {
    let written = [service.layers.get("deploy").get("replicas"), service.layers.get("scale")];
    written.iter().find_map(Layers::text).is_some_and(|(count, _)| count == "0")
}
