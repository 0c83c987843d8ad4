//! No code: this crate only unifies features. See `Cargo.toml`.
