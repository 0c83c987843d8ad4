//! What an attestation must say, what is recorded, and how its level is computed.

use super::*;
use crate::{Attestations, AttestedArtefacts, Event, Refusal};
use semblance_primitives::dataset::{DatasetInput, DatasetKind, DatasetStatus};

/// Applies an attestation that differs from the true one in one respect, correctly signed.
fn attest_with(id: JobId, change: impl FnOnce(&mut AttestationBody)) -> Result<(), Refusal> {
	let mut body = body_of(id);
	change(&mut body);
	match apply(attest_call(MERCY_KEY, body)) {
		Ok(()) => Ok(()),
		error => Err(all_refusals().find(|refusal| error == refused(*refusal)).unwrap()),
	}
}

fn all_refusals() -> impl Iterator<Item = Refusal> {
	use Refusal::*;
	[
		UnknownFormat,
		JobMismatch,
		AcceptanceMismatch,
		BeaconMismatch,
		SeedMismatch,
		SubjectsInvalid,
		RowsMismatch,
		MetricsInvalid,
		PrivacyMismatch,
		TimesInvalid,
		SupersedesInvalid,
		NotRecordable,
		LogMismatch,
		BadSignature,
		WrongJobState,
	]
	.into_iter()
}

#[test]
fn a_true_attestation_is_recorded_as_bound() {
	chain().build_and_execute(|| {
		let id = accepted();
		let record = attested(id);
		assert_eq!(record.body, body_of(id));
		assert_eq!((record.builder, record.level, record.block), (MERCY, Level::Bound, System::block_number()));
		assert_eq!(record.status, AttestationStatus::Standing);
		assert_eq!(record.key.as_bytes(), pair(MERCY_KEY).public().as_ref() as &[u8]);
		let genesis = frame_system::Pallet::<Test>::block_hash(0);
		let attestation = record.body.id(&genesis);
		assert_eq!(job(id).attestation, Some(attestation));
		let event = Event::JobAttested { job: id, attestation, level: Level::Bound, dataset: record.synthetic_dataset };
		assert_eq!(events().last(), Some(&event));
		assert!(GenerationAttestation::open_jobs(MERCY).is_empty());
	});
}

#[test]
fn the_recorded_signature_is_verifiable_by_anyone() {
	chain().build_and_execute(|| {
		let id = accepted();
		let record = attested(id);
		let genesis = frame_system::Pallet::<Test>::block_hash(0);
		let signed = message(ATTEST, &genesis, job(id).attempt, job(id).deadline, &record.body);
		let signature = sp_core::sr25519::Signature::from_raw(record.signature_bytes());
		let key = sp_core::sr25519::Public::from_raw(record.key.0);
		assert!(sp_core::sr25519::Pair::verify(&signature, &signed, &key));
	});
}

#[test]
fn the_table_becomes_a_dataset_that_derives_from_its_source() {
	chain().build_and_execute(|| {
		let record = attested(accepted());
		let world = World::get();
		let (dataset, version, _) = &world.datasets[&record.synthetic_dataset];
		assert_eq!((dataset.kind, dataset.custodian), (DatasetKind::Synthetic, MERCY));
		assert_eq!((version.rows, version.manifest), (Digest::repeat_byte(0xB3), Digest::repeat_byte(0xE1)));
		assert_eq!((version.schema, version.row_bucket), (Digest::repeat_byte(0xD1), 9));
		let derivation = &world.derivations[&record.synthetic_dataset];
		assert_eq!(derivation.inputs.to_vec(), vec![DatasetInput { dataset: 1, version: 1 }]);
		assert_eq!(Some(derivation.attestation), job(1).attestation);
	});
}

#[test]
fn the_reserved_budget_is_spent() {
	chain().build_and_execute(|| {
		attested(accepted());
		let budget = World::budget_of(1);
		assert_eq!((budget.reserved, budget.spent), (0, RHO));
		assert_eq!(World::get().agreements[&1].rho_used, RHO);
	});
}

#[test]
fn every_artefact_counts_as_attested_under_its_agreement_only() {
	chain().build_and_execute(|| {
		let record = attested(accepted());
		for subject in &record.body.subjects {
			assert!(is_attested(1, &subject.sha3));
			assert!(!is_attested(2, &subject.sha3));
			assert_eq!(GenerationAttestation::attestation_of_artefact(1, subject.sha3), job(1).attestation);
		}
		assert!(!is_attested(1, &Digest::repeat_byte(0xFF)));
	});
}

