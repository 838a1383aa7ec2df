//! The Compose reader on real files.

use premortem::parse::{Limits, parse};
use premortem::problem::ProblemSeverity;
use premortem::read::compose::{Files, Found, NotRead, Options, Profiles, Reading, read};
use premortem::read::vocabulary::{Answer, Facts, Plain};
use premortem::sources::{Sources, Span};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Opens the files of a folder; the tests trust their own.
struct Disk;

impl Files for Disk {
    fn read(&mut self, folder: &Path, path: &str) -> Result<Found, NotRead> {
        let path = folder.join(path);
        let bytes = std::fs::read(&path).map_err(|_| NotRead::Missing)?;
        Ok(Found { path: path.canonicalize().unwrap_or(path), bytes })
    }
}

const ALONE: Options = Options { with_override: false, profiles: Profiles::Default };
const EVERYTHING: Options = Options { with_override: false, profiles: Profiles::All };

fn read_file(path: &Path, options: &Options) -> (Sources, Reading) {
    read_text(path, &std::fs::read(path).expect("the file is in the corpus"), options)
}

/// Reads `text` as if it stood in the file.
fn read_text(path: &Path, text: &[u8], options: &Options) -> (Sources, Reading) {
    let mut sources = Sources::default();
    let main = parse(&mut sources, &path.to_string_lossy(), text, &Limits::default());
    let reading = read(main, path, options, &mut Disk, &mut sources, &Limits::default());
    (sources, reading)
}

/// A real file that is part of this repository.
fn corpus(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/compose").join(file)
}

const VOTING: &str = "dockersamples__example-voting-app/docker-compose.yml";
const TELEMETRY: &str = "open-telemetry__opentelemetry-demo/compose.yaml";
const HOTEL: &str = "delimitrou__DeathStarBench/hotelReservation/docker-compose.yml";
const STORE: &str = "Azure-Samples__aks-store-demo/docker-compose.yml";
const JAEGER: &str = "jaegertracing__jaeger/docker-compose/kafka/docker-compose.yml";
const ESHOP: &str = "dotnet-architecture__eShopOnContainers/src/docker-compose.yml";
const AIRFLOW: &str = "apache__airflow/airflow-core/docs/howto/docker-compose/docker-compose.excerpt.yaml";
const REAL: [&str; 7] = [VOTING, TELEMETRY, HOTEL, STORE, JAEGER, ESHOP, AIRFLOW];

/// Every fact, a component or an edge a line, and what else was said.
fn table(reading: &Reading) -> String {
    let mut table = String::new();
    for (name, component) in reading.fragment.facts.components.iter() {
        line(&mut table, &name.value, &**component);
        for used in &component.uses.0 {
            line(&mut table, &format!("  -> {}", used.target.value), &*used.facts);
        }
    }
    for note in &reading.notes {
        writeln!(table, "note: {note}").expect("text grows");
    }
    for problem in &reading.problems {
        writeln!(table, "{:?}[{}]: {}", problem.severity, problem.code, problem.message).expect("text grows");
    }
    table
}

fn line(table: &mut String, name: &str, facts: &dyn Facts) {
    let said: Vec<String> = said(facts).into_iter().map(|(name, answer)| format!("{name}={answer}")).collect();
    writeln!(table, "{}", format!("{name}  {}", said.join(" ")).trim_end()).expect("text grows");
}

fn said(facts: &dyn Facts) -> Vec<(&'static str, String)> {
    let fields = facts.fields().iter().enumerate();
    fields.filter_map(|(at, field)| Some((field.name, shown(&facts.attr(at).plain())?))).collect()
}

fn shown(answer: &Answer<Plain<'_>>) -> Option<String> {
    match answer {
        Answer::Value(plain) => Some(value(plain)),
        Answer::None => Some("none".to_owned()),
        Answer::Todo => Some("todo".to_owned()),
        Answer::Absent => None,
    }
}

