//! What people wrote into a page: ticks, notes, and whatever else.

use super::marker::{self, Marked, Part, hash};

/// A page as it was found, part by part.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Before the first part.
    pub(super) preamble: Vec<String>,
    pub(super) page: Vec<String>,
    pub(super) designs: Vec<KeptDesign>,
}

/// What was written about one design.
#[derive(Debug, Default)]
pub(super) struct KeptDesign {
    pub(super) name: String,
    pub(super) notes: Vec<String>,
    pub(super) items: Vec<KeptItem>,
    pub(super) settled_notes: Vec<String>,
    /// Every line of it as it was.
    pub(super) lines: Vec<String>,
}

/// What was written about one question.
#[derive(Debug)]
pub(super) struct KeptItem {
    pub(super) part: Part,
    /// As it was asked.
    pub(super) title: String,
    pub(super) ticked: bool,
    pub(super) notes: Vec<String>,
}

/// Reads a page; a text that is none is all preamble.
pub(super) fn read(text: &str) -> Kept {
    let mut kept = Kept::default();
    let mut lines = text.trim_start_matches('\u{feff}').lines().peekable();
    let mut preamble = Vec::new();
    while let Some(line) = lines.next_if(|line| marker::find(line).is_none()) {
        preamble.push(line);
    }
    kept.preamble = notes(preamble, &mut Vec::new());
    while let Some(line) = lines.next() {
        let Some(marked) = marker::find(line) else { continue };
        let mut body = Vec::new();
        while let Some(line) = lines.next_if(|line| marker::find(line).is_none()) {
            body.push(line);
        }
        kept.part(line, marked, body);
    }
    for design in &mut kept.designs {
        trim(&mut design.lines);
    }
    kept
}

impl Kept {
    fn part(&mut self, line: &str, marked: Marked<'_>, body: Vec<&str>) {
        let raw: Vec<String> = std::iter::once(line).chain(body.iter().copied()).map(str::to_owned).collect();
        let Marked { part, mut hashes, before, after } = marked;
        let title = bare(before);
        let is_title_ours = consume(&mut hashes, title);
        let mut found = notes(body, &mut hashes);
        let edited = (!is_title_ours).then(|| format!("  - {title}"));
        let appended = (!after.is_empty()).then(|| format!("  - {after}"));
        found.splice(0..0, edited.filter(|_| !title.is_empty()).into_iter().chain(appended));
        match part {
            Part::Page => self.page.extend(found),
            Part::Design(name) => {
                let index = self.designs.iter().position(|design| design.name == name);
                let mut design = index.map(|index| self.designs.remove(index)).unwrap_or_default();
                design.name = name;
                design.notes.extend(found);
                design.lines.extend(raw);
                // The last design is the one that is being read.
                self.designs.push(design);
            }
            Part::Settled => {
                let design = self.current();
                design.settled_notes.extend(found);
                design.lines.extend(raw);
            }
            Part::Item { .. } => {
                let ticked = is_ticked(before);
                let design = self.current();
                design.lines.extend(raw);
                match design.items.iter_mut().find(|item| item.part == part) {
                    Some(item) => {
                        item.ticked |= ticked;
                        item.notes.extend(found);
                    }
                    None => design.items.push(KeptItem { part, title: title.to_owned(), ticked, notes: found }),
                }
            }
        }
    }

    fn current(&mut self) -> &mut KeptDesign {
        if self.designs.is_empty() {
            self.designs.push(KeptDesign::default());
        }
        let last = self.designs.len() - 1;
        &mut self.designs[last]
    }
}

/// What stands between the box and the marker, without the line through it.
fn bare(before: &str) -> &str {
    let text = before.trim().trim_start_matches(['-', '*', '+', '#']).trim_start();
    let text = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((tick, rest)) if tick.chars().count() <= 1 => rest.trim_start(),
        _ => text,
    };
    text.strip_prefix("~~").and_then(|text| text.strip_suffix("~~")).unwrap_or(text)
}

fn is_ticked(before: &str) -> bool {
    let text = before.trim().trim_start_matches(['-', '*', '+']).trim_start();
    text.starts_with("[x]") || text.starts_with("[X]")
}

fn consume(hashes: &mut Vec<u32>, line: &str) -> bool {
    let at = hashes.iter().position(|known| *known == hash(line));
    at.map(|at| hashes.remove(at)).is_some()
}

/// The lines that were not generated, with the empty lines before and between them.
fn notes(body: Vec<&str>, hashes: &mut Vec<u32>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut gap = 0;
    for line in body {
        if line.trim().is_empty() {
            gap += 1;
        } else if consume(hashes, line) {
            gap = 0;
        } else {
            notes.extend(std::iter::repeat_n(String::new(), gap));
            notes.push(line.to_owned());
            gap = 0;
        }
    }
    notes
}

fn trim(lines: &mut Vec<String>) {
    while lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
}
