//! One part is spoilt at a time; the check that answers for it must notice.

use super::{
	finality::{self, Header},
	fixture::{finalised, handover_log, header, justify, list, sign, voters, Fixture, RHO},
	proof, trust,
	trust::Authorities,
	verify, Outcome,
};
use crate::receipt::Receipt;
use codec::{Decode, Encode};
use semblance_primitives::{
	generation::{AttestationBody, AttestationStatus, GeneratorKind, Job, Level},
	privacy::{epsilon_micro, PrivacyLoss},
	Digest,
};

/// Names of the failed checks.
fn failed(fixture: &Fixture) -> Vec<&'static str> {
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	report.checks.iter().filter(|check| check.outcome == Outcome::Failed).map(|check| check.name).collect()
}

#[test]
fn a_good_receipt_with_all_files_passes_every_check() {
	let fixture = Fixture::good();
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	assert!(report.checks.iter().all(|check| check.outcome == Outcome::Passed), "{report:#?}");
	assert_eq!(report.checks.len(), 14);
}

#[test]
fn a_private_receipt_is_recomputed_from_its_measurement_log() {
	let mut fixture = Fixture::private();
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	assert!(report.checks.iter().all(|check| check.outcome == Outcome::Passed), "{report:#?}");
	assert_eq!(report.checks.len(), 18);
	fixture.evidence.model = None;
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	let passed = |name| report.checks.iter().any(|check| check.name == name && check.outcome == Outcome::Passed);
	assert!(passed("model from the log") && passed("resampling"), "the log alone gives model and table: {report:#?}");
}

#[test]
fn a_private_receipt_without_its_log_says_what_was_not_checked() {
	let mut fixture = Fixture::private();
	fixture.evidence.log = None;
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	assert!(report.is_good());
	let skipped: Vec<_> =
		report.checks.iter().filter(|check| check.outcome == Outcome::Skipped).map(|check| check.name).collect();
	assert_eq!(skipped, ["measurement log", "ledger", "model from the log"]);
}

#[test]
fn a_changed_measurement_log_is_noticed() {
	let length = Fixture::private().evidence.log.unwrap().len();
	for at in [0, length / 2, length - 1] {
		let mut fixture = Fixture::private();
		fixture.evidence.log.as_mut().unwrap()[at] ^= 1;
		assert_eq!(failed(&fixture), ["measurement log", "ledger", "model from the log"], "byte {at}");
	}
}

/// The private fixture with another body and job, properly signed and proven.
fn private_with(change: impl FnOnce(&mut AttestationBody, &mut Job)) -> Fixture {
	changed(Fixture::private(), change)
}

fn changed(good: Fixture, change: impl FnOnce(&mut AttestationBody, &mut Job)) -> Fixture {
	let (mut body, mut job) = (good.attestation.body.clone(), good.job.clone());
	change(&mut body, &mut job);
	job.attestation = Some(body.id(&good.receipt.genesis));
	let attestation = sign(&good.receipt.genesis, body, &job);
	good.with_records(attestation, job)
}

#[test]
fn a_privacy_loss_that_was_not_paid_for_is_noticed() {
	let less = |body: &mut AttestationBody, _: &mut Job| body.privacy.as_mut().unwrap().epsilon_micro -= 1;
	assert_eq!(failed(&private_with(less)), ["privacy loss"]);
	let other_delta = |body: &mut AttestationBody, _: &mut Job| {
		let epsilon_micro = epsilon_micro(RHO, 4);
		body.privacy = Some(PrivacyLoss { rho_micro: RHO, epsilon_micro, delta_exponent: 4 });
	};
	assert_eq!(failed(&private_with(other_delta)), ["ledger"]);
	let cheaper = |body: &mut AttestationBody, job: &mut Job| {
		let (rho_micro, delta_exponent) = (RHO / 2, 5);
		body.privacy = Some(PrivacyLoss { rho_micro, epsilon_micro: epsilon_micro(RHO / 2, 5), delta_exponent });
		job.rho_micro = rho_micro;
	};
	assert_eq!(failed(&private_with(cheaper)), ["ledger"], "the log spent more");
	assert_eq!(failed(&private_with(|_, job| job.kind = GeneratorKind::Aim)), ["ledger"]);
	assert_eq!(failed(&private_with(|_, job| job.kind = GeneratorKind::Ctgan)), ["privacy loss", "ledger"]);
	assert!(failed(&private_with(|body, _| body.privacy = None)).contains(&"privacy loss"));
}

