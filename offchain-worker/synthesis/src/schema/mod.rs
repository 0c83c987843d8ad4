//! What a table is: its columns, their kinds, ranges, units and roles.
//!
//! A schema is public. It is written as canonical JSON (RFC 8785) and named by the SHA3-256 of those bytes.

mod code_set;
mod column;
mod condition;
mod constraint;
mod infer;
mod lexer;
mod propagate;
mod refine;
mod tokens;
mod visits;

use crate::{
	digest::{sha3_256, Digest},
	error::{shown, SchemaError},
	limits::{MAX_CELL_BYTES, MAX_COLUMNS, MAX_SCHEMA_BYTES},
};
pub(crate) use code_set::{count, CodeSet};
pub use column::{Column, ColumnKind, ColumnRole};
pub use condition::ConditionError;
pub(crate) use condition::{parse_conditions, universe};
pub use constraint::Constraint;
pub(crate) use constraint::{Implication, Rules};
pub use infer::{InferOptions, Inference, Note};
pub(crate) use propagate::propagate;
pub use refine::{Hierarchy, NotApplicable, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The format number that this version writes and reads.
pub const SCHEMA_FORMAT: u16 = 1;

/// The description of a table, complete enough to read, check, encode and write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
	/// Version of this format: [`SCHEMA_FORMAT`].
	pub format: u16,
	/// A name for people, such as `heart-failure-2025`.
	pub name: String,
	/// The identifier column that holds the patient's number; rows of one number belong to one patient.
	pub patient_column: Option<String>,
	/// The number or date column that tells when a row was taken: rows of one patient are then visits in its order, and
	/// generators that make trajectories keep them together. `None`: rows of a patient have no order.
	#[serde(default, skip_serializing_if = "Option::is_none")]
	pub time_column: Option<String>,
	/// The column that the utility metrics predict.
	pub target: Option<String>,
	/// Cells that mean "missing" beside the empty cell, compared after trimming, case kept.
	pub missing_markers: Vec<String>,
	/// The columns in the order of the file.
	pub columns: Vec<Column>,
	/// What holds in every row, such as `death = 1` only with `discharge = dead`.
	#[serde(default, skip_serializing_if = "Vec::is_empty")]
	pub constraints: Vec<Constraint>,
}

impl Schema {
	/// Proposes a schema for a CSV file, with notes for the steward to confirm.
	///
	/// # Errors
	/// [`InputError`](crate::InputError) names file, line, column and remedy of the first thing wrong.
	pub fn infer(csv: &[u8], file: &str, options: &InferOptions) -> Result<Inference, crate::InputError> {
		infer::infer(csv, file, options)
	}

	/// Reads and validates a schema from JSON, canonical or not.
	///
	/// # Errors
	/// [`SchemaError`] for anything that is not a valid schema; total on hostile input.
	pub fn from_json(json: &[u8]) -> Result<Self, SchemaError> {
		if json.len() > MAX_SCHEMA_BYTES {
			return Err(SchemaError::TooLarge { bytes: json.len(), limit: MAX_SCHEMA_BYTES });
		}
		let schema: Self = serde_json::from_slice(json).map_err(|e| SchemaError::Json {
			line: e.line(),
			character: e.column(),
			reason: shown(&e.to_string()),
		})?;
		schema.validate()?;
		Ok(schema)
	}

	/// The schema as canonical JSON (RFC 8785): sorted keys, no blanks, one form only.
	#[must_use]
	pub fn to_canonical_json(&self) -> Vec<u8> {
		// Strings, booleans and integers below 2^53 always serialise.
		serde_json_canonicalizer::to_vec(self).unwrap_or_default()
	}

	/// SHA3-256 of [`Schema::to_canonical_json`].
	#[must_use]
	pub fn digest(&self) -> Digest {
		sha3_256(&self.to_canonical_json())
	}

	/// Checks that the schema holds together.
	///
	/// # Errors
	/// [`SchemaError`] names the first column that is wrong and why.
	pub fn validate(&self) -> Result<(), SchemaError> {
		if self.format != SCHEMA_FORMAT {
			return Err(SchemaError::Format { found: self.format, known: SCHEMA_FORMAT });
		}
		if self.columns.is_empty() || self.columns.len() > MAX_COLUMNS {
			return Err(SchemaError::ColumnCount { found: self.columns.len(), limit: MAX_COLUMNS });
		}
		let mut names = BTreeSet::new();
		for column in &self.columns {
			let name = &column.name;
			let problem =
				if name.is_empty() || name.trim() != name || name.len() > MAX_CELL_BYTES || name.contains('\0') {
					Some("the name is empty, too long or has blanks around it. Write it trimmed".into())
				} else if !names.insert(name.as_str()) {
					Some("two columns have this name. Rename one".into())
				} else {
					column.problem(&self.missing_markers)
				};
			if let Some(problem) = problem {
				return Err(column_error(name, problem));
			}
		}
		self.validate_references()?;
		Rules::compile(self)?.check(self)
	}

	/// Takes everything in the schema as declared: clears the marks that [`Schema::infer`] set. A person does
	/// this who knows, without the file, that ranges, levels and completeness are those that are possible.
	pub fn confirm(&mut self) {
		for column in &mut self.columns {
			column.source = None;
		}
	}

