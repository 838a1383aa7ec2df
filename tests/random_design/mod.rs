//! Random designs that use every word the failure model reads, and questions about them.

#![allow(dead_code, reason = "each test uses a part of it")]

use serde_json::{Map, Value, json};

/// `SplitMix64`: the same designs on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// Up to `most` of the items, in random order.
    fn some<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        let mut items = of.to_vec();
        self.shuffle(&mut items);
        items.truncate(1 + self.below(most.min(of.len())));
        items
    }
}

const KINDS: [&str; 24] = [
    "service",
    "service",
    "service",
    "service",
    "service",
    "service",
    "database",
    "database",
    "database",
    "cache",
    "cache",
    "cache",
    "queue",
    "queue",
    "stream",
    "worker",
    "worker",
    "job",
    "external",
    "external",
    "client",
    "cdn",
    "monitoring",
    "gateway",
];

/// What designs are made of.
#[derive(Clone, Copy)]
pub(crate) struct Taste {
    /// Rates and capacities, so that failures move load.
    pub(crate) load: bool,
    /// Calls with a fallback to another component.
    pub(crate) fallbacks: bool,
}

/// A design with questions about it.
pub(crate) fn random_case(random: &mut Random) -> Value {
    let taste = Taste { load: random.chance(70), fallbacks: true };
    let design = random_design(random, taste);
    let asks = questions(random, &design);
    json!({"design": design, "asks": asks})
}

/// A design that uses every word the failure model reads.
pub(crate) fn random_design(random: &mut Random, taste: Taste) -> Value {
    let size = 2 + random.below(7);
    let names: Vec<String> = (0..size).map(|index| format!("c{index}")).collect();
    let flows: Vec<String> = (0..=random.below(3)).map(|index| format!("f{index}")).collect();
    let kinds: Vec<&str> = names.iter().map(|_| *random.pick(&KINDS)).collect();
    // Circles of calls are possible, but not in most designs: load stops where one begins.
    let circular = random.chance(25);
    let density = 20 + random.below(40);
    let mut components = Map::new();
    for at in 0..size {
        let mut component = facts(random, kinds[at], &names, taste);
        let later = if circular { 0 } else { at + 1 };
        let targets: Vec<&String> = (later..size).filter(|to| *to != at).map(|to| &names[to]).collect();
        let mut uses = Map::new();
        for target in &targets {
            if random.chance(density) {
                uses.insert((*target).clone(), dependency(random, &targets, &flows, taste));
            }
        }
        if !uses.is_empty() {
            component.insert("uses".into(), uses.into());
        }
        if targets.len() >= 2 && random.chance(25) {
            component.insert("one_of".into(), json!({"g": group(random, &targets, &flows)}));
        }
        components.insert(names[at].clone(), component.into());
    }
    let mut declared = Map::new();
    for name in &flows {
        let mut flow = Map::new();
        flow.insert("path".into(), path(random, &names, &components));
        if taste.load && random.chance(80) {
            let now = *random.pick(&[10, 50, 100, 200]);
            let rate = if random.chance(20) {
                json!({"now": format!("{now}rps"), "target": format!("{}rps", now * 4)})
            } else {
                json!(format!("{now}rps"))
            };
            flow.insert("rate".into(), rate);
        }
        if random.chance(30) {
            flow.insert("critical".into(), json!(true));
        }
        declared.insert(name.clone(), flow.into());
    }
    json!({"components": components, "flows": declared})
}

