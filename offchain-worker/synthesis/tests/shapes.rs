//! The shapes of simulated cohorts: what they hold, and that their columns depend on each other.

use semblance_synthesis::{
	evaluate, simulate, simulate_shaped, CohortShape, Domain, MetricId, NoProgress, Schema, Table,
};
use sha3::{Digest, Sha3_256};
use std::collections::BTreeSet;

fn table(shape: CohortShape, patients: u32, seed: u8) -> Table {
	let cohort = simulate_shaped(shape, patients, [seed; 32]).unwrap();
	Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
}

fn codes<'t>(table: &'t Table, name: &str) -> &'t [Option<i64>] {
	table.codes(table.schema().position(name).unwrap()).unwrap()
}

#[test]
fn the_standard_shape_is_the_cohort_as_ever() {
	assert_eq!(simulate_shaped(CohortShape::Standard, 20, [1; 32]), simulate(20, [1; 32]));
	assert_eq!("wide".parse(), Ok(CohortShape::Wide));
	assert!("tall".parse::<CohortShape>().unwrap_err().to_string().contains("census, standard, wide"));
	assert!(simulate_shaped(CohortShape::Wide, 0, [1; 32]).is_err());
}

#[test]
fn shapes_have_their_columns_one_row_per_patient_and_a_declared_schema() {
	for (shape, columns) in [(CohortShape::Census, 15), (CohortShape::Wide, 50)] {
		let cohort = simulate_shaped(shape, 300, [2; 32]).unwrap();
		assert_eq!(Schema::from_json(&cohort.schema.to_canonical_json()).as_ref(), Ok(&cohort.schema));
		let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
		assert_eq!(table.to_canonical_csv(), cohort.csv);
		assert_eq!((table.rows(), table.without_identifiers().schema().columns.len()), (300, columns));
		let patients: BTreeSet<&str> = table.patient_ids().unwrap().into_iter().collect();
		assert_eq!(patients.len(), 300);
		assert_eq!(Domain::require_declared(&cohort.schema), Ok(()));
		assert_eq!(cohort.schema.violations(&table), [0]);
		assert!(cohort.csv.starts_with(&simulate_shaped(shape, 7, [2; 32]).unwrap().csv), "a larger cohort begins so");
	}
}

#[test]
fn shapes_are_golden() {
	for (shape, digest) in [(CohortShape::Census, CENSUS), (CohortShape::Wide, WIDE)] {
		let cohort = simulate_shaped(shape, 500, [7; 32]).unwrap();
		let found = (hex::encode(Sha3_256::digest(&cohort.csv)), hex::encode(cohort.schema.digest()));
		assert_eq!(found, (digest.0.to_owned(), digest.1.to_owned()), "{shape}");
	}
}

const CENSUS: (&str, &str) = (
	"25852f8852e5839e53e010f975c8ef86c938344abc182b2a62b3553720c15fc7",
	"0cb15a6274ad8193435edf312db641bc02cb9993304f9c1d168f599577f79310",
);
const WIDE: (&str, &str) = (
	"53aa0c7c4e9be7d49f0b0f9bd54d7e3650b7c0a3efcb98f63f6569f5b52eac39",
	"4b0d5b217d5832624e9e1ad66f1cda07903ea4830526ccddf61ccdc4a944c6cc",
);

#[test]
fn a_wide_table_misses_seven_percent_and_uses_most_of_its_codes() {
	let table = table(CohortShape::Wide, 6_000, 3);
	let bare = table.without_identifiers();
	let missing: usize =
		(0..50).map(|column| bare.codes(column).unwrap().iter().filter(|cell| cell.is_none()).count()).sum();
	let percent = 100.0 * missing as f64 / (50.0 * 6_000.0);
	assert!((6.0..8.0).contains(&percent), "{percent} %");
	let used: BTreeSet<_> = codes(&table, "secondary_diagnosis_icd10").iter().collect();
	assert!(used.len() > 600, "{}", used.len());
}

/// Mean of one column where another satisfies a condition, both present.
fn mean(table: &Table, value: &str, by: &str, holds: impl Fn(i64) -> bool) -> f64 {
	let pairs = codes(table, value).iter().zip(codes(table, by));
	let found: Vec<i64> = pairs.filter_map(|(v, b)| b.filter(|b| holds(*b)).and(*v)).collect();
	found.iter().sum::<i64>() as f64 / found.len() as f64
}

#[test]
fn columns_of_a_wide_table_depend_on_each_other() {
	let table = table(CohortShape::Wide, 6_000, 4);
	let differ = |value, by, split: i64| {
		mean(&table, value, by, |code| code >= split) / mean(&table, value, by, |code| code < split)
	};
	assert!(differ("inhaler", "copd_j44", 1) > 5.0);
	assert!(differ("antibiotic", "crp_1988_5", 500) > 2.0);
	assert!(differ("ntprobnp_33762_6", "heart_failure_i50", 1) > 2.0);
	assert!(differ("egfr_62238_1", "kidney_disease_n18", 1) < 0.8);
	assert!(differ("diastolic_8462_4", "systolic_8480_6", 130) > 1.1);
	// Codes 0 to 49 are those of the heart.
	let heart = |failing| {
		let flags = codes(&table, "heart_failure_i50").iter().zip(codes(&table, "secondary_diagnosis_icd10"));
		let of: Vec<i64> = flags.filter(|(flag, _)| **flag == Some(failing)).filter_map(|(_, code)| *code).collect();
		of.iter().filter(|code| **code < 50).count() as f64 / of.len() as f64
	};
	assert!(heart(1) > 2.0 * heart(0), "{} {}", heart(1), heart(0));
}

#[test]
fn the_targets_can_be_predicted_from_the_other_columns() {
	for (shape, least, most) in [(CohortShape::Census, 0.84, 0.96), (CohortShape::Wide, 0.6, 0.9)] {
		let (training, hold_out) = (table(shape, 3_000, 5), table(shape, 1_500, 6));
		let synthetic = table(shape, 1_000, 7).without_identifiers();
		let evaluation = evaluate(&training, &hold_out, &synthetic, &mut NoProgress).unwrap();
		let auc = evaluation.value(MetricId::TrtrAuc).unwrap();
		assert!((least..most).contains(&auc), "{shape} {auc}");
	}
	let census = table(CohortShape::Census, 3_000, 5);
	let share = mean(&census, "care_at_discharge", "age", |_| true);
	assert!((0.15..0.5).contains(&share), "{share}");
	// Forty hours and none are frequent of themselves, and an interaction: those who live alone and are old.
	let hours = codes(&census, "weekly_hours");
	let exactly = |code| hours.iter().filter(|cell| **cell == Some(code)).count();
	assert!(exactly(40) > 300 && exactly(0) > 800, "{} {}", exactly(40), exactly(0));
}
