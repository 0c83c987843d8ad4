//! Generators, jobs and attestations.

use crate::{
	commitment::sha3_256, data_use::Purpose, metrics::Metric, privacy::PrivacyLoss, AccountId, AgreementId,
	AttestationId, BlockNumber, DatasetId, DatasetVersionNumber, Digest, GeneratorId, JobId, Moment, OrganisationId,
};
use codec::Encode;
use sp_core::{bounded::BoundedVec, ConstU32};

/// Most parameters of one job.
pub const MAX_PARAMETERS: u32 = 32;
/// Most artefacts of one attestation.
pub const MAX_SUBJECTS: u32 = 8;
/// Most metrics of one attestation.
pub const MAX_METRICS: u32 = 64;
/// Most reviewers recorded for one generator.
pub const MAX_REVIEWERS: u32 = 8;
/// Version of the attestation's layout.
pub const ATTESTATION_FORMAT: u16 = 1;
/// Blocks between acceptance and the block whose hash is the job's beacon.
pub const BEACON_DELAY: BlockNumber = 2;
/// Domain of attestation ids.
pub const ATTESTATION_DOMAIN: &[u8] = b"semblance/attestation/1";

record! {
	/// The method of a generator.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum GeneratorKind {
		/// Columns drawn independently: the floor that every result is shown beside.
		Independent,
		/// Gaussian copula over empirical margins.
		GaussianCopula,
		/// Marginals on a maximum spanning tree, differentially private.
		Mst,
		/// Adaptive and iterative marginals, differentially private.
		Aim,
		/// Autoregressive tabular language model.
		TabularLanguageModel,
		/// The same, trained with differential privacy.
		TabularLanguageModelPrivate,
		/// Conditional tabular GAN.
		Ctgan,
	}

	/// What a generator promises about privacy.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Tier {
		/// A proven bound on the privacy loss.
		DifferentiallyPrivate,
		/// No formal bound.
		Heuristic,
	}

	/// Whether a generator may be used.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum GeneratorStatus {
		/// Waits for two reviews from two organisations.
		Proposed,
		/// May be used.
		Approved,
		/// A reviewer refused it.
		Refused,
		/// Was approved, must not be used for new jobs.
		Retired,
	}

	/// One review of a generator.
	pub struct GeneratorReview {
		/// Who.
		pub reviewer: AccountId,
		/// For which organisation.
		pub organisation: OrganisationId,
		/// Digest of the review report.
		pub report: Digest,
	}

	/// A generator.
	pub struct Generator {
		/// Its method.
		pub kind: GeneratorKind,
		/// Version of its output format and behaviour.
		pub version: u32,
		/// Digest of its source code (`semblance_synthesis::code_digest`).
		pub code: Digest,
		/// What it promises about privacy.
		pub tier: Tier,
		/// Who proposed it.
		pub proposer: AccountId,
		/// The proposer's organisation.
		pub organisation: OrganisationId,
		/// Approving reviews so far.
		pub reviews: BoundedVec<GeneratorReview, ConstU32<MAX_REVIEWERS>>,
		/// Whether it may be used.
		pub status: GeneratorStatus,
	}

	/// The name of a numeric parameter; every generator says which it knows.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum ParameterName {
		/// Share of patients held out for evaluation, in ppm; default 200,000.
		HoldOutShare,
		/// Resolution: for marginal-based generators the most groups of levels that a column has in joint counts, 2 to 256.
		MarginResolution,
		/// Most cells of a graphical model, 1,000 to 100,000,000.
		MaxCells,
		/// Training epochs at most.
		MaxEpochs,
		/// Width of hidden layers.
		HiddenWidth,
		/// Most rows of one patient that are used; default 1. The noise grows with it.
		RowsPerPatient,
		/// 1 if the budget measures every column with the target without choosing, 0 if not; default 1 for `Aim` where the
		/// schema names a target, else 0.
		TargetEdges,
	}

	/// One parameter.
	#[derive(Copy, PartialOrd, Ord)]
	pub struct Parameter {
		/// Its name.
		pub name: ParameterName,
		/// Its value, in the unit that the name states.
		pub value: i64,
	}

	/// State of a job.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum JobState {
		/// Waits for the custodian's worker.
		Requested,
		/// The worker committed to its inputs and works.
		Accepted,
		/// The result is on record.
		Attested,
		/// The worker could not do it; the reason is on record.
		Failed,
		/// The deadline passed.
		Expired,
		/// The requester called it off.
		Cancelled,
	}

	/// Why a worker could not do a job.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum FailureReason {
		/// The vault's rows do not match the registered commitment.
		CommitmentMismatch,
		/// The worker does not hold the dataset version.
		DatasetNotHeld,
		/// The worker's code differs from the approved generator's.
		GeneratorMismatch,
		/// A parameter is unknown to the generator or out of range.
		InvalidParameters,
		/// Too few consenting patients.
		TooFewConsents,
		/// The generator could not fit the data.
		GenerationFailed,
		/// The result could not be evaluated or stored.
		EvaluationFailed,
	}

	/// What a worker commits to before it starts.
	pub struct Acceptance {
		/// Block of the finalised state from which consents were read.
		pub consent_block: BlockNumber,
		/// Root of the salted commitments to the training rows.
		pub training_root: Digest,
		/// Root of the salted commitments to the rows held out for evaluation.
		pub hold_out_root: Digest,
		/// Root over the handles of all patients whose rows are used, ascending.
		pub consent_root: Digest,
		/// Number of those patients.
		pub consent_count: u32,
		/// SHA3-256 of the noise secret.
		pub secret_commitment: Digest,
		/// Digest of the reference statistics that the metrics are defined against.
		pub reference_statistics: Digest,
	}

	/// An acceptance on record.
	pub struct AcceptanceRecord {
		/// What was committed to.
		pub acceptance: Acceptance,
		/// Block in which it was recorded; the beacon is the hash of the block [`BEACON_DELAY`] later.
		pub block: BlockNumber,
	}

	/// A generation job.
	pub struct Job {
		/// Agreement it runs under.
		pub agreement: AgreementId,
		/// The researcher who asked.
		pub requester: AccountId,
		/// Dataset to learn from.
		pub dataset: DatasetId,
		/// Its version.
		pub version: DatasetVersionNumber,
		/// Commitment to that version's rows.
		pub dataset_rows: Digest,
		/// Hospital that has to do it.
		pub custodian: OrganisationId,
		/// Purpose of the agreement.
		pub purpose: Purpose,
		/// Generator to use.
		pub generator: GeneratorId,
		/// Its method.
		pub kind: GeneratorKind,
		/// Its code digest.
		pub code: Digest,
		/// Parameters, ascending by name, each at most once.
		pub parameters: BoundedVec<Parameter, ConstU32<MAX_PARAMETERS>>,
		/// Rows to make.
		pub rows: u32,
		/// Privacy budget reserved, in micro-ρ; zero for heuristic generators.
		pub rho_micro: u64,
		/// State.
		pub state: JobState,
		/// Jobs that the same agreement started on this dataset version before, this one included: attempts are counted.
		pub attempt: u32,
		/// Block of the request.
		pub requested: BlockNumber,
		/// Last block for the attestation.
		pub deadline: BlockNumber,
		/// What the worker committed to.
		pub accepted: Option<AcceptanceRecord>,
		/// Why it failed.
		pub failure: Option<FailureReason>,
		/// The attestation.
		pub attestation: Option<AttestationId>,
	}

	/// Role of an artefact.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum SubjectRole {
		/// Noisy measurements of a differentially private generator.
		MeasurementLog,
		/// The fitted model.
		Model,
		/// The synthetic table, canonical CSV.
		SyntheticTable,
		/// The report, HTML.
		Report,
		/// What a differentially private training spent, and the noisy counts that it began with.
		TrainingLog,
	}

	/// An artefact, named by its digest.
	#[derive(Copy, PartialOrd, Ord)]
	pub struct Subject {
		/// What it is.
		pub role: SubjectRole,
		/// SHA3-256 of its bytes.
		pub sha3: Digest,
		/// Bytes, coarsened as [`crate::dataset::row_bucket`].
		pub bytes_bucket: u8,
		/// Rows of a table, else 0.
		pub rows: u32,
	}

	/// Everything that an attestation says. Its id is the digest of this record.
	pub struct AttestationBody {
		/// [`ATTESTATION_FORMAT`].
		pub format: u16,
		/// The job.
		pub job: JobId,
		/// The agreement.
		pub agreement: AgreementId,
		/// Dataset learnt from.
		pub dataset: DatasetId,
		/// Its version.
		pub version: DatasetVersionNumber,
		/// Purpose.
		pub purpose: Purpose,
		/// Generator.
		pub generator: GeneratorId,
		/// Digest of the generator's code as the worker ran it.
		pub code: Digest,
		/// SHA3-256 of the SCALE-encoded parameters.
		pub parameters: Digest,
		/// What was committed to on acceptance.
		pub acceptance: Acceptance,
		/// Hash of the beacon block.
		pub beacon: Digest,
		/// Public seed of the sampling ([`crate::seeds::sampling_seed`]).
		pub sampling_seed: Digest,
		/// Artefacts, ascending by role.
		pub subjects: BoundedVec<Subject, ConstU32<MAX_SUBJECTS>>,
		/// Metrics, ascending by id.
		pub metrics: BoundedVec<Metric, ConstU32<MAX_METRICS>>,
		/// Privacy loss; `None` for heuristic generators.
		pub privacy: Option<PrivacyLoss>,
		/// Digest of the description of the environment (versions, platform).
		pub environment: Digest,
		/// When the worker started, by its clock.
		pub started: Moment,
		/// When it finished, by its clock.
		pub finished: Moment,
		/// An earlier attestation that this one replaces.
		pub supersedes: Option<AttestationId>,
		/// Digest of the canonical in-toto statement.
		pub statement: Digest,
	}

	/// How much an attestation has been checked. Computed by the chain, never declared.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Level {
		/// Signed by the custodian; a binding did not hold when it was recorded.
		Claimed,
		/// Consents, agreement, generator and budget were all valid.
		Bound,
		/// Other hospitals recomputed what can be recomputed without real data.
		Checked,
		/// Re-execution gave the same digests.
		Reproduced,
		/// An auditor opened the record.
		Audited,
	}

	/// Standing of an attestation.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum AttestationStatus {
		/// Stands.
		Standing,
		/// Proven wrong: the proof is on record.
		Rejected,
		/// Replaced by a later one.
		Superseded,
	}

	/// An attestation on record.
	pub struct Attestation {
		/// What it says.
		pub body: AttestationBody,
		/// The hospital that made it.
		pub builder: OrganisationId,
		/// sr25519 session key that signed it.
		pub key: Digest,
		/// Signature over [`crate::signing::message`] with tag [`crate::signing::ATTEST`].
		pub signature: [SignatureHalf; 2],
		/// Block in which it was recorded.
		pub block: BlockNumber,
		/// How much it has been checked.
		pub level: Level,
		/// Standing.
		pub status: AttestationStatus,
		/// The synthetic dataset that it registered.
		pub synthetic_dataset: DatasetId,
	}
}

