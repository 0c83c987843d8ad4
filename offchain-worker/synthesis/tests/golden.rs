//! Digests of everything that is hashed, for a fixed cohort of 100 rows. A change here changes what others
//! recompute: it needs a new format or version number, not only a new digest.

use semblance_synthesis::{
	encode::Conditions, fit, measure, reference_statistics, simulate, simulate_shaped, train, CohortShape,
	GeneratorKind, MeasureOptions, Model, NoCheckpoints, NoProgress, Schema, Table,
};
use sha3::{Digest, Sha3_256};

fn digest(bytes: &[u8]) -> String {
	hex::encode(Sha3_256::digest(bytes))
}

fn hundred_rows() -> Table {
	let cohort = simulate(90, [7; 32]).unwrap();
	let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
	table.select(&(0..100).collect::<Vec<_>>()).unwrap()
}

#[test]
fn the_simulated_cohort_and_its_schema_are_golden() {
	let cohort = simulate(90, [7; 32]).unwrap();
	assert_eq!(digest(&cohort.csv), "57bc5b843fe67e4d6b1cc352018d5676baa7f7aff7d57e5eb74f11652ce93a02");
	assert_eq!(hex::encode(cohort.schema.digest()), "6fb3c2e12f194a021b66a127aa35f5af7f959dc5833d2406c8c4068a1624c39d");
	let read = Schema::from_json(&cohort.schema.to_canonical_json()).unwrap();
	assert_eq!(read.digest(), cohort.schema.digest());
}

#[test]
fn canonical_csv_rows_and_reference_statistics_are_golden() {
	let table = hundred_rows();
	assert_eq!(digest(&table.to_canonical_csv()), "eb652a0ae051d64410cbdc295537a3ea29661bc54b8a2a6576a4ee7e658c99a9");
	assert_eq!(
		digest(&table.row_bytes(42).unwrap()),
		"f0109a088ce9a5bbd46ff36d930d696af43de076c4e628194411e21b337d567c"
	);
	assert_eq!(
		digest(&reference_statistics(&table)),
		"273e4cdf637af49fdc8b6d70cd91fe45f9eab3bef30c7b665012b4c15540df96"
	);
}

fn assert_generator(kind: GeneratorKind, model_digest: &str, sample_digest: &str) {
	let model = fit(kind, &hundred_rows(), [1; 32], &mut NoProgress).unwrap();
	let bytes = model.to_bytes();
	let read = Model::from_bytes(&bytes).unwrap();
	let synthetic = read.sample([2; 32], 2_500, &mut NoProgress).unwrap();
	let found = (digest(&bytes), digest(&synthetic.to_canonical_csv()));
	assert_eq!(found, (model_digest.to_owned(), sample_digest.to_owned()));
}

#[test]
fn model_and_sample_of_independent_columns_are_golden() {
	assert_generator(
		GeneratorKind::Independent,
		"94f0f32efb0ec2dc70501502696928f2c2adfba182f7393769d8e4de34a45329",
		"d8272be2cd509cbe72b39d59f57d8c497e9b56bec5439d1d3dc89b2aec94c8a3",
	);
}

#[test]
fn model_and_sample_of_the_copula_are_golden() {
	assert_generator(
		GeneratorKind::GaussianCopula,
		"1841b06e1ec96912ca896cfbdb9b41d49992b2185b484af99b04359ab7cd3faa",
		"8607ec93ede2c985ccd7621d6731d406c78c51e470e8724510b10d79e7dca05b",
	);
}

/// As many threads as the environment says; the machine's if it says nothing.
fn threads_from_the_environment() {
	let asked = std::env::var("SEMBLANCE_THREADS").ok().and_then(|count| count.parse().ok());
	semblance_synthesis::set_threads(asked.unwrap_or(0));
}

fn census() -> Table {
	let cohort = simulate_shaped(CohortShape::Census, 800, [7; 32]).unwrap();
	Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
}

fn private(kind: GeneratorKind) -> [String; 4] {
	let options = MeasureOptions { rho_micro: 30_560, ..MeasureOptions::default() };
	let log = measure(kind, &census(), &options, [1; 32], &mut NoProgress).unwrap();
	let model = log.fit(&mut NoProgress).unwrap();
	let read = Model::from_bytes(&model.to_bytes()).unwrap();
	let given = Conditions::parse("age >= 65, sex = female", read.schema()).unwrap();
	let sample = read.sample([2; 32], 2_500, &mut NoProgress).unwrap();
	let conditioned = read.sample_given([2; 32], 500, &given, &mut NoProgress).unwrap();
	[log.to_bytes(), model.to_bytes(), sample.to_canonical_csv(), conditioned.to_canonical_csv()].map(|b| digest(&b))
}

