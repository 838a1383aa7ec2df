//! What must hold for every design, whatever is in it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "common/whole.rs"]
mod whole;
mod random_design;

use premortem::analyse::failure::{Cause, Outcome, State};
use premortem::analyse::relation::{Fact, Value as Cell};
use premortem::analyse::relations;
use premortem::analyse::{Analysis, Assume, Event, Scenario};
use premortem::model::{ComponentId, FlowId};
use premortem::read::vocabulary::Need;
use random_design::{Random, Taste, random_design};
use serde_json::{Map, Value};
use whole::analyse;

const ALL: Taste = Taste { load: true, fallbacks: true };

/// So many random designs, each with its own source of chance.
fn for_designs(seed: u64, taste: Taste, mut check: impl FnMut(&mut Random, &Value, &Analysis)) {
    for index in 0..1500 {
        let mut random = Random::new((seed << 32) + index);
        let design = random_design(&mut random, taste);
        check(&mut random, &design, &analyse(&design.to_string()));
    }
}

fn some_events(random: &mut Random, analysis: &Analysis, most: usize) -> Vec<Event> {
    let events = analysis.failure().events();
    if events.is_empty() { Vec::new() } else { (0..=random.below(most)).map(|_| *random.pick(&events)).collect() }
}

fn some_flow(random: &mut Random, analysis: &Analysis) -> Option<FlowId> {
    random.chance(80).then(|| FlowId(random.below(analysis.design.flows.len())))
}

fn some_assumption(random: &mut Random) -> Assume {
    if random.chance(50) { Assume::May } else { Assume::Must }
}

#[track_caller]
fn no_worse(better: &[State], worse: &[State], design: &Value) {
    assert!(better.iter().zip(worse).all(|(better, worse)| better <= worse), "{better:?} {worse:?}\n{design}");
}

#[test]
fn more_failures_and_longer_ones_never_help() {
    for_designs(1, ALL, |random, design, analysis| {
        let failure = analysis.failure();
        let (flow, assume) = (some_flow(random, analysis), some_assumption(random));
        let few = some_events(random, analysis, 2);
        let mut many = few.clone();
        many.extend(some_events(random, analysis, 2));
        let small = failure.impact(&Scenario::new(few.clone()).assuming(assume), flow);
        let large = failure.impact(&Scenario::new(many).assuming(assume), flow);
        no_worse(&small.states, &large.states, design);
        let (small_left, large_left) = (failure.recovery(&small), failure.recovery(&large));
        assert!(small_left.stuck.iter().all(|id| large_left.stuck.contains(id)), "{design}");
        assert!(small_left.stuck.iter().all(|id| small.state(*id).fails()), "{design}");
        let short = failure.impact(&Scenario::new(few).assuming(assume).lasting(60.0), flow);
        no_worse(&short.states, &small.states, design);
        if let Some(flow) = flow {
            assert!(failure.verdict(&small.scenario, flow).outcome <= failure.verdict(&large.scenario, flow).outcome);
            assert!(failure.verdict(&short.scenario, flow).outcome <= failure.verdict(&small.scenario, flow).outcome);
        }
    });
}

#[test]
fn what_must_happen_may_happen() {
    for_designs(2, ALL, |random, design, analysis| {
        let failure = analysis.failure();
        let flow = some_flow(random, analysis);
        let events = some_events(random, analysis, 3);
        let must = failure.impact(&Scenario::new(events.clone()), flow);
        let may = failure.impact(&Scenario::new(events).assuming(Assume::May), flow);
        no_worse(&must.states, &may.states, design);
        for flow in analysis.design.flow_ids() {
            assert!(failure.verdict(&must.scenario, flow).outcome <= failure.verdict(&may.scenario, flow).outcome);
        }
    });
}

/// The order in which things are written decides nothing but the order of answers.
#[test]
fn the_order_of_the_file_changes_nothing() {
    // Load that goes to a fallback is passed on only if the fallback comes later in the order of loads.
    let taste = Taste { load: true, fallbacks: false };
    for_designs(3, taste, |random, design, analysis| {
        let shuffled = shuffle(random, design);
        let other = analyse(&shuffled.to_string());
        let assume = some_assumption(random);
        let events = some_events(random, analysis, 2);
        let names: Vec<String> = events.iter().map(|event| analysis.failure().event_name(*event).to_string()).collect();
        let same = names.iter().map(|name| other.failure().event(name).unwrap());
        for flow in analysis.design.flow_ids() {
            let here = Scenario::new(events.clone()).assuming(assume);
            let there = Scenario::new(same.clone()).assuming(assume);
            let in_other = other.design.find_flow(&analysis.design.flow(flow).name).unwrap();
            let (one, two) =
                (analysis.failure().impact(&here, Some(flow)), other.failure().impact(&there, Some(in_other)));
            for id in analysis.design.component_ids() {
                let twin = other.design.find_component(&analysis.design.component(id).name).unwrap();
                assert_eq!(one.state(id), two.state(twin), "{names:?}\n{design}\n{shuffled}");
            }
            let verdict = analysis.failure().verdict(&here, flow).outcome;
            assert_eq!(verdict, other.failure().verdict(&there, in_other).outcome, "{design}\n{shuffled}");
        }
    });
}

