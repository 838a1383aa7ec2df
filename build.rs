//! A new rule file is part of the binary as soon as it is there.

fn main() {
    println!("cargo:rerun-if-changed=rules");
}
