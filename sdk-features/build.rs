//! Unifies build-time features; see `Cargo.toml`.
fn main() {}
