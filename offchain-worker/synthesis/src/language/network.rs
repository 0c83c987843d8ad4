//! The network: for every column one hidden layer over the embeddings of the columns before it, and a softmax over its
//! tokens. Autoregressive in any order (Uria, Murray and Larochelle 2014, "A deep and tractable density estimator"), with a
//! network for each column as in Tiwald and others 2025, "TabularARGN".
//!
//! One step goes through three phases, each in parallel over columns, and each column's sums in a fixed order:
//! forward and back to the hidden layer ([`passes`]), back to the embeddings ([`embedding_deltas`]), and the products that
//! are the gradients ([`gradients`]). Between them a private training clips the examples.

use super::{
	order::Order,
	parameters::{ColumnParameters, Parameters},
	shape::Shape,
};
use crate::{
	kernels::{
		add_bias, apply_mask, column_sums, gather, multiply, multiply_at, multiply_blocks, multiply_bt, relu_backward,
		relu_forward, scatter_add, softmax_cross_entropy, Matrix,
	},
	threads,
};

/// Rows of tokens, column by column: what a batch is.
pub(crate) struct Batch {
	pub rows: usize,
	/// Tokens of every column.
	pub tokens: Vec<Vec<u32>>,
}

/// What one column's network made of a batch.
pub(crate) struct Pass {
	/// The column.
	pub column: usize,
	/// Negative log-probability of every row's token, in nats.
	pub loss: Vec<f32>,
	/// The hidden layer, after dropout.
	pub hidden: Matrix,
	/// Derivative of the loss by the numbers before the softmax.
	pub head_delta: Matrix,
	/// Derivative by the numbers before the hidden layer's ReLU.
	pub hidden_delta: Matrix,
}

/// Multiplications that a batch takes forward, about.
fn work(shape: &Shape, batch: &Batch) -> usize {
	shape.work().saturating_mul(batch.rows)
}

/// The embeddings of a batch, side by side.
pub(crate) fn embedded(parameters: &Parameters, shape: &Shape, batch: &Batch) -> Matrix {
	let mut all = Matrix::zeros(batch.rows, shape.width);
	for ((column, its), tokens) in parameters.iter().zip(&shape.columns).zip(&batch.tokens) {
		gather(column.embedding.view(), tokens, all.columns_mut(its.embedding.clone()));
	}
	all
}

/// Where dropout takes its masks from: per column a factor for every hidden number, none when nothing is dropped.
pub(crate) type Masks = Vec<Option<Matrix>>;

/// Forward, and back to the hidden layers.
pub(crate) fn passes(
	parameters: &Parameters,
	shape: &Shape,
	order: &Order,
	batch: &Batch,
	embedded: &Matrix,
	masks: &Masks,
) -> Vec<Pass> {
	threads::map_work(work(shape, batch), &shape.predicted(), |column| {
		let own = parameters.get(*column)?;
		let tokens = batch.tokens.get(*column)?;
		let mask = masks.get(*column).and_then(Option::as_ref);
		let mut hidden = hidden(own, shape, order, *column, embedded);
		let mask_of = |matrix: &mut Matrix| {
			if let Some(mask) = mask {
				apply_mask(&mut matrix.data, &mask.data);
			}
		};
		mask_of(&mut hidden);
		let mut head_delta = scores(own, &hidden);
		let mut loss = vec![0.0; batch.rows];
		softmax_cross_entropy(head_delta.view_mut(), tokens, &mut loss, 1.0);
		let mut hidden_delta = Matrix::zeros(batch.rows, hidden.cols);
		multiply_bt(head_delta.view(), own.head.view(), hidden_delta.view_mut(), false);
		mask_of(&mut hidden_delta);
		relu_backward(&hidden.data, &mut hidden_delta.data);
		Some(Pass { column: *column, loss, hidden, head_delta, hidden_delta })
	})
	.into_iter()
	.flatten()
	.collect()
}

/// The hidden layer of one column, without dropout.
fn hidden(own: &ColumnParameters, shape: &Shape, order: &Order, column: usize, embedded: &Matrix) -> Matrix {
	let mut hidden = Matrix::zeros(embedded.rows, own.first_bias.len());
	add_bias(hidden.view_mut(), &own.first_bias);
	let known = order.known(shape, column);
	multiply_blocks(embedded.view(), own.first.view(), &known, hidden.view_mut(), true);
	relu_forward(&mut hidden.data);
	hidden
}

/// The numbers before the softmax.
fn scores(own: &ColumnParameters, hidden: &Matrix) -> Matrix {
	let mut scores = Matrix::zeros(hidden.rows, own.head_bias.len());
	add_bias(scores.view_mut(), &own.head_bias);
	multiply(hidden.view(), own.head.view(), scores.view_mut(), true);
	scores
}

/// Sum over columns and rows of the negative log-probability, in nats, without dropout.
pub(crate) fn loss(parameters: &Parameters, shape: &Shape, order: &Order, batch: &Batch) -> f64 {
	let embedded = embedded(parameters, shape, batch);
	let losses = threads::map_work(work(shape, batch), &shape.predicted(), |column| {
		let (Some(own), Some(tokens)) = (parameters.get(*column), batch.tokens.get(*column)) else { return 0.0 };
		let mut scores = scores(own, &hidden(own, shape, order, *column, &embedded));
		let mut loss = vec![0.0; batch.rows];
		softmax_cross_entropy(scores.view_mut(), tokens, &mut loss, 1.0);
		loss.iter().map(|loss| f64::from(*loss)).sum::<f64>()
	});
	losses.iter().sum()
}

