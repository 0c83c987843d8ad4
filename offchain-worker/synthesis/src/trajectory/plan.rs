//! What every column of a table of visits is to a trajectory.

use super::{
	course::{Course, Observed},
	level::Candidate,
	transitions::{places, row},
	visits::Visits,
	TrajectoryError,
};
use crate::{
	error::{shown, ModelError},
	limits::MAX_MAGNITUDE,
	reader::{invalid, length, Input},
	schema::{Column, Rules, Schema},
	table::Table,
};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

/// A column whose last known value is older than the last visit in one of so many visits has its age told.
const OFTEN_MISSING: usize = 20;
/// Patients that have at least as many visits as sampled ones may.
const PATIENTS_WITH_MOST: usize = 5;

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
	/// The patient's number.
	Patient,
	/// The time of the visit.
	Time,
	/// The same in all visits.
	Static,
	/// Changes from visit to visit; its last known value is told, and if `aged`, how many visits ago that was. Numbers may
	/// have a [`Course`].
	Changing { aged: bool },
	/// A complete number that never decreases, such as the number of the visit: its increase is modelled.
	Growing,
}

/// The role of every column, and how long trajectories may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
	/// The schema of synthetic trajectories: without identifiers but the patient's number.
	pub schema: Arc<Schema>,
	pub roles: Vec<Role>,
	/// The courses of changing numbers, by column; that of the time column is the course of the gaps.
	pub courses: BTreeMap<usize, Course>,
	/// Visits at most, at least 2.
	pub most: u32,
}

impl Plan {
	/// What a table shows: its schema's static columns, or where it declares none those that no patient changes.
	///
	/// # Errors
	/// [`TrajectoryError`] for a declared static column that changes, a table whose patients have one visit each, and
	/// constraints between times and changing columns.
	pub fn of(table: &Table, visits: &Visits) -> Result<Self, TrajectoryError> {
		if visits.most() < 2 {
			return Err(TrajectoryError::SingleVisits { patients: visits.patients.len() });
		}
		let schema = Arc::new(table.schema().with_patients_only());
		let declared = schema.columns.iter().any(|column| column.fixed);
		let rules = Rules::compile(&schema).unwrap_or_default();
		let codes = |column: &Column| table.schema().position(&column.name).and_then(|at| table.codes(at));
		let mut roles = Vec::with_capacity(schema.columns.len());
		for (at, column) in schema.columns.iter().enumerate() {
			let Some(codes) = codes(column) else {
				roles.push(Role::Patient);
				continue;
			};
			roles.push(match changes(codes, visits) {
				_ if Some(&column.name) == schema.time_column.as_ref() => Role::Time,
				Some(row) if column.fixed => {
					return Err(TrajectoryError::NotStatic { row, column: shown(&column.name) });
				},
				None if column.fixed || !declared => Role::Static,
				_ if grows(column, codes, visits) && !constrained(&rules, at) => Role::Growing,
				_ => Role::Changing { aged: often_missing(codes, visits) },
			});
		}
		let fixed = fixed_cells(table, &schema, visits);
		let candidates = candidates(&schema, &roles);
		let mut courses = BTreeMap::new();
		for (at, (column, role)) in schema.columns.iter().zip(&roles).enumerate() {
			let (Some(range), Some(codes)) = (course_range(&rules, at, column, *role), codes(column)) else { continue };
			let codes = course_codes(*role, codes, visits);
			let course = Course::of(range, Observed { codes: &codes, visits, fixed: &fixed }, &candidates);
			courses.extend(course.map(|course| (at, course)));
		}
		let plan = Self { schema, roles, courses, most: most(visits) };
		plan.check_constraints()?;
		Ok(plan)
	}

	/// Positions of the columns of a role.
	pub fn columns(&self, wanted: impl Fn(Role) -> bool) -> Vec<usize> {
		self.roles.iter().enumerate().filter(|(_, role)| wanted(**role)).map(|(at, _)| at).collect()
	}

	/// The courses of changing columns that have scales of patients alike.
	pub fn alike(&self) -> impl Iterator<Item = (usize, &Course)> {
		let time = self.time();
		let alike = move |(at, course): &(&usize, &Course)| **at != time && course.tells_alike();
		self.courses.iter().filter(alike).map(|(at, course)| (*at, course))
	}

