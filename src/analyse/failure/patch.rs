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

impl Patch {
    /// The component whose own losses it changes.
    pub(crate) fn placed(self) -> Option<usize> {
        match self {
            Self::Copies(component) | Self::Elsewhere(component) | Self::FailsOver(component) => Some(component),
            Self::Unlimited(_) | Self::Endless(_) | Self::GivesUp(_) | Self::Lasts(_) => None,
        }
    }

    pub(crate) fn apply(self, model: &mut Compiled) {
        match self {
            Self::Copies(component) => model.placements[component].take_copies(),
            Self::Elsewhere(component) => model.placements[component].take_elsewhere(),
            Self::FailsOver(component) => model.placements[component].take_failover(),
            Self::Unlimited(component) => {
                for stores in &mut model.unlimited_behind {
                    stores.retain(|store| *store != component);
                }
            }
            Self::Endless(queue) => {
                model.horizons[queue] =
                    Some(Horizon { seconds: f64::INFINITY, retention: None, max_length: None, arriving: 0.0 });
            }
            Self::GivesUp(dependency) => {
                if let Some(edge) = &mut model.edges[dependency] {
                    edge.give_up();
                }
                model.hear_again(dependency);
                for choice in &mut model.choices {
                    choice.give_up(dependency);
                }
            }
            Self::Lasts(dependency) => {
                if let Some(edge) = &mut model.edges[dependency] {
                    edge.last();
                }
            }
        }
    }

    /// Takes the fact back to what it is in `original`.
    pub(crate) fn revert(self, model: &mut Compiled, original: &Compiled) {
        match self {
            Self::Copies(component) | Self::Elsewhere(component) | Self::FailsOver(component) => {
                model.placements[component].clone_from(&original.placements[component]);
            }
            Self::Unlimited(_) => model.unlimited_behind.clone_from(&original.unlimited_behind),
            Self::Endless(queue) => model.horizons[queue] = original.horizons[queue],
            Self::GivesUp(dependency) => {
                model.edges[dependency].clone_from(&original.edges[dependency]);
                model.hear_again(dependency);
                model.choices.clone_from(&original.choices);
            }
            Self::Lasts(dependency) => model.edges[dependency].clone_from(&original.edges[dependency]),
        }
    }
}
