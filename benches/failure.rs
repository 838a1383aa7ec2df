//! The failure model on large designs, against reading them in the same run.

mod layered;

use criterion::{Criterion, criterion_group, criterion_main};
use layered::{Facts, layered};
use premortem::analyse::cut_set::CutSetQuery;
use premortem::analyse::{Analysis, Assume, Scenario};
use premortem::model::{FlowId, link};
use premortem::parse::{Limits, parse};
use premortem::read::native;
use premortem::sources::Sources;
use std::fmt::Write;
use std::hint::black_box;

/// Services that each use five later ones; every tenth call has a fallback, every seventh is soft.
fn random_design(components: usize, uses: usize) -> String {
    let mut text = String::from("components:\n");
    let mut state = 1_u64;
    let mut next = |end: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % end
    };
    for at in 0..components {
        writeln!(text, "  c{at}:\n    replicas: 3\n    zones: [a, b, c]").expect("text grows");
        let left = components - at - 1;
        if left == 0 {
            continue;
        }
        text.push_str("    uses:\n");
        let mut targets: Vec<usize> = (0..uses).map(|_| at + 1 + next(left.min(100))).collect();
        targets.sort_unstable();
        targets.dedup();
        for target in targets {
            let facts = match next(70) {
                number if number % 10 == 0 => format!("{{timeout: 1s, fallback: {{to: c{}}}}}", at + 1 + next(left)),
                number if number % 7 == 0 => "{timeout: 1s, need: soft}".to_owned(),
                _ => "{timeout: 1s}".to_owned(),
            };
            writeln!(text, "      c{target}: {facts}").expect("text grows");
        }
    }
    text.push_str("flows:\n  f: {path: [c0], rate: 10rps}\n");
    text
}

/// Layers of the same width, each service using every service of the next layer.
fn layers(depth: usize, width: usize) -> String {
    let mut text = String::from("components:\n");
    for layer in 0..depth {
        for at in 0..width {
            let targets: Vec<String> = (0..width).map(|to| format!("s{}x{to}", layer + 1)).collect();
            let uses = if layer + 1 < depth { targets.join(", ") } else { String::new() };
            writeln!(text, "  s{layer}x{at}: {{uses: [{uses}]}}").expect("text grows");
        }
    }
    text.push_str("flows:\n  f: {path: [s0x0], rate: 10rps}\n");
    text
}

fn read(text: &str) -> Analysis {
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, "bench.arch.yaml", text.as_bytes(), &Limits::default());
    let (fragments, _) = native::read(&parsed, &sources);
    Analysis::new(link(fragments).design)
}

fn every_event(analysis: &Analysis, flow: Option<FlowId>) -> usize {
    let failure = analysis.failure();
    let mut failing = 0;
    failure.each_event(&failure.events(), flow, Assume::Must, |_, states| {
        failing += states.iter().filter(|state| state.fails()).count();
    });
    failing
}

fn every_radius(analysis: &Analysis) -> usize {
    let failure = analysis.failure();
    let mut failing = 0;
    failure.each_radius(&failure.events(), None, Assume::Must, |_, radius| failing += radius.count_ones(..));
    failing
}

fn benches(criterion: &mut Criterion) {
    let large = random_design(1000, 5);
    let analysis = read(&large);
    criterion.bench_function("read 1 000 components", |bencher| bencher.iter(|| black_box(read(&large))));
    criterion.bench_function("every event, 1 000 components, 5 000 dependencies", |bencher| {
        bencher.iter(|| black_box(every_event(&analysis, None)));
    });
    criterion.bench_function("every radius, 1 000 components, 5 000 dependencies", |bencher| {
        bencher.iter(|| black_box(every_radius(&analysis)));
    });
    let numbers = read(&layered(1000, Facts::Numbers));
    criterion.bench_function("every radius, 1 000 components in layers, with numbers", |bencher| {
        bencher.iter(|| black_box(every_radius(&numbers)));
    });
    let plain = read(&layered(1000, Facts::Plain));
    criterion.bench_function("every radius, 1 000 components in layers, plain", |bencher| {
        bencher.iter(|| black_box(every_radius(&plain)));
    });
    criterion.bench_function("every stop at once, 1 000 components", |bencher| {
        bencher.iter(|| black_box(analysis.failure().blast_radii(None, &Scenario::new([]))));
    });
    let twelve = read(&layers(12, 4));
    criterion.bench_function("every event, 48 services in 12 layers", |bencher| {
        bencher.iter(|| black_box(every_event(&twelve, Some(FlowId(0)))));
    });
    criterion.bench_function("cut sets up to 2, 48 services in 12 layers", |bencher| {
        let failure = twelve.failure();
        bencher.iter(|| black_box(failure.cut_sets(FlowId(0), &CutSetQuery::new(failure, 2))));
    });
}

criterion_group! {
    name = failure;
    config = Criterion::default().sample_size(10);
    targets = benches
}
criterion_main!(failure);