/// Half of an sr25519 signature: 64 bytes as two digests, so that every reader can show them.
pub type SignatureHalf = Digest;

impl AttestationBody {
	/// Id of the attestation on the chain with this genesis: SHA3-256(domain ‖ genesis ‖ SCALE(body)).
	pub fn id(&self, genesis: &Digest) -> AttestationId {
		sha3_256(&(ATTESTATION_DOMAIN, genesis, self).encode())
	}

	/// The artefact in `role`.
	pub fn subject(&self, role: SubjectRole) -> Option<&Subject> {
		self.subjects.iter().find(|subject| subject.role == role)
	}
}

impl Attestation {
	/// The signature as 64 bytes.
	pub fn signature_bytes(&self) -> [u8; 64] {
		let mut bytes = [0; 64];
		let (left, right) = bytes.split_at_mut(32);
		let [first, second] = &self.signature;
		left.copy_from_slice(first.as_bytes());
		right.copy_from_slice(second.as_bytes());
		bytes
	}

	/// A signature of 64 bytes in the form in which it is stored.
	pub fn signature_halves(bytes: &[u8; 64]) -> [SignatureHalf; 2] {
		let (left, right) = bytes.split_at(32);
		[Digest::from_slice(left), Digest::from_slice(right)]
	}
}

