//! One fixed review in every format, and what each format promises about any review.

#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

use premortem::finding::{Certainty, Finding, LEFT_OUT, Label, NotJudged, Question, Scope, Severity, Subject};
use premortem::problem::Problem;
use premortem::report::{FORMATS, Format, Style, json, write};
use premortem::review::Review;
use premortem::sources::{Sources, Span};
use proptest::prelude::*;
use std::fmt::Write as _;

fn rendered(format: &str, review: &Review, style: Style) -> String {
    let mut out = Vec::new();
    write(Format::named(format).unwrap(), review, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The span of the first `what` after the first `after` in a file.
fn span(sources: &Sources, file: &str, after: &str, what: &str) -> Span {
    let source = sources.iter().find(|source| source.name() == file).unwrap();
    let from = source.text().find(after).unwrap();
    let start = from + source.text()[from..].find(what).unwrap();
    let at = |offset: usize| source.base() + u32::try_from(offset).unwrap();
    Span::new(at(start), at(start + what.len()))
}

fn finding(rule: &str, severity: Severity, subject: Subject, message: &str, labels: Vec<(Span, &str)>) -> Finding {
    Finding {
        rule: rule.into(),
        pack: "test".into(),
        severity,
        certainty: Certainty::Declared,
        subject,
        message: message.into(),
        why: "What is not tried out before it is needed does not work when it is needed.".into(),
        fix: "Mend it.".into(),
        labels: labels.into_iter().map(|(span, text)| Label { span, text: text.into() }).collect(),
        notes: vec![],
        path: vec![],
        event: None,
        url: Some(format!("https://example.org/rules/{rule}")),
        accepted: None,
        folded: Vec::new(),
        undescribed: Vec::new(),
        acceptable_at: None,
        edits: Vec::new(),
    }
}

fn component(name: &str) -> Subject {
    Subject::Component(name.into())
}

const SHOP: &str = "components:\n  web: { kind: service, needs: [api] }\n  api: { kind: service, replicas: 1, needs: [postgres, recs] }\n  recs:\n    kind: service\n    retries: 3\n";
const DATA: &str =
    "components:\r\n  postgres:\r\n\tkind: database\r\n  レジ係-🧾: { kind: store, note: \"会計 🧾\", tier: gold }\r\n";

/// Errors, warnings, advice, problems and questions over two files with awkward text.
fn review() -> Review {
    let mut sources = Sources::default();
    sources.add("shop.arch.yaml", SHOP).unwrap();
    let filler: String = (0..500).fold(String::new(), |mut text, line| {
        writeln!(text, "  worker-{line}: {{ kind: service }}").unwrap();
        text
    });
    sources.add("data/data.arch.yaml", DATA).unwrap();
    sources.add("workers.arch.yaml", format!("components:\n{filler}")).unwrap();
    let shop = |after, what| span(&sources, "shop.arch.yaml", after, what);
    let data = |after, what| span(&sources, "data/data.arch.yaml", after, what);
    let worker = |name: &str| span(&sources, "workers.arch.yaml", name, &name[..name.len() - 1]);
    let end_of_shop = shop("components", SHOP).end;

    let mut postgres = finding(
        "single-point-of-failure",
        Severity::Error,
        component("postgres"),
        "every way from `web` to `postgres` goes through `api`, which runs once, so `checkout` fails whenever `api` is released",
        vec![
            (shop("api:", "api"), "runs once"),
            (data("postgres", "postgres"), "cannot be reached without `api`"),
            (shop("web", "api"), "hop 1"),
            (shop("postgres", "postgres"), "hop 2"),
            (data("tier", "gold"), "the promise this breaks"),
        ],
    );
    postgres.path = vec!["api".into(), "web".into(), "checkout".into()];
    postgres.fix = "Run `api` at least twice:\n\n  components:\n    api:\n      replicas: 2\n\nor let `checkout` degrade without it and say so in `degrades_to`.".into();
    postgres.notes =
        vec!["`postgres` is a database because its `tech` is `postgres` in the technology catalogue".into()];

    let line = finding(
        "retry-storm",
        Severity::Warning,
        Subject::Dependency("api->recs".into()),
        "`api` retries `recs` 3 times while `recs` retries as well",
        vec![
            (shop("needs: [postgres", "recs"), "3 attempts"),
            (shop("api:", "kind"), "a service"),
            (shop("api:", "replicas: 1"), "one instance sends them all"),
            (shop("retries", "3"), "and 3 more here"),
            (Span::new(end_of_shop, end_of_shop), "nothing limits them"),
        ],
    );
    let far = finding(
        "far-apart",
        Severity::Advice,
        component("worker-1"),
        "`worker-1` and `worker-499` share nothing but a file",
        vec![(worker("worker-499:"), "the last"), (worker("worker-1:"), "the first"), (worker("worker-3:"), "near it")],
    );
    let workers = (10..21).map(|number| {
        let name = format!("worker-{number}");
        let message = format!("nobody is called when `{name}` fails");
        finding(
            "nobody-on-call",
            Severity::Warning,
            component(&name),
            &message,
            vec![(worker(&format!("{name}:")), "no `owner`")],
        )
    });
    let mut findings = vec![postgres, line, far];
    findings.extend(workers);
    let problems = vec![
        Problem::error("unknown-key", "`replica` is no key of a component", shop("api:", "replicas"), "not known")
            .with_help("write `replicas`"),
        Problem::warning("duplicate-key", "`kind` is written twice", data("kind", "kind"), "the second counts")
            .with_label(shop("recs:", "kind"), "the first"),
    ];
    let question = |message: &str, at| Question {
        pre_answer: None,
        rule: "backup".into(),
        subject: component("postgres"),
        message: message.into(),
        labels: vec![Label { span: at, text: "no `backup`".into() }],
        weight: 1,
    };
    let questions = (0..7).map(|_| {
        question("how is `postgres` backed up, and when was a restore last tried?", data("postgres", "postgres"))
    });
    Review {
        questions: questions.collect(),
        findings,
        problems,
        accepted: vec![finding("x", Severity::Advice, Subject::Design, "m", vec![(shop("web", "web"), "t")])],
        not_judged: ["health checks", "backups"]
            .map(|what| NotJudged { what: what.into(), why: "a Compose file cannot say them".into() })
            .into(),
        designs: std::collections::BTreeMap::new(),
        scope: Scope { files: 3, components: 505, dependencies: 3, flows: 1, rules: 28 },
        today: "2025-06-01".into(),
        sources,
        ..Review::default()
    }
}

fn empty() -> Review {
    let mut sources = Sources::default();
    sources.add("shop.arch.yaml", SHOP).unwrap();
    Review {
        sources,
        scope: Scope { files: 1, components: 3, dependencies: 3, flows: 1, rules: 28 },
        today: "2025-06-01".into(),
        ..Review::default()
    }
}

#[test]
fn full() {
    insta::assert_snapshot!(rendered("full", &review(), Style::PLAIN));
}

#[test]
fn full_in_ascii_for_a_wide_terminal() {
    insta::assert_snapshot!(rendered("full", &review(), Style { unicode: false, width: 120, ..Style::PLAIN }));
}

#[test]
fn full_with_colors_and_links() {
    let mut review = review();
    review.findings.truncate(2);
    let text = rendered("full", &review, Style { color: true, links: true, ..Style::PLAIN });
    insta::assert_snapshot!(text.replace('\x1b', "␛"));
}

#[test]
fn full_without_findings() {
    insta::assert_snapshot!(rendered("full", &empty(), Style::PLAIN));
}

#[test]
fn concise() {
    insta::assert_snapshot!(rendered("concise", &review(), Style::PLAIN));
    assert_eq!(rendered("concise", &empty(), Style::PLAIN), "");
}

#[test]
fn json_of_one_finding() {
    let mut review = review();
    review.findings.truncate(1);
    review.questions.truncate(1);
    let text = rendered("json", &review, Style::PLAIN);
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn format_names_are_unique() {
    for (index, format) in FORMATS.iter().enumerate() {
        assert!(FORMATS[..index].iter().all(|other| other.name != format.name), "{}", format.name);
    }
}

#[test]
fn json_fits_its_schema() {
    let schema = jsonschema::validator_for(&json::schema()).unwrap();
    for review in [review(), empty()] {
        let report = serde_json::from_str(&rendered("json", &review, Style::PLAIN)).unwrap();
        let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
        assert_eq!(errors, [] as [String; 0]);
    }
    let other = serde_json::json!({ "version": 1, "tool": { "name": "premortem" } });
    assert!(!schema.is_valid(&other), "the schema asks for something");
}

#[test]
fn a_line_longer_than_the_terminal_shows_the_parts_with_marks() {
    let mut sources = Sources::default();
    let needs: String = (0..400).fold(String::new(), |mut text, index| {
        write!(text, "component-{index}, ").unwrap();
        text
    });
    sources.add("long.arch.yaml", format!("web: {{ needs: [{needs}] }}\n")).unwrap();
    let at = |what: &str| span(&sources, "long.arch.yaml", what, what);
    let labels = vec![
        (at("component-200"), "is needed"),
        (at("component-202"), "is needed too, as the third of all components that are said to be needed here"),
        (at("web"), "needs them"),
        (at("component-399"), "the last"),
    ];
    let finding = finding("needs-everything", Severity::Warning, component("web"), "`web` needs everything", labels);
    let review = Review { findings: vec![finding], sources, ..Review::default() };
    insta::assert_snapshot!(rendered("full", &review, Style::PLAIN));
}

#[test]
fn messages_that_say_different_things_are_each_printed() {
    let mut review = review();
    review.findings.retain(|finding| finding.rule == "nobody-on-call");
    for (index, finding) in review.findings.iter_mut().enumerate() {
        finding.message = format!("`{}` failed {index} times", finding.subject);
    }
    let text = rendered("full", &review, Style::PLAIN);
    let also: Vec<&str> = text.lines().filter(|line| line.starts_with("  also: ")).collect();
    assert_eq!(also[0], "  also: `worker-11` failed 1 times");
    assert_eq!(also[4], "  also: 6 more: `worker-15`, `worker-16`, `worker-17`, `worker-18`, `worker-19`");
    assert_eq!(also.len(), 5);
}

#[test]
fn what_to_type_next_can_be_typed() {
    let mut review = empty();
    let mut next = |severity, subject| {
        let at = Span::new(0, 10);
        review.findings.push(finding("some-rule", severity, subject, "m", vec![(at, "t")]));
        let text = rendered("full", &review, Style::PLAIN);
        text.lines().last().unwrap().trim_start().to_owned()
    };
    assert_eq!(next(Severity::Advice, Subject::Design), "Next        premortem explain some-rule");
    assert_eq!(next(Severity::Warning, Subject::Dependency("a->b".into())), "premortem fail b");
    assert_eq!(next(Severity::Error, component("Ann's `db`")), r"premortem fail 'Ann'\''s `db`'");
}

/// Lines of awkward characters, some of them wider than a terminal.
#[test]
fn what_is_left_out_of_a_path_is_no_name() {
    let mut long = finding("deep", Severity::Warning, component("api"), "`api` is deep", vec![]);
    assert_eq!(long.path_in_words(), None);
    long.path = ["api", LEFT_OUT, "pg"].map(str::to_owned).to_vec();
    assert_eq!(long.path_in_words().as_deref(), Some("`api` -> … -> `pg`"));
    let mut review = empty();
    let place = review.sources.add("shop.arch.yaml", "api: 1").map(|id| review.sources.get(id).span()).unwrap();
    long.labels.push(Label { span: place, text: "here".into() });
    review.findings.push(long);
    for format in ["full", "sarif"] {
        let said = rendered(format, &review, Style::PLAIN);
        assert!(said.contains("`api` -> … -> `pg`"), "{said}");
    }
}

fn texts() -> impl Strategy<Value = String> {
    let char = prop_oneof![
        8 => "[a-z :{}]",
        2 => "[\t\r\n]",
        1 => "[語é🧾\u{301}\u{200d}\u{feff}\u{1b}\u{7}\u{202e}\u{85}─^`]",
    ];
    prop_oneof![
        4 => prop::collection::vec(char.clone(), 0..120),
        1 => prop::collection::vec(char, 0..900),
        1 => prop::collection::vec("[a-z]{1,9} ", 10..90),
        1 => Just(vec!["component ".into(); 900]),
    ]
    .prop_map(|parts| parts.concat())
}

/// A finding with up to eight labels anywhere in up to three files.
fn reviews() -> impl Strategy<Value = Review> {
    let labels = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0usize..40), 1..8);
    (prop::collection::vec(texts(), 1..4), labels).prop_map(|(texts, labels)| {
        let mut sources = Sources::default();
        for (index, text) in texts.into_iter().enumerate() {
            sources.add(format!("{index}.yaml"), text).unwrap();
        }
        let files: Vec<_> = sources.iter().collect();
        let labels = labels.iter().enumerate().map(|(index, (file, start, length))| {
            let file = files[file.index(files.len())];
            let offsets: Vec<usize> = file.text().char_indices().map(|(at, _)| at).chain([file.text().len()]).collect();
            let start = start.index(offsets.len());
            let end = (start + length).min(offsets.len() - 1);
            let at = |index: usize| file.base() + u32::try_from(offsets[index]).unwrap();
            Label { span: Span::new(at(start), at(end)), text: format!("mark-{index}").into() }
        });
        let labels = labels.collect();
        let message = "`a` \x1b[2J\n does not tell the whole truth about what it is that makes it fail".into();
        let finding = Finding { labels, message, ..finding("some-rule", Severity::Error, component("a"), "", vec![]) };
        Review { findings: vec![finding], sources, ..Review::default() }
    })
}

fn without_escapes(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        plain.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("\x1b]") {
            rest[at..].find("\x1b\\").unwrap() + 2
        } else {
            rest[at..].find('m').unwrap() + 1
        };
        rest = &rest[at + end..];
    }
    plain + rest
}

