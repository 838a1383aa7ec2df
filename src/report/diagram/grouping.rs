//! Which components of a large design are drawn as one box.
//!
//! Teams where the design names owners, since a large design is read by who answers for what; else regions, else
//! vendors. Where none of these divides the design into a readable number of parts, neighbourhoods do: components that
//! mostly use each other. Zones and tiers do not take part: there are three or four of them, and what shares one need
//! not have anything to do with each other, so that the picture would be three boxes with arrows both ways.

use super::{MOST_COMPONENTS, MOST_DEPENDENCIES};
use crate::analyse::Analysis;
use crate::model::{Component, ComponentId};
use indexmap::IndexMap;
use std::collections::HashSet;

/// Fewer boxes than this say too little.
const FEWEST_GROUPS: usize = 4;

/// What a component says about itself.
type Value = fn(&Component) -> Option<&str>;

/// Components divided into groups.
pub(super) struct Grouping {
    /// What a group is, in the plural.
    pub by: &'static str,
    pub groups: Vec<Group>,
}

pub(super) struct Group {
    pub name: String,
    /// In file order.
    pub members: Vec<ComponentId>,
}

/// Divides components; every one of them is in exactly one group.
pub(super) fn group(analysis: &Analysis, shown: &[ComponentId]) -> Grouping {
    let declared: [(&str, &str, Value); 3] = [
        ("teams", "no team", |component| component.facts.owner.value().map(|owner| owner.0.as_str())),
        ("regions", "no region", |component| component.facts.region.value().map(|region| region.0.as_str())),
        ("vendors", "no vendor", |component| component.facts.vendor.value().map(|vendor| vendor.0.as_str())),
    ];
    for (by, none, value) in declared {
        if let Some(groups) = divide(analysis, shown, none, value).filter(|groups| are_readable(analysis, groups)) {
            return Grouping { by, groups };
        }
    }
    let mut wanted = (shown.len() / 8).clamp(8, 36);
    let mut groups = neighbourhoods(analysis, shown, wanted);
    while !are_readable(analysis, &groups) && wanted > 8 {
        wanted = (wanted * 2 / 3).max(8);
        groups = neighbourhoods(analysis, shown, wanted);
    }
    Grouping { by: "neighbourhoods, each named after its best-connected part", groups }
}

/// Whether there are few enough arrows between groups.
fn are_readable(analysis: &Analysis, groups: &[Group]) -> bool {
    let design = &analysis.design;
    let mut group_of = vec![None; design.components.len()];
    for (index, group) in groups.iter().enumerate() {
        group.members.iter().for_each(|member| group_of[member.0] = Some(index));
    }
    let ends = design.dependencies.iter().map(|used| (group_of[used.source.0], group_of[used.target.0]));
    let pairs: HashSet<_> = ends.filter(|(source, target)| source != target).collect();
    pairs.len() <= MOST_DEPENDENCIES
}

/// One group for each value; `None` where that is no help: few say it, or one value takes most of the design.
fn divide(analysis: &Analysis, shown: &[ComponentId], none: &str, value: Value) -> Option<Vec<Group>> {
    let mut groups: IndexMap<&str, Vec<ComponentId>> = IndexMap::new();
    let mut without = Vec::new();
    for id in shown {
        match value(analysis.design.component(*id)) {
            Some(value) => groups.entry(value).or_default().push(*id),
            None => without.push(*id),
        }
    }
    let largest = groups.values().map(Vec::len).max().unwrap_or(0);
    let readable = (FEWEST_GROUPS..MOST_COMPONENTS).contains(&groups.len());
    if !readable || largest * 2 > shown.len() || without.len() * 5 > shown.len() {
        return None;
    }
    let mut groups: Vec<Group> =
        groups.into_iter().map(|(name, members)| Group { name: name.to_owned(), members }).collect();
    if !without.is_empty() {
        groups.push(Group { name: none.to_owned(), members: without });
    }
    Some(groups)
}

/// Joins along dependencies, those first whose ends have the fewest others, as long as no group grows beyond its share.
fn neighbourhoods(analysis: &Analysis, shown: &[ComponentId], wanted: usize) -> Vec<Group> {
    let design = &analysis.design;
    let mut sets = Sets { parent: (0..design.components.len()).collect(), size: vec![1; design.components.len()] };
    let mut drawn = vec![false; design.components.len()];
    for id in shown {
        drawn[id.0] = true;
    }
    let ends = |id| (design.dependency(id).source, design.dependency(id).target);
    let mut degree = vec![0_usize; design.components.len()];
    let mut links = Vec::new();
    for (source, target) in design.dependency_ids().map(ends).filter(|(a, b)| drawn[a.0] && drawn[b.0]) {
        degree[source.0] += 1;
        degree[target.0] += 1;
        links.push((source, target));
    }
    links.sort_by_key(|(source, target)| degree[source.0].saturating_mul(degree[target.0]));
    let mut share = shown.len().div_ceil(wanted);
    let alone = shown.iter().filter(|id| degree[id.0] == 0).count();
    let mut left = shown.len() - alone;
    while left > wanted && share <= shown.len() {
        for (source, target) in &links {
            if left > wanted && sets.join(source.0, target.0, share) {
                left -= 1;
            }
        }
        share *= 2;
    }
    let mut found: IndexMap<Option<usize>, Vec<ComponentId>> = IndexMap::new();
    for id in shown {
        // What is connected with nothing is one group, and so are the small parts of a design in very many of them.
        let root = sets.find(id.0);
        let group = (degree[id.0] > 0).then_some(root);
        found.entry(group).or_default().push(*id);
    }
    let mut groups: Vec<(Option<usize>, Vec<ComponentId>)> = found.into_iter().collect();
    if groups.len() > MOST_COMPONENTS {
        groups.sort_by_key(|(root, members)| (root.is_none(), std::cmp::Reverse(members.len())));
        let mut small: Vec<ComponentId> =
            groups.split_off(MOST_COMPONENTS - 1).into_iter().flat_map(|(_, members)| members).collect();
        small.sort_unstable();
        groups.push((None, small));
    }
    let named = groups.into_iter().map(|(root, members)| {
        // The first of the best connected.
        let best = members.iter().rev().max_by_key(|id| degree[id.0]);
        let name = match (root, best) {
            (Some(_), Some(best)) => format!("around {}", design.component(*best).name),
            _ => "on their own".to_owned(),
        };
        Group { name, members }
    });
    named.collect()
}

/// Disjoint sets, by size.
struct Sets {
    parent: Vec<usize>,
    size: Vec<usize>,
}

impl Sets {
    fn find(&mut self, mut item: usize) -> usize {
        while self.parent[item] != item {
            self.parent[item] = self.parent[self.parent[item]];
            item = self.parent[item];
        }
        item
    }

    /// Whether two sets became one of at most `most` items.
    fn join(&mut self, one: usize, other: usize, most: usize) -> bool {
        let (one, other) = (self.find(one), self.find(other));
        if one == other || self.size[one] + self.size[other] > most {
            return false;
        }
        let (small, large) = if self.size[one] < self.size[other] { (one, other) } else { (other, one) };
        self.parent[small] = large;
        self.size[large] += self.size[small];
        true
    }
}
