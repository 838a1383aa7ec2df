//! Host names in values: `redis://redis:6379`, `kafka1:9092,kafka2:9092`, `Host=db;…`.
//!
//! A value that merely equals the name of a service says nothing: `POSTGRES_DB: postgres`. A bare name counts only where
//! the key says that a host is expected.

use super::interpolation::UNKNOWN;

/// A host that a value names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mention<'t> {
    pub(super) host: &'t str,
    pub(super) scheme: Option<&'t str>,
}

/// What the key of a value says about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub(super) struct KeyMeaning {
    /// A host is expected: `DB_HOST`, `BROKERS`.
    pub(super) host: bool,
    /// Anything but an address: credentials, names, lists of who is allowed.
    pub(super) other: bool,
    /// Telemetry is sent there: the sender works without.
    pub(super) telemetry: bool,
    /// Work is handed over there: `CELERY_BROKER_URL`.
    pub(super) broker: bool,
}

/// Words that announce a host, alone or at the end of a longer word (`PGHOST`).
const HOST_WORDS: &str = "HOST HOSTS HOSTNAME HOSTNAMES ADDR ADDRS ADDRESS ADDRESSES SERVER SERVERS URL URLS URI URIS ENDPOINT \
    ENDPOINTS DSN BROKER BROKERS UPSTREAM UPSTREAMS NODES CONN CONNECTION CONNECTIONSTRING BOOTSTRAP SEEDS";

/// The same, but only as words of their own: they end too many other words.
const HOST_WORDS_ALONE: &str = "SERVICE SERVICES BACKEND BACKENDS";

/// A key that ends with one of these is about something else, whatever stands before it.
const OTHER_ENDINGS: &str = "NAME USER USERNAME PASSWORD PASS PASSWD PWD DB DATABASE TOKEN KEY SECRET TYPE METHOD VERSION PROTOCOL ID \
    MODE DRIVER PREFIX SUFFIX PATH SCHEMA ENGINE IMAGE TAG CLIENT FORMAT ALIAS REALM TOPIC QUEUE REGION ENV \
    ENVIRONMENT LEVEL CREDENTIALS AUTH";

/// Words that turn an address into a list of who may call, or into the service's own address.
const OTHER_WORDS: &str = "ALLOWED ALLOW TRUSTED CORS ORIGIN ORIGINS PROXIES CALLBACK REDIRECT ADVERTISED BROADCAST WHITELIST \
    ALLOWLIST";

/// Whether one of a list of words fits.
fn any(list: &str, fits: impl FnMut(&str) -> bool) -> bool {
    list.split(' ').any(fits)
}

/// What a key such as `ORDER_QUEUE_HOSTNAME`, `EventBusConnection` or `--db-host` says.
pub(super) fn meaning(key: &str) -> KeyMeaning {
    let words = words(key);
    let last = words.last().map(String::as_str).unwrap_or_default();
    let before_last = words.len().checked_sub(2).map(|at| words[at].as_str()).unwrap_or_default();
    let named_host = matches!((before_last, last), ("HOST", "NAME"));
    let other = (any(OTHER_ENDINGS, |known| known == last) && !named_host)
        || words.iter().any(|word| any(OTHER_WORDS, |known| known == word))
        || matches!((before_last, last), ("NO", "PROXY"))
        // Laravel names a driver there: `DB_CONNECTION=mysql`.
        || (last == "CONNECTION" && key.contains('_'));
    let host = words
        .iter()
        .any(|word| any(HOST_WORDS, |known| word.ends_with(known)) || any(HOST_WORDS_ALONE, |known| known == word));
    let broker = words.iter().any(|word| matches!(word.as_str(), "BROKER" | "BROKERS" | "QUEUE" | "QUEUES"));
    KeyMeaning { host: host && !other, other, telemetry: is_telemetry(&words), broker }
}

fn is_telemetry(words: &[String]) -> bool {
    const FIRST: &[&str] = &["JAEGER", "ZIPKIN", "STATSD", "LOKI", "PYROSCOPE", "TRACELOOP", "DATADOG", "DD"];
    const ANYWHERE: &[&str] = &["OTEL", "OTLP", "EXPORTER", "STATSD", "SENTRY", "TRACING", "APM"];
    words.first().is_some_and(|word| FIRST.contains(&word.as_str()))
        || words.iter().any(|word| ANYWHERE.contains(&word.as_str()))
}

