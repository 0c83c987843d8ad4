//! Consents and their history, from chains of this release and of the one before, so that a hospital's programs can be
//! replaced before the council upgrades the chain.

use crate::{
	chain::{decode, Chain},
	error::ChainError,
	keys,
	records::{consent_key, pallets::CONSENT},
};
use codec::DecodeAll;
use semblance_primitives::{
	consent::{v1, Consent, Transition},
	ConsentHandle, Digest,
};

/// Version of the pallet's storage since which a consent holds its latest change.
const HOLDS_THE_LATEST: u16 = 2;

/// A consent as a chain records it that is on its way from version 1 to 2.
#[derive(Debug, PartialEq, Eq)]
enum Recorded {
	Former(v1::Consent),
	Present(Consent),
}

impl Recorded {
	/// A record of either version is whole: nothing is left of its bytes.
	fn read(key: &[u8], bytes: &[u8]) -> Result<Self, ChainError> {
		match v1::Consent::decode_all(&mut &*bytes) {
			Ok(former) => Ok(Self::Former(former)),
			Err(_) => decode(key, bytes).map(Self::Present),
		}
	}
}

fn change_key(handle: &ConsentHandle, number: u32) -> Vec<u8> {
	keys::double_map(CONSENT, "History", handle, &number)
}

impl Chain {
	/// A consent as it stands.
	///
	/// # Errors
	/// As [`Chain::consents`].
	pub async fn consent(&self, handle: ConsentHandle, at: Digest) -> Result<Option<Consent>, ChainError> {
		Ok(self.consents(&[handle], at).await?.pop().flatten())
	}

	/// Consents as they stand, in the order of the handles.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer, or what stands there is of another release.
	pub async fn consents(&self, handles: &[ConsentHandle], at: Digest) -> Result<Vec<Option<Consent>>, ChainError> {
		let keys: Vec<Vec<u8>> = handles.iter().map(consent_key).collect();
		let version: Option<u16> = self.value(&keys::plain(CONSENT, ":__STORAGE_VERSION__:"), at).await?;
		match version.is_none_or(|version| version < HOLDS_THE_LATEST) {
			true => self.former_consents(handles, &keys, at).await,
			false => self.values(&keys, at).await,
		}
	}

	/// As [`Chain::consents`], where the latest change still stands in history.
	async fn former_consents(
		&self,
		handles: &[ConsentHandle],
		keys: &[Vec<u8>],
		at: Digest,
	) -> Result<Vec<Option<Consent>>, ChainError> {
		let mut consents = Vec::with_capacity(keys.len());
		let (mut former, mut changes) = (Vec::new(), Vec::new());
		for ((handle, key), bytes) in handles.iter().zip(keys).zip(self.raw_values(keys, at).await?) {
			match bytes.map(|bytes| Recorded::read(key, &bytes)).transpose()? {
				None => consents.push(None),
				Some(Recorded::Present(consent)) => consents.push(Some(consent)),
				Some(Recorded::Former(consent)) => {
					changes.push(change_key(handle, consent.latest().unwrap_or_default()));
					former.push((consents.len(), consent));
					consents.push(None);
				},
			}
		}
		let latest: Vec<Option<Transition>> = self.values(&changes, at).await?;
		for ((place, consent), latest) in former.into_iter().zip(latest) {
			if let (Some(stands), Some(latest)) = (consents.get_mut(place), latest) {
				*stands = Some(consent.with_latest(latest));
			}
		}
		Ok(consents)
	}

	/// Every change of a consent, from the first to the latest, which stands in the consent itself.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer, or what stands there is of another release.
	pub async fn consent_history(
		&self,
		handle: ConsentHandle,
		consent: &Consent,
		at: Digest,
	) -> Result<Vec<Transition>, ChainError> {
		let keys: Vec<Vec<u8>> = (0..consent.earlier).map(|number| change_key(&handle, number)).collect();
		let earlier = self.values(&keys, at).await?.into_iter().flatten();
		Ok(earlier.chain([consent.latest.clone()]).collect())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;
	use semblance_primitives::{
		consent::{Capture, ConsentReason, ConsentStatus},
		data_use::{DataUse, Permission},
	};

	fn consent() -> Consent {
		let latest = Transition {
			block: 7,
			moment: 14_000,
			actor: [3; 32].into(),
			status: ConsentStatus::Renewed,
			terms: DataUse::new(Permission::HealthMedicalBiomedical),
			expires: Some(90),
			reason: ConsentReason::Routine,
			evidence: Digest::repeat_byte(4),
		};
		let (subject, notice) = (Some([5; 32].into()), Digest::repeat_byte(6));
		Consent { custodian: 1, subject, capture: Capture::Guardian, notice, nonce: 2, earlier: 3, latest }
	}

	#[test]
	fn a_record_of_either_version_is_read_as_what_it_is() {
		let (present, former) = (consent(), v1::Consent::from(consent()));
		assert_eq!(Recorded::read(b"", &present.encode()).unwrap(), Recorded::Present(present.clone()));
		assert_eq!(Recorded::read(b"", &former.encode()).unwrap(), Recorded::Former(former.clone()));
		assert_eq!(former.latest(), Some(3));
		assert_eq!(former.with_latest(present.latest.clone()), present);
	}

	#[test]
	fn what_is_no_consent_is_named_by_its_key() {
		let error = Recorded::read(&[0xab], &consent().encode()[..9]).unwrap_err();
		assert!(error.to_string().contains("ab"), "{error}");
	}

	#[test]
	fn the_key_of_a_version_is_golden() {
		// The item's well-known part, the same in every chain of FRAME.
		let key = hex::encode(keys::plain("Consent", ":__STORAGE_VERSION__:"));
		assert!(key.ends_with("4e7b9012096b41c4eb3aaf947f6ea429"), "{key}");
	}
}
