//! Every key of the vocabulary, in every form it can be written in, arrives with its value and its place.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use premortem::discover::{InMemory, Project};
use premortem::model::{Design, link};
use premortem::parse::{Limits, Skip, deserialize, parse, to_json};
use premortem::read::native;
use premortem::read::vocabulary::{
    Answer, ComponentFacts, DependencyFacts, DesignFacts, Facts, FieldInfo, FlowFacts, Origin, Plain, PlainType,
};
use premortem::review::open;
use premortem::sources::Sources;
use std::fmt::Write;
use std::path::PathBuf;

/// One valid way to write a value of each type of the vocabulary, by field, and what is read. Fields that are not
/// listed follow from their type.
const SPECIAL: &[(&str, &str)] = &[
    ("replicas", "3"),
    ("replicas", "{min: 3, max: 6}"),
    ("zones", "[a, b]"),
    ("zones", "3"),
    ("zones", "a"),
    ("failover", "automatic"),
    ("failover", "{how: manual, rehearsed: 2026-01}"),
    ("failover", "{how: manual, rehearsed: none}"),
    ("timeout", "500ms"),
    ("health", "/ready"),
    ("health", "true"),
    ("health", "{path: /ready, liveness: /live, readiness: {path: /r, after: 2}, fail_open: true, proves: work}"),
    ("backup", "1d"),
    ("backup", "{every: 1d, pitr: true, restore: 40m, tested: none, to: s3}"),
    ("dlq", "5"),
    ("dlq", "true"),
    ("dlq", "{after: 5, alerts: [dlq_depth]}"),
    ("rate_limit", "20rps"),
    ("rate_limit", "{per: client, rate: 20rps, burst: 100, store: memory, retry_after: true}"),
    ("cost", "200 USD"),
    ("cost", "{monthly: 200 USD, scales: linear}"),
    ("retries", "2"),
    ("retries", "forever"),
    ("retries", "{max: 2, backoff: exponential, jitter: true, wait: 200ms, budget: 10%}"),
    ("calls", "3"),
    ("calls", "0.2"),
    ("fallback", "omit"),
    ("fallback", "default"),
    ("fallback", "value"),
    ("fallback", "stale"),
    ("fallback", "{stale_for: 30m}"),
    ("fallback", "{to: other}"),
    ("rate", "40rps"),
    ("rate", "{now: 4rps, target: 40rps}"),
    ("version", "1"),
    ("by", "2027-06"),
    ("path", "[it, other]"),
    ("path", "it"),
    ("survives", "[other, \"zone\", region, \"other@1h\"]"),
    ("of", "other"),
    ("replica_of", "other"),
    ("rebuild_from", "other"),
    ("deploys_with", "[other]"),
    ("watches", "[other]"),
    ("deploys", "other"),
    ("recovers", "[other]"),
    ("announces", "[other, flow]"),
    ("deletes", "[other]"),
    ("include", "[]"),
    ("changes", "{code: {strategy: staged, rollback: 5m, checked: true}, config: {rollback: none}, flags: }"),
    ("limits", "{xid: {max: 2_000_000_000, watched: true}}"),
    ("expires", "{certificate: {renew: automatic, watched: none}}"),
    ("automation", "{autoscaler: {acts_on: [other], at_most: 10%, floor: 2}}"),
    (
        "deploy",
        "{strategy: rolling, surge: 25%, rollback: {how: automatic, time: 5m}, migrations: in-place, share: 5%}",
    ),
    ("deploy", "{surge: 1, rollback: manual}"),
    ("flows", "[flow]"),
    ("tested", "2026-03-01"),
    ("rehearsed", "2026-03"),
    ("date", "2026-03"),
    ("monthly", "3000 USD"),
    ("tier", "1"),
];

