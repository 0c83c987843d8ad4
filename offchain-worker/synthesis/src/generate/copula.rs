//! Fitting the Gaussian copula.
//!
//! A column has up to two latent normals: whether its cell is missing, and its value if present. So a
//! missing cell is a level of its own, tied to the other columns, and never filled in. Correlations
//! are taken over the rows where both latents exist, and freed of attenuation by [`Scores`].

use super::{
	correlation::{Correlation, MOST_DIMENSIONS},
	hermite::Scores,
	marginal::{Marginal, WHOLE},
	matrix::Symmetric,
	ordering::{self, Feature},
	report, Progress,
};
use crate::{error::SynthesisError, schema::Column, table::Table};

/// Pairs seen together in fewer rows are left uncorrelated.
const FEWEST_PAIRS: f64 = 20.0;

/// Rounds in which the levels of nominal columns are ordered.
const ORDERING_ROUNDS: usize = 2;

/// One latent normal as seen in the training rows.
struct Latent {
	scores: Scores,
	/// E[Z | segment] of each row; 0 where there is none.
	values: Vec<f64>,
	/// 1 where the latent exists, else 0; `None` if it exists everywhere.
	exists: Option<Vec<f64>>,
}

/// Which latents a model has, in their order: per column first "missing", then the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnLatents {
	pub missing: Option<usize>,
	pub value: Option<usize>,
}

/// Numbers the latents of all columns; the second result is how many there are.
pub(crate) fn latents(marginals: &[Marginal]) -> (Vec<ColumnLatents>, usize) {
	let mut count = 0usize;
	let mut number = |wanted: bool| {
		wanted.then(|| {
			let at = count;
			count = count.saturating_add(1);
			at
		})
	};
	let columns = marginals
		.iter()
		.map(|marginal| ColumnLatents {
			missing: number(marginal.has_missing_latent()),
			value: number(marginal.has_value_latent()),
		})
		.collect();
	(columns, count)
}

/// Correlations of the training table's latents.
pub(crate) fn fit(
	table: &Table,
	marginals: &mut [Marginal],
	progress: &mut dyn Progress,
) -> Result<Correlation, SynthesisError> {
	let (_, count) = latents(marginals);
	if count > MOST_DIMENSIONS {
		return Err(SynthesisError::TooWide { found: count, limit: MOST_DIMENSIONS });
	}
	order_levels(table, marginals);
	let mut all: Vec<Latent> = Vec::with_capacity(count);
	for (at, marginal) in marginals.iter().enumerate() {
		all.extend(column_latents(marginal, table.codes(at).unwrap_or(&[])));
	}
	let mut matrix = Symmetric::identity(count);
	for (i, a) in all.iter().enumerate() {
		report(progress, "fit: correlations", i, count)?;
		for (j, b) in all.iter().enumerate().take(i) {
			matrix.set(i, j, correlate(a, b));
		}
	}
	report(progress, "fit: correlations", count, count)?;
	Ok(Correlation::from_matrix(&matrix))
}

/// The latents of one column, in the order of [`latents`].
fn column_latents(marginal: &Marginal, codes: &[Option<i64>]) -> Vec<Latent> {
	let missing = marginal.has_missing_latent().then(|| missing_latent(marginal, codes));
	let value = marginal.has_value_latent().then(|| value_latent(marginal, codes));
	missing.into_iter().chain(value).collect()
}

/// Whether the order of a column's levels is free and matters.
fn is_nominal(column: &Column, marginal: &Marginal) -> bool {
	!column.is_numeric() && marginal.segments.len() > 2
}

