//! Whether this worker can do a job at all, and with which settings.

use semblance_primitives::generation::{
	are_canonical, FailureReason, GeneratorKind as KindOnChain, Job, Parameter, ParameterName,
};
use semblance_primitives::Digest;
use semblance_synthesis::{GeneratorKind, MeasureOptions};
use std::sync::LazyLock;

/// Share of patients held out when the job does not say, in ppm.
pub const DEFAULT_HOLD_OUT_PPM: u32 = 200_000;
/// Shares that a job may ask for, in ppm.
pub const HOLD_OUT_RANGE_PPM: std::ops::RangeInclusive<i64> = 50_000..=500_000;

/// A job that this worker cannot do, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{explanation}")]
pub struct Refusal {
	/// The reason for the record.
	pub reason: FailureReason,
	/// The reason for people in the hospital.
	pub explanation: String,
}

impl Refusal {
	/// A refusal.
	pub fn new(reason: FailureReason, explanation: impl Into<String>) -> Self {
		Self { reason, explanation: explanation.into() }
	}
}

/// What a job asks for, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
	/// The generator.
	pub kind: GeneratorKind,
	/// Share of patients held out, in ppm.
	pub hold_out_ppm: u32,
	/// What a differentially private generator may spend, and how; `None` for the others.
	pub privacy: Option<MeasureOptions>,
}

/// The generators of this worker, by their kind on chain.
pub const GENERATORS: [(KindOnChain, GeneratorKind); 7] = [
	(KindOnChain::Independent, GeneratorKind::Independent),
	(KindOnChain::GaussianCopula, GeneratorKind::GaussianCopula),
	(KindOnChain::Mst, GeneratorKind::Mst),
	(KindOnChain::Aim, GeneratorKind::Aim),
	(KindOnChain::TabularLanguageModel, GeneratorKind::TabularLm),
	(KindOnChain::TabularLanguageModelPrivate, GeneratorKind::TabularLmDp),
	(KindOnChain::Ctgan, GeneratorKind::Ctgan),
];

/// Digest of the generators' code as this worker runs it.
pub fn own_code() -> Digest {
	static CODE: LazyLock<Digest> = LazyLock::new(|| Digest::from(semblance_synthesis::code_digest()));
	*CODE
}

/// Checks generator, code, budget and parameters of a job. `delta_exponent` is that of the dataset's budget on chain.
///
/// # Errors
/// [`Refusal`] with the reason to put on record.
pub fn settings(job: &Job, delta_exponent: u8) -> Result<Settings, Refusal> {
	let known = GENERATORS.into_iter().find(|(on_chain, _)| *on_chain == job.kind);
	let Some((_, kind)) = known else {
		let text = format!("generator {:?} is not part of this worker. Update the worker", job.kind);
		return Err(Refusal::new(FailureReason::GeneratorMismatch, text));
	};
	if job.code != own_code() {
		let text = format!(
			"the approved generator has code {:?}, this worker {:?}. Run the release that was approved, or have this one reviewed",
			job.code,
			own_code()
		);
		return Err(Refusal::new(FailureReason::GeneratorMismatch, text));
	}
	let mut settings =
		Settings { kind, hold_out_ppm: DEFAULT_HOLD_OUT_PPM, privacy: budget(job, kind, delta_exponent)? };
	if !are_canonical(&job.parameters) {
		return Err(invalid("parameters are not ascending by name, or one is named twice".into()));
	}
	for parameter in &job.parameters {
		settings.set(*parameter)?;
	}
	if let Some(privacy) = &settings.privacy {
		privacy.validate().map_err(|error| invalid(error.to_string()))?;
	}
	Ok(settings)
}
fn invalid(text: String) -> Refusal {
	Refusal::new(FailureReason::InvalidParameters, text)
}

