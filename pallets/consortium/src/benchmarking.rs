//! One benchmark a call, at its worst: long names, all roles, all peers, and members taken over from elsewhere.

use crate::{
	rules, Call, CheckMembership, Config, Error, LastBlock, LeavingValidators, MemberCount, Members, Name,
	OrganisationQuota, Organisations, OwnershipProof, Pallet, Peers, Roles, RolesUntil, SessionStart,
	StandingAdministrators, Validators, MAX_PROOF_LEN,
};
use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use frame_benchmarking::v2::*;
use frame_support::{
	dispatch::{DispatchInfo, PostDispatchInfo},
	pallet_prelude::TransactionSource,
	traits::{EnsureOrigin, Get},
	weights::Weight,
	BoundedVec,
};
use frame_system::{pallet_prelude::OriginFor, RawOrigin};
use pallet_authorship::EventHandler;
use semblance_primitives::{
	consortium::{
		Member, OrganisationKind, OrganisationStatus, Peer, Role, MAX_NAME_LEN, MAX_ORGANISATIONS, MAX_PEERS,
		MAX_PEER_LEN,
	},
	AccountId, Digest, OrganisationId,
};
use sp_runtime::traits::{Dispatchable, TrailingZeroInput, TransactionExtension, TxBaseImplication};

const ALL_ROLES: [Role; 7] = [
	Role::Administrator,
	Role::DataSteward,
	Role::Researcher,
	Role::EthicsReviewer,
	Role::GeneratorDeveloper,
	Role::GeneratorReviewer,
	Role::Auditor,
];

/// Makes `account` a member with all roles, whatever the kind allows, of a new active organisation, and the stash of its
/// validator if it runs any.
pub(crate) fn benchmark_member<T: Config>(account: &AccountId, kind: OrganisationKind) -> OrganisationId {
	let organisation = Pallet::<T>::found(long_name(), kind).unwrap_or_default();
	let member = Member {
		organisation,
		roles: Roles::truncate_from(ALL_ROLES.to_vec()),
		valid_until: None,
		encryption_key: Some(Digest::repeat_byte(1)),
	};
	Members::<T>::insert(account, member);
	MemberCount::<T>::insert(organisation, 1);
	StandingAdministrators::<T>::insert(organisation, 1);
	if rules::runs_validators(kind) {
		Validators::<T>::insert(account, organisation);
	}
	frame_system::Pallet::<T>::inc_providers(account);
	organisation
}

/// Fills the consortium up with hospitals, and returns an administrator of each.
pub(crate) fn benchmark_voters<T: Config>() -> Vec<AccountId> {
	let seats = Organisations::<T>::iter_keys().count() as u32;
	let mut voters: Vec<_> = (seats..MAX_ORGANISATIONS).map(|index| account("voter", index, 0)).collect();
	for voter in &voters {
		benchmark_member::<T>(voter, OrganisationKind::Hospital);
	}
	voters.sort();
	voters
}

/// As many validators of `organisation` as there can be, less `spare`; none has keys.
fn fill_with_validators<T: Config>(organisation: OrganisationId, spare: u32) {
	let _ = Validators::<T>::clear(u32::MAX, None);
	for index in spare..T::MaxValidators::get() {
		Validators::<T>::insert(account::<AccountId>("validator", index, 0), organisation);
	}
}

fn long_name() -> Name {
	Name::truncate_from(vec![b'x'; MAX_NAME_LEN as usize])
}

fn hospital_roles() -> Roles {
	Roles::truncate_from(ALL_ROLES.into_iter().filter(|role| *role != Role::EthicsReviewer).collect())
}

fn all_peers() -> Peers {
	let peer = |index: u32| Peer {
		peer_id: BoundedVec::truncate_from(vec![b'x'; MAX_PEER_LEN.saturating_sub(index) as usize]),
		address: BoundedVec::truncate_from(vec![b'/'; MAX_PEER_LEN as usize]),
	};
	Peers::truncate_from((0..MAX_PEERS).map(peer).collect())
}

/// The account of a hospital's administrator, and the hospital.
fn administrator<T: Config>() -> (AccountId, OrganisationId) {
	let account: AccountId = whitelisted_caller();
	let organisation = benchmark_member::<T>(&account, OrganisationKind::Hospital);
	(account, organisation)
}

/// A member of an organisation that left.
fn leftover<T: Config>() -> Result<AccountId, BenchmarkError> {
	let leftover: AccountId = account("leftover", 0, 0);
	let former = benchmark_member::<T>(&leftover, OrganisationKind::Hospital);
	Pallet::<T>::change_status(former, OrganisationStatus::Removed)?;
	Ok(leftover)
}

fn council<T: Config>() -> Result<OriginFor<T>, BenchmarkError> {
	T::AdminOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)
}

