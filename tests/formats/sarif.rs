//! SARIF against its schema and the limits of GitHub's code scanning.

use crate::errors;
use crate::fixture::{SIZES, marked, review, source, text, with_problems};
use premortem::finding::Severity;
use premortem::review::Review;
use premortem::rules::page::Page;
use serde_json::Value;

/// The schema as published, but for one stray bracket, which no strict reader of patterns takes.
fn schema() -> String {
    let published = include_str!("../schemas/sarif-2.1.0.json");
    let mended = published.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    assert_ne!(published, mended);
    mended
}

fn sarif(review: &Review) -> Value {
    serde_json::from_str(&text("sarif", review)).unwrap()
}

fn percent_decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap()).to_digit(16).unwrap();
        bytes.push(if byte == b'%' { u8::try_from(digit() * 16 + digit()).unwrap() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

/// What a location covers, read as a SARIF viewer would.
fn covered<'a>(review: &'a Review, location: &Value) -> &'a str {
    let physical = &location["physicalLocation"];
    let artifact = &physical["artifactLocation"];
    assert_eq!(artifact["uriBaseId"], "%SRCROOT%");
    let uri = artifact["uri"].as_str().unwrap();
    assert!(uri.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{uri}");
    assert!(!uri.starts_with('/'), "{uri}");
    let region = |key: &str| usize::try_from(physical["region"][key].as_u64().unwrap()).unwrap();
    assert_eq!(region("startLine"), region("endLine"));
    let line = source(review, &percent_decoded(uri)).split('\n').nth(region("startLine") - 1).unwrap();
    let at = |column: usize| line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(column - 1).unwrap();
    &line[at(region("startColumn"))..at(region("endColumn"))]
}

#[test]
fn fits_its_schema() {
    for size in SIZES {
        for review in [review(size), with_problems(size)] {
            let found = errors(&schema(), &sarif(&review));
            assert_eq!(found, [] as [&str; 0], "{size}");
        }
    }
    let wrong = serde_json::json!({ "version": "2.1.0", "runs": [{}] });
    assert!(!errors(&schema(), &wrong).is_empty());
}

#[test]
fn stays_within_the_limits_of_code_scanning() {
    let review = with_problems(6000);
    let log = sarif(&review);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 5000);
    let rank =
        |result: &Value| ["error", "warning", "note"].iter().position(|level| result["level"] == *level).unwrap();
    assert!(results.is_sorted_by_key(rank), "the worst come first");
    let of = |level: &str| results.iter().filter(|result| result["level"] == level).count();
    assert_eq!((of("error"), of("warning")), (review.count(Severity::Error), review.count(Severity::Warning)));
    let notifications = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    let last = notifications.last().unwrap()["message"]["text"].as_str().unwrap();
    assert!(last.starts_with("1000 more findings"), "{last}");
    for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap() {
        for text in ["shortDescription", "fullDescription"] {
            let length = rule[text]["text"].as_str().unwrap().chars().count();
            assert!((1..=1024).contains(&length), "{rule}");
        }
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 10);
    }
    assert!(!log.to_string().contains("security-severity"), "results are no security alerts");
    let mut review = crate::fixture::review(1);
    let label = review.findings[0].labels[0].clone();
    review.findings[0].labels = vec![label; 3000];
    let result = &sarif(&review)["runs"][0]["results"][0];
    assert_eq!(result["relatedLocations"].as_array().unwrap().len(), 100);
}

#[test]
fn locations_lead_to_what_is_marked() {
    let mut review = review(55);
    // Results are in another order than findings.
    review.findings.sort_by_key(|finding| finding.severity);
    let log = sarif(&review);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 55);
    let mut flows = 0;
    for (result, finding) in results.iter().zip(&review.findings) {
        assert_eq!(result["ruleId"], finding.rule);
        assert_eq!(result["partialFingerprints"]["premortem/v1"], finding.fingerprint());
        let expected: Vec<&str> = finding.labels.iter().map(|label| marked(&review, label.span)).collect();
        let related = result["relatedLocations"].as_array().map_or(&[][..], Vec::as_slice);
        let locations = result["locations"].as_array().unwrap().iter().chain(related);
        assert_eq!(locations.map(|location| covered(&review, location)).collect::<Vec<_>>(), expected);
        if finding.path.len() > 1 {
            let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
            assert_eq!(steps.iter().map(|step| covered(&review, &step["location"])).collect::<Vec<_>>(), expected);
            flows += 1;
        } else {
            assert_eq!(result["codeFlows"], Value::Null);
        }
        for (number, location) in related.iter().enumerate() {
            assert_eq!(location["id"], number + 1);
            let link = format!("]({})", number + 1);
            assert!(result["message"]["text"].as_str().unwrap().contains(&link), "{result}");
        }
    }
    assert!(flows > 20);
}

#[test]
fn links_are_those_we_made() {
    let review = review(crate::fixture::NAMES.len() * 3);
    for result in sarif(&review)["runs"][0]["results"].as_array().unwrap() {
        let text = result["message"]["text"].as_str().unwrap();
        let related = result["relatedLocations"].as_array().map_or(0, Vec::len);
        let unescaped = text.replace("\\\\", "").replace("\\[", "").replace("\\]", "");
        assert_eq!(unescaped.matches("](").count(), related, "{text}");
    }
}

#[test]
fn a_rule_is_explained_as_explain_does() {
    let review = review(11);
    let log = sarif(&review);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 11);
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let known = review.packs.find(rule["id"].as_str().unwrap()).unwrap();
        assert_eq!(rule["help"]["text"], Page::new(known, &review.packs).to_string());
        assert!(!rule["help"]["markdown"].as_str().unwrap().is_empty());
    }
}

#[test]
fn problems_are_said_and_what_is_accepted_is_not() {
    let review = with_problems(2);
    let log = sarif(&review);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let levels: Vec<_> =
        invocation["toolExecutionNotifications"].as_array().unwrap().iter().map(|said| said["level"].clone()).collect();
    assert_eq!(levels, ["error", "warning"]);
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 2);
    assert_eq!(sarif(&crate::fixture::review(0))["runs"][0]["invocations"][0]["executionSuccessful"], true);
}
