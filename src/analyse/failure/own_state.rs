//! What events do to a component by themselves, before anything spreads.

use super::super::event::Event;
use super::super::scenario::Assume;
use super::State;
use crate::graph::Domains;
use crate::model::{Component, ComponentId, Design, to_f64};
use crate::read::vocabulary::{FailoverMode, Kind, Replication, Zones};

/// Where the copies of a component are, and what losing some of them means.
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    /// Copies that always run; `None` when the design does not say.
    replicas: Option<u64>,
    /// Positions of its zones, in placement order; empty when the design does not say.
    zones: Vec<usize>,
    region: Option<usize>,
    vendor: Option<usize>,
    managed: bool,
    /// Outside the system: where it runs is not the design's to say.
    elsewhere: bool,
    copies: Copies,
}

/// What copies are to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Copies {
    /// Each can do what the others do.
    Equal,
    /// A majority decides.
    Quorum,
    /// One of them leads, and another has to take over.
    Leader(Takeover),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Takeover {
    Automatic,
    /// A person acts, or nobody.
    Manual,
    Unsaid,
}

impl Placement {
    pub(super) fn new(component: &Component, domains: &Domains) -> Self {
        let facts = &component.facts;
        let zones = facts.zones.value().into_iter().flat_map(Zones::names).filter_map(|name| domains.zone(name));
        let takeover = match facts.failover.value().map(|failover| &failover.how) {
            None if facts.failover.is_none() => Takeover::Manual,
            None => Takeover::Unsaid,
            Some(how) if how.is_unknown() => Takeover::Unsaid,
            Some(how) if how.value() == Some(&FailoverMode::Automatic) => Takeover::Automatic,
            Some(_) => Takeover::Manual,
        };
        Self {
            replicas: component.replicas(),
            zones: zones.map(|zone| zone.0).collect(),
            region: facts.region.value().and_then(|region| domains.region(&region.0)).map(|region| region.0),
            vendor: facts.vendor.value().and_then(|vendor| domains.vendor(&vendor.0)).map(|vendor| vendor.0),
            managed: component.is_managed(),
            elsewhere: matches!(component.kind, Kind::External | Kind::Client | Kind::Cdn | Kind::Dns),
            copies: if facts.replication.value() == Some(&Replication::Quorum) {
                Copies::Quorum
            } else if component.kind.is_stateful() {
                Copies::Leader(takeover)
            } else {
                Copies::Equal
            },
        }
    }

    /// The state the events put the component in, and the first of them that does.
    ///
    /// Where the number of copies is unsaid, `must` takes the best and `may` the worst over 1 … 2k+1 copies in k zones:
    /// more copies behave like one of these.
    pub(super) fn own_state(&self, id: ComponentId, events: &[Event], assume: Assume) -> (State, Option<Event>) {
        if let Some(copies) = self.replicas {
            return self.with_copies(id, events, assume, copies.max(1));
        }
        let most = 2 * to_u64(self.zones.len().max(1)) + 1;
        let outcomes = (1..=most).map(|copies| self.with_copies(id, events, assume, copies));
        let worst_last = |(state, _): &(State, Option<Event>)| *state;
        match assume {
            Assume::Must => outcomes.min_by_key(worst_last),
            Assume::May => outcomes.max_by_key(worst_last),
        }
        .unwrap_or_default()
    }

    fn with_copies(&self, id: ComponentId, events: &[Event], assume: Assume, copies: u64) -> (State, Option<Event>) {
        let mut worst = (State::Up, None);
        for event in events {
            let state = self.after(id, *event, assume, copies);
            if state > worst.0 {
                worst = (state, Some(*event));
            }
        }
        worst
    }

    fn after(&self, id: ComponentId, event: Event, assume: Assume, copies: u64) -> State {
        let hit = |own: Option<usize>, domain: usize| if own == Some(domain) { State::Down } else { State::Up };
        match event {
            Event::Stop(stopped) if stopped == id => State::Down,
            Event::Hang(hung) if hung == id => State::Hung,
            Event::Vendor(vendor) => hit(self.vendor, vendor.0),
            Event::Region(region) => hit(self.region, region.0),
            Event::Instance(lost) if lost == id && !self.managed => self.without(1, copies, assume),
            Event::Zone(zone) if !self.managed => {
                if self.zones.is_empty() {
                    let may_be_there = assume == Assume::May && !self.elsewhere;
                    return if may_be_there { State::Down } else { State::Up };
                }
                self.without(self.copies_in(zone.0, copies), copies, assume)
            }
            Event::Stop(_) | Event::Hang(_) | Event::Instance(_) | Event::Zone(_) => State::Up,
        }
    }