	/// Position of the time column.
	pub fn time(&self) -> usize {
		self.roles.iter().position(|role| *role == Role::Time).unwrap_or(usize::MAX)
	}

	/// The static columns that times may not pass.
	pub fn ends(&self) -> Vec<usize> {
		let (rules, time) = (Rules::compile(&self.schema).unwrap_or_default(), self.time());
		rules.orders.range((time, 0)..=(time, usize::MAX)).map(|(_, upper)| *upper).collect()
	}

	fn check_constraints(&self) -> Result<(), TrajectoryError> {
		let (rules, time) = (Rules::compile(&self.schema).unwrap_or_default(), self.time());
		let implied = rules.implications.iter().flat_map(|rule| [(rule.a, rule.b), (rule.b, rule.a)]);
		let ordered = rules.orders.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)]);
		let ordered = ordered.filter(|(_, other)| self.roles.get(*other) != Some(&Role::Static));
		match implied.chain(ordered).find(|(own, _)| *own == time) {
			Some((_, other)) => {
				let column = self.schema.columns.get(other).map_or_else(String::new, |column| shown(&column.name));
				Err(TrajectoryError::TimeConstraint { column })
			},
			None => Ok(()),
		}
	}

	/// Appends the plan: most visits u32, number of columns u32, a byte for the role of each, number of courses u32, per
	/// course its column u32 and what [`Course`] writes.
	pub fn write(&self, out: &mut Vec<u8>) {
		out.extend(self.most.to_be_bytes());
		out.extend(length(self.roles.len()));
		out.extend(self.roles.iter().map(|role| match role {
			Role::Patient => 0,
			Role::Time => 1,
			Role::Static => 2,
			Role::Changing { aged: false } => 3,
			Role::Changing { aged: true } => 4,
			Role::Growing => 5,
		}));
		out.extend(length(self.courses.len()));
		for (column, course) in &self.courses {
			out.extend(length(*column));
			course.write(out);
		}
	}

	/// Reads a plan for trajectories of a schema.
	///
	/// # Errors
	/// [`ModelError`] for roles that no plan gives to the schema's columns.
	pub fn read(input: &mut Input<'_>, schema: &Arc<Schema>) -> Result<Self, ModelError> {
		let most = input.u32("visits")?;
		if !(2..=u32::try_from(super::MAX_VISITS).unwrap_or(u32::MAX)).contains(&most) {
			return Err(invalid("visits", "their number is below 2 or too large"));
		}
		if input.count("roles", 1)? != schema.columns.len() {
			return Err(invalid("roles", "their number is not the schema's"));
		}
		let rules = Rules::compile(schema)?;
		let mut roles = Vec::with_capacity(schema.columns.len());
		for (at, column) in schema.columns.iter().enumerate() {
			let [byte] = input.array("roles")?;
			let role = match byte {
				0 => Role::Patient,
				1 => Role::Time,
				2 => Role::Static,
				3 => Role::Changing { aged: false },
				4 => Role::Changing { aged: true },
				5 => Role::Growing,
				_ => return Err(invalid("roles", "one is unknown")),
			};
			let is = |name: &Option<String>| name.as_ref() == Some(&column.name);
			let fits = match role {
				Role::Patient => is(&schema.patient_column),
				Role::Time => is(&schema.time_column),
				Role::Growing => {
					column.is_numeric()
						&& !column.missing && !column.fixed
						&& !constrained(&rules, at)
						&& !is(&schema.time_column)
				},
				Role::Static => !column.is_identifier() && !is(&schema.time_column),
				Role::Changing { .. } => !column.is_identifier() && !is(&schema.time_column) && !column.fixed,
			};
			if !fits {
				return Err(invalid("roles", "one does not fit its column"));
			}
			roles.push(role);
		}
		let mut courses = BTreeMap::new();
		for _ in 0..input.count("courses", 4)? {
			let at = input.number("courses")?;
			let in_order = courses.last_key_value().is_none_or(|(last, _)| *last < at);
			let column = schema.columns.get(at).zip(roles.get(at)).filter(|_| in_order);
			let range = column.and_then(|(column, role)| course_range(&rules, at, column, *role));
			let range = range.ok_or_else(|| invalid("courses", "not in order, or of a column that has none"))?;
			courses.insert(at, Course::read(input, range, |at| roles.get(at) == Some(&Role::Static))?);
		}
		let plan = Self { schema: Arc::clone(schema), roles, courses, most };
		let whole = schema.patient_column.is_some() && schema.time_column.is_some();
		match plan.check_constraints() {
			Ok(()) if whole => Ok(plan),
			_ => Err(invalid("roles", "the schema is not one of visits")),
		}
	}
}