fn value(plain: &Plain<'_>) -> String {
    match plain {
        Plain::Bool(value) => value.to_string(),
        Plain::Integer(value) => value.to_string(),
        Plain::Number(value) | Plain::Rate(value) | Plain::Percent(value) => value.to_string(),
        Plain::Duration(seconds) => format!("{seconds}s"),
        Plain::Text(text) => text.to_string(),
        Plain::List(items) => items.iter().map(|(item, _)| value(item)).collect::<Vec<_>>().join(","),
        Plain::Record(facts) => {
            let said: Vec<String> =
                said(*facts).into_iter().map(|(name, answer)| format!("{name}: {answer}")).collect();
            format!("{{{}}}", said.join(", "))
        }
    }
}

/// `source -> target` with every fact about it.
fn edges(reading: &Reading) -> BTreeSet<String> {
    let components = reading.fragment.facts.components.iter();
    components
        .flat_map(|(name, component)| {
            component.uses.0.iter().map(|used| {
                let mut edge = String::new();
                line(&mut edge, &format!("{} -> {}", name.value, used.target.value), &*used.facts);
                edge
            })
        })
        .collect()
}

#[test]
fn the_voting_app() {
    insta::assert_snapshot!(table(&read_file(&corpus(VOTING), &ALONE).1));
}

#[test]
fn the_telemetry_demo() {
    insta::assert_snapshot!(table(&read_file(&corpus(TELEMETRY), &ALONE).1));
}

#[test]
fn the_store_demo() {
    insta::assert_snapshot!(table(&read_file(&corpus(STORE), &ALONE).1));
}

#[test]
fn the_eshop_with_its_override() {
    let together = Options { with_override: true, ..ALONE };
    insta::assert_snapshot!(table(&read_file(&corpus(ESHOP), &together).1));
}

/// What an independent count found in a file, and where this reader differs on purpose.
struct Count {
    file: &'static str,
    services: usize,
    health: usize,
    depends_on: usize,
    gated: usize,
    only_in_values: usize,
    isolated: usize,
}

const fn count(file: &'static str, numbers: [usize; 6]) -> Count {
    let [services, health, depends_on, gated, only_in_values, isolated] = numbers;
    Count { file, services, health, depends_on, gated, only_in_values, isolated }
}

const COUNTS: [Count; 18] = [
    // 2 more: Traefik reaches the console and the realtime service by their labels.
    count("appwrite__appwrite/docker-compose.yml", [34, 7, 57, 0, 2, 6]),
    count("delimitrou__DeathStarBench/mediaMicroservices/docker-compose.yml", [33, 0, 0, 0, 0, 33]),
    count("delimitrou__DeathStarBench/socialNetwork/docker-compose.yml", [27, 0, 19, 0, 0, 7]),
    count(HOTEL, [24, 0, 22, 0, 0, 1]),
    count(ESHOP, [21, 0, 38, 0, 0, 3]),
    // 11 more, once `.env` is read.
    count(TELEMETRY, [20, 17, 46, 15, 11, 0]),
    count("microservices-demo__microservices-demo/deploy/docker-compose/docker-compose.yml", [15, 0, 0, 0, 1, 13]),
    count(STORE, [10, 8, 9, 5, 1, 0]),
    // 6 more that wait: for a job to end. 17 wait for health. 1 fewer in values: a job cannot call what waits for its end.
    count(AIRFLOW, [10, 8, 23, 23, 5, 0]),
    count("RocketChat__rocketchat-compose/generated/docker-compose.yml", [9, 1, 3, 0, 4, 1]),
    count("chirpstack__chirpstack-docker/docker-compose.yml", [7, 0, 6, 0, 0, 0]),
    count("netbox-community__netbox-docker/docker-compose.yml", [6, 6, 5, 2, 0, 0]),
    count(VOTING, [6, 3, 5, 5, 0, 0]),
    count("finos__architecture-as-code/calm-hub/deploy/docker-compose.yml", [5, 0, 0, 0, 2, 2]),
    // 2 fewer that wait: they wait for Kafka, which a file defines that is not there.
    count(JAEGER, [4, 4, 3, 3, 1, 0]),
    count("sameersbn__docker-gitlab/docker-compose.yml", [3, 1, 2, 0, 0, 0]),
    count("mattermost__docker/docker-compose.yml", [2, 0, 1, 0, 0, 0]),
    count("jaegertracing__jaeger/examples/hotrod/docker-compose.yml", [2, 0, 1, 0, 0, 0]),
];

