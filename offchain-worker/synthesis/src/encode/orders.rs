//! Columns that are ordered among each other, drawn so that every order holds.

use super::{choices::Choices, Domain};
use crate::random::Stream;
use std::collections::{BTreeMap, BTreeSet};

/// What may be drawn for one column.
pub(super) struct Drawable {
	/// By group.
	pub groups: Vec<Choices>,
	/// Class of every group.
	pub classes: Vec<u32>,
	/// All levels of a class, of equal weight.
	pub by_class: BTreeMap<u32, Choices>,
	/// Whether a cell may be made missing.
	pub may_miss: bool,
}

/// The columns that are in some order, lesser ones first.
pub(super) struct Orders {
	/// Positions in the domain.
	pub columns: Vec<usize>,
	/// For each of them the places in `columns` of those that are at most it, and at least it.
	below: Vec<Vec<usize>>,
	above: Vec<Vec<usize>>,
}

impl Orders {
	/// The orders of a domain. As they hold all that follows from chains, a column comes after another if more are below it.
	pub fn new(domain: &Domain) -> Self {
		let orders = &domain.rules().orders;
		let all: BTreeSet<usize> = orders.iter().flat_map(|(a, b)| [*a, *b]).collect();
		let mut columns: Vec<usize> = all.into_iter().collect();
		columns.sort_by_key(|column| (orders.iter().filter(|(_, upper)| upper == column).count(), *column));
		let places = |related: &dyn Fn(usize) -> bool| -> Vec<usize> {
			columns.iter().enumerate().filter(|(_, other)| related(**other)).map(|(place, _)| place).collect()
		};
		let below = columns.iter().map(|column| places(&|other| orders.contains(&(other, *column)))).collect();
		let above = columns.iter().map(|column| places(&|other| orders.contains(&(*column, other)))).collect();
		Self { columns, below, above }
	}
}

/// Draws rows of ordered columns.
pub(super) struct OrderedDraw<'d> {
	orders: &'d Orders,
	drawables: &'d [Drawable],
	/// Greatest code that leaves room above, by place.
	tops: Vec<i64>,
	/// Cells that are drawn, by place.
	pub cells: Vec<Option<i64>>,
	/// Places for which orders do not hold in this row.
	free: Vec<bool>,
}

impl<'d> OrderedDraw<'d> {
	/// Ready for rows; `drawables` by place.
	pub fn new(orders: &'d Orders, drawables: &'d [Drawable]) -> Self {
		let places = orders.columns.len();
		Self { orders, drawables, tops: vec![0; places], cells: vec![None; places], free: vec![false; places] }
	}

	/// Draws one row of groups into `cells`.
	///
	/// Bounds are propagated from the greatest column to the least, then cells are drawn from the least to the greatest,
	/// each at least those below. If the groups of the row exclude each other, cells are drawn from the nearest
	/// levels of the same class; if these do too, cells are made missing where `may_miss` allows it, given the column
	/// and those already made missing in this row.
	///
	/// # Errors
	/// The place of a column for which nothing is left.
	pub fn row(
		&mut self,
		groups: &[u32],
		streams: &mut [Stream],
		may_miss: &dyn Fn(usize, &[usize]) -> bool,
	) -> Result<(), usize> {
		let drawables = self.drawables;
		let own = |place: usize| choices(drawables, place, groups);
		for (place, free) in self.free.iter_mut().enumerate() {
			*free = own(place).is_some_and(Choices::is_free);
		}
		if self.propagate(&own).is_ok() {
			return self.draw(&own, &|choices, _, low, high, stream| choices.draw_within(low, high, stream), streams);
		}
		let wide = |place: usize| class(drawables, place, groups);
		let mut gone = Vec::new();
		while let Err(place) = self.propagate(&wide) {
			let freed = self.give_way(place, &gone, may_miss).ok_or(place)?;
			gone.extend(self.orders.columns.get(freed));
		}
		let near = |choices: &Choices, place, low, high, stream: &mut Stream| {
			own(place).and_then(|wanted| choices.draw_near(wanted, low, high, stream))
		};
		self.draw(&wide, &near, streams)
	}

	/// Frees a place that has nothing left, or one that bounds it from above.
	fn give_way(&mut self, place: usize, gone: &[usize], may_miss: &dyn Fn(usize, &[usize]) -> bool) -> Option<usize> {
		let above = self.orders.above.get(place)?.iter().copied();
		let freed = std::iter::once(place).chain(above).find(|place| {
			self.free.get(*place) == Some(&false)
				&& self.drawables.get(*place).is_some_and(|drawable| drawable.may_miss)
				&& self.orders.columns.get(*place).is_some_and(|column| may_miss(*column, gone))
		})?;
		*self.free.get_mut(freed)? = true;
		Some(freed)
	}

	fn propagate(&mut self, sets: &dyn Fn(usize) -> Option<&'d Choices>) -> Result<(), usize> {
		for place in (0..self.orders.columns.len()).rev() {
			if self.free.get(place).copied().unwrap_or(true) {
				continue;
			}
			let above = self.orders.above.get(place).map_or(&[][..], Vec::as_slice);
			let bound = above.iter().filter(|other| self.free.get(**other) == Some(&false));
			let bound = bound.filter_map(|other| self.tops.get(*other).copied()).min().unwrap_or(i64::MAX);
			let top = sets(place).and_then(|set| set.greatest_at_most(bound)).ok_or(place)?;
			if let Some(slot) = self.tops.get_mut(place) {
				*slot = top;
			}
		}
		Ok(())
	}

	#[allow(clippy::type_complexity)]
	fn draw(
		&mut self,
		sets: &dyn Fn(usize) -> Option<&'d Choices>,
		within: &dyn Fn(&Choices, usize, i64, i64, &mut Stream) -> Option<i64>,
		streams: &mut [Stream],
	) -> Result<(), usize> {
		for (place, stream) in streams.iter_mut().enumerate() {
			let set = sets(place).ok_or(place)?;
			let cell = if self.free.get(place).copied().unwrap_or(true) {
				if set.is_free() {
					set.draw(stream)
				} else {
					None
				}
			} else {
				let below = self.orders.below.get(place).map_or(&[][..], Vec::as_slice);
				let bound = below.iter().filter(|other| self.free.get(**other) == Some(&false));
				let low = bound.filter_map(|other| self.cells.get(*other).copied().flatten()).max().unwrap_or(i64::MIN);
				let top = self.tops.get(place).copied().unwrap_or(i64::MAX);
				Some(within(set, place, low, top, stream).ok_or(place)?)
			};
			if let Some(slot) = self.cells.get_mut(place) {
				*slot = cell;
			}
		}
		Ok(())
	}
}

fn group<'i, T>(items: &'i [T], groups: &[u32], place: usize) -> Option<&'i T> {
	items.get(usize::try_from(*groups.get(place)?).ok()?)
}

fn choices<'d>(drawables: &'d [Drawable], place: usize, groups: &[u32]) -> Option<&'d Choices> {
	group(&drawables.get(place)?.groups, groups, place)
}

fn class<'d>(drawables: &'d [Drawable], place: usize, groups: &[u32]) -> Option<&'d Choices> {
	let drawable = drawables.get(place)?;
	drawable.by_class.get(group(&drawable.classes, groups, place)?)
}
