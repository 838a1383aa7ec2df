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

/// Load against what is left of the capacity, per second.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Overload {
    pub load: f64,
    pub capacity: f64,
    /// The event that took some of the capacity away.
    pub lost: Option<Event>,
}

impl Cause {
    /// File order among causes that work in the same round.
    pub(super) fn rank(&self) -> (u8, usize) {
        match self {
            Self::Event(_) => (0, 0),
            Self::Dependency(id) => (1, id.0),
            Self::Group(id) => (2, id.0),
            Self::Overload(_) => (3, 0),
            Self::Uncached(cache) => (4, cache.0),
            Self::Start(id) => (5, id.0),
            Self::ColdCache(store) => (6, store.0),
            Self::RetryStorm(_) => (7, 0),
        }
    }
}
