#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(
	clippy::unwrap_used,
	clippy::expect_used,
	clippy::panic,
	clippy::indexing_slicing,
	clippy::arithmetic_side_effects
)]
#![cfg_attr(
	test,
	allow(
		clippy::unwrap_used,
		clippy::expect_used,
		clippy::indexing_slicing,
		clippy::arithmetic_side_effects,
		clippy::panic
	)
)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod capture;
mod lifecycle;
pub mod migrations;
#[cfg(test)]
mod mock;
mod order;
mod queries;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "try-runtime", feature = "std"))]
mod try_state;
pub mod types;
pub mod weights;

pub use pallet::*;
pub use types::CustodianTotals;
pub use weights::WeightInfo;

use alloc::vec::Vec;
use frame_support::{pallet_prelude::*, traits::Time};
use semblance_primitives::{
	consent::{Capture, CapturedConsent, Consent, ConsentOrder, ConsentReason, Transition},
	data_use::{DataUse, Purpose},
	traits::{Consents as _, Membership},
	AccountId, BlockNumber, ConsentHandle, Digest, OrganisationId,
};
use sp_runtime::MultiSignature;
use types::{CaptureForm, Change};

/// Version of this pallet's storage.
const STORAGE_VERSION: StorageVersion = StorageVersion::new(2);

