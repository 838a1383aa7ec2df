//! What an outage of the consumers leaves in a queue, and how long it takes to work off.
//!
//! `backlog = arriving × duration`; `drain = backlog / (served - arriving)`, which never ends unless consumers are
//! faster than producers (Amazon Builders' Library, "Avoiding insurmountable queue backlogs").

use super::failure::FailureModel;
use super::scenario::Demand;
use crate::model::ComponentId;

/// A queue whose consumers are away.
#[derive(Clone, PartialEq, Debug)]
pub struct Backlog {
    pub queue: ComponentId,
    /// Messages per second.
    pub arriving: f64,
    /// Messages per second all consumers can work on; `None` when one of them does not say.
    pub served: Option<f64>,
    /// What each consumer can work on, in file order.
    pub consumers: Vec<(ComponentId, Option<f64>)>,
    /// How long they are away.
    pub seconds: f64,
}

/// Until a backlog is gone.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Drain {
    Seconds(f64),
    /// Consumers are no faster than producers.
    Never,
    /// The design does not say how fast consumers are.
    Unknown,
}

impl Backlog {
    /// Messages that wait when the consumers are back. The oldest is as old as the outage.
    pub fn messages(&self) -> f64 {
        self.arriving * self.seconds
    }

    pub fn drain(&self) -> Drain {
        self.served.map_or(Drain::Unknown, |served| drain(self.messages(), self.arriving, served))
    }
}

/// How long a backlog lasts, per second rates.
pub fn drain(messages: f64, arriving: f64, served: f64) -> Drain {
    if served > arriving { Drain::Seconds(messages / (served - arriving)) } else { Drain::Never }
}

impl FailureModel<'_> {
    /// What waits in a queue after its consumers have been away for so long.
    pub fn backlog(self, queue: ComponentId, seconds: f64, demand: Demand) -> Backlog {
        self.backlog_of(queue, seconds, self.loads(&[], demand)[queue.0])
    }

    /// The same for messages that arrive at a known rate.
    pub(crate) fn backlog_of(self, queue: ComponentId, seconds: f64, arriving: f64) -> Backlog {
        let design = self.design();
        let incoming = self.graph().incoming(queue).iter().map(|id| design.dependency(*id));
        let consumers: Vec<(ComponentId, Option<f64>)> = incoming
            .filter(|edge| edge.consumes)
            .map(|edge| (edge.source, self.compiled().limits[edge.source.0]))
            .collect();
        let served = consumers.iter().map(|(_, served)| *served).sum::<Option<f64>>().filter(|_| !consumers.is_empty());
        Backlog { queue, arriving, served, consumers, seconds }
    }
}
