//! Digests of everything that is hashed, for a fixed cohort of 100 rows. A change here changes what others
//! recompute: it needs a new format or version number, not only a new digest.

use semblance_synthesis::{
	encode::Conditions, fit, measure, reference_statistics, simulate, simulate_shaped, CohortShape, GeneratorKind,
	MeasureOptions, Model, NoProgress, Schema, Table,
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
fn any_number_of_threads_trains_the_same_language_model() {
	for threads in [1, 8] {
		semblance_synthesis::set_threads(threads);
		assert_eq!(language_model(), LANGUAGE, "{threads}");
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
	"d2ea3e96ac71736b988c5ce03552bef2ea29655879d148a80be4104796f0c110",
	"c546182f323081ba5164313fbc2e5f283333f2f693cf689f28250fae6a47add0",
	"67961f6ddcfd87962b3baea63878fcd6f96fcd58e02a570faa6f4ffbdab617e4",
];
const AIM: [&str; 4] = [
	"846c001c10600444bedcfc2ee74d999bfac9298037e1b0a4c4feffbd034e3154",
	"74cf7ba354ca6dfae42bd5d1fc29d4c95db3cca4ffae049f43c3715376d3dc3d",
	"124e02c1bf6f46e818b85522217a0aaac5b1cad69ce44a5dfa33b9e605084124",
	"ba0568c101d9b902686fbc9ad4706848a776e9537331e7b072fd43566295bbf8",
];
/// Model, sample, sample under conditions.
const LANGUAGE: [&str; 3] = [
	"15fc1e7625bb6b29c88e18be65c16f81f2f4db0705780446dd0ff62632e84371",
	"15dfe16b5bb338bee96fbbde124636a9bc28a94fc6329a60e013f6b41f0a9bcc",
	"3fa7677986822392326d925b29d8b31bbe82f55c8a8b2b9242796a78f3a1bb48",
];
