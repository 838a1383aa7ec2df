//! How long a promise allows to be away, and how much of that one bad release takes.
//!
//! `budget = (1 - target) × period`; `outage = detection + rollback`; `detection = interval × failures in a row + timeout
//! of the last probe` (Treynor, Dahlin, Rau and Beyer, "The Calculus of Service Availability", ACM Queue 2017: how often,
//! how fast noticed, how fast repaired).

use super::failure::FailureModel;
use crate::model::ComponentId;

/// The period error budgets are counted over, in days.
pub const BUDGET_DAYS: f64 = 30.0;

/// Seconds a target of 0.999 and the like leaves in so many days.
pub fn error_budget(target: f64, days: f64) -> f64 {
    (1.0 - target) * days * 86_400.0
}

/// Until a probe has shown that a copy is dead, in seconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Detection {
    pub interval: f64,
    pub after: f64,
    pub timeout: f64,
}

impl Detection {
    pub fn seconds(&self) -> f64 {
        self.interval * self.after + self.timeout
    }
}

impl FailureModel<'_> {
    /// `None` when the probe does not say how often it asks; failures in a row count as one and the timeout as nothing
    /// where they are unsaid.
    pub fn detection(self, component: ComponentId) -> Option<Detection> {
        let health = self.design().component(component).facts.health.value()?;
        Some(Detection {
            interval: health.interval.value()?.0,
            after: health.after.value().map_or(1.0, |after| f64::from(*after)),
            timeout: health.timeout.value().map_or(0.0, |timeout| timeout.0),
        })
    }

    /// Seconds a bad release of the component costs: until it is noticed and rolled back. `None` when the design does
    /// not say one of the two.
    pub fn bad_release(self, component: ComponentId) -> Option<f64> {
        let deploy = self.design().component(component).facts.deploy.value()?;
        let rollback = deploy.rollback.value()?.time.value()?.0;
        self.detection(component).map(|detection| detection.seconds() + rollback)
    }

    /// Acknowledged writes that a failover can lose: what was written while the copies were behind.
    pub fn writes_at_risk(self, component: ComponentId) -> Option<f64> {
        let facts = &self.design().component(component).facts;
        Some(facts.lag.value()?.0 * facts.writes.value()?.0)
    }
}
