//! `scale` and `deploy`: how many copies run, and how new ones replace them.

use super::layers::Layers;
use super::ports;
use crate::read::vocabulary::{Attr, Count, Deploy, DeployStrategy, Duration, FailoverMode, Replicas, Rollback, Surge};

/// Copies, where the file says or proves their number.
///
/// A name for the container and a port of the machine can only be had once, so they prove a single copy.
pub(super) fn replicas(service: &Layers<'_>) -> Attr<Replicas> {
    let written = [service.get("deploy").get("replicas"), service.get("scale")];
    if let Some((count, span)) = written.iter().find_map(Layers::text) {
        return match Count::parse(&count) {
            Some(Count(copies)) => Attr::imported(Replicas { min: copies, max: copies }, span),
            None => Attr::default(),
        };
    }
    let is_global = service.get("deploy").get("mode").text().is_some_and(|(mode, _)| mode.starts_with("global"));
    let proof = service.get("container_name").last().map(super::layers::Value::span).or_else(|| ports::fixed(service));
    match proof {
        Some(span) if !is_global => Attr::imported(Replicas { min: 1, max: 1 }, span),
        _ => Attr::default(),
    }
}

/// How a release replaces copies; `update_config` and `rollback_config` are all that Compose can say.
pub(super) fn deploy(service: &Layers<'_>) -> Attr<Deploy> {
    let update = service.get("deploy").get("update_config");
    let back = service.get("deploy").get("rollback_config");
    let Some(place) = update.last().or_else(|| back.last()) else { return Attr::default() };
    let mut deploy = Deploy::default();
    if let Some(written) = update.last() {
        let at_once = update.get("parallelism").text().and_then(|(copies, _)| Count::parse(&copies)).map(|c| c.0);
        // A parallelism of 0 replaces all copies in the same moment.
        let strategy = if at_once == Some(0) { DeployStrategy::Recreate } else { DeployStrategy::Rolling };
        deploy.strategy = Attr::imported(strategy, written.span());
        if let Some((order, span)) = update.get("order").text() {
            deploy.surge = match &*order {
                "start-first" => Attr::imported(Surge::Copies(at_once.unwrap_or(1).max(1)), span),
                "stop-first" => Attr::imported_none(span),
                _ => Attr::default(),
            };
        }
    }
    let failure = update.get("failure_action").text().filter(|(action, _)| action == "rollback");
    if let Some((_, span)) = failure {
        let mut rollback = Rollback::default();
        rollback.0.how = Attr::imported(FailoverMode::Automatic, span);
        if let Some((delay, at)) = back.get("delay").text()
            && let Some(delay) = Duration::parse(&delay)
        {
            rollback.0.time = Attr::imported(delay, at);
        }
        deploy.rollback = Attr::imported(rollback, span);
    } else if let Some(written) = back.last() {
        deploy.rollback = Attr::imported(Rollback::default(), written.span());
    }
    Attr::imported(deploy, place.span())
}
