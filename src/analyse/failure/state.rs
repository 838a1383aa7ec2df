//! How a component looks to its callers.

use std::fmt;

/// A chain: each state is worse for callers than the one before.
///
/// Per-component transfer rules over such tokens with a fixpoint over the whole (cyclic) system are Wallace's Fault
/// Propagation and Transformation Calculus (2005); the ordered scale is a finite degradation structure (Rauzy and Yang,
/// 2019).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[repr(u8)]
pub enum State {
    /// Answers correctly and in time.
    #[default]
    Up,
    /// Answers with less: stale, partial, slower.
    Degraded,
    /// Fails fast.
    Down,
    /// Accepts and does not answer.
    Hung,
}

impl State {
    /// It does not answer.
    pub fn fails(self) -> bool {
        self >= Self::Down
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Hung => "hung",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
