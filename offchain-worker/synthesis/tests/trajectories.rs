//! Trajectories of the PBC cohort (R survival), where it is at hand: in the folder `SEMBLANCE_DATA`, or in `shared/data`
//! beside the project. Without it the test says so and passes.

use semblance_synthesis::{
	compare_trajectories, fit, survival_within_band, Constraint, GeneratorKind, InferOptions, MetricId, Model,
	NoProgress, Schema, Table,
};
use std::path::PathBuf;

#[test]
fn trajectories_of_pbcseq_meet_their_marks() {
	let folder = std::env::var_os("SEMBLANCE_DATA")
		.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
	let Ok(csv) = std::fs::read(folder.join("pbcseq.csv")) else {
		eprintln!("skipped: no pbcseq.csv in {}; set SEMBLANCE_DATA to run this test", folder.display());
		return;
	};
	let options =
		InferOptions { patient_column: Some("id".into()), target: Some("status".into()), ..InferOptions::default() };
	let mut schema = Schema::infer(&csv, "pbcseq.csv", &options).unwrap().schema;
	assert_eq!(schema.time_column.as_deref(), Some("day"));
	let fixed: Vec<&str> = schema.columns.iter().filter(|c| c.fixed).map(|c| c.name.as_str()).collect();
	assert_eq!(fixed, ["futime", "status", "trt", "age", "sex"]);
	schema.constraints.push(Constraint::AtMost { lower: "day".into(), upper: "futime".into() });
	let table = Table::parse_csv(&csv, "pbcseq.csv", &schema).unwrap();

	let model = fit(GeneratorKind::TabularLm, &table, [5; 32], &mut NoProgress).unwrap();
	let made = Model::from_bytes(&model.to_bytes()).unwrap().sample([6; 32], 10_000, &mut NoProgress).unwrap();
	assert_eq!(made.rows(), 10_000);
	assert_eq!(schema.violations(&made), [0]);

	let found = compare_trajectories(&table, &made).unwrap();
	let value = |id| found.headline.iter().find(|metric| metric.id == id).unwrap().value_ppm;
	let band = survival_within_band(&table, &made, "futime", "status", Some("2")).unwrap();
	eprintln!("{:?}\n{:?}\n{:?}\n{} of {}", found.headline, found.visits, found.lags, band.inside, band.times);
	// Patients of pbcseq drawn with replacement, as many as there are, have visit shapes of .94.
	assert!(value(MetricId::VisitShapes) > 910_000);
	assert!(value(MetricId::LagCorrelationDifference) < 100_000);
	assert!(value(MetricId::LargestLagDifference) < 200_000);
	assert!(value(MetricId::VisitsPerPatient) > 850_000);
	assert!(value(MetricId::VisitGaps) > 900_000);
	assert!(band.inside * 10 > band.times * 9);
}
