//! The tables that a model of trajectories is trained on.
//!
//! *Openings*, a row for every patient: static columns, time and cells of the first visit. *Endings*, a row for every
//! visit: what is known after it, and whether it was the last. *Steps*, a row for every further visit: what is known before
//! it, then the gap to it and its cells.
//!
//! What is known is the same in both: static columns, number of the next visit, time since the first, the last gap, time
//! left to a static end, and every changing column's last known value with its age. Numbers are told coarsely, times by
//! half octaves and values on a scale by half standard deviations: that is what tokens of a small table can carry, and what
//! is exact in them is in the [`Course`](super::course::Course). Three tables instead of one, because patients weigh by the
//! number of their visits among the steps, and because neither a gap nor a value exists after the last visit.

use super::{
	course::COARSE,
	distance::WIDEST,
	plan::{span, Plan, Role},
	target::TargetLast,
	TrajectoryError,
};
use crate::{
	limits::MAX_COLUMNS,
	schema::{Column, ColumnKind, Constraint, Rules, Schema},
};
use std::{collections::BTreeSet, sync::Arc};

/// Visits are counted up to this.
pub(super) const COUNTED: u32 = 64;
/// Ages of last known values are counted up to this many visits.
pub(super) const OLDEST: i64 = 3;

/// Largest number of half octaves: that of 2^63.
const MOST_OCTAVES: i64 = 127;

/// Half octaves of a span: 0 for 0, then two for every power of two.
pub(super) fn octaves(span: i64) -> i64 {
	let Some(power) = span.max(0).checked_ilog2() else { return 0 };
	let half = if power == 0 { 0 } else { (span >> power.saturating_sub(1)) & 1 };
	i64::from(power).saturating_mul(2).saturating_add(half).saturating_add(1)
}

/// What stands in a column before the drawn ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
	/// The patient's cell of a static column.
	Static(usize),
	/// The number of the visit, 2 to [`COUNTED`].
	Number,
	/// Time from the first visit to the last, in half octaves.
	Elapsed,
	/// The gap before the last visit, in half octaves; missing after the first visit.
	Gap,
	/// Time left from the last visit to the value of a static column, in half octaves; 0 if it has passed.
	Left(usize),
	/// Last known value of a changing column, of one with a course coarsely; missing if there is none.
	Last(usize),
	/// How many visits ago that was, 1 to [`OLDEST`].
	Age(usize),
}

/// The plan with the schemas that follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
	pub plan: Plan,
	/// Static, time and changing columns in the table's order.
	pub opening: Arc<Schema>,
	/// The same with scores among patients alike, where a course has their scales.
	pub(super) scored: Arc<Schema>,
	/// The openings' columns in the order in which few patients' targets are drawn.
	pub(super) target_last: Option<TargetLast>,
	/// Given columns, and "last visit".
	pub ending: Arc<Schema>,
	/// Given columns, then gap and changing columns.
	pub step: Arc<Schema>,
	/// What stands in the first columns of endings and steps.
	pub(super) given: Vec<Given>,
	/// Positions of the changing columns in the table.
	pub(super) changing: Vec<usize>,
}

impl Layout {
	/// The layout of a plan.
	///
	/// # Errors
	/// [`TrajectoryError::TooWide`] if the steps would have more than [`MAX_COLUMNS`] columns.
	pub fn new(plan: Plan) -> Result<Self, TrajectoryError> {
		let changing = plan.columns(|role| matches!(role, Role::Changing { .. } | Role::Growing));
		let given = given(&plan, &changing);
		let opening = plan.schema.without_identifiers();
		let (ending, step) = (ending(&plan, &given), step(&plan, &given, &changing));
		let columns = step.columns.len();
		if columns > MAX_COLUMNS {
			return Err(TrajectoryError::TooWide { columns, limit: MAX_COLUMNS });
		}
		let target_last = TargetLast::of(&opening, plan.schema.time_column.as_ref());
		let scored = Arc::new(plan.scored());
		let (opening, ending, step) = (Arc::new(opening), Arc::new(ending), Arc::new(step));
		Ok(Self { opening, scored, target_last, ending, step, given, changing, plan })
	}

	/// Number of the columns of a step that are given.
	pub fn given(&self) -> usize {
		self.given.len()
	}

	/// First and last possible time.
	pub(super) fn times(&self) -> (i64, i64) {
		self.plan.schema.columns.get(self.plan.time()).and_then(Column::code_range).unwrap_or_default()
	}
}

fn given(plan: &Plan, changing: &[usize]) -> Vec<Given> {
	let mut given: Vec<Given> = plan.columns(|role| role == Role::Static).into_iter().map(Given::Static).collect();
	given.extend([Given::Number, Given::Elapsed, Given::Gap]);
	given.extend(plan.ends().into_iter().map(Given::Left));
	for column in changing {
		given.push(Given::Last(*column));
		if plan.roles.get(*column) == Some(&Role::Changing { aged: true }) {
			given.push(Given::Age(*column));
		}
	}
	given
}

