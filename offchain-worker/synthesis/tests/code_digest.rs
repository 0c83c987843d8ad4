//! The code digest is what anyone computes from the sources.

use semblance_synthesis::code_digest;
use sha3::{Digest, Sha3_256};
use std::{fs, path::Path};

fn add(folder: &Path, root: &Path, found: &mut Vec<(String, Vec<u8>)>) {
	for entry in fs::read_dir(folder).unwrap() {
		let path = entry.unwrap().path();
		if path.is_dir() {
			add(&path, root, found);
		} else if path.extension().is_some_and(|extension| extension == "rs") {
			let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
			found.push((name, fs::read(&path).unwrap()));
		}
	}
}

#[test]
fn the_code_digest_is_over_paths_and_texts_in_order() {
	let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
	let mut found = Vec::new();
	add(&root, &root, &mut found);
	found.sort();
	let mut bytes = Vec::new();
	for (name, text) in found {
		for part in [name.as_bytes(), &text] {
			bytes.extend((part.len() as u64).to_le_bytes());
			bytes.extend(part);
		}
	}
	assert_eq!(code_digest(), <[u8; 32]>::from(Sha3_256::digest(&bytes)));
}
