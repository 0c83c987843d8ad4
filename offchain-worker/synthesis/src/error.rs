//! Errors. Each names the place and the value, and ends in what a person can do.

/// How much of an offending value an error repeats, in characters.
const SHOWN: usize = 40;

/// Cuts a value for an error message, so that a message stays one line and repeats little of the data.
pub(crate) fn shown(value: &str) -> String {
	value.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A CSV file that cannot be taken in. `line` counts from 1 and is the first line of the row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
	/// Nothing but white space.
	#[error("{file}: the file is empty. Export it again with a header line and one line per row")]
	#[allow(missing_docs)]
	EmptyFile { file: String },
	/// A header without data.
	#[error("{file}, line 1: there is a header but no row. Export the data rows too")]
	#[allow(missing_docs)]
	NoRows { file: String },
	/// The file is larger than [`MAX_BYTES`](crate::MAX_BYTES).
	#[error("{file}: {bytes} bytes are more than {limit}. Split the file by patient")]
	#[allow(missing_docs)]
	TooLarge { file: String, bytes: usize, limit: usize },
	/// Bytes that are no UTF-8.
	#[error("{file}, line {line}, column {column:?}: not UTF-8 at byte {offset}. Save the file as UTF-8 (in a spreadsheet: \"CSV UTF-8\")")]
	#[allow(missing_docs)]
	NotUtf8 { file: String, line: u64, column: String, offset: usize },
	/// A NUL byte, as binary or UTF-16 files have.
	#[error(
		"{file}, line {line}, column {column:?}: a NUL byte at byte {offset}. Export the file again as text in UTF-8"
	)]
	#[allow(missing_docs)]
	NulByte { file: String, line: u64, column: String, offset: usize },
	/// One column whose header holds another separator.
	#[error(
		"{file}, line 1, column {column:?}: only one column, separated by {separator:?}. Export the file with commas"
	)]
	#[allow(missing_docs)]
	WrongSeparator { file: String, column: String, separator: char },
	/// A row with another number of cells than the header.
	#[error("{file}, line {line}, column {column:?}: the row has {found} cells and the header {expected}. Add or remove a comma, or quote a cell that holds one")]
	#[allow(missing_docs)]
	RaggedRow { file: String, line: u64, column: String, found: usize, expected: usize },
	/// Two columns of one name.
	#[error("{file}, line 1, column {column:?}: columns {first} and {second} have the same name. Rename one of them")]
	#[allow(missing_docs)]
	DuplicateHeader { file: String, column: String, first: usize, second: usize },
	/// A column without a name.
	#[error("{file}, line 1: column number {position} has no name. Name it, or remove the column")]
	#[allow(missing_docs)]
	EmptyHeader { file: String, position: usize },
	/// More columns than [`MAX_COLUMNS`](crate::MAX_COLUMNS).
	#[error("{file}, line 1: {found} columns are more than {limit}. Keep the columns that are needed")]
	#[allow(missing_docs)]
	TooManyColumns { file: String, found: usize, limit: usize },
	/// More rows than [`MAX_ROWS`](crate::MAX_ROWS), or more cells than [`MAX_CELLS`](crate::MAX_CELLS).
	#[error("{file}, line {line}: more than {limit} rows of this width. Split the file by patient")]
	#[allow(missing_docs)]
	TooManyRows { file: String, line: u64, limit: usize },
	/// A cell longer than [`MAX_CELL_BYTES`](crate::MAX_CELL_BYTES), often an unclosed quote.
	#[error("{file}, line {line}, column {column:?}: a cell of {bytes} bytes is longer than {limit}, starting {value:?}. Close a forgotten quote, or remove the free text")]
	#[allow(missing_docs)]
	CellTooLong { file: String, line: u64, column: String, value: String, bytes: usize, limit: usize },
	/// A column in which every cell is missing.
	#[error("{file}, line {line}, column {column:?}: every cell is missing. Remove the column, or export its values")]
	#[allow(missing_docs)]
	AllMissing { file: String, line: u64, column: String },
	/// A missing cell in a column declared complete.
	#[error("{file}, line {line}, column {column:?}: the cell is missing and the schema declares the column complete. Fill it, or set \"missing\": true in the schema")]
	#[allow(missing_docs)]
	UnexpectedMissing { file: String, line: u64, column: String },
	/// A row that belongs to no patient.
	#[error("{file}, line {line}, column {column:?}: the row names no patient. Fill in the patient's number, or remove the row")]
	#[allow(missing_docs)]
	MissingPatient { file: String, line: u64, column: String },
	/// Text where a number is declared, or nearly all values are numbers.
	#[error("{file}, line {line}, column {column:?}: {value:?} is not a number. Correct it, name it as a missing marker, or declare the column categorical")]
	#[allow(missing_docs)]
	NotANumber { file: String, line: u64, column: String, value: String },
	/// A fraction where whole numbers are declared.
	#[error("{file}, line {line}, column {column:?}: {value:?} is not a whole number. Correct it, or declare the column decimal")]
	#[allow(missing_docs)]
	NotAnInteger { file: String, line: u64, column: String, value: String },
	/// Something else where a date is declared.
	#[error("{file}, line {line}, column {column:?}: {value:?} is not a date. Write dates as YYYY-MM-DD")]
	#[allow(missing_docs)]
	NotADate { file: String, line: u64, column: String, value: String },
	/// A level that the schema does not list.
	#[error("{file}, line {line}, column {column:?}: {value:?} is not among the {levels} declared levels. Correct it, or add the level to the schema")]
	#[allow(missing_docs)]
	UnknownLevel { file: String, line: u64, column: String, value: String, levels: usize },
	/// More distinct levels than [`MAX_LEVELS`](crate::MAX_LEVELS).
	#[error("{file}, line {line}, column {column:?}: more than {limit} different values, such as {value:?}. Group them, or declare the column an identifier")]
	#[allow(missing_docs)]
	TooManyLevels { file: String, line: u64, column: String, value: String, limit: usize },
	/// A value outside the declared range.
	#[error("{file}, line {line}, column {column:?}: {value:?} is outside {range}. Correct it, or widen the range in the schema")]
	#[allow(missing_docs)]
	OutOfRange { file: String, line: u64, column: String, value: String, range: String },
	/// The header is not the schema's list of columns.
	#[error("{file}, line 1, column {column:?}: found where the schema has {expected:?}. Export the schema's columns in its order, or infer a new schema")]
	#[allow(missing_docs)]
	HeaderMismatch { file: String, column: String, expected: String },
	/// An option names a column that the file does not have.
	#[error("{file}, line 1, column {column:?}: the file has no such column. Use one of its names: {known}")]
	#[allow(missing_docs)]
	NoSuchColumn { file: String, column: String, known: String },
	/// Anything else the CSV reader refuses.
	#[error("{file}, line {line}: {reason}. Export the file again as CSV (RFC 4180)")]
	#[allow(missing_docs)]
	Malformed { file: String, line: u64, reason: String },
	/// The schema does not hold together.
	#[error("{file}: {source}")]
	#[allow(missing_docs)]
	Schema { file: String, source: SchemaError },
}

