//! The chain from an event to a component: why it is down, step by step.

use super::cause::{Cause, Overload};
use super::{FailureModel, Impact, State};
use crate::analyse::event::Event;
use crate::model::{ComponentId, Design, Group};
use crate::read::vocabulary::{FailoverMode, Fallback, Mode, Rate};
use crate::sources::Span;

/// A shortest explanation, from the event to the component in question.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Witness {
    /// In the order in which things happen; each step but the first is caused by the one before it.
    pub steps: Vec<Step>,
}

/// One component getting worse.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    pub component: ComponentId,
    pub state: State,
    pub cause: Cause,
}

impl Witness {
    /// The event at the beginning; `None` when the design does not hold even if nothing goes wrong.
    pub fn event(&self) -> Option<Event> {
        match self.steps.first()?.cause {
            Cause::Event(event) => Some(event),
            Cause::Overload(overload) | Cause::RetryStorm(overload) => overload.lost,
            _ => None,
        }
    }

    /// Each step as one clause, in order.
    pub fn clauses(&self, failure: FailureModel<'_>) -> Vec<String> {
        let clause = |(at, step): (usize, &Step)| {
            let before = at.checked_sub(1).map(|before| &self.steps[before]);
            before.and_then(|before| step.cushioned(before, failure)).unwrap_or_else(|| step.clause(failure))
        };
        self.steps.iter().enumerate().map(clause).collect()
    }

    /// The components on the way, in order.
    pub fn components(&self) -> impl Iterator<Item = ComponentId> + '_ {
        self.steps.iter().map(|step| step.component)
    }
}

impl Step {
    /// The place that shows the step: the dependency, the group, the capacity; for an event, the component.
    pub fn place(&self, design: &Design) -> Span {
        let component = design.component(self.component);
        match self.cause {
            Cause::Event(_) | Cause::ColdCache(_) => component.place,
            Cause::Dependency(id) | Cause::Start(id) => design.dependency(id).place,
            Cause::Group(id) => design.group(id).place,
            Cause::Overload(_) | Cause::RetryStorm(_) => component.facts.capacity.span().unwrap_or(component.place),
            Cause::Uncached(cache) => design.component(cache).facts.of.span().unwrap_or(component.place),
        }
    }

    /// The step as one clause: "`api` is down without `postgres`".
    pub fn clause(&self, failure: FailureModel<'_>) -> String {
        let design = failure.design();
        let name = |id: ComponentId| design.component(id).name.as_str();
        let (this, state) = (name(self.component), self.state);
        match self.cause {
            Cause::Event(event) => {
                let happens = failure.event_name(event).clause();
                if event.component().is_some() { happens } else { format!("{happens}, and `{this}` is {state}") }
            }
            Cause::Dependency(id) => {
                let target = name(design.dependency(id).target);
                match state {
                    State::Hung => format!("`{this}` hangs on `{target}`"),
                    State::Degraded => format!("`{this}` is degraded because of `{target}`"),
                    _ => format!("`{this}` is {state} without `{target}`"),
                }
            }
            Cause::Group(id) => {
                let group = design.group(id);
                match (state, group.need) {
                    (State::Hung, _) => format!("`{this}` hangs on `{}`", group.name),
                    (State::Degraded, _) => format!("`{this}` is degraded because of `{}`", group.name),
                    _ if group.failover == FailoverMode::Manual => {
                        format!("`{this}` is {state}: `{}` has to be switched over by hand, or is used up", group.name)
                    }
                    (_, 1) => format!("`{this}` is {state}: no `{}` is left", group.name),
                    (_, need) => format!("`{this}` is {state}: fewer than {need} of `{}` are left", group.name),
                }
            }
            Cause::Overload(overload) => {
                format!("`{this}` is {state}: {} reach it, {}", Rate(overload.load), overload.serves())
            }
            Cause::Uncached(cache) => {
                format!("`{this}` may be {state}: nothing says that it can serve every read without `{}`", name(cache))
            }
            Cause::Start(id) => format!("`{this}` cannot start without `{}`", name(design.dependency(id).target)),
            Cause::ColdCache(store) => format!("`{this}` starts empty and cannot fill from `{}`", name(store)),
            Cause::RetryStorm(overload) => {
                let serves = overload.serves();
                if overload.load.is_infinite() {
                    return format!("`{this}` cannot recover: its callers retry for ever, {serves}");
                }
                format!("`{this}` cannot recover: {} reach it, retries included, {serves}", Rate(overload.load))
            }
        }
    }
}

impl Overload {
    /// What is left of the capacity, as a clause.
    fn serves(&self) -> String {
        let capacity = Rate(self.capacity);
        match self.lost {
            Some(_) if self.capacity <= 0.0 => "and no copy is left".to_owned(),
            Some(_) => format!("and what is left of it can serve {capacity}"),
            None => format!("and it can serve {capacity}"),
        }
    }
}

