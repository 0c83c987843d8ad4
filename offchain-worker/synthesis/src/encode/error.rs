//! What can go wrong between tables and levels.

use crate::{schema::ConditionError, SchemaError, TableError};

/// A table, schema or model that cannot be encoded or decoded. Rows and positions count from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
	/// The schema does not hold together.
	#[error(transparent)]
	Schema(#[from] SchemaError),
	/// The table does not fit.
	#[error(transparent)]
	Table(#[from] TableError),
	/// The conditions do not fit the schema.
	#[error(transparent)]
	Condition(#[from] ConditionError),
	/// Nothing but identifiers.
	#[error("the schema has no column to encode: all are identifiers. Declare a kind for at least one column")]
	NoColumns,
	/// A column whose description was read off the data.
	#[error("column {column:?}: its range or levels were read off the data, so they tell about patients. Confirm the schema after checking that they are what is possible, or correct them")]
	#[allow(missing_docs)]
	Observed { column: String },
	/// Cut points that make no bins.
	#[error("column {column:?}: {problem}")]
	#[allow(missing_docs)]
	Cuts { column: String, problem: String },
	/// More fine levels than a column may have.
	#[error("column {column:?}: {found} levels are more than {limit}. Declare wider bins, or fewer spikes and levels")]
	#[allow(missing_docs)]
	TooManyLevels { column: String, found: usize, limit: usize },
	/// A table of another schema.
	#[error("the table's schema is not the domain's. Encode tables of the schema that the domain was made from")]
	SchemaMismatch,
	/// Groups that are no groups of a column's levels.
	#[error("groups of column {column:?}: {problem}")]
	#[allow(missing_docs)]
	Grouping { column: String, problem: String },
	/// Sampled groups that do not fit the groupings.
	#[error("sampled groups: {problem}")]
	#[allow(missing_docs)]
	Codes { problem: String },
	/// A cell for which nothing is left.
	#[error("row {row}, column {column:?}: nothing in the sampled group satisfies conditions and constraints. Sample by the evidence of the same conditions and without forbidden pairs")]
	#[allow(missing_docs)]
	NothingLeft { row: usize, column: String },
	/// Two cells that an implication forbids together.
	#[error("row {row}: the sampled groups of columns {first:?} and {second:?} are forbidden together. Give forbidden pairs no probability")]
	#[allow(missing_docs)]
	ForbiddenPair { row: usize, first: String, second: String },
	/// No rows to keep.
	#[error("0 rows per patient leave no table. Keep at least 1")]
	NoRowsPerPatient,
}
