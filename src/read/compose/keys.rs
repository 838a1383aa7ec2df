//! What the key of a value says: `DB_HOST` expects a host, `POSTGRES_DB` does not, whatever services are called.

use super::hosts::Form;

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

impl KeyMeaning {
    /// Whether a host that is named in this form is meant.
    pub(super) fn accepts(self, form: Form<'_>) -> bool {
        match form {
            Form::Address(_) => true,
            Form::Explicit => !self.other,
            Form::Bare => self.host,
        }
    }
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
    for word in &mut words {
        word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