/// How a field of a type can be written.
fn forms(field: &FieldInfo) -> Vec<String> {
    if let PlainType::Text(words @ [_, ..]) = field.plain_type {
        return words.iter().map(|word| (*word).to_owned()).collect();
    }
    let special: Vec<String> =
        SPECIAL.iter().filter(|(name, _)| *name == field.name).map(|(_, form)| (*form).to_owned()).collect();
    if !special.is_empty() {
        return special;
    }
    if field.name == "need" && matches!(field.plain_type, PlainType::Integer) {
        return vec!["1".to_owned()];
    }
    let forms: &[&str] = match field.plain_type {
        PlainType::Bool => &["true", "yes", "on", "{since: 2026}"],
        PlainType::Integer | PlainType::Number => &["3", "40_000", "\"7\"", "1e3"],
        PlainType::Duration => &["250ms", "1h30m", "\"2s\"", "1.5m", "2w", "0"],
        PlainType::Rate => &["40rps", "300/min", "40_000rps", "0.5rps", "9000/h"],
        PlainType::Percent => &["99.9%", "80 %", "0%"],
        PlainType::Text(_) => &["some words", "\"quoted: text\"", "42"],
        PlainType::List(_) => &["[a, b]", "[]", "a"],
        PlainType::Record(fields) => return vec![record(fields())],
    };
    forms.iter().map(|form| (*form).to_owned()).collect()
}

/// Every key of a map at once.
fn record(fields: &[FieldInfo]) -> String {
    let keys: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.name, forms(field)[0])).collect();
    format!("{{{}}}", keys.join(", "))
}

/// A design in which `what` stands for the facts of one thing of a kind.
#[derive(Clone, Copy, Debug)]
enum Thing {
    Design,
    Component,
    Dependency,
    Flow,
    Group,
    Team,
    Decision,
    OwnDefault,
    CallDefault,
}

impl Thing {
    fn design(self, entry: &str) -> String {
        let (top, it, call, flow, group) = match self {
            Self::Design => (entry.to_owned(), String::new(), String::new(), String::new(), String::new()),
            Self::Component => (String::new(), entry.to_owned(), String::new(), String::new(), String::new()),
            Self::Dependency => (String::new(), String::new(), entry.to_owned(), String::new(), String::new()),
            Self::Flow => (String::new(), String::new(), String::new(), entry.to_owned(), String::new()),
            Self::Group => (String::new(), String::new(), String::new(), String::new(), entry.to_owned()),
            Self::Team => {
                (format!("teams: {{core: {{{entry}}}}}"), String::new(), String::new(), String::new(), String::new())
            }
            Self::Decision => {
                (format!("decisions: [{{{entry}}}]"), String::new(), String::new(), String::new(), String::new())
            }
            Self::OwnDefault => {
                (format!("defaults: {{own: {{{entry}}}}}"), String::new(), String::new(), String::new(), String::new())
            }
            Self::CallDefault => (
                format!("defaults: {{calls: {{{entry}}}}}"),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ),
        };
        let path = if flow.starts_with("path:") { String::new() } else { "path: [it, other]".to_owned() };
        let parts: Vec<String> = [path, flow].into_iter().filter(|part| !part.is_empty()).collect();
        let mut text = String::new();
        let _ = writeln!(text, "{top}\ncomponents:");
        let _ =
            writeln!(text, "  it: {{uses: {{other: {{{call}}}}}, one_of: {{any: {{of: [third], {group}}}}}, {it}}}");
        let _ = writeln!(text, "  other: {{}}\n  third:\nflows:\n  flow: {{{}}}", parts.join(", "));
        text
    }
}

/// Reads a design without a word of complaint.
#[track_caller]
fn read(text: &str) -> (Design, Sources) {
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let path = PathBuf::from("d.arch.yaml");
    let files = InMemory([(path.clone(), text.as_bytes().to_vec())].into());
    let opened = open(&Project::named(path), &files, &Limits::default(), &mut sources, &mut problems);
    let told: Vec<String> =
        problems.iter().map(|problem| format!("{} {}", sources.place(problem.primary()), problem.message)).collect();
    assert!(told.is_empty(), "{text}\n{told:#?}");
    (opened.analysis.expect("there is a component").design, sources)
}

