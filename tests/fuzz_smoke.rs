//! Mutates real and hostile inputs for a few seconds; `PREMORTEM_FUZZ_SECONDS` makes it minutes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod parsing;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const HOSTILE: &[&str] = &[
    "a: &a [1, 2]\nb: *a\nc: {<<: {x: 1}, y: *a}\n",
    "base: &base\n  k: v\nd: &d\n  <<: [*base, {m: 1}]\n  n: ~\ne:\n  <<: *d\n",
    "- - - a\n- ? k\n  : v\n- |2-\n    x\n   y\n- >+\n  folded\n\n  text\n\n",
    "{\"a\": [1, 2.5, true, null, \"\\u00e9\\n\"], \"b\": {}}",
    "a: b # c\n# d\n\"e\": 'f''g'\n? [x]\n: y\n---\n!t &x {z: !!int \"1\"}\n...\n%YAML 1.2\n---\nö: \u{1f600}\n",
    "a: {{ .Values.x }}\n{{- if y }}\n{% raw %}\n",
    "\u{feff}a:\r\n  - 1\r\n  -\r\n  - b: \r\n    c: |\r\n      d\r\n",
    "a: [b, c: d, ? e, {f, g: }, ]\n",
];

const TOKENS: &[&str] = &[
    "\n", " ", "  ", "\t", ":", ": ", "- ", "? ", ", ", "[", "]", "{", "}", "&a ", "*a", "<<: *a\n", "<<", "!t ",
    "!!str ", "|\n", ">-\n", "\"", "'", "#", " # x\n", "---\n", "...\n", "%", "@", "`", "~", "null", "\\", "\\u",
    "\u{feff}", "\0", "\r\n", "\r", "\u{85}", "\u{2028}", "é", "😀", "0x", ".nan", "1e999", "{{ x }}",
];

#[test]
fn no_bytes_break_a_promise() {
    let seconds = std::env::var("PREMORTEM_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    let seed = std::env::var("PREMORTEM_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0x5eed);
    let mut random = Random(seed);
    let mut inputs: Vec<Vec<u8>> = HOSTILE.iter().map(|text| text.as_bytes().to_vec()).collect();
    inputs.extend(samples());
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut runs, mut codes, mut slowest) = (0_u64, BTreeMap::<&str, u64>::new(), Duration::ZERO);
    while Instant::now() < until {
        let input = random.mutate(&inputs);
        let start = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| parsing::check(&input)));
        slowest = slowest.max(start.elapsed());
        let Ok(parsed) = result else { panic!("run {runs} breaks a promise: {:?}", String::from_utf8_lossy(&input)) };
        for problem in &parsed.problems {
            *codes.entry(problem.code).or_default() += 1;
        }
        runs += 1;
    }
    println!("{runs} runs, slowest {slowest:?}, problems {codes:?}");
    assert!(codes.len() > 3, "the mutations reach the error paths");
}

/// Inputs that once broke a promise.
#[test]
fn what_was_mended_stays_mended() {
    for text in ["\r>\n\n\r\t", "e:\n-", "?\n#\r-", "\": #\": :"] {
        parsing::check(text.as_bytes());
    }
}

/// Small real files, where there are any.
fn samples() -> Vec<Vec<u8>> {
    let shared = std::env::var_os("PREMORTEM_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let mut folders = vec![shared.join("corpus/compose"), shared.join("corpus/openslo"), shared.join("golden")];
    let mut samples = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if samples.len() < 150 {
                samples.extend(std::fs::read(path).ok().filter(|bytes| bytes.len() < 4_000));
            }
        }
    }
    samples
}

/// xorshift64*: the same inputs on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    fn mutate(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(24)).min(bytes.len());
            match self.below(8) {
                0 => drop(bytes.drain(at..end)),
                1 => bytes.splice(at..at, bytes[at..end].to_vec()).for_each(drop),
                2 => {
                    let other = &inputs[self.below(inputs.len())];
                    let from = self.below(other.len() + 1);
                    let to = (from + self.below(60)).min(other.len());
                    bytes.splice(at..at, other[from..to].to_vec()).for_each(drop);
                }
                3 if at < bytes.len() => bytes[at] = u8::try_from(self.below(256)).unwrap(),
                4 => bytes.truncate(at),
                _ => {
                    let token = TOKENS[self.below(TOKENS.len())].as_bytes();
                    bytes.splice(at..at, token.to_vec()).for_each(drop);
                }
            }
        }
        bytes
    }
}
