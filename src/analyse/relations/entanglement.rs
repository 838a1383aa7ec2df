//! Services that are one program in several processes.
//!
//! Four signs of it: they call each other in a circle, write to one database, are released together, or are all needed
//! by every critical flow. One sign alone is ordinary; services that share two of them are a row.

use super::cell::{field, text};
use crate::analyse::Analysis;
use crate::analyse::relation::{Fact, Relation, Row, Type};
use crate::graph::strongly_connected;
use crate::model::{ComponentId, DependencyId, FlowId};
use crate::read::vocabulary::{Access, Kind, Need};
use crate::sources::Span;
use petgraph::unionfind::UnionFind;
use std::collections::{BTreeMap, BTreeSet};

/// Fewer services are needed together by every flow in any small design.
const LEAST_SERVICES: usize = 4;

pub(super) const RELATION: Relation = Relation {
    name: "entanglement",
    summary: "Services of your own that show two signs or more of being one program: a circle of calls, one database, common releases, all needed by every critical flow.",
    fields: &[
        field("component", Type::Component, "The first of them."),
        field("members", Type::List(&Type::Component), "All of them."),
        field("signs", Type::List(&Type::Text(&[])), "What they, or some of them, do together, as clauses."),
        field("calls", Type::List(&Type::Dependency), "Calls of the circle."),
        field("writes", Type::List(&Type::Dependency), "Writes to the database they share."),
        field("released", Type::List(&Type::Text(&[])), "What they are released with; the place is `deploys_with`."),
    ],
    subject: 0,
    rows: |analysis| {
        let writers = writers(analysis);
        let released = released_together(analysis);
        let everywhere = needed_everywhere(analysis);
        let others = usize::from(!writers.is_empty()) + usize::from(!released.is_empty());
        if others == 0 && everywhere.is_empty() {
            return Vec::new();
        }
        let mut groups = writers;
        groups.extend(released);
        groups.extend(circles(analysis));
        groups.extend(everywhere);
        clusters(&groups).into_iter().map(|cluster| row(analysis, &groups, &cluster)).collect()
    },
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Writes(ComponentId),
    Circle,
    Released,
    Everywhere,
}

impl Sign {
    fn kind(self) -> u8 {
        match self {
            Self::Writes(_) => 0,
            Self::Circle => 1,
            Self::Released => 2,
            Self::Everywhere => 3,
        }
    }
}

/// Services with one sign in common, in file order.
type Group = (Sign, Vec<ComponentId>);

fn is_service(analysis: &Analysis, id: ComponentId) -> bool {
    let component = analysis.design.component(id);
    matches!(component.kind, Kind::Service | Kind::Function) && !component.is_managed()
}

fn writes(analysis: &Analysis, id: DependencyId) -> bool {
    let dependency = analysis.design.dependency(id);
    matches!(dependency.facts.access.value(), Some(Access::Write | Access::Both))
        && is_service(analysis, dependency.source)
}

fn writers(analysis: &Analysis) -> Vec<Group> {
    let design = &analysis.design;
    let databases = design.component_ids().filter(|id| design.component(*id).kind == Kind::Database);
    let group = |database: ComponentId| {
        let writes = analysis.graph.incoming(database).iter().filter(|id| writes(analysis, **id));
        let writers: BTreeSet<ComponentId> = writes.map(|id| design.dependency(*id).source).collect();
        (writers.len() > 1).then(|| (Sign::Writes(database), writers.into_iter().collect()))
    };
    databases.filter_map(group).collect()
}

fn released_together(analysis: &Analysis) -> Vec<Group> {
    let design = &analysis.design;
    let names: Vec<(ComponentId, &str)> = design
        .component_ids()
        .flat_map(|id| {
            let with = design.component(id).facts.deploys_with.value();
            with.into_iter().flat_map(move |with| with.iter().map(move |name| (id, name.value.0.as_str())))
        })
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    let pairs = names.iter().filter_map(|(id, name)| Some((id.0, design.find_component(name)?.0)));
    // What is released together is so in both directions.
    let both = pairs.flat_map(|(from, to)| [(from, to), (to, from)]);
    services_of(analysis, strongly_connected(design.components.len(), both), Sign::Released)
}

fn circles(analysis: &Analysis) -> Vec<Group> {
    let design = &analysis.design;
    let calls = design.dependency_ids().filter(|id| waits(analysis, *id));
    let ends = calls.map(|id| (design.dependency(id).source.0, design.dependency(id).target.0));
    services_of(analysis, strongly_connected(design.components.len(), ends), Sign::Circle)
}

fn waits(analysis: &Analysis, id: DependencyId) -> bool {
    let dependency = analysis.design.dependency(id);
    dependency.is_call() && dependency.need == Need::Hard && dependency.group.is_none()
}

