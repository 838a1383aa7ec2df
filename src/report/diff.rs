//! What changes in a file, as `diff -u` prints it and `patch` reads it.

use super::text::escape;
use std::fmt::Write as _;
use std::ops::Range;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;
/// How far apart in lines the next common line may be.
const AHEAD: usize = 64;

/// The unified diff between two texts of a file; empty if they are the same.
pub fn diff(name: &str, old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let mut changes = changes(&old, &new).into_iter().peekable();
    let mut text = String::new();
    if changes.peek().is_some() {
        let name = escape(name);
        text.extend(["--- a/", &name, "\n+++ b/", &name, "\n"]);
    }
    while let Some(first) = changes.next() {
        let mut hunk = vec![first];
        while let Some(next) = changes.next_if(|next| next.0.start - hunk[hunk.len() - 1].0.end <= 2 * CONTEXT) {
            hunk.push(next);
        }
        write_hunk(&mut text, &hunk, &old, &new);
    }
    text
}

/// Lines of the old text, and the lines of the new one in their place.
type Change = (Range<usize>, Range<usize>);

fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        if left < old.len() && right < new.len() && old[left] == new[right] {
            (left, right) = (left + 1, right + 1);
            continue;
        }
        let (skipped, added) = next_common(&old[left..], &new[right..]);
        changes.push((left..left + skipped, right..right + added));
        (left, right) = (left + skipped, right + added);
    }
    changes
}

/// How many lines to pass on each side to come to a common one: as few as possible. Where none is near, everything.
fn next_common(old: &[&str], new: &[&str]) -> (usize, usize) {
    for sum in 1..=AHEAD {
        for skipped in 0..=sum {
            let added = sum - skipped;
            match (old.get(skipped), new.get(added)) {
                (Some(old), Some(new)) if old == new => return (skipped, added),
                (None, None) if (old.len(), new.len()) == (skipped, added) => return (skipped, added),
                _ => {}
            }
        }
    }
    (old.len(), new.len())
}

fn write_hunk(text: &mut String, hunk: &[Change], old: &[&str], new: &[&str]) {
    let (first, last) = (&hunk[0], &hunk[hunk.len() - 1]);
    let before = first.0.start.min(CONTEXT);
    let after = (old.len() - last.0.end).min(CONTEXT);
    let side = |start: usize, end: usize| match end - start {
        // A side without lines names the line before it.
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        lines => format!("{},{lines}", start + 1),
    };
    let olds = side(first.0.start - before, last.0.end + after);
    let news = side(first.1.start - before, last.1.end + after);
    writeln!(text, "@@ -{olds} +{news} @@").expect("a string takes any text");
    let mut at = first.0.start - before;
    for (removed, added) in hunk {
        lines(text, ' ', &old[at..removed.start]);
        lines(text, '-', &old[removed.clone()]);
        lines(text, '+', &new[added.clone()]);
        at = removed.end;
    }
    lines(text, ' ', &old[at..last.0.end + after]);
}

fn lines(text: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        text.push(sign);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}
