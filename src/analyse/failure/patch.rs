//! One unsaid fact at its best, all others as they are.

use super::compiled::Compiled;
use super::outcome::Horizon;

/// Which fact; numbers are positions of components or dependencies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Patch {
    /// There are copies enough.
    Copies(usize),
    /// None of it is in a zone that fails.
    Elsewhere(usize),
    /// A standby takes over by itself.
    FailsOver(usize),
    /// It can serve every read itself.
    Unlimited(usize),
    /// The queue holds everything.
    Endless(usize),
    /// The caller gives up in time.
    GivesUp(usize),
    /// The buffer or the last answer lasts as long as the outage.
    Lasts(usize),
}

impl Compiled {
    pub(crate) fn patched(&self, patch: &Patch) -> Self {
        let mut model = self.clone();
        match *patch {
            Patch::Copies(component) => model.placements[component].take_copies(),
            Patch::Elsewhere(component) => model.placements[component].take_elsewhere(),
            Patch::FailsOver(component) => model.placements[component].take_failover(),
            Patch::Unlimited(component) => {
                for stores in &mut model.unlimited_behind {
                    stores.retain(|store| *store != component);
                }
            }
            Patch::Endless(queue) => {
                model.horizons[queue] =
                    Some(Horizon { seconds: f64::INFINITY, retention: None, max_length: None, arriving: 0.0 });
            }
            Patch::GivesUp(dependency) => {
                if let Some(edge) = &mut model.edges[dependency] {
                    edge.give_up();
                }
                for choice in &mut model.choices {
                    choice.give_up(dependency);
                }
            }
            Patch::Lasts(dependency) => {
                if let Some(edge) = &mut model.edges[dependency] {
                    edge.last();
                }
            }
        }
        model
    }
}
