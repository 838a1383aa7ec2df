//! What the answers of `fail` promise, on random designs: the table of all events is each event by itself, suspects bring
//! their symptoms about, and writing down what an answer hangs on changes the answer as it says.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "common/whole.rs"]
mod whole;
mod random_design;

use premortem::analyse::failure::{Outcome, State};
use premortem::analyse::suspect::{Seen, Symptom};
use premortem::analyse::unknown::Unknown;
use premortem::analyse::{Analysis, Assume, Event, Scenario};
use premortem::model::{ComponentId, DependencyId};
use random_design::{Random, Taste, random_design};
use serde_json::{Value, json};
use whole::analyse;

fn for_designs(seed: u64, number: u64, mut check: impl FnMut(&mut Random, &Value, &Analysis)) {
    for index in 0..number {
        let mut random = Random::new((seed << 32) + index);
        let taste = Taste { load: random.chance(50), fallbacks: true };
        let design = random_design(&mut random, taste);
        check(&mut random, &design, &analyse(&design.to_string()));
    }
}

fn asked(random: &mut Random) -> Scenario {
    let assume = if random.chance(50) { Assume::May } else { Assume::Must };
    Scenario::new([]).assuming(assume).lasting(*random.pick(&[60.0, 3600.0, 86_400.0]))
}

#[test]
fn the_table_of_all_events_is_each_event_by_itself() {
    for_designs(11, 800, |random, design, analysis| {
        let failure = analysis.failure();
        let asked = asked(random);
        let events = failure.events();
        let damages = failure.damages(&events, &asked);
        assert_eq!(damages.len(), events.len());
        for damage in &damages {
            let scenario = Scenario { events: vec![damage.event], ..asked.clone() };
            let impact = failure.impact(&scenario, None);
            let in_state = |is: &dyn Fn(State) -> bool| impact.states.iter().filter(|state| is(**state)).count();
            assert_eq!(damage.down, in_state(&State::fails), "{scenario:?}\n{design}");
            assert_eq!(damage.weakened, in_state(&|state| state == State::Degraded), "{scenario:?}\n{design}");
            assert_eq!(damage.stuck, failure.recovery(&impact).stuck, "{scenario:?}\n{design}");
            let verdicts = failure.verdicts(&scenario);
            let fared = |outcome: Outcome| {
                verdicts
                    .iter()
                    .filter(|verdict| verdict.outcome == outcome)
                    .map(|verdict| verdict.flow)
                    .collect::<Vec<_>>()
            };
            assert_eq!(damage.failed, fared(Outcome::Failed), "{scenario:?}\n{design}");
            assert_eq!(damage.degraded, fared(Outcome::Degraded), "{scenario:?}\n{design}");
        }
    });
}

#[test]
fn suspects_are_the_events_that_bring_the_symptom_about() {
    let mut pairs = 0;
    for_designs(12, 1000, |random, design, analysis| {
        let failure = analysis.failure();
        let asked = Scenario::new([]);
        let symptom = Symptom {
            component: ComponentId(random.below(analysis.design.components.len())),
            seen: *random.pick(&[Seen::Down, Seen::Down, Seen::Hung, Seen::Degraded]),
        };
        let shows = |events: &[Event]| {
            let state = failure.impact(&Scenario::new(events.to_vec()), None).state(symptom.component);
            match symptom.seen {
                Seen::Down => state.fails(),
                Seen::Hung => state == State::Hung,
                Seen::Degraded => state == State::Degraded,
            }
        };
        let found = failure.suspects(&[symptom], &asked);
        if shows(&[]) {
            assert_eq!(found.anyway, [0], "{design}");
            return;
        }
        let mut events: Vec<Event> = found.single.iter().map(|suspect| suspect.events[0]).collect();
        events.sort_unstable();
        let mut expected: Vec<Event> = failure.events().into_iter().filter(|event| shows(&[*event])).collect();
        expected.sort_unstable();
        assert_eq!(events, expected, "{symptom:?}\n{design}");
        assert!(found.single.is_sorted_by_key(|suspect| std::cmp::Reverse(suspect.depth())));
        for pair in &found.pairs {
            assert!(shows(&pair.events), "{pair:?}\n{design}");
            assert!(pair.events.iter().all(|event| !shows(&[*event])), "{pair:?}\n{design}");
            pairs += 1;
        }
        // Nothing is missed but what hangs and single copies add.
        if symptom.seen == Seen::Down && !found.truncated {
            let basic: Vec<Event> = failure
                .events()
                .into_iter()
                .filter(|event| !matches!(event, Event::Hang(_) | Event::Instance(_)) && !shows(&[*event]))
                .collect();
            for (at, first) in basic.iter().enumerate() {
                for second in &basic[at + 1..] {
                    let events = [*first, *second];
                    let told = found.pairs.iter().any(|pair| pair.events == events);
                    assert_eq!(told, shows(&events), "{events:?} {symptom:?}\n{design}");
                }
            }
        }
    });
    assert!(pairs > 50, "{pairs}");
}

