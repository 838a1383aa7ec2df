//! Zones, regions and vendors: places whose parts fail together.

use crate::model::{ComponentId, Design};
use std::collections::HashMap;

/// Position of a zone, region or vendor among its kind, in the order in which files name them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DomainId(pub usize);

/// One place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Domain {
    pub name: String,
    /// In file order.
    pub members: Vec<ComponentId>,
}

/// Every place a design names.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Domains {
    pub zones: Vec<Domain>,
    pub regions: Vec<Domain>,
    pub vendors: Vec<Domain>,
}

impl Domains {
    pub(super) fn new(design: &Design) -> Self {
        let (mut zones, mut regions, mut vendors) = (Collector::default(), Collector::default(), Collector::default());
        for id in design.component_ids() {
            let facts = &design.component(id).facts;
            for zone in facts.zones.value().iter().flat_map(|zones| zones.names()) {
                zones.add(zone, id);
            }
            if let Some(region) = facts.region.value() {
                regions.add(&region.0, id);
            }
            if let Some(vendor) = facts.vendor.value() {
                vendors.add(&vendor.0, id);
            }
        }
        Self { zones: zones.found, regions: regions.found, vendors: vendors.found }
    }

    pub fn zone(&self, name: &str) -> Option<DomainId> {
        position(&self.zones, name)
    }

    pub fn region(&self, name: &str) -> Option<DomainId> {
        position(&self.regions, name)
    }

    pub fn vendor(&self, name: &str) -> Option<DomainId> {
        position(&self.vendors, name)
    }
}

fn position(domains: &[Domain], name: &str) -> Option<DomainId> {
    domains.iter().position(|domain| domain.name == name).map(DomainId)
}

#[derive(Default)]
struct Collector {
    known: HashMap<String, usize>,
    found: Vec<Domain>,
}

impl Collector {
    fn add(&mut self, name: &str, member: ComponentId) {
        let index = self.known.get(name).copied().unwrap_or_else(|| {
            self.known.insert(name.to_owned(), self.found.len());
            self.found.push(Domain { name: name.to_owned(), members: Vec::new() });
            self.found.len() - 1
        });
        let members = &mut self.found[index].members;
        if members.last() != Some(&member) {
            members.push(member);
        }
    }
}
