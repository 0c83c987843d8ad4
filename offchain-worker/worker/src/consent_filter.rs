//! Whose rows may be used: patients whose consent, at one finalised block, covers the purpose.

use crate::chain::{Block, ChainState, ChainUnavailable};
use semblance_primitives::{data_use::Purpose, ConsentHandle, OrganisationId};
use std::collections::BTreeSet;

/// Fewest consenting patients that a job takes: one to learn from and one to hold out.
pub const MIN_CONSENTS: usize = 2;

/// The handles among `handles` whose consent was given to `custodian` and covers `purpose` at `block`.
///
/// # Errors
/// [`ChainUnavailable`] if the chain does not answer.
pub async fn consenting(
	chain: &dyn ChainState,
	handles: &[ConsentHandle],
	custodian: OrganisationId,
	purpose: Purpose,
	block: Block,
) -> Result<BTreeSet<ConsentHandle>, ChainUnavailable> {
	let consents = chain.consents(handles, block.hash).await?;
	let valid = handles.iter().zip(consents).filter(|(_, consent)| {
		consent
			.as_ref()
			.is_some_and(|consent| consent.custodian == custodian && consent.is_valid_for(purpose, block.number))
	});
	Ok(valid.map(|(handle, _)| *handle).collect())
}