impl SubjectRole {
	/// File name of an artefact in this role, as the statement names it.
	pub const fn file_name(&self) -> &'static str {
		match self {
			Self::MeasurementLog => "measurement-log",
			Self::Model => "model.bin",
			Self::SyntheticTable => "table.csv",
			Self::Report => "report.html",
			Self::TrainingLog => "training-log",
		}
	}

	/// Whether it says what a differentially private generator took from the data.
	pub const fn is_log(&self) -> bool {
		matches!(self, Self::MeasurementLog | Self::TrainingLog)
	}
}

impl JobState {
	/// Whether the custodian's worker still has to act.
	pub const fn is_open(&self) -> bool {
		matches!(self, Self::Requested | Self::Accepted)
	}
}

impl GeneratorKind {
	/// The log that is attested with model, table and report: of the differentially private generators exactly one, of the
	/// others none. Model and table follow from a measurement log; from a training log follows what the model cost.
	pub const fn log_role(&self) -> Option<SubjectRole> {
		match self {
			Self::Mst | Self::Aim => Some(SubjectRole::MeasurementLog),
			Self::TabularLanguageModelPrivate => Some(SubjectRole::TrainingLog),
			Self::Independent | Self::GaussianCopula | Self::TabularLanguageModel | Self::Ctgan => None,
		}
	}

