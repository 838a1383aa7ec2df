//! What flows claim to survive.

use super::evidence::{CHAIN, PATH, chain, path};
use crate::analyse::event::LASTING;
use crate::analyse::failure::{Cause, Outcome, Step, Verdict};
use crate::analyse::relation::{Fact, Field, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Event, Scenario};
use crate::model::FlowId;
use crate::read::vocabulary::Duration;

pub(super) const RELATION: Relation = Relation {
    name: "claim",
    summary: "An entry of a flow's `survives`, and whether it holds with every unknown at its best.",
    fields: &[
        Field { name: "flow", summary: "The flow that makes the claim.", ty: Type::Flow },
        Field { name: "claim", summary: "The claim as written.", ty: Type::Text(&[]) },
        Field { name: "holds", summary: "The flow goes on, or is degraded at the most.", ty: Type::Bool },
        Field { name: "event", summary: "What breaks it, as a clause.", ty: Type::Text(&[]) },
        Field { name: "shown", summary: "What breaks it, as `premortem fail` takes it.", ty: Type::Text(&[]) },
        Field { name: "cause", summary: "The first thing that follows from it, as a clause.", ty: Type::Text(&[]) },
        PATH,
        CHAIN,
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let mut rows = Vec::new();
        for flow in design.flow_ids() {
            for claim in design.flow(flow).facts.survives.value().iter().flat_map(|claims| claims.iter()) {
                let (name, lasting) = parts(&claim.value.0);
                let seconds = lasting.map_or(Scenario::DEFAULT_SECONDS, |(_, seconds)| seconds);
                let broken =
                    events(analysis, name).into_iter().find_map(|event| broken_by(analysis, flow, event, seconds));
                rows.push(row(analysis, flow, (&claim.value.0, claim.span), broken));
            }
        }
        rows
    },
};

fn row<'a>(
    analysis: &'a Analysis,
    flow: FlowId,
    (text, span): (&'a str, crate::sources::Span),
    broken: Option<(Event, Verdict)>,
) -> Row<'a> {
    let failure = analysis.failure();
    let holds = Fact::computed(Value::Bool(broken.is_none()));
    let (event, verdict) = broken.unzip();
    let witness = verdict.map(|verdict| verdict.witness).unwrap_or_default();
    let follows = |step: &&Step| !matches!(step.cause, Cause::Event(_));
    let cause = witness.steps.iter().find(follows).or(witness.steps.first());
    Row {
        cells: vec![
            Fact::flow(analysis, flow),
            Fact::at(Value::Text(text.into()), Some(span)),
            holds,
            event.map_or_else(Fact::null, |event| {
                Fact::computed(Value::Text(failure.event_name(event).clause().into()))
            }),
            event.map_or_else(Fact::null, |event| {
                let lasting = parts(text).1.map(|(lasting, _)| format!("{LASTING}{lasting}")).unwrap_or_default();
                Fact::computed(Value::Text(format!("{}{lasting}", failure.event_name(event)).into()))
            }),
            cause.map_or_else(Fact::null, |step| Fact::computed(Value::Text(step.clause(failure).into()))),
            path(analysis, &witness),
            chain(analysis, &witness),
        ],
    }
}

/// `mailer@2h`: the event and how long it lasts, as written and in seconds.
fn parts(claim: &str) -> (&str, Option<(&str, f64)>) {
    let Some((event, lasting)) = claim.split_once('@') else { return (claim, None) };
    (event, Duration::parse(lasting).map(|duration| (lasting, duration.0)))
}

/// A component claims that it may stop and that it may hang; `zone` claims every zone.
fn events(analysis: &Analysis, claim: &str) -> Vec<Event> {
    let failure = analysis.failure();
    let all = |fits: fn(&Event) -> bool| failure.events().into_iter().filter(fits).collect();
    match claim {
        "zone" => all(|event| matches!(event, Event::Zone(_))),
        "region" => all(|event| matches!(event, Event::Region(_))),
        "vendor" => all(|event| matches!(event, Event::Vendor(_))),
        _ => match failure.event(claim) {
            Ok(Event::Stop(id)) if !claim.contains(':') => vec![Event::Stop(id), Event::Hang(id)],
            Ok(event) => vec![event],
            // An unknown name was a problem when the design was linked.
            Err(_) => Vec::new(),
        },
    }
}

fn broken_by(analysis: &Analysis, flow: FlowId, event: Event, seconds: f64) -> Option<(Event, Verdict)> {
    let verdict = analysis.failure().verdict(&Scenario::new([event]).lasting(seconds), flow);
    (verdict.outcome == Outcome::Failed).then_some((event, verdict))
}
