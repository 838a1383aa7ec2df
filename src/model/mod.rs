//! One design: every component, dependency, group, flow and team, with names resolved and defaults applied.
//!
//! Fragments say what was written; the design says what it means. Nothing later looks at names again.

pub mod catalogue;
mod defaults;
mod link;

pub use link::{Linked, link};

use crate::model::catalogue::Technology;
use crate::read::Notation;
use crate::read::vocabulary::{
    ComponentFacts, Count, DependencyFacts, DesignFacts, FailoverMode, Fallback, FlowFacts, GroupMap, Kind, Mode, Need,
    Phase, Role, TeamFacts,
};
use crate::sources::Span;
use std::collections::HashMap;

/// Position of a component in file order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ComponentId(pub usize);

/// Position of a dependency in file order; members of groups come after the plain dependencies of their component.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DependencyId(pub usize);

/// Position of a group in file order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GroupId(pub usize);

/// Position of a flow in file order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FlowId(pub usize);

/// Position of a team in file order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TeamId(pub usize);

/// An architecture, as drawn.
#[derive(Debug)]
pub struct Design {
    /// What the files say about the whole.
    pub facts: DesignFacts,
    pub components: Vec<Component>,
    pub dependencies: Vec<Dependency>,
    pub groups: Vec<Group>,
    pub flows: Vec<Flow>,
    pub teams: Vec<Team>,
    /// The `components` key (or its equivalent): where findings about the whole point.
    pub place: Span,
    /// At least one file is in premortem's own notation.
    pub native: bool,
    component_names: HashMap<String, ComponentId>,
}

#[derive(Debug)]
pub struct Component {
    pub name: String,
    /// The key that defines it.
    pub place: Span,
    pub notation: Notation,
    pub kind: Kind,
    pub technology: Option<&'static Technology>,
    /// Boxed, because it is large and handed on several times.
    pub facts: Box<ComponentFacts>,
}

#[derive(Debug)]
pub struct Dependency {
    pub source: ComponentId,
    pub target: ComponentId,
    /// The name of the target where the source uses it.
    pub place: Span,
    pub notation: Notation,
    /// The alternative it belongs to.
    pub group: Option<GroupId>,
    /// The flows it is restricted to.
    pub flows: Option<Vec<FlowId>>,
    /// The component asked instead, where `fallback: {to: …}` says so.
    pub fallback_to: Option<ComponentId>,
    pub facts: Box<DependencyFacts>,
    /// The worker takes messages from a queue: it depends on the queue, load runs the other way.
    pub consumes: bool,
    pub need: Need,
    pub mode: Mode,
    pub phase: Phase,
}

/// Alternatives of which `need` suffice (`one_of`).
#[derive(Debug)]
pub struct Group {
    pub source: ComponentId,
    pub name: String,
    pub place: Span,
    pub members: Vec<DependencyId>,
    pub need: usize,
    pub failover: FailoverMode,
    pub facts: GroupMap,
}

/// Something a user does.
#[derive(Debug)]
pub struct Flow {
    pub name: String,
    pub place: Span,
    /// In order; may visit a component twice.
    pub path: Vec<ComponentId>,
    /// Where each step is written.
    pub steps: Vec<Span>,
    pub critical: bool,
    /// Made up because the design declares no flow.
    pub implicit: bool,
    pub facts: FlowFacts,
}

#[derive(Debug)]
pub struct Team {
    pub name: String,
    pub place: Span,
    pub facts: TeamFacts,
}

impl Design {
    pub fn component(&self, id: ComponentId) -> &Component {
        &self.components[id.0]
    }

    pub fn dependency(&self, id: DependencyId) -> &Dependency {
        &self.dependencies[id.0]
    }

