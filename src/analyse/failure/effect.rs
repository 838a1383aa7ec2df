//! What the state of a target does to its caller, per dependency and group. Every rule is monotone in the target's
//! state, so that a least fixpoint exists.

use super::super::scenario::Assume;
use super::State;
use crate::model::{Dependency, Design, FlowId, Group};
use crate::read::vocabulary::{Answer, FailoverMode, Fallback, Mode, Need, Phase};

/// A dependency that is needed while serving.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) source: usize,
    pub(crate) target: usize,
    pub(crate) fallback: Option<usize>,
    row: Row,
    /// Capped at degraded: the caller goes on with less.
    soft: bool,
    /// Counts as degraded off the path of a flow, too.
    matters_off_path: bool,
    /// A hang of the target hangs the source, for `must` and `may`.
    hangs: [bool; 2],
    pub(crate) flows: Option<Vec<FlowId>>,
}

#[derive(Clone, Copy, Debug)]
enum Row {
    Hard,
    /// Soft, or with a value of its own to answer with.
    Value,
    /// Answers with the last answer for so many seconds.
    Stale(Option<f64>),
    /// Asks somebody else.
    To(usize),
    /// Takes messages from a queue.
    Consume,
    /// Hands over and goes on, for so many seconds.
    Async {
        buffer: Option<f64>,
        hard: bool,
    },
}

/// A horizon that the design does not give.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OpenHorizon {
    Stale,
    Buffer,
}

/// What an effect depends on beside the states.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) assume: Assume,
    pub(crate) seconds: f64,
    /// `None`: every dependency is in use and every target counts as on the path.
    pub(crate) flow: Option<FlowId>,
    /// Components on the flow's path; unread without a flow.
    pub(crate) path: &'a [bool],
}

impl Edge {
    pub(super) fn new(edge: &Dependency, hangs: [bool; 2]) -> Option<Self> {
        if edge.phase != Phase::Run || edge.group.is_some() {
            return None;
        }
        let hard = edge.need == Need::Hard;
        let row = if edge.mode == Mode::Async {
            let buffer = match (edge.facts.buffer.value(), edge.facts.outbox.value()) {
                (Some(buffer), _) => Some(buffer.0),
                // The event waits in the producer's own store.
                (None, Some(_)) => Some(f64::INFINITY),
                (None, None) => None,
            };
            Row::Async { buffer, hard }
        } else if edge.consumes {
            Row::Consume
        } else {
            match (edge.facts.fallback.value(), edge.fallback_to) {
                (Some(Fallback::Stale(seconds)), _) => Row::Stale(seconds.map(|seconds| seconds.0)),
                (_, Some(other)) => Row::To(other.0),
                (Some(Fallback::Value(_)), _) => Row::Value,
                _ if !hard => Row::Value,
                _ => Row::Hard,
            }
        };
        Some(Self {
            source: edge.source.0,
            target: edge.target.0,
            fallback: edge.fallback_to.map(|to| to.0),
            row,
            soft: !hard && edge.mode == Mode::Sync,
            matters_off_path: hard,
            hangs,
            flows: edge.flows.clone(),
        })
    }

    /// What the design leaves open about how long the source can go on without the target.
    pub(crate) fn open_horizon(&self) -> Option<OpenHorizon> {
        match self.row {
            Row::Stale(None) => Some(OpenHorizon::Stale),
            Row::Async { buffer: None, .. } => Some(OpenHorizon::Buffer),
            _ => None,
        }
    }

    /// Answers the open horizon with "for ever".
    pub(super) fn last(&mut self) {
        match &mut self.row {
            Row::Stale(seconds) | Row::Async { buffer: seconds, .. } => *seconds = Some(f64::INFINITY),
            _ => {}
        }
    }

    /// Answers an unsaid timeout with one that is short enough.
    pub(super) fn give_up(&mut self) {
        self.hangs[Assume::May as usize] = self.hangs[Assume::Must as usize];
    }

    /// The dependency is used in this view.
    pub(crate) fn is_active(&self, view: &View<'_>) -> bool {
        match (&self.flows, view.flow) {
            (Some(flows), Some(flow)) => flows.contains(&flow),
            _ => true,
        }
    }