fn facts(random: &mut Random, kind: &str, names: &[String], taste: Taste) -> Map<String, Value> {
    let mut facts = Map::new();
    let mut say = |key: &str, value: Value| {
        facts.insert(key.to_owned(), value);
    };
    if kind != "service" || random.chance(30) {
        say("kind", json!(kind));
    }
    match random.below(10) {
        0..=2 => {}
        3 => say("replicas", json!("none")),
        4 => say("replicas", json!("todo")),
        _ => say("replicas", json!(1 + random.below(5))),
    }
    if random.chance(55) {
        say("zones", json!(random.some(&["a", "b", "c"], 3)));
    }
    if random.chance(10) {
        say("managed", json!(true));
    }
    if random.chance(30) {
        say("replication", json!(random.pick(&["quorum", "quorum", "async", "sync"])));
    }
    if random.chance(60) {
        say("failover", json!(random.pick(&["automatic", "manual", "none", "todo"])));
    }
    if random.chance(20) {
        say("vendor", json!(random.pick(&["v1", "v2"])));
    }
    if random.chance(20) {
        say("region", json!(random.pick(&["r1", "r2"])));
    }
    if random.chance(25) {
        say("workers", json!(random.pick(&[1, 10, 50, 200])));
    }
    if random.chance(50) {
        say("availability", json!(random.pick(&["99%", "99.9%", "99.95%", "99.99%"])));
    }
    if taste.load && random.chance(45) {
        say("capacity", json!(format!("{}rps", random.pick(&[20, 50, 100, 150, 300, 600, 2000]))));
    }
    if taste.load && random.chance(10) {
        say("load", json!(format!("{}rps", random.pick(&[5, 40, 120]))));
    }
    if random.chance(15) {
        say("load_shedding", json!(random.pick(&[json!(true), json!("none"), json!("todo")])));
    }
    if kind == "cache" {
        if random.chance(85) {
            say("of", json!(random.pick(names)));
        }
        if random.chance(80) {
            say("hit_ratio", json!(random.pick(&["50%", "80%", "90%", "95%"])));
        }
        if random.chance(20) {
            say(if random.chance(50) { "persist" } else { "warmup" }, json!(true));
        }
    }
    if matches!(kind, "queue" | "stream") {
        if random.chance(40) {
            say("retention", json!(random.pick(&["5m", "1h", "4d"])));
        }
        if random.chance(40) {
            say("max_length", json!(random.pick(&[1000, 100_000, 10_000_000])));
        }
    }
    facts
}

fn dependency(random: &mut Random, targets: &[&String], flows: &[String], taste: Taste) -> Value {
    match random.below(12) {
        0 => return Value::Null,
        1 => return json!("soft"),
        2 => return json!("async"),
        _ => {}
    }
    let mut facts = Map::new();
    let mut say = |key: &str, value: Value| {
        facts.insert(key.to_owned(), value);
    };
    if random.chance(40) {
        say("need", json!(random.pick(&["hard", "soft"])));
    }
    if random.chance(12) {
        say("mode", json!(random.pick(&["async", "sync"])));
    }
    if random.chance(10) {
        say("outbox", json!(true));
    }
    if random.chance(15) {
        say("buffer", json!(random.pick(&["1m", "30m", "2h"])));
    }
    if random.chance(12) {
        say("phase", json!(random.pick(&["start", "start", "run"])));
    }
    if random.chance(75) {
        say("timeout", json!(random.pick(&["100ms", "1s", "1s", "5s", "30s", "none", "todo"])));
    }
    match random.below(8) {
        0 => say("retries", json!(1 + random.below(3))),
        1 => say("retries", json!({"max": 1 + random.below(3), "wait": "200ms"})),
        2 => say("retries", json!({"max": 2, "budget": "10%"})),
        3 => say("retries", json!("none")),
        _ => {}
    }
    if random.chance(10) {
        say("bulkhead", json!(random.pick(&[json!(true), json!("none"), json!("todo")])));
    }
    match random.below(14) {
        0 => say("fallback", json!("none")),
        1 => say("fallback", json!(random.pick(&["omit", "default"]))),
        2 => say("fallback", json!("stale")),
        3 => say("fallback", json!({"stale_for": random.pick(&["1m", "30m", "1d"])})),
        4..=6 if taste.fallbacks => say("fallback", json!({"to": random.pick(targets)})),
        7 => say("fallback", json!("todo")),
        _ => {}
    }
    if random.chance(20) {
        say("calls", random.pick(&[json!(2), json!(3), json!(0.5)]).clone());
    }
    if random.chance(20) {
        say("flows", json!(random.some(flows, 2)));
    }
    if random.chance(15) {
        say("role", json!(random.pick(&["consume", "produce"])));
    }
    facts.into()
}

