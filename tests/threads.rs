//! What a review says does not depend on how many threads share the work.

#[path = "../benches/layered/mod.rs"]
mod layered;
#[path = "../benches/tangled/mod.rs"]
mod tangled;

use assert_cmd::Command;
use layered::{Facts, layered};
use tangled::tangled;

/// More components than are read on one thread, in more bytes than are parsed on one.
const COMPONENTS: usize = 1_800;

fn check(file: &std::path::Path, threads: &str) -> String {
    let mut command = Command::cargo_bin("premortem").expect("the binary is built");
    command.args(["check", "--format", "json", "--fail-on", "never"]).arg(file).env("RAYON_NUM_THREADS", threads);
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}

#[test]
fn one_thread_and_many_say_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let designs = [layered(COMPONENTS, Facts::Plain), layered(COMPONENTS, Facts::Numbers), tangled(COMPONENTS)];
    assert!(designs[0].len() > 256 << 10, "{}", designs[0].len());
    for design in designs {
        let file = folder.path().join("large.arch.yaml");
        std::fs::write(&file, design).expect("the folder can be written to");
        let alone = check(&file, "1");
        assert!(alone.matches("\"rule\"").count() > 1_000, "{}", alone.len());
        for threads in ["2", "7"] {
            assert!(check(&file, threads) == alone, "{threads} threads say something else");
        }
    }
}
