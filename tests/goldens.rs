//! Worked examples of the failure model: `tests/golden/*.yaml`, each a design and what must follow from it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "common/named.rs"]
mod named;

use named::{component, flow};
use premortem::analyse::cut_set::CutSetQuery;
use premortem::analyse::failure::State;
use premortem::analyse::{Analysis, Assume, Demand, Event, Scenario};
use premortem::model::ComponentId;
use premortem::read::vocabulary::Duration;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn golden_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_golden_holds() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = golden_files(&here);
    assert_eq!(files.len(), 28, "the examples are in {}", here.display());
    let mut checked = 0;
    for file in files {
        checked += check(&file);
    }
    assert_eq!(checked, 63);
}

/// The reference the examples were copied from, where it is at hand.
#[test]
fn the_copies_are_up_to_date() {
    let shared = std::env::var("PREMORTEM_SHARED").map_or_else(|_| Path::new("../shared").to_owned(), PathBuf::from);
    let files = golden_files(&shared.join("golden"));
    if files.is_empty() {
        println!("skipped: {} holds no golden examples", shared.display());
    }
    for file in files {
        let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file.file_name().unwrap());
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), std::fs::read_to_string(&file).unwrap(), "{copy:?}");
    }
}

/// Returns the number of expectations.
fn check(file: &Path) -> usize {
    let text = std::fs::read_to_string(file).unwrap();
    let (document, analysis) = common::analyse_at(&text, |document| document.get("design").unwrap());
    let expectations = document["expect"].as_array().unwrap();
    for expectation in expectations {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        expect(&analysis, expectation, &format!("{name}: {expectation}"));
    }
    expectations.len()
}

fn expect(analysis: &Analysis, expectation: &Value, context: &str) {
    let Value::Object(keys) = expectation else { panic!("{context}") };
    match keys.keys().next().unwrap().as_str() {
        "fail" => fail(analysis, expectation, context),
        "load" => load(analysis, &expectation["load"], context),
        "horizon" => {
            let queue = component(analysis, expectation["horizon"]["queue"].as_str().unwrap());
            let horizon = analysis.failure().horizon(queue).unwrap();
            close(horizon.seconds, expectation["horizon"]["seconds"].as_f64().unwrap(), context);
        }
        "cuts" => cuts(analysis, expectation, context),
        "after" => {
            let failure = analysis.failure();
            let events = texts(&expectation["after"]).map(|event| failure.event(event).unwrap());
            let flow = flow(analysis, expectation["flow"].as_str().unwrap());
            let impact = failure.impact(&Scenario::new(events), Some(flow));
            let recovery = failure.recovery(&impact);
            for id in &recovery.stuck {
                assert!(!recovery.sustained_by(failure, *id).steps.is_empty(), "{context}");
            }
            assert_eq!(names(analysis, &recovery.stuck), sorted(&expectation["stuck"]), "{context}");
        }
        "black_start" => {
            let stuck = analysis.failure().black_start(Assume::Must).stuck;
            assert_eq!(names(analysis, &stuck), sorted(&expectation["black_start"]), "{context}");
        }
        "amplification" => {
            let expected = expectation["amplification"].as_object().unwrap();
            let amplification =
                analysis.failure().amplification(component(analysis, expected["entry"].as_str().unwrap()));
            for (name, times) in expected.iter().filter(|(name, _)| *name != "entry") {
                let factor = amplification.of(component(analysis, name)).times().unwrap();
                close(factor, times.as_f64().unwrap(), context);
            }
        }
        "availability" => {
            let expected = &expectation["availability"];
            let flow = flow(analysis, expected["flow"].as_str().unwrap());
            let availability = analysis.failure().availability(flow);
            close(availability.worst, expected["worst"].as_f64().unwrap(), context);
            close(availability.independent.unwrap(), expected["independent"].as_f64().unwrap(), context);
            close(availability.best, expected["best"].as_f64().unwrap(), context);
        }
        "wait" => {
            let id = component(analysis, expectation["wait"]["component"].as_str().unwrap());
            close(analysis.failure().wait(id).seconds, expectation["wait"]["seconds"].as_f64().unwrap(), context);
        }
        other => panic!("{context}: unknown expectation {other}"),
    }
}

fn fail(analysis: &Analysis, expectation: &Value, context: &str) {
    let failure = analysis.failure();
    let events = texts(&expectation["fail"]).map(|event| failure.event(event).unwrap());
    let seconds = expectation.get("for").map_or(3600.0, |text| Duration::parse(text.as_str().unwrap()).unwrap().0);
    let assume =
        if expectation.get("assume").is_some_and(|assume| assume == "may") { Assume::May } else { Assume::Must };
    let scenario = Scenario::new(events).lasting(seconds).assuming(assume);
    let flow = flow(analysis, expectation["flow"].as_str().unwrap());
    let impact = failure.impact(&scenario, Some(flow));
    for id in analysis.design.component_ids() {
        let name = &analysis.design.component(id).name;
        let expected = expectation["state"].get(name).map_or("up", |state| state.as_str().unwrap());
        assert_eq!(impact.state(id).as_str(), expected, "{name} in {context}");
        let witness = failure.witness(&impact, id);
        assert_eq!(witness.steps.last().map_or(State::Up, |step| step.state), impact.state(id), "{context}");
    }
    let verdict = failure.verdict(&scenario, flow);
    assert_eq!(verdict.outcome.as_str(), expectation["outcome"].as_str().unwrap(), "{context}");
}

fn cuts(analysis: &Analysis, expectation: &Value, context: &str) {
    let failure = analysis.failure();
    let order = usize::try_from(expectation["cuts"].as_u64().unwrap()).unwrap();
    let found =
        failure.cut_sets(flow(analysis, expectation["flow"].as_str().unwrap()), &CutSetQuery::new(failure, order));
    assert!(!found.truncated, "{context}");
    let name = |event: &Event| {
        let name = failure.event_name(*event).to_string();
        name.strip_prefix("stop:").map_or(name.clone(), str::to_owned)
    };
    let mut computed: Vec<Vec<String>> = found.sets.iter().map(|set| set.iter().map(name).collect()).collect();
    for set in &mut computed {
        set.sort();
    }
    computed.sort();
    let mut expected: Vec<Vec<String>> = expectation["are"].as_array().unwrap().iter().map(sorted).collect();
    expected.sort();
    assert_eq!(computed, expected, "{context}");
}

fn names(analysis: &Analysis, components: &[ComponentId]) -> Vec<String> {
    let mut names: Vec<String> = components.iter().map(|id| analysis.design.component(*id).name.clone()).collect();
    names.sort();
    names
}

fn sorted(list: &Value) -> Vec<String> {
    let mut texts: Vec<String> = texts(list).map(str::to_owned).collect();
    texts.sort();
    texts
}

fn load(analysis: &Analysis, expected: &Value, context: &str) {
    let failure = analysis.failure();
    let down: Vec<_> = expected
        .get("down")
        .map(|down| texts(down).map(|name| component(analysis, name)).collect())
        .unwrap_or_default();
    let loads = if expected.get("amplified") == Some(&Value::Bool(true)) {
        failure.amplified_loads(&down, Demand::Now)
    } else {
        failure.loads(&down, Demand::Now)
    };
    let id = component(analysis, expected["component"].as_str().unwrap());
    close(loads[id.0], expected["rps"].as_f64().unwrap(), context);
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

#[track_caller]
fn close(computed: f64, expected: f64, context: &str) {
    assert!((computed - expected).abs() < 1e-9 * expected.abs().max(1.0), "{computed} in {context}");
}
