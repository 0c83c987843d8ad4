//! What a released key and a sealed artefact are bound to.

/// Everything that one key release is about: the HPKE context of the wrapped key. Equal to the SCALE encoding of
/// (genesis, agreement, artefact, recipient key, epoch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseContext {
	/// Genesis hash of the chain.
	pub genesis: [u8; 32],
	/// Number of the agreement.
	pub agreement: u32,
	/// SHA3-256 of the artefact.
	pub artefact: [u8; 32],
	/// X25519 key of the recipient.
	pub recipient_key: [u8; 32],
	/// Counts re-keyings of the artefact, from 0.
	pub epoch: u32,
}

impl ReleaseContext {
	/// The bytes to pass as context to [`crate::wrap_key`] and [`crate::unwrap_key`].
	#[must_use]
	pub fn to_bytes(&self) -> Vec<u8> {
		let mut bytes = Vec::with_capacity(104);
		bytes.extend_from_slice(&self.genesis);
		bytes.extend_from_slice(&self.agreement.to_le_bytes());
		bytes.extend_from_slice(&self.artefact);
		bytes.extend_from_slice(&self.recipient_key);
		bytes.extend_from_slice(&self.epoch.to_le_bytes());
		bytes
	}
}

/// The context under which the artefact with this SHA3-256 digest is sealed.
#[must_use]
pub fn artefact_context(artefact: &[u8; 32]) -> Vec<u8> {
	[b"semblance/artefact/1".as_slice(), artefact].concat()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn contexts_are_golden() {
		let context =
			ReleaseContext { genesis: [1; 32], agreement: 2, artefact: [3; 32], recipient_key: [4; 32], epoch: 5 };
		let expected = format!("{}02000000{}{}05000000", "01".repeat(32), "03".repeat(32), "04".repeat(32));
		assert_eq!(hex::encode(context.to_bytes()), expected);
		assert_eq!(
			hex::encode(artefact_context(&[9; 32])),
			format!("{}{}", hex::encode("semblance/artefact/1"), "09".repeat(32))
		);
	}
}