#[test]
fn another_model_than_the_logs_is_noticed() {
	let mut fixture = private_with(|body, _| body.subjects[1].sha3 = Digest::zero());
	fixture.evidence.model = None;
	let failed = failed(&fixture);
	assert!(failed.contains(&"model from the log") && failed.contains(&"sampling seed"), "{failed:?}");
}

#[test]
fn a_receipt_survives_its_file() {
	let fixture = Fixture::good();
	let text = serde_json::to_string(&fixture.receipt).unwrap();
	let receipt: Receipt = serde_json::from_str(&text).unwrap();
	assert!(verify(&receipt, &fixture.trusted, &fixture.evidence).is_good());
}

#[test]
fn missing_files_are_named_and_fail_nothing() {
	let mut fixture = Fixture::good();
	fixture.evidence = Default::default();
	let report = verify(&fixture.receipt, &fixture.trusted, &fixture.evidence);
	assert!(report.is_good());
	let skipped: Vec<_> =
		report.checks.iter().filter(|check| check.outcome == Outcome::Skipped).map(|check| check.name).collect();
	assert_eq!(skipped, ["model", "table", "report", "resampling", "public metrics", "statement"]);
}

#[test]
fn one_flipped_byte_in_any_file_is_noticed_by_its_check() {
	type Pick = fn(&mut super::Evidence) -> &mut Option<Vec<u8>>;
	let files: [(Pick, &str); 4] = [
		(|evidence| &mut evidence.model, "model"),
		(|evidence| &mut evidence.table, "table"),
		(|evidence| &mut evidence.report, "report"),
		(|evidence| &mut evidence.statement, "statement"),
	];
	for (pick, name) in files {
		let length = pick(&mut Fixture::good().evidence).as_ref().unwrap().len();
		for at in [0, length / 2, length - 1] {
			let mut fixture = Fixture::good();
			pick(&mut fixture.evidence).as_mut().unwrap()[at] ^= 1;
			assert!(failed(&fixture).contains(&name), "{name} byte {at}");
		}
	}
}

#[test]
fn any_flipped_byte_of_the_receipt_is_noticed() {
	type Pick = fn(&mut Receipt) -> &mut Vec<u8>;
	let parts: [(Pick, &str); 5] = [
		(|receipt| &mut receipt.attestation_value.0, "storage proof"),
		(|receipt| &mut receipt.job_value.0, "storage proof"),
		(|receipt| &mut receipt.proof[0].0, "storage proof"),
		(|receipt| &mut receipt.last.header.0, "finality"),
		(|receipt| &mut receipt.last.justification.0, "finality"),
	];
	let good = Fixture::good();
	for (pick, name) in parts {
		let length = pick(&mut good.receipt.clone()).len();
		for at in (0..length).step_by(7) {
			let mut receipt = good.receipt.clone();
			pick(&mut receipt)[at] ^= 1;
			let finding =
				if name == "finality" { finality::check(&receipt, &good.trusted) } else { proof::check(&receipt) };
			assert!(finding.is_err(), "{name} byte {at}: {finding:?}");
		}
	}
}

#[test]
fn another_chain_or_another_id_is_noticed() {
	let mut fixture = Fixture::good();
	fixture.trusted.genesis = Digest::zero();
	assert_eq!(failed(&fixture), ["chain"]);
	let mut fixture = Fixture::good();
	fixture.receipt.attestation = Digest::zero();
	assert_eq!(failed(&fixture), ["storage proof", "attestation id", "job"]);
	let mut fixture = Fixture::good();
	fixture.receipt.genesis = Digest::zero();
	for name in ["chain", "attestation id", "signature", "statement"] {
		assert!(failed(&fixture).contains(&name), "{name}");
	}
}

#[test]
fn an_unproven_job_is_noticed() {
	let mut fixture = Fixture::good();
	fixture.receipt.job = 8;
	assert_eq!(failed(&fixture), ["storage proof", "job"]);
	let mut fixture = Fixture::good();
	fixture.receipt.proof.clear();
	assert_eq!(failed(&fixture), ["storage proof"]);
}

#[test]
fn a_signature_of_another_key_or_over_another_attempt_is_noticed() {
	let good = Fixture::good();
	let mut forged = good.attestation.clone();
	forged.key = Digest::repeat_byte(1);
	let job = good.job.clone();
	assert_eq!(failed(&good.with_records(forged, job)), ["signature"]);
	let good = Fixture::good();
	let (attestation, mut job) = (good.attestation.clone(), good.job.clone());
	job.deadline += 1;
	assert_eq!(failed(&good.with_records(attestation, job)), ["signature"]);
}

