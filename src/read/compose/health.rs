//! `healthcheck`: what the test looks at, and what its passing proves.

use super::interpolation::UNKNOWN;
use super::layers::{Layers, Value};
use crate::read::vocabulary::{Attr, Count, Duration, Health, HealthDepth, Proves, Word};
use crate::sources::Span;
use std::borrow::Cow;

/// What the file says about health; absent where it leaves the image's own check, if any, in place.
pub(super) fn health(service: &Layers<'_>) -> Attr<Health> {
    let check = service.get("healthcheck");
    if let Some(disable) = check.get("disable").last()
        && disable.is_true()
    {
        return Attr::imported_none(disable.span());
    }
    let Some(test) = check.get("test").last() else { return Attr::default() };
    let Some(command) = Command::read(test, Value::text) else { return Attr::imported_none(test.span()) };
    let mut health = Health::default();
    let at = program(test);
    describe(&command, at, &mut health);
    // What a variable stands for is not shown, and a path is.
    let shown = |value: Value<'_>| Some(value.public_text().map_or_else(|| UNKNOWN.to_string(), Cow::into_owned));
    if let Some(path) = Command::read(test, |value| shown(value).map(Cow::Owned)).and_then(|command| path(&command.0))
        && !health.0.proves.is_absent()
    {
        health.0.path = Attr::imported(Word(path), at);
    }
    health.0.interval = duration(&check.get("interval"));
    health.0.timeout = duration(&check.get("timeout"));
    if let Some((retries, span)) = check.get("retries").text()
        && let Some(count) = Count::parse(&retries)
    {
        health.0.after = Attr::imported(count, span);
    }
    Attr::imported(health, at)
}

/// Where the test says what runs: behind `CMD` in a list.
fn program(test: Value<'_>) -> Span {
    let mut items = test.items();
    let is_form = items.next().and_then(Value::text).is_some_and(|word| matches!(&*word, "CMD" | "CMD-SHELL"));
    items.next().filter(|_| is_form).map_or_else(|| test.span(), Value::span)
}

/// Compose writes durations as this notation does, `1m30s`.
fn duration(written: &Layers<'_>) -> Attr<Duration> {
    let Some((text, span)) = written.text() else { return Attr::default() };
    Duration::parse(&text).map_or_else(Attr::default, |duration| Attr::imported(duration, span))
}

/// A test as one line of shell.
struct Command(String);

impl Command {
    /// Nothing for `NONE` and for an empty test: they switch the check off.
    fn read<'t>(test: Value<'t>, filled: impl Fn(Value<'t>) -> Option<Cow<'t, str>>) -> Option<Self> {
        if !test.is_list() {
            return filled(test).filter(|text| !text.trim().is_empty()).map(|text| Self(text.into_owned()));
        }
        let words: Vec<String> = test.items().filter_map(|item| Some(filled(item)?.into_owned())).collect();
        match words.first().map(String::as_str) {
            Some("CMD" | "CMD-SHELL") => Some(Self(words[1..].join(" "))),
            None | Some("NONE") => None,
            Some(_) => Some(Self(words.join(" "))),
        }
    }
}

fn describe(command: &Command, at: Span, health: &mut Health) {
    let text = command.0.trim();
    let Some(proved) = proves(text) else { return };
    health.0.proves = Attr::imported(proved, at);
    let depth = match proved {
        Proves::Nothing => None,
        Proves::Process => Some(HealthDepth::Process),
        Proves::Port => Some(HealthDepth::Tcp),
        Proves::Work | Proves::Dependencies => Some(HealthDepth::Work),
    };
    if let Some(depth) = depth {
        health.0.checks = Attr::imported(depth, at);
    }
}

/// The strongest thing a passing test shows; nothing for commands nobody knows.
fn proves(text: &str) -> Option<Proves> {
    let lower = text.to_lowercase();
    if always_passes(&lower) {
        return Some(Proves::Nothing);
    }
    let words: Vec<&str> = lower.split(|c: char| c.is_whitespace() || "();|&'\"`$[]{}<>".contains(c)).collect();
    let names: Vec<&str> = words.iter().map(|word| word.rsplit('/').next().unwrap_or(word)).collect();
    let has = |known: &[&str]| names.iter().any(|name| known.contains(name));
    if has(PORT_OF_A_QUEUE) {
        return Some(Proves::Port);
    }
    // `ruok` is ZooKeeper's own question, and it is asked with a port tool.
    if has(WORK) || has(&["ruok"]) {
        return Some(Proves::Work);
    }
    if has(&["curl"]) {
        return Some(if curl_fails(&words) { Proves::Work } else { Proves::Port });
    }
    if has(PORT) || PORT_IN_CODE.iter().any(|sign| lower.contains(sign)) {
        return Some(Proves::Port);
    }
    if HTTP_IN_CODE.iter().any(|sign| lower.contains(sign)) {
        return Some(Proves::Work);
    }
    has(PROCESS).then_some(Proves::Process)
}

