//! Designs of any size that say nothing but who uses whom, in every direction: most of it is one circle, and rules have
//! something to say of every part of it.

use std::fmt::Write;

const FLOWS: usize = 10;

/// Each component uses five others, near ones and far ones.
pub(crate) fn tangled(components: usize) -> String {
    let mut text = String::from("version: 1\ncomponents:\n");
    for at in 0..components {
        let mut uses: Vec<usize> =
            [at + 1, 3 * at + 2, 5 * at + 7, 7 * at + 11, 11 * at + 13].map(|other| other % components).to_vec();
        uses.sort_unstable();
        uses.dedup();
        let uses: Vec<String> = uses.iter().filter(|other| **other != at).map(|other| format!("s{other}")).collect();
        writeln!(text, "  s{at}: {{uses: [{}]}}", uses.join(", ")).expect("text grows");
    }
    text.push_str("flows:\n");
    for at in (0..components).step_by((components / FLOWS).max(1)) {
        writeln!(text, "  f{at}: {{path: [s{at}], critical: true}}").expect("text grows");
    }
    text
}