#[test]
fn real_files_hold_what_an_independent_count_found() {
    let shared = shared().map(|shared| shared.join("corpus/compose"));
    let mut compared = 0;
    for expected in &COUNTS {
        let own = corpus(expected.file);
        let path = if own.exists() { Some(own) } else { shared.as_ref().map(|shared| shared.join(expected.file)) };
        let Some(path) = path.filter(|path| path.exists()) else { continue };
        let (_, reading) = read_file(&path, &EVERYTHING);
        let components = &reading.fragment.facts.components;
        let uses = || components.iter().flat_map(|(_, component)| &component.uses.0);
        let is_isolated = |name: &str| {
            components.get(name).is_some_and(|component| component.uses.0.is_empty())
                && !uses().any(|used| used.target.value == name)
        };
        let found = [
            components.0.len(),
            components.iter().filter(|(_, component)| component.health.value().is_some()).count(),
            uses().filter(|used| !used.facts.gated.is_absent()).count(),
            uses().filter(|used| used.facts.gated.value().is_some()).count(),
            uses().filter(|used| used.facts.gated.is_absent()).count(),
            components.iter().filter(|(name, _)| is_isolated(&name.value)).count(),
        ];
        let Count { services, health, depends_on, gated, only_in_values, isolated, .. } = *expected;
        assert_eq!(found, [services, health, depends_on, gated, only_in_values, isolated], "{}", expected.file);
        compared += 1;
    }
    assert!(compared >= REAL.len());
    if compared < COUNTS.len() {
        println!("{compared} of {} files are here; the others are skipped", COUNTS.len());
    }
}

fn shared() -> Option<PathBuf> {
    let shared = std::env::var_os("PREMORTEM_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    shared.join("corpus/compose").is_dir().then_some(shared)
}

/// Compose files people use are right: what this reader calls an error there would be its own mistake.
#[test]
fn real_files_hold_no_errors() {
    let Some(shared) = shared() else {
        println!("the corpus is not here; skipped");
        return;
    };
    let mut read = 0;
    for folder in ["compose", "compose-awesome", "compose-templates"] {
        let files = walkdir::WalkDir::new(shared.join("corpus").join(folder)).sort_by_file_name();
        for file in files.into_iter().filter_map(Result::ok).filter(|file| file.file_type().is_file()) {
            let is_yaml = file.path().extension().is_some_and(|ending| ending == "yml" || ending == "yaml");
            // Comments only: a seam for others to fill.
            if !is_yaml || file.file_name() == "compose.extras.yaml" {
                continue;
            }
            let (sources, reading) = read_file(file.path(), &ALONE);
            let errors: Vec<_> =
                reading.problems.iter().filter(|problem| problem.severity == ProblemSeverity::Error).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.path().display());
            assert_spans_lie_in_files(&sources, &reading);
            read += 1;
        }
    }
    assert!(read > 100);
}

/// Every place of every fact, edge and problem is text of some file.
fn assert_spans_lie_in_files(sources: &Sources, reading: &Reading) {
    let check = |span: Span| {
        let file = sources.file_of(span).span();
        assert!(file.contains(span), "{span:?} leaves {file:?}");
        let _ = sources.text(span);
    };
    check(reading.fragment.place);
    let design = &reading.fragment.facts;
    check_facts(design, &check);
    for (name, component) in design.components.iter() {
        check(name.span);
        check_facts(&**component, &check);
        for used in &component.uses.0 {
            check(used.target.span);
            check_facts(&*used.facts, &check);
        }
    }
    for (span, text) in reading.problems.iter().flat_map(|problem| &problem.labels) {
        check(*span);
        assert!(!text.is_empty());
    }
}

fn check_facts(facts: &dyn Facts, check: &dyn Fn(Span)) {
    for at in 0..facts.fields().len() {
        let attr = facts.attr(at);
        if let Some(span) = attr.origin().span() {
            check(span);
        }
        if let Answer::Value(Plain::Record(inner)) = attr.plain() {
            check_facts(inner, check);
        }
    }
}