#[test]
fn a_heuristic_generator_is_attested_without_privacy_loss() {
	chain().build_and_execute(|| {
		assert_ok!(request(1, HEURISTIC, ROWS, 0));
		accept(1);
		run_to(6);
		let loss = PrivacyLoss { rho_micro: 0, epsilon_micro: 0, delta_exponent: 5 };
		assert_eq!(attest_with(1, |body| body.privacy = Some(loss)), Err(Refusal::PrivacyMismatch));
		assert_eq!(attested(1).body.privacy, None);
		assert_eq!(World::budget_of(1).spent, 0);
	});
}

#[test]
fn whatever_differs_from_the_job_is_refused() {
	chain().build_and_execute(|| {
		let id = accepted();
		let refusals = [
			attest_with(id, |body| body.format = 2),
			attest_with(id, |body| body.agreement = 2),
			attest_with(id, |body| body.dataset = 2),
			attest_with(id, |body| body.version = 2),
			attest_with(id, |body| body.purpose = semblance_primitives::data_use::Purpose::CommercialDevelopment),
			attest_with(id, |body| body.generator = HEURISTIC),
			attest_with(id, |body| body.code = Digest::zero()),
			attest_with(id, |body| body.parameters = parameters_digest(&[])),
			attest_with(id, |body| body.acceptance.consent_count = 11),
			attest_with(id, |body| body.acceptance.training_root = Digest::zero()),
			attest_with(id, |body| body.started = body.finished + 1),
		];
		let mismatch = Err(Refusal::JobMismatch);
		let acceptance = Err(Refusal::AcceptanceMismatch);
		let expected = [
			vec![Err(Refusal::UnknownFormat)],
			vec![mismatch; 7],
			vec![acceptance; 2],
			vec![Err(Refusal::TimesInvalid)],
		];
		assert_eq!(refusals.to_vec(), expected.concat());
		attested(id);
	});
}

#[test]
fn seeds_are_not_of_the_hospitals_choosing() {
	chain().build_and_execute(|| {
		let id = accepted();
		let other = Digest::repeat_byte(0x5E);
		assert_eq!(attest_with(id, |body| body.beacon = other), Err(Refusal::BeaconMismatch));
		let forge = |body: &mut AttestationBody| {
			body.beacon = other;
			body.sampling_seed = sampling_seed(&other, &Digest::repeat_byte(0xB2), ROWS);
		};
		assert_eq!(attest_with(id, forge), Err(Refusal::BeaconMismatch));
		assert_eq!(attest_with(id, |body| body.sampling_seed = other), Err(Refusal::SeedMismatch));
		let change_model = |body: &mut AttestationBody| body.subjects[1].sha3 = other;
		assert_eq!(attest_with(id, change_model), Err(Refusal::SeedMismatch));
	});
}

#[test]
fn there_is_no_attestation_before_the_beacon() {
	chain().build_and_execute(|| {
		let id = requested();
		accept(id);
		let accepted_at = System::block_number();
		for block in accepted_at..=accepted_at + BEACON_DELAY {
			run_to(block);
			assert_eq!(GenerationAttestation::beacon(id), None);
			assert_eq!(attest_with(id, |_| {}), Err(Refusal::BeaconMismatch));
		}
		// An unknown block's hash reads as zero: that must not pass for a beacon.
		let zero = |body: &mut AttestationBody| {
			body.beacon = Digest::zero();
			body.sampling_seed = sampling_seed(&Digest::zero(), &Digest::repeat_byte(0xB2), ROWS);
		};
		assert_eq!(attest_with(id, zero), Err(Refusal::BeaconMismatch));
		run_to(accepted_at + BEACON_DELAY + 1);
		assert_eq!(GenerationAttestation::beacon(id), Some(hash_of(accepted_at + BEACON_DELAY)));
		attested(id);
	});
}

#[test]
fn the_beacon_of_an_attested_job_is_known_for_ever() {
	chain().build_and_execute(|| {
		let id = accepted();
		let beacon = attested(id).body.beacon;
		for block in 0..System::block_number() {
			frame_system::BlockHash::<Test>::remove(block);
		}
		frame_system::BlockHash::<Test>::insert(0, Digest::repeat_byte(69));
		assert_eq!(GenerationAttestation::beacon(id), Some(beacon));
	});
}

