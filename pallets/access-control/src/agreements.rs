//! Agreements as generation sees them.

use crate::{Config, Pallet, Records};
use semblance_primitives::{
	access::{Agreement, AgreementRefusal, AgreementState, GenerationGrant},
	generation::Tier,
	traits::Agreements,
	AccountId, AgreementId,
};

impl<T: Config> Agreements for Pallet<T> {
	fn authorise_generation(
		requester: &AccountId,
		agreement: AgreementId,
		tier: Tier,
		rows: u32,
		rho_micro: u64,
	) -> Result<GenerationGrant, AgreementRefusal> {
		let mut record = Records::<T>::get(agreement).ok_or(AgreementRefusal::NotFound)?;
		if record.applicant != *requester {
			return Err(AgreementRefusal::NotApplicant);
		}
		Self::check_in_force(&record)?;
		if rows > record.conditions.max_rows {
			return Err(AgreementRefusal::TooManyRows);
		}
		if tier == Tier::Heuristic && !record.conditions.allow_heuristic {
			return Err(AgreementRefusal::TierNotAllowed);
		}
		let rho_used = record.rho_used.checked_add(rho_micro).ok_or(AgreementRefusal::BudgetExceeded)?;
		if rho_used > record.conditions.max_rho {
			return Err(AgreementRefusal::BudgetExceeded);
		}
		record.rho_used = rho_used;
		let grant = GenerationGrant { agreement, dataset: record.dataset, purpose: record.purpose };
		Records::<T>::insert(agreement, record);
		Ok(grant)
	}

	fn refund(agreement: AgreementId, rho_micro: u64) {
		Records::<T>::mutate_extant(agreement, |record| {
			record.rho_used = record.rho_used.saturating_sub(rho_micro);
		});
	}

	fn is_in_force(agreement: AgreementId) -> bool {
		Records::<T>::get(agreement).is_some_and(|record| Self::check_in_force(&record).is_ok())
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_agreement(applicant: &AccountId, dataset: semblance_primitives::DatasetId) -> AgreementId {
		crate::benchmarking::insert_agreement::<T>(applicant, dataset)
	}
}

impl<T: Config> Pallet<T> {
	/// An agreement that is over is told from one that was never in force or was ended.
	fn check_in_force(record: &Agreement) -> Result<(), AgreementRefusal> {
		match record.state {
			AgreementState::Active => Self::ensure_not_over(record).map_err(|_| AgreementRefusal::Expired),
			AgreementState::Expired => Err(AgreementRefusal::Expired),
			_ => Err(AgreementRefusal::NotActive),
		}
	}
}