/// What an answer says to write changes the verdict as the answer says, all else at its worst.
#[test]
fn writing_down_what_an_answer_hangs_on_settles_it() {
    let (mut alone, mut together) = (0, 0);
    for_designs(13, 2500, |random, design, analysis| {
        let failure = analysis.failure();
        let events = failure.events();
        if events.is_empty() {
            return;
        }
        let events: Vec<Event> = (0..=random.below(2)).map(|_| *random.pick(&events)).collect();
        let scenario = Scenario { events, ..asked(random) }.assuming(Assume::May);
        let found = failure.hinges(&scenario);
        for unclear in &found.unclear {
            let on = found.hinges.iter().any(|hinge| hinge.flows.iter().any(|(flow, _)| *flow == unclear.flow));
            assert!(on || found.truncated, "{scenario:?} {unclear:?}\n{design}");
        }
        for hinge in &found.hinges {
            let with = |unknowns: &[Unknown]| {
                let mut written = design.clone();
                for unknown in unknowns {
                    write(&mut written, analysis, *unknown, &scenario);
                }
                analyse(&written.to_string())
            };
            let settled = with(&hinge.unknowns);
            let fares = |other: &Analysis, flow: &str| {
                let names = scenario.events.iter().map(|event| failure.event_name(*event).to_string());
                // A zone that nothing is said to be in any more cannot fail.
                let events = names.filter_map(|name| other.failure().event(&name).ok());
                let scenario = Scenario { events: events.collect(), ..scenario.clone() };
                other.failure().verdict(&scenario, other.design.find_flow(flow).unwrap()).outcome
            };
            for (flow, outcome) in &hinge.flows {
                let name = &analysis.design.flow(*flow).name;
                let worst = failure.verdict(&scenario, *flow).outcome;
                assert!(*outcome < worst);
                let now = fares(&settled, name);
                assert!(now <= *outcome, "{:?} {scenario:?}: {now} is not {outcome}\n{design}", hinge.unknowns);
                if let [_] = hinge.unknowns[..] {
                    alone += 1;
                    continue;
                }
                together += 1;
            }
        }
    });
    assert!(alone > 300 && together > 10, "{alone} alone, {together} together");
}

/// As a reader would follow the advice.
fn write(design: &mut Value, analysis: &Analysis, unknown: Unknown, scenario: &Scenario) {
    let answer = unknown.answer(analysis.failure(), scenario);
    let value: Value = serde_json::to_value(serde_yaml::from_str::<serde_yaml::Value>(&answer.value).unwrap()).unwrap();
    match unknown {
        Unknown::Timeout(id) | Unknown::StaleFor(id) | Unknown::Buffer(id) => {
            dependency(design, analysis, id).insert(answer.key.to_owned(), value);
        }
        Unknown::Replicas(id)
        | Unknown::Zones(id)
        | Unknown::Failover(id)
        | Unknown::Capacity(id)
        | Unknown::Retention(id) => {
            let name = &analysis.design.component(id).name;
            assert_eq!(*name, answer.at);
            design["components"][name].as_object_mut().unwrap().insert(answer.key.to_owned(), value);
        }
    }
}

/// The map of a dependency, spelled out where it is written in short.
fn dependency<'a>(
    design: &'a mut Value,
    analysis: &Analysis,
    id: DependencyId,
) -> &'a mut serde_json::Map<String, Value> {
    let dependency = analysis.design.dependency(id);
    let (source, target) =
        (&analysis.design.component(dependency.source).name, &analysis.design.component(dependency.target).name);
    let component = &mut design["components"][source];
    let at = if dependency.group.is_some() {
        let group = &mut component["one_of"]["g"];
        if group.is_array() {
            *group = json!({"of": group.clone()});
        }
        if let Some(names) = group["of"].as_array().cloned() {
            group["of"] = names
                .iter()
                .map(|name| (name.as_str().unwrap().to_owned(), json!({})))
                .collect::<serde_json::Map<_, _>>()
                .into();
        }
        &mut group["of"][target]
    } else {
        &mut component["uses"][target]
    };
    let long = match at.as_str() {
        Some("soft") => json!({"need": "soft"}),
        Some("async") => json!({"mode": "async"}),
        _ if at.is_null() => json!({}),
        _ => at.take(),
    };
    *at = long;
    at.as_object_mut().unwrap()
}