#[test]
fn a_job_that_says_otherwise_is_noticed() {
	let good = Fixture::good();
	let (attestation, mut job) = (good.attestation.clone(), good.job.clone());
	job.rows += 1;
	assert_eq!(failed(&good.with_records(attestation, job)), ["job", "statement"]);
}

#[test]
fn a_claimed_rejected_or_replaced_attestation_does_not_verify() {
	for (level, status) in [
		(Level::Claimed, AttestationStatus::Standing),
		(Level::Bound, AttestationStatus::Rejected),
		(Level::Bound, AttestationStatus::Superseded),
	] {
		let good = Fixture::good();
		let (mut attestation, job) = (good.attestation.clone(), good.job.clone());
		(attestation.level, attestation.status) = (level, status);
		assert_eq!(failed(&good.with_records(attestation, job)), ["standing"]);
	}
}

#[test]
fn a_chosen_seed_is_noticed_even_when_everything_is_signed_anew() {
	let good = Fixture::good();
	let mut body = good.attestation.body.clone();
	body.sampling_seed = Digest::repeat_byte(0x77);
	let mut job = good.job.clone();
	job.attestation = Some(body.id(&good.receipt.genesis));
	let attestation = sign(&good.receipt.genesis, body, &job);
	assert_eq!(
		failed(&good.with_records(attestation, job)),
		["sampling seed", "resampling", "public metrics", "statement"]
	);
}

#[test]
fn flattered_metrics_are_noticed_even_when_everything_is_signed_anew() {
	let good = Fixture::good();
	let mut body = good.attestation.body.clone();
	assert!(!body.metrics.is_empty());
	body.metrics.iter_mut().for_each(|metric| metric.value_ppm += 1);
	let mut job = good.job.clone();
	job.attestation = Some(body.id(&good.receipt.genesis));
	let attestation = sign(&good.receipt.genesis, body, &job);
	assert_eq!(failed(&good.with_records(attestation, job)), ["public metrics"]);
}

/// The fixture's last header, justified by these voters in this set.
fn justified_by(names: &[&str], set_id: u64) -> Fixture {
	let mut fixture = Fixture::good();
	let header = Header::decode(&mut &*fixture.receipt.last.header.0).unwrap();
	fixture.receipt.last = finalised(&header, &justify(&header, &voters(names), set_id));
	fixture
}

#[test]
fn three_of_four_authorities_finalise_and_two_do_not() {
	assert!(failed(&justified_by(&["Alice", "Bob", "Dave"], 0)).is_empty());
	assert_eq!(failed(&justified_by(&["Alice", "Bob"], 0)), ["finality"]);
	assert_eq!(failed(&justified_by(&[], 0)), ["finality"]);
}

#[test]
fn votes_count_once_and_strangers_and_other_sets_do_not_count() {
	assert_eq!(failed(&justified_by(&["Alice", "Alice", "Alice", "Alice"], 0)), ["finality"]);
	assert_eq!(failed(&justified_by(&["Alice", "Bob", "Charlie", "Eve"], 0)), ["finality"]);
	assert_eq!(failed(&justified_by(&["Alice", "Bob", "Charlie", "Dave"], 1)), ["finality"]);
}

#[test]
fn votes_for_descendants_count_with_their_ancestry_only() {
	let fixture = Fixture::good();
	let target = Header::decode(&mut &*fixture.receipt.last.header.0).unwrap();
	let mut child = header(31, Digest::zero(), vec![]);
	child.parent_hash = target.hash();
	let mut justification = justify(&child, &fixture.voters, 0);
	justification.commit.target_hash = target.hash();
	justification.commit.target_number = target.number;
	let mut receipt = fixture.receipt.clone();
	receipt.last = finalised(&target, &justification);
	assert!(finality::check(&receipt, &fixture.trusted).unwrap_err().contains("descendant"));
	justification.votes_ancestries = vec![child];
	receipt.last = finalised(&target, &justification);
	assert!(finality::check(&receipt, &fixture.trusted).is_ok());
}

/// A receipt of the third set: two handovers, each signed by the set before it.
fn handed_over() -> Fixture {
	let mut fixture = Fixture::good();
	let (second, third) = (voters(&["Eve", "Ferdie"]), voters(&["One", "Two", "Three"]));
	let first_end = header(10, Digest::zero(), vec![handover_log(&second)]);
	let second_end = header(20, Digest::zero(), vec![handover_log(&third)]);
	let last = Header::decode(&mut &*fixture.receipt.last.header.0).unwrap();
	fixture.receipt.handovers = vec![
		finalised(&first_end, &justify(&first_end, &fixture.voters, 0)),
		finalised(&second_end, &justify(&second_end, &second, 1)),
	];
	fixture.receipt.last = finalised(&last, &justify(&last, &third, 2));
	fixture
}