/// The facts of the one thing, and whether they are read for `thing`.
fn facts_of(design: &Design, thing: Thing) -> &dyn Facts {
    match thing {
        Thing::Design => &design.facts,
        Thing::Component => &*design.components[0].facts,
        Thing::Dependency => &*design.dependencies[0].facts,
        Thing::Flow => &design.flows[0].facts,
        Thing::Group => &design.groups[0].facts,
        Thing::Team => &design.teams[0].facts,
        Thing::Decision => &design.facts.decisions[0],
        Thing::OwnDefault => &design.facts.defaults.own,
        Thing::CallDefault => &design.facts.defaults.calls,
    }
}

fn fields_of(thing: Thing) -> &'static [FieldInfo] {
    match thing {
        Thing::Design => DesignFacts::FIELDS,
        Thing::Component | Thing::OwnDefault => ComponentFacts::FIELDS,
        Thing::Dependency | Thing::CallDefault => DependencyFacts::FIELDS,
        Thing::Flow => FlowFacts::FIELDS,
        Thing::Group => premortem::read::vocabulary::GroupMap::FIELDS,
        Thing::Team => premortem::read::vocabulary::TeamFacts::FIELDS,
        Thing::Decision => premortem::read::vocabulary::Decision::FIELDS,
    }
}

const THINGS: [Thing; 9] = [
    Thing::Design,
    Thing::Component,
    Thing::Dependency,
    Thing::Flow,
    Thing::Group,
    Thing::Team,
    Thing::Decision,
    Thing::OwnDefault,
    Thing::CallDefault,
];

#[test]
fn every_form_of_every_key_arrives_with_its_place() {
    let mut read_forms = 0;
    for thing in THINGS {
        for (index, field) in fields_of(thing).iter().enumerate() {
            for form in forms(field) {
                let (design, sources) = read(&thing.design(&format!("{}: {form}", field.name)));
                let attr = facts_of(&design, thing).attr(index);
                assert_eq!(written(attr.origin(), &sources), form, "{thing:?} {}", field.name);
                match attr.plain() {
                    Answer::Value(Plain::Record(record)) => check_record(record, &sources, &form),
                    Answer::Value(value) => check_value(&value, &form, &sources),
                    other => panic!("{thing:?} `{}: {form}` is read as {other:?}", field.name),
                }
                read_forms += 1;
            }
        }
    }
    assert!(read_forms > 500, "only {read_forms}");
}

#[test]
fn every_key_can_be_decided_against_or_left_open() {
    for thing in THINGS {
        for (index, field) in fields_of(thing).iter().enumerate() {
            // A flow has to go somewhere, and one alternative is the least a group can need.
            if matches!((thing, field.name), (Thing::Flow, "path") | (Thing::Group, "need")) {
                continue;
            }
            for word in ["none", "no", "off", "false"] {
                let (design, sources) = read(&thing.design(&format!("{}: {word}", field.name)));
                let attr = facts_of(&design, thing).attr(index);
                assert!(matches!(attr.plain(), Answer::None), "{thing:?} {}: {word}", field.name);
                assert_eq!(written(attr.origin(), &sources), word);
            }
            for word in ["todo", "\"?\""] {
                let (design, sources) = read(&thing.design(&format!("{}: {word}", field.name)));
                let attr = facts_of(&design, thing).attr(index);
                assert!(matches!(attr.plain(), Answer::Todo), "{thing:?} {}: {word}", field.name);
                assert_eq!(written(attr.origin(), &sources), word);
            }
        }
    }
}

