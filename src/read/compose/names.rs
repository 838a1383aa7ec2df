//! The names under which services of one project reach each other.

use super::layers::Value;
use super::merge::Service;
use std::collections::HashMap;

/// Service names, `container_name`, `hostname` and aliases in networks.
pub(super) struct Names {
    /// `None` where several services share an alias: nobody can tell which one answers.
    known: HashMap<String, Option<usize>>,
    services: HashMap<String, usize>,
}

impl Names {
    pub(super) fn new(services: &[Service<'_>]) -> Self {
        let mut known: HashMap<String, Option<usize>> = HashMap::new();
        for (index, service) in services.iter().enumerate() {
            for alias in aliases(service) {
                known
                    .entry(alias)
                    .and_modify(|known| *known = known.filter(|known| *known == index))
                    .or_insert(Some(index));
            }
        }
        // The name of a service is its own, whoever else is called so.
        let services: HashMap<String, usize> =
            services.iter().enumerate().map(|(index, service)| (service.name.to_owned(), index)).collect();
        known.extend(services.iter().map(|(name, index)| (name.clone(), Some(*index))));
        Self { known, services }
    }

    /// The service of that name, as Compose itself looks it up.
    pub(super) fn service(&self, name: &str) -> Option<usize> {
        self.services.get(name).copied()
    }

    /// The service that answers under a name. `tasks.web` is how Swarm names all copies of `web`.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let name = name.strip_prefix("tasks.").unwrap_or(name);
        self.known.get(name).copied().flatten()
    }
}

fn aliases(service: &Service<'_>) -> Vec<String> {
    let mut aliases = Vec::new();
    for key in ["container_name", "hostname"] {
        aliases.extend(service.layers.get(key).text().map(|(name, _)| name.into_owned()));
    }
    for network in service.layers.get("networks").values() {
        let written = network.get("aliases");
        aliases.extend(written.items().filter_map(Value::text).map(std::borrow::Cow::into_owned));
    }
    aliases
}
