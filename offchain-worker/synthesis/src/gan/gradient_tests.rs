//! Every gradient against central differences of the same function written down once more, naively and in f64.

use super::{
	critic::Critic,
	generator::{Generator, Trace, BLOCKS},
	heads::{self, Gumbel},
	layout::Layout,
	parameter::Parameter,
	rows::Condition,
};
use crate::{kernels::Matrix, random::Stream};
use rand_core::Rng;

type Table = Vec<Vec<f64>>;

fn table(matrix: &Matrix) -> Table {
	(0..matrix.rows).map(|row| matrix.row(row).iter().map(|value| f64::from(*value)).collect()).collect()
}

fn random(rows: usize, cols: usize, stream: &mut Stream) -> Matrix {
	Matrix { rows, cols, data: (0..rows * cols).map(|_| stream.normal() as f32).collect() }
}

fn product(a: &Table, b: &Table) -> Table {
	let column = |j: usize, row: &Vec<f64>| row.iter().zip(b).map(|(x, line)| x * line[j]).sum();
	a.iter().map(|row| (0..b[0].len()).map(|j| column(j, row)).collect()).collect()
}

/// Compares gradients with central differences of `loss` over all parameters.
fn assert_gradients(parameters: &[&Parameter], loss: impl Fn(&[Table]) -> f64) {
	let mut point: Vec<Table> = parameters.iter().map(|parameter| table(&parameter.value)).collect();
	let step = 1e-6;
	let mut largest = 0.0f64;
	for (at, parameter) in parameters.iter().enumerate() {
		for row in 0..parameter.value.rows {
			for col in 0..parameter.value.cols {
				let here = point[at][row][col];
				point[at][row][col] = here + step;
				let above = loss(&point);
				point[at][row][col] = here - step;
				let below = loss(&point);
				point[at][row][col] = here;
				let expected = (above - below) / (2.0 * step);
				let found = f64::from(parameter.gradient.row(row)[col]);
				assert!(
					(expected - found).abs() <= 2e-4 * (1.0 + expected.abs()),
					"parameter {at} ({row}, {col}): {found} instead of {expected}"
				);
				largest = largest.max(expected.abs());
			}
		}
	}
	assert!(largest > 0.05, "all gradients are about 0: nothing was compared");
}

fn leaky(value: f64) -> (f64, f64) {
	if value > 0.0 {
		(value, 1.0)
	} else {
		(0.2 * value, 0.2)
	}
}

/// c of one point, without the constant.
fn score(p: &[Table], point: &[f64], asked: &[usize]) -> f64 {
	let layer = |inputs: &[f64], weights: &Table, bias: &[f64]| -> Vec<f64> {
		let sums = product(&vec![inputs.to_vec()], weights);
		sums[0].iter().zip(bias).map(|(sum, bias)| leaky(sum + bias).0).collect()
	};
	let mut bias = p[2][0].clone();
	for place in asked.iter().filter(|place| **place < p[1].len()) {
		bias.iter_mut().zip(&p[1][*place]).for_each(|(sum, weight)| *sum += weight);
	}
	let second = layer(&layer(point, &p[0], &bias), &p[3], &p[4][0]);
	second.iter().zip(&p[5]).map(|(unit, weight)| unit * weight[0]).sum()
}

/// ‖∇c‖ at one point, by central differences: c is linear between kinks, so they are exact but for rounding.
fn slope(p: &[Table], point: &[f64], asked: &[usize]) -> f64 {
	let step = 1e-3;
	let mut moved = point.to_vec();
	let mut square = 0.0;
	for at in 0..point.len() {
		moved[at] = point[at] + step;
		let above = score(p, &moved, asked);
		moved[at] = point[at] - step;
		let below = score(p, &moved, asked);
		moved[at] = point[at];
		square += ((above - below) / (2.0 * step)).powi(2);
	}
	square.sqrt()
}

fn critic(stream: &mut Stream) -> Critic {
	let mut critic = Critic::new(2, 3, 2, 4, stream);
	// Larger weights than a fresh critic's, so that slopes differ from 0 and 1.
	for parameter in critic.parameters_mut() {
		parameter.value.data.iter_mut().for_each(|value| *value *= 2.0);
	}
	critic
}

