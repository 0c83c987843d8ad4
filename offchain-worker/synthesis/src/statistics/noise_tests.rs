//! Releases simulated from known populations: how often the intervals cover the truth.

use super::*;
use crate::{
	random::Stream,
	statistics::{chi_square, describe, t_test, Summary},
	InferOptions, Schema, Table,
};

const RELEASES: u64 = 600;
const REAL: usize = 1_500;
const ROWS: usize = 3_000;
const SIGMA: f64 = 25.0;

/// Five bins of a number, two groups.
const BINS: usize = 5;
const GROUPS: usize = 2;

/// Index of the cell in which `at` (0 to 1) falls.
fn draw(shares: &[f64], stream: &mut Stream) -> usize {
	let mut at = stream.uniform() * shares.iter().sum::<f64>();
	for (cell, share) in shares.iter().enumerate() {
		at -= share;
		if at < 0.0 {
			return cell;
		}
	}
	shares.len() - 1
}

/// A release: real patients, noisy two-way counts, synthetic rows as CSV of bin and group.
fn release(population: &[f64], stream: &mut Stream) -> Table {
	let mut counts = [0.0; BINS * GROUPS];
	(0..REAL).for_each(|_| counts[draw(population, stream)] += 1.0);
	let noisy: Vec<f64> = counts.iter().map(|count| (count + SIGMA * stream.normal()).max(0.0)).collect();
	let rows: Vec<String> = (0..ROWS)
		.map(|_| draw(&noisy, stream))
		.map(|cell| format!("{},{}", cell % BINS, ["a", "b"][cell / BINS]))
		.collect();
	let csv = format!("x,g\n{}\n", rows.join("\n"));
	let options = InferOptions { categorical: vec!["x".into()], ..InferOptions::default() };
	let schema = Schema::infer(csv.as_bytes(), "release.csv", &options).unwrap().schema;
	Table::parse_csv(csv.as_bytes(), "release.csv", &schema).unwrap()
}

fn noise() -> ReleaseNoise {
	// A one-way count is the sum of the other column's cells of the two-way marginal.
	let one_way = |column: &str, levels: usize, summed: f64| ColumnNoise {
		column: column.into(),
		sigma_per_count: SIGMA * summed.sqrt(),
		centres: (0..levels).map(|level| level as f64).collect(),
	};
	ReleaseNoise {
		real_rows_estimate: REAL as f64,
		synthetic_rows: ROWS as u64,
		columns: vec![one_way("x", BINS, 2.0), one_way("g", GROUPS, 5.0)],
		pairs: vec![PairNoise { columns: ["g".into(), "x".into()], sigma_per_count: SIGMA }],
	}
}

/// How often a corrected and a naive interval cover, of `RELEASES`.
#[derive(Default)]
struct Covered {
	corrected: u32,
	naive: u32,
}

impl Covered {
	fn add(&mut self, truth: f64, naive: Interval, corrected: Option<Interval>) {
		let covers = |interval: Interval| u32::from((interval.low..=interval.high).contains(&truth));
		self.naive += covers(naive);
		self.corrected += covers(corrected.expect("theory gives it"));
	}

	#[track_caller]
	fn check(&self, most_naive: f64) {
		let share = |covered: u32| f64::from(covered) / RELEASES as f64;
		// 95 % ± 3 standard errors of 600 releases.
		assert!((share(self.corrected) - 0.95).abs() < 0.027, "corrected covers {}", share(self.corrected));
		assert!(share(self.naive) < most_naive, "naive covers {}", share(self.naive));
	}
}

/// Shares of bin × group: group b has higher values.
const DEPENDENT: [f64; 10] = [0.10, 0.15, 0.15, 0.12, 0.08, 0.05, 0.06, 0.10, 0.10, 0.09];