fn group(random: &mut Random, targets: &[&String], flows: &[String]) -> Value {
    let members = random.some(targets, 4);
    if random.chance(40) {
        return json!(members);
    }
    let mut group = Map::new();
    let of: Value = if random.chance(50) {
        json!(members)
    } else {
        let plain = Taste { load: false, fallbacks: false };
        members
            .iter()
            .map(|member| ((*member).clone(), dependency(random, targets, flows, plain)))
            .collect::<Map<_, _>>()
            .into()
    };
    group.insert("of".into(), of);
    if random.chance(50) {
        group.insert("need".into(), json!(1 + random.below(members.len())));
    }
    if random.chance(40) {
        group.insert("failover".into(), json!(random.pick(&["manual", "automatic"])));
    }
    group.into()
}

/// Mostly along dependencies, sometimes not.
fn path(random: &mut Random, names: &[String], components: &Map<String, Value>) -> Value {
    let mut path = vec![random.pick(&names[..names.len().min(3)]).clone()];
    for _ in 0..random.below(5) {
        let from = random.pick(&path).clone();
        let targets: Vec<&String> =
            components[&from].get("uses").and_then(Value::as_object).into_iter().flat_map(Map::keys).collect();
        let step = if targets.is_empty() || random.chance(20) { random.pick(names) } else { *random.pick(&targets) };
        path.push(step.clone());
    }
    json!(path)
}

fn questions(random: &mut Random, design: &Value) -> Vec<Value> {
    let components = design["components"].as_object().unwrap();
    let names: Vec<&String> = components.keys().collect();
    let flows: Vec<&String> = design["flows"].as_object().unwrap().keys().collect();
    let events = events(components);
    let mut asks = Vec::new();
    for _ in 0..4 {
        let together = *random.pick(&[0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
        let together: Vec<&String> =
            (0..together).filter(|_| !events.is_empty()).map(|_| random.pick(&events)).collect();
        let seconds = random.pick(&[60, 600, 3600, 86_400]);
        let flow = if random.chance(80) { json!(random.pick(&flows)) } else { Value::Null };
        asks.push(json!({"events": together, "seconds": seconds, "flow": flow, "may": random.chance(40)}));
    }
    asks.push(json!({"black_start": true, "may": random.chance(30)}));
    let down: Vec<&String> = names.iter().copied().filter(|_| random.chance(30)).collect();
    asks.push(json!({"load": down, "amplified": random.chance(30)}));
    asks.push(json!({"wait": true}));
    asks.push(json!({"horizon": true}));
    asks.push(json!({"amplification": names[0]}));
    if names.len() <= 5 && random.chance(15) {
        asks.push(json!({"cuts": 2, "flow": random.pick(&flows), "may": random.chance(30)}));
    }
    if names.len() <= 4 && random.chance(8) {
        asks.push(json!({"cuts": 3, "flow": random.pick(&flows), "may": false}));
    }
    let declared = components.values().any(|facts| facts.get("availability").is_some());
    if declared && names.len() <= 6 && random.chance(15) {
        asks.push(json!({"availability": random.pick(&flows)}));
    }
    asks
}

/// Every single event a design knows, as text.
pub(crate) fn events(components: &Map<String, Value>) -> Vec<String> {
    let mut events = Vec::new();
    for (name, facts) in components {
        if facts["kind"] != "client" {
            events.extend(["stop", "hang", "instance"].map(|kind| format!("{kind}:{name}")));
        }
    }
    for key in ["zones", "region", "vendor"] {
        let kind = key.trim_end_matches('s');
        let mut domains: Vec<&str> = components
            .values()
            .flat_map(|facts| match &facts[key] {
                Value::Array(zones) => zones.iter().filter_map(Value::as_str).collect(),
                other => other.as_str().into_iter().collect::<Vec<_>>(),
            })
            .collect();
        domains.sort_unstable();
        domains.dedup();
        events.extend(domains.into_iter().map(|name| format!("{kind}:{name}")));
    }
    events
}