#[test]
fn model_table_and_report_are_required_once_each_in_order() {
	chain().build_and_execute(|| {
		let id = accepted();
		for missing in [1, 2, 3] {
			let drop_one = |body: &mut AttestationBody| {
				body.subjects.remove(missing);
			};
			assert_eq!(attest_with(id, drop_one), Err(Refusal::SubjectsInvalid));
		}
		let double = |body: &mut AttestationBody| body.subjects.try_push(body.subjects[3]).unwrap();
		assert_eq!(attest_with(id, double), Err(Refusal::SubjectsInvalid));
		assert_eq!(attest_with(id, |body| body.subjects.as_mut().reverse()), Err(Refusal::SubjectsInvalid));
		assert_eq!(attest_with(id, |body| body.subjects = BoundedVec::new()), Err(Refusal::SubjectsInvalid));
	});
}

#[test]
fn the_table_has_the_rows_that_were_asked_for_and_nothing_else_has_rows() {
	chain().build_and_execute(|| {
		let id = accepted();
		assert_eq!(attest_with(id, |body| body.subjects[2].rows = ROWS - 1), Err(Refusal::RowsMismatch));
		assert_eq!(attest_with(id, |body| body.subjects[3].rows = 1), Err(Refusal::RowsMismatch));
	});
}

#[test]
fn metrics_are_ascending_and_unique() {
	chain().build_and_execute(|| {
		let id = accepted();
		assert_eq!(attest_with(id, |body| body.metrics.as_mut().swap(0, 1)), Err(Refusal::MetricsInvalid));
		assert_eq!(attest_with(id, |body| body.metrics[1].id = 1), Err(Refusal::MetricsInvalid));
	});
}

#[test]
fn a_private_generator_states_exactly_the_reserved_loss() {
	chain().build_and_execute(|| {
		let id = accepted();
		assert_eq!(attest_with(id, |body| body.privacy = None), Err(Refusal::PrivacyMismatch));
		let mut loss = body_of(id).privacy.unwrap();
		loss.epsilon_micro -= 1;
		assert_eq!(attest_with(id, |body| body.privacy = Some(loss)), Err(Refusal::PrivacyMismatch));
		let less = PrivacyLoss { rho_micro: RHO - 1, epsilon_micro: epsilon_micro(RHO - 1, 5), delta_exponent: 5 };
		assert_eq!(attest_with(id, |body| body.privacy = Some(less)), Err(Refusal::PrivacyMismatch));
	});
}

/// An accepted job of a generator, and whether it spends a budget.
fn accepted_of(generator: GeneratorId, rho_micro: u64) -> JobId {
	assert_ok!(request(1, generator, ROWS, rho_micro));
	let id = crate::JobCount::<Test>::get();
	accept(id);
	run_to(System::block_number() + BEACON_DELAY + 1);
	id
}

/// Puts exactly these logs beside model, table and report.
fn with_logs(logs: &'static [SubjectRole]) -> impl FnOnce(&mut AttestationBody) {
	move |body| {
		let log =
			|role: &SubjectRole| Subject { role: *role, sha3: Digest::repeat_byte(0xB1), bytes_bucket: 12, rows: 0 };
		let mut subjects: Vec<Subject> = body.subjects.iter().filter(|s| !s.role.is_log()).copied().collect();
		subjects.extend(logs.iter().map(log));
		subjects.sort_by_key(|subject| subject.role);
		body.subjects = BoundedVec::truncate_from(subjects);
	}
}

#[test]
fn every_generator_attests_the_log_of_its_kind_and_no_other() {
	use SubjectRole::{MeasurementLog, TrainingLog};
	let all: [&[SubjectRole]; 4] = [&[], &[MeasurementLog], &[TrainingLog], &[MeasurementLog, TrainingLog]];
	chain().build_and_execute(|| {
		for (generator, rho, right) in [(PRIVATE, RHO, all[1]), (HEURISTIC, 0, all[0]), (TRAINED, RHO, all[2])] {
			let id = accepted_of(generator, rho);
			for wrong in all.into_iter().filter(|logs| *logs != right) {
				let refused = attest_with(id, with_logs(wrong));
				assert_eq!(refused, Err(Refusal::LogMismatch), "{:?} with {wrong:?}", job(id).kind);
			}
			assert_eq!(attest_with(id, with_logs(right)), Ok(()), "{:?}", job(id).kind);
		}
	});
}

#[test]
fn a_training_log_comes_once_and_last_and_has_no_rows() {
	chain().build_and_execute(|| {
		let id = accepted_of(TRAINED, RHO);
		let twice = |body: &mut AttestationBody| body.subjects.try_push(body.subjects[3]).unwrap();
		assert_eq!(attest_with(id, twice), Err(Refusal::SubjectsInvalid));
		assert_eq!(attest_with(id, |body| body.subjects.as_mut().rotate_right(1)), Err(Refusal::SubjectsInvalid));
		assert_eq!(attest_with(id, |body| body.subjects[3].rows = 1), Err(Refusal::RowsMismatch));
		let record = attested(id);
		assert_eq!(record.body.subjects[3].role, SubjectRole::TrainingLog);
		assert!(is_attested(1, &record.body.subjects[3].sha3), "its key can be released");
	});
}

