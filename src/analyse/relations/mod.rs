//! The shipped tables: one file each.

mod component;
mod claim;
mod dependency;
mod evidence;
mod external_loss;
mod instance_loss;
mod soft_hang;
mod tooling;
mod zone_loss;
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
    instance_loss::RELATION,
    zone_loss::RELATION,
    external_loss::RELATION,
    claim::RELATION,
    soft_hang::RELATION,
    tooling::RELATION,
    staffing::RELATION,
];

/// The table of that name.
pub fn find(name: &str) -> Option<&'static Relation> {
    RELATIONS.iter().find(|relation| relation.name == name)
}