/// The text of a file with its services in another order.
fn reordered(file: &str, order: &[prop::sample::Index]) -> String {
    let text = std::fs::read_to_string(corpus(file)).expect("the file is in the corpus");
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, file, text.as_bytes(), &Limits::default());
    let services = parsed.tree.documents().next().and_then(|root| root.get("services")).expect("a Compose file");
    let starts: Vec<usize> = services.entries().map(|entry| entry.key.span.start as usize).collect();
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let mut starts: Vec<usize> = starts.into_iter().map(line_start).collect();
    let end =
        text[services.span().end as usize..].find('\n').map_or(text.len(), |at| services.span().end as usize + at + 1);
    starts.push(end);
    let mut blocks: Vec<&str> = starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
    for (at, other) in order.iter().enumerate().take(blocks.len()) {
        let other = other.index(blocks.len());
        blocks.swap(at, other);
    }
    let separated: Vec<String> = blocks.iter().map(|block| format!("{}\n", block.trim_end_matches('\n'))).collect();
    format!("{}{}{}", &text[..starts[0]], separated.concat(), &text[end..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_services_changes_no_edge(
        file in prop::sample::select(&[VOTING, TELEMETRY, HOTEL, STORE, ESHOP, AIRFLOW][..]),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let path = corpus(file);
        let (_, written) = read_file(&path, &EVERYTHING);
        let (_, moved) = read_text(&path, reordered(file, &order).as_bytes(), &EVERYTHING);
        prop_assert_eq!(moved.problems.len(), written.problems.len());
        prop_assert_eq!(edges(&moved), edges(&written));
    }
}

/// One slip of the keyboard.
#[derive(Clone, Debug)]
enum Slip {
    Cut(prop::sample::Index, usize),
    Put(prop::sample::Index, String),
    /// A piece of the file again, somewhere else.
    Repeat(prop::sample::Index, usize, prop::sample::Index),
}

fn slip() -> impl Strategy<Value = Slip> {
    let piece = prop::sample::select(vec![
        "\n",
        "  ",
        "- ",
        ": ",
        "[",
        "]",
        "{",
        "}",
        "null",
        "&a ",
        "*a",
        "<<: ",
        "!reset ",
        "$",
        "${",
        "}",
        "\"",
        "'",
        "#",
        "|",
        "services:",
        "extends: ",
        "include: ",
        "depends_on: ",
        "x-premortem: ",
        "é",
        "\u{e000}",
        "::1",
        "0",
    ]);
    prop_oneof![
        (any::<prop::sample::Index>(), 1..40_usize).prop_map(|(at, length)| Slip::Cut(at, length)),
        (any::<prop::sample::Index>(), piece).prop_map(|(at, piece)| Slip::Put(at, piece.to_owned())),
        (any::<prop::sample::Index>(), 1..200_usize, any::<prop::sample::Index>())
            .prop_map(|(from, length, to)| Slip::Repeat(from, length, to)),
    ]
}

fn apply(text: &mut Vec<u8>, slip: &Slip) {
    let range = |at: &prop::sample::Index, length: usize, text: &[u8]| {
        let start = at.index(text.len() + 1);
        start..(start + length).min(text.len())
    };
    match slip {
        Slip::Cut(at, length) => {
            let range = range(at, *length, text);
            text.drain(range);
        }
        Slip::Put(at, piece) => {
            let at = at.index(text.len() + 1);
            text.splice(at..at, piece.bytes());
        }
        Slip::Repeat(from, length, to) => {
            let piece = text[range(from, *length, text)].to_vec();
            let to = to.index(text.len() + 1);
            text.splice(to..to, piece);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_are_read_all_the_same(
        file in prop::sample::select(&REAL[..]),
        slips in prop::collection::vec(slip(), 1..12),
    ) {
        let path = corpus(file);
        let mut text = std::fs::read(&path).unwrap();
        for slip in &slips {
            apply(&mut text, slip);
        }
        let (sources, reading) = read_text(&path, &text, &Options { with_override: true, ..ALONE });
        assert_spans_lie_in_files(&sources, &reading);
        prop_assert_eq!(table(&reading), table(&read_text(&path, &text, &Options { with_override: true, ..ALONE }).1));
    }
}
