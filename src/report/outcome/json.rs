//! The answers as JSON, for scripts: a versioned contract whose schema is generated from the types that are written.

use super::Answer;
use crate::analyse::answer::Outage;
use crate::analyse::damage::Damage;
use crate::analyse::failure::{Outcome, Step, Verdict, Witness};
use crate::analyse::hinge::{Hinge, Unclear};
use crate::analyse::suspect::{Suspect, Suspects, Symptom};
use crate::analyse::unknown;
use crate::analyse::{Analysis, Assume, Event, Scenario};
use crate::model::{ComponentId, FlowId};
use crate::report::place::Place;
use crate::sources::{Sources, Span};
use schemars::JsonSchema;
use serde::Serialize;

/// Raised when a field changes its meaning or goes away; a new field does not raise it.
const VERSION: u32 = 1;

/// The schema of the JSON answers.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

pub(super) fn document(analysis: &Analysis, answer: Answer<'_>, sources: &Sources) -> impl Serialize + use<> {
    let teller = Teller { analysis, sources };
    match answer {
        Answer::Outage(outage) => Document::Outage(teller.outage(outage)),
        Answer::Suspects { symptoms, found, asked } => Document::Suspects(teller.suspects(symptoms, found, asked)),
        Answer::All { damages, asked } => Document::All(teller.all(damages, asked)),
    }
}

/// What `premortem fail --format json` prints: `flows` answers events, `suspects` answers `--suspects`, `damages`
/// answers `--all`.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "premortem outcome", extend("$id" = "urn:premortem:schema:outcome:1"))]
enum Document {
    Outage(OutageJson),
    Suspects(SuspectsJson),
    All(AllJson),
}

/// What breaks when this fails.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Outage", deny_unknown_fields)]
struct OutageJson {
    /// Version of this shape.
    version: u32,
    /// What fails, such as `stop:redis`.
    events: Vec<String>,
    /// For how long, in seconds.
    for_seconds: f64,
    assume: AssumeJson,
    /// Every component in file order, with every dependency active.
    components: Vec<ComponentState>,
    /// Every flow in file order, on the dependencies it uses.
    flows: Vec<FlowOutcome>,
    /// Components that do not come back by themselves when the events are over, in file order.
    stays_down: Vec<String>,
    /// What keeps them down, each circle of causes once.
    kept_down_by: Vec<Circle>,
    /// Flows that fare worse if what is not described is at its worst, in file order.
    unclear: Vec<UnclearFlow>,
    /// Facts whose being stated would change how a flow fares, single facts first.
    hangs_on: Vec<HingeJson>,
    /// There was too much to try: more may hang on what is not described.
    hangs_on_truncated: bool,
}

/// How what is not described is read: at its best (`must`) or at its worst (`may`).
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Assume")]
enum AssumeJson {
    Must,
    May,
}

/// One component.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ComponentState {
    /// Its name.
    id: String,
    /// How it answers.
    #[schemars(extend("enum" = ["up", "degraded", "down", "hung"]))]
    state: &'static str,
    /// The event and the components it came through, in order; empty when it is up.
    because: Vec<String>,
}

/// One flow.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct FlowOutcome {
    /// Its name.
    id: String,
    /// What users get.
    outcome: OutcomeJson,
    /// The event and the components it came through, in order; empty when it goes on.
    because: Vec<String>,
    /// The design marks it as critical.
    critical: bool,
    /// It is degraded only in that its work waits in a queue.
    delayed: bool,
    /// It fares no better while nothing fails: more load is described than can be served.
    anyway: bool,
    /// The same as `because`, step by step.
    chain: Vec<StepJson>,
}

#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Outcome")]
enum OutcomeJson {
    Ok,
    Degraded,
    Failed,
}

/// One component getting worse.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step", deny_unknown_fields)]
struct StepJson {
    component: String,
    #[schemars(extend("enum" = ["up", "degraded", "down", "hung"]))]
    state: &'static str,
    /// One clause, with names in backticks.
    text: String,
    place: Place,
}

/// Causes that hold each other up.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Circle {
    /// Each step is kept down by the next one.
    steps: Vec<StepJson>,
    /// The step that keeps the last one down; `null` where the last one needs nothing but its callers' retries.
    back_to: Option<usize>,
}

/// A flow that the design does not settle.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct UnclearFlow {
    id: String,
    /// With what is not described at its best.
    best: OutcomeJson,
    /// With what is not described at its worst.
    worst: OutcomeJson,
    /// The event and the components it came through at its worst.
    because: Vec<String>,
}

