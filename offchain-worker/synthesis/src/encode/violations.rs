//! How often a table breaks its constraints.

use crate::{
	error::SchemaError,
	schema::{Constraint, Rules, Schema},
	table::Table,
};

impl Schema {
	/// How many rows of a table violate each of this schema's constraints, in their order. All 0 for a table of another
	/// shape or if the schema does not hold together.
	#[must_use]
	pub fn violations(&self, table: &Table) -> Vec<usize> {
		let count = |constraint| {
			let alone = Self { constraints: vec![constraint], ..self.clone() };
			Rules::compile(&alone).map_or(0, |rules| violating_rows(&alone, &rules, table))
		};
		self.constraints.iter().cloned().map(|constraint: Constraint| count(constraint)).collect()
	}

	/// The rows of a table of this schema that violate no constraint, ascending.
	///
	/// # Errors
	/// [`SchemaError`] for a schema that does not hold together.
	pub(crate) fn satisfying_rows(&self, table: &Table) -> Result<Vec<usize>, SchemaError> {
		let violated = violated(self, &Rules::compile(self)?, table);
		Ok(violated.into_iter().enumerate().filter(|(_, count)| *count == 0).map(|(row, _)| row).collect())
	}
}

/// How many rows violate some rule; a row counts once for every rule.
fn violating_rows(schema: &Schema, rules: &Rules, table: &Table) -> usize {
	violated(schema, rules, table).into_iter().fold(0, usize::saturating_add)
}

/// How many rules every row violates; nothing for a table of another shape.
fn violated(schema: &Schema, rules: &Rules, table: &Table) -> Vec<usize> {
	let cells = |column: usize| schema.columns.get(column).and_then(|c| table.codes(table.schema().position(&c.name)?));
	let mut counts = vec![0usize; table.rows()];
	let mut add = |holds: &dyn Fn(Option<i64>, Option<i64>) -> bool, a: usize, b: usize| {
		let (Some(a), Some(b)) = (cells(a), cells(b)) else { return };
		for (count, (a, b)) in counts.iter_mut().zip(a.iter().zip(b)) {
			*count = count.saturating_add(usize::from(!holds(*a, *b)));
		}
	};
	for rule in &rules.implications {
		add(&|a, b| !rule.when.contains(a) || rule.then.contains(b), rule.a, rule.b);
	}
	for (a, b) in &rules.orders {
		let exempt =
			|at: usize| schema.columns.get(at).map(crate::schema::Column::not_applicable_codes).unwrap_or_default();
		let (free_a, free_b) = (exempt(*a), exempt(*b));
		let holds = |a: Option<i64>, b: Option<i64>| match (a, b) {
			(Some(x), Some(y)) => x <= y || free_a.contains(a) || free_b.contains(b),
			_ => true,
		};
		add(&holds, *a, *b);
	}
	counts
}
