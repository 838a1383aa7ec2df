//! Copies of data that is kept elsewhere: caches, replicas, search indexes.

use super::cell::{component_at, duration, field, integer, maybe, text};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{Component, ComponentId, DependencyId};
use crate::read::vocabulary::{Access, Duration};

pub(super) const RELATION: Relation = Relation {
    name: "copy",
    summary: "A component that holds a copy of what another one keeps: `of`, `replica_of` or `rebuild_from`.",
    fields: &[
        field("component", Type::Component, "Who holds the copy."),
        field("source", Type::Component, "Who keeps the data; the place is where the copy names it."),
        field("writers", Type::List(&Type::Dependency), "Who writes to the source, each where it says so."),
        field("writer_count", Type::Integer, "How many they are."),
        field("readers", Type::List(&Type::Dependency), "Who uses the copy."),
        field("oldest", Type::Duration, "How old an answer gets: `ttl` + `lag` of the source, if one is stated."),
        field("arithmetic", Type::Text(&[]), "How that came about."),
    ],
    subject: 0,
    rows: |analysis| analysis.design.component_ids().filter_map(|id| row(analysis, id)).collect(),
};

fn row(analysis: &Analysis, id: ComponentId) -> Option<Row<'_>> {
    let design = &analysis.design;
    let component = design.component(id);
    let facts = &component.facts;
    let named =
        [&facts.of, &facts.replica_of, &facts.rebuild_from].into_iter().find(|named| named.value().is_some())?;
    let source = design.find_component(&named.value()?.0)?;
    let writes = |edge: &&DependencyId| {
        let access = design.dependency(**edge).facts.access.value();
        matches!(access, Some(Access::Write | Access::Both))
    };
    let writers: Vec<DependencyId> = analysis.graph.incoming(source).iter().filter(writes).copied().collect();
    let at_access = |edge: &DependencyId| {
        let dependency = design.dependency(*edge);
        Fact { place: dependency.facts.access.span().or(Some(dependency.place)), ..Fact::dependency(analysis, *edge) }
    };
    let (oldest, arithmetic) = oldest(component, design.component(source)).unzip();
    Some(Row {
        cells: vec![
            Fact::component(analysis, id),
            component_at(analysis, source, named),
            Fact::list(writers.iter().map(at_access)),
            integer(writers.len().try_into().unwrap_or(u64::MAX)),
            Fact::list(analysis.graph.incoming(id).iter().map(|edge| Fact::dependency(analysis, *edge))),
            maybe(oldest, duration),
            maybe(arithmetic, text),
        ],
    })
}

/// What a reader may see at the oldest: an entry lives its time, and was read from a copy that was behind.
fn oldest(copy: &Component, source: &Component) -> Option<(f64, String)> {
    let ttl = copy.facts.ttl.value().map(|ttl| ttl.0);
    let lag = copy.facts.lag.value().or(source.facts.lag.value()).map(|lag| lag.0);
    match (ttl, lag) {
        (Some(ttl), Some(lag)) => {
            Some((ttl + lag, format!("{} + {} = {}", Duration(ttl), Duration(lag), Duration(ttl + lag))))
        }
        (Some(only), None) | (None, Some(only)) => Some((only, Duration(only).to_string())),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    #[test]
    fn how_old_and_who_writes() {
        let design = "{components: {api: {uses: {pg: {access: both}, redis: {}}}, job: {uses: {pg: {access: write}}}, \
                      redis: {kind: cache, of: pg, ttl: 5m}, pg: {kind: database, lag: 2s}, index: {kind: search, rebuild_from: pg}}}";
        assert_eq!(
            table("copy", &["component", "source", "writers", "writer_count", "oldest", "arithmetic"], design),
            "component=redis source=pg writers=[api->pg, job->pg] writer_count=2 oldest=5.03 min arithmetic=5 min + 2 s = 5.03 min\n\
             component=index source=pg writers=[api->pg, job->pg] writer_count=2 oldest=2 s arithmetic=2 s"
        );
    }
}