fn services_of(analysis: &Analysis, sets: Vec<Vec<usize>>, sign: Sign) -> Vec<Group> {
    let several = sets.into_iter().filter(|set| set.len() > 1);
    let services = several.map(|set| {
        let mut services: Vec<ComponentId> =
            set.into_iter().map(ComponentId).filter(|id| is_service(analysis, *id)).collect();
        services.sort_unstable();
        (sign, services)
    });
    services.filter(|(_, services)| services.len() > 1).collect()
}

/// All services, if there are four or more and every critical flow that is drawn needs each of them.
fn needed_everywhere(analysis: &Analysis) -> Vec<Group> {
    let design = &analysis.design;
    let drawn = |flow: &FlowId| design.flow(*flow).critical && !design.flow(*flow).implicit;
    let critical = design.flow_ids().filter(drawn).count();
    let services: Vec<ComponentId> = design.component_ids().filter(|id| is_service(analysis, *id)).collect();
    let needed = |id: &ComponentId| analysis.graph.critical_flows_of(*id).count() == critical;
    if critical == 0 || services.len() < LEAST_SERVICES || !services.iter().all(needed) {
        return Vec::new();
    }
    vec![(Sign::Everywhere, services)]
}

/// Services that share two signs with another one, with the groups that show it.
struct Cluster {
    members: BTreeSet<ComponentId>,
    groups: BTreeSet<usize>,
}

fn clusters(groups: &[Group]) -> Vec<Cluster> {
    let mut memberships: BTreeMap<ComponentId, Vec<usize>> = BTreeMap::new();
    for (index, (_, members)) in groups.iter().enumerate() {
        for member in members {
            memberships.entry(*member).or_default().push(index);
        }
    }
    // Who is in the same two groups of different kinds. A service is in one group of each kind but for databases, so
    // that the pairs are as many as the writes.
    let mut shared: BTreeMap<(usize, usize), Vec<ComponentId>> = BTreeMap::new();
    for (member, indices) in &memberships {
        let kind = |index: usize| groups[index].0.kind();
        for (at, first) in indices.iter().enumerate() {
            for second in indices[at + 1..].iter().filter(|second| kind(**second) != kind(*first)) {
                shared.entry((*first, *second)).or_default().push(*member);
            }
        }
    }
    shared.retain(|_, members| members.len() > 1);
    let size = memberships.keys().next_back().map_or(0, |last| last.0 + 1);
    let mut same: UnionFind<usize> = UnionFind::new(size);
    for members in shared.values() {
        for member in members {
            same.union(members[0].0, member.0);
        }
    }
    let mut clusters: BTreeMap<usize, Cluster> = BTreeMap::new();
    for ((first, second), members) in &shared {
        let cluster = clusters.entry(same.find(members[0].0));
        let cluster = cluster.or_insert_with(|| Cluster { members: BTreeSet::new(), groups: BTreeSet::new() });
        cluster.members.extend(members);
        cluster.groups.extend([*first, *second]);
    }
    let mut clusters: Vec<Cluster> = clusters.into_values().collect();
    clusters.sort_by(|a, b| a.members.cmp(&b.members));
    clusters
}

fn row<'a>(analysis: &'a Analysis, groups: &[Group], cluster: &Cluster) -> Row<'a> {
    let design = &analysis.design;
    let mut signs: Vec<Sign> = cluster.groups.iter().map(|index| groups[*index].0).collect();
    signs.sort_unstable();
    signs.dedup();
    let circles = cluster.groups.iter().map(|index| &groups[*index]).filter(|(sign, _)| *sign == Sign::Circle);
    let circles: Vec<&Vec<ComponentId>> = circles.map(|(_, members)| members).collect();
    let databases: Vec<ComponentId> =
        signs.iter().filter_map(|sign| if let Sign::Writes(id) = sign { Some(*id) } else { None }).collect();
    let clauses = cluster.groups.iter().map(|index| clause(analysis, &groups[*index], cluster));
    let outgoing = cluster.members.iter().flat_map(|id| analysis.graph.outgoing(*id)).copied();
    let calls = outgoing.clone().filter(|id| {
        let ends = [design.dependency(*id).source, design.dependency(*id).target];
        waits(analysis, *id) && circles.iter().any(|circle| ends.iter().all(|end| circle.binary_search(end).is_ok()))
    });
    let writing = outgoing.filter(|id| databases.contains(&design.dependency(*id).target) && writes(analysis, *id));
    let released = cluster.members.iter().filter_map(|id| {
        let attr = &design.component(*id).facts.deploys_with;
        attr.value().and(attr.span()).map(|place: Span| Fact { place: Some(place), ..Fact::component(analysis, *id) })
    });
    Row {
        cells: vec![
            cluster.members.first().map_or_else(Fact::null, |id| Fact::component(analysis, *id)),
            Fact::list(cluster.members.iter().map(|id| Fact::component(analysis, *id))),
            Fact::list(clauses.map(text)),
            Fact::list(calls.map(|id| Fact::dependency(analysis, id))),
            Fact::list(writing.map(|id| Fact::dependency(analysis, id))),
            Fact::list(released.filter(|_| signs.contains(&Sign::Released))),
        ],
    }
}