/// What stands where something else is expected: other types, other units, and almost the right thing.
const INTRUDERS: &[&str] = &[
    "~",
    "true",
    "false",
    "none",
    "todo",
    "0",
    "1",
    "2",
    "-1",
    "-0",
    "1.5",
    "0.5",
    "1e3",
    "1e30",
    "1e-3",
    "+3",
    "0x10",
    "0o7",
    ".inf",
    ".nan",
    "123456789012345678",
    "1234567890123456789",
    "99999999999999999999",
    "1_000",
    "1__0",
    "1_",
    "_1",
    "\"\"",
    "\" \"",
    "\" 3\"",
    "\"3 \"",
    "\"1.0\"",
    "3.0",
    "5s",
    "5 s",
    "5S",
    "0s",
    "5",
    "1h30m",
    "30m1h",
    "1h1h",
    "1h 30m",
    "1.123456789s",
    "1.1234567890s",
    ".5s",
    "5.s",
    "s",
    "-5s",
    "40rps",
    "40 rps",
    "40/s",
    "40/y",
    "1_0rps",
    "80%",
    "80 %",
    "100%",
    "100.0%",
    "100.1%",
    "101%",
    "0%",
    "-1%",
    "%",
    "2026",
    "2026-01",
    "2026-1",
    "2026-13",
    "2026-00",
    "2026-02-30",
    "2024-02-29",
    "2026-02-03T10:00",
    "02026-01",
    "3 USD",
    "3USD",
    "USD",
    "3 usd",
    "-3 USD",
    "3.14159 EUR",
    "[]",
    "{}",
    "[~]",
    "[[]]",
    "[it]",
    "[it, it]",
    "[1, 2]",
    "[\"\"]",
    "[{}]",
    "{it: ~}",
    "{it: 1}",
    "{x-a: 1}",
    "{a: {}}",
    "{max: ~}",
    "{max: forever}",
    "{min: 1}",
    "{min: 2, max: 1}",
    "{to: it}",
    "{to: it, stale_for: 1m}",
    "{stale_for: 1m}",
    "{because: a}",
    "{because: \" \"}",
    "{of: [it]}",
    "{need: 0, of: [it]}",
    "{need: 2, of: [it]}",
    "{how: manual}",
    "{path: /a, checks: nothing}",
    "{now: 1rps}",
    "{target: 1rps}",
    "soft",
    "hard",
    "async",
    "automatic",
    "stale",
    "omit",
    "it",
    "other",
    "api.b",
    "\"a b\"",
    "a\u{e9}",
    "x-a",
    "forever",
    "?",
];

/// Reading is asked first and the schema only when it fails, so whatever is read has to be valid: every scalar of every
/// form of every key is replaced by every intruder. A sixteenth of them unless `PREMORTEM_EVERYTHING` is set.
#[test]
fn what_can_be_read_is_valid() {
    let validator = jsonschema::validator_for(native::schema()).unwrap();
    let stride = if std::env::var_os("PREMORTEM_EVERYTHING").is_some() { 1 } else { 16 };
    let (mut tried, mut read, mut invalid) = (0_usize, 0_usize, Vec::new());
    let mut try_one = |what: &str, text: &str| {
        tried += 1;
        if !tried.is_multiple_of(stride) {
            return;
        }
        let parsed = parse(&mut Sources::default(), "a.arch.yaml", text.as_bytes(), &Limits::default());
        let Some(document) = parsed.tree.documents().next() else { return };
        if deserialize::<DesignFacts>(document, &Skip::default()).is_ok() {
            read += 1;
            let value = to_json(document, &Skip::default());
            if !validator.is_valid(&value) {
                invalid.push(what.to_owned());
            }
        }
    };
    for thing in THINGS {
        for field in fields_of(thing) {
            for form in forms(field).iter().map(String::as_str).chain(["none"]) {
                for (from, to) in scalars(form) {
                    for intruder in INTRUDERS {
                        let form = format!("{}{intruder}{}", &form[..from], &form[to..]);
                        let entry = format!("{}: {form}", field.name);
                        try_one(&entry, &thing.design(&entry));
                    }
                }
            }
        }
    }
    for (from, to) in scalars(STRUCTURE) {
        for intruder in INTRUDERS {
            let line = STRUCTURE[..from].lines().last().unwrap_or_default();
            try_one(&format!("{line}{intruder}"), &format!("{}{intruder}{}", &STRUCTURE[..from], &STRUCTURE[to..]));
        }
    }
    assert!(
        invalid.is_empty(),
        "{} are read and not valid:\n{}",
        invalid.len(),
        invalid[..invalid.len().min(20)].join("\n")
    );
    assert!(read * stride > 10_000, "only {read} of {tried} could be read");
}

