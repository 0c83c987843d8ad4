//! The metrics equal those of sdmetrics 0.32 on the same tables. The expected numbers are what
//! `tests/sdmetrics_reference.py` prints for the tables of `examples/reference_tables.rs`.

use semblance_synthesis::{evaluate, fit, simulate, GeneratorKind, MetricId, NoProgress, Schema, Table};

const TOLERANCE: f64 = 1e-4;

fn tables(kind: GeneratorKind) -> (Table, Table) {
	let cohort = simulate(100, [7; 32]).unwrap();
	let real = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
	let model = fit(kind, &real, [1; 32], &mut NoProgress).unwrap();
	let synthetic = model.sample([2; 32], 300, &mut NoProgress).unwrap();
	(real, synthetic)
}

/// The table with these columns only. Simulated cells need no quotes.
fn project(table: &Table, names: &[&str]) -> Table {
	let schema = table.schema();
	let places: Vec<usize> = names.iter().map(|n| schema.position(n).unwrap()).collect();
	let csv = String::from_utf8(table.to_canonical_csv()).unwrap();
	let lines: Vec<String> = csv
		.lines()
		.map(|line| {
			let cells: Vec<&str> = line.split(',').collect();
			let kept: Vec<&str> = places.iter().map(|at| cells[*at]).collect();
			kept.join(",")
		})
		.collect();
	let schema = Schema {
		patient_column: None,
		time_column: None,
		target: None,
		columns: places.iter().map(|at| schema.columns[*at].clone()).collect(),
		..schema.clone()
	};
	Table::parse_csv(lines.join("\n").as_bytes(), "projected.csv", &schema).unwrap()
}

fn assert_equal(kind: GeneratorKind, expected: &[(MetricId, f64)], new_rows: f64) {
	let (real, synthetic) = tables(kind);
	let none = real.select(&[]).unwrap();
	let evaluation = evaluate(&real, &none, &synthetic, &mut NoProgress).unwrap();
	for (id, value) in expected {
		let found = evaluation.value(*id).unwrap();
		assert!((found - value).abs() < TOLERANCE, "{id:?}: {found}, sdmetrics {value}");
	}
	let few = ["age", "sex", "diabetes_e11", "length_of_stay", "ldl_13457_7"];
	let (real, synthetic) = (project(&real, &few), project(&synthetic, &few));
	let none = real.select(&[]).unwrap();
	let evaluation = evaluate(&real, &none, &synthetic, &mut NoProgress).unwrap();
	let found = evaluation.value(MetricId::NewRowSynthesis).unwrap();
	assert!((found - new_rows).abs() < TOLERANCE, "new rows: {found}, sdmetrics {new_rows}");
}

#[test]
fn metrics_of_independent_columns_are_those_of_sdmetrics() {
	assert_equal(
		GeneratorKind::Independent,
		&[
			(MetricId::ColumnShapes, 0.965_792),
			(MetricId::ColumnPairTrends, 0.872_787),
			(MetricId::ColumnPairTrendsThresholded, 0.815_150),
			(MetricId::MissingValueSimilarity, 0.994_604),
			(MetricId::BoundaryAdherence, 1.0),
			(MetricId::CategoryAdherence, 1.0),
			(MetricId::MeanKsComplement, 0.958_015),
			(MetricId::MeanTvComplement, 0.973_111),
			(MetricId::MeanCorrelationSimilarity, 0.903_448),
			(MetricId::MeanContingencySimilarity, 0.863_769),
		],
		0.943_333,
	);
}

#[test]
fn metrics_of_a_copula_are_those_of_sdmetrics() {
	assert_equal(
		GeneratorKind::GaussianCopula,
		&[
			(MetricId::ColumnShapes, 0.965_702),
			(MetricId::ColumnPairTrends, 0.908_398),
			(MetricId::ColumnPairTrendsThresholded, 0.874_533),
			(MetricId::MissingValueSimilarity, 0.996_569),
			(MetricId::BoundaryAdherence, 1.0),
			(MetricId::CategoryAdherence, 1.0),
			(MetricId::MeanKsComplement, 0.950_603),
			(MetricId::MeanTvComplement, 0.979_912),
			(MetricId::MeanCorrelationSimilarity, 0.963_157),
			(MetricId::MeanContingencySimilarity, 0.892_292),
		],
		0.966_667,
	);
}