#[test]
fn log_model_and_samples_of_mst_are_golden() {
	threads_from_the_environment();
	assert_eq!(private(GeneratorKind::Mst), MST);
}

#[test]
fn log_model_and_samples_of_aim_are_golden() {
	threads_from_the_environment();
	assert_eq!(private(GeneratorKind::Aim), AIM);
}

fn language_model() -> [String; 3] {
	let model = fit(GeneratorKind::TabularLm, &census(), [1; 32], &mut NoProgress).unwrap();
	let read = Model::from_bytes(&model.to_bytes()).unwrap();
	let given = Conditions::parse("age >= 65, sex = female", read.schema()).unwrap();
	let sample = read.sample([2; 32], 2_500, &mut NoProgress).unwrap();
	let conditioned = read.sample_given([2; 32], 700, &given, &mut NoProgress).unwrap();
	[model.to_bytes(), sample.to_canonical_csv(), conditioned.to_canonical_csv()].map(|bytes| digest(&bytes))
}

#[test]
fn model_and_samples_of_the_language_model_are_golden() {
	threads_from_the_environment();
	assert_eq!(language_model(), LANGUAGE);
}

#[test]
fn model_and_sample_of_a_target_that_is_drawn_last_are_golden() {
	threads_from_the_environment();
	let table = census();
	let schema = Schema { target: Some("sex".to_owned()), ..table.schema().clone() };
	let table = Table::parse_csv(&table.to_canonical_csv(), "cohort.csv", &schema).unwrap();
	let model = fit(GeneratorKind::TabularLm, &table, [1; 32], &mut NoProgress).unwrap();
	let sample = Model::from_bytes(&model.to_bytes()).unwrap().sample([2; 32], 1_500, &mut NoProgress).unwrap();
	assert_eq!([model.to_bytes(), sample.to_canonical_csv()].map(|bytes| digest(&bytes)), DRAWN_LAST);
}

#[test]
fn log_model_and_sample_of_the_private_language_model_are_golden() {
	threads_from_the_environment();
	let options = MeasureOptions { rho_micro: 150_000, ..MeasureOptions::default() };
	let (model, log) = train(&census(), &options, [1; 32], &mut NoCheckpoints, &mut NoProgress).unwrap();
	let sample = Model::from_bytes(&model.to_bytes()).unwrap().sample([2; 32], 1_500, &mut NoProgress).unwrap();
	let found = [log.to_bytes(), model.to_bytes(), sample.to_canonical_csv()].map(|bytes| digest(&bytes));
	assert_eq!(found, PRIVATE_LANGUAGE);
}

#[test]
fn any_number_of_threads_trains_the_same_language_model() {
	for threads in [1, 8] {
		semblance_synthesis::set_threads(threads);
		assert_eq!(language_model(), LANGUAGE, "{threads}");
	}
}

/// Visits of 90 patients, by arithmetic: a static column, a number with a course that is missing now and then and so much higher
/// of men, a stage.
fn visits(target: Option<&str>, men: u32) -> Table {
	let schema = r#"{"format":1,"name":"visits","patient_column":"pid","time_column":"day","target":null,
		"missing_markers":["NA"],"constraints":[],"columns":[
		{"name":"pid","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
		{"name":"sex","kind":{"type":"categorical","levels":["f","m"]},"unit":null,"missing":false,"role":"quasi"},
		{"name":"day","kind":{"type":"integer","min":0,"max":4000},"unit":"d","missing":false,"role":"attribute"},
		{"name":"creatinine","kind":{"type":"integer","min":0,"max":900},"unit":null,"missing":true,"role":"attribute"},
		{"name":"stage","kind":{"type":"categorical","levels":["1","2","3"]},"unit":null,"missing":false,"role":"attribute"}]}"#;
	let mut csv = "pid,sex,day,creatinine,stage\n".to_owned();
	for patient in 0..90u32 {
		let (sex, higher) = if patient % 3 == 0 { ("m", men) } else { ("f", 0) };
		let level = 60 + patient * 37 % 90 + higher;
		for visit in 0..1 + patient * 7 % 6 {
			let day = visit * 180 + (patient * 13 + visit * 29) % 60 * visit.min(1);
			let value = level + visit * 5 + (patient * 17 + visit * 31) % 23;
			let cell = if (patient + visit) % 5 == 0 { "NA".to_owned() } else { value.to_string() };
			csv.push_str(&format!("p{patient},{sex},{day},{cell},{}\n", 1 + (patient % 2 + visit / 2).min(2)));
		}
	}
	let schema = Schema { target: target.map(Into::into), ..Schema::from_json(schema.as_bytes()).unwrap() };
	Table::parse_csv(csv.as_bytes(), "visits.csv", &schema).unwrap()
}