/// Components and dependencies in another order; the order of alternatives and steps says something and stays.
fn shuffle(random: &mut Random, design: &Value) -> Value {
    let mut design = design.clone();
    let components = design["components"].as_object_mut().unwrap();
    for component in components.values_mut() {
        if let Some(uses) = component.get_mut("uses").and_then(Value::as_object_mut) {
            shuffle_keys(random, uses);
        }
    }
    shuffle_keys(random, components);
    shuffle_keys(random, design["flows"].as_object_mut().unwrap());
    design
}

fn shuffle_keys(random: &mut Random, map: &mut Map<String, Value>) {
    let mut entries: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
    random.shuffle(&mut entries);
    map.extend(entries);
}

#[test]
fn all_stops_at_once_are_each_stop_by_itself() {
    let taste = Taste { load: false, fallbacks: true };
    for_designs(4, taste, |random, design, analysis| {
        let failure = analysis.failure();
        let (flow, assume) = (some_flow(random, analysis), some_assumption(random));
        let asked = Scenario::new([]).assuming(assume).lasting(*random.pick(&[60.0, 3600.0, 86_400.0]));
        let radii = failure.blast_radii(flow, &asked).expect("no load moves");
        for stopped in analysis.design.component_ids() {
            let scenario = Scenario { events: vec![Event::Stop(stopped)], ..asked.clone() };
            let failing: Vec<ComponentId> = failure.impact(&scenario, flow).failing().collect();
            assert_eq!(radii.radius(stopped).collect::<Vec<_>>(), failing, "{scenario:?} {flow:?}\n{design}");
        }
    });
}

/// Whatever is read off instead of computed is what would be computed.
#[test]
fn all_radii_are_each_event_by_itself() {
    for_designs(7, ALL, |random, design, analysis| {
        let failure = analysis.failure();
        let (flow, assume) = (some_flow(random, analysis), some_assumption(random));
        failure.each_radius(&failure.events(), flow, assume, |event, radius| {
            let failing = failure.impact(&Scenario::from(event).assuming(assume), flow);
            let failing: Vec<usize> = failing.failing().map(|id| id.0).collect();
            assert_eq!(radius.ones().collect::<Vec<_>>(), failing, "{event:?} {flow:?} {assume:?}\n{design}");
        });
    });
}

/// The tables of losses answer for all events at once; what they say is what each event by itself does.
#[test]
fn tables_of_losses_agree_with_the_fixpoint() {
    for_designs(8, ALL, |_, design, analysis| {
        let failure = analysis.failure();
        let rows = |relation: &str| (relations::find(relation).unwrap().rows)(analysis);
        let fails =
            |event: Event, flow: FlowId| failure.verdict(&Scenario::from(event), flow).outcome == Outcome::Failed;
        for row in rows("instance_loss") {
            let [component, flows, _, path, _] = row.cells.as_slice() else { panic!("{design}") };
            let (Cell::Component(component), Cell::List(flows)) = (&component.value, &flows.value) else { panic!() };
            let said: Vec<FlowId> =
                flows.iter().map(|fact| if let Cell::Flow(id) = fact.value { id } else { panic!() }).collect();
            let may_be_down = |flow: &FlowId| {
                analysis.design.flow(*flow).facts.slo.value().is_some_and(|objective| objective.0 <= 0.99)
            };
            let needing = analysis.graph.critical_flows_of(*component).filter(|flow| !may_be_down(flow));
            let fails_without: Vec<FlowId> = needing.filter(|flow| fails(Event::Stop(*component), *flow)).collect();
            assert_eq!(said, fails_without, "{component:?}\n{design}");
            let Cell::List(path) = &path.value else { panic!() };
            let Some(Cell::Component(end)) = path.last().map(|fact| &fact.value) else { panic!("{design}") };
            assert!(analysis.graph.legs(said[0]).iter().any(|leg| leg.component == *end), "{end:?}\n{design}");
        }
        for row in rows("external_loss") {
            let [component, flows, ..] = row.cells.as_slice() else { panic!("{design}") };
            let (Cell::Component(component), Cell::List(flows)) = (&component.value, &flows.value) else { panic!() };
            let said = |flow: &FlowId| flows.iter().any(|said| matches!(said.value, Cell::Flow(said) if said == *flow));
            for flow in analysis.design.flow_ids().filter(|flow| analysis.design.flow(*flow).critical) {
                assert_eq!(said(&flow), fails(Event::Stop(*component), flow), "{component:?} {flow:?}\n{design}");
            }
        }
        let zones: Vec<Event> = failure.events().into_iter().filter(|event| matches!(event, Event::Zone(_))).collect();
        for row in rows("zone_loss") {
            let [flow, said, ..] = row.cells.as_slice() else { panic!("{design}") };
            let (Cell::Flow(flow), Cell::List(said)) = (&flow.value, &said.value) else { panic!() };
            let said: Vec<&str> =
                said.iter().map(|zone| if let Cell::Text(zone) = &zone.value { &**zone } else { panic!() }).collect();
            let stopping = zones.iter().filter(|zone| fails(**zone, *flow));
            assert_eq!(said, stopping.map(|zone| failure.event_name(*zone).name).collect::<Vec<_>>(), "{design}");
        }
    });
}

