//! `environment`, `env_file`, `command` and `entrypoint`: values that name another service.

use super::edges::{Evidence, Mentioned, Says};
use super::files::{Project, env_file_paths};
use super::hosts::{self, KeyMeaning};
use super::layers::{Layers, Value};
use super::names::Names;
use crate::sources::Span;
use indexmap::IndexMap;
use std::borrow::Cow;

/// The services that the values of one service name.
pub(super) fn evidence(service: &Layers<'_>, project: &Project, names: &Names) -> Vec<Evidence> {
    let mut found = Vec::new();
    for (key, (value, span)) in variables(service, project) {
        collect(hosts::meaning(&key), &value, span, names, &mut found);
    }
    for key in ["entrypoint", "command"] {
        if let Some(written) = service.get(key).last() {
            arguments(written, names, &mut found);
        }
    }
    found
}

/// The environment of a service: what `env_file` sets, under what `environment` says. The value of a file points at the
/// line that names the file, any other at its name.
pub(super) fn variables(service: &Layers<'_>, project: &Project) -> IndexMap<String, (String, Span)> {
    let mut variables = IndexMap::new();
    let written = service.get("env_file");
    if let Some(place) = written.last() {
        for (file, path) in env_file_paths(&written) {
            let set = project.env_file(file, &path).into_iter().flat_map(super::variables::Variables::iter);
            variables.extend(set.map(|(name, value)| (name.to_owned(), (value.to_owned(), place.span()))));
        }
    }
    for layer in service.get("environment").iter() {
        for item in layer.items() {
            let Some(text) = item.text() else { continue };
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None => (&*text, inherited(item, &text)),
            };
            variables.insert(name.to_owned(), (value, halves(item).0));
        }
        for entry in layer.node.entries() {
            let value = layer.at(entry.value);
            let text = value.text().map_or_else(|| inherited(layer, entry.key.text), Cow::into_owned);
            variables.insert(entry.key.text.to_owned(), (text, entry.key.span));
        }
    }
    variables
}

/// Where the values of every `environment` of a file are written: they may be secrets.
pub(super) fn values(root: Value<'_>) -> Vec<Span> {
    let services = root.get("services").into_iter().flat_map(|services| {
        let entries = services.node.entries();
        entries.filter_map(move |entry| services.at(entry.value).get("environment"))
    });
    let mut values = Vec::new();
    for environment in services {
        values.extend(environment.items().filter_map(|item| halves(item).1));
        values.extend(environment.node.entries().map(|entry| entry.value.span()));
    }
    values.retain(|span| !span.is_empty());
    values
}

/// Where the name of `NAME=value` is written, and where its value.
fn halves(item: Value<'_>) -> (Span, Option<Span>) {
    let (raw, span) = (item.node.raw(), item.span());
    let Some(at) = raw.find('=') else { return (span, None) };
    let quote = usize::from(span.len() > raw.len());
    let length = |bytes: usize| u32::try_from(bytes.min(span.len())).unwrap_or(0);
    let (start, end) = (span.start + length(quote), span.start + length(quote + at));
    let name = if start < end { Span::new(start, end) } else { span };
    (name, Some(Span::new(end, span.end)))
}

/// A name without a value takes the one of the project.
fn inherited(at: Value<'_>, name: &str) -> String {
    at.variables.get(name).unwrap_or_default().to_owned()
}

/// A flag in front of a value says what the value is: `--db-host db`, `--db-host=db`.
fn arguments(written: Value<'_>, names: &Names, found: &mut Vec<Evidence>) {
    let items: Vec<Value<'_>> = if written.is_list() { written.items().collect() } else { vec![written] };
    let mut flag = String::new();
    for item in items {
        let Some(text) = item.text() else { continue };
        // Several lines are a script: what it writes or waits for is code, not configuration.
        if text.trim().contains('\n') {
            flag.clear();
            continue;
        }
        for word in text.split_whitespace() {
            let word = word.trim_matches(['"', '\'']);
            if let Some((name, value)) = word.strip_prefix('-').and_then(|word| word.split_once('=')) {
                collect(hosts::meaning(name), value, item.span(), names, found);
                flag.clear();
            } else if word.starts_with('-') {
                word.clone_into(&mut flag);
            } else {
                let meaning = if flag.is_empty() { KeyMeaning::default() } else { hosts::meaning(&flag) };
                collect(meaning, word, item.span(), names, found);
                flag.clear();
            }
        }
    }
}

fn collect(meaning: KeyMeaning, value: &str, span: Span, names: &Names, found: &mut Vec<Evidence>) {
    for mention in hosts::mentions(meaning, value) {
        if let Some(target) = names.find(mention.host) {
            let scheme = mention.scheme.and_then(protocol);
            let says =
                Says::Mentions(Mentioned { protocol: scheme, telemetry: meaning.telemetry, broker: meaning.broker });
            found.push(Evidence { target, span, says });
        }
    }
}

/// The protocol behind a scheme, by the name the field uses; nothing for schemes that say nothing about it.
fn protocol(scheme: &str) -> Option<&'static str> {
    let lower = scheme.to_ascii_lowercase();
    // `db+postgresql`, `postgresql+asyncpg`, `monolith+nats`, `mongodb+srv`
    lower.split('+').find_map(|part| {
        Some(match part {
            "http" => "http",
            "https" => "https",
            "ws" | "wss" => "websocket",
            "grpc" | "grpcs" => "grpc",
            "postgres" | "postgresql" | "ecto" | "postgis" => "postgresql",
            "mysql" | "mysql2" | "mariadb" => "mysql",
            "mongodb" => "mongodb",
            "redis" | "rediss" | "valkey" => "redis",
            "memcached" | "memcache" => "memcached",
            "amqp" | "amqps" | "pyamqp" => "amqp",
            "kafka" => "kafka",
            "nats" => "nats",
            "mqtt" | "mqtts" => "mqtt",
            "smtp" | "smtps" => "smtp",
            "ldap" | "ldaps" => "ldap",
            "sqlserver" | "mssql" => "sqlserver",
            "clickhouse" => "clickhouse",
            _ => return None,
        })
    })
}
