//! How often a table breaks its constraints.

use crate::{
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
}

fn violating_rows(schema: &Schema, rules: &Rules, table: &Table) -> usize {
	let cells = |column: usize| schema.columns.get(column).and_then(|c| table.codes(table.schema().position(&c.name)?));
	let rows = |holds: &dyn Fn(Option<i64>, Option<i64>) -> bool, a: usize, b: usize| {
		let (Some(a), Some(b)) = (cells(a), cells(b)) else { return 0 };
		a.iter().zip(b).filter(|(a, b)| !holds(**a, **b)).count()
	};
	let implied = rules
		.implications
		.iter()
		.map(|rule| rows(&|a, b| !rule.when.contains(a) || rule.then.contains(b), rule.a, rule.b));
	let ordered = rules.orders.iter().map(|(a, b)| {
		let exempt =
			|at: usize| schema.columns.get(at).map(crate::schema::Column::not_applicable_codes).unwrap_or_default();
		let (free_a, free_b) = (exempt(*a), exempt(*b));
		let holds = |a: Option<i64>, b: Option<i64>| match (a, b) {
			(Some(x), Some(y)) => x <= y || free_a.contains(a) || free_b.contains(b),
			_ => true,
		};
		rows(&holds, *a, *b)
	});
	implied.chain(ordered).fold(0, usize::saturating_add)
}
