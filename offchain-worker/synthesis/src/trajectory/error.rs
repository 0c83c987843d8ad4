//! Why a table cannot be taken as visits.

use crate::error::TableError;

/// A table that does not hold visits of patients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrajectoryError {
	/// The schema declares no time column.
	#[error("the schema names no time column. Set \"time_column\" to the column that tells when a row was taken")]
	NoTimeColumn,
	/// A visit without its time.
	#[error("row {row}, column {column:?}: the visit has no time. Fill it in, or remove the row")]
	#[allow(missing_docs)]
	MissingTime { row: usize, column: String },
	/// More visits of a patient than anybody has.
	#[error("row {row}: its patient has {visits} visits, more than {limit}. Check that {column:?} holds the patient's number")]
	#[allow(missing_docs)]
	TooManyVisits { row: usize, column: String, visits: usize, limit: usize },
	/// No patient has two rows.
	#[error("{patients} patients have one visit each, so there is nothing to follow. Remove \"time_column\" from the schema")]
	#[allow(missing_docs)]
	SingleVisits { patients: usize },
	/// A static column that changes.
	#[error("row {row}, column {column:?}: differs from the patient's first row, and the schema declares the column static. Correct the cell, or remove \"static\"")]
	#[allow(missing_docs)]
	NotStatic { row: usize, column: String },
	/// A constraint that a sequence of visits cannot keep.
	#[error("column {column:?}: a constraint ties the time of a visit to it. Tie times to static columns only, by \"at_most\"")]
	#[allow(missing_docs)]
	TimeConstraint { column: String },
	/// More columns than a table has.
	#[error("the visits' history needs {columns} columns, more than {limit}. Remove columns")]
	#[allow(missing_docs)]
	TooWide { columns: usize, limit: usize },
	/// Rows that are no transitions of any table.
	#[error("transitions, row {row}: {problem}. Report this with the schema, without the data")]
	#[allow(missing_docs)]
	Broken { row: usize, problem: &'static str },
	/// A table without patients, or one that does not fit.
	#[error(transparent)]
	Table(#[from] TableError),
}
