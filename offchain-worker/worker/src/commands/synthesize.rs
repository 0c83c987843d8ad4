//! `semblance-worker synthesize`

use super::{
	drawn::Drawn,
	files::{self, NamedColumns},
	progress::Bar,
	training::StateFile,
};
use crate::jobs::{
	check::{Settings, DEFAULT_HOLD_OUT_PPM},
	learning,
};
use codec::Encode;
use semblance_primitives::{
	commitment::sha3_256,
	privacy::{epsilon_micro, rho_micro_for},
	seeds, Digest,
};
use semblance_synthesis::{GeneratorKind, MeasureOptions, Table, MAX_DELTA_EXPONENT};
use std::{path::PathBuf, time::Instant};

/// Learn from a table and write a synthetic one, without a chain.
#[derive(Debug, clap::Args)]
pub struct Synthesize {
	/// CSV file to learn from.
	#[arg(long = "in")]
	input: PathBuf,
	/// Its schema; inferred if not given. The private generators need one that a person has confirmed.
	#[arg(long)]
	schema: Option<PathBuf>,
	/// Generator, see `semblance-worker generators`.
	#[arg(long, default_value = "gaussian-copula")]
	generator: GeneratorKind,
	#[command(flatten)]
	privacy: Privacy,
	/// Rows to make.
	#[arg(long)]
	rows: u32,
	/// Conditions that every row meets, for example "age >= 65, sex = F"; for mst, aim and the language models.
	#[arg(long = "where", value_name = "CONDITIONS")]
	conditions: Option<String>,
	/// Seed, hexadecimal; the same data and seed give the same bytes. Of private generators it must stay secret, and be 32 random
	/// bytes: who knows it takes the noise off.
	#[arg(long, value_parser = files::seed)]
	seed: [u8; 32],
	/// Folder for model.bin, card.json, table.csv, schema.json and summary.json; of mst and aim also measurement.log, of
	/// tabular-lm-dp training.log. While a network is trained its state is kept there, and the same command goes on from it after
	/// a kill.
	#[arg(long)]
	out: PathBuf,
}

/// What the private generators may spend, and how.
#[derive(Debug, clap::Args)]
pub struct Privacy {
	/// Privacy budget as ε at δ = 10^-N, for example 1.
	#[arg(long, value_parser = files::micro, conflicts_with = "rho")]
	epsilon: Option<u64>,
	/// Privacy budget as ρ (zCDP), for example 0.03.
	#[arg(long, value_parser = files::micro)]
	rho: Option<u64>,
	/// δ = 10^-N; it must be below one in the number of rows.
	#[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=i64::from(MAX_DELTA_EXPONENT)))]
	delta_exponent: u8,
	/// Most rows of one patient that are used; the noise grows with it [default: 1].
	#[arg(long, value_name = "K")]
	rows_per_patient: Option<u32>,
	/// Most groups of levels that a column has in joint counts.
	#[arg(long)]
	resolution: Option<u32>,
	/// Most cells of the model.
	#[arg(long)]
	max_cells: Option<u32>,
	/// Whether every column is measured with the schema's target, whatever the data choose [default: false].
	#[arg(long)]
	target_edges: Option<bool>,
}

impl Privacy {
	/// The settings, for exactly those generators that spend a budget.
	pub fn settings(&self, kind: GeneratorKind) -> anyhow::Result<Settings> {
		let given = self.rho.or(self.epsilon.map(|epsilon| rho_micro_for(epsilon, self.delta_exponent)));
		let privacy = match (kind.is_private(), given) {
			(false, None) => None,
			(false, Some(_)) => {
				anyhow::bail!("{kind} spends no privacy budget. Leave out --epsilon and --rho, or use a private generator: mst, aim or tabular-lm-dp")
			},
			(true, None) => anyhow::bail!("{kind} spends a privacy budget. Give --epsilon, for example 1, or --rho"),
			(true, Some(_)) if !kind.is_measured() && (self.max_cells.is_some() || self.target_edges.is_some()) => {
				anyhow::bail!("{kind} counts nothing jointly. Leave out --max-cells and --target-edges")
			},
			(true, Some(rho_micro)) => Some(self.private(rho_micro)),
		};
		Ok(Settings { kind, hold_out_ppm: DEFAULT_HOLD_OUT_PPM, privacy })
	}

	fn private(&self, rho_micro: u64) -> MeasureOptions {
		let defaults = MeasureOptions::default();
		MeasureOptions {
			rho_micro,
			delta_exponent: self.delta_exponent,
			rows_per_patient: self.rows_per_patient.unwrap_or(defaults.rows_per_patient),
			resolution: self.resolution.unwrap_or(defaults.resolution),
			max_cells: self.max_cells.unwrap_or(defaults.max_cells),
			target_edges: self.target_edges.unwrap_or(defaults.target_edges),
		}
	}
}

