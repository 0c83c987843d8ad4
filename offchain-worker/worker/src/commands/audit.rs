//! `semblance-worker audit`

use super::{
	files::{self, NamedColumns},
	progress::Bar,
	synthesize::Privacy,
};
use semblance_primitives::privacy::epsilon_micro;
use semblance_synthesis::{
	audit::{audit_release, audit_training, AuditPlan},
	GeneratorKind, Table,
};
use std::path::PathBuf;

/// Audit a private generator from below: attack one run of it on your table. Exit code 1 if the attack proves that ε is
/// larger than stated.
///
/// Rare records, canaries, are put into the table by fair coins; the generator learns from it, and an attacker who knows every
/// row but not the coins guesses them from the measurement log, or from how much likelier training made each (Steinke, Nasr and
/// Jagielski 2023). The run is thrown away.
/// A bound below the stated ε proves nothing: a better attack may exist.
#[derive(Debug, clap::Args)]
pub struct Audit {
	/// CSV file with the rows that are there besides the canaries; every row counts as a patient.
	#[arg(long = "in")]
	input: PathBuf,
	/// Its schema, confirmed by a person.
	#[arg(long)]
	schema: PathBuf,
	/// mst, aim or tabular-lm-dp.
	#[arg(long)]
	generator: GeneratorKind,
	#[command(flatten)]
	privacy: Privacy,
	/// Canaries; half of them are put into the table.
	#[arg(long, default_value_t = 400)]
	canaries: usize,
	/// Guesses, those that the attacker is surest of.
	#[arg(long, default_value_t = 100)]
	guesses: usize,
	/// Confidence of the bound, between 0 and 1.
	#[arg(long, default_value_t = 0.95)]
	confidence: f64,
	/// Seed of canaries, coins and noise, hexadecimal.
	#[arg(long, value_parser = files::seed)]
	seed: [u8; 32],
}

impl Audit {
	pub fn run(self) -> anyhow::Result<()> {
		let settings = self.privacy.settings(self.generator)?;
		let Some(privacy) = settings.privacy else {
			anyhow::bail!("{} has no ε to audit. Use mst, aim or tabular-lm-dp", self.generator)
		};
		let csv = files::read(&self.input)?;
		let name = files::name(&self.input);
		let schema = files::schema(Some(&self.schema), &csv, &name, NamedColumns::default())?;
		let table = Table::parse_csv(&csv, &name, &schema)?;
		let Self { canaries, guesses, confidence, seed, .. } = self;
		let mut bar = Bar::new();
		let plan = AuditPlan { canaries, guesses, confidence, seed };
		let found = match self.generator.is_measured() {
			true => audit_release(self.generator, &table, &privacy, plan, &mut bar)?,
			false => audit_training(&table, &privacy, plan, &mut bar)?,
		};
		drop(bar);
		let stated = epsilon_micro(privacy.rho_micro, privacy.delta_exponent) as f64 / 1e6;
		files::print(
			&serde_json::json!({
				"generator": self.generator.name(),
				"epsilon": stated,
				"delta_exponent": privacy.delta_exponent,
				"rho_micro": privacy.rho_micro,
				"epsilon_lower_bound": found.epsilon_lower_bound,
				"confidence": confidence,
				"guesses": found.guesses,
			})
			.to_string(),
		)?;
		verdict(found.epsilon_lower_bound, stated, confidence)
	}
}

/// An error, from which the exit code 1 comes, if the bound proves that ε is larger than stated.
fn verdict(lower_bound: f64, stated: f64, confidence: f64) -> anyhow::Result<()> {
	anyhow::ensure!(
		lower_bound <= stated,
		"with confidence {confidence} ε is at least {lower_bound:.3}, and {stated:.3} is stated. Release nothing of this generator, and report the defect"
	);
	Ok(())
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;
	use semblance_synthesis::{simulate_shaped, CohortShape};

	#[derive(Parser)]
	struct Line {
		#[command(flatten)]
		audit: Audit,
	}

	fn audit(patients: u32, options: &[&str]) -> anyhow::Result<()> {
		let folder = tempfile::tempdir()?;
		let cohort = simulate_shaped(CohortShape::Census, patients, [5; 32])?;
		let (input, schema) = (folder.path().join("in.csv"), folder.path().join("schema.json"));
		files::write(&input, &cohort.csv)?;
		files::write(&schema, &cohort.schema.to_canonical_json())?;
		let paths = ["audit", "--in", input.to_str().unwrap(), "--schema", schema.to_str().unwrap(), "--seed", "9"];
		Line::try_parse_from(paths.iter().chain(options))?.audit.run()
	}

	#[test]
	fn a_generator_keeps_what_it_states_and_one_without_a_budget_is_refused() {
		audit(1_500, &["--generator", "mst", "--epsilon", "1"]).unwrap();
		let few = ["--canaries", "100", "--guesses", "40"];
		audit(200, &[["--generator", "tabular-lm-dp", "--epsilon", "1"].as_slice(), &few].concat()).unwrap();
		let refused = audit(20, &["--generator", "gaussian-copula"]).unwrap_err().to_string();
		assert!(refused.contains("mst, aim or tabular-lm-dp"), "{refused}");
	}

	#[test]
	fn a_proven_epsilon_above_the_stated_one_is_an_error_and_one_at_it_is_none() {
		let broken = verdict(1.25, 1.0, 0.95).unwrap_err().to_string();
		assert!(broken.contains("at least 1.250") && broken.contains("1.000 is stated"), "{broken}");
		verdict(1.0, 1.0, 0.95).unwrap();
		verdict(0.0, 1.0, 0.95).unwrap();
	}
}