/// The range of what a column's course is of; `None` if it has none.
fn course_range(rules: &Rules, at: usize, column: &Column, role: Role) -> Option<(i64, i64)> {
	match role {
		Role::Time => Some((0, span(column))),
		Role::Changing { .. } if column.is_numeric() && !constrained(rules, at) => column.code_range(),
		_ => None,
	}
}

/// What a column's course is of: the gaps of the time column, the cells of others.
pub(super) fn course_codes<'a>(role: Role, codes: &'a [Option<i64>], visits: &Visits) -> Cow<'a, [Option<i64>]> {
	match role {
		Role::Time => Cow::Owned(gaps(codes, visits)),
		_ => Cow::Borrowed(codes),
	}
}

/// What may tell the level of a patient's values: static columns. Not the target, for that is drawn given the values.
fn candidates(schema: &Schema, roles: &[Role]) -> Vec<Candidate> {
	let columns = schema.columns.iter().zip(roles).enumerate();
	let told =
		columns.filter(|(_, (column, role))| **role == Role::Static && Some(&column.name) != schema.target.as_ref());
	told.map(|(at, (column, _))| Candidate { column: at, number: column.is_numeric() }).collect()
}

/// Every patient's static cells, by column of the schema; of other columns, those of the first visit.
pub(super) fn fixed_cells(table: &Table, schema: &Schema, visits: &Visits) -> Vec<Vec<Option<i64>>> {
	let places = places(schema, table);
	visits.patients.iter().map(|rows| row(table, &places, rows.first().copied().unwrap_or(usize::MAX))).collect()
}

/// The largest difference between codes of a column.
pub(super) fn span(column: &Column) -> i64 {
	let (min, max) = column.code_range().unwrap_or_default();
	max.saturating_sub(min).min(MAX_MAGNITUDE)
}

/// Times between visits, by row of the later one.
fn gaps(times: &[Option<i64>], visits: &Visits) -> Vec<Option<i64>> {
	let mut gaps = vec![None; times.len()];
	let at = |row: &usize| times.get(*row).copied().flatten();
	for (now, next) in visits.patients.iter().flat_map(|rows| rows.iter().zip(rows.iter().skip(1))) {
		if let Some(gap) = gaps.get_mut(*next) {
			*gap = at(next).zip(at(now)).and_then(|(next, now)| next.checked_sub(now));
		}
	}
	gaps
}

/// The first row that differs from the patient's first.
fn changes(codes: &[Option<i64>], visits: &Visits) -> Option<usize> {
	let differs = |rows: &Vec<usize>| {
		let first = codes.get(*rows.first()?)?;
		rows.iter().copied().find(|row| codes.get(*row) != Some(first))
	};
	visits.patients.iter().find_map(differs)
}

fn grows(column: &Column, codes: &[Option<i64>], visits: &Visits) -> bool {
	let order = |rows: &Vec<usize>| rows.iter().filter_map(|row| codes.get(*row).copied().flatten()).is_sorted();
	column.is_numeric() && !column.missing && visits.patients.iter().all(order)
}

/// Whether a constraint names the column.
pub(super) fn constrained(rules: &Rules, column: usize) -> bool {
	rules.implications.iter().any(|rule| rule.a == column || rule.b == column)
		|| rules.orders.iter().any(|(a, b)| *a == column || *b == column)
}

fn often_missing(codes: &[Option<i64>], visits: &Visits) -> bool {
	let missing = codes.iter().filter(|code| code.is_none()).count();
	let rows = visits.patients.iter().map(Vec::len).fold(0usize, usize::saturating_add);
	missing.saturating_mul(OFTEN_MISSING) > rows
}

/// As many visits as a handful of patients have, so that the bound tells of no single one.
fn most(visits: &Visits) -> u32 {
	let mut counts: Vec<usize> = visits.patients.iter().map(Vec::len).collect();
	counts.sort_unstable_by(|a, b| b.cmp(a));
	let found = counts.get(PATIENTS_WITH_MOST.saturating_sub(1)).or(counts.last()).copied().unwrap_or(0);
	u32::try_from(found.max(2)).unwrap_or(u32::MAX)
}