#[benchmarks(where
	T: Send + Sync,
	<T as frame_system::Config>::RuntimeCall: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo> + From<frame_system::Call<T>> + Encode,
)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn admit_organisation() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let administrator = leftover::<T>()?;

		#[extrinsic_call]
		admit_organisation(origin as T::RuntimeOrigin, long_name(), OrganisationKind::Hospital, administrator.clone());

		assert!(Members::<T>::contains_key(administrator));
		Ok(())
	}

	#[benchmark]
	fn suspend_organisation() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (_, organisation) = administrator::<T>();
		Pallet::<T>::change_organisation(organisation, |record| record.peers = all_peers())?;

		#[extrinsic_call]
		suspend_organisation(origin as T::RuntimeOrigin, organisation);

		assert!(Pallet::<T>::organisation(organisation).is_some_and(|o| o.status == OrganisationStatus::Suspended));
		Ok(())
	}

	#[benchmark]
	fn reinstate_organisation() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (_, organisation) = administrator::<T>();
		Pallet::<T>::change_organisation(organisation, |record| record.peers = all_peers())?;
		Pallet::<T>::change_status(organisation, OrganisationStatus::Suspended)?;

		#[extrinsic_call]
		reinstate_organisation(origin as T::RuntimeOrigin, organisation);

		assert!(Pallet::<T>::organisation(organisation).is_some_and(|o| o.status == OrganisationStatus::Active));
		Ok(())
	}

	#[benchmark]
	fn remove_organisation() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (_, organisation) = administrator::<T>();
		Pallet::<T>::change_organisation(organisation, |record| record.peers = all_peers())?;
		fill_with_validators::<T>(organisation, 0);

		#[extrinsic_call]
		remove_organisation(origin as T::RuntimeOrigin, organisation);

		assert!(Pallet::<T>::organisation(organisation).is_some_and(|o| o.status == OrganisationStatus::Removed));
		Ok(())
	}

	#[benchmark]
	fn add_member() -> Result<(), BenchmarkError> {
		let (caller, organisation) = administrator::<T>();
		let member = leftover::<T>()?;

		#[extrinsic_call]
		add_member(RawOrigin::Signed(caller), member.clone(), hospital_roles(), None);

		assert!(Members::<T>::get(member).is_some_and(|m| m.organisation == organisation));
		Ok(())
	}

	#[benchmark]
	fn update_member() -> Result<(), BenchmarkError> {
		let (caller, organisation) = administrator::<T>();
		let member: AccountId = account("member", 0, 0);
		Pallet::<T>::enrol(&member, organisation, hospital_roles(), None)?;
		let end = T::RenewalPeriod::get();

		#[extrinsic_call]
		update_member(RawOrigin::Signed(caller), member.clone(), hospital_roles(), Some(end));

		assert!(Members::<T>::get(member).is_some_and(|m| m.valid_until == Some(end)));
		Ok(())
	}

	#[benchmark]
	fn remove_member() -> Result<(), BenchmarkError> {
		let (caller, organisation) = administrator::<T>();
		let member: AccountId = account("member", 0, 0);
		Pallet::<T>::enrol(&member, organisation, hospital_roles(), None)?;

		#[extrinsic_call]
		remove_member(RawOrigin::Signed(caller), member.clone());

		assert!(!Members::<T>::contains_key(member));
		Ok(())
	}

	#[benchmark]
	fn set_encryption_key() {
		let (caller, _) = administrator::<T>();
		let key = Some(Digest::repeat_byte(2));

		#[extrinsic_call]
		set_encryption_key(RawOrigin::Signed(caller.clone()), key);

		assert!(Members::<T>::get(caller).is_some_and(|m| m.encryption_key == key));
	}

	#[benchmark]
	fn set_organisation_key() -> Result<(), BenchmarkError> {
		let (caller, organisation) = administrator::<T>();
		Pallet::<T>::change_organisation(organisation, |record| record.peers = all_peers())?;
		let key = Some(Digest::repeat_byte(2));

		#[extrinsic_call]
		set_organisation_key(RawOrigin::Signed(caller), key);

		assert!(Pallet::<T>::organisation(organisation).is_some_and(|o| o.encryption_key == key));
		Ok(())
	}

	#[benchmark]
	fn set_peers() {
		let (caller, organisation) = administrator::<T>();

		#[extrinsic_call]
		set_peers(RawOrigin::Signed(caller), all_peers());

		assert!(Pallet::<T>::organisation(organisation).is_some_and(|o| o.peers == all_peers()));
	}

	#[benchmark]
	fn add_validator() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (_, organisation) = administrator::<T>();
		fill_with_validators::<T>(organisation, 1);
		let validator: AccountId = account("new", 0, 0);

		#[extrinsic_call]
		add_validator(origin as T::RuntimeOrigin, organisation, validator.clone());

		assert_eq!(Validators::<T>::get(validator), Some(organisation));
		Ok(())
	}

	#[benchmark]
	fn remove_validator() -> Result<(), BenchmarkError> {
		let origin = council::<T>()?;
		let (_, organisation) = administrator::<T>();
		fill_with_validators::<T>(organisation, 0);
		let validator: AccountId = account("validator", 0, 0);

		#[extrinsic_call]
		remove_validator(origin as T::RuntimeOrigin, validator.clone());

		assert!(!Validators::<T>::contains_key(validator));
		Ok(())
	}

	/// Up to the proof, which is refused: no benchmark can sign for unknown kinds of keys. What follows is pallet-session's
	/// `set_keys`, whose weight the call adds.
	#[benchmark]
	fn set_validator_keys() -> Result<(), BenchmarkError> {
		let (caller, organisation) = administrator::<T>();
		fill_with_validators::<T>(organisation, 0);
		let validator: AccountId = account("validator", 0, 0);
		let keys = T::SessionKeys::decode(&mut TrailingZeroInput::zeroes()).map_err(|_| BenchmarkError::Weightless)?;
		let proof = OwnershipProof::truncate_from(vec![1; MAX_PROOF_LEN as usize]);
		let origin: T::RuntimeOrigin = RawOrigin::Signed(caller).into();
		let outcome;

		#[block]
		{
			outcome = Pallet::<T>::set_validator_keys(origin, validator, keys, proof);
		}

		assert_eq!(outcome, Err(Error::<T>::ProofNotValid.into()));
		Ok(())
	}

	#[benchmark]
	fn renew_member() -> Result<(), BenchmarkError> {
		let (caller, organisation) = administrator::<T>();
		let member: AccountId = account("member", 0, 0);
		Pallet::<T>::enrol(&member, organisation, hospital_roles(), None)?;
		RolesUntil::<T>::insert(&member, 0);

		#[extrinsic_call]
		renew_member(RawOrigin::Signed(caller), member.clone());

		assert!(RolesUntil::<T>::get(member).is_some_and(|end| end > 0));
		Ok(())
	}

	#[benchmark]
	fn note_author() {
		let author: AccountId = whitelisted_caller();

		#[block]
		{
			<Pallet<T> as EventHandler<_, _>>::note_author(author.clone());
		}

		assert!(LastBlock::<T>::contains_key(author));
	}

	#[benchmark]
	fn punish() {
		let (_, organisation) = administrator::<T>();
		fill_with_validators::<T>(organisation, 0);
		let validator: AccountId = account("validator", 0, 0);
		let (session, _) = SessionStart::<T>::get();

		#[block]
		{
			Pallet::<T>::punish(&validator, session);
		}

		assert!(LeavingValidators::<T>::contains_key(validator));
	}

	/// A member's transaction that gives back a part.
	#[benchmark]
	fn organisation_quota() -> Result<(), BenchmarkError> {
		let (caller, organisation) = administrator::<T>();
		let call: <T as frame_system::Config>::RuntimeCall = frame_system::Call::remark { remark: vec![] }.into();
		let origin: T::RuntimeOrigin = RawOrigin::Signed(caller).into();
		let info = DispatchInfo { call_weight: Weight::from_parts(2, 0), ..Default::default() };
		let post = PostDispatchInfo { actual_weight: Some(Weight::from_parts(1, 0)), ..Default::default() };
		let extension = OrganisationQuota::<T>::new();
		let implication = TxBaseImplication(());

		#[block]
		{
			let (_, charge, origin) = extension
				.validate(origin, &call, &info, 0, (), &implication, TransactionSource::External)
				.map_err(|_| "there is room")?;
			let charge = extension.prepare(charge, &origin, &call, &info, 0).map_err(|_| "there is room")?;
			OrganisationQuota::<T>::post_dispatch_details(charge, &info, &post, 0, &Ok(()))
				.map_err(|_| "it is paid")?;
		}

		assert_eq!(Pallet::<T>::used(organisation), 1);
		Ok(())
	}

	#[benchmark]
	fn check_membership() {
		let (caller, _) = administrator::<T>();
		let call: <T as frame_system::Config>::RuntimeCall = frame_system::Call::remark { remark: vec![] }.into();
		let origin: T::RuntimeOrigin = RawOrigin::Signed(caller).into();
		let info = DispatchInfo::default();
		let extension = CheckMembership::<T>::new();
		let validity;

		#[block]
		{
			validity =
				extension.validate(origin, &call, &info, 0, (), &TxBaseImplication(()), TransactionSource::External);
		}

		assert!(validity.is_ok());
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::ExtBuilder::default().build(), crate::mock::Test);
}