    pub fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.0]
    }

    pub fn flow(&self, id: FlowId) -> &Flow {
        &self.flows[id.0]
    }

    pub fn team(&self, id: TeamId) -> &Team {
        &self.teams[id.0]
    }

    pub fn component_ids(&self) -> impl Iterator<Item = ComponentId> + use<> {
        (0..self.components.len()).map(ComponentId)
    }

    pub fn dependency_ids(&self) -> impl Iterator<Item = DependencyId> + use<> {
        (0..self.dependencies.len()).map(DependencyId)
    }

    pub fn group_ids(&self) -> impl Iterator<Item = GroupId> + use<> {
        (0..self.groups.len()).map(GroupId)
    }

    pub fn flow_ids(&self) -> impl Iterator<Item = FlowId> + use<> {
        (0..self.flows.len()).map(FlowId)
    }

    pub fn team_ids(&self) -> impl Iterator<Item = TeamId> + use<> {
        (0..self.teams.len()).map(TeamId)
    }

    pub fn find_component(&self, name: &str) -> Option<ComponentId> {
        self.component_names.get(name).copied()
    }

    pub fn find_flow(&self, name: &str) -> Option<FlowId> {
        self.flows.iter().position(|flow| flow.name == name).map(FlowId)
    }

    /// `source->target`, as findings name a dependency.
    pub fn dependency_name(&self, id: DependencyId) -> String {
        let dependency = self.dependency(id);
        format!("{}->{}", self.component(dependency.source).name, self.component(dependency.target).name)
    }
}

impl Component {
    /// Copies that always run; `None` when the file does not say. Declared `none` is one copy.
    pub fn replicas(&self) -> Option<u64> {
        use crate::read::vocabulary::Answer;
        match self.facts.replicas.answer() {
            Answer::Value(replicas) => Some(replicas.min),
            Answer::None => Some(1),
            Answer::Todo | Answer::Absent => None,
        }
    }

    /// Copies at the most; `None` when the file does not say.
    pub fn replicas_max(&self) -> Option<u64> {
        self.facts.replicas.value().map(|replicas| replicas.max).or_else(|| self.replicas())
    }

    pub fn is_managed(&self) -> bool {
        self.facts.managed.value().is_some()
    }
}

impl Dependency {
    /// The caller waits for an answer while serving: neither start-up, nor asynchronous, nor taking messages.
    pub fn is_call(&self) -> bool {
        self.phase == Phase::Run && self.mode == Mode::Sync && !self.consumes
    }

    /// Attempts in all: 1 + retries. `forever` counts as `u64::MAX` attempts.
    pub fn attempts(&self) -> f64 {
        use crate::read::vocabulary::RetryCount;
        match self.facts.retries.value().and_then(|retries| retries.max.value()) {
            Some(RetryCount::Times(times)) => 1.0 + to_f64(*times),
            Some(RetryCount::Forever) => f64::INFINITY,
            None => 1.0,
        }
    }

    /// Calls per incoming request.
    pub fn calls(&self) -> f64 {
        self.facts.calls.value().map_or(1.0, |calls| calls.0)
    }

    /// The caller can go on with a value of its own.
    pub fn has_value_fallback(&self) -> bool {
        matches!(self.facts.fallback.value(), Some(Fallback::Value(_)))
    }

    /// The dependency belongs to this flow.
    pub fn is_used_by(&self, flow: FlowId) -> bool {
        self.flows.as_ref().is_none_or(|flows| flows.contains(&flow))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of real things are far below 2^52")]
pub(crate) fn to_f64(count: u64) -> f64 {
    count as f64
}

impl From<Count> for f64 {
    fn from(count: Count) -> Self {
        to_f64(count.0)
    }
}

/// What an edge means where the file leaves it open (failure-model A.2, language defaults).
fn resolve(facts: &DependencyFacts, source: Kind, target: Kind) -> (Need, Mode, Phase, bool) {
    let outbox = facts.outbox.value().is_some();
    let mode = facts.mode.value().copied().unwrap_or(if outbox { Mode::Async } else { Mode::Sync });
    let soft_by_nature = matches!(target, Kind::Cache | Kind::Monitoring) || mode == Mode::Async;
    let need = facts.need.value().copied().unwrap_or(if soft_by_nature { Need::Soft } else { Need::Hard });
    let phase = facts.phase.value().copied().unwrap_or(Phase::Run);
    let consumes = target.is_queue()
        && match facts.role.value() {
            Some(role) => *role == Role::Consume,
            None => matches!(source, Kind::Worker | Kind::Job),
        };
    (need, mode, phase, consumes)
}
