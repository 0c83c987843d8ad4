//! The public SUPPORT2 (UCI 880) and PBC (R survival) tables, where they are at hand: in the folder
//! `SEMBLANCE_DATA`, or in `shared/data` beside the project. Without them the tests say so and pass.

use semblance_synthesis::{
	evaluate, fit, html, reference_statistics, ColumnKind, GeneratorKind, InferOptions, MetricId, NoProgress,
	ReportContext, Schema, Table,
};
use std::{
	path::PathBuf,
	time::{Duration, Instant},
};

fn data(name: &str) -> Option<Vec<u8>> {
	let folder = std::env::var_os("SEMBLANCE_DATA")
		.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
	let path = folder.join(name);
	match std::fs::read(&path) {
		Ok(bytes) => Some(bytes),
		Err(error) => {
			eprintln!("skipped: {} ({error}); set SEMBLANCE_DATA to run this test", path.display());
			None
		},
	}
}

fn read(csv: &[u8], options: &InferOptions) -> Table {
	let schema = Schema::infer(csv, "data.csv", options).unwrap().schema;
	Table::parse_csv(csv, "data.csv", &schema).unwrap()
}

fn support2() -> Option<Table> {
	let options = InferOptions { name: "support2".into(), target: Some("death".into()), ..InferOptions::default() };
	Some(read(&data("support2.csv")?, &options))
}

#[test]
fn support2_is_read_as_published_with_blanks_before_numbers() {
	let Some(table) = support2() else { return };
	assert_eq!((table.rows(), table.schema().columns.len()), (9_105, 48));
	let kind = |name: &str| table.schema().column(name).unwrap().kind.clone();
	assert_eq!(kind("sno"), ColumnKind::Identifier);
	assert_eq!(kind("slos"), ColumnKind::Integer { min: 3, max: 343 });
	assert_eq!(kind("prg6m"), ColumnKind::Decimal { min: 0, max: 10_000_000_000_000, scale: 13 });
	assert_eq!(kind("death"), ColumnKind::Categorical { levels: vec!["0".into(), "1".into()] });
	let missing = table.codes(table.schema().position("adlp").unwrap()).unwrap();
	assert_eq!(missing.iter().filter(|code| code.is_none()).count(), 5_641);
}

#[test]
fn pbcseq_is_read_with_its_patients() {
	let Some(csv) = data("pbcseq.csv") else { return };
	let options = InferOptions { patient_column: Some("id".into()), ..InferOptions::default() };
	let table = read(&csv, &options);
	assert_eq!(table.rows(), 1_945);
	let mut patients = table.patient_ids().unwrap();
	patients.dedup();
	assert_eq!(patients.len(), 312);
	let model = fit(GeneratorKind::GaussianCopula, &table, [1; 32], &mut NoProgress).unwrap();
	assert_eq!(model.sample([1; 32], 500, &mut NoProgress).unwrap().rows(), 500);
}

#[test]
fn the_copula_meets_its_marks_on_support2() {
	let Some(table) = support2() else { return };
	let (held, kept): (Vec<usize>, Vec<usize>) = (0..table.rows()).partition(|row| row % 5 == 0);
	let (training, hold_out) = (table.select(&kept).unwrap(), table.select(&held).unwrap());

	let start = Instant::now();
	let model = fit(GeneratorKind::GaussianCopula, &table, [1; 32], &mut NoProgress).unwrap();
	model.sample([2; 32], 9_105, &mut NoProgress).unwrap();
	let fit_and_sample = start.elapsed();
	assert!(fit_and_sample < Duration::from_secs(3), "{fit_and_sample:?}");

	let model = fit(GeneratorKind::GaussianCopula, &training, [1; 32], &mut NoProgress).unwrap();
	let synthetic = model.sample([2; 32], 7_284, &mut NoProgress).unwrap();
	let start = Instant::now();
	let evaluation = evaluate(&training, &hold_out, &synthetic, &mut NoProgress).unwrap();
	let evaluated = start.elapsed();
	assert!(evaluated < Duration::from_secs(120), "{evaluated:?}");
	assert!(!reference_statistics(&training).is_empty());

	let value = |id| evaluation.value(id).unwrap();
	eprintln!(
		"fit and sample {fit_and_sample:?}, evaluate {evaluated:?}, shapes {:.4}, trends {:.4}, associated {:.4}, TSTR {:.4}, TRTR {:.4}",
		value(MetricId::ColumnShapes),
		value(MetricId::ColumnPairTrends),
		value(MetricId::ColumnPairTrendsThresholded),
		value(MetricId::TstrAuc),
		value(MetricId::TrtrAuc)
	);
	assert!(value(MetricId::ColumnShapes) >= 0.97);
	assert!(value(MetricId::ColumnPairTrends) >= 0.95);
	assert!(value(MetricId::TstrAuc) >= 0.9);
	let page = html(&ReportContext::default(), &evaluation, &training, &synthetic).unwrap();
	assert_eq!(page.matches("<svg").count(), 47 + 4 + 2);
}
