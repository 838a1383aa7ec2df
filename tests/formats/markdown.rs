//! The comment: what GitHub renders, and how much of it.

use crate::fixture::{NAMES, SIZES, review, text, with_problems};
use premortem::report::markdown::page;

/// The number in `, and 12 more` at the end of a line, else none.
fn more(line: &str) -> usize {
    let line = line.trim_end_matches("</summary>").trim_end_matches("</p>").trim_end_matches(" |");
    let words: Vec<&str> = line.rsplit(' ').take(3).collect();
    if let ["more", number, "and"] = words[..] { number.parse().unwrap() } else { 0 }
}

/// Bars that end a cell: a backslash takes the next character with it.
pub(crate) fn bars(line: &str) -> usize {
    let (mut bars, mut chars) = (0, line.chars());
    while let Some(char) = chars.next() {
        match char {
            '\\' => drop(chars.next()),
            '|' => bars += 1,
            _ => {}
        }
    }
    bars
}

#[test]
fn everything_is_listed_or_counted_the_worst_first() {
    for size in SIZES {
        for limit in [1000, 5000, 65_000, 1 << 20] {
            let comment = page(&review(size), limit);
            assert!(comment.len() <= limit, "{} bytes for {size}", comment.len());
            let titles = comment.lines().filter(|line| line.starts_with("<summary><b>") || line.starts_with("<p><b>"));
            let titles: Vec<&str> = titles.collect();
            let rank =
                |line: &&str| ["<b>error", "<b>warning", "<b>advice"].iter().position(|name| line.contains(name));
            assert!(titles.is_sorted_by_key(rank));
            let titled: usize = titles.iter().map(|line| 1 + more(line)).sum();
            let rows = comment.lines().filter(|line| line.starts_with("| ") && *line != "| Where | What |");
            let listed: usize = rows.map(|line| if line.starts_with("| |") { more(line) } else { 1 }).sum();
            let missing = comment.lines().find_map(|line| line.strip_prefix("… and ")?.split(' ').next()?.parse().ok());
            assert_eq!(titled + missing.unwrap_or(0), size, "{limit}");
            assert!(listed <= titled);
            assert!(missing.is_none() || limit < 1 << 20);
        }
    }
    assert!(text("markdown", &review(6000)).len() < 65_000);
    assert!(text("markdown", &review(0)).starts_with("## premortem: nothing"));
}

#[test]
fn mistakes_in_the_input_come_first() {
    let comment = text("markdown", &with_problems(11));
    let (head, findings) = comment.split_once("<details>").unwrap();
    assert!(head.contains("### Mistakes in the input") && head.contains("is no key"), "{head}");
    assert!(findings.contains("<summary>"));
}

/// Outside of code there is no tag but ours, no mention and no reference.
#[test]
fn names_stay_names() {
    let comment = page(&review(NAMES.len() * 20), 1 << 20);
    let mut fence = None;
    for line in comment.lines() {
        let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
        match fence {
            Some(open) if ticks == open && line.len() == ticks => fence = None,
            Some(_) => {}
            None if ticks > 2 => fence = Some(ticks),
            None => {
                let mut words = line.to_owned();
                for tag in ["details", "summary", "b", "code", "p"] {
                    words = words.replace(&format!("<{tag}>"), "").replace(&format!("</{tag}>"), "");
                }
                // Code has been closed where it was opened.
                let outside: String = words.replace("\\`", "").split('`').step_by(2).collect();
                assert!(!outside.contains('<'), "{line}");
                let mention = outside.match_indices('@').any(|(at, _)| !outside[at + 1..].starts_with("&#8203;"));
                let html = line.starts_with("<summary>") || line.starts_with("<p>");
                assert!(!mention || html && line.contains("<code>@"), "{line}");
                assert!(!outside.replace("\\]", "").contains("](") || html, "{line}");
                assert!(!line.contains(|char: char| char.is_control() || char == '\u{202e}'), "{line:?}");
                assert!(!line.starts_with("| ") || bars(line) == 3, "{line}");
            }
        }
    }
    assert_eq!(fence, None, "every block of code ends");
}
