use super::*;
use crate::{
	encode::Conditions,
	generate::{NoCheckpoints, NoProgress},
	schema::Schema,
	simulate_shaped, CohortShape,
};

fn table(rows: u32) -> Table {
	let cohort = simulate_shaped(CohortShape::Census, rows, [5; 32]).unwrap();
	Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
}

fn options(rho_micro: u64) -> MeasureOptions {
	MeasureOptions { rho_micro, ..MeasureOptions::default() }
}

fn fitted(table: &Table, rho_micro: u64) -> (LanguageModel, TrainingLog) {
	fit_private(table, &options(rho_micro), &[9; 32], &mut NoCheckpoints, &mut NoProgress).unwrap()
}

#[test]
fn the_log_adds_up_within_the_budget_and_can_be_read_again() {
	let (model, log) = fitted(&table(1_500), 150_000);
	assert!(log.ledger().spent() <= 150_000_000);
	assert!(log.ledger().spent() > 149_000_000, "{}", log.ledger().spent());
	let bytes = log.to_bytes();
	assert_eq!(TrainingLog::from_bytes(&bytes).unwrap(), log);
	let made = model.sample(&[3; 32], 300, &Conditions::none(), &mut NoProgress).unwrap();
	assert_eq!((made.rows(), made.schema()), (300, log.schema()));
}

#[test]
fn a_log_that_claims_more_noise_than_was_paid_for_is_refused() {
	let (_, log) = fitted(&table(400), 150_000);
	let json = String::from_utf8(log.to_bytes()).unwrap();
	let body = |json: &str| -> Vec<u8> {
		let start = json.find("\"log\":").unwrap() + 6;
		let end = json.find(",\"sha3\":").unwrap();
		let seal = hex::encode(crate::digest::sha3_256(&json.as_bytes()[start..end]));
		format!("{{{},\"sha3\":\"{seal}\"}}", &json[1..end]).into_bytes()
	};
	assert_eq!(body(&json), json.as_bytes());
	assert!(TrainingLog::from_bytes(&body(&json)).is_ok());
	for (from, to) in [("\"steps\":300", "\"steps\":299"), ("\"noise_units\":33554432", "\"noise_units\":33554433")] {
		assert!(json.contains(from), "{from}");
		assert!(TrainingLog::from_bytes(&body(&json.replace(from, to))).is_err(), "{to}");
	}
	assert!(TrainingLog::from_bytes(json.replace("\"steps\":300", "\"steps\":299").as_bytes()).is_err());
}

#[test]
fn the_model_depends_on_the_seed_and_not_on_the_threads() {
	let table = table(400);
	let one = fitted(&table, 150_000);
	crate::set_threads(1);
	let two = fitted(&table, 150_000);
	crate::set_threads(0);
	assert!(one == two);
	let other = fit_private(&table, &options(150_000), &[8; 32], &mut NoCheckpoints, &mut NoProgress).unwrap();
	assert!(one.0 != other.0);
}

/// Stops once, and keeps what was saved.
struct Broken(Option<Vec<u8>>);

impl Checkpoints for Broken {
	fn load(&mut self) -> Option<Vec<u8>> {
		self.0.clone()
	}

	fn save(&mut self, state: &[u8]) {
		self.0.get_or_insert_with(|| state.to_vec());
	}
}

#[test]
fn training_that_goes_on_from_a_checkpoint_ends_the_same() {
	let table = table(400);
	let mut broken = Broken(None);
	let one = fit_private(&table, &options(150_000), &[9; 32], &mut broken, &mut NoProgress).unwrap();
	assert!(broken.0.is_some());
	let two = fit_private(&table, &options(150_000), &[9; 32], &mut broken, &mut NoProgress).unwrap();
	assert!(one == two);
}

#[test]
fn rows_of_a_patient_are_protected_together() {
	let json = br#"{"format":1,"name":"visits","patient_column":"id","target":null,"missing_markers":[],"columns":[
		{"name":"id","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
		{"name":"sex","kind":{"type":"categorical","levels":["f","m"]},"unit":null,"missing":false,"role":"quasi"},
		{"name":"visit","kind":{"type":"integer","min":0,"max":9},"unit":null,"missing":false,"role":"attribute"}]}"#;
	let schema = Schema::from_json(json).unwrap();
	let rows = (0..600).map(|row| format!("p{},{},{}\n", row % 200, ["f", "m"][row % 2], row % 7));
	let csv = format!("id,sex,visit\n{}", rows.collect::<String>());
	let table = Table::parse_csv(csv.as_bytes(), "visits.csv", &schema).unwrap();
	let options = MeasureOptions { rho_micro: 500_000, rows_per_patient: 2, ..MeasureOptions::default() };
	let (_, log) = fit_private(&table, &options, &[9; 32], &mut NoCheckpoints, &mut NoProgress).unwrap();
	assert_eq!(TrainingLog::from_bytes(&log.to_bytes()).unwrap(), log);
}

#[test]
fn training_learns() {
	let table = table(4_000);
	let trained = train_private(&table, &options(150_000), &[9; 32], &mut NoCheckpoints, &mut NoProgress).unwrap();
	let gains = trained.gains(&table.without_identifiers()).unwrap();
	let mean = gains.iter().sum::<f64>() / gains.len() as f64;
	assert!(mean > 0.3, "{mean} nats a row");
}
