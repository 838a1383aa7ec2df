//! The change as the comment an architect would write below it.

use super::row::{Section, findings, sections};
use super::verdict::verdict;
use crate::difference::Difference;
use crate::report::markdown_text::inline;
use crate::report::text::count;
use std::io::{self, Write};

/// Bytes of a comment. GitHub takes 65 536 characters and refuses what is longer.
const COMMENT: usize = 65_000;
/// Room kept for the line that says what is missing.
const RESERVE: usize = 300;
/// Bytes of one cell; names and sentences of strangers have no end.
const CELL: usize = 600;

pub(super) fn write(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(page(difference).as_bytes())
}

fn page(difference: &Difference) -> String {
    let new = &difference.new.name;
    let mut page = format!(
        "## premortem: {} → {}\n\n{}\n\n",
        inline(&format!("`{}`", cut(&difference.old)), false),
        inline(&format!("`{}`", cut(new)), false),
        inline(&cut_to(&verdict(difference), 4 * CELL), false)
    );
    let alone = difference.designs.len() == 1;
    let mut missing = 0;
    for design in difference.designs.iter().filter(|design| !design.is_empty()) {
        if !alone {
            missing += push(&mut page, &format!("### {}\n\n", inline(&format!("`{}`", cut(&design.path)), false)), 0);
        }
        for section in sections(design) {
            missing += push_section(&mut page, &section);
        }
    }
    let findings = findings(difference);
    if !findings.rows.is_empty() {
        missing += push_section(&mut page, &findings);
    }
    if difference.unchanged > 0 {
        missing += push(&mut page, &format!("{} on both sides.\n", count(difference.unchanged, "finding")), 0);
    }
    if missing > 0 {
        let missing = count(missing, "line");
        page.extend(["… and ", &missing, " more than fit here: `premortem diff` prints them.\n"]);
    }
    page
}

/// Adds a part if there is room for it; else says how much is missing.
fn push(page: &mut String, part: &str, counts: usize) -> usize {
    if page.len() + part.len() + RESERVE > COMMENT {
        return counts;
    }
    page.push_str(part);
    0
}

/// As many rows as fit. Returns how many do not.
fn push_section(page: &mut String, section: &Section) -> usize {
    let head = format!("**{}**\n\n| | | |\n|---|---|---|\n", section.title);
    let row = |row: &super::row::Row| {
        let cell = |text: &str| inline(&cut(text), true);
        format!("| {} | {} | {} |\n", row.what, cell(&row.name), cell(&row.detail))
    };
    let rows: Vec<String> = section.rows.iter().map(row).collect();
    let Some(first) = rows.first() else { return 0 };
    if page.len() + head.len() + first.len() + RESERVE > COMMENT {
        return rows.len();
    }
    page.push_str(&head);
    let mut missing = 0;
    for row in &rows {
        missing += push(page, row, 1);
    }
    page.push('\n');
    missing
}

fn cut(text: &str) -> String {
    cut_to(text, CELL)
}

/// At most so many bytes, and no half of a pair of backticks.
fn cut_to(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let kept = &text[..end];
    let open = kept.matches('`').count() % 2 == 1;
    format!("{kept}{}…", if open { "`" } else { "" })
}
