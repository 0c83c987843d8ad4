//! Digests of everything that is hashed, for a fixed cohort of 100 rows. A change here changes what others
//! recompute: it needs a new format or version number, not only a new digest.

use semblance_synthesis::{fit, reference_statistics, simulate, GeneratorKind, Model, NoProgress, Schema, Table};
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
