//! `depends_on`, `links` and everything else that ties a service to another by name.

use super::edges::{Evidence, Says, Start};
use super::layers::{Layers, Value};
use super::merge::{LeftOut, Service};
use super::names::Names;
use crate::problem::{Problem, did_you_mean};
use crate::sources::Span;
use indexmap::IndexMap;

/// A service that another one waits for.
struct Awaited {
    name: String,
    /// The name as it is written: what a variable stands for is not shown.
    shown: String,
    at: Span,
    start: Start,
    inherited: bool,
}

/// What one service says it needs.
///
/// `complete` tells whether every file of the project is known: only then is an unknown name surely a mistake.
pub(super) fn evidence(
    service: &Service<'_>,
    services: &[Service<'_>],
    names: &Names,
    left_out: &LeftOut<'_>,
    complete: bool,
    problems: &mut Vec<Problem>,
) -> Vec<Evidence> {
    let mut found = Vec::new();
    for awaited in awaited(service, problems) {
        if let Some(target) = names.service(&awaited.name) {
            found.push(Evidence { target, span: awaited.at, says: Says::Starts(awaited.start) });
        } else if !awaited.name.contains(super::interpolation::UNKNOWN) && !awaited.start.optional {
            problems.extend(unknown(service.name, &awaited, services, left_out, complete && !awaited.inherited));
        }
    }
    for (name, span) in linked(&service.layers) {
        if let Some(target) = names.find(&name) {
            found.push(Evidence { target, span, says: Says::Links });
        }
    }
    found
}

/// Each name once; a later description of the same dependency replaces the earlier one.
fn awaited(service: &Service<'_>, problems: &mut Vec<Problem>) -> impl Iterator<Item = Awaited> + use<> {
    let mut found: IndexMap<String, Awaited> = IndexMap::new();
    for layer in service.layers.get("depends_on").iter() {
        let items = layer
            .items()
            .filter_map(|item| Some((item.text()?.into_owned(), item.node.raw(), item.span(), Start::default())));
        let entries = layer
            .node
            .entries()
            .map(|entry| (entry.key.text.to_owned(), entry.key.text, entry.key.span, condition(layer.at(entry.value))));
        for (name, shown, at, start) in items.chain(entries) {
            let awaited =
                Awaited { name: name.clone(), shown: shown.to_owned(), at, start, inherited: layer.inherited };
            found.insert(name, awaited);
        }
        if !layer.is_list() && !layer.is_map() {
            problems.push(
                Problem::error(
                    "compose-shape",
                    format!("`depends_on` of `{}` is neither a list nor a map", service.name),
                    layer.span(),
                    "not a list of services",
                )
                .with_help("List the services to wait for: `depends_on: [db]`."),
            );
        }
    }
    found.into_values()
}

fn condition(written: Value<'_>) -> Start {
    let condition = written.get("condition");
    let text = condition.and_then(Value::text).unwrap_or_default();
    let at = condition.map(Value::span);
    Start {
        healthy: at.filter(|_| text == "service_healthy"),
        completed: at.filter(|_| text == "service_completed_successfully"),
        optional: written.get("required").and_then(Value::text).is_some_and(|required| required == "false"),
    }
}

fn unknown(
    service: &str,
    awaited: &Awaited,
    services: &[Service<'_>],
    left_out: &LeftOut<'_>,
    complete: bool,
) -> Option<Problem> {
    let (name, shown) = (&awaited.name, &awaited.shown);
    if let Some(profile) = left_out.by_profile.get(name.as_str()) {
        let problem = Problem::warning(
            "compose-unknown-service",
            format!("`{service}` depends on `{shown}`, which only starts with profile `{profile}`"),
            awaited.at,
            "not started by default",
        );
        return Some(problem.with_help(format!(
            "Put `{service}` into the profile too (`profiles: [{profile}]`), or make the dependency optional with \
             `required: false`."
        )));
    }
    if left_out.scaled_to_none.contains(name.as_str()) {
        return None;
    }
    let message = format!("`{service}` depends on `{shown}`, and there is no such service");
    if !complete {
        let problem =
            Problem::warning("compose-unknown-service", message, awaited.at, "in no file of this project that is read");
        return Some(problem.with_help("Review the file together with the one that defines the service."));
    }
    let problem = Problem::error("compose-unknown-service", message, awaited.at, "no service of this name");
    Some(match did_you_mean(name, services.iter().map(|service| service.name)) {
        Some(close) => problem.with_help(format!("Did you mean `{close}`?")),
        None => problem.with_help(format!("Define `{shown}` under `services`, or take it out of `depends_on`.")),
    })
}

/// Services named by `links`, `volumes_from`, and by a namespace that is shared.
fn linked(service: &Layers<'_>) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    for key in ["links", "external_links", "volumes_from"] {
        for item in service.get(key).items() {
            if let Some(text) = item.text() {
                let name = text.strip_prefix("container:").unwrap_or(&text);
                let name = name.split(':').next().unwrap_or_default();
                found.push((name.to_owned(), item.span()));
            }
        }
    }
    for key in ["network_mode", "ipc", "pid"] {
        if let Some((text, span)) = service.get(key).text()
            && let Some(name) = text.strip_prefix("service:").or_else(|| text.strip_prefix("container:"))
        {
            found.push((name.to_owned(), span));
        }
    }
    found
}
