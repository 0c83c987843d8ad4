//! Linkability and attribute inference: what the nearest synthetic rows tell about a real row.

use super::{
	distance::{nearest, nearest_few, Points, Space},
	risk::{Risk, Tally},
	SecretRisk, Tables,
};
use crate::{
	error::SynthesisError,
	evaluate::{column::View, seed},
	generate::{report, Progress},
};

/// Rows of each real table that are attacked.
const ATTACKS: usize = 1_000;
/// Most synthetic rows that neighbours are sought among.
const MOST_ROWS: usize = 20_000;
/// Neighbours in each half that may coincide.
const NEIGHBOURS: usize = 10;
/// Most columns that are taken for secret, evenly spaced over the schema.
const MOST_SECRETS: usize = 12;

/// A guessed number is right within one in this many of the true one: 5 %.
const TOLERANCE: u128 = 20;

/// Whether the guess is right.
fn right(view: &View<'_>, truth: Option<i64>, guess: Option<i64>) -> bool {
	match (truth, guess) {
		(Some(truth), Some(guess)) if view.column.is_numeric() => {
			u128::from(truth.abs_diff(guess)).saturating_mul(TOLERANCE) <= u128::from(truth.unsigned_abs())
		},
		(truth, guess) => truth == guess,
	}
}

/// The linkability risk and every secret's inference risk.
pub(super) fn neighbours(
	tables: &Tables<'_, '_>,
	space: &Space,
	progress: &mut dyn Progress,
) -> Result<(Option<Risk>, Vec<SecretRisk>), SynthesisError> {
	let synthetic_rows = seed::sample(tables.made_rows, MOST_ROWS, "neighbours");
	let synthetic = space.points(tables.made, &synthetic_rows);
	let width = tables.real.len();
	let step = width.div_ceil(MOST_SECRETS).max(1);
	let secrets: Vec<usize> = (0..width).step_by(step).collect();
	let mut attack = Attack {
		tables,
		space,
		synthetic: &synthetic,
		synthetic_rows: &synthetic_rows,
		links: [Tally::default(); 2],
		secrets: secrets.iter().map(|column| (*column, [Tally::default(); 2])).collect(),
	};
	attack.run(0, tables.real, tables.real_rows, progress)?;
	attack.run(1, tables.held, tables.held_rows, progress)?;
	let [linked, control] = attack.links;
	let guessed = guessed_links(synthetic.rows, linked.attacks);
	let linkability = if width > 1 { Risk::new(linked, control, guessed) } else { None };
	let secret_risk = |(column, [attack, control]): &(usize, [Tally; 2])| {
		let risk = Risk::new(*attack, *control, guessed_secrets(tables, *column, attack.attacks))?;
		Some(SecretRisk { column: tables.real.get(*column)?.column.name.clone(), risk })
	};
	let inference = if width > 1 { attack.secrets.iter().filter_map(secret_risk).collect() } else { Vec::new() };
	Ok((linkability, inference))
}

struct Attack<'a, 'v, 't> {
	tables: &'a Tables<'v, 't>,
	space: &'a Space,
	synthetic: &'a Points,
	synthetic_rows: &'a [usize],
	/// Against training rows, and against hold-out rows.
	links: [Tally; 2],
	secrets: Vec<(usize, [Tally; 2])>,
}

impl Attack<'_, '_, '_> {
	fn run(
		&mut self,
		side: usize,
		views: &[View<'_>],
		rows: usize,
		progress: &mut dyn Progress,
	) -> Result<(), SynthesisError> {
		let rows = seed::sample(rows, ATTACKS, "targets");
		let targets = self.space.points(views, &rows);
		// Halves by turns, so that both hold columns from all over the schema.
		let (even, odd): (Vec<usize>, Vec<usize>) =
			(0..views.len()).partition(|column| column.checked_rem(2) == Some(0));
		let (mut first, mut second, mut whole) = (Vec::new(), Vec::new(), Vec::new());
		for (at, row) in rows.iter().enumerate() {
			if at.checked_rem(32) == Some(0) {
				report(progress, "evaluate: linkability and inference", at, rows.len())?;
			}
			self.space.distances(&targets, at, self.synthetic, &even, &mut first);
			self.space.distances(&targets, at, self.synthetic, &odd, &mut second);
			let near = nearest_few(&first, NEIGHBOURS);
			let linked = nearest_few(&second, NEIGHBOURS).iter().any(|row| near.contains(row));
			if let Some(tally) = self.links.get_mut(side) {
				tally.count(linked);
			}
			let both: Vec<f32> = first.iter().zip(&second).map(|(a, b)| a + b).collect();
			for (column, tallies) in &mut self.secrets {
				whole.clone_from(&both);
				self.space.without(*column, &targets, at, self.synthetic, &mut whole);
				let place = nearest(&whole).and_then(|(place, _)| self.synthetic_rows.get(place));
				let cell =
					|views: &[View<'_>], row| views.get(*column).and_then(|v| v.codes.get(row)).copied().flatten();
				let (Some(view), Some(place), Some(tally)) = (views.get(*column), place, tallies.get_mut(side)) else {
					continue;
				};
				tally.count(right(view, cell(views, *row), cell(self.tables.made, *place)));
			}
		}
		Ok(())
	}
}

/// Two random sets of neighbours.
fn guessed_links(rows: usize, attacks: usize) -> Tally {
	let mut stream = seed::stream("guessed links");
	let mut tally = Tally::default();
	for _ in 0..attacks {
		let mut draw = || (0..NEIGHBOURS.min(rows)).map(|_| seed::pick(&mut stream, rows)).collect::<Vec<_>>();
		let (first, second) = (draw(), draw());
		tally.count(first.iter().any(|row| second.contains(row)));
	}
	tally
}

/// The secret of a random synthetic row.
fn guessed_secrets(tables: &Tables<'_, '_>, column: usize, attacks: usize) -> Tally {
	let mut stream = seed::stream("guessed secrets");
	let mut tally = Tally::default();
	let (Some(real), Some(made)) = (tables.real.get(column), tables.made.get(column)) else { return tally };
	for _ in 0..attacks {
		let truth = real.codes.get(seed::pick(&mut stream, tables.real_rows)).copied().flatten();
		let guess = made.codes.get(seed::pick(&mut stream, tables.made_rows)).copied().flatten();
		tally.count(right(real, truth, guess));
	}
	tally
}