	/// What generators of this kind promise about privacy.
	pub const fn tier(&self) -> Tier {
		match self {
			Self::Mst | Self::Aim | Self::TabularLanguageModelPrivate => Tier::DifferentiallyPrivate,
			_ => Tier::Heuristic,
		}
	}
}

/// Digest of parameters, as attested.
pub fn parameters_digest(parameters: &[Parameter]) -> Digest {
	sha3_256(&parameters.encode())
}

/// Whether parameters are in canonical order: ascending by name, each at most once.
pub fn are_canonical(parameters: &[Parameter]) -> bool {
	parameters.windows(2).all(|pair| matches!(pair, [a, b] if a.name < b.name))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn roles_keep_their_numbers_in_hashed_records() {
		use SubjectRole::*;
		let numbers = [MeasurementLog, Model, SyntheticTable, Report, TrainingLog].map(|role| role.encode());
		assert_eq!(numbers, [[0], [1], [2], [3], [4]]);
	}

	#[test]
	fn exactly_the_private_generators_leave_a_log() {
		use GeneratorKind::*;
		for kind in [Independent, GaussianCopula, Mst, Aim, TabularLanguageModel, TabularLanguageModelPrivate, Ctgan] {
			assert_eq!(kind.log_role().is_some(), kind.tier() == Tier::DifferentiallyPrivate, "{kind:?}");
			assert!(kind.log_role().is_none_or(|role| role.is_log()));
		}
		assert_eq!(TabularLanguageModelPrivate.log_role(), Some(SubjectRole::TrainingLog));
	}
}
