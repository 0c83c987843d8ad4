//! Lists the sources of this crate with their text, so that `code_digest` can name the exact generator code that ran.
//! The digest itself is computed by the crate: a hash crate among the build dependencies would change the features of
//! the whole workspace's build scripts.

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
		named.push((name, fs::read_to_string(&path)?));
	}
	named.sort();
	let out = PathBuf::from(std::env::var("OUT_DIR")?).join("sources.rs");
	fs::write(out, format!("&{named:?}"))?;
	Ok(())
}
