//! What a review says about the Compose files of real systems: every sentence of these snapshots was read beside its file.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says what it skips")]

use premortem::discover::{Project, Workspace};
use premortem::parse::{Limits, Node, NodeKind, parse};
use premortem::read::vocabulary::Date;
use premortem::report::{self, FORMATS, Format, Style};
use premortem::review::{Review, judge, open};
use premortem::rules::{Packs, Settings};
use premortem::sources::Sources;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// As in a walk of its folder: with the override beside it.
fn review(packs: &Packs, file: &Path) -> Review {
    let mut review = Review::default();
    let limits = Limits::default();
    let workspace = Workspace::around(file, limits.file_bytes).unwrap();
    let project = Project::found(vec![file.to_path_buf()]);
    let opened = open(&project, &workspace, &limits, &mut review.sources, &mut review.problems);
    judge(opened, packs, &Settings::new(Date::parse("2026-01-01").unwrap()), &mut review);
    review
}

fn rendered(format: &Format, review: &Review) -> String {
    let mut out = Vec::new();
    report::write(format, review, &Style { width: 100, ..Style::PLAIN }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every Compose file below a folder, in order.
fn compose_files(folder: &Path) -> Vec<PathBuf> {
    let is_yaml = |path: &Path| path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml");
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    entries.map(walkdir::DirEntry::into_path).filter(|path| path.is_file() && is_yaml(path)).collect()
}

/// Files of this repository, relative to it, so that no snapshot holds a path of one machine.
const OWN: &str = "tests/corpus/compose";

/// Files kept elsewhere, where they are at hand.
fn all_files() -> Vec<PathBuf> {
    let shared = std::env::var("PREMORTEM_SHARED").map_or_else(|_| Path::new("../shared").to_owned(), PathBuf::from);
    let folders = ["compose", "compose-awesome", "compose-templates"].map(|name| shared.join("corpus").join(name));
    let mut files: Vec<PathBuf> = folders.iter().flat_map(|folder| compose_files(folder)).collect();
    if files.is_empty() {
        println!("only the files of this repository are reviewed: {} holds none", shared.display());
    }
    files.extend(compose_files(Path::new(OWN)));
    files
}

#[test]
fn findings_per_file_and_rule() {
    let packs = Packs::shipped();
    let mut table = String::new();
    let mut total: BTreeMap<String, usize> = BTreeMap::new();
    for file in compose_files(Path::new(OWN)) {
        let review = review(&packs, &file);
        writeln!(table, "{}", file.strip_prefix(OWN).unwrap().display()).unwrap();
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &review.findings {
            *counted.entry(&finding.rule).or_default() += 1;
            *total.entry(finding.rule.clone()).or_default() += 1;
        }
        for (rule, number) in counted {
            writeln!(table, "  {number:3} {rule}").unwrap();
        }
    }
    writeln!(table, "all").unwrap();
    for (rule, number) in total {
        writeln!(table, "  {number:3} {rule}").unwrap();
    }
    insta::assert_snapshot!(table);
}

fn full_report(file: &str) -> String {
    rendered(&FORMATS[0], &review(&Packs::shipped(), &Path::new(OWN).join(file)))
}

#[test]
fn the_store_demo() {
    insta::assert_snapshot!(full_report("Azure-Samples__aks-store-demo/docker-compose.yml"));
}

#[test]
fn the_eshop() {
    insta::assert_snapshot!(full_report("dotnet-architecture__eShopOnContainers/src/docker-compose.yml"));
}

#[test]
fn the_telemetry_demo() {
    insta::assert_snapshot!(full_report("open-telemetry__opentelemetry-demo/compose.yaml"));
}

#[test]
fn the_voting_app() {
    insta::assert_snapshot!(full_report("dockersamples__example-voting-app/docker-compose.yml"));
}

#[test]
fn every_finding_points_into_a_file_of_its_project() {
    let packs = Packs::shipped();
    for file in all_files() {
        let review = review(&packs, &file);
        for finding in &review.findings {
            assert!(!finding.labels.is_empty(), "{}: {}", file.display(), finding.message);
            for label in &finding.labels {
                let name = review.sources.file_of(label.span).name();
                assert!(review.designs.contains_key(Path::new(name)), "{name} is no file of {}", file.display());
                assert!(!review.sources.text(label.span).trim().is_empty(), "{}: {}", file.display(), finding.message);
            }
        }
    }
}

/// The first reports anybody reads are of files like these: they stay short.
#[test]
fn reports_stay_short() {
    let packs = Packs::shipped();
    for file in all_files() {
        let review = review(&packs, &file);
        let mut printed: Vec<_> = review.findings.iter().map(|finding| (&finding.rule, finding.severity)).collect();
        printed.sort();
        printed.dedup();
        assert!(printed.len() <= 1 + review.scope.components / 2, "{}: {printed:?}", file.display());
    }
}

#[test]
fn the_status_says_whether_something_was_found() {
    for file in all_files().iter().step_by(7) {
        let output = Command::new(env!("CARGO_BIN_EXE_premortem")).arg("check").arg(file).output().unwrap();
        let expected = match review(&Packs::shipped(), file) {
            review if review.problems.iter().any(|problem| problem.severity.name() == "error") => 2,
            review if !review.problems.is_empty() => 1,
            review => i32::from(
                review.findings.iter().any(|finding| finding.severity <= premortem::finding::Severity::Warning),
            ),
        };
        assert_eq!(output.status.code(), Some(expected), "{}", file.display());
    }
}

#[test]
fn no_report_shows_a_value_of_an_environment() {
    let packs = Packs::shipped();
    let mut looked_for = 0;
    for file in all_files() {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        let secrets = secrets(&text);
        if secrets.is_empty() {
            continue;
        }
        let review = review(&packs, &file);
        for format in FORMATS {
            let report = rendered(format, &review);
            for secret in &secrets {
                assert!(!report.contains(secret.as_str()), "`{secret}` of {} in:\n{report}", file.display());
            }
        }
        looked_for += secrets.len();
    }
    assert!(looked_for > 20, "the files hold values to look for: {looked_for}");
}

#[test]
fn a_marked_variable_shows_its_name_and_not_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("compose.yaml");
    let text = "
services:
  web:
    image: example/web
    environment: {SECRET: 'hunter2-hunter2', QUEUE_URL: 'amqp://root:hunter2-hunter2@queue:5672'}
    healthcheck: {test: [CMD, 'true']}
  lb:
    image: nginx
    environment:
      - UPSTREAM=http://admin:hunter2-hunter2@web:80
      - \"BACKEND=http://admin:hunter2-hunter2@web:80\"
  queue: {image: 'rabbitmq:3'}
";
    std::fs::write(&file, text).unwrap();
    let review = review(&Packs::shipped(), &file);
    let full = rendered(&FORMATS[0], &review);
    assert!(full.contains("- UPSTREAM…"), "{full}");
    for format in FORMATS {
        assert!(!rendered(format, &review).contains("hunter2"), "{}", rendered(format, &review));
    }
}

/// Values of environments that stand nowhere else in the file and look like no word of a sentence.
fn secrets(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, "compose.yaml", text.as_bytes(), &Limits::default());
    let mut values = Vec::new();
    let mut rest = text.as_bytes().to_vec();
    for document in parsed.tree.documents() {
        for service in document.get("services").into_iter().flat_map(Node::entries) {
            let Some(environment) = service.value.get("environment") else { continue };
            let items = environment.items().filter(|item| item.raw().contains('='));
            let entries = environment.entries().map(|entry| entry.value).filter(|value| is_scalar(*value));
            for value in items.chain(entries) {
                values.push(value.raw().split_once('=').map_or(value.raw(), |(_, value)| value).to_owned());
                rest[value.span().start as usize..value.span().end as usize].fill(b' ');
            }
        }
    }
    let rest = String::from_utf8_lossy(&rest);
    values.retain(|value| {
        value.len() >= 8 && value.chars().any(|c| !c.is_ascii_lowercase()) && !rest.contains(value.as_str())
    });
    values.sort();
    values.dedup();
    values
}

fn is_scalar(node: Node<'_>) -> bool {
    !matches!(node.kind(), NodeKind::Map | NodeKind::List | NodeKind::Null)
}