	fn validate_references(&self) -> Result<(), SchemaError> {
		if let Some(name) = &self.patient_column {
			if !self.column(name).is_some_and(Column::is_identifier) {
				return Err(column_error(name, "the patient column must be a column of type identifier".into()));
			}
		}
		if let Some(name) = &self.time_column {
			if self.patient_column.is_none() {
				return Err(column_error(
					name,
					"a time column orders a patient's rows. Name the patient column too".into(),
				));
			}
			if !self.column(name).is_some_and(|column| column.is_numeric() && !column.missing && !column.fixed) {
				let problem =
					"the time column must be a complete number or date that is not static. Fill its missing cells";
				return Err(column_error(name, problem.into()));
			}
		}
		if let Some(name) = &self.target {
			if self.column(name).is_none_or(Column::is_identifier) {
				return Err(column_error(name, "the target must be a column that is no identifier".into()));
			}
		}
		Ok(())
	}

	/// The column of this name.
	#[must_use]
	pub fn column(&self, name: &str) -> Option<&Column> {
		self.columns.iter().find(|column| column.name == name)
	}

	/// Position of the column of this name.
	#[must_use]
	pub fn position(&self, name: &str) -> Option<usize> {
		self.columns.iter().position(|column| column.name == name)
	}

	/// Position of the target; `None` if the schema names none.
	#[must_use]
	pub fn target_position(&self) -> Option<usize> {
		self.position(self.target.as_deref()?)
	}

	/// The schema without its identifier columns.
	#[must_use]
	pub fn without_identifiers(&self) -> Self {
		Self {
			patient_column: None,
			time_column: None,
			columns: self.columns.iter().filter(|column| !column.is_identifier()).cloned().collect(),
			..self.clone()
		}
	}

	/// The schema without its identifier columns but for the patient's number: that of synthetic trajectories.
	#[must_use]
	pub fn with_patients_only(&self) -> Self {
		let kept = |column: &&Column| !column.is_identifier() || Some(&column.name) == self.patient_column.as_ref();
		Self { columns: self.columns.iter().filter(kept).cloned().collect(), ..self.clone() }
	}

	/// Whether a trimmed cell means "missing".
	pub(crate) fn is_missing(&self, cell: &str) -> bool {
		cell.is_empty() || self.missing_markers.iter().any(|marker| marker == cell)
	}
}

fn column_error(column: &str, problem: String) -> SchemaError {
	SchemaError::Column { column: shown(column), problem }
}

#[cfg(test)]
mod tests {
	use super::*;

	const GOOD: &str = r#"{"format":1,"name":"n","patient_column":"id","target":"age","missing_markers":["NA"],
        "columns":[{"name":"id","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
        {"name":"age","kind":{"type":"decimal","min":0,"max":1200,"scale":1},"unit":"a","missing":true,"role":"quasi"}]}"#;

	#[test]
	fn canonical_json_is_read_back_and_its_keys_are_sorted() {
		let schema = Schema::from_json(GOOD.as_bytes()).unwrap();
		let canonical = schema.to_canonical_json();
		assert!(canonical.starts_with(br#"{"columns":[{"kind":{"type":"identifier"},"missing":false"#));
		assert_eq!(Schema::from_json(&canonical).unwrap(), schema);
	}

	#[test]
	fn what_is_not_declared_of_visits_is_not_written() {
		let schema = Schema::from_json(GOOD.as_bytes()).unwrap();
		let text = String::from_utf8(schema.to_canonical_json()).unwrap();
		assert!(!text.contains("time_column") && !text.contains("static"));
		let visits = GOOD.replace(r#""missing":true,"#, r#""missing":false,"#);
		let visits = visits.replace(r#""target":"age""#, r#""target":"age","time_column":"age""#);
		let schema = Schema::from_json(visits.as_bytes()).unwrap();
		assert_eq!(schema.time_column.as_deref(), Some("age"));
		assert_eq!(Schema::from_json(&schema.to_canonical_json()).unwrap(), schema);
		assert_eq!(schema.without_identifiers().time_column, None);
		schema.without_identifiers().validate().unwrap();
		assert_eq!(schema.with_patients_only(), schema);
	}

	#[test]
	fn schemas_that_do_not_hold_together_name_the_column() {
		for (from, to, word) in [
			(r#""format":1"#, r#""format":2"#, "format 2"),
			(r#""min":0"#, r#""min":5000"#, "age"),
			(r#""max":1200"#, r#""max":9007199254740992"#, "2^53"),
			(r#""scale":1"#, r#""scale":16"#, "scale 16"),
			(r#""target":"age""#, r#""target":"sex""#, "sex"),
			(r#""patient_column":"id""#, r#""patient_column":"age""#, "patient column"),
			(r#""target":"age""#, r#""target":"age","time_column":"id""#, "time column"),
			(r#""target":"age""#, r#""target":"age","time_column":"age""#, "missing cells"),
			(r#""patient_column":"id""#, r#""patient_column":null,"time_column":"age""#, "patient column"),
			(r#""role":"identifier""#, r#""role":"identifier","static":true"#, "static"),
			(r#""name":"age""#, r#""name":"id""#, "two columns"),
			(r#""name":"age""#, r#""name":" age""#, "trimmed"),
			(r#""role":"quasi""#, r#""role":"identifier""#, "disagree"),
			(r#""unit":"a""#, r#""unit":"a","extra":1"#, "unknown field"),
		] {
			let text = GOOD.replacen(from, to, 1);
			assert_ne!(text, GOOD);
			let error = Schema::from_json(text.as_bytes()).unwrap_err().to_string();
			assert!(error.contains(word), "{error}");
		}
		assert!(Schema::from_json(b"[[[[").is_err());
	}
}
