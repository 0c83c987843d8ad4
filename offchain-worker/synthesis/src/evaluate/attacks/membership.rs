//! Membership inference by density ratio (DOMIAS: van Breugel, Sun, Qian and van der Schaar, AISTATS 2023): a row that
//! is more likely under the synthetic table than under a table of other patients may have been learnt from.
//!
//! Densities are estimated twice: by the nearest neighbour, which sees copies, and by two-way marginals, which is what
//! models of marginals learn.

use super::{
	distance::{nearest, Space},
	risk::{Rate, Tally},
	Tables,
};
use crate::{
	error::SynthesisError,
	evaluate::{
		column::View,
		marginals::Cells,
		metric::{Metric, MetricId},
		seed,
		utility::area_under_roc,
	},
	generate::{report, Progress},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most training rows, and most hold-out rows, that are attacked: the standard error of an AUC of one half is 0.006.
const MOST_TARGETS: usize = 4_000;
/// Fewest hold-out rows in each half.
const FEWEST: usize = 50;
/// Most rows of the synthetic table, and of the other patients, that distances are taken to.
const MOST_NEIGHBOURS: usize = 20_000;
/// Most pairs of columns.
const MOST_PAIRS: usize = 300;
/// Normal quantile of a 95 % interval.
const Z: f64 = 1.959_963_984_540_054;
/// Keeps the ratio finite at distance 0; a thousandth of one column.
const SMALLEST: f64 = 1e-3;

/// How well training rows are told from rows of other patients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Membership {
	/// Training rows attacked.
	pub members: usize,
	/// Hold-out rows attacked; the other half of the hold-out rows is what the attacker compares with.
	pub others: usize,
	/// Area under the ROC curve by nearest neighbours, with the interval of Hanley and McNeil (1982).
	pub auc: Rate,
	/// Members found while 1 % of the others are named wrongly, with Wilson's interval.
	pub found_at_1_percent: Rate,
	/// Members found while 0.1 % of the others are named wrongly; `None` for fewer than 1,000 others.
	pub found_at_01_percent: Option<Rate>,
	/// Area under the ROC curve by two-way marginals.
	pub marginal_auc: Option<Rate>,
}

impl Membership {
	pub(super) fn headline(&self) -> Vec<Metric> {
		let metric = |id: MetricId, rate: Option<Rate>| Some(Metric::of_ppm(id, rate?.value_ppm));
		[
			metric(MetricId::MembershipAuc, Some(self.auc)),
			metric(MetricId::MembershipTpr1, Some(self.found_at_1_percent)),
			metric(MetricId::MembershipTpr01, self.found_at_01_percent),
			metric(MetricId::MembershipMarginalAuc, self.marginal_auc),
		]
		.into_iter()
		.flatten()
		.collect()
	}
}

/// AUC ± 1.96 standard errors (Hanley and McNeil, Radiology 143, 1982).
fn area(scores: &[f64], member: &[bool]) -> Option<Rate> {
	let a = area_under_roc(scores, member)?;
	let m = member.iter().filter(|is| **is).count() as f64;
	let n = member.len() as f64 - m;
	let (q1, q2) = (a / (2.0 - a), 2.0 * a * a / (1.0 + a));
	let variance = (a * (1.0 - a) + (m - 1.0) * (q1 - a * a) + (n - 1.0) * (q2 - a * a)) / (m * n);
	Rate::around(a, Z * variance.max(0.0).sqrt())
}

