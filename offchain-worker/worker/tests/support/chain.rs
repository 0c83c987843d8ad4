//! A chain in memory: what the worker reads, set by hand.

use futures::future::ready;
use semblance_primitives::{
	access::Agreement,
	commitment::sha3_256,
	consent::{Capture, Consent, ConsentReason, ConsentStatus, Transition},
	consortium::Member,
	data_use::{DataUse, Permission},
	dataset::{DatasetVersion, PrivacyBudget},
	generation::Job,
	AccountId, AgreementId, BlockNumber, ConsentHandle, DatasetId, DatasetVersionNumber, Digest, JobId, OrganisationId,
};
use semblance_worker::chain::{Answer, Block, ChainState, ChainUnavailable, Standing};
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex},
};

pub struct State {
	pub finalised: BlockNumber,
	pub jobs: BTreeMap<JobId, Job>,
	pub versions: BTreeMap<(DatasetId, DatasetVersionNumber), DatasetVersion>,
	pub budgets: BTreeMap<DatasetId, PrivacyBudget>,
	pub consents: BTreeMap<ConsentHandle, Consent>,
	pub last_restriction: BlockNumber,
	pub agreements: BTreeMap<AgreementId, Agreement>,
	pub members: BTreeMap<AccountId, Member>,
	pub standing: Standing,
	pub is_down: bool,
}

#[derive(Clone)]
pub struct MemoryChain(Arc<Mutex<State>>);

impl MemoryChain {
	pub fn new() -> Self {
		Self(Arc::new(Mutex::new(State {
			finalised: 10,
			jobs: BTreeMap::new(),
			versions: BTreeMap::new(),
			budgets: BTreeMap::new(),
			consents: BTreeMap::new(),
			last_restriction: 0,
			agreements: BTreeMap::new(),
			members: BTreeMap::new(),
			standing: Standing::default(),
			is_down: false,
		})))
	}

	pub fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
		act(&mut self.0.lock().unwrap())
	}

	fn answer<T: Send + 'static>(&self, act: impl FnOnce(&mut State) -> T) -> Answer<'static, T> {
		let answer = self.with(|state| if state.is_down { None } else { Some(act(state)) });
		Box::pin(ready(answer.ok_or_else(|| ChainUnavailable("the node is down".into()))))
	}
}

pub fn hash_of(block: BlockNumber) -> Digest {
	sha3_256(&block.to_le_bytes())
}

pub fn consent(custodian: OrganisationId) -> Consent {
	Consent {
		custodian,
		subject: None,
		capture: Capture::StewardAttested,
		notice: Digest::zero(),
		nonce: 0,
		earlier: 0,
		latest: Transition {
			block: 1,
			moment: 2_000,
			actor: [0; 32].into(),
			status: ConsentStatus::Given,
			terms: DataUse::new(Permission::HealthMedicalBiomedical),
			expires: None,
			reason: ConsentReason::Routine,
			evidence: Digest::repeat_byte(1),
		},
	}
}

impl ChainState for MemoryChain {
	fn genesis(&self) -> Digest {
		Digest::repeat_byte(0xee)
	}
	fn finalised(&self) -> Answer<'_, Block> {
		self.answer(|state| Block { hash: hash_of(state.finalised), number: state.finalised })
	}
	fn best(&self) -> Answer<'_, Block> {
		self.finalised()
	}
	fn block_hash(&self, number: BlockNumber) -> Answer<'_, Option<Digest>> {
		self.answer(|state| (number <= state.finalised).then(|| hash_of(number)))
	}
	fn job(&self, job: JobId, _: Digest) -> Answer<'_, Option<Job>> {
		self.answer(|state| state.jobs.get(&job).cloned())
	}
	fn dataset_version(
		&self,
		dataset: DatasetId,
		version: DatasetVersionNumber,
		_: Digest,
	) -> Answer<'_, Option<DatasetVersion>> {
		self.answer(|state| state.versions.get(&(dataset, version)).cloned())
	}
	fn budget(&self, dataset: DatasetId, _: Digest) -> Answer<'_, Option<PrivacyBudget>> {
		self.answer(|state| state.budgets.get(&dataset).copied())
	}
	fn consents<'a>(&'a self, handles: &'a [ConsentHandle], _: Digest) -> Answer<'a, Vec<Option<Consent>>> {
		self.answer(|state| handles.iter().map(|handle| state.consents.get(handle).cloned()).collect())
	}
	fn last_restriction(&self, _: OrganisationId, _: Digest) -> Answer<'_, BlockNumber> {
		self.answer(|state| state.last_restriction)
	}
	fn agreement(&self, agreement: AgreementId, _: Digest) -> Answer<'_, Option<Agreement>> {
		self.answer(|state| state.agreements.get(&agreement).cloned())
	}
	fn member<'a>(&'a self, account: &'a AccountId, _: Digest) -> Answer<'a, Option<Member>> {
		self.answer(|state| state.members.get(account).cloned())
	}
	fn standing(&self, _: Digest) -> Answer<'_, Standing> {
		self.answer(|state| state.standing.clone())
	}
}
