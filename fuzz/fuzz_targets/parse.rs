//! Any bytes: what the tests promise of the tree holds, and nothing panics, overflows or hangs.
//!
//! `cargo fuzz run parse` on a nightly toolchain, or with `RUSTC_BOOTSTRAP=1` on a stable one.

#![no_main]

#[path = "../../tests/parsing/mod.rs"]
mod parsing;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    parsing::check(bytes);
});
