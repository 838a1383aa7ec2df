//! `JUnit` and Checkstyle against their schemas.

use crate::fixture::{SIZES, review, text, with_problems};
use crate::xsd;
use premortem::review::Review;
use roxmltree::Document;

/// What a reader gets of a text that holds characters XML has no words for.
fn readable(text: &str) -> String {
    let unprintable = |char: char| {
        char.is_control()
            || matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut shown = String::new();
    for char in text.chars() {
        match char {
            '\u{fffe}' | '\u{ffff}' => shown.extend(char.escape_unicode()),
            _ if unprintable(char) => shown.extend(char.escape_default()),
            _ => shown.push(char),
        }
    }
    shown
}

fn reviews() -> impl Iterator<Item = (usize, Review)> {
    SIZES.into_iter().flat_map(|size| [(size, review(size)), (size + 2, with_problems(size))])
}

#[test]
fn junit() {
    for (size, review) in reviews() {
        let report = text("junit", &review);
        assert_eq!(xsd::errors(include_str!("../schemas/junit-10.xsd"), &report), [] as [&str; 0], "{size}");
        let document = Document::parse(&report).unwrap();
        let root = document.root_element();
        let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
        let number = |name: &str| root.attribute(name).unwrap().parse::<usize>().unwrap();
        let elements = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
        assert_eq!(number("tests"), cases.len());
        assert_eq!(number("failures"), elements("failure"));
        assert_eq!(number("errors"), elements("error"));
        assert_eq!(number("failures") + number("errors"), size);
        assert_eq!(cases.len(), size.max(1), "a report without a test counts as lost");
        for attribute in ["tests", "failures", "errors"] {
            let suites = root.children().filter(|node| node.has_tag_name("testsuite"));
            let sum: usize = suites.map(|suite| suite.attribute(attribute).unwrap().parse::<usize>().unwrap()).sum();
            assert_eq!(sum, number(attribute), "{attribute} of {size}");
        }
        let names: std::collections::BTreeSet<_> =
            cases.iter().map(|case| (case.attribute("classname"), case.attribute("name"))).collect();
        assert_eq!(names.len(), cases.len(), "tests have names of their own");
    }
}

#[test]
fn checkstyle() {
    for (size, review) in reviews() {
        let report = text("checkstyle", &review);
        assert_eq!(xsd::errors(include_str!("../schemas/checkstyle.xsd"), &report), [] as [&str; 0], "{size}");
        let document = Document::parse(&report).unwrap();
        let errors = document.descendants().filter(|node| node.has_tag_name("error"));
        let errors: Vec<_> = errors
            .filter(|error| {
                !["premortem.unknown-key", "premortem.duplicate-key"].contains(&error.attribute("source").unwrap())
            })
            .collect();
        assert_eq!(errors.len(), review.findings.len());
        for (error, finding) in errors.iter().zip(&review.findings) {
            assert_eq!(error.attribute("message").unwrap(), readable(&finding.message));
            assert_eq!(error.attribute("source").unwrap(), format!("premortem.{}", finding.rule));
            let file = review.sources.file_of(finding.primary()).path_in_repository();
            assert_eq!(error.parent().unwrap().attribute("name"), Some(file));
            let start = review.sources.positions(finding.primary()).0;
            assert_eq!(error.attribute("line"), Some(&*start.line.to_string()));
            assert_eq!(error.attribute("column"), Some(&*start.column.to_string()));
            assert!(["error", "warning", "info"].contains(&error.attribute("severity").unwrap()));
        }
    }
}
