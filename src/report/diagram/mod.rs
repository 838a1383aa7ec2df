//! The design as a picture, and what a failure does to it: one neutral product, then one file per format.

mod build;
mod dot;
mod grouping;
mod json;
mod mermaid;
mod svg;
mod words;

pub use json::schema;

use crate::analyse::failure::{Outcome, State};
use crate::analyse::{Analysis, Scenario};
use crate::model::ComponentId;
use crate::read::vocabulary::Kind;
use std::io::{self, Write};

/// A picture of more components shows groups of them.
pub const MOST_COMPONENTS: usize = 100;

/// A picture of more dependencies shows groups of components. Mermaid refuses to draw more than 500.
pub const MOST_DEPENDENCIES: usize = 400;

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Shows what these events do.
    pub scenario: Option<Scenario>,
    /// Shows this component and what it is directly connected with.
    pub focus: Option<ComponentId>,
}

/// Everything a picture tells, without saying how it is drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct Diagram {
    /// The name of the system, where the design says it.
    pub system: Option<String>,
    /// What the events do to the flows, in one sentence.
    pub failure: Option<Failure>,
    /// What is not drawn as it is written, one sentence each.
    pub notes: Vec<String>,
    /// In file order; each alternative follows the component that chooses, groups come last.
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// With events worst first, else in file order.
    pub flows: Vec<Flow>,
}

/// What happens, and what it does.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// As users write them: `stop:redis`.
    pub events: Vec<String>,
    pub seconds: f64,
    /// `must` or `may`.
    pub assume: &'static str,
    /// `If redis stops for 1 h: checkout goes on, browse is degraded.`
    pub headline: String,
}

/// One box.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    pub what: What,
    pub name: String,
    /// Some critical flow cannot work without it, or without a part of it.
    pub critical: bool,
    /// How it answers, where events happen; for a group, its worst member.
    pub state: Option<State>,
    /// What the events do to it directly: `stops`, `zone a fails`.
    pub struck: Vec<String>,
    /// Why it is in its state, as one clause.
    pub because: Option<String>,
}

/// What a box stands for.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    Component(Part),
    /// A component chooses between the targets behind it.
    Choice {
        /// How many are needed.
        need: usize,
        /// Of how many.
        of: usize,
    },
    /// Several components drawn as one.
    Group {
        /// In file order.
        members: Vec<Member>,
    },
}

/// A component as drawn.
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    pub kind: Kind,
    pub technology: Option<String>,
    pub replicas: Option<u64>,
    pub zones: Vec<String>,
    pub region: Option<String>,
    pub vendor: Option<String>,
    /// The group it was taken out of, because the events reach it.
    pub group: Option<String>,
}

/// A component inside a group.
#[derive(Clone, PartialEq, Debug)]
pub struct Member {
    pub name: String,
    pub kind: Kind,
    pub state: Option<State>,
}

/// One arrow: all dependencies over which calls or messages go from one box to another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Edge {
    /// Position of the box that uses.
    pub source: usize,
    /// Position of the box that is used.
    pub target: usize,
    pub line: Line,
    /// The source takes messages from the target, so that they go the other way.
    pub takes: bool,
    /// Some critical flow uses it.
    pub critical: bool,
    /// The failure spread over it.
    pub carries: bool,
    /// How many dependencies it stands for.
    pub count: usize,
}

/// What an arrow means, strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Line {
    /// The source cannot answer without the target.
    Hard,
    /// The source answers with less.
    Soft,
    /// Nobody waits for an answer.
    Async,
    /// Asked when something else fails.
    Fallback,
    /// Needed to start only.
    Start,
}

/// A flow and, where events happen, how it fares.
#[derive(Clone, PartialEq, Debug)]
pub struct Flow {
    pub name: String,
    pub critical: bool,
    pub outcome: Option<Outcome>,
}

/// How a picture is written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notation {
    Mermaid,
    Dot,
    Svg,
    Json,
}

impl Diagram {
    pub fn new(analysis: &Analysis, view: &View) -> Self {
        build::build(analysis, view)
    }

    /// Writes the picture; the same picture gives the same bytes.
    pub fn write(&self, notation: Notation, out: &mut dyn Write) -> io::Result<()> {
        match notation {
            Notation::Mermaid => mermaid::write(self, out),
            Notation::Dot => dot::write(self, out),
            Notation::Svg => svg::write(self, out),
            Notation::Json => json::write(self, out),
        }
    }
}

impl Edge {
    /// The box at the tail of the arrow: arrows point the way calls and messages go.
    pub fn tail(&self) -> usize {
        if self.takes { self.target } else { self.source }
    }

    /// The box the arrow points at.
    pub fn head(&self) -> usize {
        if self.takes { self.source } else { self.target }
    }
}

impl Line {
    pub const ALL: [Self; 5] = [Self::Hard, Self::Soft, Self::Async, Self::Fallback, Self::Start];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Async => "async",
            Self::Fallback => "fallback",
            Self::Start => "start",
        }
    }
}
