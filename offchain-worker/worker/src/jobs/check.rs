//! Whether this worker can do a job at all, and with which settings.

use semblance_primitives::generation::{
	are_canonical, FailureReason, GeneratorKind as KindOnChain, Job, Parameter, ParameterName,
};
use semblance_primitives::Digest;
use semblance_synthesis::GeneratorKind;
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
}

/// The generators of this worker, by their kind on chain.
pub const GENERATORS: [(KindOnChain, GeneratorKind); 2] = [
	(KindOnChain::Independent, GeneratorKind::Independent),
	(KindOnChain::GaussianCopula, GeneratorKind::GaussianCopula),
];

/// Digest of the generators' code as this worker runs it.
pub fn own_code() -> Digest {
	static CODE: LazyLock<Digest> = LazyLock::new(|| Digest::from(semblance_synthesis::code_digest()));
	*CODE
}

/// Checks generator, code and parameters of a job.
///
/// # Errors
/// [`Refusal`] with the reason to put on record.
pub fn settings(job: &Job) -> Result<Settings, Refusal> {
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
	if job.rho_micro != 0 {
		let text = format!("{:?} spends no privacy budget, the job reserves {} micro-rho", job.kind, job.rho_micro);
		return Err(Refusal::new(FailureReason::InvalidParameters, text));
	}
	Ok(Settings { kind, hold_out_ppm: hold_out_share(&job.parameters)? })
}

fn hold_out_share(parameters: &[Parameter]) -> Result<u32, Refusal> {
	let invalid = |text: String| Refusal::new(FailureReason::InvalidParameters, text);
	if !are_canonical(parameters) {
		return Err(invalid("parameters are not ascending by name, or one is named twice".into()));
	}
	let mut share = DEFAULT_HOLD_OUT_PPM;
	for parameter in parameters {
		share = match (parameter.name, u32::try_from(parameter.value)) {
			(ParameterName::HoldOutShare, Ok(value)) if HOLD_OUT_RANGE_PPM.contains(&parameter.value) => value,
			(ParameterName::HoldOutShare, _) => {
				let (least, most) = (HOLD_OUT_RANGE_PPM.start(), HOLD_OUT_RANGE_PPM.end());
				return Err(invalid(format!("HoldOutShare {} is outside {least} to {most} ppm", parameter.value)));
			},
			(name, _) => return Err(invalid(format!("the generator has no parameter {name:?}"))),
		};
	}
	Ok(share)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn share(parameters: &[(ParameterName, i64)]) -> Result<u32, FailureReason> {
		let parameters: Vec<_> =
			parameters.iter().map(|(name, value)| Parameter { name: *name, value: *value }).collect();
		hold_out_share(&parameters).map_err(|refusal| refusal.reason)
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
		assert_eq!(share(&[(HoldOutShare, 100_000), (HoldOutShare, 100_000)]), invalid);
	}
}
