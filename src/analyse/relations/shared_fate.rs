//! Alternatives that fail together.

use super::cell::{field, text, yes};
use crate::analyse::blast_radius::BlastRadii;
use crate::analyse::failure::Passes;
use crate::analyse::relation::{Fact, Relation, Row, Type, Value};
use crate::analyse::{Analysis, Event, LeftOut};
use crate::graph::DomainId;
use crate::model::{ComponentId, DependencyId};
use crate::read::vocabulary::Kind;
use fixedbitset::FixedBitSet;

pub(super) const RELATION: Relation = Relation {
    name: "shared_fate",
    summary: "Alternatives (`one_of`, or a call with a fallback) of which too few are left when one other thing fails.",
    fields: &[
        field("dependency", Type::Dependency, "The first choice."),
        field("members", Type::List(&Type::Component), "The alternatives; the place is where the caller names them."),
        field("causes", Type::List(&Type::Text(&[])), "What takes them together: `egress`, zone `a`, vendor `aws`."),
        field(
            "shared",
            Type::List(&Type::Component),
            "The components all of them need; for a place, the alternatives in it.",
        ),
        field("is_place", Type::Bool, "It is a zone, a region or a vendor."),
    ],
    subject: 0,
    rows,
};

/// Alternatives a caller chooses from.
struct Choice {
    source: ComponentId,
    members: Vec<(DependencyId, ComponentId)>,
    /// So many have to fail.
    fail: usize,
    /// The dependencies of the caller that belong to the choice.
    own: Vec<DependencyId>,
}

/// A zone, region or vendor, and what is down by its failure alone.
struct Place {
    clause: String,
    down: FixedBitSet,
}

fn rows(analysis: &Analysis) -> Vec<Row<'_>> {
    let choices = choices(analysis);
    if choices.is_empty() {
        return Vec::new();
    }
    let Some(radii) = analysis.radii() else {
        let (what, cases) = ("what alternatives have in common", "alternatives");
        analysis.leave_out(LeftOut { what, looked_at: 0, of: choices.len(), cases });
        return Vec::new();
    };
    let places = places(analysis);
    let is_client = |id: &ComponentId| analysis.design.component(*id).kind == Kind::Client;
    let clients: FixedBitSet = analysis.design.component_ids().filter(is_client).map(|id| id.0).collect();
    choices.iter().filter_map(|choice| row(analysis, choice, radii, &places, &clients)).collect()
}

fn choices(analysis: &Analysis) -> Vec<Choice> {
    let design = &analysis.design;
    let target = |id: DependencyId| (id, design.dependency(id).target);
    let groups = design.groups.iter().map(|group| Choice {
        source: group.source,
        members: group.members.iter().map(|id| target(*id)).collect(),
        fail: group.members.len() + 1 - group.need.min(group.members.len()),
        own: group.members.clone(),
    });
    let fallbacks = design.dependency_ids().filter_map(|id| {
        let dependency = design.dependency(id);
        let other = dependency.fallback_to?;
        let counts = dependency.is_call() && dependency.group.is_none() && other != dependency.target;
        let members = vec![target(id), (id, other)];
        counts.then_some(Choice { source: dependency.source, members, fail: 2, own: vec![id] })
    });
    // Where all are needed there is nothing to fall back on.
    groups.filter(|choice| choice.fail > 1).chain(fallbacks).collect()
}

fn places(analysis: &Analysis) -> Vec<Place> {
    let failure = analysis.failure();
    let domains = &analysis.graph.domains;
    let count = analysis.design.components.len();
    let all = [
        (&domains.zones, Event::Zone as fn(DomainId) -> Event),
        (&domains.regions, Event::Region),
        (&domains.vendors, Event::Vendor),
    ];
    let mut places = Vec::new();
    for (domains, event) in all {
        for (index, domain) in domains.iter().enumerate() {
            let event = event(DomainId(index));
            let mut down = FixedBitSet::with_capacity(count);
            for member in &domain.members {
                if failure.compiled().loss(*member, event).0.fails() {
                    down.insert(member.0);
                }
            }
            let name = failure.event_name(event);
            places.push(Place { clause: format!("{} `{}`", name.kind, name.name), down });
        }
    }
    places
}

fn row<'a>(
    analysis: &'a Analysis,
    choice: &Choice,
    radii: &BlastRadii,
    places: &[Place],
    clients: &FixedBitSet,
) -> Option<Row<'a>> {
    let design = &analysis.design;
    let anyway = fails_anyway(analysis, choice, radii);
    let shared = shared_components(choice, radii, &anyway, clients);
    let falls = |place: &&Place| {
        let hit = |id: ComponentId| !radii.set(id).is_disjoint(&place.down);
        let members = choice.members.iter().filter(|(_, member)| hit(*member)).count();
        members >= choice.fail && anyway.is_disjoint(&place.down)
    };
    let (causes, parts, is_place) = if shared.is_empty() {
        let places: Vec<String> = places.iter().filter(falls).map(|place| place.clause.clone()).collect();
        if places.is_empty() {
            return None;
        }
        (places, choice.members.iter().map(|(_, member)| *member).collect(), true)
    } else {
        (shared.iter().map(|id| format!("`{}`", design.component(*id).name)).collect(), shared, false)
    };
    let first = choice.members.first()?.0;
    let named = |(id, member): &(DependencyId, ComponentId)| {
        let place = if *member == design.dependency(*id).target {
            design.dependency(*id).place
        } else {
            design.dependency(*id).facts.fallback.span().unwrap_or(design.dependency(*id).place)
        };
        Fact::at(Value::Component(*member), Some(place))
    };
    Some(Row {
        cells: vec![
            Fact::dependency(analysis, first),
            Fact::list(choice.members.iter().map(named)),
            Fact::list(causes.into_iter().map(text)),
            Fact::list(parts.into_iter().map(|id| Fact::component(analysis, id))),
            yes(is_place),
        ],
    })
}