    /// A hang of the target hangs the source.
    pub(super) fn hangs(&self, assume: Assume) -> bool {
        self.hangs[assume as usize]
    }

    /// Hard, without a fallback, and used by every flow: whether a hang of the target hangs the source.
    pub(super) fn plain(&self) -> Option<[bool; 2]> {
        (matches!(self.row, Row::Hard) && !self.soft && self.flows.is_none()).then_some(self.hangs)
    }

    /// What the states of target and fallback make of the source.
    ///
    /// | dependency | target up | degraded | down | hung |
    /// |---|---|---|---|---|
    /// | hard | up | degraded | down | hung if the hang blocks the source, else down |
    /// | soft, or with a value | up | up | degraded | hung if it blocks, else degraded |
    /// | … target off the flow's path | up | up | up | hung if it blocks, else up |
    /// | fallback to another | up | degraded | degraded, or down if the other fails, too | hung if it blocks, else as down |
    /// | stale answers | up | degraded | degraded as long as they may be used, then down | hung if it blocks, else as down |
    /// | asynchronous | up | up | up as long as the buffer lasts, then down if hard, else degraded | as down |
    /// | takes messages | up | up | down | hung if it blocks, else down |
    ///
    /// A soft dependency caps every row at degraded on the path and at up off it; a hang stays a hang, because flows
    /// share threads.
    pub(crate) fn effect(&self, states: &[State], view: &View<'_>) -> State {
        let effect = self.uncapped(states, view);
        if !self.soft || matches!(effect, State::Up | State::Hung) {
            effect
        } else if self.counts_as_on_path(view) {
            State::Degraded
        } else {
            State::Up
        }
    }

    /// How a failure of the target makes the source fail, if it does.
    pub(crate) fn passes(&self, view: &View<'_>) -> Option<Passes> {
        if self.soft {
            return None;
        }
        let lasts = |seconds: Option<f64>| seconds.map_or(view.assume == Assume::Must, |most| view.seconds <= most);
        match self.row {
            Row::Hard | Row::Consume => Some(Passes::Always(self.target)),
            Row::Stale(seconds) | Row::Async { buffer: seconds, hard: true } if !lasts(seconds) => {
                Some(Passes::Always(self.target))
            }
            Row::To(other) => Some(Passes::WithFallback(self.target, other)),
            Row::Stale(_) | Row::Async { .. } | Row::Value => None,
        }
    }

    fn uncapped(&self, states: &[State], view: &View<'_>) -> State {
        let target = states[self.target];
        let best = view.assume == Assume::Must;
        let lasts = |seconds: Option<f64>| seconds.map_or(best, |seconds| view.seconds <= seconds);
        match self.row {
            Row::Async { .. } | Row::Consume if !target.fails() => State::Up,
            Row::Async { buffer, .. } if lasts(buffer) => State::Up,
            Row::Async { hard, .. } => {
                if hard {
                    State::Down
                } else {
                    State::Degraded
                }
            }
            Row::Consume | Row::Hard => self.hard(target, view.assume),
            Row::Value => match self.hard(target, view.assume) {
                State::Hung => State::Hung,
                State::Down if self.counts_as_on_path(view) => State::Degraded,
                _ => State::Up,
            },
            Row::Stale(seconds) => match self.hard(target, view.assume) {
                State::Down if lasts(seconds) => State::Degraded,
                effect => effect,
            },
            Row::To(other) => match self.hard(target, view.assume) {
                State::Down => states[other].clamp(State::Degraded, State::Down),
                effect => effect,
            },
        }
    }

    fn hard(&self, target: State, assume: Assume) -> State {
        blocked(target, self.hangs, assume)
    }

    fn counts_as_on_path(&self, view: &View<'_>) -> bool {
        self.matters_off_path
            || view.flow.is_none_or(|flow| {
                view.path[self.target] || self.flows.as_ref().is_some_and(|flows| flows.contains(&flow))
            })
    }
}

