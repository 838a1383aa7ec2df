//! A new rule file is part of the binary as soon as it is there.

#![expect(clippy::print_stdout, reason = "this is how a build script speaks")]

fn main() {
    println!("cargo:rerun-if-changed=rules");
}