#[test]
fn model_and_sample_of_trajectories_are_golden_on_any_number_of_threads() {
	for threads in [1, 2, 8] {
		semblance_synthesis::set_threads(threads);
		let to_a_target = (Some("stage"), 0, TRAJECTORIES_TO_A_TARGET);
		for (target, men, expected) in [(None, 0, TRAJECTORIES), to_a_target, (None, 150, TRAJECTORIES_AT_TWO_LEVELS)] {
			let model = fit(GeneratorKind::TabularLm, &visits(target, men), [1; 32], &mut NoProgress).unwrap();
			let sample = Model::from_bytes(&model.to_bytes()).unwrap().sample([2; 32], 1_500, &mut NoProgress).unwrap();
			let found = [model.to_bytes(), sample.to_canonical_csv()].map(|bytes| digest(&bytes));
			assert_eq!(found, expected, "{threads} {target:?} {men}");
		}
	}
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
	for threads in [1, 2, 8] {
		semblance_synthesis::set_threads(threads);
		assert_eq!(private(GeneratorKind::Aim), AIM, "{threads}");
	}
}

/// Log, model, sample, sample under conditions.
const MST: [&str; 4] = [
	"fb622d46e28235b4a805f1dbe36e9b99496faa3887aa0092793ffddf574a37b5",
	"548eb62ce0482b17ed39e427a47a997a5b0a6846445cee46433446dccec4db0c",
	"d3f9940d5acc3b7673e49d7ec21966b01ff0321890e4b1d3ec7c357e3b0df00f",
	"54663068269ba369b149f0378366e84fce2e67015f71acc230fd2066b69c28ea",
];
const AIM: [&str; 4] = [
	"846c001c10600444bedcfc2ee74d999bfac9298037e1b0a4c4feffbd034e3154",
	"0ca43967dba7a9c751b4281d1397adc7323f75a36854d16e79ddc258392f0be3",
	"073d73c9ad1ff3bbdb6a9d685ddf4399555e8a0369b4e7293a687add6bbb0a6d",
	"ad3452ca988801165bc5389b3a1d1f756b6432cf9849d5d5ff7c3485021baac2",
];
/// Model, sample, sample under conditions.
const LANGUAGE: [&str; 3] = [
	"b17421b515d8342cf4cec3b28ec32e6eb0332db240c5fe3f4ce74a84b6831083",
	"a5aa7799b4b7950b7194f120af746c7f7462834ea3facc1d5e6d1546609ea30f",
	"9ad29c741fbda650892592486119378b5c2ee6cc1531a72d0b15107e4689c4f9",
];
/// Model, sample.
const TRAJECTORIES: [&str; 2] = [
	"14ff73345892f4842f66eb18273161cd90c87f8620df72453b9e7f6af4f4b1fa",
	"ad821525c65a7ed2383617b57ee18599ca02d21c6b7b97a019abe12e917ee9be",
];
const TRAJECTORIES_TO_A_TARGET: [&str; 2] = [
	"fbd152418f5523777226988424b18e6550665661b60b5b06b191eac9f7a1a0cd",
	"8bcf5cc877e41fdbf720985546d7fc031d38bb2bbf08d7e2d77764f3e42203b1",
];
const TRAJECTORIES_AT_TWO_LEVELS: [&str; 2] = [
	"3645247ef85a67d24fad8a18e87b42413931b7b6fc4911d63f2116cbd1cfb3d4",
	"9f85c3cd73e9b612dae17ea17d9c3ec1abbd0c7716ef7947ff56221702284316",
];
/// Model, sample.
const DRAWN_LAST: [&str; 2] = [
	"e8e97bfa5bf385c7973d3153fafd56c22753d6b20b416e9522589a7b1fe02899",
	"f9ce2dcdbc41f9a873dc99d22644d581fcafa7718c6dea8cc74509580df109e0",
];
/// Log, model, sample.
const PRIVATE_LANGUAGE: [&str; 3] = [
	"f93009d1ec9cc1d042258ed0736a705cb5415cab1b3b0c067577dfbaf02b6fc6",
	"f7317fd1b9018d8f8c2ebcb6d3d15174daa38478a8e283061168063cbafd06ec",
	"0fa59a3dfb54495cdda361075af9ad0bfcf89a031383a198755fff87c4453666",
];