/// Clients that ask the service something it has to work for.
const WORK: &[&str] = &[
    "wget",
    "http",
    "httpie",
    "grpc_health_probe",
    "grpc-health-probe",
    "grpcurl",
    "pg_isready",
    "psql",
    "mysqladmin",
    "mariadb-admin",
    "mysql",
    "mariadb",
    "healthcheck.sh",
    "mongo",
    "mongosh",
    "redis-cli",
    "valkey-cli",
    "keydb-cli",
    "memcached-tool",
    "clickhouse-client",
    "cqlsh",
    "nodetool",
    "influx",
    "cypher-shell",
    "sqlcmd",
    "etcdctl",
    "rabbitmq-diagnostics",
    "rabbitmqctl",
    "kafka-topics",
    "kafka-topics.sh",
    "kafka-broker-api-versions",
    "kafka-broker-api-versions.sh",
    "kafka-cluster",
    "kafka-cluster.sh",
    "zkserver.sh",
    "rpk",
    "mosquitto_sub",
    "mosquitto_pub",
    "celery",
    "mc",
];

const PORT_OF_A_QUEUE: &[&str] = &["check_port_connectivity", "check_port_listener"];

const PORT: &[&str] = &["nc", "ncat", "netcat", "telnet", "s_client", "netstat", "ss", "lsof"];

const PORT_IN_CODE: &[&str] = &[
    "/dev/tcp/",
    "tcpsocket",
    "fsockopen",
    "create_connection",
    "require('net')",
    "require(\"net\")",
    "socket.connect",
    "net.connect",
];

const HTTP_IN_CODE: &[&str] = &["urllib", "requests.get", "fetch(", "http.get(", "httpx.get", "invoke-webrequest"];

const PROCESS: &[&str] = &["pgrep", "pidof", "ps", "kill", "supervisorctl", "systemctl"];

fn always_passes(text: &str) -> bool {
    let text = text.trim().trim_end_matches(';').trim_end();
    let nothing = |part: &str| matches!(part.trim(), "true" | ":" | "exit 0" | "/bin/true" | "/usr/bin/true");
    let only_echo = text.starts_with("echo ") && !text.contains(['|', '&', ';', '>', '<', '`', '(']);
    nothing(text)
        || only_echo
        || text.rsplit_once("||").is_some_and(|(_, last)| nothing(last))
        || text.rsplit_once(';').is_some_and(|(_, last)| nothing(last) && !text.contains("exit 1"))
}

/// Without `--fail`, curl is content with any answer, also an error.
fn curl_fails(words: &[&str]) -> bool {
    words.iter().any(|word| {
        word.starts_with("--fail")
            || matches!(*word, "grep" | "jq")
            || (word.starts_with('-') && !word.starts_with("--") && word.contains('f'))
    })
}

/// The path of the first address in a test.
fn path(text: &str) -> Option<String> {
    let (_, address) = text.split_once("://")?;
    let slash = address.find('/')?;
    if address[..slash].contains(char::is_whitespace) {
        return None;
    }
    let path = &address[slash..];
    let end = path.find(|c: char| c.is_whitespace() || "'\"?#)|;&".contains(c)).unwrap_or(path.len());
    let path = &path[..end];
    (path.len() > 1 && !path.contains(UNKNOWN)).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_test_proves() {
        for (test, expected) in [
            ("exit 0", Some(Proves::Nothing)),
            ("true", Some(Proves::Nothing)),
            ("curl -f http://localhost/ || exit 0", Some(Proves::Nothing)),
            ("wget -q localhost || true", Some(Proves::Nothing)),
            ("echo ok", Some(Proves::Nothing)),
            ("pgrep k6", Some(Proves::Process)),
            ("ps -aux | grep -v grep | grep -q rqworker || exit 1", Some(Proves::Process)),
            ("kill -0 1", Some(Proves::Process)),
            ("nc -z localhost 80", Some(Proves::Port)),
            ("bash -c 'echo > /dev/tcp/localhost/80'", Some(Proves::Port)),
            ("echo | openssl s_client -connect localhost:10260 -brief | grep -q CONNECTED", Some(Proves::Port)),
            ("php -r fsockopen('localhost', 8090) or die('fail');", Some(Proves::Port)),
            ("curl http://localhost/", Some(Proves::Port)),
            ("rabbitmq-diagnostics -q check_port_connectivity", Some(Proves::Port)),
            ("curl -sSf http://localhost/ || exit 1", Some(Proves::Work)),
            ("/usr/bin/curl --fail http://localhost:8080/api", Some(Proves::Work)),
            ("wget -O /dev/null -q http://order-service:3000/health", Some(Proves::Work)),
            ("pg_isready -U airflow", Some(Proves::Work)),
            ("[ $(valkey-cli --pass x ping) = 'PONG' ]", Some(Proves::Work)),
            ("echo ruok | nc localhost 2181", Some(Proves::Work)),
            ("rabbitmqctl status", Some(Proves::Work)),
            ("/bin/grpc_health_probe -addr=:5050", Some(Proves::Work)),
            ("python -c \"import urllib.request as r; r.urlopen('http://localhost')\"", Some(Proves::Work)),
            ("/healthchecks/redis.sh", None),
            ("/usr/local/sbin/healthcheck", None),
        ] {
            assert_eq!(proves(test), expected, "{test}");
        }
    }

    #[test]
    fn the_path_of_an_address() {
        assert_eq!(path("curl -f http://localhost:80/login/ || exit 1").as_deref(), Some("/login/"));
        assert_eq!(path("curl 'http://localhost/ready?full=1'").as_deref(), Some("/ready"));
        assert_eq!(path("curl -f http://localhost"), None);
        assert_eq!(path("curl http://localhost -o /dev/null"), None);
    }
}