#[test]
fn corrected_intervals_of_shares_and_means_cover_as_often_as_they_say_and_naive_ones_do_not() {
	let noise = noise();
	let (mut shares, mut means, mut differences) = (Covered::default(), Covered::default(), Covered::default());
	let mean = |cells: &[f64]| {
		let total: f64 = cells.iter().sum();
		cells.iter().enumerate().map(|(value, share)| value as f64 * share).sum::<f64>() / total
	};
	let (a, b) = DEPENDENT.split_at(BINS);
	let both: Vec<f64> = a.iter().zip(b).map(|(a, b)| a + b).collect();
	for at in 0..RELEASES {
		let table = release(&DEPENDENT, &mut Stream::new(&[5; 32], "releases", at));
		let described = describe(&table, &["g", "x"], None, Some(&noise)).unwrap();
		let columns = &described.parts[0].columns;
		let Some(Summary::Categorical { levels }) = &columns[0].summary else { panic!("g is categorical") };
		shares.add(a.iter().sum(), levels[0].share_interval, levels[0].correction.corrected);
		// Means of a categorical column are not described; they come with the test of a difference.
		let marginal = noise.marginal("x", None).unwrap();
		let values: Vec<f64> = crate::statistics::frame::numbers(&table, "x").unwrap().into_iter().flatten().collect();
		let moments = crate::statistics::describe::moments(&values);
		let half = |variance: f64| Interval::around(moments.mean, 1.96 * variance.sqrt());
		let corrected = marginal.mean_variance(moments.mean, moments.variance, ROWS).unwrap();
		means.add(mean(&both), half(moments.variance / ROWS as f64), Some(half(corrected)));
		let test = t_test(&table, "x", "g", Some(&noise)).unwrap();
		let corrected = test.correction.corrected.map(|test| test.interval);
		differences.add(mean(a) - mean(b), test.welch.interval, corrected);
	}
	shares.check(0.6);
	means.check(0.75);
	differences.check(0.75);
}

#[test]
fn the_corrected_chi_square_rejects_independence_as_often_as_it_says_and_the_naive_one_far_more() {
	let noise = noise();
	let independent: Vec<f64> = [0.6, 0.4].iter().flat_map(|g| [0.15, 0.2, 0.25, 0.2, 0.2].map(|x| g * x)).collect();
	let (mut corrected, mut naive, mut sum) = (0u32, 0u32, 0.0);
	for at in 0..RELEASES {
		let table = release(&independent, &mut Stream::new(&[6; 32], "releases", at));
		let test = chi_square(&table, "x", "g", Some(&noise)).unwrap();
		let right = test.correction.corrected.unwrap();
		naive += u32::from(test.p_value < 0.05);
		corrected += u32::from(right.p_value < 0.05);
		sum += right.statistic;
	}
	let share = |rejected: u32| f64::from(rejected) / RELEASES as f64;
	// The corrected statistic has mean 4 under independence; its standard error over 600 releases is √8/√600 = 0.115.
	assert!((sum / RELEASES as f64 - 4.0).abs() < 0.4, "mean {}", sum / RELEASES as f64);
	assert!((share(corrected) - 0.05).abs() < 0.03, "corrected rejects {}", share(corrected));
	assert!(share(naive) > 0.4, "naive rejects {}", share(naive));
}

#[test]
fn what_theory_does_not_give_says_why() {
	let noise = noise();
	let missing = |result: Result<Marginal<'_>, Uncorrected>| result.map(|_| ()).unwrap_err();
	assert_eq!(missing(noise.marginal("y", None)), Uncorrected::NotMeasured);
	assert_eq!(missing(noise.marginal("x", Some("y"))), Uncorrected::PairNotMeasured);
	assert_eq!(missing(marginal(None, "x", None)), Uncorrected::NoNoise);
	let few = Marginal { sigma: 1.0, ratio: 0.001, centres: &[0.0, 1.0] };
	assert_eq!(few.share_interval(3, 10), Err(Uncorrected::TooFewRows));
	assert_eq!(few.mean_variance(0.0, 1.0, 10), Err(Uncorrected::TooFewRows));
}

#[test]
fn noise_out_of_range_is_refused_by_field() {
	let good = noise();
	assert_eq!(good.validate(), Ok(()));
	let refused = |change: &dyn Fn(&mut ReleaseNoise), field: &str| {
		let mut bad = good.clone();
		change(&mut bad);
		let message = bad.validate().unwrap_err().to_string();
		assert!(message.contains(field), "{message}");
	};
	refused(&|noise| noise.real_rows_estimate = 0.0, "real_rows_estimate");
	refused(&|noise| noise.real_rows_estimate = f64::NAN, "real_rows_estimate");
	refused(&|noise| noise.synthetic_rows = 0, "synthetic_rows");
	refused(&|noise| noise.columns[1].sigma_per_count = -1.0, "g");
	refused(&|noise| noise.pairs[0].sigma_per_count = f64::INFINITY, "g");
	refused(&|noise| noise.columns[0].centres.clear(), "centres");
}

#[test]
fn without_noise_and_with_all_of_a_large_cohort_the_corrected_interval_is_wider_by_the_square_root_of_two() {
	let marginal = Marginal { sigma: 0.0, ratio: 1.0, centres: &[0.0, 1.0] };
	let corrected = marginal.share_interval(40_000, 100_000).unwrap();
	let naive = crate::statistics::describe::wilson(40_000, 100_000);
	let ratio = (corrected.high - corrected.low) / (naive.high - naive.low);
	assert!((ratio - 2f64.sqrt()).abs() < 1e-3, "{ratio}");
}
