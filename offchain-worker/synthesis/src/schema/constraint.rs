//! What holds in every row: implications between two columns, and orders of columns.

use super::{
	condition::{parse_one, universe},
	propagate, CodeSet, Column, ColumnKind, Schema,
};
use crate::error::{shown, SchemaError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most constraints of a schema.
pub(crate) const MAX_CONSTRAINTS: usize = 256;

/// Something that holds in every row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub enum Constraint {
	/// Rows that satisfy a condition on one column satisfy another on another column.
	Implication {
		/// The condition, such as `death = 1`.
		condition: String,
		/// What follows, such as `discharge = dead`. A missing cell satisfies it only with `or missing`.
		consequence: String,
	},
	/// The code of one column is at most that of another where both are present and applicable. Orders chain:
	/// a ≤ b and b ≤ c order a and c too, also where b is missing.
	AtMost {
		/// The column of the lesser value.
		lower: String,
		/// The column of the greater value, of the same type and decimals.
		upper: String,
	},
}

/// A constraint as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
	#[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
	condition: Option<String>,
	#[serde(default, rename = "then", skip_serializing_if = "Option::is_none")]
	consequence: Option<String>,
	#[serde(default, skip_serializing_if = "Option::is_none")]
	at_most: Option<(String, String)>,
}

impl TryFrom<Document> for Constraint {
	type Error = &'static str;

	fn try_from(document: Document) -> Result<Self, Self::Error> {
		match (document.condition, document.consequence, document.at_most) {
			(Some(condition), Some(consequence), None) => Ok(Self::Implication { condition, consequence }),
			(None, None, Some((lower, upper))) => Ok(Self::AtMost { lower, upper }),
			_ => Err("a constraint is either {\"if\": …, \"then\": …} or {\"at_most\": [a, b]}"),
		}
	}
}

impl From<Constraint> for Document {
	fn from(constraint: Constraint) -> Self {
		match constraint {
			Constraint::Implication { condition, consequence } => {
				Self { condition: Some(condition), consequence: Some(consequence), at_most: None }
			},
			Constraint::AtMost { lower, upper } => {
				Self { condition: None, consequence: None, at_most: Some((lower, upper)) }
			},
		}
	}
}

/// Cells of column `a` in `when` occur only with cells of column `b` in `then`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Implication {
	pub a: usize,
	pub when: CodeSet,
	pub b: usize,
	pub then: CodeSet,
}

/// A schema's constraints, ready for use; columns by position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Rules {
	pub implications: Vec<Implication>,
	/// Pairs (lower, upper), with all that follow from chains, in ascending order.
	pub orders: BTreeSet<(usize, usize)>,
}

fn refused(number: usize, problem: String) -> SchemaError {
	SchemaError::Constraint { number, problem }
}

impl Rules {
	/// Reads the constraints of a schema whose columns are valid.
	pub fn compile(schema: &Schema) -> Result<Self, SchemaError> {
		if schema.constraints.len() > MAX_CONSTRAINTS {
			let problem =
				format!("{} constraints are more than {MAX_CONSTRAINTS}. Remove some", schema.constraints.len());
			return Err(refused(schema.constraints.len(), problem));
		}
		let mut rules = Self::default();
		let mut declared = BTreeMap::new();
		for (number, constraint) in (1usize..).zip(&schema.constraints) {
			match constraint {
				Constraint::Implication { condition, consequence } => {
					let read = |text: &str| parse_one(text, schema).map_err(|e| refused(number, e.to_string()));
					let ((a, when), (b, then)) = (read(condition)?, read(consequence)?);
					rules.implications.push(implication(number, a, when, b, then)?);
				},
				Constraint::AtMost { lower, upper } => {
					declared.entry(ordered_pair(number, lower, upper, schema)?).or_insert(number);
				},
			}
		}
		rules.orders = closure(&declared)?;
		Ok(rules)
	}

	/// Refuses constraints that leave nothing for some column.
	pub fn check(&self, schema: &Schema) -> Result<(), SchemaError> {
		let mut cells: Vec<CodeSet> = schema.columns.iter().map(universe).collect();
		match propagate(self, schema, &mut cells) {
			Ok(()) => Ok(()),
			Err(column) => Err(SchemaError::Column {
				column: shown(schema.columns.get(column).map_or("", |column| &column.name)),
				problem: "the constraints leave no value for it. Remove or widen one of them".into(),
			}),
		}
	}
}

fn implication(number: usize, a: usize, when: CodeSet, b: usize, then: CodeSet) -> Result<Implication, SchemaError> {
	if a == b {
		return Err(refused(number, "both conditions are on one column. Narrow its range or levels instead".into()));
	}
	if when.is_empty() || then.is_empty() {
		let which = if when.is_empty() { "if" } else { "then" };
		let problem = format!("no cell of the column satisfies its {which:?}. Correct the condition, or the range");
		return Err(refused(number, problem));
	}
	Ok(Implication { a, when, b, then })
}

fn ordered_pair(number: usize, lower: &str, upper: &str, schema: &Schema) -> Result<(usize, usize), SchemaError> {
	let find = |name: &str| {
		let found = schema.columns.iter().enumerate().find(|(_, column)| column.name == name);
		found.ok_or_else(|| refused(number, format!("there is no column {:?}. Correct its name", shown(name))))
	};
	let ((a, first), (b, second)) = (find(lower)?, find(upper)?);
	if a == b {
		return Err(refused(number, format!("column {:?} is ordered with itself. Name two columns", shown(lower))));
	}
	if !comparable(first, second) {
		let problem = format!(
			"columns {:?} and {:?} are not comparable. Give both one type and the same decimals, or the same ordered levels",
			shown(lower),
			shown(upper)
		);
		return Err(refused(number, problem));
	}
	Ok((a, b))
}

fn comparable(a: &Column, b: &Column) -> bool {
	match (&a.kind, &b.kind) {
		(ColumnKind::Integer { .. }, ColumnKind::Integer { .. })
		| (ColumnKind::Date { .. }, ColumnKind::Date { .. }) => true,
		(ColumnKind::Decimal { scale: one, .. }, ColumnKind::Decimal { scale: other, .. }) => one == other,
		(ColumnKind::Categorical { levels: one }, ColumnKind::Categorical { levels: other }) => {
			a.ordered && b.ordered && one == other
		},
		_ => false,
	}
}

/// All pairs that follow from the declared ones; refuses circles, naming a constraint that closes one.
fn closure(declared: &BTreeMap<(usize, usize), usize>) -> Result<BTreeSet<(usize, usize)>, SchemaError> {
	let starts: BTreeSet<usize> = declared.keys().map(|(lower, _)| *lower).collect();
	let mut pairs = BTreeSet::new();
	for start in starts {
		let mut open = vec![start];
		while let Some(from) = open.pop() {
			for ((_, to), number) in declared.range((from, 0)..=(from, usize::MAX)) {
				if *to == start {
					let problem = "the orders run in a circle. Remove one of them".into();
					return Err(refused(*number, problem));
				}
				if pairs.insert((start, *to)) {
					open.push(*to);
				}
			}
		}
	}
	Ok(pairs)
}
