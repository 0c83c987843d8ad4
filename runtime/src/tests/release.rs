//! A changed runtime needs a higher `spec_version` than the one that was released last: nodes and wallets tell runtimes apart by
//! it, and the chain refuses an upgrade without.
//!
//! `released.json` names the last release: its version, the versions of its pallets' storage, the digest of its metadata, and
//! the digest of the sources that became it. `make release` writes it anew when a runtime is handed out.

use super::migrations::storage_versions;
use crate::{Runtime, VERSION};
use codec::Encode;
use sp_core::H256;
use sp_io::hashing::blake2_256;
use std::{
	collections::BTreeMap,
	fs,
	path::{Path, PathBuf},
};

/// What identifies a runtime.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Release {
	/// Version of the runtime.
	spec_version: u32,
	/// Versions of the storage of our pallets.
	pub(super) storage: BTreeMap<String, u16>,
	/// BLAKE2b-256 of the metadata.
	metadata: H256,
	/// BLAKE2b-256 of the sources, see [`sources`].
	code: H256,
}

impl Release {
	fn to_json(&self) -> String {
		let Self { spec_version, storage, metadata, code } = self;
		let json = serde_json::json!({
			"spec_version": spec_version,
			"storage": storage,
			"metadata": format!("{metadata:?}"),
			"code": format!("{code:?}"),
		});
		serde_json::to_string_pretty(&json).expect("a release is JSON") + "\n"
	}

	fn from_json(text: &str) -> Option<Self> {
		let json: serde_json::Value = serde_json::from_str(text).ok()?;
		let digest = |name: &str| json.get(name)?.as_str()?.parse().ok();
		let spec_version = json.get("spec_version")?.as_u64()?.try_into().ok()?;
		let storage = serde_json::from_value(json.get("storage")?.clone()).ok()?;
		Some(Self { spec_version, storage, metadata: digest("metadata")?, code: digest("code")? })
	}

	/// The last release.
	pub(super) fn last() -> Self {
		let text = fs::read_to_string(record()).expect("runtime/released.json is there");
		Self::from_json(&text).expect("runtime/released.json names a release")
	}
}

/// Whether `now` may follow `released`.
fn may_follow(now: &Release, released: &Release) -> bool {
	let same = (now.metadata, now.code) == (released.metadata, released.code);
	now.spec_version > released.spec_version || (same && now.spec_version == released.spec_version)
}

fn root() -> PathBuf {
	Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the runtime lies in the workspace").into()
}

/// Source files below `folder`, without what never becomes part of a runtime.
fn sources_below(folder: &Path, found: &mut Vec<PathBuf>) {
	for entry in fs::read_dir(folder).expect("sources can be read") {
		let path = entry.expect("sources can be read").path();
		let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
		let aside = ["tests", "mock", "benchmarking", "benchmarks"].contains(&name.trim_end_matches(".rs"));
		if path.is_dir() && !aside {
			sources_below(&path, found);
		} else if path.extension().is_some_and(|extension| extension == "rs") && !aside {
			found.push(path);
		}
	}
}

/// Digest of the sources of runtime, pallets and primitives, and of the pinned dependencies: for each file in the order of
/// paths, path and contents, each with its length in front (SCALE).
fn sources() -> H256 {
	let root = root();
	let mut files = vec![root.join("Cargo.toml")];
	let pallets = fs::read_dir(root.join("pallets")).expect("there are pallets");
	let pallets = pallets.map(|entry| entry.expect("pallets can be read").path());
	for folder in pallets.chain([root.join("runtime"), root.join("primitives")]) {
		sources_below(&folder.join("src"), &mut files);
	}
	let mut entries: Vec<_> = files
		.iter()
		.map(|file| {
			let path = file.strip_prefix(&root).expect("sources lie in the workspace");
			(path.to_string_lossy().into_owned(), fs::read(file).expect("sources can be read"))
		})
		.collect();
	entries.sort();
	H256(blake2_256(&entries.encode()))
}

fn now() -> Release {
	let metadata = H256(blake2_256(&Runtime::metadata().encode()));
	Release { spec_version: VERSION.spec_version, storage: storage_versions(), metadata, code: sources() }
}

fn record() -> PathBuf {
	root().join("runtime/released.json")
}

#[test]
fn a_runtime_that_differs_from_the_last_release_has_a_higher_version() {
	let now = now();
	if std::env::var_os("SEMBLANCE_RELEASE").is_some() {
		fs::write(record(), now.to_json()).expect("the record can be written");
	}
	let released = Release::last();
	assert!(
		may_follow(&now, &released),
		"the runtime changed since version {} was released: raise spec_version in runtime/src/lib.rs",
		released.spec_version
	);
}

#[test]
fn a_change_without_a_higher_version_is_noticed() {
	let released = now();
	assert!(may_follow(&released, &released));
	assert_eq!(Release::from_json(&released.to_json()), Some(released.clone()));
	let changed =
		[Release { metadata: H256::zero(), ..released.clone() }, Release { code: H256::zero(), ..released.clone() }];
	for changed in changed {
		assert!(!may_follow(&changed, &released));
		let higher = Release { spec_version: released.spec_version + 1, ..changed.clone() };
		assert!(may_follow(&higher, &released));
		let lower = Release { spec_version: released.spec_version - 1, ..changed };
		assert!(!may_follow(&lower, &released));
	}
}

#[test]
fn tests_and_benchmarks_are_no_part_of_a_runtime() {
	let mut files = vec![];
	sources_below(&root().join("runtime/src"), &mut files);
	assert!(files.iter().any(|file| file.ends_with("configs/consortium.rs")));
	assert!(!files.iter().any(|file| file.to_string_lossy().contains("tests")));
	assert!(!files.iter().any(|file| file.ends_with("benchmarks.rs")));
}
