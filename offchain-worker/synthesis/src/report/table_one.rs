//! Table one: every column of both tables as clinical papers show it, with the standardised difference.

use super::{
	page::Page,
	sections::{amount, percent_of},
};
use crate::{calendar, evaluate::View, schema::ColumnKind};
use std::collections::BTreeMap;

/// Levels of a categorical column that get a line; the rest is pooled.
const LEVELS: usize = 8;

/// Writes the section.
pub(super) fn section(page: &mut Page, real: &[View<'_>], made: &[View<'_>]) {
	page.heading("Table one");
	page.paragraph("Numbers and dates: mean (standard deviation), and median [quartiles] below; levels: count (share of the present cells). The standardised difference is the difference of means or shares in units of the pooled standard deviation; below 0.1 the tables agree for most uses (Austin 2009).");
	let mut rows = Vec::new();
	for (r, s) in real.iter().zip(made) {
		let unit = r.column.unit.as_ref().map_or_else(String::new, |unit| format!(" ({unit})"));
		let (a, b) = (count(r), count(s));
		let missing = |view: &View<'_>| percent_of(view.missing_share());
		let mut head = vec![format!("{}{unit}", r.column.name), a, missing(r), String::new(), b, missing(s)];
		if r.column.is_numeric() {
			let (a, b) = (Summary::of(r), Summary::of(s));
			let text = |summary: &Option<Summary>, f: fn(&Summary, &View<'_>) -> String| {
				summary.as_ref().map_or_else(|| "–".to_owned(), |summary| f(summary, r))
			};
			let difference = a.as_ref().zip(b.as_ref()).and_then(|(a, b)| a.difference(b));
			insert(&mut head, text(&a, Summary::moments), text(&b, Summary::moments), written(difference));
			rows.push(head);
			let (a, b) = (text(&a, Summary::quartiles), text(&b, Summary::quartiles));
			rows.push(vec![
				String::new(),
				String::new(),
				String::new(),
				a,
				String::new(),
				String::new(),
				b,
				String::new(),
			]);
		} else {
			insert(&mut head, String::new(), String::new(), String::new());
			rows.push(head);
			rows.extend(levels(r, s));
		}
	}
	page.table(
		&["Column", "Real n", "Missing", "Real", "Synthetic n", "Missing", "Synthetic", "Std. difference"],
		&["", "number", "number", "number", "number", "number", "number", "number"],
		&rows,
	);
}

/// Fills the cells of a column's first line.
fn insert(head: &mut Vec<String>, real: String, made: String, difference: String) {
	if let Some(cell) = head.get_mut(3) {
		*cell = real;
	}
	head.extend([made, difference]);
}

fn count(view: &View<'_>) -> String {
	view.codes.iter().flatten().count().to_string()
}

fn written(difference: Option<f64>) -> String {
	difference.map_or_else(|| "–".into(), |difference| format!("{difference:.3}"))
}

/// Moments and quartiles of present numbers.
struct Summary {
	mean: f64,
	deviation: f64,
	quartiles: [f64; 3],
}

impl Summary {
	fn of(view: &View<'_>) -> Option<Self> {
		let mut present: Vec<f64> = view.floats().into_iter().filter(|x| !x.is_nan()).collect();
		present.sort_by(f64::total_cmp);
		let last = present.len().checked_sub(1)?;
		// Linear interpolation between order statistics (R's type 7).
		let quantile = |p: f64| {
			let at = p * last as f64;
			let below = libm::floor(at);
			let get = |place: f64| present.get(place as usize).copied().unwrap_or(f64::NAN);
			let (low, high) = (get(below), get((below + 1.0).min(last as f64)));
			low + (high - low) * (at - below)
		};
		let moments = crate::evaluate::Moments::of(&present)?;
		Some(Self {
			mean: moments.mean,
			deviation: moments.deviation,
			quartiles: [quantile(0.25), quantile(0.5), quantile(0.75)],
		})
	}

	fn moments(&self, view: &View<'_>) -> String {
		match view.column.kind {
			ColumnKind::Date { .. } => format!("{} ({} d)", value(self.mean, view), amount(self.deviation)),
			_ => format!("{} ({})", amount(self.mean), amount(self.deviation)),
		}
	}