/// The columns of what is known.
fn known(plan: &Plan, given: &[Given], names: &mut Names) -> Vec<Column> {
	let source = |at: &usize| plan.schema.columns.get(*at);
	let number = |name: String, min: i64, max: i64| Column::new(&name, ColumnKind::Integer { min, max });
	let octaves = |name: String| number(name, 0, MOST_OCTAVES);
	let column = |given: &Given| match given {
		Given::Static(at) => source(at).cloned(),
		Given::Number => Some(number(names.fresh("visit number"), 2, i64::from(COUNTED))),
		Given::Elapsed => Some(octaves(names.fresh("time since first visit"))),
		Given::Gap => Some(missing(octaves(names.fresh("last gap")))),
		Given::Left(at) => {
			source(at).map(|column| missing(octaves(names.fresh(&format!("time left to {}", column.name)))))
		},
		Given::Last(at) => source(at).map(|column| {
			let name = names.fresh(&format!("last {}", column.name));
			missing(match plan.courses.contains_key(at) {
				true => number(name, COARSE.saturating_neg(), COARSE),
				false => Column { name, ..column.clone() },
			})
		}),
		Given::Age(at) => {
			source(at).map(|column| missing(number(names.fresh(&format!("age of {}", column.name)), 1, OLDEST)))
		},
	};
	given.iter().filter_map(column).collect()
}

fn ending(plan: &Plan, given: &[Given]) -> Schema {
	let mut names = Names::of(&plan.schema);
	let mut columns = known(plan, given, &mut names);
	columns.push(Column::new(
		&names.fresh("last visit"),
		ColumnKind::Categorical { levels: vec!["no".into(), "yes".into()] },
	));
	schema(plan, columns)
}

fn step(plan: &Plan, given: &[Given], changing: &[usize]) -> Schema {
	let mut names = Names::of(&plan.schema);
	let mut columns = known(plan, given, &mut names);
	let source = |at: usize| plan.schema.columns.get(at);
	columns.extend(source(plan.time()).map(|time| match plan.courses.contains_key(&plan.time()) {
		true => scores(&names.fresh("course of gaps"), false),
		false => difference(time, names.fresh("gap")),
	}));
	for at in changing {
		columns.extend(source(*at).map(|column| match plan.roles.get(*at) {
			Some(Role::Growing) => difference(column, names.fresh(&format!("increase of {}", column.name))),
			_ if plan.courses.contains_key(at) => {
				scores(&names.fresh(&format!("course of {}", column.name)), column.missing)
			},
			_ => column.clone(),
		}));
	}
	schema(plan, columns)
}

/// The schema of these columns, with the constraints that are between them.
fn schema(plan: &Plan, columns: Vec<Column>) -> Schema {
	let kept: BTreeSet<String> = columns.iter().map(|column| column.name.clone()).collect();
	Schema {
		patient_column: None,
		time_column: None,
		target: plan.schema.target.clone().filter(|target| kept.contains(target)),
		constraints: constraints(plan, &kept),
		columns,
		..plan.schema.as_ref().clone()
	}
}

/// The constraints between columns that the steps have too. Those on times are kept by sampling itself.
fn constraints(plan: &Plan, kept: &BTreeSet<String>) -> Vec<Constraint> {
	let alone = |constraint: &&Constraint| {
		let schema = Schema { constraints: vec![(*constraint).clone()], ..plan.schema.as_ref().clone() };
		let rules = Rules::compile(&schema).unwrap_or_default();
		let named = rules.implications.iter().map(|rule| (rule.a, rule.b)).chain(rules.orders.iter().copied());
		let mut named = named.flat_map(|(a, b)| [a, b]);
		named.all(|at| plan.schema.columns.get(at).is_some_and(|column| kept.contains(&column.name)))
	};
	plan.schema.constraints.iter().filter(alone).cloned().collect()
}

/// A column of scores, or of what is told of distances between scores.
pub(super) fn scores(name: &str, missing: bool) -> Column {
	Column { missing, ..Column::new(name, ColumnKind::Integer { min: WIDEST.saturating_neg(), max: WIDEST }) }
}

/// A column of differences between values of `of`.
fn difference(of: &Column, name: String) -> Column {
	let max = span(of);
	let kind = match of.scale() {
		0 => ColumnKind::Integer { min: 0, max },
		scale => ColumnKind::Decimal { min: 0, max, scale },
	};
	Column::new(&name, kind)
}

fn missing(column: Column) -> Column {
	Column { missing: true, ..column }
}

/// Names that are taken.
struct Names(BTreeSet<String>);

impl Names {
	fn of(schema: &Schema) -> Self {
		Self(schema.columns.iter().map(|column| column.name.clone()).collect())
	}

	/// The name, longer if it is taken.
	fn fresh(&mut self, name: &str) -> String {
		let mut name = name.to_owned();
		while !self.0.insert(name.clone()) {
			name.push('*');
		}
		name
	}
}