/// Which hangs need not be computed is told beforehand; the table is what computing each of them gives.
#[test]
fn the_table_of_soft_hangs_is_each_hang_by_itself() {
    let mut said = 0;
    for_designs(9, ALL, |_, design, analysis| {
        let failure = analysis.failure();
        let mut computed = Vec::new();
        for id in analysis.design.dependency_ids() {
            let call = analysis.design.dependency(id);
            if !call.is_call() || (call.need == Need::Hard && call.facts.fallback.value().is_none()) {
                continue;
            }
            let scenario = Scenario::from(Event::Hang(call.target));
            let impact = failure.impact(&scenario, None);
            let witness = failure.witness(&impact, call.source);
            let through = witness.steps.iter().any(|step| step.cause == Cause::Dependency(id));
            if impact.state(call.source).fails() && through {
                let fails = |flow: &FlowId| failure.verdict(&scenario, *flow).outcome == Outcome::Failed;
                computed.push((id, analysis.design.flow_ids().filter(fails).collect::<Vec<_>>()));
            }
        }
        let rows = (relations::find("soft_hang").unwrap().rows)(analysis);
        let told = rows.iter().map(|row| {
            let [dependency, flows, ..] = row.cells.as_slice() else { panic!("{design}") };
            let (Cell::Dependency(id), Cell::List(flows)) = (&dependency.value, &flows.value) else { panic!() };
            let flow = |fact: &Fact<'_>| if let Cell::Flow(id) = fact.value { id } else { panic!("{design}") };
            (*id, flows.iter().map(flow).collect::<Vec<_>>())
        });
        assert_eq!(told.collect::<Vec<_>>(), computed, "{design}");
        said += computed.len();
    });
    assert!(said > 500, "{said}");
}

/// Flows that use the same dependencies are looked at together; each is told what it is told by itself.
#[test]
fn the_table_of_availability_is_each_flow_by_itself() {
    let mut said = 0;
    for_designs(10, ALL, |_, design, _| {
        let mut design = design.clone();
        for flow in design["flows"].as_object_mut().unwrap().values_mut() {
            flow["slo"] = "99.99%".into();
        }
        let analysis = &analyse(&design.to_string());
        for row in (relations::find("availability").unwrap().rows)(analysis) {
            let (Cell::Flow(flow), Cell::List(parts)) = (&row.cells[0].value, &row.cells[6].value) else { panic!() };
            let part = |fact: &Fact<'_>| if let Cell::Component(id) = fact.value { id } else { panic!("{design}") };
            let told: Vec<ComponentId> = parts.iter().map(part).collect();
            let found = analysis.failure().availability(*flow);
            assert_eq!(told, found.terms.iter().map(|(part, _)| *part).collect::<Vec<_>>(), "{design}");
            said += 1;
        }
    });
    assert!(said > 100, "{said}");
}

/// A part that a critical flow cannot work without, as drawn, fails or delays it when it stops.
#[test]
fn critical_parts_matter() {
    for_designs(5, ALL, |_, design, analysis| {
        let failure = analysis.failure();
        for component in analysis.design.component_ids() {
            for flow in analysis.graph.critical_flows_of(component) {
                let verdict = failure.verdict(&Scenario::from(Event::Stop(component)), flow);
                assert_ne!(verdict.outcome, Outcome::Ok, "{component:?} {flow:?}\n{design}");
                assert!(analysis.is_critical(component));
            }
        }
    });
}

/// Answers to open questions can only help, and each question shows an outcome that its best answer improves.
#[test]
fn open_questions_are_worth_asking() {
    let mut asked = 0;
    for_designs(6, ALL, |_, design, analysis| {
        let found = analysis.failure().open_questions();
        assert!(found.questions.is_sorted_by_key(|question| std::cmp::Reverse(question.worth)));
        for question in &found.questions {
            let (event, flow, worst, answered) = question.example;
            let scenario = Scenario::from(event).assuming(Assume::May);
            assert_eq!(analysis.failure().verdict(&scenario, flow).outcome, worst, "{design}");
            assert!(answered < worst && question.worth > 0);
            assert!(analysis.failure().verdict(&Scenario::from(event), flow).outcome < worst, "{design}");
            asked += 1;
        }
    });
    assert!(asked > 1000, "{asked}");
}