/// The budget, for exactly those generators that spend one.
fn budget(job: &Job, kind: GeneratorKind, delta_exponent: u8) -> Result<Option<MeasureOptions>, Refusal> {
	match (kind.is_private(), job.rho_micro) {
		(false, 0) => Ok(None),
		(false, rho) => {
			Err(invalid(format!("{:?} spends no privacy budget, the job reserves {rho} micro-rho", job.kind)))
		},
		(true, 0) => Err(invalid(format!("{:?} spends a privacy budget, the job reserves none", job.kind))),
		(true, rho) => Ok(Some(MeasureOptions { rho_micro: rho, delta_exponent, ..Default::default() })),
	}
}

impl Settings {
	/// Takes over a parameter of the job.
	fn set(&mut self, Parameter { name, value }: Parameter) -> Result<(), Refusal> {
		let number = || {
			let refuse = |_| invalid(format!("{name:?} {value} is no number from 0 to {}", u32::MAX));
			u32::try_from(value).map_err(refuse)
		};
		let counts_jointly = self.kind.is_measured();
		match (name, &mut self.privacy) {
			(ParameterName::HoldOutShare, _) => self.hold_out_ppm = hold_out_share(value)?,
			(ParameterName::RowsPerPatient, Some(privacy)) => privacy.rows_per_patient = number()?,
			(ParameterName::MarginResolution, Some(privacy)) => privacy.resolution = number()?,
			(ParameterName::MaxCells, Some(privacy)) if counts_jointly => privacy.max_cells = number()?,
			(ParameterName::TargetEdges, Some(privacy)) if counts_jointly => {
				privacy.target_edges = switch(name, value)?;
			},
			(name, _) => return Err(invalid(format!("generator {} has no parameter {name:?}", self.kind))),
		}
		Ok(())
	}
}

fn switch(name: ParameterName, value: i64) -> Result<bool, Refusal> {
	match value {
		0 => Ok(false),
		1 => Ok(true),
		_ => Err(invalid(format!("{name:?} is {value}, not 0 or 1"))),
	}
}