/// Facts that change a verdict when they are settled together, all others at their worst.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Hinge", deny_unknown_fields)]
struct HingeJson {
    /// One, or several none of which can be left out.
    facts: Vec<Fact>,
    /// YAML that settles them well, one line per place.
    write: Vec<String>,
    /// The flows that fare better then.
    flows: Vec<Better>,
}

/// A fact that is not described.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Fact {
    question: String,
    /// The component, or the target of the dependency, that lacks it.
    at: String,
    key: String,
    place: Place,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Better {
    id: String,
    outcome: OutcomeJson,
}

/// What could explain symptoms.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Suspects", deny_unknown_fields)]
struct SuspectsJson {
    /// Version of this shape.
    version: u32,
    symptoms: Vec<SymptomJson>,
    /// How long an event lasts, in seconds.
    for_seconds: f64,
    assume: AssumeJson,
    /// Single events, those that explain most symptoms first, then the ones furthest away.
    suspects: Vec<SuspectJson>,
    /// Pairs of events that explain all symptoms, neither of which does so alone.
    pairs: Vec<SuspectJson>,
    /// There were too many pairs to try.
    pairs_truncated: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Symptom", deny_unknown_fields)]
struct SymptomJson {
    component: String,
    #[schemars(extend("enum" = ["down", "hung", "degraded"]))]
    seen: &'static str,
    /// It shows even if nothing fails.
    anyway: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Suspect", deny_unknown_fields)]
struct SuspectJson {
    events: Vec<String>,
    /// It explains the symptoms only if what is not described is at its worst.
    only_may: bool,
    explains: Vec<Explanation>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Explanation {
    component: String,
    /// From the event to the symptom.
    chain: Vec<StepJson>,
}

/// What each event does by itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "All", deny_unknown_fields)]
struct AllJson {
    /// Version of this shape.
    version: u32,
    /// How long an event lasts, in seconds.
    for_seconds: f64,
    assume: AssumeJson,
    /// Most damage first.
    damages: Vec<DamageJson>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Damage", deny_unknown_fields)]
struct DamageJson {
    event: String,
    /// Flows, in file order.
    failed: Vec<String>,
    /// Flows, in file order.
    degraded: Vec<String>,
    /// How many components do not answer; `premortem fail EVENT` names them.
    components_down: usize,
    /// How many components answer with less.
    components_degraded: usize,
    /// Components that do not come back by themselves, in file order.
    stays_down: Vec<String>,
}

struct Teller<'a> {
    analysis: &'a Analysis,
    sources: &'a Sources,
}

impl Teller<'_> {
    fn outage(&self, outage: &Outage) -> OutageJson {
        let failure = self.analysis.failure();
        let design = &self.analysis.design;
        let state = |id: ComponentId| ComponentState {
            id: self.component(id),
            state: outage.impact.state(id).as_str(),
            because: self.because(&failure.witness(&outage.impact, id), Some(id)),
        };
        let mut verdicts: Vec<&Verdict> = outage.verdicts.iter().collect();
        verdicts.sort_by_key(|verdict| verdict.flow);
        let circles = outage.kept_down_by.iter().map(|sustained| Circle {
            steps: sustained.steps.iter().map(|step| self.step(step, step.clause(failure))).collect(),
            back_to: sustained.circle,
        });
        let Scenario { events, seconds, assume, .. } = &outage.scenario;
        OutageJson {
            version: VERSION,
            events: self.events(events),
            for_seconds: *seconds,
            assume: (*assume).into(),
            components: design.component_ids().map(state).collect(),
            flows: verdicts.into_iter().map(|verdict| self.verdict(verdict, outage.anyway.explains(verdict))).collect(),
            stays_down: self.components(&outage.recovery.stuck),
            kept_down_by: circles.collect(),
            unclear: outage.hinges.unclear.iter().map(|unclear| self.unclear(unclear)).collect(),
            hangs_on: outage.hinges.hinges.iter().map(|hinge| self.hinge(hinge, &outage.scenario)).collect(),
            hangs_on_truncated: outage.hinges.truncated,
        }
    }

    fn verdict(&self, verdict: &Verdict, anyway: bool) -> FlowOutcome {
        FlowOutcome {
            id: self.flow(verdict.flow),
            outcome: verdict.outcome.into(),
            because: self.because(&verdict.witness, None),
            critical: self.analysis.design.flow(verdict.flow).critical,
            delayed: verdict.delayed,
            anyway,
            chain: self.chain(&verdict.witness),
        }
    }

    fn unclear(&self, unclear: &Unclear) -> UnclearFlow {
        UnclearFlow {
            id: self.flow(unclear.flow),
            best: unclear.best.into(),
            worst: unclear.worst.outcome.into(),
            because: self.because(&unclear.worst.witness, None),
        }
    }

