//! The answer to "what breaks when this fails?", for people and for programs.

use crate::analyse::failure::{Impact, Outcome, Recovery, State, Verdict};
use crate::analyse::{Analysis, Assume, Scenario};
use crate::model::Dependency;
use crate::read::Notation;
use crate::read::vocabulary::{Duration, Phase};
use crate::report::Style;
use crate::sources::Sources;
use schemars::JsonSchema;
use serde::Serialize;
use std::io::{self, Write};

/// One question with everything computed to answer it.
#[derive(Debug)]
pub struct Answer<'a> {
    analysis: &'a Analysis,
    scenario: Scenario,
    /// Every component, with every dependency active.
    impact: Impact,
    /// Worst first, then in file order.
    verdicts: Vec<Verdict>,
    /// What stays down when the events are over.
    recovery: Recovery,
    /// Flows that come out worse if what is not described is at its worst.
    open: Vec<Verdict>,
}

impl<'a> Answer<'a> {
    /// Computes a scenario.
    pub fn new(analysis: &'a Analysis, scenario: Scenario) -> Self {
        let failure = analysis.failure();
        let impact = failure.impact(&scenario, None);
        let recovery = failure.recovery(&impact);
        let mut verdicts = failure.verdicts(&scenario);
        let open = match scenario.assume {
            Assume::May => Vec::new(),
            Assume::Must => {
                let pessimistic = failure.verdicts(&scenario.clone().assuming(Assume::May));
                let worse = |(worst, known): &(Verdict, &Verdict)| worst.outcome > known.outcome;
                pessimistic.into_iter().zip(&verdicts).filter(worse).map(|(worst, _)| worst).collect()
            }
        };
        verdicts.sort_by_key(|verdict| std::cmp::Reverse(verdict.outcome));
        Self { analysis, scenario, impact, verdicts, recovery, open }
    }