#[test]
fn the_critics_gradients_are_those_of_its_loss_with_the_penalty() {
	let mut stream = Stream::new(&[1; 32], "critic", 0);
	let mut critic = critic(&mut stream);
	let mut points = random(7, 6, &mut stream);
	let plain = [0.5f32, 0.25, -0.5, -0.25];
	let given = table(&points);
	let asked = critic.places(2, &[0, 1, 1, 1, 0, usize::MAX, 1, 0, 0, 0, usize::MAX, 1, 1, 0]);
	let mut seen = critic.forward(&points, &asked);
	let penalty = critic.backward(&mut points, &asked, &mut seen, &plain, 10.0);
	let all = || given.iter().zip(asked.chunks(2));
	let penalty_of = |p: &[Table]| {
		all().skip(4).map(|(point, asked)| (slope(p, point, asked) - 1.0).powi(2)).sum::<f64>() * 10.0 / 3.0
	};
	let loss = |p: &[Table]| {
		all().zip(plain).map(|((point, asked), weight)| f64::from(weight) * score(p, point, asked)).sum::<f64>()
			+ penalty_of(p)
	};
	let parameters = critic.parameters();
	let values: Vec<Table> = parameters.iter().map(|parameter| table(&parameter.value)).collect();
	assert!((f64::from(penalty) - penalty_of(&values)).abs() < 1e-4);
	assert_gradients(&parameters, loss);
}

#[test]
fn the_critics_gradient_at_points_is_that_of_its_scores() {
	let mut stream = Stream::new(&[2; 32], "critic", 0);
	let critic = critic(&mut stream);
	let points = random(3, 6, &mut stream);
	let asked = critic.places(2, &[0, 1, 1, 1, 0, usize::MAX]);
	let seen = critic.forward(&points, &asked);
	let weights = [1.0f32, -0.5, 2.0];
	let found = critic.at_points(&seen, &weights);
	let values: Vec<Table> = critic.parameters().iter().map(|parameter| table(&parameter.value)).collect();
	for (row, weight) in weights.iter().enumerate() {
		let (point, own) = (table(&points)[row].clone(), &asked[2 * row..2 * row + 2]);
		assert!((f64::from(seen.scores[row]) - score(&values, &point, &asked[2 * row..2 * row + 2])).abs() < 1e-5);
		for at in 0..point.len() {
			let (mut above, mut below) = (point.clone(), point.clone());
			above[at] += 1e-4;
			below[at] -= 1e-4;
			let expected = f64::from(*weight) * (score(&values, &above, own) - score(&values, &below, own)) / 2e-4;
			assert!((f64::from(found.row(row)[at]) - expected).abs() < 1e-4);
		}
	}
}

/// Adds to every row the row of the table that it asks for.
fn with_rows(mut sums: Table, table: &Table, asked: &[usize]) -> Table {
	for (sums, place) in sums.iter_mut().zip(asked) {
		if let Some(row) = table.get(*place) {
			sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
		}
	}
	sums
}

/// The generator's rows in f64. `gumbels` and `inputs` are fixed.
fn rows(p: &[Table], inputs: &Table, asked: &[usize], layout: &Layout, gumbels: &Table) -> (Table, Table) {
	let mut hidden = inputs.clone();
	for block in 0..BLOCKS {
		let [scale, shift] = [&p[4 * block + 2], &p[4 * block + 3]];
		let sums = with_rows(product(&hidden, &p[4 * block]), &p[4 * block + 1], asked);
		let count = sums.len() as f64;
		for j in 0..scale[0].len() {
			let mean = sums.iter().map(|row| row[j]).sum::<f64>() / count;
			let variance = sums.iter().map(|row| (row[j] - mean).powi(2)).sum::<f64>() / count;
			for (row, sum) in hidden.iter_mut().zip(&sums) {
				let normal = (sum[j] - mean) / (variance + 1e-5).sqrt();
				row.push((normal * scale[0][j] + shift[0][j]).max(0.0));
			}
		}
	}
	let mut outputs = with_rows(product(&hidden, &p[4 * BLOCKS]), &p[4 * BLOCKS + 1], asked);
	for row in &mut outputs {
		row.iter_mut().zip(&p[4 * BLOCKS + 2][0]).for_each(|(value, bias)| *value += bias);
	}
	let mut made = outputs.clone();
	for (row, gumbel) in made.iter_mut().zip(gumbels) {
		for span in &layout.spans {
			let tokens = span.row..span.row + span.tokens;
			let powers: Vec<f64> = tokens.clone().map(|at| ((row[at] + gumbel[at]) / 0.2).exp()).collect();
			let total: f64 = powers.iter().sum();
			for (at, power) in tokens.zip(powers) {
				row[at] = power / total;
			}
			for token in 0..span.tokens {
				if let Some(place) = span.scalar_of(token) {
					row[span.row + place] = row[span.row + place].tanh() * row[span.row + token];
				}
			}
		}
	}
	(outputs, made)
}

