//! Every machine format against its schema or grammar, for no finding, one, eleven and six thousand, with names that try to
//! break out.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod code_review;
#[path = "../command/mod.rs"]
mod command;
mod commands;
mod fixture;
mod markdown;
mod output;
mod sarif;
mod xml;
mod xsd;

use command::assert_schema_is_current;
use fixture::{SIZES, text, with_problems};
use premortem::change::{Against, Delta, Fixed};
use premortem::finding::Subject;
use premortem::problem::Problem;
use premortem::report::{self, FORMATS};
use premortem::review::Review;
use premortem::sources::{Sources, Span};
use proptest::prelude::*;
use serde_json::Value;

/// Errors of a JSON document against a schema.
fn errors(schema: &str, document: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{} at {}", error, error.instance_path())).take(5).collect()
}

#[test]
fn the_same_review_gives_the_same_bytes() {
    for format in FORMATS {
        for size in [0, 11, 600] {
            assert!(
                text(format.name, &with_problems(size)) == text(format.name, &with_problems(size)),
                "{} of {size}",
                format.name
            );
        }
    }
}

#[test]
fn no_format_for_machines_tells_where_the_repository_lies() {
    let typed = ["full", "concise", "json", "jsonl", "rdjson", "rdjsonl"];
    let mut checked = 0;
    for format in FORMATS.iter().filter(|format| !typed.contains(&format.name)) {
        assert!(!text(format.name, &with_problems(11)).contains("/home/somebody"), "{}", format.name);
        checked += 1;
    }
    assert_eq!(checked, 7);
}

#[test]
fn lines_of_json_hold_what_the_report_holds() {
    for size in SIZES {
        let review = with_problems(size);
        let report: Value = serde_json::from_str(&text("json", &review)).unwrap();
        let mut lines: Vec<Value> =
            text("jsonl", &review).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mut of_type = |name: &str| -> Vec<Value> {
            let (found, rest) = lines.drain(..).partition(|line| line["type"] == name);
            lines = rest;
            let strip = |mut line: Value| {
                line.as_object_mut().unwrap().shift_remove("type");
                line
            };
            Vec::into_iter(found).map(strip).collect()
        };
        assert_eq!(Value::Array(of_type("finding")), report["findings"]);
        assert_eq!(Value::Array(of_type("accepted")), report["accepted"]);
        assert_eq!(Value::Array(of_type("question")), report["questions"]);
        assert_eq!(Value::Array(of_type("problem")), report["problems"]);
        let summary = of_type("summary").pop().unwrap();
        assert_eq!((&summary["warnings"], &summary["version"]), (&report["summary"]["warnings"], &report["version"]));
        assert!(lines.is_empty());
    }
    assert!(text("jsonl", &fixture::review(3)).lines().last().unwrap().starts_with(r#"{"type":"summary""#));
}

#[test]
fn the_published_schemas_are_current() {
    assert_schema_is_current(&report::json::schema(), "schema/findings.schema.json", "findings");
    assert_schema_is_current(&report::jsonl::schema(), "schema/finding-line.schema.json", "finding-line");
}

#[test]
fn json_and_its_lines_fit_their_schemas_whatever_was_compared() {
    let validators = [report::json::schema(), report::jsonl::schema()];
    let [whole, line] = validators.map(|schema| jsonschema::validator_for(&schema).unwrap());
    let errors = |validator: &jsonschema::Validator, text: &str| -> Vec<String> {
        let value: Value = serde_json::from_str(text).unwrap();
        validator.iter_errors(&value).map(|error| format!("{error} at {}", error.instance_path())).collect()
    };
    for size in SIZES {
        for mut review in [fixture::review(size), with_problems(size)] {
            for against in [
                None,
                Some(Against::Baseline("known.yaml".into())),
                Some(Against::Revision { name: "main".into(), commit: "0".repeat(40) }),
            ] {
                let fixed = Fixed { rule: "r".into(), subject: Subject::Team("t".into()), message: None, count: 2 };
                let told = Fixed { message: Some("it was so".into()), ..fixed.clone() };
                let delta =
                    |against| Delta { against, fixed: vec![fixed, told], unchanged: 7, remarks: vec!["so".into()] };
                review.delta = against.map(delta);
                assert_eq!(errors(&whole, &text("json", &review)), [""; 0]);
                let lines = text("jsonl", &review);
                for text in lines.lines() {
                    assert_eq!(errors(&line, text), [""; 0], "{text}");
                }
                let is_fixed = |line: &&str| line.starts_with(r#"{"type":"fixed""#);
                let report: Value = serde_json::from_str(&text("json", &review)).unwrap();
                let fixed = report["fixed"].as_array().map_or(0, Vec::len);
                assert_eq!(lines.lines().filter(is_fixed).count(), fixed);
                let end: Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
                assert_eq!(end["compared"], report["compared"]);
            }
        }
    }
    assert!(!errors(&line, r#"{"type":"fixed"}"#).is_empty());
    assert!(!errors(&line, r#"{"type":"other"}"#).is_empty());
}

/// Characters that mean something to one format or another, and all others.
fn texts() -> impl Strategy<Value = String> {
    let special = "[%:;,=|`<>&'\"\\[\\]@#\\\\\r\n\t\u{0}\u{1b}\u{85}\u{202e}\u{feff}\u{ffff}]";
    prop::collection::vec(prop_oneof![2 => special, 1 => "\\PC", 1 => any::<char>().prop_map(String::from)], 0..30)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn nothing_a_file_says_breaks_a_format(message in texts(), help in texts(), name in texts()) {
        let mut sources = Sources::default();
        sources.add(format!("d{name}"), "a: b\n").unwrap();
        let problem = Problem::error("some-code", &*message, Span::new(0, 1), &*help).with_help(&*help);
        let review = Review { sources, problems: vec![problem], ..Review::default() };
        for format in ["junit", "checkstyle"] {
            let schema = if format == "junit" { include_str!("../schemas/junit-10.xsd") } else { include_str!("../schemas/checkstyle.xsd") };
            prop_assert_eq!(xsd::errors(schema, &text(format, &review)), [] as [&str; 0]);
        }
        let github = text("github", &review);
        prop_assert_eq!(github.matches('\n').count(), 1);
        let command = commands::github(github.trim_end_matches('\n'));
        prop_assert_eq!(&command.properties["file"], &format!("d{name}"));
        prop_assert_eq!(command.properties.len(), 6);
        let azure = text("azure", &review);
        prop_assert_eq!(azure.matches('\n').count(), 1);
        let command = commands::azure(azure.trim_end_matches('\n'));
        prop_assert_eq!(&command.properties["sourcepath"], &format!("d{name}"));
        prop_assert_eq!(command.properties.len(), 5);
        for format in ["json", "jsonl", "sarif", "gitlab", "rdjson", "rdjsonl"] {
            let first = if format.ends_with('l') { text(format, &review).lines().next().unwrap().to_owned() } else { text(format, &review) };
            prop_assert!(serde_json::from_str::<Value>(&first).is_ok(), "{}", format);
        }
        let comment = text("markdown", &review);
        let row = comment.lines().filter(|line| line.starts_with("| ")).nth(1).unwrap();
        prop_assert_eq!(markdown::bars(row), 3, "{}", row);
    }
}