    fn without(&self, lost: u64, copies: u64, assume: Assume) -> State {
        let needed = if self.copies == Copies::Quorum { copies / 2 + 1 } else { 1 };
        if lost == 0 {
            return State::Up;
        }
        if copies.saturating_sub(lost) < needed {
            return State::Down;
        }
        match (self.copies, assume) {
            (Copies::Equal | Copies::Quorum, _) => State::Up,
            // The leader may be among the lost.
            (Copies::Leader(Takeover::Automatic), _) | (Copies::Leader(Takeover::Unsaid), Assume::Must) => {
                State::Degraded
            }
            (Copies::Leader(Takeover::Manual), _) | (Copies::Leader(Takeover::Unsaid), Assume::May) => State::Down,
        }
    }

    /// Copies that a zone holds when they are dealt out to the zones in turn.
    fn copies_in(&self, zone: usize, copies: u64) -> u64 {
        let zones = to_u64(self.zones.len());
        self.zones
            .iter()
            .position(|own| *own == zone)
            .map_or(0, |index| copies / zones + u64::from(to_u64(index) < copies % zones))
    }

    /// The share of copies that are left after the loss of zones and single copies, and the first event that takes
    /// some. A component that does not say its copies is taken to have one.
    pub(super) fn share_left(&self, id: ComponentId, events: &[Event]) -> (f64, Option<Event>) {
        let copies = self.replicas.unwrap_or(1).max(1);
        let (mut lost, mut first) = (0, None);
        for event in events {
            let taken = match event {
                Event::Instance(instance) if *instance == id => 1,
                Event::Zone(zone) if !self.managed => self.copies_in(zone.0, copies),
                _ => 0,
            };
            if taken > 0 {
                lost += taken;
                first = first.or(Some(*event));
            }
        }
        (to_f64(copies.saturating_sub(lost)) / to_f64(copies), first)
    }

    pub(crate) fn leaves_failover_open(&self) -> bool {
        !self.managed && self.copies == Copies::Leader(Takeover::Unsaid)
    }

    /// Answers the unsaid number of copies with one that survives the loss of any zone.
    pub(super) fn take_copies(&mut self) {
        self.replicas = Some(2 * to_u64(self.zones.len().max(1)) + 1);
    }

    pub(super) fn take_elsewhere(&mut self) {
        self.elsewhere = true;
    }

    pub(super) fn take_failover(&mut self) {
        self.copies = Copies::Leader(Takeover::Automatic);
    }

    pub(crate) fn says_copies(&self) -> bool {
        self.replicas.is_some()
    }

    /// The zone may hold it for all the design says.
    pub(crate) fn may_be_anywhere(&self) -> bool {
        self.zones.is_empty() && !self.managed && !self.elsewhere
    }
}

fn to_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Components an event can touch by itself, in file order, each once.
pub(super) fn touched(
    design_size: usize,
    placements: &[Placement],
    domains: &Domains,
    events: &[Event],
    assume: Assume,
) -> Vec<ComponentId> {
    let mut touched = Vec::new();
    for event in events {
        match event {
            Event::Stop(id) | Event::Hang(id) | Event::Instance(id) => touched.push(*id),
            Event::Zone(zone) => {
                touched.extend(&domains.zones[zone.0].members);
                if assume == Assume::May {
                    let unsaid = (0..design_size).filter(|index| placements[*index].may_be_anywhere());
                    touched.extend(unsaid.map(ComponentId));
                }
            }
            Event::Region(region) => touched.extend(&domains.regions[region.0].members),
            Event::Vendor(vendor) => touched.extend(&domains.vendors[vendor.0].members),
        }
    }
    touched.sort_unstable();
    touched.dedup();
    touched
}

/// The placements of all components.
pub(super) fn placements(design: &Design, domains: &Domains) -> Vec<Placement> {
    design.components.iter().map(|component| Placement::new(component, domains)).collect()
}