/// A schema that is no schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
	/// Not the JSON of a schema.
	#[error("schema, line {line}, character {character}: {reason}. Write the schema that `semblance` inferred, with your changes")]
	#[allow(missing_docs)]
	Json { line: usize, character: usize, reason: String },
	/// A document larger than a schema may be.
	#[error("schema: {bytes} bytes are more than {limit}. Remove levels, or declare long columns as identifiers")]
	#[allow(missing_docs)]
	TooLarge { bytes: usize, limit: usize },
	/// A format number of another version.
	#[error("schema: format {found} is unknown. This version reads format {known}")]
	#[allow(missing_docs)]
	Format { found: u16, known: u16 },
	/// A schema without columns or with more than [`MAX_COLUMNS`](crate::MAX_COLUMNS).
	#[error("schema: {found} columns. Declare 1 to {limit}")]
	#[allow(missing_docs)]
	ColumnCount { found: usize, limit: usize },
	/// Something wrong with one column.
	#[error("schema, column {column:?}: {problem}")]
	#[allow(missing_docs)]
	Column { column: String, problem: String },
	/// Something wrong with one constraint, counted from 1.
	#[error("schema, constraint {number}: {problem}")]
	#[allow(missing_docs)]
	Constraint { number: usize, problem: String },
}

/// A question that a table cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
	/// A row number past the end.
	#[error("row {row} of {rows}: no such row. Rows count from 0")]
	#[allow(missing_docs)]
	NoSuchRow { row: usize, rows: usize },
	/// The schema declares no patient column.
	#[error(
		"the schema names no patient column. Set \"patient_column\" to the column that holds the patient's number"
	)]
	NoPatientColumn,
	/// A row without a patient's number.
	#[error("row {row}, column {column:?}: the row names no patient. Fill in the patient's number, or remove the row")]
	#[allow(missing_docs)]
	MissingPatient { row: usize, column: String },
	/// Columns that do not fit the schema.
	#[error("column {column:?}: {problem}")]
	#[allow(missing_docs)]
	DoesNotFit { column: String, problem: String },
}

