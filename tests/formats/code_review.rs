//! Formats that put findings beside the lines of a change: GitHub, GitLab, Azure, reviewdog.

use crate::commands::{Command, azure, github};
use crate::errors;
use crate::fixture::{SIZES, marked, review, styled, text, with_problems};
use premortem::finding::{Finding, Severity};
use premortem::report::Style;
use premortem::review::Review;
use serde_json::Value;
use std::collections::BTreeSet;

const LIMIT: usize = 10;

fn find<'a>(review: &'a Review, path: &str, line: usize) -> &'a Finding {
    let here = |finding: &&Finding| {
        let file = review.sources.file_of(finding.primary());
        file.path_in_repository() == path && review.sources.positions(finding.primary()).0.line == line
    };
    review.findings.iter().find(here).unwrap_or_else(|| panic!("nothing at {path}:{line}"))
}

#[test]
fn github_shows_the_worst_and_counts_the_rest() {
    for size in SIZES {
        let review = review(size);
        let commands: Vec<Command> = text("github", &review).lines().map(github).collect();
        let of = |name: &str| commands.iter().filter(|command| command.name == name).count();
        let expected = |severity| review.count(severity).min(LIMIT);
        assert_eq!((of("error"), of("warning")), (expected(Severity::Error), expected(Severity::Warning)), "{size}");
        assert!(of("notice") <= LIMIT, "{size}");
        let (notes, annotations): (Vec<_>, Vec<_>) =
            commands.iter().partition(|command| !command.properties.contains_key("file"));
        assert_eq!(of("error") + of("warning") + of("notice"), commands.len());
        let rank = |command: &&Command| ["error", "warning", "notice"].iter().position(|name| command.name == *name);
        assert!(annotations.is_sorted_by_key(rank));
        let more: usize =
            notes.iter().map(|note| note.message.split(' ').next().unwrap().parse::<usize>().unwrap()).sum();
        assert_eq!(annotations.len() + more, size, "everything is shown or counted");
        assert_eq!(notes.len(), usize::from(size > 11));
    }
    let summary = Style { job_summary: true, ..Style::PLAIN };
    assert!(styled("github", &review(6000), &summary).contains("see the job summary"));
}

#[test]
fn github_annotations_say_what_was_found_where() {
    let review = review(11);
    let output = text("github", &review);
    assert_eq!(output.lines().count(), 11);
    for command in output.lines().map(github) {
        let finding = find(&review, &command.properties["file"], command.number("line"));
        assert_eq!(command.properties["title"], format!("premortem ({})", finding.rule));
        let (start, _) = review.sources.positions(finding.primary());
        assert_eq!((command.number("col"), command.number("endColumn")), (start.column, start.column + 2));
        assert_eq!(command.number("line"), command.number("endLine"));
        let first = command.message.split('\n').next().unwrap();
        let name = finding.message.split('\n').next().unwrap().split('\u{202e}').next().unwrap();
        assert!(first.starts_with(name), "{first:?} {name:?}");
        assert!(command.message.contains("\nfix: Mend"), "{}", command.message);
    }
}

#[test]
fn azure_issues_are_one_line_each() {
    for size in SIZES {
        let review = with_problems(size);
        let output = text("azure", &review);
        let commands: Vec<Command> = output.lines().map(azure).collect();
        assert_eq!(commands.len(), size + 2);
        assert!(output.lines().all(|line| line.starts_with("##vso[task.logissue type=")));
        assert!(commands.is_sorted_by_key(|command| command.properties["type"] != "error"));
        for command in &commands[2..] {
            if command.properties["code"] == "duplicate-key" {
                continue;
            }
            let finding = find(&review, &command.properties["sourcepath"], command.number("linenumber"));
            assert_eq!(command.properties["code"], finding.rule);
            assert!(command.message.starts_with(&finding.rule), "{}", command.message);
            assert_eq!(command.number("columnnumber"), review.sources.positions(finding.primary()).0.column);
        }
    }
}

#[test]
fn gitlab_fits_its_schema_and_tells_issues_apart() {
    for size in SIZES {
        let mut review = with_problems(size);
        if size == 11 {
            // The same subject in two designs.
            let twin = review.findings[0].clone();
            review.findings.extend([twin.clone(), twin]);
        }
        let report: Value = serde_json::from_str(&text("gitlab", &review)).unwrap();
        assert_eq!(errors(include_str!("../schemas/gitlab-code-quality.json"), &report), [] as [&str; 0]);
        let issues = report.as_array().unwrap();
        assert_eq!(issues.len(), review.findings.len() + 2);
        let fingerprints: BTreeSet<&str> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(fingerprints.len(), issues.len());
        for finding in &review.findings {
            assert!(fingerprints.contains(&*finding.fingerprint()), "{}", finding.fingerprint());
        }
    }
    assert_eq!(text("gitlab", &review(0)), "[]\n");
}

#[test]
fn gitlab_fingerprints_do_not_depend_on_lines() {
    let fingerprints = |review: &Review| -> BTreeSet<String> {
        let report: Value = serde_json::from_str(&text("gitlab", review)).unwrap();
        report.as_array().unwrap().iter().map(|issue| issue["fingerprint"].to_string()).collect()
    };
    let before = review(300);
    let mut after = review(300);
    for finding in &mut after.findings {
        finding.labels = before.findings[0].labels.clone();
    }
    assert_eq!(fingerprints(&before), fingerprints(&after));
}

#[test]
fn rdjson_fits_its_schema_and_counts_bytes() {
    let schema = include_str!("../schemas/rdjson.json");
    for size in SIZES {
        let review = with_problems(size);
        let report: Value = serde_json::from_str(&text("rdjson", &review)).unwrap();
        assert_eq!(errors(schema, &report), [] as [&str; 0]);
        let diagnostics = report["diagnostics"].as_array().unwrap();
        assert_eq!(diagnostics.len(), size + 2);
        let lines = text("rdjsonl", &review);
        for (line, diagnostic) in lines.lines().zip(diagnostics) {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let source = line.as_object_mut().unwrap().shift_remove("source").unwrap();
            assert_eq!((&line, &source), (diagnostic, &report["source"]));
        }
        assert_eq!(lines.lines().count(), size + 2);
        let found = diagnostics
            .iter()
            .filter(|found| found["code"]["value"] != "unknown-key" && found["code"]["value"] != "duplicate-key");
        for (diagnostic, finding) in found.zip(&review.findings) {
            let related = diagnostic["relatedLocations"].as_array().map_or(&[][..], Vec::as_slice);
            let locations =
                std::iter::once(&diagnostic["location"]).chain(related.iter().map(|place| &place["location"]));
            for (location, label) in locations.zip(&finding.labels) {
                let file = review.sources.iter().find(|file| file.name() == location["path"]).unwrap();
                let number =
                    |end: &str, key: &str| usize::try_from(location["range"][end][key].as_u64().unwrap()).unwrap();
                let line = file.text().split('\n').nth(number("start", "line") - 1).unwrap();
                assert_eq!(
                    &line[number("start", "column") - 1..number("end", "column") - 1],
                    marked(&review, label.span)
                );
            }
        }
    }
}