    fn hinge(&self, hinge: &Hinge, scenario: &Scenario) -> HingeJson {
        let failure = self.analysis.failure();
        let answers: Vec<(Span, unknown::Answer)> =
            hinge.unknowns.iter().map(|unknown| (unknown.place(failure), unknown.answer(failure, scenario))).collect();
        let fact = |(unknown, (place, answer)): (&unknown::Unknown, &(Span, unknown::Answer))| Fact {
            question: unknown.sentence(failure),
            at: answer.at.clone(),
            key: answer.key.to_owned(),
            place: self.place(*place),
        };
        HingeJson {
            facts: hinge.unknowns.iter().zip(&answers).map(fact).collect(),
            write: unknown::Answer::lines(&answers),
            flows: hinge
                .flows
                .iter()
                .map(|(flow, outcome)| Better { id: self.flow(*flow), outcome: (*outcome).into() })
                .collect(),
        }
    }

    fn suspects(&self, symptoms: &[Symptom], found: &Suspects, asked: &Scenario) -> SuspectsJson {
        let suspect = |suspect: &Suspect| SuspectJson {
            events: self.events(&suspect.events),
            only_may: suspect.only_may,
            explains: suspect
                .explains
                .iter()
                .zip(&suspect.witnesses)
                .map(|(at, witness)| Explanation {
                    component: self.component(symptoms[*at].component),
                    chain: self.chain(witness),
                })
                .collect(),
        };
        let symptom = |(at, symptom): (usize, &Symptom)| SymptomJson {
            component: self.component(symptom.component),
            seen: symptom.seen.as_str(),
            anyway: found.anyway.contains(&at),
        };
        SuspectsJson {
            version: VERSION,
            symptoms: symptoms.iter().enumerate().map(symptom).collect(),
            for_seconds: asked.seconds,
            assume: asked.assume.into(),
            suspects: found.single.iter().map(suspect).collect(),
            pairs: found.pairs.iter().map(suspect).collect(),
            pairs_truncated: found.truncated,
        }
    }

    fn all(&self, damages: &[Damage], asked: &Scenario) -> AllJson {
        let flows = |flows: &[FlowId]| flows.iter().map(|flow| self.flow(*flow)).collect();
        let damage = |damage: &Damage| DamageJson {
            event: self.event(damage.event),
            failed: flows(&damage.failed),
            degraded: flows(&damage.degraded),
            components_down: damage.down,
            components_degraded: damage.weakened,
            stays_down: self.components(&damage.stuck),
        };
        AllJson {
            version: VERSION,
            for_seconds: asked.seconds,
            assume: asked.assume.into(),
            damages: damages.iter().map(damage).collect(),
        }
    }

    /// From the event to the one before the thing itself.
    fn because(&self, witness: &Witness, this: Option<ComponentId>) -> Vec<String> {
        let mut steps: Vec<ComponentId> = witness.components().collect();
        if steps.last().copied() == this {
            steps.pop();
        }
        witness.event().map(|event| self.event(event)).into_iter().chain(self.components(&steps)).collect()
    }

    fn chain(&self, witness: &Witness) -> Vec<StepJson> {
        let clauses = witness.clauses(self.analysis.failure());
        witness.steps.iter().zip(clauses).map(|(step, clause)| self.step(step, clause)).collect()
    }

    fn step(&self, step: &Step, text: String) -> StepJson {
        StepJson {
            component: self.component(step.component),
            state: step.state.as_str(),
            text,
            place: self.place(step.place(&self.analysis.design)),
        }
    }

    fn place(&self, span: Span) -> Place {
        Place::new(span, self.sources)
    }

    fn event(&self, event: Event) -> String {
        self.analysis.failure().event_name(event).to_string()
    }

    fn events(&self, events: &[Event]) -> Vec<String> {
        events.iter().map(|event| self.event(*event)).collect()
    }

    fn component(&self, id: ComponentId) -> String {
        self.analysis.design.component(id).name.clone()
    }

    fn components(&self, ids: &[ComponentId]) -> Vec<String> {
        ids.iter().map(|id| self.component(*id)).collect()
    }

    fn flow(&self, id: FlowId) -> String {
        self.analysis.design.flow(id).name.clone()
    }
}

impl From<Assume> for AssumeJson {
    fn from(assume: Assume) -> Self {
        match assume {
            Assume::Must => Self::Must,
            Assume::May => Self::May,
        }
    }
}

impl From<Outcome> for OutcomeJson {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ok => Self::Ok,
            Outcome::Degraded => Self::Degraded,
            Outcome::Failed => Self::Failed,
        }
    }
}
