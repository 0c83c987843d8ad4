//! The benchmark of a report.

use crate::{Config, Error, Evidence, Pallet, MAX_HEADER_LEN};
use alloc::{boxed::Box, vec};
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_system::{pallet_prelude::HeaderFor, RawOrigin};
use semblance_primitives::{consortium::OrganisationKind, traits::Membership, AccountId};
use sp_application_crypto::RuntimeAppPublic;
use sp_consensus_aura::{
	digests::CompatibleDigestItem,
	sr25519::{AuthorityId, AuthoritySignature},
};
use sp_runtime::{
	traits::{Header, Zero},
	Digest, DigestItem,
};
use sp_session::MembershipProof;

/// As long as a header may be, sealed by `author`.
fn longest<T: Config>(author: &AuthorityId, state: T::Hash) -> Result<HeaderFor<T>, BenchmarkError> {
	let slot = CompatibleDigestItem::<AuthoritySignature>::aura_pre_digest(1.into());
	let filling = DigestItem::Other(vec![0; MAX_HEADER_LEN.saturating_sub(300)]);
	let digest = Digest { logs: vec![slot, filling] };
	let mut header = HeaderFor::<T>::new(Zero::zero(), Default::default(), state, Default::default(), digest);
	let seal = author.sign(&header.hash()).ok_or(BenchmarkError::Weightless)?;
	header.digest_mut().push(DigestItem::Seal(*b"aura", seal.encode()));
	Ok(header)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// Up to the key owner proof, which is refused: no benchmark can prove a key of the session.
	#[benchmark]
	fn report() -> Result<(), BenchmarkError> {
		let caller: AccountId = whitelisted_caller();
		T::Membership::benchmark_member(&caller, OrganisationKind::Hospital);
		let author = AuthorityId::generate_pair(None);
		let first = longest::<T>(&author, Default::default())?;
		let second = longest::<T>(&author, T::Hash::repeat_byte(1))?;
		let evidence = Box::new(Evidence { author, first, second });
		let proof = MembershipProof { session: 0, trie_nodes: vec![vec![0; 1_024]; 16], validator_count: 64 };
		let outcome;

		#[block]
		{
			outcome = Pallet::<T>::report(RawOrigin::Signed(caller).into(), evidence, proof);
		}

		assert_eq!(outcome, Err(Error::<T>::KeyOwnerNotProven.into()));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::ext(), crate::mock::Test);
}
