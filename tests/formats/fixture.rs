//! Reviews of any size whose names and files are as awkward as names can be.

use premortem::finding::{Certainty, Finding, Label, Scope, Severity, Subject};
use premortem::problem::Problem;
use premortem::report::{Format, Style, write};
use premortem::review::Review;
use premortem::rules::Packs;
use premortem::sources::{Sources, Span};
use std::fmt::Write as _;

pub(crate) const SIZES: [usize; 4] = [0, 1, 11, 6000];

pub(crate) const NAMES: &[&str] = &[
    "plain",
    "a\"b'c",
    "<script>alert(1)</script>&amp;",
    "100%25,x:y;z]w=v",
    "line\nbreak\r\n::error::pwned",
    "bar|`tick`|",
    "語🧾é\u{301}",
    "\u{202e}evil\u{1b}[31m\u{0}\u{7}\u{85}",
    "@everyone #1 !2 $x$ ~y~ [click](1) *b* _i_",
    "##vso[task.complete result=Failed;]",
    "]]>--><!-- <?xml?>",
    "\\\\ {0} {{}}",
    "\u{ffff}\u{fffe}\u{feff}\u{2028}",
    "",
];

/// As the command line names it, and as the repository does.
pub(crate) const FILES: [(&str, &str); 3] = [
    ("shop.arch.yaml", "shop.arch.yaml"),
    ("../a b,c:d;e%25]/<ü>&\"'#?|`@x.arch.yaml", "a b,c:d;e%25]/<ü>&\"'#?|`@x.arch.yaml"),
    ("/home/somebody/x.arch.yaml", "deep/x.arch.yaml"),
];

pub(crate) fn text(format: &str, review: &Review) -> String {
    styled(format, review, &Style::PLAIN)
}

pub(crate) fn styled(format: &str, review: &Review, style: &Style) -> String {
    let mut out = Vec::new();
    write(Format::named(format).unwrap(), review, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// So many findings of the shipped rules, in the order of the files, and no problem.
pub(crate) fn review(size: usize) -> Review {
    let packs = Packs::shipped();
    let mut sources = Sources::default();
    let lines = size / FILES.len() + 1;
    for (name, _) in FILES {
        let mut text = String::new();
        for line in 0..lines {
            write!(text, "\t語: {{é🧾-{line}: [x, y]}} # end\r\n  more: z\n").unwrap();
        }
        sources.add(name, text).unwrap();
    }
    sources.locate(|name| FILES.iter().find(|(typed, _)| *typed == name).map(|(_, path)| (*path).to_owned()));
    let mut findings = Vec::new();
    for number in 0..size {
        let file = sources.iter().nth(number / lines).unwrap();
        let start = file.base() + u32::try_from(file.line_start(2 * (number % lines))).unwrap();
        let at = |from: u32, to: u32| Span::new(start + from, start + to);
        let name = NAMES[number % NAMES.len()];
        let rule = &packs.rules()[number % packs.rules().len()];
        let mut labels = vec![
            // `é🧾`, then a mark over the end of the line, and one without width.
            label(at(7, 13), &format!("here `{name}`")),
            label(at(1, 40), "over two lines"),
            label(at(4, 4), &format!("[{name}](2)")),
        ];
        labels.truncate(1 + number % 3);
        findings.push(Finding {
            rule: rule.id().to_owned(),
            pack: rule.pack.clone(),
            severity: [Severity::Warning, Severity::Advice, Severity::Warning, Severity::Error][number % 4],
            certainty: Certainty::Declared,
            subject: Subject::Component(format!("{name}-{}", number % 500).into()),
            message: format!("`{name}` fails {name} when `x` does"),
            why: format!("Because {name}.").into(),
            fix: format!("Mend `{name}`:\n\n    {}: {{replicas: 2}} # ```\n\nor do not.", name.replace('\n', " "))
                .into(),
            labels,
            notes: vec![format!("also {name}")],
            event: None,
            path: if number % 2 == 0 { vec![] } else { vec!["x".into(), name.into(), "y".into()] },
            url: None,
            accepted: None,
            folded: Vec::new(),
            undescribed: Vec::new(),
            acceptable_at: None,
            edits: Vec::new(),
        });
    }
    let scope = Scope { files: 3, components: size, dependencies: 0, flows: 1, rules: 70 };
    Review { sources, findings, scope, packs, today: "2026-06-01".into(), ..Review::default() }
}

/// The same with a mistake that left something out and one that did not.
pub(crate) fn with_problems(size: usize) -> Review {
    let mut review = review(size);
    let span = Span::new(1, 4);
    review.problems = vec![
        Problem::error("unknown-key", "`<a>|%\n` is no key", span, "not `]`")
            .with_label(span, "again")
            .with_help("drop it"),
        Problem::warning("duplicate-key", "`b` is written twice", span, "second"),
    ];
    review.accepted = review.findings.iter().take(1).cloned().collect();
    review
}

fn label(span: Span, text: &str) -> Label {
    Label { span, text: text.into() }
}

/// What a mark covers of its first line, as every format that has regions must say.
pub(crate) fn marked(review: &Review, span: Span) -> &str {
    let text = review.sources.text(span);
    if text.is_empty() {
        let file = review.sources.file_of(span);
        let rest = &file.text()[(span.start - file.base()) as usize..];
        return &rest[..rest.chars().next().map_or(0, char::len_utf8)];
    }
    text.lines().next().unwrap_or_default()
}

/// The text of a file, by its path in the repository.
pub(crate) fn source<'a>(review: &'a Review, path: &str) -> &'a str {
    review.sources.iter().find(|file| file.path_in_repository() == path).unwrap_or_else(|| panic!("no {path}")).text()
}