    /// For people: flows first, worst first, each with the chain that leads to it.
    pub fn write_text(&self, sources: &Sources, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let ink = Ink { color: style.color };
        writeln!(out, "{}", ink.bold(&self.headline()))?;
        self.write_flows(&ink, out)?;
        let mut told: Vec<&Verdict> = Vec::new();
        for verdict in self.verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Ok) {
            if told.iter().any(|earlier| earlier.outcome == verdict.outcome && earlier.witness == verdict.witness) {
                continue;
            }
            let alike = self.verdicts.iter().filter(|v| v.outcome == verdict.outcome && v.witness == verdict.witness);
            let names: Vec<&str> = alike.map(|verdict| self.flow_name(verdict)).collect();
            let clause = if names.len() == 1 { clause(verdict) } else { clause_of_several(verdict) };
            writeln!(out, "\nWhy {} {clause}", list(&names))?;
            self.write_witness(verdict, sources, &ink, out)?;
            told.push(verdict);
        }
        self.write_components(&ink, out)?;
        self.write_recovery(sources, &ink, out)?;
        self.write_open(sources, &ink, out)?;
        self.write_assumed(out)
    }

    /// What stays down after repair, and the circle that keeps it down.
    fn write_recovery(&self, sources: &Sources, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
        let design = &self.analysis.design;
        if self.scenario.events.is_empty() || self.impact.failing().next().is_none() {
            return Ok(());
        }
        let Some(first) = self.recovery.stuck.first() else {
            return writeln!(out, "\nAfter repair  everything comes back by itself");
        };
        let names: Vec<&str> = self.recovery.stuck.iter().map(|id| design.component(*id).name.as_str()).collect();
        writeln!(out, "\nAfter repair  {} {}", ink.state(State::Down, "stays down:"), names.join(", "))?;
        let failure = self.analysis.failure();
        let sustained = self.recovery.sustained_by(failure, *first);
        for step in &sustained.steps {
            let clause = step.clause(failure).replace('`', "");
            writeln!(out, "  ← {clause}  {}", ink.faint(&sources.place(step.place(design))))?;
        }
        Ok(())
    }

    /// `If redis stops for 1 h, checkout goes on and browse is degraded.`
    pub(crate) fn headline(&self) -> String {
        let failure = self.analysis.failure();
        let events: Vec<String> =
            self.scenario.events.iter().map(|event| failure.event_name(*event).clause()).collect();
        let mut parts = Vec::new();
        for (outcome, one, many) in [
            (Outcome::Failed, "fails", "fail"),
            (Outcome::Degraded, "is degraded", "are degraded"),
            (Outcome::Ok, "goes on", "go on"),
        ] {
            let names: Vec<&str> =
                self.verdicts.iter().filter(|v| v.outcome == outcome).map(|v| self.flow_name(v)).collect();
            match names.as_slice() {
                [] => {}
                [name] => parts.push(format!("{name} {one}")),
                [_, _] if self.verdicts.len() == 2 => parts.push(format!("both flows {many}")),
                _ if names.len() == self.verdicts.len() => parts.push(format!("all {} flows {many}", names.len())),
                [first, second] => parts.push(format!("{first} and {second} {many}")),
                _ => parts.push(format!("{} of {} flows {many}", names.len(), self.verdicts.len())),
            }
        }
        let consequence = match parts.as_slice() {
            [] => "no flow is drawn that could notice".to_owned(),
            _ => parts.join(", "),
        };
        let condition = match events.as_slice() {
            [] => "If nothing fails".to_owned(),
            _ => format!("If {} for {}", events.join(" and ").replace('`', ""), Duration(self.scenario.seconds)),
        };
        format!("{condition}: {consequence}.")
    }

    fn write_flows(&self, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
        let width = self.verdicts.iter().map(|verdict| self.flow_name(verdict).chars().count()).max().unwrap_or(0);
        writeln!(out)?;
        for verdict in &self.verdicts {
            let name = self.flow_name(verdict);
            let outcome = ink.outcome(verdict.outcome, &format!("{:8}", verdict.outcome.as_str()));
            let names: Vec<&str> =
                verdict.witness.components().map(|id| self.analysis.design.component(id).name.as_str()).collect();
            let detail = match names.as_slice() {
                [] => String::new(),
                _ if verdict.delayed => format!("{}: the work waits in the queue", names.join(" → ")),
                _ => names.join(" → "),
            };
            let critical = if self.analysis.design.flow(verdict.flow).critical { "critical" } else { "" };
            writeln!(out, "  {}", format!("{outcome}  {name:width$}  {critical:8}  {detail}").trim_end())?;
        }
        Ok(())
    }

    fn write_witness(&self, verdict: &Verdict, sources: &Sources, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
        let failure = self.analysis.failure();
        let design = &self.analysis.design;
        let clauses: Vec<String> =
            verdict.witness.steps.iter().map(|step| step.clause(failure).replace('`', "")).collect();
        let width = clauses.iter().map(|clause| clause.chars().count()).max().unwrap_or(0).min(60);
        for (at, (step, clause)) in verdict.witness.steps.iter().zip(&clauses).enumerate() {
            let arrow = if at == 0 { " " } else { "→" };
            let place = ink.faint(&sources.place(step.place(design)));
            writeln!(out, "  {arrow} {clause:width$}  {place}")?;
        }
        Ok(())
    }

    fn write_components(&self, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
        let design = &self.analysis.design;
        let in_state = |state: State| {
            let ids = design.component_ids().filter(move |id| self.impact.state(*id) == state);
            ids.map(|id| design.component(id).name.as_str()).collect::<Vec<_>>()
        };
        let untouched = in_state(State::Up).len();
        writeln!(out, "\nComponents, whatever the flow")?;
        for state in [State::Hung, State::Down, State::Degraded] {
            let names = in_state(state);
            if !names.is_empty() {
                let state = ink.state(state, &format!("{:8}", state.as_str()));
                writeln!(out, "  {state}  {}", names.join(", "))?;
            }
        }
        writeln!(out, "  up        {untouched} of {}", design.components.len())
    }

    fn write_open(&self, sources: &Sources, ink: &Ink, out: &mut dyn Write) -> io::Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nNot certain: the files leave something open, and at its worst")?;
        for verdict in &self.open {
            writeln!(out, "  {} {}", self.flow_name(verdict), clause(verdict))?;
            self.write_witness(verdict, sources, ink, out)?;
        }
        Ok(())
    }

    /// What the answer takes for granted that the files do not say.
    fn write_assumed(&self, out: &mut dyn Write) -> io::Result<()> {
        let design = &self.analysis.design;
        let only_started = |dependency: &Dependency| {
            dependency.notation == Notation::Compose
                && dependency.phase == Phase::Run
                && dependency.facts.phase.is_absent()
        };
        let mut assumed = Vec::new();
        if design.flows.iter().any(|flow| flow.implicit) {
            assumed.push("no flow is declared: each way in stands for one");
        }
        if design.dependencies.iter().any(only_started) {
            assumed.push("what a service names in `depends_on` is needed while it runs, too");
        }
        if assumed.is_empty() { Ok(()) } else { writeln!(out, "\nAssumed\n  {}", assumed.join("\n  ")) }
    }

    fn flow_name(&self, verdict: &Verdict) -> &'a str {
        &self.analysis.design.flow(verdict.flow).name
    }

    /// For programs; `premortem schema outcome` describes it.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, &self.json())?;
        writeln!(out)
    }

    fn json(&self) -> Document {
        let failure = self.analysis.failure();
        let design = &self.analysis.design;
        let event = |event| {
            let name = failure.event_name(event);
            format!("{}:{}", name.kind, name.name)
        };
        // From the event to the one before the thing itself.
        let because = |witness: &crate::analyse::failure::Witness, this: Option<&str>| {
            let events = witness.event().map(event);
            let steps = witness.components().map(|id| design.component(id).name.clone());
            let mut names: Vec<String> = events.into_iter().chain(steps).collect();
            if names.last().map(String::as_str) == this {
                names.pop();
            }
            names
        };
        Document {
            version: 1,
            events: self.scenario.events.iter().map(|e| event(*e)).collect(),
            for_seconds: self.scenario.seconds,
            assume: match self.scenario.assume {
                Assume::Must => "must",
                Assume::May => "may",
            },
            components: design
                .component_ids()
                .map(|id| ComponentState {
                    id: design.component(id).name.clone(),
                    state: self.impact.state(id).as_str(),
                    because: because(&failure.witness(&self.impact, id), Some(&design.component(id).name)),
                })
                .collect(),
            flows: design
                .flow_ids()
                .filter_map(|id| self.verdicts.iter().find(|verdict| verdict.flow == id))
                .map(|verdict| FlowOutcome {
                    id: self.flow_name(verdict).to_owned(),
                    outcome: verdict.outcome.as_str(),
                    because: because(&verdict.witness, None),
                })
                .collect(),
            stays_down: self.recovery.stuck.iter().map(|id| design.component(*id).name.clone()).collect(),
        }
    }
}

