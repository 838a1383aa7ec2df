//! Parts of a design that a test knows by name.

use premortem::analyse::Analysis;
use premortem::model::{ComponentId, FlowId};

pub(crate) fn component(analysis: &Analysis, name: &str) -> ComponentId {
    analysis.design.find_component(name).unwrap_or_else(|| panic!("no component {name}"))
}

pub(crate) fn flow(analysis: &Analysis, name: &str) -> FlowId {
    analysis.design.find_flow(name).unwrap_or_else(|| panic!("no flow {name}"))
}