/// Derivatives by the embeddings of every column, a row for every row of the batch.
pub(crate) fn embedding_deltas(
	parameters: &Parameters,
	shape: &Shape,
	order: &Order,
	batch: &Batch,
	passes: &[Pass],
) -> Vec<Matrix> {
	let columns: Vec<usize> = (0..shape.columns.len()).collect();
	threads::map_work(work(shape, batch), &columns, |column| {
		let Some(its) = shape.columns.get(*column) else { return Matrix::default() };
		let mut delta = Matrix::zeros(batch.rows, its.embedding.len());
		for pass in passes.iter().filter(|pass| order.knows(pass.column, *column)) {
			let Some(user) = parameters.get(pass.column) else { continue };
			let weights = user.first.rows_view(its.embedding.clone());
			multiply_bt(pass.hidden_delta.view(), weights, delta.view_mut(), true);
		}
		delta
	})
}

/// The gradients: sums over the rows of the batch.
pub(crate) fn gradients(
	shape: &Shape,
	order: &Order,
	batch: &Batch,
	embedded: &Matrix,
	passes: &[Pass],
	embedding_deltas: &[Matrix],
) -> Parameters {
	let columns: Vec<usize> = (0..shape.columns.len()).collect();
	threads::map_work(work(shape, batch), &columns, |column| {
		let (Some(its), Some(tokens)) = (shape.columns.get(*column), batch.tokens.get(*column)) else {
			return ColumnParameters::default();
		};
		let mut embedding = Matrix::zeros(its.tokens, its.embedding.len());
		if let Some(delta) = embedding_deltas.get(*column) {
			scatter_add(delta.view(), tokens, embedding.view_mut());
		}
		let Some(pass) = passes.iter().find(|pass| pass.column == *column) else {
			return ColumnParameters { embedding, ..ColumnParameters::default() };
		};
		let mut first = Matrix::zeros(shape.width, its.hidden);
		for known in order.known(shape, *column) {
			let inputs = embedded.columns(known.clone());
			multiply_at(inputs, pass.hidden_delta.view(), first.rows_view_mut(known), false);
		}
		let mut head = Matrix::zeros(its.hidden, its.tokens);
		multiply_at(pass.hidden.view(), pass.head_delta.view(), head.view_mut(), false);
		ColumnParameters {
			embedding,
			first,
			first_bias: sums(&pass.hidden_delta),
			head,
			head_bias: sums(&pass.head_delta),
		}
	})
}

fn sums(matrix: &Matrix) -> Vec<f32> {
	let mut sums = vec![0.0; matrix.cols];
	column_sums(matrix.view(), &mut sums, false);
	sums
}

#[cfg(test)]
mod tests {
	use super::{super::parameters::initial, *};
	use crate::random::Stream;

	fn setting() -> (Shape, Parameters, Batch) {
		let shape = Shape::new(&[(3, true), (5, true), (4, false), (9, true)]);
		let mut parameters = initial(&shape, None, &[7; 32]);
		// Far from the edges of the ReLUs.
		parameters.iter_mut().flat_map(|column| &mut column.embedding.data).for_each(|x| *x *= 10.0);
		let mut stream = Stream::new(&[8; 32], "batch", 0);
		let rows = 24;
		let column = |tokens: u64| (0..rows).map(|_| u32::try_from(stream.below(tokens)).unwrap()).collect();
		let tokens = [3, 5, 4, 9].map(column).to_vec();
		(shape, parameters, Batch { rows, tokens })
	}

	#[test]
	fn gradients_are_the_slopes_of_the_loss() {
		let (shape, parameters, batch) = setting();
		let order = Order::of(&shape, &[3, 0, 1]);
		let all = embedded(&parameters, &shape, &batch);
		let passes = passes(&parameters, &shape, &order, &batch, &all, &Vec::new());
		let deltas = embedding_deltas(&parameters, &shape, &order, &batch, &passes);
		let gradients = gradients(&shape, &order, &batch, &all, &passes, &deltas);
		let mut compared = 0;
		for (column, part) in (0..4).flat_map(|column| (0..5).map(move |part| (column, part))) {
			let size = parameters[column].parts()[part].len();
			for at in (0..size).step_by(size / 7 + 1) {
				let moved = |by: f32| {
					let mut parameters = parameters.clone();
					parameters[column].parts_mut()[part][at] += by;
					loss(&parameters, &shape, &order, &batch)
				};
				let slope = (moved(0.0005) - moved(-0.0005)) / 0.001;
				let gradient = f64::from(gradients[column].parts()[part][at]);
				assert!(
					(slope - gradient).abs() < 0.02 + 0.02 * slope.abs(),
					"{column} {part} {at}: {slope} {gradient}"
				);
				compared += usize::from(slope.abs() > 0.05);
			}
		}
		assert!(compared > 25, "{compared}");
	}

	#[test]
	fn what_a_column_does_not_know_does_not_matter_to_it() {
		let (shape, parameters, mut batch) = setting();
		let order = Order::of(&shape, &[1, 0, 3]);
		let of_first = |batch: &Batch| {
			let all = embedded(&parameters, &shape, batch);
			let passes = passes(&parameters, &shape, &order, batch, &all, &Vec::new());
			passes.iter().find(|pass| pass.column == 0).map(|pass| pass.head_delta.clone()).unwrap()
		};
		let before = of_first(&batch);
		batch.tokens[3].fill(0);
		assert_eq!(of_first(&batch), before);
		batch.tokens[2].fill(0);
		assert_ne!(of_first(&batch), before);
	}
}