fn columns(line: &str) -> usize {
    line.chars().map(|char| unicode_width::UnicodeWidthChar::width(char).unwrap_or(0)).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn full_shows_every_label_within_the_terminal(review in reviews(), unicode: bool, width in prop_oneof![Just(80usize), 40usize..130]) {
        let style = Style { unicode, width, ..Style::PLAIN };
        let text = rendered("full", &review, style);
        let finding = &review.findings[0];
        for label in &finding.labels {
            prop_assert!(text.contains(&*label.text), "{} is missing:\n{}", label.text, text);
        }
        prop_assert!(text.contains(&review.sources.place(finding.primary())), "{}", text);
        prop_assert!(text.starts_with("error[some-rule]: `a`"));
        for line in text.lines() {
            prop_assert!(columns(line) <= width, "{} columns in {:?}", columns(line), line);
            prop_assert!(!line.contains(|char: char| char.is_control() || char == '\u{202e}'), "{:?}", line);
        }
        let colored = rendered("full", &review, Style { color: true, links: true, ..style });
        prop_assert_eq!(without_escapes(&colored), text);
    }

    #[test]
    fn concise_lines_can_be_parsed_whatever_the_names(review in reviews(), name in ".{1,20}", message in ".{1,40}") {
        let mut review = review;
        let mut sources = Sources::default();
        for source in review.sources.iter() {
            sources.add(format!("{name}\n{}", source.name()), source.text()).unwrap();
        }
        review.sources = sources;
        review.findings[0].message = format!("{message}\n\x1b[1mmore");
        let pattern = serde_json::json!({ "pattern": r"^(.+?):(\d+):(\d+): (error|warning|advice)\[([a-z0-9-]+)\] (.+)$" });
        let text = rendered("concise", &review, Style::PLAIN);
        prop_assert_eq!(text.lines().count(), 1);
        prop_assert!(jsonschema::is_valid(&pattern, &serde_json::json!(text.trim_end_matches('\n'))), "{:?}", text);
        prop_assert!(!text.trim_end_matches('\n').contains(char::is_control));
    }

    #[test]
    fn json_positions_lead_to_the_marked_text(review in reviews()) {
        let schema = jsonschema::validator_for(&json::schema()).unwrap();
        let report: serde_json::Value = serde_json::from_str(&rendered("json", &review, Style::PLAIN)).unwrap();
        prop_assert!(schema.is_valid(&report));
        let labels = report["findings"][0]["labels"].as_array().unwrap();
        for (label, expected) in labels.iter().zip(&review.findings[0].labels) {
            let source = review.sources.iter().find(|source| source.name() == label["file"]).unwrap();
            let number = |end: &str, key: &str| usize::try_from(label[end][key].as_u64().unwrap()).unwrap();
            prop_assert_eq!(&source.text()[number("start", "offset")..number("end", "offset")], review.sources.text(expected.span));
            for end in ["start", "end"] {
                let before: String = source.text().split_inclusive('\n').take(number(end, "line") - 1).collect();
                let line = &source.text()[before.len()..];
                let offset = before.len() + line.chars().take(number(end, "column") - 1).map(char::len_utf8).sum::<usize>();
                prop_assert_eq!(offset, number(end, "offset"));
            }
        }
    }
}
