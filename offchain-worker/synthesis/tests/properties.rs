//! What holds for every table: reading undoes writing, rows have bytes of their own, work is a function of its seeds.

use proptest::prelude::*;
use semblance_synthesis::{
	evaluate, evaluate_public, fit, measure, simulate, train, GeneratorKind, InferOptions, MeasureOptions, MetricId,
	Model, NoCheckpoints, NoProgress, Progress, Schema, SynthesisError, Table, TableError,
};
use std::collections::BTreeSet;

fn cohort(patients: u32, seed: u8) -> Table {
	let cohort = simulate(patients, [seed; 32]).unwrap();
	Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
}

/// All generators but the GAN, which trains for long on any table; its own tests say the same of it.
fn quick() -> impl Iterator<Item = GeneratorKind> {
	GeneratorKind::ALL.into_iter().filter(|kind| *kind != GeneratorKind::Ctgan)
}

/// Cells of all sorts, some quoted.
fn cell() -> impl Strategy<Value = String> {
	prop_oneof![
		"[a-c]{1,2}",
		"-?[0-9]{1,6}(\\.[0-9]{1,4})?",
		"20[0-9]{2}-0[1-9]-1[0-9]",
		Just(String::new()),
		Just("NA".to_owned()),
		"\"[a-z,\n]{0,5}\"",
		"[0-9]e-?[0-9]",
		"\\PC{0,6}",
	]
}

fn text() -> impl Strategy<Value = String> {
	(1usize..5, 1usize..12).prop_flat_map(|(columns, rows)| {
		let row = prop::collection::vec(cell(), columns);
		prop::collection::vec(row, rows).prop_map(move |rows| {
			let header: Vec<String> = (0..columns).map(|n| format!("c{n}")).collect();
			let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
			format!("{}\n{}\n", header.join(","), lines.join("\n"))
		})
	})
}

proptest! {
	#[test]
	fn whatever_is_inferred_reads_its_file_and_canonical_csv_reads_back(text in text()) {
		let Ok(inference) = Schema::infer(text.as_bytes(), "any.csv", &InferOptions::default()) else {
			return Ok(());
		};
		let schema = &inference.schema;
		prop_assert_eq!(&Schema::from_json(&schema.to_canonical_json()).unwrap(), schema);
		let table = Table::parse_csv(text.as_bytes(), "any.csv", schema).unwrap();
		let canonical = table.to_canonical_csv();
		let again = Table::parse_csv(&canonical, "canonical.csv", schema).unwrap();
		prop_assert_eq!(&again, &table);
		prop_assert_eq!(again.to_canonical_csv(), canonical);
		for kind in quick() {
			if let Ok(model) = fit(kind, &table, [1; 32], &mut NoProgress) {
				prop_assert_eq!(&Model::from_bytes(&model.to_bytes()).unwrap(), &model);
				let made = model.sample([1; 32], 7, &mut NoProgress).unwrap();
				prop_assert_eq!(made.rows(), 7);
			}
		}
	}

	#[test]
	fn any_bytes_are_read_or_refused_but_never_crash(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
		let _ = Schema::infer(&bytes, "any.csv", &InferOptions::default());
		let _ = Schema::from_json(&bytes);
		prop_assert!(Model::from_bytes(&bytes).is_err());
	}

	#[test]
	fn a_changed_model_is_refused_or_is_exactly_what_was_read(
		at in any::<prop::sample::Index>(), byte in any::<u8>(), copula in any::<bool>()
	) {
		let kind = GeneratorKind::ALL[usize::from(copula)];
		let mut bytes = fit(kind, &cohort(20, 1), [1; 32], &mut NoProgress).unwrap().to_bytes();
		let at = at.index(bytes.len());
		bytes[at] = byte;
		if let Ok(model) = Model::from_bytes(&bytes) {
			prop_assert_eq!(model.to_bytes(), bytes);
			prop_assert!(model.sample([1; 32], 3, &mut NoProgress).is_ok());
		}
	}
}

