//! Statistics that researchers compute on a table, and what a differentially private release does to them.
//!
//! ```text
//! Table (+ ReleaseNoise) --describe, t_test, chi_square, …--> result with naive and, where theory gives it, corrected form
//! ```
//!
//! Every function takes a table and column names and drops the rows that miss one of them, counted in the result. Results
//! serialise to JSON and are written as text by [`text`]. *Naive* means: as if every row were a patient. On synthetic rows such intervals
//! are too narrow, the more so the more rows are drawn; [`ReleaseNoise`] says how much is known about it and by which formula.

mod chi_square;
mod describe;
mod design;
mod distribution;
mod error;
mod frame;
mod least_squares;
mod linear;
mod logistic;
mod mann_whitney;
mod noise;
mod release;
mod survival;
mod t_test;
pub mod text;

pub use chi_square::{chi_square, ChiSquare, CorrectedChiSquare, Fisher};
pub use describe::{describe, ColumnSummary, Description, LevelSummary, NumericSummary, Part, Summary};
pub use design::{Coefficient, Reference};
pub use error::StatisticsError;
pub use frame::MAX_GROUPS;
pub use linear::{linear_regression, LinearRegression, StandardErrors};
pub use logistic::{logistic_regression, LogisticRegression, OddsRatio};
pub use mann_whitney::{mann_whitney, GroupMedian, MannWhitney, Method};
pub use noise::{ColumnNoise, Correction, Interval, PairNoise, ReleaseNoise};
pub use survival::{kaplan_meier, log_rank, Curve, KaplanMeier, LogRank, LogRankGroup, Step};
pub use t_test::{t_test, GroupMean, MeanDifference, TTest};

/// Confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;
