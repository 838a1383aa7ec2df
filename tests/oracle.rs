//! Random designs, answered twice: by the failure model and by its executable specification.
//!
//! `tests/reference/ref_model.py` answers fresh designs where `python3` is at hand; the answers in
//! `tests/reference/answers.jsonl` are checked always. `PREMORTEM_ORACLE_DESIGNS` sets how many fresh designs there
//! are, `PREMORTEM_ORACLE_SEED` which.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "common/named.rs"]
mod named;
#[path = "common/whole.rs"]
mod whole;
mod random_design;

use named::{component, flow};
use premortem::analyse::cut_set::CutSetQuery;
use premortem::analyse::{Analysis, Assume, Demand, Event, Scenario};
use premortem::model::ComponentId;
use random_design::{Random, random_case};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn recorded_answers_hold() {
    let recorded = std::fs::read_to_string(reference().join("answers.jsonl")).unwrap();
    let mut checked = 0;
    for line in recorded.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        check(&case, &case["answers"]);
        checked += 1;
    }
    assert!(checked >= 150, "{checked} recorded designs");
}

#[test]
fn fresh_answers_hold() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let designs = number("PREMORTEM_ORACLE_DESIGNS", 2000);
    let seed = number("PREMORTEM_ORACLE_SEED", 1);
    let cases: Vec<Value> =
        (0..designs).map(|index| random_case(&mut Random::new(seed.wrapping_mul(1 << 32) + index))).collect();
    let mut questions = tempfile::tempfile().unwrap();
    for case in &cases {
        writeln!(questions, "{case}").unwrap();
    }
    std::io::Seek::rewind(&mut questions).unwrap();
    let python =
        Command::new("python3").arg(reference().join("answer.py")).stdin(questions).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = python else {
        println!("skipped: there is no python3 to run {}", reference().join("answer.py").display());
        return;
    };
    let answers = BufReader::new(python.stdout.take().unwrap());
    let mut record = std::env::var_os("PREMORTEM_ORACLE_RECORD").map(|path| std::fs::File::create(path).unwrap());
    let mut checked = 0;
    for (case, line) in cases.iter().zip(answers.lines()) {
        let answers: Value = serde_json::from_str(&line.unwrap()).unwrap();
        check(case, &answers);
        if let Some(record) = &mut record {
            writeln!(record, "{}", json!({"design": case["design"], "asks": case["asks"], "answers": answers}))
                .unwrap();
        }
        checked += 1;
    }
    assert!(python.wait().unwrap().success());
    assert_eq!(checked, designs);
}

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

fn check(case: &Value, answers: &Value) {
    let analysis = whole::analyse(&case["design"].to_string());
    for (ask, expected) in case["asks"].as_array().unwrap().iter().zip(answers.as_array().unwrap()) {
        let context = || format!("{ask}\nof {}\nexpected {expected}", case["design"]);
        check_one(&analysis, ask, expected, &context);
    }
}

