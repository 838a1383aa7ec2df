//! `command` and `entrypoint`: which program of an image runs, and what its flags say.

use super::layers::{Layers, Value};
use crate::read::vocabulary::{Attr, Eviction, Setting};
use crate::sources::Span;

const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh"];

/// Programs of store images that are not the store.
const TOOLS: &[&str] = &[
    "mongos",
    "mongosh",
    "mongo",
    "redis-cli",
    "valkey-cli",
    "psql",
    "pg_dump",
    "pg_dumpall",
    "mysqldump",
    "mysql",
    "mariadb",
    "kafka-topics",
    "kafka-topics.sh",
    "clickhouse-client",
    "cqlsh",
    "etcdctl",
    "rabbitmqadmin",
    "sleep",
    "tail",
    "chown",
];

/// Programs that are the store, also at the end of a script.
const STORES: &[&str] = &[
    "postgres",
    "mongod",
    "mysqld",
    "mariadbd",
    "redis-server",
    "valkey-server",
    "keydb-server",
    "memcached",
    "rabbitmq-server",
    "clickhouse-server",
    "minio",
    "weed",
    "nats-server",
    "etcd",
    "cassandra",
    "neo4j",
    "qdrant",
    "sqlservr",
    "run",
    "supervisord",
];

const POLICIES: &[&str] = &[
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
];

/// Whether a store image really runs the store: a script or a tool out of the same image is something else.
pub(super) fn runs_store(service: &Layers<'_>) -> bool {
    let words = words(service);
    let programs: Vec<&str> = words.iter().map(|word| word.rsplit('/').next().unwrap_or(word)).collect();
    let Some(first) = programs.first() else { return true };
    let another = SHELLS.contains(first) || TOOLS.contains(first);
    let is_store = |program: &&str| {
        STORES.contains(program)
            || ["entrypoint.sh", "run.sh", "start.sh"].iter().any(|script| program.ends_with(script))
    };
    !another || programs.iter().any(is_store)
}

/// What leaves a full store, if a flag says so.
pub(super) fn eviction(service: &Layers<'_>) -> Attr<Eviction> {
    let Some(command) = service.get("command").last() else { return Attr::default() };
    let words = words(service);
    let flag = words.iter().position(|word| word == "--maxmemory-policy");
    // Known policies only: another word may be what a variable stands for.
    match flag.and_then(|at| words.get(at + 1)).filter(|policy| POLICIES.contains(&policy.as_str())) {
        Some(policy) => Attr::imported(Setting(policy.clone()), command.span()),
        None => Attr::default(),
    }
}

/// The command that takes jobs from a queue, by the programs of well-known libraries.
pub(super) fn takes_jobs(service: &Layers<'_>) -> Option<Span> {
    let command = service.get("command").last()?;
    let words = words(service);
    let programs: Vec<&str> = words.iter().map(|word| word.rsplit('/').next().unwrap_or(word)).collect();
    let has = |known: &str| programs.contains(&known);
    let takes = (has("celery") && has("worker"))
        || ["sidekiq", "rqworker", "queue:work", "dramatiq", "solid_queue:start", "jobs:work"].iter().any(|w| has(w));
    takes.then(|| command.span())
}

/// The whole command line, without quotes and the punctuation of scripts.
fn words(service: &Layers<'_>) -> Vec<String> {
    let mut words = Vec::new();
    for key in ["entrypoint", "command"] {
        let Some(written) = service.get(key).last() else { continue };
        let items: Vec<Value<'_>> = if written.is_list() { written.items().collect() } else { vec![written] };
        for text in items.into_iter().filter_map(Value::text) {
            let split = text.split(|c: char| c.is_whitespace() || "\"'`;&|()".contains(c));
            words.extend(split.filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    words
}