/// Where the scalars and keys of a text begin and end.
fn scalars(text: &str) -> Vec<(usize, usize)> {
    let mut scalars = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_part = c.is_alphanumeric() || "-_.%/".contains(c);
        match (is_part, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                scalars.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    scalars
}

/// Zero copies are none; no data may be lost is a promise.
#[test]
fn zero_is_none_for_counts_and_a_value_for_times() {
    let (design, _) = read(&Thing::Component.design("replicas: 0, workers: 0, lag: 0, managed: 0"));
    let facts = &design.components[0].facts;
    assert!(facts.replicas.is_none() && facts.workers.is_none() && facts.managed.is_none());
    assert_eq!(facts.lag.value().map(|lag| lag.0), Some(0.0));
    let (design, _) = read(&Thing::Dependency.design("retries: 0, pool: 0"));
    assert!(design.dependencies[0].facts.retries.is_none() && design.dependencies[0].facts.pool.is_none());
    let (design, _) = read(&Thing::Design.design("targets: {rpo: 0}"));
    let rpo = design.facts.targets.value().and_then(|targets| targets.rpo.value());
    assert_eq!(rpo.map(|rpo| rpo.0), Some(0.0));
}

#[test]
fn a_map_can_hold_every_key_at_once() {
    for thing in THINGS {
        let entries: Vec<String> =
            fields_of(thing).iter().map(|field| format!("{}: {}", field.name, forms(field)[0])).collect();
        read(&thing.design(&entries.join(if matches!(thing, Thing::Design) { "\n" } else { ", " })));
    }
}

/// Everything that is no attribute, in every form.
const STRUCTURE: &str = "\
accept: {no-critical-flow: we look at everything}
x-own: {anything: [1, 2]}
components:
  a: {uses: [b, 404], accept: {rule-a: because}, x-note: mine}
  b:
    uses: {c: hard, d: soft, e: sync, f: async, g: , 404: {timeout: 1s, accept: {rule-b: {because: it is fast}}}, x-ray: soft}
  404: {one_of: {first: [b, c], second: {need: 2, of: [d, e, f], failover: manual}, third: {of: {b: {timeout: 2s}, g: soft}}}}
  c:
  d: {}
  e: {accept: {rule-c: {because: known, until: 2027-01-01, by: \"@ann\"}}}
  f:
  g: {x-note: 3}
  x-ray: {x-note: {a: [b]}}
flows:
  x: {x-y: [1], path: [a, b, c], accept: {rule-d: known}}
  y: {path: a}
";

#[test]
fn structure_has_every_form_too() {
    let (design, sources) = read(STRUCTURE);
    let names: Vec<String> = design.dependency_ids().map(|id| design.dependency_name(id)).collect();
    assert_eq!(
        names,
        [
            "a->b", "a->404", "b->c", "b->d", "b->e", "b->f", "b->g", "b->404", "b->x-ray", "404->b", "404->c",
            "404->d", "404->e", "404->f", "404->b", "404->g"
        ]
    );
    let groups: Vec<_> =
        design.groups.iter().map(|group| (group.name.as_str(), group.need, group.members.len())).collect();
    assert_eq!(groups, [("first", 1, 2), ("second", 2, 3), ("third", 1, 2)]);
    for dependency in &design.dependencies {
        assert_eq!(sources.text(dependency.place), design.component(dependency.target).name);
    }
    assert_eq!(written(design.dependencies[3].facts.need.origin(), &sources), "soft");
    assert_eq!(written(design.dependencies[5].facts.mode.origin(), &sources), "async");
    let accepted = &design.components[5].facts.accept.0[0];
    assert_eq!(accepted.0.value, "rule-c");
    assert_eq!(accepted.1.0.because, "known");
    assert_eq!(sources.text(accepted.1.0.until.as_ref().unwrap().span), "2027-01-01");
    assert_eq!(design.facts.accept.0.len(), 1);
}

/// Defaults arrive where nothing else is said, and point at where they are written.
#[test]
fn defaults_point_at_themselves() {
    let (design, sources) = read(
        "\
defaults: {calls: {timeout: 7s}, own: {runbook: wiki}, deploy: {strategy: rolling, surge: 2}}
components:
  a: {uses: [b], deploy: {strategy: canary}}
  b: {kind: database, uses: {c: {timeout: none}}}
  c: {runbook: mine}
",
    );
    let call = &design.dependencies[0].facts.timeout;
    assert!(matches!(call.origin(), Origin::Default(_)));
    assert_eq!(written(call.origin(), &sources), "7s");
    assert!(design.dependencies[1].facts.timeout.is_none());
    let [a, b, c] = design.components.as_slice() else { panic!("three components") };
    assert_eq!(written(a.facts.runbook.origin(), &sources), "wiki");
    assert!(b.facts.runbook.is_absent(), "a database is nothing of one's own");
    assert_eq!(written(c.facts.runbook.origin(), &sources), "mine");
    let deploy = a.facts.deploy.value().expect("declared");
    assert_eq!(written(deploy.strategy.origin(), &sources), "canary");
    assert_eq!(written(deploy.surge.origin(), &sources), "2");
}

fn written<'s>(origin: &Origin, sources: &'s Sources) -> &'s str {
    origin.span().map_or("", |span| sources.text(span))
}

/// Every attribute of a map points into the form, at text that says what was read.
fn check_record(record: &dyn Facts, sources: &Sources, form: &str) {
    for (index, field) in record.fields().iter().enumerate() {
        let attr = record.attr(index);
        let text = written(attr.origin(), sources);
        match attr.plain() {
            Answer::Absent => continue,
            Answer::Value(Plain::Record(inner)) => check_record(inner, sources, text),
            Answer::Value(value) => check_value(&value, text, sources),
            Answer::None | Answer::Todo => {}
        }
        assert!(form.contains(text) && !text.is_empty(), "`{}` of `{form}` points at `{text}`", field.name);
    }
}

/// The value is what the text says, by a reading of its own.
fn check_value(value: &Plain<'_>, text: &str, sources: &Sources) {
    let plain = text.trim_matches('"').replace('_', "");
    let number = |unit: &str| plain.strip_suffix(unit).and_then(|number| number.trim().parse::<f64>().ok());
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs();
    match value {
        Plain::Bool(value) => assert!(*value, "{text}"),
        Plain::Integer(value) => {
            let least = || plain.split("min: ").nth(1)?.split([',', '}']).next();
            let whole: Option<f64> = plain.parse().ok().or_else(|| least()?.parse().ok());
            assert_eq!(Some(value.to_string()), whole.map(|whole| whole.to_string()), "{text}");
        }
        Plain::Number(value) => {
            let expected = number("%").map(|share| share / 100.0).or_else(|| plain.parse().ok());
            assert!(close(*value, expected.unwrap_or(f64::INFINITY)) || plain == "forever", "{text}");
        }
        Plain::Duration(value) => {
            let known = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0), ("w", 604_800.0)];
            let simple = known.iter().find_map(|(unit, worth)| Some(number(unit)? * worth));
            let expected = simple.or_else(|| plain.parse().ok()).or((plain == "1h30m").then_some(5400.0));
            assert!(close(*value, expected.expect("a duration")), "{text}");
        }
        Plain::Rate(value) => {
            let known = [("rps", 1.0), ("/min", 1.0 / 60.0), ("/h", 1.0 / 3600.0)];
            let expected = known.iter().find_map(|(unit, worth)| Some(number(unit)? * worth));
            assert!(close(*value, expected.expect("a rate")), "{text}");
        }
        Plain::Percent(value) => assert!(close(*value, number("%").expect("a share") / 100.0), "{text}"),
        Plain::Text(value) => {
            let inner = text.trim_matches(['"', '{', '}']);
            // A word that stands for a map says what the map does.
            let is_stale = value == "stale" && text.contains("stale");
            // A month stands for its first day.
            assert!(
                inner.contains(&**value) || is_stale || **value == format!("{inner}-01"),
                "`{value}` from `{text}`"
            );
        }
        Plain::List(items) => {
            for (item, span) in items {
                let span = span.expect("items have places");
                let at = sources.text(span);
                assert!(text.contains(at), "{at} is not in {text}");
                if let (Plain::Text(item), false) = (item, text.parse::<u8>().is_ok()) {
                    assert_eq!(at.trim_matches('"'), &**item);
                }
            }
        }
        Plain::Record(_) => unreachable!("checked by itself"),
    }
}

