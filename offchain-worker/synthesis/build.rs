//! Digests the sources of this crate, so that a record can name the exact generator code that ran.
//!
//! SHA3-256 over every `src/**/*.rs` in order of its path: length of path, path, length of text,
//! text, lengths as 64-bit little endian, paths relative to `src` with `/`.

use sha3::{Digest, Sha3_256};
use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src");
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found)?;
    let mut named = Vec::new();
    for path in found {
        let name = path.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        named.push((name, fs::read(&path)?));
    }
    named.sort();
    let mut hash = Sha3_256::new();
    for (name, text) in &named {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("code_digest.rs");
    fs::write(out, format!("{digest:?}"))?;
    Ok(())
}
