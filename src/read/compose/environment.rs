//! `environment`, `env_file`, `command` and `entrypoint`: values that name another service.

use super::edges::{Evidence, Mentioned, Says};
use super::files::{Project, env_files};
use super::hosts::{self, Form};
use super::keys::{self, KeyMeaning};
use super::layers::{Layers, Value};
use super::names::Names;
use super::variables::Variables;
use crate::sources::Span;
use indexmap::IndexMap;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// Bytes of values that are looked at in one project. Aliases can repeat a large block ten thousand times.
const MOST_BYTES: usize = 1 << 28;

/// Services that the entries of one `env_file` name; more entries say nothing new.
const MOST_ENTRIES: usize = 1_000;

/// Finds the services that values name.
pub(super) struct Values<'t> {
    project: &'t Project,
    names: &'t Names,
    /// What each `env_file` names, found once however many services read it.
    env_files: HashMap<(usize, String), Vec<Set<'t>>>,
    bytes_left: usize,
}

impl<'t> Values<'t> {
    pub(super) fn new(project: &'t Project, names: &'t Names) -> Self {
        Self { project, names, env_files: HashMap::new(), bytes_left: MOST_BYTES }
    }

    /// Whether everything was looked at.
    pub(super) fn is_complete(&self) -> bool {
        self.bytes_left > 0
    }

    /// The services that the values of one service name.
    pub(super) fn evidence(&mut self, service: &Layers<'_>) -> Vec<Evidence> {
        let mut found = Vec::new();
        let own = environment(service);
        self.files(service, &own, &mut found);
        for (key, (value, span)) in &own {
            self.collect(|| keys::meaning(key), value, *span, &mut found);
        }
        for key in ["entrypoint", "command"] {
            if let Some(written) = service.get(key).last() {
                self.arguments(written, &mut found);
            }
        }
        let mut seen = HashSet::new();
        found.retain(|evidence| seen.insert((evidence.target, evidence.says)));
        found
    }

    /// The value of a file counts where neither `environment` nor a later file sets the same name, and points at the line
    /// that names the file.
    fn files(&mut self, service: &Layers<'_>, own: &Environment, found: &mut Vec<Evidence>) {
        let files = env_files(&service.get("env_file"));
        for (at, file) in files.iter().enumerate() {
            let later = &files[at + 1..];
            let known = self.env_files.entry(file.key.clone());
            let known = known.or_insert_with(|| mentions_of(self.project, self.names, &file.key));
            self.bytes_left = self.bytes_left.saturating_sub(known.len() * files.len() + 1);
            if self.bytes_left == 0 {
                return;
            }
            let set_later =
                |name: &str| own.contains_key(name) || later.iter().any(|later| self.project.sets(&later.key, name));
            let used = known.iter().filter(|set| !set_later(set.name));
            found.extend(used.map(|set| Evidence {
                target: set.target,
                span: file.span,
                says: Says::Mentions(set.mentioned),
            }));
        }
    }

    /// A flag in front of a value says what the value is: `--db-host db`, `--db-host=db`.
    fn arguments(&mut self, written: Value<'_>, found: &mut Vec<Evidence>) {
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
                    self.collect(|| keys::meaning(name), value, item.span(), found);
                    flag.clear();
                } else if word.starts_with('-') {
                    word.clone_into(&mut flag);
                } else {
                    self.collect(|| keys::meaning(&flag), word, item.span(), found);
                    flag.clear();
                }
            }
        }
    }

    fn collect(&mut self, meaning: impl FnOnce() -> KeyMeaning, value: &str, span: Span, found: &mut Vec<Evidence>) {
        self.bytes_left = self.bytes_left.saturating_sub(value.len() + 1);
        if self.bytes_left > 0 {
            let named = mentioned(self.names, meaning, value);
            found.extend(named.into_iter().map(|(target, mentioned)| Evidence {
                target,
                span,
                says: Says::Mentions(mentioned),
            }));
        }
    }
}

/// What a variable is set to for a service, by `environment` or an `env_file`, and where that is written.
pub(super) fn variable(service: &Layers<'_>, project: &Project, name: &str) -> Option<(String, Span)> {
    if let Some(set) = environment(service).swap_remove(name) {
        return Some(set);
    }
    let files = env_files(&service.get("env_file"));
    files.iter().rev().find_map(|file| Some((project.env_file(&file.key)?.get(name)?.to_owned(), file.span)))
}

/// Names, values and places, in the order written.
type Environment = IndexMap<String, (String, Span)>;

fn environment(service: &Layers<'_>) -> Environment {
    let mut variables = IndexMap::new();
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

/// A variable of an `env_file` that names a service.
struct Set<'t> {
    name: &'t str,
    target: usize,
    mentioned: Mentioned,
}

fn mentions_of<'t>(project: &'t Project, names: &Names, key: &(usize, String)) -> Vec<Set<'t>> {
    let entries = project.env_file(key).into_iter().flat_map(Variables::iter);
    let sets = entries.flat_map(|(name, value)| {
        let found = mentioned(names, || keys::meaning(name), value);
        found.into_iter().map(move |(target, mentioned)| Set { name, target, mentioned })
    });
    sets.take(MOST_ENTRIES).collect()
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

/// The services a value names. Most values name none, so the key is only asked about the others.
fn mentioned(names: &Names, meaning: impl FnOnce() -> KeyMeaning, value: &str) -> Vec<(usize, Mentioned)> {
    let candidates = hosts::mentions(value).into_iter();
    let known: Vec<_> = candidates.filter_map(|mention| Some((names.find(mention.host)?, mention.form))).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let meaning = meaning();
    let accepted = known.into_iter().filter(|(_, form)| meaning.accepts(*form));
    let mentioned = accepted.map(|(target, form)| {
        let protocol = if let Form::Address(scheme) = form { protocol(scheme) } else { None };
        (target, Mentioned { protocol, telemetry: meaning.telemetry, broker: meaning.broker })
    });
    mentioned.collect()
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