/// What a caller that needs the target sees of it.
pub(super) fn blocked(target: State, hangs: [bool; 2], assume: Assume) -> State {
    if target == State::Hung && !hangs[assume as usize] { State::Down } else { target }
}

/// What has to fail for a source to fail.
#[derive(Clone, Debug)]
pub(crate) enum Passes {
    Always(usize),
    WithFallback(usize, usize),
    /// So many of these.
    Several {
        members: Vec<usize>,
        fail: usize,
    },
}

impl Passes {
    pub(crate) fn targets(&self) -> Vec<usize> {
        match self {
            Self::Always(target) => vec![*target],
            Self::WithFallback(target, fallback) => vec![*target, *fallback],
            Self::Several { members, .. } => members.clone(),
        }
    }
}

/// Alternatives of which some suffice.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) source: usize,
    /// Targets in order of choice, each with whether a hang of it hangs the source.
    pub(crate) members: Vec<(usize, [bool; 2])>,
    dependencies: Vec<usize>,
    need: usize,
    manual: bool,
}

impl Choice {
    pub(super) fn new(group: &Group, members: Vec<(usize, [bool; 2])>) -> Self {
        Self {
            source: group.source.0,
            members,
            dependencies: group.members.iter().map(|id| id.0).collect(),
            need: group.need,
            manual: group.failover == FailoverMode::Manual,
        }
    }

    /// The `need`-th best of the members. Where a person has to switch, the failure of the first one is a failure.
    pub(crate) fn effect(&self, states: &[State], assume: Assume) -> State {
        let mut effects: Vec<State> = self.seen(states, assume).collect();
        let first = effects.first().copied().unwrap_or_default();
        effects.sort_unstable();
        let reached = effects.get(self.need.saturating_sub(1)).copied().unwrap_or_default();
        if self.manual && first.fails() { reached.max(State::Down) } else { reached }
    }

    /// What the source sees of each member.
    pub(crate) fn seen<'a>(&'a self, states: &'a [State], assume: Assume) -> impl Iterator<Item = State> + 'a {
        self.members.iter().map(move |(target, hangs)| blocked(states[*target], *hangs, assume))
    }

    /// Answers the unsaid timeout of a member with one that is short enough.
    pub(super) fn give_up(&mut self, dependency: usize) {
        for (member, (_, hangs)) in self.dependencies.iter().zip(&mut self.members) {
            if *member == dependency {
                hangs[Assume::May as usize] = hangs[Assume::Must as usize];
            }
        }
    }

    /// How failures of members make the source fail.
    pub(crate) fn passes(&self) -> Vec<Passes> {
        let members: Vec<usize> = self.members.iter().map(|(member, _)| *member).collect();
        let by_hand = members.first().filter(|_| self.manual).map(|first| Passes::Always(*first));
        let fail = members.len() + 1 - self.need;
        by_hand.into_iter().chain([Passes::Several { members, fail }]).collect()
    }

    pub(crate) fn switched_by_hand(&self) -> bool {
        self.manual
    }
}

/// Whether a hang of the target hangs the source, for `must` and `may`.
///
/// A bulkhead keeps it apart. Without a timeout it does; with one it does if more requests wait than there are workers
/// (Little's law): load of the source × calls × timeout × attempts > workers × copies. An unstated timeout is bounded
/// at best and endless at worst. A breaker does not help: a call that never returns is never counted as a failure.
pub(super) fn hangs(design: &Design, edge: &Dependency, load: f64) -> [bool; 2] {
    if edge.facts.bulkhead.value().is_some() {
        return [false, false];
    }
    match edge.facts.timeout.answer() {
        Answer::None => [true, true],
        Answer::Todo | Answer::Absent => [false, true],
        Answer::Value(timeout) => {
            let source = design.component(edge.source);
            let exhausted = source.facts.workers.value().is_some_and(|workers| {
                let copies = source.replicas().unwrap_or(1).max(1);
                let waiting = load * edge.calls() * timeout.0 * edge.attempts();
                waiting > f64::from(*workers) * crate::model::to_f64(copies)
            });
            [exhausted, exhausted]
        }
    }
}