/// The words of a key in capitals, without numbers at their ends: `kafkaBroker1` is `KAFKA BROKER`.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in key.chars() {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && was_small) {
            words.push(String::new());
        }
        was_small = c.is_ascii_lowercase();
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_uppercase());
        }
    }
    words.iter_mut().for_each(|word| word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len()));
    words.retain(|word| !word.is_empty());
    words
}

/// Every host that a value names, given what its key means. Linear in the length of the value.
pub(super) fn mentions(key: KeyMeaning, value: &str) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    addresses(value, &mut found);
    if key.other {
        return found;
    }
    hosts_with_ports(value, &mut found);
    assignments(value, &mut found);
    if key.host {
        bare_names(value, &mut found);
    }
    found
}

/// A value that consists of host names and nothing else.
fn bare_names<'t>(value: &'t str, found: &mut Vec<Mention<'t>>) {
    let parts = value.split([',', ';', ' ', '\t', '\n']).map(|part| part.trim_matches(['"', '\'', '[', ']']));
    let parts = parts.filter(|part| !part.is_empty());
    if parts.clone().all(|part| is_host(part.split(':').next().unwrap_or_default())) {
        found.extend(parts.filter(|part| is_host(part)).map(|host| Mention { host, scheme: None }));
    }
}

/// `scheme://[user[:password]@]host[:port][,host[:port]]`
fn addresses<'t>(value: &'t str, found: &mut Vec<Mention<'t>>) {
    for (at, _) in value.match_indices("://") {
        let before = &value[..at];
        let start = before
            .rfind(|c: char| !c.is_ascii_alphanumeric() && !"+.-".contains(c))
            .map_or(0, |end| end + before[end..].chars().next().map_or(1, char::len_utf8));
        let scheme = Some(&before[start..]).filter(|scheme| !scheme.is_empty());
        let rest = &value[at + 3..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'`;)}]>|\\".contains(c)).unwrap_or(rest.len());
        let authority = rest[..end].rsplit('@').next().unwrap_or_default();
        for part in authority.split(',') {
            let (host, port) = part.split_once(':').map_or((part, None), |(host, port)| (host, Some(port)));
            // `http:` is the start of the next address in a list.
            if is_host(host) && port != Some("") {
                found.push(Mention { host, scheme });
            }
        }
    }
}

/// `host:port`, also in lists, in brackets and after `=`; not `user:password@`, and not the tag of an image.
fn hosts_with_ports<'t>(value: &'t str, found: &mut Vec<Mention<'t>>) {
    const BREAKS: &str = ",;()[]{}\"'=@/|<>`";
    let mut before = ' ';
    let mut rest = value;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_whitespace() || BREAKS.contains(c)).unwrap_or(rest.len());
        let token = &rest[..end];
        let after = rest[end..].chars().next();
        if after != Some('@')
            && before != '/'
            && let Some((host, ports)) = token.split_once(':')
            && is_host(host)
            && ports.split(':').all(is_port)
        {
            found.push(Mention { host, scheme: None });
        }
        before = after.unwrap_or(' ');
        rest = &rest[end + after.map_or(0, char::len_utf8)..];
    }
}