fn hold_out_share(value: i64) -> Result<u32, Refusal> {
	let (least, most) = (HOLD_OUT_RANGE_PPM.start(), HOLD_OUT_RANGE_PPM.end());
	let refuse = || invalid(format!("HoldOutShare {value} is outside {least} to {most} ppm"));
	u32::try_from(value).ok().filter(|_| HOLD_OUT_RANGE_PPM.contains(&value)).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
	use super::*;
	use semblance_primitives::{data_use::Purpose, generation::JobState, AccountId};

	fn job(kind: KindOnChain, rho_micro: u64, parameters: &[(ParameterName, i64)]) -> Job {
		let parameters: Vec<_> =
			parameters.iter().map(|(name, value)| Parameter { name: *name, value: *value }).collect();
		Job {
			agreement: 7,
			requester: AccountId::new([5; 32]),
			dataset: 1,
			version: 1,
			dataset_rows: Digest::zero(),
			custodian: 1,
			purpose: Purpose::HealthResearch,
			generator: 2,
			kind,
			code: own_code(),
			parameters: parameters.try_into().unwrap(),
			rows: 50,
			rho_micro,
			state: JobState::Requested,
			attempt: 1,
			requested: 8,
			deadline: 200,
			accepted: None,
			failure: None,
			attestation: None,
		}
	}

	fn asked(kind: KindOnChain, rho: u64, parameters: &[(ParameterName, i64)]) -> Result<Settings, FailureReason> {
		settings(&job(kind, rho, parameters), 6).map_err(|refusal| refusal.reason)
	}

	fn share(parameters: &[(ParameterName, i64)]) -> Result<u32, FailureReason> {
		asked(KindOnChain::GaussianCopula, 0, parameters).map(|settings| settings.hold_out_ppm)
	}

	#[test]
	fn the_hold_out_share_has_a_default_and_bounds() {
		use ParameterName::*;
		let invalid = Err(FailureReason::InvalidParameters);
		assert_eq!(share(&[]), Ok(200_000));
		assert_eq!(share(&[(HoldOutShare, 50_000)]), Ok(50_000));
		assert_eq!(share(&[(HoldOutShare, 500_001)]), invalid);
		assert_eq!(share(&[(HoldOutShare, -1)]), invalid);
		assert_eq!(share(&[(MaxEpochs, 1)]), invalid);
		assert_eq!(share(&[(RowsPerPatient, 1)]), invalid, "no parameter of the copula");
		assert_eq!(share(&[(HoldOutShare, 100_000), (HoldOutShare, 100_000)]), invalid);
	}

	#[test]
	fn exactly_the_private_generators_have_a_budget() {
		let invalid = Some(FailureReason::InvalidParameters);
		assert_eq!(asked(KindOnChain::GaussianCopula, 1, &[]).err(), invalid);
		assert_eq!(asked(KindOnChain::Mst, 0, &[]).err(), invalid);
		let privacy = asked(KindOnChain::Mst, 30_000, &[]).unwrap().privacy.unwrap();
		assert_eq!((privacy.rho_micro, privacy.delta_exponent, privacy.rows_per_patient), (30_000, 6, 1));
	}

	#[test]
	fn parameters_of_private_generators_reach_the_library_within_its_bounds() {
		use ParameterName::*;
		let chosen = [(MarginResolution, 16), (MaxCells, 5_000), (RowsPerPatient, 3), (TargetEdges, 1)];
		let settings = asked(KindOnChain::Mst, 30_000, &chosen).unwrap();
		let expected = MeasureOptions {
			rho_micro: 30_000,
			delta_exponent: 6,
			rows_per_patient: 3,
			resolution: 16,
			max_cells: 5_000,
			target_edges: true,
		};
		assert_eq!(settings.privacy, Some(expected));
		for wrong in [
			(MarginResolution, 1),
			(MarginResolution, 257),
			(MaxCells, 999),
			(MaxCells, 1 << 40),
			(RowsPerPatient, 0),
			(RowsPerPatient, -1),
			(TargetEdges, 2),
			(HiddenWidth, 8),
		] {
			let refused = asked(KindOnChain::Mst, 30_000, &[wrong]);
			assert_eq!(refused, Err(FailureReason::InvalidParameters), "{wrong:?}");
		}
	}

	#[test]
	fn a_trained_generator_takes_the_parameters_that_it_uses() {
		use ParameterName::*;
		let kind = KindOnChain::TabularLanguageModelPrivate;
		let chosen = asked(kind, 30_000, &[(MarginResolution, 16), (RowsPerPatient, 3)]).unwrap();
		let privacy = chosen.privacy.unwrap();
		assert_eq!((chosen.kind, privacy.resolution, privacy.rows_per_patient), (GeneratorKind::TabularLmDp, 16, 3));
		for unused in [(MaxCells, 5_000), (TargetEdges, 1), (MaxEpochs, 3), (HiddenWidth, 8)] {
			assert_eq!(asked(kind, 30_000, &[unused]), Err(FailureReason::InvalidParameters), "{unused:?}");
		}
		assert_eq!(asked(kind, 0, &[]), Err(FailureReason::InvalidParameters), "no budget");
	}

	#[test]
	fn every_generator_on_chain_is_one_of_this_workers_with_tier_and_log_as_the_chain_demands() {
		for (on_chain, own) in GENERATORS {
			let private = on_chain.tier() == semblance_primitives::generation::Tier::DifferentiallyPrivate;
			assert_eq!(own.is_private(), private, "{own}");
			assert_eq!(on_chain.log_role().is_some(), private, "{own}");
		}
		let kinds: Vec<GeneratorKind> = GENERATORS.into_iter().map(|(_, own)| own).collect();
		assert_eq!(kinds, GeneratorKind::ALL);
	}

	#[test]
	fn every_delta_that_a_dataset_may_have_on_chain_is_one_of_the_librarys() {
		let found = |delta_exponent| {
			settings(&job(KindOnChain::Mst, 30_000, &[]), delta_exponent).map_err(|refusal| refusal.reason)
		};
		for delta_exponent in semblance_primitives::privacy::DELTA_EXPONENTS {
			assert_eq!(found(delta_exponent).unwrap().privacy.unwrap().delta_exponent, delta_exponent);
		}
		for beyond in [0, semblance_primitives::privacy::DELTA_EXPONENTS.end() + 1] {
			assert_eq!(found(beyond), Err(FailureReason::InvalidParameters));
		}
	}
}
