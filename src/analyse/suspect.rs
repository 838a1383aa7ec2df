//! From symptoms back to what may have caused them.

use super::event::{Event, UnknownEvent, unknown_symptom};
use super::failure::{FailureModel, State, Witness};
use super::scenario::{Assume, Scenario};
use crate::model::{ComponentId, Design};
use std::cmp::Reverse;

/// What is seen of a component.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symptom {
    pub component: ComponentId,
    pub seen: Seen,
}

/// How a component looks from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Seen {
    /// It does not answer: down or hung.
    #[default]
    Down,
    /// It accepts and does not answer.
    Hung,
    /// It answers with less.
    Degraded,
}

impl Symptom {
    /// Reads `api`, `api=down`, `api=hung`, `api=degraded`.
    pub fn parse(text: &str, design: &Design) -> Result<Self, UnknownEvent> {
        if let Some(component) = design.find_component(text) {
            return Ok(Self { component, seen: Seen::default() });
        }
        let (name, seen) = match text.rsplit_once('=') {
            None => (text, Seen::default()),
            Some((name, word)) => {
                let all = [Seen::Down, Seen::Hung, Seen::Degraded];
                let seen = all.into_iter().find(|seen| seen.as_str() == word).ok_or_else(|| UnknownEvent {
                    message: format!("there is no symptom `{word}`"),
                    help: format!("Write `{name}=down`, `{name}=hung` or `{name}=degraded`."),
                })?;
                (name, seen)
            }
        };
        let component = design.find_component(name).ok_or_else(|| unknown_symptom(name, design))?;
        Ok(Self { component, seen })
    }
}

impl Seen {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Hung => "hung",
            Self::Degraded => "degraded",
        }
    }

    /// Some state between the best and the worst that is computed looks like this.
    fn may_be(self, best: State, worst: State) -> bool {
        let (least, most) = match self {
            Self::Down => (State::Down, State::Hung),
            Self::Hung => (State::Hung, State::Hung),
            Self::Degraded => (State::Degraded, State::Degraded),
        };
        best <= most && worst >= least
    }
}

/// Events that would explain symptoms.
#[derive(Clone, PartialEq, Debug)]
pub struct Suspect {
    /// One, or two of which neither explains them.
    pub events: Vec<Event>,
    /// Positions of the symptoms it explains, ascending.
    pub explains: Vec<usize>,
    /// It does so only if what the design does not say is at its worst.
    pub only_may: bool,
    /// From the event to each explained symptom.
    pub witnesses: Vec<Witness>,
}

impl Suspect {
    /// Steps from the event to the symptom that is furthest away.
    pub fn depth(&self) -> usize {
        self.witnesses.iter().map(|witness| witness.steps.len()).max().unwrap_or(0)
    }
}

/// Everything that would explain symptoms.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Suspects {
    /// Those that explain most symptoms first; of those that explain the same, the ones furthest away: follow the chain of dependencies to its end
    /// before blaming what is near. Ties in file order.
    pub single: Vec<Suspect>,
    /// Stops, zones, regions and vendors that explain all symptoms only two at a time, in the same order; looked for
    /// where no single event explains several symptoms.
    pub pairs: Vec<Suspect>,
    /// Positions of symptoms that show even when nothing fails; events are not asked for these.
    pub anyway: Vec<usize>,
    /// There were too many pairs to try.
    pub truncated: bool,
}

/// Components looked at in all pairs at the most.
const WORK: usize = 4_000_000;
/// Pairs tried at the most.
const PAIRS: usize = 20_000;