#[test]
fn a_model_cut_short_or_prolonged_is_refused() {
	let bytes = fit(GeneratorKind::GaussianCopula, &cohort(20, 1), [1; 32], &mut NoProgress).unwrap().to_bytes();
	for end in (0..bytes.len()).step_by(7) {
		assert!(Model::from_bytes(&bytes[..end]).is_err(), "{end}");
	}
	assert!(Model::from_bytes(&[bytes, vec![0]].concat()).is_err());
}

#[test]
fn different_rows_have_different_bytes() {
	let table = cohort(300, 2);
	let rows: BTreeSet<Vec<u8>> = (0..table.rows()).map(|row| table.row_bytes(row).unwrap()).collect();
	let lines: BTreeSet<Vec<u8>> = table
		.to_canonical_csv()
		.split(|byte| *byte == b'\n')
		.skip(1)
		.filter(|line| !line.is_empty())
		.map(<[u8]>::to_vec)
		.collect();
	assert_eq!(rows.len(), lines.len());
	assert_eq!(table.row_bytes(table.rows()), Err(TableError::NoSuchRow { row: table.rows(), rows: table.rows() }));
}

#[test]
fn identifiers_are_kept_apart_and_never_synthesised() {
	let table = cohort(30, 3);
	let bare = table.without_identifiers();
	assert!(bare.schema().position("patient_id").is_none());
	assert_eq!(bare.patient_ids(), Err(TableError::NoPatientColumn));
	let model = fit(GeneratorKind::Independent, &table, [1; 32], &mut NoProgress).unwrap();
	assert_eq!(model.schema(), bare.schema());
	assert!(!String::from_utf8_lossy(&model.to_bytes()).contains("P0000"));
}