/// "they are released together", or who of them is.
fn clause(analysis: &Analysis, (sign, group): &Group, cluster: &Cluster) -> String {
    let name = |id: &ComponentId| format!("`{}`", analysis.design.component(*id).name);
    let who: Vec<String> = group.iter().filter(|id| cluster.members.contains(id)).map(name).collect();
    let who = if who.len() == cluster.members.len() { "they".to_owned() } else { who.join(" and ") };
    match sign {
        Sign::Writes(database) => format!("{who} write to {}", name(database)),
        Sign::Circle => format!("{who} call each other in a circle"),
        Sign::Released => format!("{who} are released together"),
        Sign::Everywhere => format!("every critical flow needs {}", if who == "they" { "them" } else { &who }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn entangled(components: &str) -> String {
        let design = format!("{{components: {{{components}, db: {{kind: database}}}}, flows: {{f: {{path: [a]}}}}}}");
        table("entanglement", &["component", "members", "signs", "calls", "writes", "released"], &design)
    }

    #[test]
    fn two_signs_of_the_same_services() {
        assert_eq!(
            entangled("a: {deploys_with: [b], uses: {db: {access: write}}}, b: {uses: {db: {access: both}}}"),
            "component=a members=[a, b] signs=[they write to `db`, they are released together] calls=[] \
             writes=[a->db, b->db] released=[a]"
        );
        assert_eq!(
            entangled("a: {uses: {db: {access: write}, b: {}}}, b: {uses: {db: {access: write}, a: {}}}, c: {}"),
            "component=a members=[a, b] signs=[they write to `db`, they call each other in a circle] \
             calls=[a->b, b->a] writes=[a->db, b->db] released=[]"
        );
    }

    #[test]
    fn what_only_some_do_is_said_of_them() {
        assert_eq!(
            entangled(
                "a: {deploys_with: [b, c], uses: {db: {access: write}}}, b: {uses: {c: {}, db: {access: write}}}, \
                 c: {uses: {b: {}, db: {access: write}}}"
            ),
            "component=a members=[a, b, c] signs=[they write to `db`, they are released together, \
             `b` and `c` call each other in a circle] calls=[b->c, c->b] writes=[a->db, b->db, c->db] released=[a]"
        );
    }

    #[test]
    fn one_sign_is_ordinary() {
        assert_eq!(entangled("a: {uses: {db: {access: write}}}, b: {uses: {db: {access: write}}}"), "");
        assert_eq!(entangled("a: {deploys_with: [b]}, b: {}"), "");
        assert_eq!(entangled("a: {uses: [b]}, b: {uses: [a]}"), "");
        // Different services: one pair shares a database, another is released together.
        assert_eq!(
            entangled(
                "a: {uses: {db: {access: write}}}, b: {deploys_with: [c], uses: {db: {access: write}}}, c: {uses: [a]}"
            ),
            ""
        );
        // A worker beside its service is one program by intention.
        assert_eq!(
            entangled(
                "a: {uses: {db: {access: write}}}, w: {kind: worker, deploys_with: [a], uses: {db: {access: write}}}"
            ),
            ""
        );
        // Reading what somebody else writes is not sharing it.
        assert_eq!(
            entangled("a: {deploys_with: [b], uses: {db: {access: write}}}, b: {uses: {db: {access: read}}}"),
            ""
        );
    }

    #[test]
    fn every_flow_needs_all_of_them() {
        let design = |last: &str| {
            format!(
                "{{components: {{a: {{uses: {{b: {{}}, db: {{access: write}}}}}}, b: {{uses: {{c: {{}}, db: {{access: write}}}}}}, \
                 c: {{uses: {{d: {last}}}}}, d: {{}}, db: {{kind: database}}}}, flows: {{f: {{path: [a], critical: true}}}}}}"
            )
        };
        let columns = ["members", "signs"];
        assert_eq!(
            table("entanglement", &columns, &design("{}")),
            "members=[a, b] signs=[they write to `db`, every critical flow needs them]"
        );
        assert_eq!(table("entanglement", &columns, &design("{need: soft}")), "");
    }
}
