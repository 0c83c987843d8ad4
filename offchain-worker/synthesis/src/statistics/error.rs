//! Why a statistic cannot be computed.

/// A question that the data cannot answer. Each names the column and what a person can do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatisticsError {
	/// A name that is no column.
	#[error("column {column:?}: the table has no such column. Use one of its names: {known}")]
	#[allow(missing_docs)]
	NoSuchColumn { column: String, known: String },
	/// One column in two places of an analysis.
	#[error("column {column:?}: named twice. Name every column once, and the outcome not among the predictors")]
	#[allow(missing_docs)]
	NamedTwice { column: String },
	/// A number is needed.
	#[error("column {column:?}: {kind} is no number. Name a numeric column, or use chi-square for categories")]
	#[allow(missing_docs)]
	NotNumeric { column: String, kind: &'static str },
	/// Identifiers carry no statistic.
	#[error("column {column:?}: identifiers are not analysed. Name another column, or declare its kind in the schema")]
	#[allow(missing_docs)]
	Identifier { column: String },
	/// Too many groups.
	#[error("column {column:?}: more than {limit} different values are too many groups. Combine levels, or use it as a number")]
	#[allow(missing_docs)]
	TooManyLevels { column: String, limit: usize },
	/// Not exactly two levels.
	#[error("column {column:?}: two levels are needed and {found} occur ({levels}). Choose a column with two levels, or leave out rows of the others")]
	#[allow(missing_docs)]
	NotTwoLevels { column: String, found: usize, levels: String },
	/// All rows have one value.
	#[error("column {column:?}: all {rows} complete rows have the same value, so there is nothing to compare. Choose another column, or widen the selection of rows")]
	#[allow(missing_docs)]
	Constant { column: String, rows: usize },
	/// An outcome without spread.
	#[error("column {column:?}: within each group of {group:?} all rows have the same value, so there is no error to compare the difference with. Choose another column, or chi-square")]
	#[allow(missing_docs)]
	ConstantWithinGroups { column: String, group: String },
	/// A level that does not occur.
	#[error("column {column:?}: no complete row has the level {level:?}. Use one of: {known}")]
	#[allow(missing_docs)]
	NoSuchLevel { column: String, level: String, known: String },
	/// Too few rows.
	#[error(
		"{place}: {rows} complete rows are fewer than the {needed} needed. Leave out columns with missing values, or widen the selection of rows"
	)]
	#[allow(missing_docs)]
	TooFewRows { place: String, rows: usize, needed: usize },
	/// No predictor was named.
	#[error("no predictor was named. Name at least one column")]
	NoPredictors,
	/// A predictor that the others determine.
	#[error(
		"predictor {term:?} (column {column:?}) is a linear combination of the predictors before it. Leave it out"
	)]
	#[allow(missing_docs)]
	Collinear { column: String, term: String },
	/// Residuals of zero.
	#[error("outcome {column:?} is an exact linear function of the predictors, so there is no error to estimate. Leave out the predictor that repeats it")]
	#[allow(missing_docs)]
	PerfectFit { column: String },
	/// Maximum likelihood estimates do not exist (Albert and Anderson, Biometrika 71, 1984).
	#[error("predictor {term:?} (column {column:?}) separates the two outcomes completely or nearly so; its coefficient is infinite. Leave it out, or combine its levels")]
	#[allow(missing_docs)]
	Separation { column: String, term: String },
	/// No convergence.
	#[error(
		"outcome {column:?}: the fit did not converge in {iterations} steps. Leave out predictors that hardly vary"
	)]
	#[allow(missing_docs)]
	NotConverged { column: String, iterations: usize },
	/// Nobody had the event.
	#[error(
		"column {column:?}: no complete row has the event, all are censored. Check which level is the event, or widen the selection of rows"
	)]
	#[allow(missing_docs)]
	NoEvents { column: String },
	/// A time before the start.
	#[error("column {column:?}: the time {value} is negative. Times count from the start of observation; correct or leave out the row")]
	#[allow(missing_docs)]
	NegativeTime { column: String, value: f64 },
	/// Groups that are never under observation at one time.
	#[error("column {column:?}: no event happened while members of different groups were under observation, so their hazards cannot be compared. Choose another grouping")]
	#[allow(missing_docs)]
	NoOverlap { column: String },
	/// A description of the noise that does not hold together.
	#[error("release noise, {field}: {problem}. Take it from the release's measurement log")]
	#[allow(missing_docs)]
	Noise { field: String, problem: String },
}