/// A model; of a private generator at a budget that hardly hides anything.
fn learn(kind: GeneratorKind, table: &Table) -> Model {
	if !kind.is_private() {
		return fit(kind, table, [1; 32], &mut NoProgress).unwrap();
	}
	if kind == GeneratorKind::TabularLmDp {
		let options = MeasureOptions {
			rho_micro: 1_000_000,
			delta_exponent: 6,
			rows_per_patient: 20,
			..MeasureOptions::default()
		};
		return train(table, &options, [1; 32], &mut NoCheckpoints, &mut NoProgress).unwrap().0;
	}
	let options = MeasureOptions { rho_micro: 1_000_000_000, rows_per_patient: 20, ..MeasureOptions::default() };
	measure(kind, table, &options, [1; 32], &mut NoProgress).unwrap().fit(&mut NoProgress).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_table_and_another_seed_another() {
	let table = cohort(150, 4);
	for kind in quick() {
		let model = learn(kind, &table);
		let draw = |seed| model.sample([seed; 32], 1_500, &mut NoProgress).unwrap();
		assert_eq!(draw(1), draw(1));
		assert_ne!(draw(1), draw(2));
		if kind.is_measured() {
			// Systematic sampling spreads the model over all rows asked for.
			continue;
		}
		// A shorter table is the beginning of a longer one, also across blocks of 1,024 rows.
		let short = model.sample([1; 32], 1_100, &mut NoProgress).unwrap();
		assert_eq!(draw(1).select(&(0..1_100).collect::<Vec<_>>()).unwrap(), short);
	}
}

#[test]
fn one_changed_cell_changes_the_model() {
	let table = cohort(50, 5);
	let csv = String::from_utf8(table.to_canonical_csv()).unwrap();
	let changed = csv.replacen(",no,", ",yes,", 1);
	let changed = Table::parse_csv(changed.as_bytes(), "cohort.csv", table.schema()).unwrap();
	// With few patients the private vocabulary does not tell their levels apart.
	for kind in quick().filter(|kind| *kind != GeneratorKind::TabularLmDp) {
		let bytes = |table| learn(kind, table).to_bytes();
		assert_ne!(bytes(&table), bytes(&changed));
	}
}

#[test]
fn the_copula_keeps_what_independent_columns_lose() {
	let (training, hold_out) = (cohort(1_500, 6), cohort(600, 7));
	let score = |kind| {
		let model = fit(kind, &training, [1; 32], &mut NoProgress).unwrap();
		let rows = u32::try_from(training.rows()).unwrap();
		let synthetic = model.sample([2; 32], rows, &mut NoProgress).unwrap();
		evaluate(&training, &hold_out, &synthetic, &mut NoProgress).unwrap()
	};
	let (floor, copula) = (score(GeneratorKind::Independent), score(GeneratorKind::GaussianCopula));
	let gain = |id| copula.value(id).unwrap() - floor.value(id).unwrap();
	assert!(copula.value(MetricId::ColumnShapes).unwrap() > 0.97);
	assert!(gain(MetricId::ColumnPairTrends) > 0.01);
	assert!(gain(MetricId::TstrAuc) > 0.05);
	let (tstr, trtr) = (copula.value(MetricId::TstrAuc).unwrap(), copula.value(MetricId::TrtrAuc).unwrap());
	assert!(trtr > 0.6 && tstr > 0.55 && tstr < trtr + 0.03, "{tstr} {trtr}");
	assert_eq!(copula.value(MetricId::ExactCopyRate), Some(0.0));
	assert!(copula.headline.len() <= 64);
	assert!(copula.headline.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn anyone_can_recompute_the_public_metrics() {
	let training = cohort(80, 8);
	let model = fit(GeneratorKind::Independent, &training, [1; 32], &mut NoProgress).unwrap();
	let synthetic = model.sample([2; 32], 200, &mut NoProgress).unwrap();
	let evaluation = evaluate(&training, &cohort(40, 9), &synthetic, &mut NoProgress).unwrap();
	let public = evaluate_public(&synthetic);
	assert_eq!(public.len(), 2);
	for metric in public {
		assert!(evaluation.headline.contains(&metric));
	}
}

struct StopAt(&'static str);

impl Progress for StopAt {
	fn step(&mut self, stage: &'static str, _done: u64, _total: u64) -> bool {
		!stage.contains(self.0)
	}
}

#[test]
fn every_stage_can_be_cancelled() {
	let table = cohort(40, 1);
	let kind = GeneratorKind::GaussianCopula;
	for stage in ["columns", "correlations"] {
		let error = fit(kind, &table, [1; 32], &mut StopAt(stage)).unwrap_err();
		assert!(matches!(error, SynthesisError::Cancelled { .. }));
	}
	let model = fit(kind, &table, [1; 32], &mut NoProgress).unwrap();
	assert!(model.sample([1; 32], 10, &mut StopAt("sample")).is_err());
	let synthetic = model.sample([1; 32], 10, &mut NoProgress).unwrap();
	for stage in ["pairs", "rows", "utility"] {
		assert!(evaluate(&table, &table, &synthetic, &mut StopAt(stage)).is_err());
	}
}

#[test]
fn too_little_to_work_on_is_an_error() {
	let table = cohort(10, 1);
	let one = table.select(&[0]).unwrap();
	let kind = GeneratorKind::GaussianCopula;
	assert!(matches!(fit(kind, &one, [1; 32], &mut NoProgress), Err(SynthesisError::TooFewRows { rows: 1, .. })));
	let model = fit(kind, &table, [1; 32], &mut NoProgress).unwrap();
	assert!(matches!(model.sample([0; 32], 0, &mut NoProgress), Err(SynthesisError::RowCount { .. })));
	let other = simulate(10, [1; 32]).unwrap();
	let renamed = Schema { name: "other".into(), ..other.schema };
	let other = Table::parse_csv(&other.csv, "x.csv", &renamed).unwrap();
	assert!(matches!(evaluate(&table, &table, &other, &mut NoProgress), Err(SynthesisError::SchemaMismatch { .. })));
	assert!("gan".parse::<GeneratorKind>().unwrap_err().to_string().contains("gaussian-copula"));
	assert!(table.select(&[10_000]).is_err());
}
