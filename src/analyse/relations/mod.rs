//! The shipped tables: one file each.

mod component;
mod dependency;
mod design;
mod flow;
mod group;
mod staffing;
mod team;

use super::relation::Relation;

/// Every table a rule can name in `each`.
pub const RELATIONS: &[Relation] = &[
    component::RELATION,
    dependency::RELATION,
    group::RELATION,
    flow::RELATION,
    team::RELATION,
    design::RELATION,
    staffing::RELATION,
];

/// The table of that name.
pub fn find(name: &str) -> Option<&'static Relation> {
    RELATIONS.iter().find(|relation| relation.name == name)
}