/// What stops too many of the alternatives with it; of several in a chain only the nearest.
fn shared_components(
    choice: &Choice,
    radii: &BlastRadii,
    anyway: &FixedBitSet,
    clients: &FixedBitSet,
) -> Vec<ComponentId> {
    let members = choice.members.iter().map(|(_, member)| member.0).collect();
    let mut shared = radii.felled(&Passes::Several { members, fail: choice.fail });
    shared.difference_with(anyway);
    for (_, member) in &choice.members {
        shared.remove(member.0);
    }
    shared.difference_with(clients);
    // What is behind something that is behind another is behind that one, too.
    let mut open = shared.clone();
    while let Some(near) = open.minimum() {
        open.remove(near);
        let behind = radii.set(ComponentId(near));
        // Two that need each other are both near.
        let both: Vec<usize> = if radii.is_circular(ComponentId(near)) {
            let needs_it = |far: &usize| radii.fells(ComponentId(near), ComponentId(*far));
            behind.intersection(&shared).filter(needs_it).collect()
        } else {
            vec![near]
        };
        let still_open: Vec<usize> = both.iter().copied().filter(|both| open.contains(*both)).collect();
        open.difference_with(behind);
        open.extend(still_open);
        shared.difference_with(behind);
        shared.extend(both);
    }
    shared.ones().map(ComponentId).collect()
}

/// What makes the caller fail for other reasons: the alternatives were never meant against this.
fn fails_anyway(analysis: &Analysis, choice: &Choice, radii: &BlastRadii) -> FixedBitSet {
    let design = &analysis.design;
    let needs = analysis.graph.outgoing(choice.source).iter().filter(|id| !choice.own.contains(id));
    let hard = |id: &&DependencyId| {
        let dependency = design.dependency(**id);
        dependency.group.is_none()
            && dependency.is_call()
            && dependency.need == crate::read::vocabulary::Need::Hard
            && dependency.facts.fallback.value().is_none()
    };
    let mut anyway = FixedBitSet::with_capacity(design.components.len());
    anyway.insert(choice.source.0);
    for id in needs.filter(hard) {
        anyway.union_with(radii.set(design.dependency(*id).target));
    }
    anyway
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;

    fn shared_fate(design: &str) -> String {
        table("shared_fate", &["dependency", "members", "causes", "shared", "is_place"], design)
    }

    #[test]
    fn two_providers_behind_one_egress() {
        let design = "components: {api: {one_of: {pay: [stripe, adyen]}}, stripe: {uses: [egress]}, \
                      adyen: {uses: [egress]}, egress: {kind: gateway, uses: [net]}, net: {}}";
        // The network behind the egress is shared because the egress is.
        assert_eq!(
            shared_fate(design),
            "dependency=api->stripe members=[stripe, adyen] causes=[`egress`] shared=[egress] is_place=false"
        );
        assert_eq!(shared_fate(&design.replace("adyen: {uses: [egress]}", "adyen: {}")), "");
    }

    #[test]
    fn a_fallback_that_shares_what_the_first_choice_needs() {
        let design = "components: {api: {uses: {stripe: {timeout: 3s, fallback: {to: adyen}}}}, \
                      stripe: {uses: [egress]}, adyen: {uses: [egress]}, egress: {kind: gateway}}";
        assert_eq!(
            shared_fate(design),
            "dependency=api->stripe members=[stripe, adyen] causes=[`egress`] shared=[egress] is_place=false"
        );
    }

    #[test]
    fn alternatives_in_one_zone() {
        let design = "components: {api: {replicas: 4, zones: [a, b], one_of: {search: [s1, s2]}}, \
                      s1: {replicas: 2, zones: [a]}, s2: {replicas: 2, zones: [a]}}";
        assert_eq!(
            shared_fate(design),
            "dependency=api->s1 members=[s1, s2] causes=[zone `a`] shared=[s1, s2] is_place=true"
        );
        assert_eq!(shared_fate(&design.replace("zones: [a, b]", "zones: [a]")), "");
    }

    #[test]
    fn what_the_caller_needs_anyway_is_not_held_against_them() {
        let design = "components: {api: {uses: [pg], one_of: {pay: [first, second]}}, first: {uses: [pg]}, \
                      second: {uses: [pg]}, pg: {kind: database}}";
        assert_eq!(shared_fate(design), "");
    }

    #[test]
    fn enough_of_three_are_left() {
        let design = "components: {api: {one_of: {q: {need: NEED, of: [a, b, c]}}}, a: {uses: [d]}, b: {uses: [d]}, \
                      c: {}, d: {}}";
        assert_eq!(shared_fate(&design.replace("NEED", "1")), "");
        assert!(shared_fate(&design.replace("NEED", "2")).contains("causes=[`d`]"));
    }
}
