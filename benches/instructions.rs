//! What a whole check costs as designs double, in instructions counted by callgrind: the same on a busy machine.
//!
//! `cargo bench --bench instructions [components]` prints a line per size, with the ratio to half the size.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod layered;
mod tangled;

use layered::{Facts, layered};
use std::path::Path;
use std::process::{Command, Stdio};
use tangled::tangled;

const BINARY: &str = env!("CARGO_BIN_EXE_premortem");

/// A design of so many components.
type Design = fn(usize) -> String;

fn main() {
    let largest = std::env::args().skip(1).find_map(|argument| argument.parse::<usize>().ok()).unwrap_or(10_000);
    let folder = tempfile::tempdir().expect("a folder for the designs");
    let name = folder.path().join("large.arch.yaml");
    let designs: [(&str, Design); 3] = [
        ("plain", |components| layered(components, Facts::Plain)),
        ("with numbers", |components| layered(components, Facts::Numbers)),
        ("tangled", tangled),
    ];
    for (title, design) in designs {
        let mut half = None;
        for components in [largest / 4, largest / 2, largest] {
            std::fs::write(&name, design(components)).expect("the folder can be written to");
            let Some(count) = instructions(&name) else {
                println!("there is no valgrind to count with");
                return;
            };
            let ratio = half.map_or_else(String::new, |half: f64| format!(", {:.2} times half the size", count / half));
            println!("{title}: {components} components, {:.0} million instructions{ratio}", count / 1e6);
            half = Some(count);
        }
    }
}

/// Instructions of one check of a file.
fn instructions(design: &Path) -> Option<f64> {
    let checked = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", BINARY, "check", "--fail-on", "never"])
        .arg(design)
        .stdout(Stdio::null())
        .output()
        .ok()?;
    let told = String::from_utf8_lossy(&checked.stderr);
    let line = told.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.parse().ok()
}
