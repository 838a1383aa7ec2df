//! The change on a terminal.

use super::row::{Row, Section, findings, sections};
use super::verdict::verdict;
use crate::difference::Difference;
use crate::report::Style;
use crate::report::ink::Ink;
use crate::report::text::{count, escape, width, wrap};
use std::io::{self, Write};

pub(super) fn write(difference: &Difference, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for line in wrap(&plain(&verdict(difference)), style.width) {
        writeln!(out, "{}", style.paint(Ink::Strong, &line))?;
    }
    let alone = difference.designs.len() == 1;
    for design in difference.designs.iter().filter(|design| !design.is_empty()) {
        if !alone {
            writeln!(out, "\n{}", style.paint(Ink::Strong, &escape(&design.path)))?;
        }
        for section in sections(design) {
            write_section(&section, style, out)?;
        }
    }
    let findings = findings(difference);
    if !findings.rows.is_empty() {
        write_section(&findings, style, out)?;
    }
    if difference.unchanged > 0 {
        writeln!(out, "\n{} on both sides", count(difference.unchanged, "finding"))?;
    }
    Ok(())
}

/// Columns before the name.
const INDENT: usize = 2;
/// Names longer than that have their detail below.
const NAME: usize = 36;

fn write_section(section: &Section, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", style.paint(Ink::Strong, section.title))?;
    let column = |part: fn(&Row) -> &str| section.rows.iter().map(|row| width(&plain(part(row)))).max().unwrap_or(0);
    let (whats, names) = (column(|row| row.what), column(|row| &row.name).min(NAME));
    for row in &section.rows {
        let name = escape(&plain(&row.name)).into_owned();
        let what = style.paint(ink(row.what), row.what);
        let before = format!("{:INDENT$}{what}{:gap$}{name}", "", "", gap = whats - row.what.len() + 2);
        let start = INDENT + whats + 2 + names + 2;
        let mut lines = wrap(&plain(&row.detail), style.width.saturating_sub(start).max(24)).into_iter();
        if width(&name) > names {
            writeln!(out, "{before}")?;
        } else {
            let first = lines.next().unwrap_or_default();
            let line = format!("{before}{:gap$}{first}", "", gap = names - width(&name) + 2);
            writeln!(out, "{}", line.trim_end())?;
        }
        for line in lines.filter(|line| !line.is_empty()) {
            writeln!(out, "{:start$}{line}", "")?;
        }
    }
    Ok(())
}

fn ink(what: &str) -> Ink {
    match what {
        "worse" | "new" => Ink::Error,
        _ => Ink::Context,
    }
}

/// Without the backticks, which a terminal does not need.
fn plain(text: &str) -> String {
    text.replace('`', "")
}
