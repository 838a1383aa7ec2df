//! Recovery targets that the way data is saved cannot meet.

use super::cell::{duration, field, resting_on, text};
use super::target;
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{Component, ComponentId};
use crate::read::vocabulary::{Attr, Backup, Duration, FailoverMode, Kind, Replication};

pub(super) const RELATION: Relation = Relation {
    name: "recovery_target",
    summary: "A store of record whose backups are further apart, or take longer to restore, than the design promises.",
    fields: &[
        field("component", Type::Component, "The store."),
        field("target", Type::Text(&["rpo", "rto"]), "Which promise: what may be lost, or how long it may be away."),
        field("promised", Type::Duration, "The promise; the place is where it is written."),
        field("actual", Type::Duration, "What the backup allows; the place is `every` or `restore`."),
    ],
    subject: 0,
    rows: |analysis| {
        let Some(targets) = target::whole(analysis) else { return Vec::new() };
        let mut rows = Vec::new();
        for id in analysis.design.component_ids() {
            let component = analysis.design.component(id);
            let Some(backup) = component.facts.backup.value().filter(|_| is_store_of_record(component)) else {
                continue;
            };
            if !keeps_every_write(component, backup) {
                rows.extend(missed(analysis, id, "rpo", &targets.rpo, &backup.every));
            }
            if !takes_over(component) {
                rows.extend(missed(analysis, id, "rto", &targets.rto, &backup.restore));
            }
        }
        rows
    },
};

fn missed<'a>(
    analysis: &'a Analysis,
    id: ComponentId,
    name: &'a str,
    promised: &'a Attr<Duration>,
    actual: &'a Attr<Duration>,
) -> Option<Row<'a>> {
    let (seconds, needed) = (promised.value()?.0, actual.value()?.0);
    (needed > seconds).then(|| Row {
        cells: vec![
            Fact::component(analysis, id),
            text(name),
            resting_on(duration(seconds), &[promised]),
            resting_on(duration(needed), &[actual]),
        ],
    })
}

/// Data that exists nowhere else.
fn is_store_of_record(component: &Component) -> bool {
    let facts = &component.facts;
    matches!(component.kind, Kind::Database | Kind::ObjectStore)
        && facts.replica_of.value().is_none()
        && facts.rebuild_from.value().is_none()
}

fn keeps_every_write(component: &Component, backup: &Backup) -> bool {
    let copies = component.facts.replication.value();
    backup.pitr.value().is_some() || matches!(copies, Some(Replication::Sync | Replication::Quorum))
}

fn takes_over(component: &Component) -> bool {
    component.facts.failover.value().is_some_and(|failover| failover.how.value() == Some(&FailoverMode::Automatic))
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn missed(store: &str) -> String {
        let design = format!(
            "{{targets: {{rpo: 5m, rto: 1h}}, components: {{pg: {{kind: database, {store}}}}}, flows: {{f: {{path: [pg]}}}}}}"
        );
        table("recovery_target", &["component", "target", "promised", "actual"], &design)
    }

    #[test]
    fn both_promises() {
        assert_eq!(
            missed("replication: async, backup: {every: 1d, restore: 3h}"),
            "component=pg target=rpo promised=5 min actual=1 d\ncomponent=pg target=rto promised=1 h actual=3 h"
        );
    }

    #[test]
    fn logs_copies_and_standbys_meet_them() {
        assert_eq!(missed("failover: automatic, backup: {every: 1d, pitr: true, restore: 3h}"), "");
        assert_eq!(missed("replication: quorum, backup: {every: 1d, restore: 40m}"), "");
    }
}