/// Lays the levels of nominal columns along the direction in which the other columns tell them apart: first only the
/// columns whose order is given, then, so that nominal columns meet, all others by their order of the round before.
fn order_levels(table: &Table, marginals: &mut [Marginal]) {
	let codes = |at: usize| table.codes(at).unwrap_or(&[]);
	let nominal: Vec<bool> =
		table.schema().columns.iter().zip(marginals.iter()).map(|(column, m)| is_nominal(column, m)).collect();
	if !nominal.contains(&true) {
		return;
	}
	let mut known: Vec<Vec<Latent>> = marginals
		.iter()
		.zip(&nominal)
		.enumerate()
		.map(|(at, (marginal, nominal))| if *nominal { Vec::new() } else { column_latents(marginal, codes(at)) })
		.collect();
	for _ in 0..ORDERING_ROUNDS {
		for (at, marginal) in marginals.iter_mut().enumerate().filter(|(at, _)| nominal.get(*at) == Some(&true)) {
			let others = known.iter().enumerate().filter(|(other, _)| *other != at).flat_map(|(_, latents)| latents);
			let features: Vec<Feature<'_>> =
				others.map(|l| Feature { values: &l.values, exists: l.exists.as_deref() }).collect();
			if let Some(order) = ordering::order(codes(at), &features) {
				marginal.reorder(&order);
			}
		}
		for (at, (marginal, latents)) in marginals.iter().zip(known.iter_mut()).enumerate() {
			if nominal.get(at) == Some(&true) {
				*latents = column_latents(marginal, codes(at));
			}
		}
	}
}

fn missing_latent(marginal: &Marginal, codes: &[Option<i64>]) -> Latent {
	let share = marginal.missing as f64 / WHOLE as f64;
	let scores = Scores::new(&[(0.0, share), (share, 1.0)]);
	let score = |at: usize| scores.scores.get(at).copied().unwrap_or(0.0);
	let (absent, present) = (score(0), score(1));
	Latent {
		values: codes.iter().map(|code| if code.is_none() { absent } else { present }).collect(),
		exists: None,
		scores,
	}
}

fn value_latent(marginal: &Marginal, codes: &[Option<i64>]) -> Latent {
	let scores = Scores::new(&marginal.bounds());
	let index = marginal.index();
	let score = |code: i64| {
		let at = index.find(code)?;
		scores.scores.get(at).copied()
	};
	Latent {
		values: codes.iter().map(|code| code.and_then(score).unwrap_or(0.0)).collect(),
		exists: codes
			.iter()
			.any(Option::is_none)
			.then(|| codes.iter().map(|code| f64::from(u8::from(code.is_some()))).collect()),
		scores,
	}
}

/// Sums over the rows where both latents exist.
#[derive(Default)]
struct Sums {
	rows: f64,
	a: f64,
	b: f64,
	aa: f64,
	bb: f64,
	ab: f64,
}

impl Sums {
	fn add(&mut self, a: f64, b: f64, weight: f64) {
		self.rows += weight;
		self.a += a * weight;
		self.b += b * weight;
		self.aa += a * a * weight;
		self.bb += b * b * weight;
		self.ab += a * b * weight;
	}

	/// Pearson's correlation; 0 where it is not defined or too few rows tell.
	fn correlation(&self) -> f64 {
		if self.rows < FEWEST_PAIRS {
			return 0.0;
		}
		let covariance = self.ab - self.a * self.b / self.rows;
		let variances = (self.aa - self.a * self.a / self.rows) * (self.bb - self.b * self.b / self.rows);
		if variances > 1e-12 {
			(covariance / variances.sqrt()).clamp(-1.0, 1.0)
		} else {
			0.0
		}
	}
}

fn correlate(a: &Latent, b: &Latent) -> f64 {
	let mut sums = Sums::default();
	let values = a.values.iter().zip(&b.values);
	match (&a.exists, &b.exists) {
		(None, None) => values.for_each(|(x, y)| sums.add(*x, *y, 1.0)),
		(Some(w), None) | (None, Some(w)) => {
			values.zip(w).for_each(|((x, y), w)| sums.add(*x, *y, *w));
		},
		(Some(v), Some(w)) => values.zip(v.iter().zip(w)).for_each(|((x, y), (v, w))| sums.add(*x, *y, v * w)),
	}
	let observed = sums.correlation();
	if observed == 0.0 {
		0.0
	} else {
		a.scores.latent_correlation(&b.scores, observed)
	}
}
