//! Where strangers come in, and what limits them on the way.

use super::cell::field;
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::model::{ComponentId, DependencyId};
use crate::read::vocabulary::Kind;

pub(super) const RELATION: Relation = Relation {
    name: "public_entry",
    summary: "The first process of your own that clients reach, directly or through what only passes requests on, and what is `public`.",
    fields: &[
        field("component", Type::Component, "The process."),
        field("calls", Type::List(&Type::Dependency), "The calls that come in from outside."),
        field(
            "limiters",
            Type::List(&Type::Component),
            "What limits clients on the way to it: balancers and networks of copies in front.",
        ),
    ],
    subject: 0,
    rows: |analysis| {
        let design = &analysis.design;
        let ways = Ways::new(analysis);
        let is_own = |id: &ComponentId| {
            let component = design.component(*id);
            component.kind.is_own_process() && !component.is_managed()
        };
        let is_entry = |id: &ComponentId| {
            let public = design.component(*id).facts.public.value().is_some();
            public || analysis.graph.incoming(*id).iter().any(|call| ways.comes_in(analysis, *call))
        };
        design.component_ids().filter(is_own).filter(is_entry).map(|id| row(analysis, &ways, id)).collect()
    },
};

fn row<'a>(analysis: &'a Analysis, ways: &Ways, id: ComponentId) -> Row<'a> {
    let design = &analysis.design;
    let calls: Vec<DependencyId> =
        analysis.graph.incoming(id).iter().copied().filter(|call| ways.comes_in(analysis, *call)).collect();
    let mut limiters: Vec<ComponentId> =
        calls.iter().filter_map(|call| ways.limiter[design.dependency(*call).source.0]).collect();
    limiters.sort_unstable();
    limiters.dedup();
    Row {
        cells: vec![
            Fact::component(analysis, id),
            Fact::list(calls.into_iter().map(|id| Fact::dependency(analysis, id))),
            Fact::list(limiters.into_iter().map(|id| Fact::component(analysis, id))),
        ],
    }
}

/// Clients and what is reached from them through parts that only pass requests on.
struct Ways {
    reached: Vec<bool>,
    /// Something that limits clients on some way there.
    limiter: Vec<Option<ComponentId>>,
}

impl Ways {
    fn new(analysis: &Analysis) -> Self {
        let design = &analysis.design;
        let size = design.components.len();
        let mut ways = Self { reached: vec![false; size], limiter: vec![None; size] };
        let clients = design.component_ids().filter(|id| design.component(*id).kind == Kind::Client);
        let mut open: Vec<ComponentId> = clients.collect();
        for client in &open {
            ways.reached[client.0] = true;
        }
        // A part is looked at again only when a limiter on the way to it was found, so at most twice.
        while let Some(id) = open.pop() {
            let own = design.component(id).facts.rate_limit.value().map(|_| id);
            let limiter = own.or(ways.limiter[id.0]);
            ways.limiter[id.0] = limiter;
            for call in analysis.graph.outgoing(id) {
                let target = design.dependency(*call).target;
                let passes_on = matches!(design.component(target).kind, Kind::Cdn | Kind::Dns | Kind::Balancer);
                let news = !ways.reached[target.0] || (limiter.is_some() && ways.limiter[target.0].is_none());
                if passes_on && news {
                    ways.reached[target.0] = true;
                    ways.limiter[target.0] = ways.limiter[target.0].or(limiter);
                    open.push(target);
                }
            }
        }
        ways
    }

    fn comes_in(&self, analysis: &Analysis, call: DependencyId) -> bool {
        self.reached[analysis.design.dependency(call).source.0]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn entries(lb: &str, api: &str) -> String {
        let design = format!(
            "{{components: {{web: {{kind: client, uses: [cdn]}}, cdn: {{kind: cdn, uses: [lb]}}, \
             lb: {{kind: balancer{lb}, uses: [api]}}, api: {{{api}}}, inner: {{}}, pg: {{kind: database}}}}}}"
        );
        table("public_entry", &["component", "calls", "limiters"], &design)
    }

    #[test]
    fn the_first_process_behind_what_passes_on() {
        assert_eq!(entries("", "uses: [inner, pg]"), "component=api calls=[lb->api] limiters=[]");
        assert_eq!(
            entries(", rate_limit: {rate: 10rps}", "uses: [inner]"),
            "component=api calls=[lb->api] limiters=[lb]"
        );
    }

    #[test]
    fn declared_public() {
        let design = "{components: {api: {public: true}, pg: {kind: database, public: true}}}";
        assert_eq!(table("public_entry", &["component", "calls"], design), "component=api calls=[]");
    }
}
