//! A review of a 60 kB design, stage by stage; parsing alone is the measure of the others.

mod layered;
mod tangled;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use layered::{Facts, layered};
use premortem::analyse::Analysis;
use premortem::discover::{InMemory, Project};
use premortem::model::link;
use premortem::parse::{Limits, parse};
use premortem::read::native;
use premortem::read::vocabulary::Date;
use premortem::report::{self, Style};
use premortem::review::{Review, judge, open};
use premortem::rules::{Packs, Settings, check};
use premortem::sources::Sources;
use std::fmt::Write;
use std::hint::black_box;
use std::path::PathBuf;
use tangled::tangled;

const NAME: &str = "large.arch.yaml";

/// Shops side by side until the text has the size: balancer, service, store, cache, queue and worker each.
fn design(bytes: usize) -> String {
    let mut text =
        String::from("version: 1\nteam: {engineers: 40}\nscale: {now: 400rps, target: 4000rps}\ncomponents:\n");
    let mut flows = String::from("flows:\n");
    let mut shop = 0;
    while text.len() + flows.len() < bytes {
        write!(
            text,
            "  lb{shop}: {{kind: balancer, uses: {{api{shop}: {{timeout: 2s}}}}}}\n  \
             api{shop}:\n    replicas: {{min: 3, max: 6}}\n    zones: [a, b, c]\n    \
             health: {{path: /ready, checks: work, interval: 5s, after: 2}}\n    \
             deploy: {{strategy: rolling, rollback: {{how: automatic, time: 5m}}}}\n    \
             uses:\n      pg{shop}: {{timeout: 500ms, pool: 15, access: both}}\n      \
             cache{shop}: {{timeout: 50ms}}\n      jobs{shop}: {{access: write, outbox: true}}\n  \
             pg{shop}: {{tech: postgresql, replicas: 2, zones: [a, b], failover: automatic, backup: {{every: 1d, pitr: true}}}}\n  \
             cache{shop}: {{tech: redis, of: pg{shop}, ttl: 5m, hit_ratio: 80%, stampede: coalesce}}\n  \
             jobs{shop}: {{tech: sqs, dlq: true}}\n  \
             worker{shop}: {{kind: worker, replicas: 2, uses: {{jobs{shop}: {{idempotent: key}}, pg{shop}: {{pool: 5}}}}}}\n"
        )
        .expect("text grows");
        writeln!(
            flows,
            "  buy{shop}: {{path: [lb{shop}, api{shop}, pg{shop}], critical: true, rate: 40rps, slo: 99.9%, alerts: [error_rate]}}"
        )
        .expect("text grows");
        shop += 1;
    }
    text + &flows
}

fn settings() -> Settings {
    Settings::new(Date::parse("2026-06-01").expect("a date"))
}

fn analysis(text: &str) -> (Analysis, Sources) {
    let mut sources = Sources::default();
    let parsed = parse(&mut sources, NAME, text.as_bytes(), &Limits::default());
    let (fragments, problems) = native::read(&parsed, &sources);
    assert_eq!(problems, [], "the design is right");
    (Analysis::new(link(fragments).design), sources)
}

fn stages(criterion: &mut Criterion) {
    let text = design(60_000);
    let (packs, settings) = (Packs::shipped(), settings());
    let mut group = criterion.benchmark_group("60 kB");
    group.bench_function("parse", |bencher| {
        bencher.iter(|| parse(&mut Sources::default(), NAME, black_box(text.as_bytes()), &Limits::default()));
    });
    group.bench_function("parse, read, link", |bencher| bencher.iter(|| analysis(black_box(&text))));
    group.bench_function("rules", |bencher| {
        let (analysis, sources) = analysis(&text);
        bencher.iter(|| check(black_box(&analysis), &packs, &settings, &sources, &[]));
    });
    group.bench_function("load the shipped rules", |bencher| bencher.iter(Packs::shipped));
    group.bench_function("whole, printed", |bencher| {
        let name = PathBuf::from(NAME);
        let files = InMemory([(name.clone(), text.clone().into_bytes())].into());
        let project = Project::named(name);
        bencher.iter(|| {
            let mut review = Review::default();
            let opened = open(&project, &files, &Limits::default(), &mut review.sources, &mut review.problems);
            judge(opened, &packs, &settings, &mut review);
            report::write(&report::FORMATS[0], &review, &Style::PLAIN, &mut std::io::sink()).expect("a sink");
            review.findings.len()
        });
    });
    group.finish();
}

/// Every rule of a table on every row of it: the throughput is in pairs of a rule and a row.
fn rules_on_rows(criterion: &mut Criterion) {
    // So many that what is done once, such as compiling the rules, does not count.
    let (analysis, sources) = analysis(&layered(10_000, Facts::Numbers));
    let (packs, settings) = (Packs::shipped(), settings());
    let mut group = criterion.benchmark_group("a rule on a row");
    for name in ["component", "dependency"] {
        let relation = premortem::analyse::relations::find(name).expect("a table");
        let rules = packs.rules().iter().filter(|rule| rule.definition.each.value == name).count();
        let rows = (relation.rows)(&analysis).len();
        let mut settings = settings.clone();
        settings.select = packs
            .rules()
            .iter()
            .filter(|rule| rule.definition.each.value == name)
            .map(|rule| rule.definition.id.clone())
            .collect();
        group.throughput(Throughput::Elements((rules * rows) as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| check(black_box(&analysis), &packs, &settings, &sources, &[]));
        });
    }
    group.finish();
}

/// Large designs, whole; reading them without judging is the measure.
fn large(criterion: &mut Criterion) {
    let (packs, settings) = (Packs::shipped(), settings());
    let mut group = criterion.benchmark_group("10 000 components");
    let designs = [
        ("plain", layered(10_000, Facts::Plain)),
        ("with numbers", layered(10_000, Facts::Numbers)),
        ("tangled", tangled(10_000)),
    ];
    for (title, text) in designs {
        group.bench_function(format!("{title}, parse"), |bencher| {
            bencher.iter(|| parse(&mut Sources::default(), NAME, black_box(text.as_bytes()), &Limits::default()));
        });
        group.bench_function(format!("{title}, parse, read, link"), |bencher| bencher.iter(|| analysis(&text)));
        group.bench_function(format!("{title}, rules"), |bencher| {
            bencher.iter_batched(
                || analysis(&text),
                |(analysis, sources)| check(&analysis, &packs, &settings, &sources, &[]),
                criterion::BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = stages, rules_on_rows, large
}
criterion_main!(benches);