/// Members above the threshold that `per_mille` of the others exceed at most.
fn found(scores: &[f64], member: &[bool], per_mille: usize) -> Option<Rate> {
	let of = |wanted: bool| {
		let mut found: Vec<f64> =
			scores.iter().zip(member).filter(|(_, is)| **is == wanted).map(|(score, _)| *score).collect();
		found.sort_by(|a, b| b.total_cmp(a));
		found
	};
	let (members, others) = (of(true), of(false));
	let allowed = others.len().checked_mul(per_mille)?.checked_div(1000)?;
	let threshold = *others.get(allowed)?;
	let mut tally = Tally::default();
	members.iter().for_each(|score| tally.count(*score > threshold));
	// The plain share, not Wilson's centre, beside Wilson's ends: the shares sought are near 0.
	let wilson = tally.rate()?;
	let plain = Rate::around(tally.successes as f64 / tally.attacks as f64, 0.0)?;
	Some(Rate { value_ppm: plain.value_ppm, ..wilson })
}

/// Sums over pairs of columns of log(share among synthetic rows / share among others), with one row added to each cell.
fn marginal_scores(
	made: &[View<'_>],
	held: &[View<'_>],
	reference: &[usize],
	targets: &[(&[View<'_>], &[usize])],
) -> Vec<f64> {
	let cut = |views: &[View<'_>]| views.iter().map(Cells::new).collect::<Vec<_>>();
	let (made_cells, held_cells) = (cut(made), cut(held));
	let target_cells: Vec<Vec<Cells>> = targets.iter().map(|(views, _)| cut(views)).collect();
	let columns = made.len();
	let pairs: Vec<(usize, usize)> = (0..columns).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
	let mut scores: Vec<f64> = targets.iter().flat_map(|(_, rows)| rows.iter().map(|_| 0.0)).collect();
	let all: Vec<usize> = (0..made.first().map_or(0, |view| view.codes.len())).collect();
	for pair in seed::sample(pairs.len(), MOST_PAIRS, "pairs").into_iter().filter_map(|at| pairs.get(at)) {
		let key = |cells: &[Cells], row: usize| {
			let cell = |at: usize| cells.get(at).and_then(|column| column.cells.get(row)).copied().unwrap_or(0);
			(cell(pair.0), cell(pair.1))
		};
		let count = |cells: &[Cells], rows: &[usize]| {
			let mut counts: BTreeMap<(u64, u64), f64> = BTreeMap::new();
			rows.iter().for_each(|row| *counts.entry(key(cells, *row)).or_insert(0.0) += 1.0);
			counts
		};
		let (synthetic, others) = (count(&made_cells, &all), count(&held_cells, reference));
		let (size, other_size) = (all.len() as f64, reference.len() as f64);
		let rows =
			targets.iter().zip(&target_cells).flat_map(|((_, rows), cells)| rows.iter().map(move |r| (cells, *r)));
		for (score, (cells, row)) in scores.iter_mut().zip(rows) {
			let key = key(cells, row);
			let share = |counts: &BTreeMap<(u64, u64), f64>, size: f64| {
				(counts.get(&key).copied().unwrap_or(0.0) + 1.0) / (size + 1.0)
			};
			*score += libm::log(share(&synthetic, size) / share(&others, other_size));
		}
	}
	scores
}

/// Hold-out rows to attack, and those for the attacker to compare with, each about half in a fixed random order. All rows of a
/// patient are on one side: other visits of a patient would tell the attacker who is no member.
fn halves(rows: usize, patients: Option<&[usize]>) -> (Vec<usize>, Vec<usize>) {
	let patient = |row: usize| patients.and_then(|patients| patients.get(row)).copied().unwrap_or(row);
	let order = seed::shuffled(rows, "membership");
	let mut by_patient: BTreeMap<usize, usize> = BTreeMap::new();
	for row in &order {
		let rows = by_patient.entry(patient(*row)).or_insert(0);
		*rows = rows.saturating_add(1);
	}
	let half = rows.checked_div(2).unwrap_or(0);
	let mut attacked: BTreeMap<usize, bool> = BTreeMap::new();
	let mut planned = 0usize;
	for row in &order {
		attacked.entry(patient(*row)).or_insert_with_key(|patient| {
			let takes = planned < half;
			let rows = by_patient.get(patient).copied().unwrap_or(0);
			planned = planned.saturating_add(if takes { rows } else { 0 });
			takes
		});
	}
	order.into_iter().partition(|row| attacked.get(&patient(*row)) == Some(&true))
}

/// Attacks training rows; `None` for fewer than 100 hold-out rows or 50 training or synthetic rows.
pub(super) fn membership(
	tables: &Tables<'_, '_>,
	space: &Space,
	progress: &mut dyn Progress,
) -> Result<Option<Membership>, SynthesisError> {
	const STAGE: &str = "evaluate: membership";
	let (mut others, mut reference) = halves(tables.held_rows, tables.held_patients);
	others.truncate(MOST_TARGETS);
	reference.truncate(MOST_NEIGHBOURS);
	let members = seed::sample(tables.real_rows, MOST_TARGETS, "members");
	let neighbours = seed::sample(tables.made_rows, MOST_NEIGHBOURS, "neighbours");
	if others.len().min(members.len()).min(neighbours.len()) < FEWEST {
		return Ok(None);
	}
	let columns: Vec<usize> = (0..tables.real.len()).collect();
	let synthetic = space.points(tables.made, &neighbours);
	let compared = space.points(tables.held, &reference);
	let (mut scores, mut member, mut sums) = (Vec::new(), Vec::new(), Vec::new());
	let total = members.len().saturating_add(others.len());
	for (views, rows, is_member) in [(tables.real, &members, true), (tables.held, &others, false)] {
		let targets = space.points(views, rows);
		for row in 0..targets.rows {
			if row.checked_rem(64) == Some(0) {
				report(progress, STAGE, scores.len(), total)?;
			}
			let mut least = |points| {
				space.distances(&targets, row, points, &columns, &mut sums);
				nearest(&sums).map_or(f64::INFINITY, |(_, distance)| f64::from(distance).max(0.0))
			};
			let (to_synthetic, to_compared) = (least(&synthetic), least(&compared));
			scores.push((to_compared + SMALLEST) / (to_synthetic + SMALLEST));
			member.push(is_member);
		}
	}
	report(progress, STAGE, total, total)?;
	let marginal =
		marginal_scores(tables.made, tables.held, &reference, &[(tables.real, &members), (tables.held, &others)]);
	let (Some(auc), Some(found_at_1_percent)) = (area(&scores, &member), found(&scores, &member, 10)) else {
		return Ok(None);
	};
	Ok(Some(Membership {
		members: members.len(),
		others: others.len(),
		auc,
		found_at_1_percent,
		found_at_01_percent: (others.len() >= 1000).then(|| found(&scores, &member, 1)).flatten(),
		marginal_auc: area(&marginal, &member),
	}))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn halves_keep_the_rows_of_a_patient_together() {
		let (others, reference) = halves(101, None);
		assert_eq!((others.len(), reference.len()), (50, 51));
		assert_eq!([others, reference].concat(), seed::shuffled(101, "membership"));
		let patients: Vec<usize> = (0..100).map(|row| row / 7).collect();
		let (others, reference) = halves(100, Some(&patients));
		assert!(others.iter().all(|a| reference.iter().all(|b| patients[*a] != patients[*b])));
		assert!((40..=60).contains(&others.len()) && others.len() + reference.len() == 100, "{others:?}");
	}

	#[test]
	fn what_is_found_is_counted_above_the_others_threshold() {
		let member: Vec<bool> = (0..200).map(|k| k < 100).collect();
		// Members 0.5 to 100 less a half, others 0 to 99: one other (99) may be passed.
		let scores: Vec<f64> = (0..200).map(|k| if k < 100 { k as f64 + 0.5 } else { (k - 100) as f64 }).collect();
		assert_eq!(found(&scores, &member, 10).unwrap().value_ppm, 20_000);
		let rate = area(&scores, &member).unwrap();
		assert!(rate.value_ppm == 505_000 && rate.low_ppm < 430_000 && rate.high_ppm > 580_000, "{rate:?}");
	}
}