impl Step {
    /// What the step before tells about this one: what the caller does without a target that fails, where it goes on.
    fn cushioned(&self, before: &Self, failure: FailureModel<'_>) -> Option<String> {
        let design = failure.design();
        let name = |id: ComponentId| design.component(id).name.as_str();
        if let Cause::Group(id) = self.cause {
            return self.waits_for_hands(before, design.group(id), design);
        }
        let Cause::Dependency(id) = self.cause else { return None };
        let dependency = design.dependency(id);
        if self.state != State::Degraded || !before.state.fails() || before.component != dependency.target {
            return None;
        }
        let (this, target) = (name(self.component), name(dependency.target));
        Some(match (dependency.facts.fallback.value(), dependency.fallback_to) {
            _ if dependency.mode == Mode::Async => format!("`{this}` can hand nothing more over to `{target}`"),
            (_, Some(other)) => format!("`{this}` uses `{}` instead of `{target}`", name(other)),
            (Some(Fallback::Stale(_)), _) => format!("`{this}` goes on with the last answers of `{target}`"),
            (Some(Fallback::Value(value)), _) if value == "omit" => format!("`{this}` leaves out `{target}`"),
            (Some(Fallback::Value(value)), _) => format!("`{this}` answers with a {value} instead of `{target}`"),
            _ => format!("`{this}` goes on without `{target}`"),
        })
    }
}

impl Step {
    /// A group that a person has to switch over fails with its first member.
    fn waits_for_hands(&self, before: &Self, group: &Group, design: &Design) -> Option<String> {
        let first = design.dependency(*group.members.first()?).target;
        let by_hand = group.failover == FailoverMode::Manual && self.state.fails() && before.state.fails();
        (by_hand && before.component == first && group.members.len() > 1).then(|| {
            let (this, state, first) =
                (&design.component(self.component).name, self.state, &design.component(first).name);
            format!("`{this}` is {state} until somebody switches `{}` over from `{first}`", group.name)
        })
    }
}

/// Why a component is in the state it is in; empty when it is up.
pub(super) fn witness(failure: FailureModel<'_>, impact: &Impact, component: ComponentId) -> Witness {
    let mut steps = Vec::new();
    let mut rise = impact.rises.last(component.0);
    while let Some(index) = rise {
        steps.push(step(impact, index));
        rise = cause_of(failure, impact, index);
    }
    steps.reverse();
    Witness { steps }
}

/// The event of an explanation of one step.
pub(super) fn falls_alone(failure: FailureModel<'_>, impact: &Impact, component: ComponentId) -> Option<Event> {
    let rise = impact.rises.last(component.0)?;
    let event = match impact.rises.cause(rise, &impact.scenario.events) {
        Cause::Event(event) => event,
        Cause::Overload(overload) => overload.lost?,
        _ => return None,
    };
    cause_of(failure, impact, rise).is_none().then_some(event)
}

/// How a component came to its state; `None` when it is up.
pub(super) fn last_step(impact: &Impact, component: ComponentId) -> Option<Step> {
    impact.rises.last(component.0).map(|index| step(impact, index))
}

fn step(impact: &Impact, rise: usize) -> Step {
    let this = impact.rises.get(rise);
    let cause = impact.rises.cause(rise, &impact.scenario.events);
    Step { component: ComponentId(this.component as usize), state: this.state, cause }
}

/// The rise that caused a rise. It happened in an earlier round, so following causes ends.
fn cause_of(failure: FailureModel<'_>, impact: &Impact, rise: usize) -> Option<usize> {
    let this = impact.rises.get(rise);
    let before = |component: usize| impact.rises.before(component, this.round);
    // Of several that were all needed, the one that came last completed the cause. What fails did so because others did.
    let counts = |index: &usize| !this.state.fails() || impact.rises.get(*index).state.fails();
    let by_time = |index: &usize| (std::cmp::Reverse(impact.rises.get(*index).round), *index);
    let latest =
        |components: &mut dyn Iterator<Item = usize>| components.filter_map(before).filter(counts).min_by_key(by_time);
    let model = failure.compiled();
    match impact.rises.cause(rise, &impact.scenario.events) {
        Cause::Dependency(id) => {
            let edge = model.edges[id.0].as_ref()?;
            let fallback = edge.fallback.filter(|_| this.state.fails());
            latest(&mut std::iter::once(edge.target).chain(fallback))
        }
        Cause::Group(id) => {
            let choice = &model.choices[id.0];
            let first = choice.members.first().map(|(member, _)| *member).and_then(before);
            match first {
                Some(first) if choice.switched_by_hand() && impact.rises.get(first).state.fails() => Some(first),
                _ => latest(&mut choice.members.iter().map(|(member, _)| *member)),
            }
        }
        Cause::Overload(_) => mover(failure, impact, rise, by_time),
        Cause::Uncached(cache) => before(cache.0),
        Cause::Event(_) | Cause::Start(_) | Cause::ColdCache(_) | Cause::RetryStorm(_) => None,
    }
}

/// The last of the failures without which less load would reach the component of a rise.
fn mover<K: Ord>(
    failure: FailureModel<'_>,
    impact: &Impact,
    rise: usize,
    by_time: impl Fn(&usize) -> K,
) -> Option<usize> {
    let model = failure.compiled();
    let this = impact.rises.get(rise);
    let mut states = vec![State::Up; model.size()];
    let mut moving = Vec::new();
    let inflows = model.load.inflows();
    let upstream = inflows.upstream([this.component as usize]);
    for (component, state) in states.iter_mut().enumerate() {
        let Some(index) = impact.rises.before(component, this.round) else { continue };
        *state = impact.rises.get(index).state;
        let counts = state.fails() && model.load.moves_load(component);
        if counts && inflows.moved_by(component).any(|to| upstream.contains(to)) {
            moving.push(index);
        }
    }
    moving.sort_by_key(by_time);
    let load = |states: &[State]| model.load.loads(states, impact.scenario.demand, false)[this.component as usize];
    let full = load(&states);
    moving.into_iter().find(|index| {
        let component = impact.rises.get(*index).component as usize;
        let state = std::mem::take(&mut states[component]);
        let less = load(&states) < full;
        states[component] = state;
        less
    })
}
