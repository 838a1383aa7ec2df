//! Host names in values: `redis://redis:6379`, `kafka1:9092,kafka2:9092`, `Host=db;…`.
//!
//! What looks like a host is one only if the key of the value agrees (`keys.rs`) and a service answers to the name.

use super::interpolation::UNKNOWN;

/// A host that a value names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mention<'t> {
    pub(super) host: &'t str,
    pub(super) form: Form<'t>,
}

/// How a value names a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form<'t> {
    /// `scheme://host`
    Address(&'t str),
    /// `host:port`, `Host=host`
    Explicit,
    /// The value is a list of names.
    Bare,
}

/// Every host that a value may name. Linear in the length of the value.
pub(super) fn mentions(value: &str) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    addresses(value, &mut found);
    hosts_with_ports(value, &mut found);
    assignments(value, &mut found);
    bare_names(value, &mut found);
    found
}

/// A value that consists of host names and nothing else.
fn bare_names<'t>(value: &'t str, found: &mut Vec<Mention<'t>>) {
    let parts = value.split([',', ';', ' ', '\t', '\n']).map(|part| part.trim_matches(['"', '\'', '[', ']']));
    let parts = parts.filter(|part| !part.is_empty());
    if parts.clone().all(|part| is_host(part.split(':').next().unwrap_or_default())) {
        found.extend(parts.filter(|part| is_host(part)).map(|host| Mention { host, form: Form::Bare }));
    }
}

/// `scheme://[user[:password]@]host[:port][,host[:port]]`
fn addresses<'t>(value: &'t str, found: &mut Vec<Mention<'t>>) {
    for (at, _) in value.match_indices("://") {
        let before = &value[..at];
        let start = before
            .rfind(|c: char| !c.is_ascii_alphanumeric() && !"+.-".contains(c))
            .map_or(0, |end| end + before[end..].chars().next().map_or(1, char::len_utf8));
        let scheme = &before[start..];
        let rest = &value[at + 3..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'`;)}]>|\\".contains(c)).unwrap_or(rest.len());
        let authority = rest[..end].rsplit('@').next().unwrap_or_default();
        for part in authority.split(',') {
            let (host, port) = part.split_once(':').map_or((part, None), |(host, port)| (host, Some(port)));
            // `http:` is the start of the next address in a list.
            if is_host(host) && port != Some("") {
                found.push(Mention { host, form: Form::Address(scheme) });
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
            found.push(Mention { host, form: Form::Explicit });
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
    // `Data Source` is cut in two by the space.
    const NAMES: &[&str] = &["host", "server", "source", "datasource", "addr", "address", "hostname", "endpoint"];
    for segment in value.split([';', ' ', '\t', '\n', '&', '?']) {
        let Some((name, target)) = segment.split_once('=') else { continue };
        let name = name.trim().to_ascii_lowercase();
        let name = name.rsplit([',', '.', '-', '_']).next().unwrap_or_default();
        if !NAMES.contains(&name) {
            continue;
        }
        let target = target.trim_matches(['"', '\'']);
        let target = target.strip_prefix("tcp:").unwrap_or(target);
        let host = &target[..target.find([',', ':', '\\']).unwrap_or(target.len())];
        if is_host(host) {
            found.push(Mention { host, form: Form::Explicit });
        }
    }
}

fn is_host(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::super::keys::meaning;
    use super::*;
    use proptest::prelude::*;

    fn accepted<'v>(key: &str, value: &'v str) -> impl Iterator<Item = Mention<'v>> {
        let meaning = meaning(key);
        mentions(value).into_iter().filter(move |mention| meaning.accepts(mention.form))
    }

    fn hosts(key: &str, value: &str) -> Vec<String> {
        let mut hosts: Vec<String> = accepted(key, value).map(|mention| mention.host.to_owned()).collect();
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
        assert_eq!(mentions("redis://a")[0].form, Form::Address("redis"));
        assert_eq!(mentions("('amqp://a:5672')")[0].form, Form::Address("amqp"));
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

    proptest! {
        #[test]
        fn any_value_is_read(key in "\\PC{0,20}", value in "[a-c:/@,;=. ©0-9]{0,60}") {
            for mention in accepted(&key, &value) {
                prop_assert!(value.contains(mention.host) && is_host(mention.host));
            }
        }
    }
}