fn clause(verdict: &Verdict) -> &'static str {
    match verdict.outcome {
        Outcome::Failed => "fails",
        Outcome::Degraded => "is degraded",
        Outcome::Ok => "goes on",
    }
}

/// `a`, `a and b`, `a, b and c`.
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn clause_of_several(verdict: &Verdict) -> &'static str {
    match verdict.outcome {
        Outcome::Failed => "fail",
        Outcome::Degraded => "are degraded",
        Outcome::Ok => "go on",
    }
}

/// The schema of the JSON answer.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

/// What breaks when this fails.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "premortem outcome", deny_unknown_fields)]
struct Document {
    /// Version of this shape.
    version: u32,
    /// What fails, such as `stop:redis`.
    events: Vec<String>,
    /// For how long, in seconds.
    for_seconds: f64,
    /// How what is not described is read: at its best (`must`) or at its worst (`may`).
    #[schemars(extend("enum" = ["must", "may"]))]
    assume: &'static str,
    /// Every component in file order, with every dependency active.
    components: Vec<ComponentState>,
    /// Every flow in file order, on the dependencies it uses.
    flows: Vec<FlowOutcome>,
    /// Components that do not come back by themselves when the events are over, in file order.
    stays_down: Vec<String>,
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
    #[schemars(extend("enum" = ["ok", "degraded", "failed"]))]
    outcome: &'static str,
    /// The event and the components it came through, in order; empty when it goes on.
    because: Vec<String>,
}

struct Ink {
    color: bool,
}

impl Ink {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    fn outcome(&self, outcome: Outcome, text: &str) -> String {
        match outcome {
            Outcome::Failed => self.paint("1;31", text),
            Outcome::Degraded => self.paint("33", text),
            Outcome::Ok => self.paint("32", text),
        }
    }

    fn state(&self, state: State, text: &str) -> String {
        match state {
            State::Hung | State::Down => self.paint("31", text),
            State::Degraded => self.paint("33", text),
            State::Up => self.paint("32", text),
        }
    }
}