impl FailureModel<'_> {
    /// What explains symptoms. The events of `asked` are not read, the rest is; with [`Assume::May`], what explains a
    /// symptom only if the unsaid is at its worst counts, too.
    pub fn suspects(self, symptoms: &[Symptom], asked: &Scenario) -> Suspects {
        let mut found = Suspects { anyway: self.explained(symptoms, &[], asked), ..Suspects::default() };
        let all = symptoms.len() - found.anyway.len();
        let redundancy = self.compiled().redundancy();
        let mut run = self.runner();
        let mut candidates = Vec::new();
        for event in self.events() {
            let mut explains = self.explained(symptoms, &[event], asked);
            explains.retain(|at| !found.anyway.contains(at));
            if explains.len() < all && is_basic(event) {
                run.run(&Scenario { events: vec![event], ..asked.clone() }, None, &[]);
                let reached = run.states.iter().zip(&redundancy);
                let joins = reached.into_iter().any(|(state, redundant)| *state > State::Up && *redundant);
                // Another event is needed for what this one leaves unexplained.
                if joins || !explains.is_empty() || self.compiled().adds_up(event, self.graph()) {
                    candidates.push(event);
                }
            }
            if !explains.is_empty() {
                found.single.push(self.suspect(symptoms, vec![event], explains, asked));
            }
        }
        found.single.sort_by(|one, other| {
            let fewer = Reverse(one.explains.len()).cmp(&Reverse(other.explains.len()));
            fewer.then(one.explains.cmp(&other.explains)).then(other.depth().cmp(&one.depth()))
        });
        let explained = found.single.first().is_some_and(|best| best.explains.len() == all);
        if all > 0 && (all == 1 || !explained) {
            self.pairs(symptoms, asked, &candidates, &mut found);
        }
        found
    }

    fn pairs(self, symptoms: &[Symptom], asked: &Scenario, candidates: &[Event], found: &mut Suspects) {
        let mut left = (WORK / self.design().components.len().max(1)).min(PAIRS);
        for (at, first) in candidates.iter().enumerate() {
            for second in &candidates[at + 1..] {
                if left == 0 {
                    found.truncated = true;
                    break;
                }
                left -= 1;
                let events = vec![*first, *second];
                let mut explains = self.explained(symptoms, &events, asked);
                explains.retain(|at| !found.anyway.contains(at));
                if explains.len() == symptoms.len() - found.anyway.len() {
                    found.pairs.push(self.suspect(symptoms, events, explains, asked));
                }
            }
        }
        found.pairs.sort_by_key(|suspect| Reverse(suspect.depth()));
    }

    /// Positions of the symptoms that the events bring about.
    fn explained(self, symptoms: &[Symptom], events: &[Event], asked: &Scenario) -> Vec<usize> {
        let scenario = Scenario { events: events.to_vec(), ..asked.clone() };
        let mut run = self.runner();
        run.run(&scenario.clone().assuming(Assume::Must), None, &[]);
        let best: Vec<State> = symptoms.iter().map(|symptom| run.states[symptom.component.0]).collect();
        let worst = match asked.assume {
            Assume::Must => best.clone(),
            Assume::May => {
                run.run(&scenario, None, &[]);
                symptoms.iter().map(|symptom| run.states[symptom.component.0]).collect()
            }
        };
        (0..symptoms.len()).filter(|at| symptoms[*at].seen.may_be(best[*at], worst[*at])).collect()
    }

    fn suspect(self, symptoms: &[Symptom], events: Vec<Event>, explains: Vec<usize>, asked: &Scenario) -> Suspect {
        let scenario = Scenario { events, ..asked.clone() };
        let certain = self.explained(symptoms, &scenario.events, &scenario.clone().assuming(Assume::Must));
        let only_may = explains.iter().any(|at| !certain.contains(at));
        // The chain of what is certain, where something is.
        let assume = if only_may { Assume::May } else { Assume::Must };
        let impact = self.impact(&scenario.clone().assuming(assume), None);
        let witnesses = explains.iter().map(|at| self.witness(&impact, symptoms[*at].component)).collect();
        Suspect { events: scenario.events, explains, only_may, witnesses }
    }
}

/// Pairs with hangs and single copies say little that pairs of stops and zones do not.
fn is_basic(event: Event) -> bool {
    !matches!(event, Event::Hang(_) | Event::Instance(_))
}