#[test]
fn handovers_lead_from_the_first_authorities_to_the_last() {
	let fixture = handed_over();
	assert!(finality::check(&fixture.receipt, &fixture.trusted).is_ok());
	// Who trusts the last set already needs no handover.
	let trusted = Authorities::new(fixture.trusted.genesis, 2, &list(&voters(&["One", "Two", "Three"])));
	assert!(finality::check(&fixture.receipt, &trusted).is_ok());
}

#[test]
fn a_missing_reordered_or_self_signed_handover_is_noticed() {
	let check = |spoil: fn(&mut Receipt)| {
		let mut fixture = handed_over();
		spoil(&mut fixture.receipt);
		finality::check(&fixture.receipt, &fixture.trusted)
	};
	assert!(check(|receipt| drop(receipt.handovers.pop())).is_err());
	assert!(check(|receipt| receipt.handovers.swap(0, 1)).is_err());
	assert!(check(|receipt| drop(receipt.handovers.remove(0))).is_err());
	let usurped = check(|receipt| {
		let usurpers = voters(&["Mallory"]);
		let end = header(10, Digest::zero(), vec![handover_log(&usurpers)]);
		receipt.handovers[0] = finalised(&end, &justify(&end, &usurpers, 0));
	});
	assert!(usurped.unwrap_err().contains("no authority"));
	let without_log = check(|receipt| {
		let end = header(10, Digest::zero(), vec![]);
		receipt.handovers[0] = finalised(&end, &justify(&end, &voters(&["Alice", "Bob", "Charlie"]), 0));
	});
	assert!(without_log.unwrap_err().contains("nobody"));
}

/// A raw specification whose state has these authorities and one value more.
fn chain_spec(extra: &str) -> Vec<u8> {
	let hexadecimal = semblance_client::hexadecimal;
	let authorities = list(&voters(&["Alice", "Bob", "Charlie", "Dave"])).encode();
	let key = hexadecimal(&semblance_client::keys::plain("Grandpa", "Authorities"));
	let spec = serde_json::json!({
		"name": "test",
		"genesis": { "raw": { "top": { key: hexadecimal(&authorities), "0x01": extra }, "childrenDefault": {} } },
	});
	serde_json::to_vec(&spec).unwrap()
}

#[test]
fn a_specification_gives_authorities_and_its_own_genesis_hash() {
	let one = Authorities::of_chain_spec(&chain_spec("0x02")).unwrap();
	assert_eq!(one.authorities, Fixture::good().trusted.authorities);
	assert_eq!(one.set_id, 0);
	let other = Authorities::of_chain_spec(&chain_spec("0x03")).unwrap();
	assert_ne!(one.genesis, other.genesis);
}

#[test]
fn specifications_that_prove_nothing_are_refused() {
	for bad in ["", "{}", r#"{"genesis":{"runtimeGenesis":{}}}"#, r#"{"genesis":{"raw":{"top":{}}}}"#] {
		assert!(Authorities::of_chain_spec(bad.as_bytes()).is_err(), "{bad}");
	}
	assert!(Authorities::of_chain_spec(&chain_spec("0xzz")).is_err());
}

#[test]
fn receipt_and_trust_of_different_chains_are_told_apart() {
	let fixture = Fixture::good();
	let mut trusted = fixture.trusted.clone();
	assert!(trust::same_chain(&fixture.receipt, &trusted).is_ok());
	trusted.genesis = Digest::zero();
	assert!(trust::same_chain(&fixture.receipt, &trusted).is_err());
}

mod trained;

mod hostile {
	use super::*;
	use proptest::prelude::*;
	use sp_core::Bytes;

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(64))]

		#[test]
		fn receipts_of_any_bytes_fail_without_panic(
			value in proptest::collection::vec(any::<u8>(), 0..200),
			node in proptest::collection::vec(any::<u8>(), 0..200),
		) {
			let good = Fixture::good();
			let mut receipt = good.receipt.clone();
			receipt.attestation_value = Bytes(value.clone());
			receipt.job_value = Bytes(value.clone());
			receipt.proof = vec![Bytes(node.clone())];
			receipt.last = crate::receipt::FinalisedHeader { header: Bytes(node), justification: Bytes(value.clone()) };
			receipt.handovers = vec![receipt.last.clone()];
			let evidence = super::super::Evidence { model: Some(value.clone()), statement: Some(value), ..Default::default() };
			prop_assert!(!verify(&receipt, &good.trusted, &evidence).is_good());
		}
	}
}
