//! One service to one component.

use super::Component;
use super::edges::{self, Evidence, Peer, Says};
use super::environment::{self, Values};
use super::files::Project;
use super::image::{self, Image};
use super::layers::Layers;
use super::merge::{LeftOut, Service};
use super::names::Names;
use super::{command, depends_on, health, overlay, ports, scale, volumes};
use crate::parse::Spanned;
use crate::problem::Problem;
use crate::read::vocabulary::{Attr, Complete, ComponentFacts, Kind, Toggle, Word};
use crate::sources::Span;
use std::collections::HashSet;

/// Whether the service says what runs; one that does not is completed by another file.
pub(super) fn is_defined(service: &Service<'_>) -> bool {
    ["image", "build", "provider"].iter().any(|key| !service.layers.get(key).is_empty())
}

/// Reasons for edges in one project: an alias can make every service depend on every other.
const MOST_EVIDENCE: usize = 250_000;

/// Every service as a component, in order.
pub(super) fn components(
    services: &[Service<'_>],
    project: &Project,
    left_out: &LeftOut<'_>,
    complete: bool,
    problems: &mut Vec<Problem>,
) -> Vec<Component> {
    let names = Names::new(services);
    let mut evidence: Vec<Vec<Evidence>> = Vec::with_capacity(services.len());
    let mut values = Values::new(project, &names);
    let mut most = MOST_EVIDENCE;
    for service in services {
        let mut found = depends_on::evidence(service, services, &names, left_out, complete, problems);
        found.extend(values.evidence(&service.layers));
        found.truncate(most);
        most -= found.len();
        evidence.push(found);
    }
    if let Some(first) = services.first().filter(|_| most == 0 || !values.is_complete()) {
        problems.push(
            Problem::error(
                "compose-too-large",
                "the services name each other too often",
                first.place,
                "the first of them",
            )
            .with_help("Give each service only the dependencies it has, instead of one list shared by all."),
        );
    }
    forget_what_comes_after(&mut evidence);
    let jobs = jobs(services, &evidence);
    let mut facts: Vec<ComponentFacts> =
        services.iter().zip(jobs).map(|(service, job)| component(service, project, job, problems)).collect();
    route(services, &facts, &mut evidence);
    let peers: Vec<Peer<'_>> = services
        .iter()
        .zip(&facts)
        .map(|(service, facts)| Peer {
            name: service.name,
            kind: facts.kind.value().copied(),
            tech: facts.tech.value().map(|tech| tech.0.as_str()),
        })
        .collect();
    let uses: Vec<_> = evidence.iter().enumerate().map(|(at, found)| edges::uses(at, &peers, found)).collect();
    for (facts, imported) in facts.iter_mut().zip(uses) {
        join_uses(facts, imported);
    }
    services
        .iter()
        .zip(facts)
        .map(|(service, facts)| (Spanned::new(service.name.to_owned(), service.place), Box::new(facts)))
        .collect()
}

/// Edges of the file under those the author states: a call that is described gets what is imported beside it.
fn join_uses(facts: &mut ComponentFacts, imported: crate::read::vocabulary::Uses) {
    // Imported targets are distinct, so only what the author states can come twice.
    let stated = facts.uses.0.len();
    for used in imported.0 {
        let in_group =
            facts.one_of.iter().any(|(_, group)| group.of.0.iter().any(|m| m.target.value == used.target.value));
        if in_group {
            continue;
        }
        match facts.uses.0[..stated].iter_mut().find(|own| own.target.value == used.target.value) {
            Some(own) => own.facts.merge_from(&used.facts),
            None => facts.uses.0.push(used),
        }
    }
}

/// A service that waits until a job has ended is not there while the job runs, whatever an environment shared by both
/// says.
fn forget_what_comes_after(evidence: &mut [Vec<Evidence>]) {
    let waits: HashSet<(usize, usize)> = evidence
        .iter()
        .enumerate()
        .flat_map(|(waiter, found)| found.iter().map(move |evidence| (waiter, evidence)))
        .filter(|(_, evidence)| matches!(evidence.says, Says::Starts(start) if start.completed.is_some()))
        .map(|(waiter, evidence)| (waiter, evidence.target))
        .collect();
    for (source, found) in evidence.iter_mut().enumerate() {
        found.retain(|evidence| {
            !matches!(evidence.says, Says::Mentions(_)) || !waits.contains(&(evidence.target, source))
        });
    }
}

/// Where each service is shown to be a job: others wait for it to end, or nothing restarts it and nobody can reach it.
fn jobs(services: &[Service<'_>], evidence: &[Vec<Evidence>]) -> Vec<Option<Span>> {
    let mut jobs: Vec<Option<Span>> = vec![None; services.len()];
    let mut reached = vec![false; services.len()];
    for evidence in evidence.iter().flatten() {
        match evidence.says {
            Says::Starts(start) => {
                if let Some(at) = start.completed {
                    jobs[evidence.target].get_or_insert(at);
                }
            }
            Says::Mentions(_) | Says::Links => reached[evidence.target] = true,
        }
    }
    for ((service, job), reached) in services.iter().zip(&mut jobs).zip(reached) {
        let restart = service.layers.get("restart").text();
        // `restart: no` without quotes is `false` in older YAML, and a text here.
        let never = restart.filter(|(policy, _)| policy == "no" || policy == "false").map(|(_, span)| span);
        let serves = reached || ports::any(&service.layers) || !service.layers.get("healthcheck").is_empty();
        if job.is_none() && !serves {
            *job = never;
        }
    }
    jobs
}

fn component(
    service: &Service<'_>,
    project: &Project,
    job: Option<Span>,
    problems: &mut Vec<Problem>,
) -> ComponentFacts {
    let layers = &service.layers;
    let mut facts = overlay::component(layers, problems);
    let mut imported = ComponentFacts {
        health: health::health(layers),
        replicas: scale::replicas(layers),
        deploy: scale::deploy(layers),
        ..ComponentFacts::default()
    };
    if let Some(at) = public(layers, project) {
        imported.public = Attr::imported(Toggle, at);
    }
    if let Some((image, at)) = image(layers) {
        imported.tech = Attr::imported(Word(image.tech.clone()), at);
        imported.persist = volumes::persistence(layers, image, at);
        imported.eviction = command::eviction(layers);
        // A cache that keeps its content is used as a store.
        let keeps = image.kind == Kind::Cache && imported.persist.value().is_some();
        imported.kind = Attr::imported(if keeps { Kind::Database } else { image.kind }, at);
        if image.kind == Kind::Cache && imported.persist.is_none() {
            imported.persist = Attr::default();
        }
    } else if let Some(provider) = layers.get("provider").last() {
        imported.kind = Attr::imported(Kind::External, provider.span());
        imported.managed = Attr::imported(Toggle, provider.span());
    } else if let Some(at) = command::takes_jobs(layers) {
        imported.kind = Attr::imported(Kind::Worker, at);
    }
    if let Some(at) = job {
        imported.kind = Attr::imported(Kind::Job, at);
        imported.persist = Attr::default();
    }
    facts.merge_from(&imported);
    facts
}

fn image(service: &Layers<'_>) -> Option<(&'static Image, Span)> {
    let (reference, at) = service.get("image").text()?;
    let image = image::lookup(&reference)?;
    (image.data.is_empty() || command::runs_store(service)).then_some((image, at))
}

/// A published port, a route of a proxy that reads labels, or the host name a proxy reads from the environment.
fn public(service: &Layers<'_>, project: &Project) -> Option<Span> {
    ports::public(service).or_else(|| routed(service)).or_else(|| {
        let host = environment::variable(service, project, "VIRTUAL_HOST");
        host.filter(|(host, _)| !host.is_empty()).map(|(_, span)| span)
    })
}

/// The label that makes Traefik send traffic here.
fn routed(service: &Layers<'_>) -> Option<Span> {
    let labels = overlay::all_labels(service);
    let off = labels.iter().any(|label| label.name == "traefik.enable" && label.value == "false");
    let route = labels.iter().find(|label| {
        ["traefik.http.routers.", "traefik.tcp.routers."].iter().any(|start| label.name.starts_with(start))
    });
    route.filter(|_| !off).map(|label| label.span)
}

/// Traefik reaches every service that asks for a route, if it is clear which Traefik it is.
fn route(services: &[Service<'_>], facts: &[ComponentFacts], evidence: &mut [Vec<Evidence>]) {
    let is_traefik = |facts: &ComponentFacts| facts.tech.value().is_some_and(|tech| tech.0 == "traefik");
    let mut proxies = facts.iter().enumerate().filter(|(_, facts)| is_traefik(facts)).map(|(at, _)| at);
    let (Some(proxy), None) = (proxies.next(), proxies.next()) else { return };
    for (target, service) in services.iter().enumerate() {
        if let Some(span) = routed(&service.layers) {
            evidence[proxy].push(Evidence { target, span, says: Says::Links });
        }
    }
}
