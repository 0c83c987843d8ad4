//! Storage keys: twox128(pallet) ‖ twox128(item) ‖ blake2_128(key) ‖ key for every further key, as FRAME's
//! `Blake2_128Concat` maps lay them out. Built here by hand, so that a record can be asked for, and proven, without the
//! chain's metadata.

use codec::Encode;
use sp_crypto_hashing::{blake2_128, twox_128};

/// Key of a storage value, and prefix of all keys of a map.
pub fn plain(pallet: &str, item: &str) -> Vec<u8> {
	[twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

/// Key of one entry of a map.
pub fn map(pallet: &str, item: &str, key: &impl Encode) -> Vec<u8> {
	let mut bytes = plain(pallet, item);
	append(&mut bytes, key);
	bytes
}

/// Key of one entry of a double map.
pub fn double_map(pallet: &str, item: &str, first: &impl Encode, second: &impl Encode) -> Vec<u8> {
	let mut bytes = map(pallet, item, first);
	append(&mut bytes, second);
	bytes
}

fn append(bytes: &mut Vec<u8>, key: &impl Encode) {
	let encoded = key.encode();
	bytes.extend(blake2_128(&encoded));
	bytes.extend(encoded);
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn plain_keys_are_golden() {
		// The well-known key of System.Number.
		let key = hex::encode(plain("System", "Number"));
		assert_eq!(key, "26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac");
	}

	#[test]
	fn map_keys_are_golden() {
		// The well-known key of System.Account of //Alice.
		let alice = hex::decode("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d").unwrap();
		let alice: [u8; 32] = alice.try_into().unwrap();
		assert_eq!(
			hex::encode(map("System", "Account", &alice)),
			"26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9\
			 de1e86a9a8c739864cf3cc5ec2bea59fd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
		);
	}

	#[test]
	fn double_map_keys_extend_the_first_key() {
		let first = map("AccessControl", "Votes", &7u32);
		let both = double_map("AccessControl", "Votes", &7u32, &9u32);
		assert!(both.starts_with(&first));
		assert_eq!(both.len(), first.len() + 16 + 4);
		assert!(both.ends_with(&9u32.encode()));
	}
}
