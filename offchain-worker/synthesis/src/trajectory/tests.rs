use super::{
	layout::Layout,
	model::TrajectoryModel,
	plan::{Plan, Role},
	sample::{sample, Models, TransitionModel},
	visits::Visits,
	TrajectoryError, MAX_VISITS,
};
use crate::{
	digest::Digest, fit, random::Stream, GeneratorKind, Model, NoCheckpoints, NoProgress, Schema, SynthesisError, Table,
};

const SCHEMA: &str = r#"{"format":1,"name":"visits","patient_column":"pid","time_column":"day","target":null,
	"missing_markers":["NA"],"columns":[
	{"name":"row","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
	{"name":"pid","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
	{"name":"sex","kind":{"type":"categorical","levels":["f","m"]},"unit":null,"missing":false,"role":"quasi"},
	{"name":"follow_up","kind":{"type":"integer","min":0,"max":4000},"unit":"d","missing":false,"role":"attribute"},
	{"name":"day","kind":{"type":"integer","min":0,"max":4000},"unit":"d","missing":false,"role":"attribute"},
	{"name":"visit","kind":{"type":"integer","min":1,"max":200},"unit":null,"missing":false,"role":"attribute"},
	{"name":"bili","kind":{"type":"decimal","min":0,"max":9999,"scale":1},"unit":"mg/dL","missing":true,"role":"attribute"},
	{"name":"stage","kind":{"type":"categorical","levels":["1","2","3"]},"unit":null,"missing":true,"role":"attribute"}],
	"constraints":[{"at_most":["day","follow_up"]}]}"#;

fn schema() -> Schema {
	Schema::from_json(SCHEMA.as_bytes()).unwrap()
}

fn table(rows: &[String]) -> Table {
	let csv = format!("row,pid,sex,follow_up,day,visit,bili,stage\n{}\n", rows.join("\n"));
	Table::parse_csv(csv.as_bytes(), "visits.csv", &schema()).unwrap()
}

/// Patients with half-yearly visits until their follow-up ends. The logarithm of their bilirubin follows a course; it is
/// measured three times in four.
fn cohort(patients: usize, seed: u8) -> Table {
	let mut stream = Stream::new(&[seed; 32], "cohort", 0);
	let mut rows = Vec::new();
	for patient in 0..patients {
		let sex = if stream.chance(0.8) { "f" } else { "m" };
		let follow_up = 100 + stream.below(2_000);
		let (mut day, mut level, mut stage, mut visit) = (0, stream.normal(), 1 + stream.below(2), 1);
		while day <= follow_up {
			let bili = if stream.chance(0.75) { format!("{:.1}", (1.5 + 0.7 * level).exp()) } else { "NA".into() };
			rows.push(format!("{},p{patient},{sex},{follow_up},{day},{visit},{bili},{stage}", rows.len()));
			day += 150 + stream.below(60);
			level = 0.9 * level + 0.43 * stream.normal();
			stage = (stage + u64::from(stream.chance(0.1))).min(3);
			visit += 1;
		}
	}
	table(&rows)
}

fn layout(table: &Table) -> (Visits, Layout) {
	let visits = Visits::of(table).unwrap();
	let plan = Plan::of(table, &visits).unwrap();
	(visits, Layout::new(plan).unwrap())
}

/// The lines of a table without identifiers, patient by patient in the order of their visits, and the patients ordered.
fn trajectories(table: &Table) -> Vec<Vec<String>> {
	let visits = Visits::of(table).unwrap();
	let csv = String::from_utf8(table.without_identifiers().to_canonical_csv()).unwrap();
	let lines: Vec<&str> = csv.lines().skip(1).collect();
	let mut found: Vec<Vec<String>> =
		visits.patients.iter().map(|rows| rows.iter().map(|row| lines[*row].to_owned()).collect()).collect();
	found.sort();
	found
}

fn correlation(pairs: &[(f64, f64)]) -> f64 {
	let n = pairs.len() as f64;
	let mean = |f: fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / n;
	let (x, y) = (mean(|p| p.0), mean(|p| p.1));
	let cov = pairs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>();
	let var = |f: fn(&(f64, f64)) -> f64, m: f64| pairs.iter().map(|p| (f(p) - m) * (f(p) - m)).sum::<f64>();
	cov / (var(|p| p.0, x) * var(|p| p.1, y)).sqrt()
}

/// Correlation of the logarithm of bilirubin with itself a visit later.
fn lag(table: &Table) -> f64 {
	let bili = table.codes(table.schema().position("bili").unwrap()).unwrap();
	let mut pairs = Vec::new();
	for rows in &Visits::of(table).unwrap().patients {
		for pair in rows.windows(2) {
			if let (Some(a), Some(b)) = (bili[pair[0]], bili[pair[1]]) {
				pairs.push(((a as f64 + 1.0).ln(), (b as f64 + 1.0).ln()));
			}
		}
	}
	correlation(&pairs)
}

fn mean_visits(table: &Table) -> f64 {
	table.rows() as f64 / Visits::of(table).unwrap().patients.len() as f64
}

#[test]
fn the_transitions_of_a_table_give_back_the_table_up_to_numbers_and_order() {
	let table = cohort(120, 1);
	let (visits, layout) = layout(&table);
	assert!(!layout.plan.courses.is_empty());
	let transitions = layout.transitions(&table, &visits).unwrap();
	assert_eq!(transitions.opening.rows(), 120);
	assert_eq!(transitions.step.rows(), table.rows() - 120);
	assert_eq!(transitions.ending.rows(), table.rows());
	let back = layout.table(&transitions).unwrap();
	assert_eq!(trajectories(&back), trajectories(&table));
	assert!(back.patient_ids().unwrap().is_sorted());
	assert_eq!(back.patient_ids().unwrap()[0], "P000001");
}

#[test]
fn rows_in_any_order_are_the_same_visits() {
	let table = cohort(40, 2);
	let mut order: Vec<usize> = (0..table.rows()).collect();
	order.sort_by_key(|row| (row * 7_919) % 1_009);
	let mixed = table.select(&order).unwrap();
	let (visits, sorted) = layout(&table);
	let (mixed_visits, from_mixed) = layout(&mixed);
	assert_eq!(sorted, from_mixed);
	assert_eq!(
		sorted.transitions(&table, &visits).unwrap().step,
		from_mixed.transitions(&mixed, &mixed_visits).unwrap().step
	);
}

#[test]
fn columns_have_the_roles_that_the_visits_show() {
	let (_, layout) = layout(&cohort(120, 3));
	let role = |name: &str| layout.plan.roles[layout.plan.schema.position(name).unwrap()];
	assert_eq!(role("pid"), Role::Patient);
	assert_eq!(role("day"), Role::Time);
	assert_eq!((role("sex"), role("follow_up")), (Role::Static, Role::Static));
	assert_eq!(role("visit"), Role::Growing);
	assert_eq!(role("bili"), Role::Changing { aged: true });
	assert_eq!(role("stage"), Role::Changing { aged: false });
	assert_eq!(layout.plan.schema.position("row"), None);
}

#[test]
fn visits_at_one_time_and_single_visits_are_taken() {
	let rows = ["1,a,f,900,0,1,1.5,1", "2,a,f,900,0,2,2.5,1", "3,a,f,900,30,3,NA,NA", "4,b,m,10,5,1,NA,2"];
	let table = table(&rows.map(str::to_owned));
	let (visits, layout) = layout(&table);
	let back = layout.table(&layout.transitions(&table, &visits).unwrap()).unwrap();
	assert_eq!(trajectories(&back), trajectories(&table));
}

#[test]
fn tables_that_hold_no_visits_are_refused_by_name() {
	let rows = |rows: &[&str]| table(&rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>());
	let single = rows(&["1,a,f,900,0,1,1.5,1", "2,b,f,900,0,1,2.5,1"]);
	let error = Plan::of(&single, &Visits::of(&single).unwrap()).unwrap_err();
	assert_eq!(error, TrajectoryError::SingleVisits { patients: 2 });

	let plain = single.without_identifiers();
	assert!(matches!(Visits::of(&plain), Err(TrajectoryError::NoTimeColumn)));

	let many: Vec<String> = (0..=MAX_VISITS).map(|n| format!("{n},a,f,900,{},1,1.5,1", n % 900)).collect();
	let error = Visits::of(&table(&many)).unwrap_err();
	assert!(matches!(error, TrajectoryError::TooManyVisits { visits, .. } if visits == MAX_VISITS + 1), "{error}");

	let mut declared = schema();
	declared.columns[2].fixed = true;
	let csv = b"row,pid,sex,follow_up,day,visit,bili,stage\n1,a,f,900,0,1,1.5,1\n2,a,m,900,9,1,2.5,1\n";
	let changed = Table::parse_csv(csv, "visits.csv", &declared).unwrap();
	let error = Plan::of(&changed, &Visits::of(&changed).unwrap()).unwrap_err();
	assert_eq!(error, TrajectoryError::NotStatic { row: 1, column: "sex".into() });

	let mut tied = schema();
	tied.constraints = serde_json::from_str(r#"[{"at_most":["visit","day"]}]"#).unwrap();
	let csv = b"row,pid,sex,follow_up,day,visit,bili,stage\n1,a,f,900,3,1,1.5,1\n2,a,f,900,9,2,2.5,1\n";
	let tied = Table::parse_csv(csv, "visits.csv", &tied).unwrap();
	let error = Plan::of(&tied, &Visits::of(&tied).unwrap()).unwrap_err();
	assert_eq!(error, TrajectoryError::TimeConstraint { column: "visit".into() });
}

/// Draws rows of the training table: among those alike in the number of the visit, by chance.
struct Resampled {
	rows: Vec<Vec<Option<i64>>>,
	given: usize,
	number: Option<usize>,
}

impl Resampled {
	fn of(table: &Table, given: usize, number: Option<usize>) -> Self {
		let columns = 0..table.schema().columns.len();
		let rows =
			(0..table.rows()).map(|row| columns.clone().map(|at| table.codes(at).unwrap()[row]).collect()).collect();
		Self { rows, given, number }
	}
}

impl TransitionModel for Resampled {
	fn draw(
		&self,
		given: &[Vec<Option<i64>>],
		rows: usize,
		seed: &Digest,
	) -> Result<Vec<Vec<Option<i64>>>, SynthesisError> {
		let mut stream = Stream::new(seed, "resampled", 0);
		let mut drawn = vec![Vec::new(); self.rows[0].len() - self.given];
		let numbers = match self.number {
			Some(at) => given[at].clone(),
			None => vec![None; rows],
		};
		for number in numbers {
			let fits = |known: &&Vec<Option<i64>>| self.number.is_none_or(|at| known[at] == number);
			let alike: Vec<&Vec<Option<i64>>> = self.rows.iter().filter(fits).collect();
			let found = alike[stream.below(alike.len() as u64) as usize];
			for (column, cell) in drawn.iter_mut().zip(&found[self.given..]) {
				column.push(*cell);
			}
		}
		Ok(drawn)
	}
}

fn resampled(table: &Table, seed: u8, rows: usize) -> Table {
	let (visits, layout) = layout(table);
	let transitions = layout.transitions(table, &visits).unwrap();
	let number = layout.step.position("visit number");
	let opening = Resampled::of(&transitions.opening, 0, None);
	let ending = Resampled::of(&transitions.ending, layout.given(), number);
	let step = Resampled::of(&transitions.step, layout.given(), number);
	let models = Models { opening: &opening, ending: &ending, step: &step };
	sample(&layout, &models, &[seed; 32], rows, &mut NoProgress).unwrap()
}

#[test]
fn sampled_rows_are_patients_with_new_numbers_in_the_order_of_time() {
	let table = cohort(200, 4);
	let made = resampled(&table, 1, 3_000);
	assert_eq!(made.rows(), 3_000);
	let patients = made.patient_ids().unwrap();
	assert!(patients.is_sorted() && patients[0] == "P000001");
	let column = |name: &str| made.codes(made.schema().position(name).unwrap()).unwrap();
	let (day, end, visit) = (column("day"), column("follow_up"), column("visit"));
	for row in 0..made.rows() {
		assert!(day[row] <= end[row]);
		if row > 0 && patients[row] == patients[row - 1] {
			assert!(day[row] >= day[row - 1]);
			assert_eq!(visit[row], visit[row - 1].map(|number| number + 1));
			assert_eq!(end[row], end[row - 1]);
		} else {
			assert_eq!((day[row], visit[row]), (Some(0), Some(1)));
		}
	}
	let csv = made.to_canonical_csv();
	assert_eq!(Table::parse_csv(&csv, "made.csv", made.schema()).unwrap(), made);
}

#[test]
fn fewer_rows_are_the_beginning_of_more_and_seeds_differ() {
	let table = cohort(100, 5);
	let (few, more) = (resampled(&table, 1, 500).to_canonical_csv(), resampled(&table, 1, 9_000).to_canonical_csv());
	assert!(more.starts_with(&few));
	assert_ne!(resampled(&table, 2, 500).to_canonical_csv(), few);
}

#[test]
fn courses_keep_what_single_draws_would_lose() {
	// The resampling model ignores all values: what ties visits together is the course alone.
	let table = cohort(400, 6);
	let (real, made) = (lag(&table), lag(&resampled(&table, 3, 4_000)));
	assert!(real > 0.8 && (real - made).abs() < 0.05, "{real} {made}");
}

/// Cuts and changes the bytes of a model at many places: what is cut is refused, and what is read is what was written.
pub(super) fn refused_or_read_as_they_are(bytes: &[u8]) {
	for at in (0..bytes.len()).step_by(bytes.len() / 300) {
		assert!(Model::from_bytes(&bytes[..at]).is_err(), "{at}");
		let mut flipped = bytes.to_vec();
		flipped[at] ^= 0x40;
		if let Ok(other) = Model::from_bytes(&flipped) {
			assert_eq!(other.to_bytes(), flipped);
			let _ = other.sample([1; 32], 50, &mut NoProgress);
		}
	}
}

#[test]
fn the_language_model_learns_trajectories() {
	let table = cohort(300, 7);
	let model = fit(GeneratorKind::TabularLm, &table, [3; 32], &mut NoProgress).unwrap();
	let made = model.sample([4; 32], 4_000, &mut NoProgress).unwrap();
	assert_eq!(made.schema(), &table.schema().with_patients_only());
	let (real, synthetic) = (lag(&table), lag(&made));
	assert!((real - synthetic).abs() < 0.1, "{real} {synthetic}");
	let (real, synthetic) = (mean_visits(&table), mean_visits(&made));
	assert!((real / synthetic - 1.0).abs() < 0.15, "{real} {synthetic}");

	let bytes = model.to_bytes();
	let read = Model::from_bytes(&bytes).unwrap();
	assert_eq!(read, model);
	assert_eq!(read.sample([4; 32], 4_000, &mut NoProgress).unwrap(), made);
	refused_or_read_as_they_are(&bytes);
}

#[test]
fn a_disease_keeps_values_apart_from_the_first_visit_to_the_last() {
	let schema: Schema = serde_json::from_str(
		r#"{"format":1,"name":"visits","patient_column":"pid","time_column":"day","target":null,"missing_markers":["NA"],"columns":[
		{"name":"pid","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
		{"name":"disease","kind":{"type":"categorical","levels":["no","yes"]},"unit":null,"missing":false,"role":"quasi"},
		{"name":"day","kind":{"type":"integer","min":0,"max":900},"unit":"d","missing":false,"role":"attribute"},
		{"name":"value","kind":{"type":"integer","min":0,"max":1000},"unit":null,"missing":false,"role":"attribute"}]}"#,
	)
	.unwrap();
	let mut stream = Stream::new(&[5; 32], "disease", 0);
	let mut csv = "pid,disease,day,value\n".to_owned();
	for patient in 0..200 {
		let (disease, middle) = if patient % 7 == 0 { ("yes", 300.0) } else { ("no", 150.0) };
		for visit in 0..4 {
			csv += &format!("{patient},{disease},{},{}\n", 90 * visit, (middle + 40.0 * stream.normal()) as i64);
		}
	}
	let table = Table::parse_csv(csv.as_bytes(), "visits.csv", &schema).unwrap();
	let model = fit(GeneratorKind::TabularLm, &table, [6; 32], &mut NoProgress).unwrap();
	let made = model.sample([7; 32], 4_000, &mut NoProgress).unwrap();
	let visits = Visits::of(&made).unwrap();
	let column = |name: &str| made.codes(made.schema().position(name).unwrap()).unwrap();
	let (disease, value) = (column("disease"), column("value"));
	for visit in 0..4 {
		let rows = visits.patients.iter().filter_map(|rows| rows.get(visit));
		let ill: Vec<f64> =
			rows.filter(|row| disease[**row] == Some(1)).map(|row| value[*row].unwrap() as f64).collect();
		let mean = ill.iter().sum::<f64>() / ill.len() as f64;
		// Of few patients, a network alone lets them fall to about 230 at once.
		assert!(ill.len() > 60 && (mean - 300.0).abs() < 25.0, "visit {visit}: {mean} of {}", ill.len());
	}
	refused_or_read_as_they_are(&model.to_bytes());
}

#[test]
fn a_killed_training_goes_on_to_the_same_model() {
	/// Keeps what is saved; cancels the first time after so many saves.
	struct Memory(Option<Vec<u8>>, usize);
	impl crate::Checkpoints for Memory {
		fn load(&mut self) -> Option<Vec<u8>> {
			self.0.clone()
		}
		fn save(&mut self, state: &[u8]) {
			self.0 = Some(state.to_vec());
			self.1 += 1;
		}
	}
	struct Until(u64);
	impl crate::Progress for Until {
		fn step(&mut self, _: &'static str, _: u64, _: u64) -> bool {
			self.0 = self.0.saturating_sub(1);
			self.0 > 0
		}
	}
	let schema = Schema { target: Some("sex".into()), ..schema() };
	let table = Table::parse_csv(&cohort(40, 8).to_canonical_csv(), "visits.csv", &schema).unwrap();
	let whole = TrajectoryModel::fit(&table, &[1; 32], &mut NoCheckpoints, &mut NoProgress).unwrap();
	let mut memory = Memory(None, 0);
	let mut kills = 0;
	let resumed = loop {
		match TrajectoryModel::fit(&table, &[1; 32], &mut memory, &mut Until(150)) {
			Ok(model) => break model,
			Err(SynthesisError::Cancelled { .. }) => kills += 1,
			Err(other) => panic!("{other}"),
		}
	};
	assert!(kills > 1 && memory.1 > 3, "{kills} {}", memory.1);
	assert_eq!(resumed, whole);
}

#[test]
fn short_sampling_holds_at_any_number_of_rows() {
	let table = cohort(60, 9);
	for rows in [1, 2, 37] {
		assert_eq!(resampled(&table, 1, rows).rows(), rows);
	}
}