fn is_port(text: &str) -> bool {
    let unknown = text.contains(UNKNOWN) && text.chars().all(|c| c == UNKNOWN || c.is_ascii_digit());
    unknown || ((2..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `Host=db;`, `Server=tcp:sql,1433;`, `host=db port=5432`
fn assignments<'t>(value: &'t str, found: &mut Vec<Mention<'t>>) {
    const NAMES: &[&str] = &["host", "server", "data source", "datasource", "addr", "address", "hostname", "endpoint"];
    for segment in value.split([';', ' ', '\t', '\n', '&', '?']) {
        let Some((name, target)) = segment.split_once('=') else { continue };
        let name = name.trim().to_ascii_lowercase();
        let name = name.rsplit([',', '.', '-', '_']).next().unwrap_or_default();
        // `Data Source` is cut in two by the space.
        if !NAMES.contains(&name) && name != "source" {
            continue;
        }
        let target = target.trim_matches(['"', '\'']);
        let target = target.strip_prefix("tcp:").unwrap_or(target);
        let host = &target[..target.find([',', ':', '\\']).unwrap_or(target.len())];
        if is_host(host) {
            found.push(Mention { host, scheme: None });
        }
    }
}

fn is_host(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hosts(key: &str, value: &str) -> Vec<String> {
        let mut hosts: Vec<String> =
            mentions(meaning(key), value).iter().map(|mention| mention.host.to_owned()).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    #[test]
    fn addresses_name_hosts_whatever_the_key() {
        for (value, expected) in [
            ("redis://:@redis:6379/0", vec!["redis"]),
            ("db+postgresql://airflow:airflow@postgres/airflow", vec!["postgres"]),
            ("jdbc:postgresql://db:5432/x", vec!["db"]),
            ("mongodb://a:1,b:2/db?replicaSet=rs0", vec!["a", "b"]),
            ("http://a:1,http://b:2", vec!["a", "b"]),
            ("-Dx=mongodb://mongodb:27017 -Dy=z", vec!["mongodb"]),
            ("monolith+nats://nats:4222", vec!["nats"]),
            ("http://web", vec!["web"]),
            ("[\"http://es01:9200\"]", vec!["es01"]),
        ] {
            assert_eq!(hosts("ANYTHING", value), expected, "{value}");
        }
        assert_eq!(mentions(meaning("X"), "redis://a")[0].scheme, Some("redis"));
        assert_eq!(mentions(meaning("X"), "('amqp://a:5672')")[0].scheme, Some("amqp"));
    }

    #[test]
    fn hosts_with_ports_name_hosts() {
        for (value, expected) in [
            ("kafka1:9092,kafka2:9092", vec!["kafka1", "kafka2"]),
            ("root:secret@tcp(db:3306)/x", vec!["db"]),
            ("1@broker:29093", vec!["broker"]),
            ("server.1=zoo1:2888:3888;2181", vec!["zoo1"]),
            ("--server chirpstack:8080 --bind 0.0.0.0:8090", vec!["0.0.0.0", "chirpstack"]),
        ] {
            assert_eq!(hosts("ANYTHING", value), expected, "{value}");
        }
        for value in ["redis:12345@", "registry/redis:77", "redis:7", "a:b", "12:34:", ":5432", "no port:"] {
            assert_eq!(hosts("ANYTHING", value), Vec::<String>::new(), "{value}");
        }
    }

    #[test]
    fn connection_strings_name_hosts() {
        for (value, expected) in [
            ("Server=sqldata;Database=x;User Id=sa", vec!["sqldata"]),
            ("Server=tcp:sql,1433;Database=x", vec!["sql"]),
            ("Host=astronomy-db;Username=u;Password=p", vec!["astronomy-db"]),
            ("Data Source=sql;Initial Catalog=x", vec!["sql"]),
            ("host=db port=5432 user=postgres", vec!["db"]),
        ] {
            assert_eq!(
                hosts("ConnectionString", value).first().map(String::as_str),
                expected.first().copied(),
                "{value}"
            );
            assert!(!hosts("X", value).iter().any(|host| host == "postgres" || host == "sa"), "{value}");
        }
    }

    #[test]
    fn bare_names_need_a_key_that_expects_a_host() {
        for key in [
            "DB_HOST",
            "PGHOST",
            "ORDER_QUEUE_HOSTNAME",
            "EventBusConnection",
            "KAFKA_BROKERS",
            "HOST_1",
            "DB_HOST_NAME",
        ] {
            assert_eq!(hosts(key, "rabbitmq"), ["rabbitmq"], "{key}");
        }
        for key in [
            "DB_CONNECTION",
            "POSTGRES_DB",
            "POSTGRES_USER",
            "QUEUE_DRIVER",
            "database__connection__database",
            "SERVICE_NAME",
            "ALLOWED_HOSTS",
            "NO_PROXY",
            "TRUSTED_PROXIES",
            "DB_SERVER_TYPE",
            "FLAVOUR",
        ] {
            assert_eq!(hosts(key, "rabbitmq"), Vec::<String>::new(), "{key}");
        }
    }

    #[test]
    fn telemetry_is_known_by_its_keys() {
        for key in ["OTEL_EXPORTER_OTLP_ENDPOINT", "JAEGER_AGENT_HOST", "SENTRY_DSN", "X_EXPORTER_URL", "DD_AGENT_HOST"]
        {
            assert!(meaning(key).telemetry, "{key}");
        }
        for key in ["DB_HOST", "ADDRESS", "HOTEL_HOST", "IMPORTER_URL"] {
            assert!(!meaning(key).telemetry, "{key}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_read(key in "\\PC{0,20}", value in "[a-c:/@,;=. ©0-9]{0,60}") {
            for mention in mentions(meaning(&key), &value) {
                prop_assert!(value.contains(mention.host) && is_host(mention.host));
            }
        }
    }
}