#[allow(clippy::expect_used)] // In what the macro generates.
#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_system::pallet_prelude::*;

	/// Patients' consents.
	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the pallet needs from the runtime.
	#[pallet::config]
	pub trait Config:
		frame_system::Config<AccountId = AccountId, Hash = Digest, RuntimeEvent: From<Event<Self>>>
	{
		/// Who is who.
		type Membership: Membership;
		/// The clock, for the time shown beside each change.
		type Time: Time<Moment = u64>;
		/// Most consents captured in one call.
		#[pallet::constant]
		type MaxBatch: Get<u32>;
		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// Consents by handle, as they stand now with their latest change. Never deleted.
	#[pallet::storage]
	pub type Consents<T> = StorageMap<_, Blake2_128Concat, ConsentHandle, Consent>;

	/// Every change of every consent but its latest, numbered from 0 in order. Never deleted.
	#[pallet::storage]
	pub type History<T> = StorageDoubleMap<_, Blake2_128Concat, ConsentHandle, Blake2_128Concat, u32, Transition>;

	/// Per custodian, the last block in which one of its consents was withdrawn, revoked, restricted, invalidated or
	/// superseded. Work on patients' data that looked at consents before this block has to look again.
	#[pallet::storage]
	pub type LastRestriction<T> = StorageMap<_, Blake2_128Concat, OrganisationId, BlockNumber, ValueQuery>;

	/// Number of consents that name an account as subject. Such an account can sign without holding a balance.
	#[pallet::storage]
	pub type Subjects<T> = StorageMap<_, Blake2_128Concat, AccountId, u32, ValueQuery>;

	/// Number of consents of each custodian, whatever their state.
	#[pallet::storage]
	pub type ConsentCount<T> = StorageMap<_, Blake2_128Concat, OrganisationId, u32, ValueQuery>;

	/// Which consent took the place of a superseded one.
	#[pallet::storage]
	pub type Successors<T> = StorageMap<_, Blake2_128Concat, ConsentHandle, ConsentHandle>;

	/// What happened. Terms, end and evidence stand in the consent's history.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A patient was asked for consent.
		ConsentRequested {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that asks.
			custodian: OrganisationId,
			/// The account that is to answer.
			subject: AccountId,
		},
		/// The patient agreed.
		ConsentGiven {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that holds the data.
			custodian: OrganisationId,
		},
		/// The patient said no.
		ConsentRefused {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that asked.
			custodian: OrganisationId,
		},
		/// A steward recorded a consent that was given on paper.
		ConsentCaptured {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that holds the data.
			custodian: OrganisationId,
			/// Who consented.
			capture: Capture,
		},
		/// A steward recorded many consents that were given on paper.
		ConsentsCaptured {
			/// The hospital that holds the data.
			custodian: OrganisationId,
			/// Who consented.
			capture: Capture,
			/// How many.
			count: u32,
		},
		/// The patient agreed again, with a new end.
		ConsentRenewed {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that holds the data.
			custodian: OrganisationId,
			/// The last block at which it holds, if it ends.
			expires: Option<BlockNumber>,
		},
		/// The patient narrowed the terms.
		ConsentRestricted {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that holds the data.
			custodian: OrganisationId,
		},
		/// The patient ended the consent.
		ConsentWithdrawn {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that holds the data.
			custodian: OrganisationId,
		},
		/// The custodian ended the consent.
		ConsentRevoked {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that holds the data.
			custodian: OrganisationId,
			/// Why.
			reason: ConsentReason,
		},
		/// The custodian found that the consent should never have been recorded.
		ConsentInvalidated {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that holds the data.
			custodian: OrganisationId,
			/// Why.
			reason: ConsentReason,
		},
		/// Another consent took this one's place.
		ConsentSuperseded {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that holds the data.
			custodian: OrganisationId,
			/// The consent that counts from now on.
			by: ConsentHandle,
		},
		/// The consent ran out.
		ConsentExpired {
			/// The consent.
			handle: ConsentHandle,
			/// The hospital that holds the data.
			custodian: OrganisationId,
		},
		/// A member brought an order that the patient had signed. What it did is the event before this one.
		OrderRelayed {
			/// The consent.
			handle: ConsentHandle,
			/// The member.
			relayer: AccountId,
		},
	}

	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no consent with this handle.
		ConsentNotFound,
		/// There is a consent with this handle already.
		ConsentAlreadyExists,
		/// The caller is neither the consent's subject nor an active data steward of its custodian, or this step belongs
		/// to the other of the two.
		NotAuthorized,
		/// Terms hold unknown modifiers, or a value without its modifier (or the other way round).
		TermsInconsistent,
		/// New terms must be at least as strict as the present ones in every respect, and differ from them.
		TermsNotStricter,
		/// The end lies in the past.
		EndNotInFuture,
		/// A renewal cannot bring the end forward; restrict or withdraw instead.
		EndBroughtForward,
		/// This way of capture does not fit the call: a request is answered by the patient or a guardian, a capture is
		/// attested by a steward or given by a guardian.
		CaptureNotAllowed,
		/// A steward needs evidence: the digest must not be zero.
		EvidenceMissing,
		/// The patient's own wish is a withdrawal; name another reason.
		ReasonNotAllowed,
		/// The batch is empty.
		BatchEmpty,
		/// Only a consent that is over can be requested again, by the same custodian and of the same subject.
		ConsentNotRequestable,
		/// Only a requested consent can be given or refused.
		ConsentNotRequested,
		/// Only a consent that is given, renewed, restricted or expired can be renewed.
		ConsentNotRenewable,
		/// Only a consent that is given, renewed or restricted can be restricted.
		ConsentNotRestrictable,
		/// The consent is withdrawn already.
		ConsentAlreadyWithdrawn,
		/// A consent that was refused, revoked, invalidated or superseded cannot be withdrawn: it allows nothing.
		ConsentNotWithdrawable,
		/// Only a consent that is requested, given, renewed or restricted can be revoked.
		ConsentNotRevocable,
		/// Only a consent that is requested, given, renewed, restricted or expired can be invalidated.
		ConsentNotInvalidable,
		/// Only a consent that is given, renewed, restricted or expired can be superseded.
		ConsentNotSupersedable,
		/// Only a consent that is requested, given, renewed or restricted can expire.
		ConsentNotExpirable,
		/// The consent's end is not over yet, or it has none.
		EndNotReached,
		/// The consent's end is over.
		EndIsOver,
		/// The successor is the same consent, unknown, of another custodian, not in force, or takes the consent out of
		/// its subject's hands.
		SuccessorNotAllowed,
		/// Nobody signs for this consent: it names no subject.
		SubjectMissing,
		/// The order was signed for another state of the consent: its nonce is not the next one.
		NonceMismatch,
		/// The order's last block is over.
		OrderExpired,
		/// The signature is not the subject's over this order on this chain.
		SignatureInvalid,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call(weight = T::WeightInfo)]
	impl<T: Config> Pallet<T> {
		/// Asks a patient (or guardian) with an own account for consent. A consent that is over can be asked for again,
		/// by the same hospital of the same account.
		///
		/// For a hospital's data stewards.
		/// - `handle`: the patient's pseudonym at your hospital.
		/// - `subject`: the account that answers.
		/// - `terms`: what the data may be used for.
		/// - `expires`: last block at which the consent holds; leave empty for no end.
		/// - `notice`: digest of the notice that the patient is given.
		/// - `capture`: `SelfSigned` by the patient, or `Guardian`.
		#[pallet::call_index(0)]
		pub fn request(
			origin: OriginFor<T>,
			handle: ConsentHandle,
			subject: AccountId,
			terms: DataUse,
			expires: Option<BlockNumber>,
			notice: Digest,
			capture: Capture,
		) -> DispatchResult {
			let (steward, custodian) = Self::ensure_steward(origin)?;
			let form = CaptureForm { capture, terms, expires, notice };
			Self::do_request(handle, &steward, custodian, subject.clone(), form)?;
			Self::deposit_event(Event::ConsentRequested { handle, custodian, subject });
			Ok(())
		}

		/// Agrees to what was asked.
		///
		/// For the subject of the consent.
		/// - `handle`: the consent.
		#[pallet::call_index(1)]
		#[pallet::weight((T::WeightInfo::give(), Pays::No))]
		pub fn give(origin: OriginFor<T>, handle: ConsentHandle) -> DispatchResult {
			Self::change_as_subject(&ensure_signed(origin)?, handle, Change::Give, Digest::zero())
		}

		/// Says no to what was asked.
		///
		/// For the subject of the consent.
		/// - `handle`: the consent.
		#[pallet::call_index(2)]
		#[pallet::weight((T::WeightInfo::refuse(), Pays::No))]
		pub fn refuse(origin: OriginFor<T>, handle: ConsentHandle) -> DispatchResult {
			Self::change_as_subject(&ensure_signed(origin)?, handle, Change::Refuse, Digest::zero())
		}

		/// Records a consent that was given on paper.
		///
		/// For a hospital's data stewards.
		/// - `handle`: the patient's pseudonym at your hospital; must be new.
		/// - `capture`: `StewardAttested` for the patient's form, `Guardian` for a guardian's.
		/// - `subject`: account with which the patient (or guardian) can change the consent, if there is one.
		/// - `terms`: what the data may be used for.
		/// - `expires`: last block at which the consent holds; leave empty for no end.
		/// - `notice`: digest of the notice that the patient was given.
		/// - `evidence`: digest of the signed form.
		#[pallet::call_index(3)]
		#[allow(clippy::too_many_arguments)]
		pub fn capture(
			origin: OriginFor<T>,
			handle: ConsentHandle,
			capture: Capture,
			subject: Option<AccountId>,
			terms: DataUse,
			expires: Option<BlockNumber>,
			notice: Digest,
			evidence: Digest,
		) -> DispatchResult {
			let (steward, custodian) = Self::ensure_steward(origin)?;
			let form = CaptureForm { capture, terms, expires, notice };
			Self::do_capture(&steward, custodian, &form, [(subject, CapturedConsent { handle, evidence })])?;
			Self::deposit_event(Event::ConsentCaptured { handle, custodian, capture });
			Ok(())
		}

		/// Records many consents that were given on paper on the same terms: all of them or none.
		///
		/// For a hospital's data stewards.
		/// - `capture`: `StewardAttested` for patients' forms, `Guardian` for guardians'.
		/// - `terms`: what the data may be used for.
		/// - `expires`: last block at which the consents hold; leave empty for no end.
		/// - `notice`: digest of the notice that the patients were given.
		/// - `consents`: for each patient a new handle and the digest of the signed form.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::capture_batch(consents.len() as u32))]
		pub fn capture_batch(
			origin: OriginFor<T>,
			capture: Capture,
			terms: DataUse,
			expires: Option<BlockNumber>,
			notice: Digest,
			consents: BoundedVec<CapturedConsent, T::MaxBatch>,
		) -> DispatchResult {
			let (steward, custodian) = Self::ensure_steward(origin)?;
			let count = consents.len() as u32;
			ensure!(count > 0, Error::<T>::BatchEmpty);
			let form = CaptureForm { capture, terms, expires, notice };
			Self::do_capture(&steward, custodian, &form, consents.into_iter().map(|consent| (None, consent)))?;
			Self::deposit_event(Event::ConsentsCaptured { custodian, capture, count });
			Ok(())
		}

		/// Prolongs a consent on its present terms, also one that ran out.
		///
		/// For the subject, or a data steward with evidence.
		/// - `handle`: the consent.
		/// - `expires`: last block at which it holds from now on, not before the present end; leave empty for no end.
		/// - `evidence`: digest of the signed form; stewards must give one.
		#[pallet::call_index(5)]
		#[pallet::weight((T::WeightInfo::renew(), Pays::No))]
		pub fn renew(
			origin: OriginFor<T>,
			handle: ConsentHandle,
			expires: Option<BlockNumber>,
			evidence: Digest,
		) -> DispatchResult {
			Self::change_as_either(&ensure_signed(origin)?, handle, Change::Renew { expires }, evidence)
		}

		/// Narrows the terms of a consent, from this block on.
		///
		/// For the subject, or a data steward with evidence.
		/// - `handle`: the consent.
		/// - `terms`: the new terms, at least as strict in every respect.
		/// - `evidence`: digest of the patient's written request; stewards must give one.
		#[pallet::call_index(6)]
		#[pallet::weight((T::WeightInfo::restrict(), Pays::No))]
		pub fn restrict(
			origin: OriginFor<T>,
			handle: ConsentHandle,
			terms: DataUse,
			evidence: Digest,
		) -> DispatchResult {
			Self::change_as_either(&ensure_signed(origin)?, handle, Change::Restrict { terms }, evidence)
		}

		/// Ends a consent, from this block on. Nobody can refuse it, it costs nothing, and only the patient can agree
		/// again.
		///
		/// For the subject, or a data steward at the patient's written request.
		/// - `handle`: the consent.
		/// - `evidence`: digest of the written request; stewards must give one.
		#[pallet::call_index(7)]
		#[pallet::weight((T::WeightInfo::withdraw(), Pays::No))]
		pub fn withdraw(origin: OriginFor<T>, handle: ConsentHandle, evidence: Digest) -> DispatchResult {
			Self::change_as_either(&ensure_signed(origin)?, handle, Change::Withdraw, evidence)
		}

		/// Ends a consent for another reason than the patient's wish.
		///
		/// For data stewards of the custodian.
		/// - `handle`: the consent.
		/// - `reason`: why; not `SubjectRequest`.
		/// - `evidence`: digest of what shows the reason.
		#[pallet::call_index(8)]
		pub fn revoke(
			origin: OriginFor<T>,
			handle: ConsentHandle,
			reason: ConsentReason,
			evidence: Digest,
		) -> DispatchResult {
			Self::change_as_steward(&ensure_signed(origin)?, handle, Change::Revoke { reason }, evidence)
		}

		/// Marks a consent as one that should never have been recorded. What it allowed up to now stays on record.
		///
		/// For data stewards of the custodian.
		/// - `handle`: the consent.
		/// - `reason`: why; not `SubjectRequest`.
		/// - `evidence`: digest of what shows the reason.
		#[pallet::call_index(9)]
		pub fn invalidate(
			origin: OriginFor<T>,
			handle: ConsentHandle,
			reason: ConsentReason,
			evidence: Digest,
		) -> DispatchResult {
			Self::change_as_steward(&ensure_signed(origin)?, handle, Change::Invalidate { reason }, evidence)
		}

		/// Puts another consent in the place of this one, for example after a new form was signed.
		///
		/// For data stewards of the custodian.
		/// - `handle`: the consent that ends.
		/// - `by`: the consent that counts from now on: in force, of the same custodian and the same subject (any
		///   subject if this one has none).
		/// - `evidence`: digest of what links the two.
		#[pallet::call_index(10)]
		pub fn supersede(
			origin: OriginFor<T>,
			handle: ConsentHandle,
			by: ConsentHandle,
			evidence: Digest,
		) -> DispatchResult {
			Self::change_as_steward(&ensure_signed(origin)?, handle, Change::Supersede { by }, evidence)
		}

		/// Records that a consent ran out. It allows nothing after its end even if nobody calls this.
		///
		/// For everyone, once the end is over.
		/// - `handle`: the consent.
		#[pallet::call_index(11)]
		#[pallet::weight((T::WeightInfo::expire(), Pays::No))]
		pub fn expire(origin: OriginFor<T>, handle: ConsentHandle) -> DispatchResult {
			Self::change_as_anyone(&ensure_signed(origin)?, handle, Change::Expire)
		}

		/// Brings an order that the subject signed away from the chain, for patients who send no transactions.
		///
		/// For every active member.
		/// - `order`: consent, action, next nonce, and last block at which it may be brought.
		/// - `signature`: the subject's, over the order's message, plain or between `<Bytes>` and `</Bytes>` as wallets
		///   sign.
		#[pallet::call_index(12)]
		#[pallet::weight((T::WeightInfo::relay(), Pays::No))]
		pub fn relay(origin: OriginFor<T>, order: ConsentOrder, signature: MultiSignature) -> DispatchResult {
			let relayer = ensure_signed(origin)?;
			ensure!(T::Membership::active_member(&relayer).is_some(), Error::<T>::NotAuthorized);
			let handle = order.handle;
			Self::carry_out(order, &signature)?;
			Self::deposit_event(Event::OrderRelayed { handle, relayer });
			Ok(())
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// A consent as it stands now.
		pub fn consent(handle: ConsentHandle) -> Option<Consent> {
			Consents::<T>::get(handle)
		}

		/// Changes of a consent in order, from number `from` (the first is 0), at most `limit` and 256 of them.
		pub fn history(handle: ConsentHandle, from: u32, limit: u32) -> Vec<Transition> {
			Self::transitions(&handle, from, limit)
		}

		/// Whether the chain showed at `block` that the consent covers `purpose`. No for blocks to come.
		pub fn consent_valid_at(handle: ConsentHandle, purpose: Purpose, block: BlockNumber) -> bool {
			Self::is_valid_at(&handle, purpose, block)
		}

		/// How many consents a custodian has on record, and when the last one ended or was narrowed.
		pub fn custodian_totals(custodian: OrganisationId) -> CustodianTotals {
			CustodianTotals {
				consents: ConsentCount::<T>::get(custodian),
				last_restriction: LastRestriction::<T>::get(custodian),
			}
		}

		/// The consent that took the place of a superseded one.
		pub fn successor(handle: ConsentHandle) -> Option<ConsentHandle> {
			Successors::<T>::get(handle)
		}
	}
}
