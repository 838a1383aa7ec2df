//! Any bytes as a design and as a Compose file: read, linked, computed, judged and printed without a panic.
//!
//! `cargo fuzz run review` on a nightly toolchain, or with `RUSTC_BOOTSTRAP=1` on a stable one.

#![no_main]

use premortem::analyse::Scenario;
use premortem::discover::{InMemory, Project};
use premortem::parse::Limits;
use premortem::read::vocabulary::Date;
use premortem::report::{self, Style};
use premortem::review::{Review, judge, open};
use premortem::rules::{Packs, Settings};
use std::path::PathBuf;
use std::sync::LazyLock;

static PACKS: LazyLock<Packs> = LazyLock::new(Packs::shipped);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for name in ["fuzz.arch.yaml", "compose.yaml"] {
        let name = PathBuf::from(name);
        let files = InMemory([(name.clone(), bytes.to_vec())].into());
        let limits = Limits { file_bytes: 1 << 16, ..Limits::default() };
        let mut review = Review::default();
        let project = Project::named(name);
        let opened = open(&project, &files, &limits, &mut review.sources, &mut review.problems);
        if let Some(analysis) = &opened.analysis {
            let failure = analysis.failure();
            for event in failure.events().into_iter().take(20) {
                let _ = failure.verdicts(&Scenario::new([event]));
            }
        }
        let settings = Settings::new(Date::parse("2026-06-01").expect("a date"));
        judge(opened, &PACKS, &settings, &mut review);
        for finding in &review.findings {
            assert!(!finding.labels.is_empty(), "a finding without a place: {finding:?}");
        }
        for format in report::FORMATS {
            report::write(format, &review, &Style::PLAIN, &mut std::io::sink()).expect("a sink takes everything");
        }
    }
});