#[test]
fn a_trained_generator_states_its_loss_and_spends_what_was_reserved() {
	chain().build_and_execute(|| {
		let id = accepted_of(TRAINED, RHO);
		assert_eq!(attest_with(id, |body| body.privacy = None), Err(Refusal::PrivacyMismatch));
		assert_eq!(attested(id).body.privacy.map(|loss| loss.rho_micro), Some(RHO));
		assert_eq!((World::budget_of(1).reserved, World::budget_of(1).spent), (0, RHO));
	});
}

#[test]
fn epsilon_is_stated_at_the_datasets_own_delta() {
	chain().build_and_execute(|| {
		let id = accepted();
		for delta_exponent in [1, 4, 6, 30] {
			let epsilon_micro = epsilon_micro(RHO, delta_exponent);
			let loss = PrivacyLoss { rho_micro: RHO, epsilon_micro, delta_exponent };
			assert_eq!(attest_with(id, |body| body.privacy = Some(loss)), Err(Refusal::PrivacyMismatch));
		}
		assert_eq!(attested(id).body.privacy.unwrap().delta_exponent, 5);
	});
}

/// Attests after `change` and returns the level.
fn level_after(change: impl FnOnce(&mut World)) -> Level {
	let id = accepted();
	World::change(change);
	attested(id).level
}

#[test]
fn a_broken_binding_shows_as_claimed() {
	chain().build_and_execute(|| {
		let halted = level_after(|world| world.agreements.get_mut(&1).unwrap().in_force = false);
		assert_eq!(halted, Level::Claimed);
		assert!(matches!(events().last(), Some(Event::JobAttested { level: Level::Claimed, .. })));
	});
	chain().build_and_execute(|| {
		let quarantined = level_after(|world| world.dataset_mut(1).status = DatasetStatus::Quarantined);
		assert_eq!(quarantined, Level::Claimed);
	});
	chain().build_and_execute(|| {
		let withdrawn = level_after(|world| world.restrictions = [(MERCY, 2)].into());
		assert_eq!(withdrawn, Level::Claimed);
	});
	chain().build_and_execute(|| {
		let elsewhere = level_after(|world| world.restrictions = [(NORTHSIDE, 2)].into());
		assert_eq!(elsewhere, Level::Bound);
	});
}

#[test]
fn a_generator_retired_meanwhile_shows_as_claimed() {
	chain().build_and_execute(|| {
		let id = accepted();
		assert_ok!(GenerationAttestation::retire_generator(RuntimeOrigin::root(), PRIVATE));
		assert_eq!(attested(id).level, Level::Claimed);
	});
}

#[test]
fn a_later_attestation_takes_the_place_of_an_earlier_one() {
	chain().build_and_execute(|| {
		let first = accepted();
		attested(first);
		let earlier = job(first).attestation.unwrap();
		let second = accepted();
		assert_eq!(attest_with(second, |body| body.supersedes = Some(earlier)), Ok(()));
		let later = job(second).attestation.unwrap();
		assert_eq!(Attestations::<Test>::get(earlier).unwrap().status, AttestationStatus::Superseded);
		assert!(events().contains(&Event::AttestationSuperseded { attestation: earlier, by: later }));
		assert_eq!(AttestedArtefacts::<Test>::get(1, Digest::repeat_byte(0xB3)), Some(later));
		let third = accepted();
		let again = attest_with(third, |body| body.supersedes = Some(earlier));
		assert_eq!(again, Err(Refusal::SupersedesInvalid));
	});
}

#[test]
fn only_an_attestation_under_the_same_agreement_can_be_replaced() {
	chain().build_and_execute(|| {
		let first = accepted();
		attested(first);
		let earlier = job(first).attestation;
		World::change(|world| world.agreements.get_mut(&2).unwrap().dataset = 1);
		assert_ok!(request(2, PRIVATE, ROWS, RHO));
		accept(2);
		run_to(System::block_number() + 3);
		assert_eq!(attest_with(2, |body| body.supersedes = earlier), Err(Refusal::SupersedesInvalid));
		let unknown = Some(Digest::repeat_byte(1));
		assert_eq!(attest_with(2, |body| body.supersedes = unknown), Err(Refusal::SupersedesInvalid));
	});
}