#[test]
fn the_generators_gradients_are_those_of_its_loss_with_the_conditions() {
	let mut stream = Stream::new(&[4; 32], "generator", 0);
	let layout = Layout::new([(3, 0), (3, 2), (1, 1)].into_iter());
	let (batch, inputs, hidden) = (6, 5, 4);
	let mut generator = Generator::new(inputs, layout.conditions, hidden, layout.width, &mut stream);
	for parameter in generator.parameters_mut() {
		// Small outputs keep Gumbel-softmax out of its flat parts.
		parameter.value.data.iter_mut().for_each(|value| *value *= 0.7);
	}
	let mut trace = Trace::default();
	generator.prepare(batch, &mut trace);
	let given = random(batch, inputs, &mut stream);
	for row in 0..batch {
		trace.hidden.row_mut(row)[..inputs].copy_from_slice(given.row(row));
	}
	let conditions: Vec<Condition> = (0..batch).map(|at| Condition { column: at % 2, token: at % 3 }).collect();
	trace.asked = conditions.iter().map(|condition| layout.place(*condition)).collect();
	trace.asked[3] = usize::MAX;
	generator.forward(&mut trace);

	let (gumbel, stride) = (Gumbel::new(), layout.width + 2);
	let mut made = vec![0.0; batch * stride];
	let mut drawn = Stream::new(&[5; 32], "gumbel", 0);
	let curves = heads::forward(&layout, &trace.out, &gumbel, &mut drawn, stride, &mut made);
	let mut again = Stream::new(&[5; 32], "gumbel", 0);
	let mut bytes = vec![0u8; layout.width * 2];
	let gumbels: Table = (0..batch)
		.map(|_| {
			again.rng().fill_bytes(&mut bytes);
			bytes.chunks(2).map(|pair| f64::from(gumbel.draw(pair))).collect()
		})
		.collect();

	// In place of the critic, a fixed weight for every place of every row.
	let weights = random(batch, stride, &mut stream);
	let mut at_outputs = Matrix::zeros(batch, layout.width);
	heads::backward(&layout, &curves, stride, &made, &weights.data, &mut at_outputs);
	let condition_loss = heads::condition_loss(&layout, &trace.out, &conditions, &mut at_outputs);
	generator.backward(&trace, &at_outputs, &mut Matrix::default());

	let (given, weights) = (table(&given), table(&weights));
	let asked = |outputs: &Table| {
		let of = |(row, condition): (&Vec<f64>, &Condition)| {
			let span = layout.spans[condition.column];
			let logits = &row[span.row..span.row + span.tokens];
			logits.iter().map(|logit| logit.exp()).sum::<f64>().ln() - logits[condition.token]
		};
		outputs.iter().zip(&conditions).map(of).sum::<f64>() / batch as f64
	};
	let values: Vec<Table> = generator.parameters().iter().map(|parameter| table(&parameter.value)).collect();
	let (outputs, rows_found) = rows(&values, &given, &trace.asked, &layout, &gumbels);
	assert!((f64::from(condition_loss) - asked(&outputs)).abs() < 1e-5);
	for (row, exact) in made.chunks(stride).zip(&rows_found) {
		assert!(row.iter().zip(exact).all(|(found, exact)| (f64::from(*found) - exact).abs() < 1e-4));
	}
	assert_gradients(&generator.parameters(), |p| {
		let (outputs, made) = rows(p, &given, &trace.asked, &layout, &gumbels);
		let scores = made.iter().zip(&weights).flat_map(|(row, weights)| row.iter().zip(weights)).map(|(x, w)| x * w);
		scores.sum::<f64>() + asked(&outputs)
	});
}