fn shared(path: &str) -> Option<String> {
    let shared = std::env::var("PREMORTEM_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let text = std::fs::read_to_string(format!("{shared}/{path}")).ok();
    if text.is_none() {
        println!("skipped: {shared}/{path} is not there");
    }
    text
}

/// Fenced YAML blocks of a Markdown text.
fn fenced(text: &str) -> Vec<String> {
    let blocks = text.split("```yaml\n").skip(1);
    blocks.filter_map(|block| block.split("\n```").next()).map(|block| format!("{block}\n")).collect()
}

#[test]
fn the_examples_of_the_notation_are_read() {
    let Some(text) = shared("reference/format.md") else { return };
    let blocks = fenced(&text);
    let designs: Vec<&String> = blocks.iter().filter(|block| block.contains("components:")).collect();
    assert!(designs.len() >= 2);
    for design in designs {
        read(design);
    }
}

/// Structure only: fragments name components they do not draw.
#[test]
fn every_fragment_of_the_rules_is_structurally_right() {
    let Some(text) = shared("reference/rules.md") else { return };
    let mut count = 0;
    let mut wrong = Vec::new();
    for fragment in rule_fragments(&text) {
        count += 1;
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "f.arch.yaml", fragment.as_bytes(), &Limits::default());
        let (fragments, problems) = native::read(&parsed, &sources);
        for problem in link(fragments).problems {
            println!("{} | in {}", problem.message, fragment.trim_end());
        }
        for problem in parsed.problems.iter().chain(&problems) {
            wrong.push(format!("{}\n    {}", fragment.trim_end().replace('\n', "\n    "), problem.message));
        }
    }
    println!("{count} fragments");
    assert!(count > 100, "only {count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The code of every `- **bad**` and `- **good**`; a map of components is wrapped, several maps are several designs.
fn rule_fragments(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with("- **bad**") || line.starts_with("- **good**"));
    let spans = lines.flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|span| span.starts_with('{'));
    let is_design = |span: &str| {
        let mut sources = Sources::default();
        let parsed = parse(&mut sources, "f", span.as_bytes(), &Limits::default());
        let keys: Vec<&str> = DesignFacts::FIELDS.iter().map(|field| field.name).collect();
        parsed
            .tree
            .documents()
            .any(|root| root.get("components").is_some() || root.entries().all(|entry| keys.contains(&entry.key.text)))
    };
    spans.map(|span| if is_design(span) { format!("{span}\n") } else { format!("components: {span}\n") }).collect()
}
