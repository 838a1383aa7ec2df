//! Designs of any size for measuring: layers of services over a layer of stores, five dependencies per component.

use std::fmt::Write;

/// What the components say of themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Facts {
    /// Who uses whom, with a timeout.
    Plain,
    /// Capacities, rates, hit ratios, retries, pools, zones, copies and queues, too.
    Numbers,
}

const LAYERS: usize = 20;
const USES: usize = 5;
const FLOWS: usize = 20;

/// Layers of equal width; each service uses five of the next layer. The last layer is databases, caches of them, queues
/// and other people's systems.
pub(crate) fn layered(components: usize, facts: Facts) -> String {
    let width = (components / LAYERS).max(USES);
    let mut random = Random(1);
    let mut text = String::from("version: 1\ncomponents:\n");
    for layer in 0..LAYERS {
        for at in 0..width {
            if layer + 1 == LAYERS {
                store(&mut text, at, width, facts);
                continue;
            }
            let takes_messages = layer == 0 && at % 20 == 7;
            write!(text, "  l{layer}x{at}: {{").expect("text grows");
            if takes_messages {
                text.push_str("kind: worker, ");
            }
            if facts == Facts::Numbers {
                let capacity = [400, 400, 60, 30][random.below(4)];
                write!(
                    text,
                    "replicas: {}, zones: [a, b, c], capacity: {capacity}rps, workers: 50, ",
                    3 + random.below(3)
                )
                .expect("text grows");
            }
            text.push_str("uses: {");
            let mut targets: Vec<usize> = if layer + 2 == LAYERS {
                (0..USES).map(|next| (at + next) % width).collect()
            } else {
                (0..USES).map(|_| random.below(width)).collect()
            };
            targets.sort_unstable();
            targets.dedup();
            for target in targets {
                call(&mut text, (layer + 1, target), width, facts, &mut random);
            }
            if takes_messages {
                write!(text, "l{}x{}: {{}}", LAYERS - 1, queue_near(at, width)).expect("text grows");
            }
            text.push_str("}}\n");
        }
    }
    text.push_str("flows:\n");
    for at in (0..width).step_by((width / FLOWS).max(1)) {
        write!(text, "  f{at}: {{path: [l0x{at}], critical: {}", at % 2 == 0).expect("text grows");
        if facts == Facts::Numbers {
            text.push_str(", rate: 50rps, slo: 99.9%, p99: 2s");
        }
        text.push_str("}\n");
    }
    text
}

fn call(text: &mut String, (layer, at): (usize, usize), width: usize, facts: Facts, random: &mut Random) {
    write!(text, "l{layer}x{at}: {{timeout: {}ms", 100 * (LAYERS - layer)).expect("text grows");
    if facts == Facts::Numbers {
        text.push_str(", calls: 0.2");
        if layer + 1 == LAYERS && kind(at) == "database" {
            text.push_str(", pool: 10");
        }
        if random.below(10) == 0 {
            text.push_str(", retries: 2");
        }
    }
    match random.below(70) {
        number if number % 10 == 0 && layer + 1 < LAYERS => {
            let other = random.below(width);
            if other != at {
                write!(text, ", fallback: {{to: l{layer}x{other}}}").expect("text grows");
            }
        }
        number if number % 7 == 0 => text.push_str(", need: soft"),
        _ => {}
    }
    text.push_str("}, ");
}

fn kind(at: usize) -> &'static str {
    match at % 20 {
        3 => "queue",
        5 | 10 | 15 => "cache",
        18 => "external",
        _ => "database",
    }
}

fn queue_near(at: usize, width: usize) -> usize {
    (at / 20 * 20 + 3).min(width - 1)
}

fn store(text: &mut String, at: usize, width: usize, facts: Facts) {
    let kind = kind(at);
    write!(text, "  l{}x{at}: {{kind: {kind}", LAYERS - 1).expect("text grows");
    if kind == "cache" {
        write!(text, ", of: l{}x{}", LAYERS - 1, (at + 1) % width).expect("text grows");
    }
    if facts == Facts::Numbers {
        text.push_str(match kind {
            "cache" => ", hit_ratio: 80%, ttl: 5m, replicas: 2, zones: [a, b]",
            "queue" => ", retention: 4d, max_length: 100000, managed: true",
            "external" => ", limit: 100rps, availability: 99.9%",
            _ => ", capacity: 80rps, max_connections: 500, replicas: 2, zones: [a, b], failover: automatic, backup: 1d",
        });
    }
    text.push_str("}\n");
}

/// Knuth's linear congruential generator: the same designs on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}