fn check_one(analysis: &Analysis, ask: &Value, expected: &Value, context: &dyn Fn() -> String) {
    let failure = analysis.failure();
    let assume = if ask["may"] == true { Assume::May } else { Assume::Must };
    let (kind, asked) = ask.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "events" => {
            let events = texts(asked).map(|event| failure.event(event).unwrap_or_else(|_| panic!("{}", context())));
            let scenario = Scenario::new(events).lasting(ask["seconds"].as_f64().unwrap()).assuming(assume);
            let flow = ask["flow"].as_str().map(|name| flow(analysis, name));
            let impact = failure.impact(&scenario, flow);
            let states: String = impact.states.iter().map(|state| (*state as u8).to_string()).collect();
            assert_eq!(states, expected["states"].as_str().unwrap(), "{}", context());
            assert_eq!(names(analysis, &failure.recovery(&impact).stuck), list(&expected["stuck"]), "{}", context());
            if let Some(flow) = flow {
                let outcome = failure.verdict(&scenario, flow).outcome;
                assert_eq!(outcome.as_str(), expected["outcome"].as_str().unwrap(), "{}", context());
            }
            explained(analysis, &impact, context);
        }
        "black_start" => {
            assert_eq!(names(analysis, &failure.black_start(assume).stuck), list(expected), "{}", context());
        }
        "load" => {
            let down: Vec<ComponentId> = texts(asked).map(|name| component(analysis, name)).collect();
            let loads = if ask["amplified"] == true {
                failure.amplified_loads(&down, Demand::Now)
            } else {
                failure.loads(&down, Demand::Now)
            };
            close(&loads, expected, context);
        }
        "wait" => {
            let waits: Vec<f64> = analysis.design.component_ids().map(|id| failure.wait(id).seconds).collect();
            close(&waits, expected, context);
        }
        "horizon" => {
            let horizons: Vec<Option<f64>> =
                analysis.design.component_ids().map(|id| failure.horizon(id).map(|horizon| horizon.seconds)).collect();
            close_where_known(&horizons, expected, context);
        }
        "amplification" => {
            let computed = failure.amplification(component(analysis, asked.as_str().unwrap()));
            let times: Vec<Option<f64>> = computed.factors.iter().map(|factor| factor.times()).collect();
            if !expected.is_null() {
                close_where_known(&times, expected, context);
            }
        }
        "cuts" => {
            let order = usize::try_from(asked.as_u64().unwrap()).unwrap();
            let mut query = CutSetQuery { assume, ..CutSetQuery::new(failure, order) };
            query.events.retain(|event| !matches!(event, Event::Region(_)));
            let found = failure.cut_sets(flow(analysis, ask["flow"].as_str().unwrap()), &query);
            assert!(!found.truncated);
            let sorted = |mut set: Vec<String>| {
                set.sort();
                set
            };
            let mut computed: Vec<Vec<String>> = found
                .sets
                .iter()
                .map(|set| sorted(set.iter().map(|event| failure.event_name(*event).to_string()).collect()))
                .collect();
            computed.sort();
            let mut expected: Vec<Vec<String>> =
                expected.as_array().unwrap().iter().map(|set| sorted(list(set))).collect();
            expected.sort();
            assert_eq!(computed, expected, "{}", context());
        }
        "availability" => {
            let found = failure.availability(flow(analysis, asked.as_str().unwrap()));
            close(&[found.worst, found.independent.unwrap(), found.best], expected, context);
        }
        other => panic!("{other}"),
    }
}

/// Every state has an explanation that begins with an event (or with nothing at all: a design that does not hold by
/// itself) and ends with that state.
fn explained(analysis: &Analysis, impact: &premortem::analyse::failure::Impact, context: &dyn Fn() -> String) {
    let failure = analysis.failure();
    for id in analysis.design.component_ids() {
        let witness = failure.witness(impact, id);
        let Some(last) = witness.steps.last() else {
            assert_eq!(impact.state(id) as u8, 0, "{}", context());
            continue;
        };
        assert_eq!((last.component, last.state), (id, impact.state(id)), "{}", context());
        if let Some(event) = witness.event() {
            assert!(impact.scenario.events.contains(&event), "{}", context());
        }
        for step in &witness.steps {
            assert!(!step.place(&analysis.design).is_empty());
            assert!(!step.clause(failure).is_empty());
        }
    }
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

fn list(list: &Value) -> Vec<String> {
    texts(list).map(str::to_owned).collect()
}

fn names(analysis: &Analysis, components: &[ComponentId]) -> Vec<String> {
    components.iter().map(|id| analysis.design.component(*id).name.clone()).collect()
}

fn close(computed: &[f64], expected: &Value, context: &dyn Fn() -> String) {
    let expected: Vec<f64> = expected.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    let same = computed.len() == expected.len()
        && computed.iter().zip(&expected).all(|(one, other)| (one - other).abs() <= 1e-9 * other.abs().max(1.0));
    assert!(same, "{computed:?}\nfor {}", context());
}

fn close_where_known(computed: &[Option<f64>], expected: &Value, context: &dyn Fn() -> String) {
    let known: Vec<bool> = expected.as_array().unwrap().iter().map(Value::is_number).collect();
    assert_eq!(computed.iter().map(Option::is_some).collect::<Vec<_>>(), known, "{}", context());
    let computed: Vec<f64> = computed.iter().flatten().copied().collect();
    let expected: Value = expected.as_array().unwrap().iter().filter(|value| value.is_number()).cloned().collect();
    close(&computed, &expected, context);
}
