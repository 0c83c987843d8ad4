//! Correlation of a column with itself a visit later.

use super::{LagCorrelation, Side};
use crate::{evaluate::metric::to_ppm, number, schema::Column};

/// The changing numeric columns but the time: those that some real patient changes.
pub(super) fn lags(real: &Side<'_>, made: &Side<'_>) -> Vec<LagCorrelation> {
	let schema = real.table.schema();
	let numeric = |column: &&Column| column.is_numeric() && Some(&column.name) != schema.time_column.as_ref();
	let changing = schema.columns.iter().filter(numeric).filter(|column| changes(real, column));
	changing
		.map(|column| LagCorrelation {
			name: column.name.clone(),
			training_ppm: lag(real, column).and_then(to_ppm),
			synthetic_ppm: lag(made, column).and_then(to_ppm),
		})
		.collect()
}

/// |real - synthetic|; 1 if only the synthetic correlation is not defined, nothing if the real one is not.
pub(super) fn difference(lag: &LagCorrelation) -> Option<f64> {
	let real = lag.training_ppm?;
	Some(lag.synthetic_ppm.map_or(1.0, |made| real.abs_diff(made) as f64 / 1e6))
}

fn changes(side: &Side<'_>, column: &Column) -> bool {
	side.visits.patients.iter().any(|rows| {
		let codes = side.codes(column, rows);
		codes.iter().any(|code| Some(code) != codes.first())
	})
}

/// Pearson's r over the pairs of consecutive visits that both have the value; `None` without spread.
fn lag(side: &Side<'_>, column: &Column) -> Option<f64> {
	let scale = column.scale();
	let mut pairs: Vec<(f64, f64)> = Vec::new();
	for rows in &side.visits.patients {
		let codes = side.codes(column, rows);
		let both = codes.iter().zip(codes.iter().skip(1)).filter_map(|(now, next)| now.zip(*next));
		pairs.extend(both.map(|(now, next)| (number::to_f64(now, scale), number::to_f64(next, scale))));
	}
	let count = pairs.len() as f64;
	let (x, y) = pairs.iter().fold((0.0, 0.0), |(x, y), pair| (x + pair.0 / count, y + pair.1 / count));
	let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
	for pair in &pairs {
		let (a, b) = (pair.0 - x, pair.1 - y);
		xx += a * a;
		yy += b * b;
		xy += a * b;
	}
	let r = xy / (xx.sqrt() * yy.sqrt());
	r.is_finite().then_some(r)
}
