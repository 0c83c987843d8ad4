//! Where the embeddings of numbers start: neighbouring tokens alike.
//!
//! A token of a small table stands for a few dozen rows, which is little to learn its embedding from if it starts anywhere.
//! So every dimension of a numeric column's embedding starts as a cosine of the token's place among the column's values, as
//! a standard normal's quantile: a random feature of a Gaussian kernel (Rahimi and Recht 2007). What is learnt of a token
//! then says something of its neighbours, until there are rows enough to say otherwise. Whether a number is missing or does
//! not apply has no place.

use super::parameters::Parameters;
use crate::{
	digest::Digest,
	encode::{LevelKind, Vocabulary},
	normal,
	random::Stream,
};

/// Place of every token of a column; none for a token that is no number.
pub(super) type Places = Vec<Option<f64>>;

/// Standard deviation of the cosines.
const AMPLITUDE: f64 = 0.2;
/// Width of the kernel: tokens so many standard deviations apart start little alike.
const WIDTH: f64 = 1.5;
/// What is left of an embedding's own start, under the cosines.
const OWN: f32 = 0.3;

/// The places of all tokens, column by column; none in columns that are no numbers.
pub(super) fn places(vocabulary: &Vocabulary, tokens: &[Vec<u32>]) -> Vec<Places> {
	let columns = vocabulary.sizes().into_iter().zip(tokens).enumerate();
	columns.map(|(column, (size, tokens))| of_column(vocabulary, column, size, tokens)).collect()
}

fn of_column(vocabulary: &Vocabulary, column: usize, size: usize, tokens: &[u32]) -> Places {
	let mut places = vec![None; size];
	let mut counts = vec![0u64; size];
	for token in tokens {
		if let Some(count) = usize::try_from(*token).ok().and_then(|at| counts.get_mut(at)) {
			*count = count.saturating_add(1);
		}
	}
	let mut numbers: Vec<(i64, usize, u64)> = counts
		.into_iter()
		.enumerate()
		.filter_map(|(token, count)| Some((lowest(vocabulary, column, token)?, token, count)))
		.collect();
	numbers.sort_unstable();
	let rows: u64 = numbers.iter().map(|(_, _, count)| count).sum();
	let mut passed = 0u64;
	for (_, token, count) in numbers {
		// Half a row at either end, so that no place is infinite.
		let share = (passed as f64 + (count as f64 + 0.5) / 2.0) / (rows as f64 + 0.5);
		passed = passed.saturating_add(count);
		if let Some(place) = places.get_mut(token) {
			*place = Some(normal::quantile(share));
		}
	}
	places
}

/// The lowest code of a token; `None` if it is no number.
fn lowest(vocabulary: &Vocabulary, column: usize, token: usize) -> Option<i64> {
	let domain = vocabulary.domain.column(column).filter(|domain| domain.ordered())?;
	let (level, _) = vocabulary.groupings.get(column)?.groups.get(token)?.first()?;
	let number = matches!(domain.kind(*level)?, LevelKind::Regular | LevelKind::Spike);
	domain.bounds(*level).filter(|_| number).map(|(low, _)| low)
}

/// Puts the cosines under the embeddings of all tokens that have a place.
pub(super) fn soften(parameters: &mut Parameters, places: &[Places], seed: &Digest) {
	for (at, (column, places)) in (0u64..).zip(parameters.iter_mut().zip(places)) {
		let mut stream = Stream::new(seed, "language/smooth", at);
		let width = column.embedding.cols.max(1);
		let turn = 2.0 * std::f64::consts::PI;
		let waves: Vec<(f64, f64)> = (0..width).map(|_| (stream.normal() / WIDTH, stream.uniform() * turn)).collect();
		for (embedding, place) in column.embedding.data.chunks_mut(width).zip(places) {
			let Some(place) = place else { continue };
			for (x, (frequency, phase)) in embedding.iter_mut().zip(&waves) {
				let wave = AMPLITUDE * std::f64::consts::SQRT_2 * libm::cos(frequency * place + phase);
				*x = *x * OWN + wave as f32;
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::{
		super::{parameters::initial, shape::Shape},
		*,
	};

	fn apart(embedding: &crate::kernels::Matrix, a: usize, b: usize) -> f32 {
		let row = |at: usize| &embedding.data[at * embedding.cols..(at + 1) * embedding.cols];
		row(a).iter().zip(row(b)).map(|(a, b)| (a - b) * (a - b)).sum()
	}

	#[test]
	fn neighbouring_numbers_start_alike_and_far_ones_do_not() {
		let shape = Shape::new(&[(40, true)]);
		let mut parameters = initial(&shape, None, &[3; 32]);
		let places: Places = (0..40).map(|at| Some(f64::from(at) / 10.0 - 2.0)).collect();
		soften(&mut parameters, &[places], &[3; 32]);
		let embedding = &parameters[0].embedding;
		let near: f32 = (0..39).map(|at| apart(embedding, at, at + 1)).sum::<f32>() / 39.0;
		let far: f32 = (0..10).map(|at| apart(embedding, at, at + 30)).sum::<f32>() / 10.0;
		assert!(far > 5.0 * near, "{far} {near}");
	}

	#[test]
	fn what_has_no_place_starts_as_before() {
		let shape = Shape::new(&[(4, true), (5, true)]);
		let before = initial(&shape, None, &[3; 32]);
		let mut after = before.clone();
		soften(&mut after, &[vec![None, Some(0.0), None, None], vec![None; 5]], &[3; 32]);
		let width = before[0].embedding.cols;
		let rows = |parameters: &Parameters| {
			parameters[0].embedding.data.chunks(width).map(<[f32]>::to_vec).collect::<Vec<_>>()
		};
		let changed: Vec<bool> = rows(&before).iter().zip(rows(&after)).map(|(a, b)| *a != b).collect();
		assert_eq!(changed, [false, true, false, false]);
		assert_eq!(before[1], after[1]);
	}
}