impl Synthesize {
	pub fn run(self) -> anyhow::Result<()> {
		let settings = self.privacy.settings(self.generator)?;
		let csv = files::read(&self.input)?;
		let name = files::name(&self.input);
		let schema = files::schema(self.schema.as_deref(), &csv, &name, NamedColumns::default())?;
		let training = Table::parse_csv(&csv, &name, &schema)?;
		if settings.privacy.is_some() && self.seed.iter().take(16).all(|byte| *byte == 0) {
			eprintln!(
				"note: the seed is short. Whoever guesses it takes the noise off; use 32 random bytes for real data"
			);
		}
		let began = Instant::now();
		let mut bar = Bar::new();
		let noise_seed = sha3_256(&("semblance/standalone/noise/1", self.seed).encode());
		files::folder(&self.out)?;
		let mut state = StateFile::in_folder(&self.out);
		let learnt = learning::learn(&settings, &training, noise_seed.to_fixed_bytes(), &mut state, &mut bar)?;
		state.forget();
		let model_digest = sha3_256(&learnt.model.to_bytes());
		let sampling_seed = seeds::sampling_seed(&Digest::from(self.seed), &model_digest, self.rows);
		let drawn = Drawn::from_model(&learnt.model, sampling_seed, self.rows, self.conditions.as_deref(), &mut bar)?;
		drop(bar);
		let seconds = began.elapsed().as_secs_f64();
		let mut summary = drawn.summary();
		if let (Some(log), Some(privacy)) = (&learnt.log, settings.privacy) {
			let bytes = log.to_bytes();
			files::write(&self.out.join(log.file_name()), &bytes)?;
			let loss = serde_json::json!({
				"rho_micro": privacy.rho_micro,
				"epsilon_micro": epsilon_micro(privacy.rho_micro, privacy.delta_exponent),
				"delta_exponent": privacy.delta_exponent,
				"rows_per_patient": privacy.rows_per_patient,
			});
			files::put(&mut summary, "log_sha3", serde_json::json!(sha3_256(&bytes)));
			files::put(&mut summary, "privacy", loss);
		}
		drawn.write(&self.out, &summary)?;
		eprintln!("{} rows from {} rows in {seconds:.2} s: {}", self.rows, training.rows(), self.out.display());
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Parser)]
	struct Line {
		#[command(flatten)]
		privacy: Privacy,
	}

	fn settings(kind: GeneratorKind, options: &[&str]) -> anyhow::Result<Settings> {
		let line = Line::try_parse_from(std::iter::once("synthesize").chain(options.iter().copied()))?;
		line.privacy.settings(kind)
	}

	#[test]
	fn a_budget_is_given_as_epsilon_or_rho_to_private_generators_only() {
		let rho = |options: &[&str]| settings(GeneratorKind::Mst, options).unwrap().privacy.unwrap().rho_micro;
		assert_eq!(rho(&["--epsilon", "1"]), 30_556);
		assert_eq!(rho(&["--rho", "0.03"]), 30_000);
		assert!(rho(&["--epsilon", "1", "--delta-exponent", "9"]) < 30_000);
		assert!(settings(GeneratorKind::Mst, &["--epsilon", "1", "--rho", "1"]).is_err());
		assert!(settings(GeneratorKind::Mst, &[]).is_err());
		assert!(settings(GeneratorKind::GaussianCopula, &["--epsilon", "1"]).is_err());
		assert_eq!(settings(GeneratorKind::GaussianCopula, &[]).unwrap().privacy, None);
	}

	#[test]
	fn settings_that_are_not_given_are_the_librarys() {
		let chosen = settings(GeneratorKind::Aim, &["--rho", "1", "--rows-per-patient", "4", "--target-edges", "true"]);
		let defaults = MeasureOptions { rho_micro: 1_000_000, ..MeasureOptions::default() };
		let expected = MeasureOptions { rows_per_patient: 4, target_edges: true, ..defaults };
		assert_eq!(chosen.unwrap().privacy, Some(expected));
	}

	#[test]
	fn settings_of_joint_counts_are_refused_where_nothing_is_counted_jointly() {
		for option in [["--max-cells", "5000"], ["--target-edges", "true"]] {
			let given = [&["--rho", "1"][..], &option].concat();
			assert!(settings(GeneratorKind::TabularLmDp, &given).is_err());
			assert!(settings(GeneratorKind::Aim, &given).is_ok());
		}
	}
}
