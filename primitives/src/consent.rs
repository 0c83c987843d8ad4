//! Consents: who allowed what, since when, and every change since.

pub mod v1;

use crate::{
	data_use::DataUse, data_use::Purpose, decision::consent_covers, AccountId, BlockNumber, ConsentHandle, Digest,
	Moment, OrganisationId,
};

record! {
	/// How the consent was captured.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Capture {
		/// The patient signed with an own key.
		SelfSigned,
		/// A data steward recorded a signed form; the evidence digest points to it.
		StewardAttested,
		/// A guardian consented for the patient.
		Guardian,
	}

	/// State of a consent. Only `Given`, `Renewed` and `Restricted` allow use.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum ConsentStatus {
		/// The patient was asked.
		Requested,
		/// The patient agreed.
		Given,
		/// The patient said no.
		Refused,
		/// The patient agreed again, with a new end.
		Renewed,
		/// The patient narrowed the terms.
		Restricted,
		/// The patient (or guardian) ended it.
		Withdrawn,
		/// Somebody else ended it.
		Revoked,
		/// It ran out.
		Expired,
		/// It was never valid.
		Invalidated,
		/// Another consent took its place.
		Superseded,
	}

	/// Why a consent changed.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum ConsentReason {
		/// The patient's wish; patients owe no reason.
		SubjectRequest,
		/// The ordinary course: capture, renewal, end of term.
		Routine,
		/// A legal duty of the custodian.
		LegalObligation,
		/// A decision of an authority.
		AuthorityDecision,
		/// The patient died.
		SubjectDeceased,
		/// The capture was wrong.
		CaptureError,
		/// A new form replaced the old one.
		FormReplaced,
	}

	/// One consent as it stands. What it allows is what its latest change says.
	pub struct Consent {
		/// Hospital that holds the patient's data.
		pub custodian: OrganisationId,
		/// The patient's (or guardian's) account, if there is one.
		pub subject: Option<AccountId>,
		/// How it was captured.
		pub capture: Capture,
		/// Digest of the notice that the patient was given.
		pub notice: Digest,
		/// Next nonce of a payload signed by the subject.
		pub nonce: u32,
		/// Number of changes before the latest; they are kept for ever.
		pub earlier: u32,
		/// The latest change: state, terms and end as they stand now.
		pub latest: Transition,
	}

	/// One change of a consent, complete enough to answer what held at any past block.
	pub struct Transition {
		/// Block of the change.
		pub block: BlockNumber,
		/// Time of that block.
		pub moment: Moment,
		/// Who made the change.
		pub actor: AccountId,
		/// State since the change.
		pub status: ConsentStatus,
		/// Terms since the change.
		pub terms: DataUse,
		/// Last valid block since the change.
		pub expires: Option<BlockNumber>,
		/// Why.
		pub reason: ConsentReason,
		/// Digest of the evidence, for example of a salted scan of the form.
		pub evidence: Digest,
	}

	/// What a patient can ask for in a payload that anyone may relay.
	pub enum ConsentAction {
		/// Agree to the requested terms.
		Give,
		/// Say no.
		Refuse,
		/// Narrow the terms.
		Restrict {
			/// The narrower terms.
			terms: DataUse,
		},
		/// End the consent.
		Withdraw,
	}

	/// A patient's order, signed over [`crate::signing::message`] with the tag
	/// [`crate::signing::CONSENT_ORDER`].
	pub struct ConsentOrder {
		/// The consent.
		pub handle: ConsentHandle,
		/// What to do.
		pub action: ConsentAction,
		/// [`Consent::nonce`] at the time of signing.
		pub nonce: u32,
		/// Last block at which the order may be relayed.
		pub valid_until: BlockNumber,
	}

	/// One consent of a batch that shares terms, notice and end.
	pub struct CapturedConsent {
		/// The consent.
		pub handle: ConsentHandle,
		/// Digest of the evidence.
		pub evidence: Digest,
	}
}

impl ConsentStatus {
	/// Whether use is allowed in this state.
	pub const fn allows_use(&self) -> bool {
		matches!(self, Self::Given | Self::Renewed | Self::Restricted)
	}
}

impl Consent {
	/// Whether the consent covers `purpose` at `block`, as it stands now.
	pub fn is_valid_for(&self, purpose: Purpose, block: BlockNumber) -> bool {
		self.latest.is_valid_for(purpose, block)
	}
}

impl Transition {
	/// Whether the consent covered `purpose` at `block`, this being the last transition up to then.
	pub fn is_valid_for(&self, purpose: Purpose, block: BlockNumber) -> bool {
		self.is_in_force(block) && consent_covers(&self.terms, purpose, block)
	}

	/// Whether use was allowed at `block`, this being the last transition up to then. What use, the terms say.
	pub fn is_in_force(&self, block: BlockNumber) -> bool {
		self.status.allows_use() && !self.is_over(block)
	}

	/// Whether the end lies before `block`.
	pub fn is_over(&self, block: BlockNumber) -> bool {
		self.expires.is_some_and(|end| end < block)
	}
}