/// Bytes that are no model artefact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
	/// The artefact ends early.
	#[error("model: ends at byte {offset} within {part}. Fetch the artefact again")]
	#[allow(missing_docs)]
	Truncated { offset: usize, part: &'static str },
	/// Not a model artefact at all.
	#[error("model: the first bytes are not those of a model. Fetch the artefact named `model`")]
	NotAModel,
	/// A version this code does not read.
	#[error("model: version {found} is unknown, this code reads {known}. Use the release named in the attestation")]
	#[allow(missing_docs)]
	Version { found: u16, known: u16 },
	/// A generator this code does not have.
	#[error("model: generator number {found} is unknown. Use the release named in the attestation")]
	#[allow(missing_docs)]
	UnknownGenerator { found: u16 },
	/// Values that no fit writes.
	#[error("model, {part}: {problem}. Fetch the artefact again")]
	#[allow(missing_docs)]
	Invalid { part: &'static str, problem: String },
	/// The schema inside is wrong.
	#[error("model: {0}")]
	Schema(#[from] SchemaError),
}

/// Work that could not be done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SynthesisError {
	/// The caller's [`Progress`](crate::Progress) said stop.
	#[error("cancelled during {stage}")]
	#[allow(missing_docs)]
	Cancelled { stage: &'static str },
	/// Too little to learn from.
	#[error("{rows} training rows are fewer than {needed}. Widen the consent filter, or register more patients")]
	#[allow(missing_docs)]
	TooFewRows { rows: usize, needed: usize },
	/// Nothing but identifiers.
	#[error("the table has no column to synthesise: all are identifiers. Declare a kind for at least one column")]
	NoColumns,
	/// More latent dimensions than the copula takes.
	#[error("{found} dimensions are more than {limit} for the Gaussian copula. Use generator \"independent\", or remove columns")]
	#[allow(missing_docs)]
	TooWide { found: usize, limit: usize },
	/// A row count outside the bounds.
	#[error("{rows} rows were asked for. Ask for 1 to {limit}")]
	#[allow(missing_docs)]
	RowCount { rows: usize, limit: usize },
	/// Tables that do not share one schema.
	#[error("{which}: its schema is not the training table's. Compare tables of one schema")]
	#[allow(missing_docs)]
	SchemaMismatch { which: &'static str },
	/// A generator name that is none.
	#[error("{name:?} is no generator. Use one of: {known}")]
	#[allow(missing_docs)]
	UnknownGenerator { name: String, known: &'static str },
	/// A differentially private generator asked to fit without a budget.
	#[error("{name} is differentially private. Measure with a budget, and fit from the measurement log")]
	#[allow(missing_docs)]
	NeedsBudget { name: &'static str },
	/// Conditions for a generator that has none.
	#[error("{name} does not sample under conditions. Use mst, aim or tabular-lm")]
	#[allow(missing_docs)]
	NoConditions { name: &'static str },
	/// A question that only a language model answers.
	#[error("{name} does not {question}. Use tabular-lm")]
	#[allow(missing_docs)]
	NoAnswer { name: &'static str, question: &'static str },
	/// A column that the model does not have.
	#[error("the model has no column {column:?}. Use one of its schema's, but no identifier")]
	#[allow(missing_docs)]
	NoSuchColumn { column: String },
	/// Conditions that no row of the model meets.
	#[error("the model gives the conditions probability 0. Widen them")]
	Impossible,
	/// Settings of a private generator that cannot be used.
	#[error(transparent)]
	Options(#[from] crate::mechanism::OptionsError),
	/// Bytes that are no measurement log.
	#[error(transparent)]
	Log(#[from] crate::mechanism::LogError),
	/// A shape of simulated cohorts that is none.
	#[error("{name:?} is no shape of a cohort. Use one of: {known}")]
	#[allow(missing_docs)]
	UnknownShape { name: String, known: &'static str },
	/// A part of the work went outside its invariants; the words say which.
	#[error("{stage}: {reason}. Report this with the schema, without the data")]
	#[allow(missing_docs)]
	Internal { stage: &'static str, reason: String },
	/// A table could not be built.
	#[error(transparent)]
	Table(#[from] TableError),
	/// A schema could not be used.
	#[error(transparent)]
	Schema(#[from] SchemaError),
	/// A private computation could not be done.
	#[error(transparent)]
	Privacy(#[from] crate::privacy::PrivacyError),
	/// A table could not be encoded or decoded.
	#[error(transparent)]
	Encode(#[from] crate::encode::EncodeError),
	/// An audit could not be done.
	#[error(transparent)]
	Audit(#[from] crate::audit::AuditError),
	/// A statistic could not be computed.
	#[error(transparent)]
	Statistics(#[from] crate::statistics::StatisticsError),
	/// A table that does not hold visits.
	#[error(transparent)]
	Trajectory(#[from] crate::trajectory::TrajectoryError),
}
