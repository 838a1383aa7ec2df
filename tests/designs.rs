//! Whole designs give the findings a reviewer would give, and no more.

use premortem::analyse::Analysis;
use premortem::discover::{InMemory, Project};
use premortem::finding::Severity;
use premortem::read::vocabulary::Date;
use premortem::rules::{Judged, Packs, Profile, Settings, check};
use premortem::sources::Sources;
use std::path::Path;

fn judge(text: &str, profile: Profile) -> Judged {
    let name = "design.arch.yaml";
    let files = InMemory([(name.into(), text.as_bytes().to_vec())].into());
    let (mut sources, mut problems) = (Sources::default(), Vec::new());
    let project = Project::named(name);
    let opened =
        premortem::review::open(&project, &files, &premortem::parse::Limits::default(), &mut sources, &mut problems);
    assert_eq!(problems, [], "{text}");
    let analysis: Analysis = opened.analysis.expect("a design");
    let mut settings = Settings::new(Date::parse("2026-06-01").expect("a date"));
    settings.profile = Some(profile);
    let judged = check(&analysis, &Packs::shipped(), &settings, &sources, &[]);
    assert_eq!(judged.problems, []);
    judged
}

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a design of the tests")
}

/// `severity rule subject`, in order.
fn found(judged: &Judged, least: Severity) -> Vec<String> {
    let worth = judged.findings.iter().filter(|finding| finding.severity <= least);
    let mut found: Vec<String> =
        worth.map(|finding| format!("{:?} {} {}", finding.severity, finding.rule, finding.subject.id())).collect();
    found.sort();
    found
}

#[test]
fn the_corner_shop() {
    let judged = judge(&file("tests/designs/corner-shop.arch.yaml"), Profile::Production);
    assert_eq!(
        found(&judged, Severity::Advice),
        [
            "Advice availability-target-unattainable checkout",
            "Advice failover-overloads-survivor api",
            "Advice queue-masks-shared-bottleneck mails",
            "Warning critical-flow-hinges-on-external stripe",
            "Warning failover-loses-acknowledged-writes postgres",
            "Warning pool-exceeds-connections postgres",
            "Warning timeout-inversion lb->api",
        ]
    );
}

#[test]
fn a_sketch_of_fifteen_lines_is_not_drowned() {
    let design = file("tests/designs/minimal.arch.yaml");
    let sketch = judge(&design, Profile::Sketch);
    assert_eq!(found(&sketch, Severity::Advice), ["Advice critical-flow-without-target sign-up"]);
    let production = judge(&design, Profile::Production);
    let rules: std::collections::BTreeSet<&str> =
        production.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert!(rules.len() <= 8, "{rules:?}");
    assert!(production.findings.iter().all(|finding| finding.severity > Severity::Error));
}

/// One root cause is one finding.
#[test]
fn worked_examples_give_one_warning_each() {
    for (golden, rule) in
        [("E2", "soft-call-can-hang-caller"), ("E7", "stays-down-after-repair"), ("E15", "stays-down-after-repair")]
    {
        let text = file(&format!("tests/golden/{golden}.yaml"));
        let design = text.split_once("design:\n").expect("a design").1;
        let design = design.split_once("expect:").expect("expectations").0;
        let lines: Vec<&str> = design.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
        let design = lines.join("\n");
        let judged = judge(&design, Profile::Sketch);
        let rules: Vec<&str> = judged
            .findings
            .iter()
            .filter(|finding| finding.severity <= Severity::Warning)
            .map(|finding| finding.rule.as_str())
            .collect();
        assert_eq!(rules, [rule], "{golden}");
    }
}
