//! What the measurement log says of its noise.

use super::{
	frame::number_of_level,
	noise::{ColumnNoise, PairNoise, ReleaseNoise},
};
use crate::{
	encode::{ColumnDomain, LevelKind},
	error::SynthesisError,
	mechanism::{Measurement, MeasurementLog},
	number,
	schema::{Column, ColumnKind},
};
use std::collections::BTreeMap;

impl MeasurementLog {
	/// What a corrected interval has to know of this release, for a table of `synthetic_rows` rows drawn from its model.
	///
	/// The real rows are estimated by the inverse-variance mean of the columns' totals. A column has the noise of its own
	/// counts; a pair measured several times that of the inverse-variance mean. Joint counts of three columns and more are
	/// not used, so the noise is, if anything, stated too large. Joint counts are of groups of levels: within a group
	/// nothing was measured of a pair.
	///
	/// # Errors
	/// [`SynthesisError`] if the log's bins are not those of its schema.
	pub fn release_noise(&self, synthetic_rows: u64) -> Result<ReleaseNoise, SynthesisError> {
		let domain = self.domain()?;
		let columns = self.schema().columns.iter().zip(self.one_way()).enumerate();
		let columns = columns.filter_map(|(at, (column, measured))| {
			let centres = centres(column, domain.column(at)?);
			(!centres.is_empty()).then(|| ColumnNoise {
				column: column.name.clone(),
				sigma_per_count: sigma(measured),
				centres,
			})
		});
		Ok(ReleaseNoise {
			real_rows_estimate: real_rows(self.one_way()),
			synthetic_rows,
			columns: columns.collect(),
			pairs: self.pairs(),
		})
	}

	fn pairs(&self) -> Vec<PairNoise> {
		let mut precision: BTreeMap<(usize, usize), f64> = BTreeMap::new();
		for measured in self.joint() {
			if let [a, b] = measured.columns.as_slice() {
				*precision.entry((*a, *b)).or_default() += 1.0 / (sigma(measured) * sigma(measured));
			}
		}
		let name = |at: usize| self.schema().columns.get(at).map(|column| column.name.clone());
		let pair = |((a, b), precision): ((usize, usize), f64)| {
			Some(PairNoise { columns: [name(a)?, name(b)?], sigma_per_count: 1.0 / precision.sqrt() })
		};
		precision.into_iter().filter_map(pair).collect()
	}
}

fn sigma(measured: &Measurement) -> f64 {
	measured.sigma_milli as f64 / 1000.0
}

/// Inverse-variance mean of the totals; a total of L counts has the variance L·σ². At least 1.
fn real_rows(one_way: &[Measurement]) -> f64 {
	let (mut sum, mut weights) = (0.0, 0.0);
	for measured in one_way {
		let weight = 1.0 / (measured.counts.len() as f64 * sigma(measured) * sigma(measured));
		sum += weight * measured.counts.iter().map(|count| *count as f64).sum::<f64>();
		weights += weight;
	}
	(sum / weights).max(1.0)
}

/// Centres of the levels that hold a value, in the column's unit; 0 for categories that are no numbers.
fn centres(column: &Column, levels: &ColumnDomain) -> Vec<f64> {
	let codes = (0..u32::try_from(levels.size()).unwrap_or(u32::MAX))
		.filter(|level| matches!(levels.kind(*level), Some(LevelKind::Regular | LevelKind::Spike)))
		.filter_map(|level| levels.bounds(level));
	match &column.kind {
		ColumnKind::Categorical { levels } => {
			let value = |code: i64| usize::try_from(code).ok().and_then(|at| number_of_level(levels.get(at)?));
			codes.map(|(code, _)| value(code).unwrap_or(0.0)).collect()
		},
		_ => {
			let value = |code: i64| number::to_f64(code, column.scale());
			codes.map(|(low, high)| (value(low) + value(high)) / 2.0).collect()
		},
	}
}

#[cfg(test)]
mod tests {
	use crate::statistics::{describe, Summary};
	use crate::{measure, simulate, GeneratorKind, MeasureOptions, MeasurementLog, NoProgress, Table};

	fn log() -> (Table, MeasurementLog) {
		let cohort = simulate(400, [4; 32]).unwrap();
		let mut schema = cohort.schema;
		schema.confirm();
		let table = Table::parse_csv(&cohort.csv, "cohort.csv", &schema).unwrap();
		let options = MeasureOptions { rho_micro: 2_000_000, rows_per_patient: 10, ..MeasureOptions::default() };
		let log = measure(GeneratorKind::Mst, &table, &options, [5; 32], &mut NoProgress).unwrap();
		(table, log)
	}

	#[test]
	fn the_logs_noise_is_described_column_by_column_and_pair_by_pair() {
		let (table, log) = log();
		let noise = log.release_noise(700).unwrap();
		noise.validate().unwrap();
		assert_eq!(noise.synthetic_rows, 700);
		let rows = table.rows() as f64;
		assert!((noise.real_rows_estimate - rows).abs() < 0.1 * rows, "{} of {rows}", noise.real_rows_estimate);
		assert_eq!(noise.columns.len(), log.schema().columns.len());
		for (column, measured) in noise.columns.iter().zip(log.one_way()) {
			assert_eq!(column.sigma_per_count, measured.sigma_milli as f64 / 1000.0);
			assert!(column.centres.len() <= measured.counts.len());
		}
		assert!(!noise.pairs.is_empty() && noise.pairs.len() <= log.joint().len());
		let age = noise.columns.iter().find(|column| column.column == "age").unwrap();
		assert!(age.centres.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", age.centres);
	}

	#[test]
	fn an_interval_with_the_logs_noise_is_wider_than_the_naive_one() {
		let (_, log) = log();
		let table = log.fit(&mut NoProgress).unwrap().sample([6; 32], 5_000, &mut NoProgress).unwrap();
		let noise = log.release_noise(5_000).unwrap();
		let described = describe(&table, &["age"], None, Some(&noise)).unwrap();
		let Some(Summary::Numeric(age)) = &described.parts[0].columns[0].summary else { panic!("{described:?}") };
		let (naive, corrected) = (age.mean_interval.unwrap(), age.correction.corrected.unwrap());
		assert!(corrected.high - corrected.low > naive.high - naive.low, "{naive:?} {corrected:?}");
	}
}
