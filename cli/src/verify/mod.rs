//! Checks of an attestation that a stranger can repeat, each one small and for itself.
//!
//! ```text
//! trusted authorities ──sign──▶ header ──state root──▶ attestation and job ──digests──▶ model, table, report, statement
//!                                                       └─ beacon, model digest, rows ──▶ seed ──model──▶ table
//!                                  measurement log ──fit, no data──▶ model; its ledger ──▶ privacy loss
//!                                  training log ──accountant──▶ privacy loss; its noisy counts ──▶ the model's vocabulary
//! ```
//! Nothing here asks the network, and nothing that a file says is believed before it was checked.

pub mod artefacts;
pub mod finality;
pub mod privacy;
pub mod proof;
pub mod record;
pub mod sampling;
pub mod statement;
pub mod training;
pub mod trust;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use crate::receipt::{Receipt, FORMAT};
use semblance_primitives::generation::{AttestationBody, Job, SubjectRole};
use serde::Serialize;
use trust::Authorities;

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
	/// It holds.
	Passed,
	/// It does not hold.
	Failed,
	/// It could not be made, because a file was not given.
	Skipped,
}

/// One check in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
	/// Its name.
	pub name: &'static str,
	/// How it ended.
	pub outcome: Outcome,
	/// What that means.
	pub text: String,
}

/// All checks in their order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Default)]
pub struct Report {
	/// The checks.
	pub checks: Vec<Check>,
}

/// Files that the attestation speaks of, as far as there are any.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
	/// The canonical statement.
	pub statement: Option<Vec<u8>>,
	/// The log of a differentially private generator.
	pub log: Option<Vec<u8>>,
	/// The fitted model.
	pub model: Option<Vec<u8>>,
	/// The synthetic table.
	pub table: Option<Vec<u8>>,
	/// The report.
	pub report: Option<Vec<u8>>,
}

/// A check's result before it has a name: words for what holds, or for what does not.
pub type Finding = Result<String, String>;

impl Report {
	fn add(&mut self, name: &'static str, finding: Finding) {
		let (outcome, text) = match finding {
			Ok(text) => (Outcome::Passed, text),
			Err(text) => (Outcome::Failed, text),
		};
		self.checks.push(Check { name, outcome, text });
	}

	fn skip(&mut self, name: &'static str, option: &str) {
		let text = format!("not checked; give {option}");
		self.checks.push(Check { name, outcome: Outcome::Skipped, text });
	}

	/// Whether no check failed.
	pub fn is_good(&self) -> bool {
		self.checks.iter().all(|check| check.outcome != Outcome::Failed)
	}
}

/// Privacy loss and log, of attestations that have one of them. Gives the model fitted from the log, if one can be.
fn check_privacy(report: &mut Report, body: &AttestationBody, job: &Job, evidence: &Evidence) -> Option<Vec<u8>> {
	let attested = body.subjects.iter().map(|subject| subject.role).find(SubjectRole::is_log);
	if body.privacy.is_none() && attested.is_none() && evidence.log.is_none() {
		return None;
	}
	report.add("privacy loss", privacy::check_loss(body, job));
	match attested.or(job.kind.log_role()) {
		Some(SubjectRole::TrainingLog) => {
			check_training(report, body, job, evidence);
			None
		},
		_ => check_measurements(report, body, job, evidence),
	}
}

/// Of a measurement log everything else follows.
fn check_measurements(report: &mut Report, body: &AttestationBody, job: &Job, evidence: &Evidence) -> Option<Vec<u8>> {
	let Some(log) = &evidence.log else {
		["measurement log", "ledger", "model from the log"].into_iter().for_each(|name| report.skip(name, "--log"));
		return None;
	};
	report.add("measurement log", artefacts::check(body, SubjectRole::MeasurementLog, log));
	let found = privacy::check_log(body, job, log);
	report.add("ledger", found.ledger);
	report.add("model from the log", found.refit);
	found.model
}

/// Of a training log the cost follows, and what the model's tokens stand for.
fn check_training(report: &mut Report, body: &AttestationBody, job: &Job, evidence: &Evidence) {
	let Some(log) = &evidence.log else {
		["training log", "ledger", "vocabulary"].into_iter().for_each(|name| report.skip(name, "--log"));
		return;
	};
	report.add("training log", artefacts::check(body, SubjectRole::TrainingLog, log));
	let found = training::check_log(body, job, log, evidence.model.as_deref());
	report.add("ledger", found.ledger);
	match found.vocabulary {
		Some(finding) => report.add("vocabulary", finding),
		None => report.skip("vocabulary", "--model"),
	}
}

/// Makes all checks that the given files allow.
pub fn verify(receipt: &Receipt, trusted: &Authorities, evidence: &Evidence) -> Report {
	let mut report = Report::default();
	if receipt.format != FORMAT {
		report
			.add("receipt", Err(format!("format {} is unknown to this release, which reads {FORMAT}", receipt.format)));
		return report;
	}
	report.add("chain", trust::same_chain(receipt, trusted));
	report.add("finality", finality::check(receipt, trusted));
	report.add("storage proof", proof::check(receipt));
	let (attestation, job) = match record::read(receipt) {
		Ok(records) => records,
		Err(problem) => {
			report.add("record", Err(problem));
			return report;
		},
	};
	let body = &attestation.body;
	report.add("attestation id", record::check_id(receipt, body));
	report.add("job", record::check_job(receipt, body, &job));
	report.add("signature", record::check_signature(receipt, &attestation, &job));
	report.add("standing", record::check_standing(&attestation));
	let refitted = check_privacy(&mut report, body, &job, evidence);
	let files = [
		("model", SubjectRole::Model, &evidence.model, "--model"),
		("table", SubjectRole::SyntheticTable, &evidence.table, "--table"),
		("report", SubjectRole::Report, &evidence.report, "--report"),
	];
	for (name, role, file, option) in files {
		match file {
			Some(content) => report.add(name, artefacts::check(body, role, content)),
			None => report.skip(name, option),
		}
	}
	report.add("sampling seed", sampling::check_seed(body));
	match evidence.model.as_ref().or(refitted.as_ref()) {
		Some(model) => {
			let (table, metrics) = sampling::check_resampling(body, model);
			report.add("resampling", table);
			report.add("public metrics", metrics);
		},
		None => {
			report.skip("resampling", "--model");
			report.skip("public metrics", "--model");
		},
	}
	match &evidence.statement {
		Some(content) => report.add("statement", statement::check(receipt, body, &job, content)),
		None => report.skip("statement", "--statement"),
	}
	report
}
