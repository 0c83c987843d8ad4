//! How the chain and its validators do: what an operator watches.

use crate::{keys, Chain, ChainError};
use codec::{Compact, Decode};
use semblance_primitives::{AccountId, Digest, OrganisationId};

/// How the chain stands at a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
	/// The block's time, milliseconds since 1970, by the clock of the hospital that made it.
	pub time: u64,
	/// The validators by hospital, with the sessions in a row in which each should have made blocks and made none.
	pub validators: Vec<(OrganisationId, u32)>,
	/// Validators that are in the set and muted, because evidence against them is on record.
	pub muted: u32,
	/// Contradictions of validators on record, ever.
	pub offences: u32,
}

impl Chain {
	/// How the chain stands at a block.
	///
	/// # Errors
	/// [`ChainError`] if the node does not answer, or what stands there is of another release.
	pub async fn standing(&self, at: Digest) -> Result<Standing, ChainError> {
		let time: u64 = self.value(&keys::plain("Timestamp", "Now"), at).await?.unwrap_or_default();
		let entries = self.keys(&keys::plain("Consortium", "Validators"), at).await?;
		let organisations: Vec<Option<OrganisationId>> = self.values(&entries, at).await?;
		let absences: Vec<Vec<u8>> = entries
			.iter()
			.filter_map(|key| account(key))
			.map(|account| keys::map("Consortium", "AbsentSessions", &account))
			.collect();
		let absences: Vec<Option<u32>> = self.values(&absences, at).await?;
		let mut validators: Vec<(OrganisationId, u32)> = organisations
			.into_iter()
			.zip(absences)
			.filter_map(|(organisation, absent)| Some((organisation?, absent.unwrap_or_default())))
			.collect();
		validators.sort_unstable();
		let muted: Option<Compact<u32>> = self.prefix(&keys::plain("Session", "DisabledValidators"), at).await?;
		let offences = self.keys(&keys::plain("Offences", "Reports"), at).await?.len();
		let offences = u32::try_from(offences).unwrap_or(u32::MAX);
		Ok(Standing { time, validators, muted: muted.map_or(0, |count| count.0), offences })
	}
}

/// The account at the end of the key of a map by account.
fn account(key: &[u8]) -> Option<AccountId> {
	let start = key.len().checked_sub(32)?;
	AccountId::decode(&mut key.get(start..)?).ok()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_validator_s_account_is_read_back_from_its_key() {
		let validator = AccountId::new([7; 32]);
		assert_eq!(account(&keys::map("Consortium", "Validators", &validator)), Some(validator));
		assert_eq!(account(&[1; 31]), None);
	}
}