	fn quartiles(&self, view: &View<'_>) -> String {
		let [low, median, high] = self.quartiles.map(|x| value(x, view));
		format!("{median} [{low}, {high}]")
	}

	/// |mean - mean| / √((s² + s²) / 2); `None` if neither varies.
	fn difference(&self, other: &Self) -> Option<f64> {
		let pooled = ((self.deviation * self.deviation + other.deviation * other.deviation) / 2.0).sqrt();
		(pooled > 0.0).then(|| (self.mean - other.mean).abs() / pooled)
	}
}

fn value(x: f64, view: &View<'_>) -> String {
	match view.column.kind {
		ColumnKind::Date { .. } => calendar::format(libm::round(x) as i64),
		_ => amount(x),
	}
}

/// |p - q| / √((p (1 - p) + q (1 - q)) / 2); `None` if neither varies.
fn difference_of_shares(p: f64, q: f64) -> Option<f64> {
	let pooled = ((p * (1.0 - p) + q * (1.0 - q)) / 2.0).sqrt();
	(pooled > 0.0).then(|| (p - q).abs() / pooled)
}

fn levels(real: &View<'_>, made: &View<'_>) -> Vec<Vec<String>> {
	let ColumnKind::Categorical { levels } = &real.column.kind else { return Vec::new() };
	let counts = |view: &View<'_>| {
		let mut counts: BTreeMap<i64, f64> = BTreeMap::new();
		view.codes.iter().flatten().for_each(|code| *counts.entry(*code).or_insert(0.0) += 1.0);
		counts
	};
	let (a, b) = (counts(real), counts(made));
	let of = |counts: &BTreeMap<i64, f64>, code| counts.get(&code).copied().unwrap_or(0.0);
	let (size_a, size_b): (f64, f64) = (a.values().sum(), b.values().sum());
	let mut order: Vec<(i64, &String)> = (0i64..).zip(levels).collect();
	order.sort_by(|x, y| of(&a, y.0).total_cmp(&of(&a, x.0)).then(x.0.cmp(&y.0)));
	let (shown, rest) = order.split_at(order.len().min(LEVELS));
	let mut lines: Vec<(String, f64, f64)> =
		shown.iter().map(|(code, level)| (format!("\u{2003}{level}"), of(&a, *code), of(&b, *code))).collect();
	if !rest.is_empty() {
		let sum = |counts| rest.iter().map(|(code, _)| of(counts, *code)).sum();
		lines.push((format!("\u{2003}{} others", rest.len()), sum(&a), sum(&b)));
	}
	let share = |count: f64, size: f64| if size > 0.0 { count / size } else { 0.0 };
	let cell = |count: f64, size: f64| format!("{count:.0} ({})", percent_of(share(count, size)));
	let line = |(name, x, y): (String, f64, f64)| {
		let gap = written(difference_of_shares(share(x, size_a), share(y, size_b)));
		let blank = String::new;
		vec![name, blank(), blank(), cell(x, size_a), blank(), blank(), cell(y, size_b), gap]
	};
	lines.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::schema::Column;

	#[test]
	fn moments_quartiles_and_differences_are_the_usual_ones() {
		let column = Column { missing: true, ..Column::new("c", ColumnKind::Integer { min: 0, max: 100 }) };
		let codes = [Some(1), Some(2), Some(3), Some(10), None];
		let view = View { column: &column, codes: &codes };
		let summary = Summary::of(&view).unwrap();
		// R: quantile(c(1, 2, 3, 10)) gives 1.75, 2.5, 4.75; sd 4.082483
		assert_eq!(summary.quartiles, [1.75, 2.5, 4.75]);
		assert_eq!(summary.moments(&view), "4.00 (4.08)");
		let other = Summary { mean: 6.0, ..Summary::of(&view).unwrap() };
		assert!((summary.difference(&other).unwrap() - 2.0 / 4.082_482_9).abs() < 1e-6);
		assert!((difference_of_shares(0.5, 0.3).unwrap() - 0.2 / 0.23f64.sqrt()).abs() < 1e-12);
		assert_eq!(difference_of_shares(1.0, 1.0), None);
		assert!(Summary::of(&View { column: &column, codes: &[None] }).is_none());
	}
}
