use super::*;
use proptest::prelude::*;

fn leaves(count: u32) -> Vec<Digest> {
	(0..count).map(|i| row_leaf(&[7; 32], &i.encode())).collect()
}

#[test]
fn roots_are_golden() {
	let root = |count| hex::encode(merkle_root(&leaves(count)));
	assert_eq!(root(0), "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
	assert_eq!(root(1), "364e4394bba88b686c9fe7a458c666cfe87acd0d66d09c5356c68c9978f9b3e9");
	assert_eq!(root(5), "fd21e1658d77323e85a16d3d8729ab25576850445b6638a8d8b8f109a2cccb5b");
	assert_eq!(
		hex::encode(consent_leaf(&ConsentHandle::repeat_byte(1))),
		"2d1448a34fd03be89a99f48730b14b16127c2999969fd3ee87ce2c7d1ef10ea8"
	);
}

#[test]
fn a_changed_row_changes_the_root() {
	let mut changed = leaves(9);
	changed[4] = row_leaf(&[7; 32], &99u32.encode());
	assert_ne!(merkle_root(&leaves(9)), merkle_root(&changed));
}

#[test]
fn a_leaf_is_not_an_inner_node() {
	let two = leaves(2);
	let forged = MerklePath { index: 0, leaves: 1, siblings: BoundedVec::new() };
	assert!(!verify_path(&merkle_root(&two), &two[0], &forged));
}

#[test]
fn there_is_no_path_to_a_leaf_that_does_not_exist() {
	assert_eq!(merkle_path(&leaves(3), 3), None);
	assert_eq!(merkle_path(&[], 0), None);
}

proptest! {
	#[test]
	fn every_leaf_has_a_path_and_no_other_leaf_fits_it(count in 1u32..70, pick in 0u32..70, other in 0u32..70) {
		let (pick, other) = (pick % count, other % count);
		let all = leaves(count);
		let root = merkle_root(&all);
		let path = merkle_path(&all, pick).unwrap();
		prop_assert!(verify_path(&root, &all[pick as usize], &path));
		prop_assert_eq!(verify_path(&root, &all[other as usize], &path), pick == other);
	}

	#[test]
	fn a_longer_or_shorter_path_is_refused(count in 2u32..70, pick in 0u32..70) {
		let all = leaves(count);
		let root = merkle_root(&all);
		let path = merkle_path(&all, pick % count).unwrap();
		let leaf = all[(pick % count) as usize];
		let mut longer = path.clone();
		longer.siblings.try_push(Digest::zero()).unwrap();
		let mut shorter = path.clone();
		shorter.siblings.pop();
		prop_assert!(!verify_path(&root, &leaf, &longer));
		prop_assert!(!verify_path(&root, &leaf, &shorter));
	}
}
