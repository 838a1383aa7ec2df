//! What is asked of the failure model: which events, for how long, and how the unsaid is taken.

use super::event::Event;

/// How facts that the design does not state are taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Assume {
    /// At their best: what happens, happens whatever is left unsaid.
    #[default]
    Must,
    /// At their worst: what may happen as far as the design says.
    May,
}

/// The traffic a scenario happens under.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub enum Demand {
    /// What flows say of today.
    #[default]
    Now,
    /// What the design is built for: `target` rates, today's where there is none.
    Target,
    /// Today's, so many times.
    Times(f64),
}

/// Events that happen together.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    pub events: Vec<Event>,
    /// How long the outage lasts.
    pub seconds: f64,
    pub assume: Assume,
    pub demand: Demand,
}

impl Scenario {
    /// The outage a reader means who gives no duration.
    pub const DEFAULT_SECONDS: f64 = 3600.0;

    /// The events for an hour, with today's traffic, and the unsaid at its best.
    pub fn new(events: impl IntoIterator<Item = Event>) -> Self {
        Self {
            events: events.into_iter().collect(),
            seconds: Self::DEFAULT_SECONDS,
            assume: Assume::Must,
            demand: Demand::Now,
        }
    }

    #[must_use]
    pub fn lasting(self, seconds: f64) -> Self {
        Self { seconds, ..self }
    }

    #[must_use]
    pub fn assuming(self, assume: Assume) -> Self {
        Self { assume, ..self }
    }

    #[must_use]
    pub fn under(self, demand: Demand) -> Self {
        Self { demand, ..self }
    }
}

impl From<Event> for Scenario {
    fn from(event: Event) -> Self {
        Self::new([event])
    }
}
