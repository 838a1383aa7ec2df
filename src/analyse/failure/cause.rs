//! Why a component got worse.

use crate::analyse::event::Event;
use crate::model::{ComponentId, DependencyId, GroupId};

/// The reason for one rise.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Cause {
    /// The scenario itself.
    Event(Event),
    /// What it uses got worse.
    Dependency(DependencyId),
    /// Too few of its alternatives are left.
    Group(GroupId),
    /// More load reaches it than it can serve.
    Overload(Overload),
    /// The cache in front of it fails and nothing says whether it can serve every read (`may` only).
    Uncached(ComponentId),
    /// It cannot start: what it needs for that is down.
    Start(DependencyId),
    /// It cannot start: its entries come from a store that is down.
    ColdCache(ComponentId),
    /// It cannot recover: the retries of its callers alone are more than it can serve.
    RetryStorm(Overload),
}

impl Cause {
    /// The dependency that carries it.
    pub fn dependency(&self) -> Option<DependencyId> {
        match self {
            Self::Dependency(id) | Self::Start(id) => Some(*id),
            _ => None,
        }
    }
}

/// Load against what is left of the capacity, per second.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Overload {
    pub load: f64,
    pub capacity: f64,
    /// The event that took some of the capacity away.
    pub lost: Option<Event>,
}

/// A cause by position, for the inner loop. The order is file order among causes that work in the same round.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Reason {
    /// An event of the scenario.
    Event(u32),
    Dependency(u32),
    Group(u32),
    /// An overload of the run.
    Overload(u32),
    Uncached(u32),
    Start(u32),
    ColdCache(u32),
    /// An overload of the run.
    RetryStorm(u32),
}

impl Reason {
    pub(super) fn cause(self, events: &[Event], overloads: &[Overload]) -> Cause {
        let component = |id: u32| ComponentId(id as usize);
        match self {
            Self::Event(index) => Cause::Event(events[index as usize]),
            Self::Dependency(id) => Cause::Dependency(DependencyId(id as usize)),
            Self::Group(id) => Cause::Group(GroupId(id as usize)),
            Self::Overload(index) => Cause::Overload(overloads[index as usize]),
            Self::Uncached(id) => Cause::Uncached(component(id)),
            Self::Start(id) => Cause::Start(DependencyId(id as usize)),
            Self::ColdCache(id) => Cause::ColdCache(component(id)),
            Self::RetryStorm(index) => Cause::RetryStorm(overloads[index as usize]),
        }
    }
}

/// A position as the inner loop stores it. Files of one review are smaller than 4 GiB together, so that whatever is
/// written in them has fewer than 2^32 parts.
pub(super) fn small(position: usize) -> u32 {
    u32::try_from(position).expect("bounded by the size of the files")
}
