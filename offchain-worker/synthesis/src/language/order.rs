//! Orders in which columns are predicted.

use super::shape::Shape;
use crate::random::Stream;
use std::ops::Range;

/// Columns one after the other, each predicted from those before it. Columns that are only given come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
	/// Place of every column.
	place: Vec<usize>,
}

impl Order {
	/// The columns of a list, after those that are only given. Columns that are not listed come last.
	pub fn of(shape: &Shape, listed: &[usize]) -> Self {
		let last = shape.columns.len();
		let place = |(at, column): (usize, &super::shape::ColumnShape)| {
			if column.hidden == 0 {
				return 0;
			}
			listed.iter().position(|listed| *listed == at).map_or(last, |place| place.saturating_add(1))
		};
		Self { place: shape.columns.iter().enumerate().map(place).collect() }
	}

	/// The order of [`Shape::order`].
	pub fn natural(shape: &Shape) -> Self {
		Self::of(shape, &shape.order())
	}

	/// Any order, each as likely.
	pub fn random(shape: &Shape, stream: &mut Stream) -> Self {
		let mut columns = shape.predicted();
		stream.shuffle(&mut columns);
		Self::of(shape, &columns)
	}

	/// Whether `other` comes before `column`.
	pub fn knows(&self, column: usize, other: usize) -> bool {
		match (self.place.get(column), self.place.get(other)) {
			(Some(own), Some(other)) => other < own,
			_ => false,
		}
	}

	/// Where the embeddings of the columns before `column` lie, ascending, neighbours joined.
	pub fn known(&self, shape: &Shape, column: usize) -> Vec<Range<usize>> {
		let mut ranges: Vec<Range<usize>> = Vec::new();
		for (other, its) in shape.columns.iter().enumerate() {
			if !self.knows(column, other) {
				continue;
			}
			match ranges.last_mut() {
				Some(last) if last.end == its.embedding.start => last.end = its.embedding.end,
				_ => ranges.push(its.embedding.clone()),
			}
		}
		ranges
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn shape() -> Shape {
		Shape::new(&[(2, true), (3, false), (4, true), (5, true)])
	}

	#[test]
	fn a_column_knows_those_before_it_and_those_that_are_given() {
		let order = Order::of(&shape(), &[3, 0, 2]);
		assert!(order.knows(0, 3) && order.knows(0, 1) && !order.knows(0, 2) && !order.knows(0, 0));
		assert_eq!(order.known(&shape(), 2), [0..5, 9..14]);
		assert_eq!(order.known(&shape(), 3).first(), Some(&(2..5)));
	}

	#[test]
	fn every_order_is_drawn() {
		let mut stream = Stream::new(&[1; 32], "order", 0);
		let orders: std::collections::BTreeSet<Vec<usize>> =
			(0..200).map(|_| Order::random(&shape(), &mut stream).place).collect();
		assert_eq!(orders.len(), 6);
	}
}
