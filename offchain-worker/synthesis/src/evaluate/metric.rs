//! Metrics: stable numbers, and values rounded once to parts per million.

use serde::Serialize;

macro_rules! metric_ids {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $title:literal;)+) => {
        /// Which metric. The numbers are stable; the documentation of each gives formula and range.
        ///
        /// Unless said otherwise *real* is the training table, a score of 1 is best, and values run
        /// from 0 to 1. Formulas named "sdmetrics" are those of sdmetrics 0.32.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum MetricId { $($(#[doc = $doc])+ $name = $number,)+ }

        impl MetricId {
            /// All metrics, by number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name shown to people.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// One sentence or more: formula, range and what is good.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

metric_ids! {
	/// Mean over columns of KS complement (numbers, dates) or TV complement (levels) (sdmetrics).
	ColumnShapes = 1, "Column shapes";
	/// Mean over all pairs of columns of correlation similarity (two numeric columns) or contingency similarity (other pairs, numbers cut into ten equal bins of their own table's range) (sdmetrics before 0.27).
	ColumnPairTrends = 2, "Column pair trends, all pairs";
	/// The same over those pairs only whose real correlation exceeds 0.5 in size, or whose real Cramér's V exceeds 0.3 (sdmetrics from 0.27).
	ColumnPairTrendsThresholded = 3, "Column pair trends, associated pairs";
	/// Mean over columns of 1 - |share of missing cells, real - synthetic| (sdmetrics).
	MissingValueSimilarity = 4, "Missing value similarity";
	/// Mean over numeric columns of the share of present synthetic cells within the real minimum and maximum (sdmetrics).
	BoundaryAdherence = 5, "Boundary adherence";
	/// Mean over categorical columns of the share of present synthetic cells whose level occurs in the real table (sdmetrics).
	CategoryAdherence = 6, "Category adherence";
	/// Share of synthetic rows that match no real row; a match has equal levels and missing cells, and every number within 1 % of the synthetic one (sdmetrics).
	NewRowSynthesis = 7, "New row synthesis";
	/// Mean KS complement over numeric columns: 1 - the largest gap between the two cumulative distributions.
	MeanKsComplement = 8, "Mean KS complement";
	/// Mean TV complement over categorical columns: 1 - half the summed gaps between the shares of levels.
	MeanTvComplement = 9, "Mean TV complement";
	/// Mean over pairs of numeric columns of 1 - |Pearson's correlation, real - synthetic| / 2.
	MeanCorrelationSimilarity = 10, "Mean correlation similarity";
	/// Mean over pairs with a categorical column of 1 - half the summed gaps between the shares of joint cells.
	MeanContingencySimilarity = 11, "Mean contingency similarity";
	/// Mean over numeric columns of |mean, real - synthetic| / real standard deviation. 0 is best, no upper end.
	StandardisedMeanDifference = 12, "Standardised mean difference";
	/// Mean over numeric columns of |synthetic standard deviation / real standard deviation - 1|. 0 is best, no upper end.
	DeviationRatioError = 13, "Standard deviation error";
	/// Largest |Pearson's correlation, real - synthetic| over pairs of numeric columns, 0 to 2. 0 is best.
	LargestCorrelationDifference = 14, "Largest correlation difference";
	/// Mean over columns of 1 - Kolmogorov's distance (numbers, dates) or total variation distance (levels), missing cells counting as a value below all or as a level.
	CompleteShapes = 15, "Column shapes with missing cells";
	/// 1 - mean total variation distance over 100 random pairs of columns (all, if fewer), numbers cut into 20 equal bins of the declared range, missing cells a bin of their own (NIST's k-marginal, divided by 1,000).
	TwoMarginals = 16, "Two-way marginals";
	/// The same over 100 random triples of columns.
	ThreeMarginals = 17, "Three-way marginals";
	/// Area under the ROC curve of boosted trees that tell synthetic from training rows, three folds; 0.5 is guessing and best, 1 is full separation.
	DetectionAuc = 18, "Detection: AUC";
	/// 1 - mean over folds of (2 max(½, AUC) - 1) of the same trees: 1 means that rows cannot be told apart, 0 that all can (sdmetrics' form of the classifier two-sample test).
	DetectionScore = 19, "Detection: score";
	/// Area under the ROC curve on hold-out rows of boosted trees trained on synthetic rows; mean of one-against-rest for more than two classes. 0.5 is guessing.
	TstrAuc = 20, "Train on synthetic, test on real: AUC";
	/// The same with trees trained on the real training rows: what the synthetic table could reach.
	TrtrAuc = 21, "Train on real, test on real: AUC";
	/// R² on hold-out rows of boosted trees trained on synthetic rows; at most 1, below 0 if worse than the mean.
	TstrR2 = 22, "Train on synthetic, test on real: R²";
	/// The same with trees trained on the real training rows.
	TrtrR2 = 23, "Train on real, test on real: R²";
	/// Mean squared error on hold-out rows of the probabilities of boosted trees trained on synthetic rows (Brier score); 0 is best, always saying the share of cases gives share × (1 - share).
	TstrBrier = 24, "Train on synthetic, test on real: Brier score";
	/// The same with trees trained on the real training rows.
	TrtrBrier = 25, "Train on real, test on real: Brier score";
	/// Mean over the coefficients of a regression of the target of the overlap of their 95 % intervals, real and synthetic, as the mean of its share in both (Karr et al. 2006); apart counts 0.
	CoefficientOverlap = 26, "Overlap of coefficient intervals";
	/// Share of the regression's coefficients with the same sign in both tables.
	CoefficientSigns = 27, "Agreement of coefficient signs";
	/// Share of the regression's coefficients that are significant at 5 % in both tables or in neither.
	CoefficientSignificance = 28, "Agreement of coefficient significance";
	/// Largest loss of AUC or R² in a subgroup of hold-out rows when trees are trained on synthetic rather than real rows. 0 or less is best.
	WorstSubgroupLoss = 29, "Largest subgroup loss of performance";
	/// Share of synthetic rows that repeat an earlier synthetic row. Low is best for wide tables. Anyone can recompute it.
	SyntheticDuplicateRate = 30, "Repeated synthetic rows";
	/// Share of missing cells in the synthetic table. Anyone can recompute it.
	SyntheticMissingRate = 31, "Missing synthetic cells";
	/// Largest |share of cases or standardised mean of the target, real - synthetic| in a subgroup. 0 is best.
	WorstSubgroupPrevalence = 32, "Largest subgroup gap of the target";
	/// Mean of (probability that a row is synthetic - share of synthetic rows)² of the trees that detect synthetic rows (pMSE; Woo et al. 2009). 0 is best, at most 0.25 for tables of one size.
	PropensityMse = 33, "Propensity mean squared error";
	/// Share of synthetic rows that equal a training row in every cell. A search for mistakes, not a measure of privacy.
	ExactCopyRate = 40, "Exact copies of training rows";
	/// Share of hold-out rows that equal a training row in every cell: how many equal rows are chance.
	HoldOutExactCopyRate = 41, "Exact copies among hold-out rows";
	/// New row synthesis of the hold-out rows: how many near matches are chance.
	HoldOutNewRows = 42, "New rows among hold-out rows";
	/// Column shapes of the hold-out rows: what fresh real rows score.
	HoldOutColumnShapes = 43, "Column shapes of hold-out rows";
	/// Column pair trends, all pairs, of the hold-out rows: what fresh real rows score.
	HoldOutColumnPairTrends = 44, "Column pair trends of hold-out rows";
	/// One column's 1 - the largest gap between the two cumulative distributions (sdmetrics KSComplement).
	KsComplement = 50, "KS complement";
	/// One column's 1 - half the summed gaps between the shares of levels (sdmetrics TVComplement).
	TvComplement = 51, "TV complement";
	/// One pair's 1 - |Pearson's correlation, real - synthetic| / 2 (sdmetrics CorrelationSimilarity).
	CorrelationSimilarity = 52, "Correlation similarity";
	/// One pair's 1 - half the summed gaps between the shares of joint cells, missing cells being a level (sdmetrics ContingencySimilarity).
	ContingencySimilarity = 53, "Contingency similarity";
	/// Area under the ROC curve of an attack that tells training from hold-out rows by how much nearer the closest synthetic row is than the closest row of other patients (DOMIAS; van Breugel et al. 2023). 0.5 is guessing and best.
	MembershipAuc = 60, "Membership inference: AUC";
	/// Share of training rows that the same attack names while it wrongly names 1 % of the hold-out rows; 0.01 is guessing.
	MembershipTpr1 = 61, "Membership inference: found at 1 % false alarms";
	/// Share of training rows that the same attack names while it wrongly names 0.1 % of the hold-out rows; 0.001 is guessing.
	MembershipTpr01 = 62, "Membership inference: found at 0.1 % false alarms";
	/// Area under the ROC curve of an attack that compares how frequent a row's pairs of values are among synthetic rows and among rows of other patients. 0.5 is guessing and best.
	MembershipMarginalAuc = 63, "Membership inference by marginals: AUC";
	/// Risk that one value read off the synthetic table picks out exactly one training row, less the same for rows of other patients (Giomi et al. 2022). 0 is best.
	SinglingOutUnivariate = 64, "Singling out by one value: risk";
	/// Risk that three values read off a synthetic row pick out exactly one training row, less the same for rows of other patients. 0 is best.
	SinglingOutMultivariate = 65, "Singling out by three values: risk";
	/// Risk that the synthetic table links two halves of a training row, less the same for rows of other patients. 0 is best.
	Linkability = 66, "Linkability: risk";
	/// Largest risk over secret columns that the nearest synthetic row tells a training row's secret, less the same for rows of other patients. 0 is best.
	Inference = 67, "Attribute inference: risk";
	/// Trajectories: mean of the column shapes of all first visits, all second visits, and so on, as long as 30 real patients have them.
	VisitShapes = 70, "Column shapes by visit";
	/// Trajectories: mean over changing numeric columns of |correlation with itself a visit later, real - synthetic|, 0 to 2. 0 is best.
	LagCorrelationDifference = 71, "Difference of lag-1 correlations";
	/// Trajectories: the largest of these differences. 0 is best.
	LargestLagDifference = 72, "Largest difference of lag-1 correlations";
	/// Trajectories: 1 - the largest gap between the cumulative distributions of visits per patient.
	VisitsPerPatient = 73, "Visits per patient";
	/// Trajectories: 1 - the largest gap between the cumulative distributions of the times between visits.
	VisitGaps = 74, "Gaps between visits";
}

impl MetricId {
	/// The stable number.
	#[must_use]
	pub fn number(self) -> u16 {
		self as u16
	}

	/// The metric of a stable number, as records on chain hold it.
	#[must_use]
	pub fn from_number(number: u16) -> Option<Self> {
		Self::ALL.iter().copied().find(|id| id.number() == number)
	}

	/// Who can recompute the metric.
	#[must_use]
	pub fn reproducible_by(self) -> ReproducibleBy {
		match self {
			Self::SyntheticDuplicateRate | Self::SyntheticMissingRate => ReproducibleBy::Anyone,
			_ => ReproducibleBy::Custodian,
		}
	}
}

/// Who can recompute a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum ReproducibleBy {
	/// Anyone who has the synthetic table.
	Anyone,
	/// Only who holds the real data.
	Custodian,
}

/// One number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Metric {
	/// Which metric.
	pub id: MetricId,
	/// Its value in parts per million.
	pub value_ppm: i64,
	/// Who can recompute it.
	pub reproducible_by: ReproducibleBy,
}

impl Metric {
	/// The metric of a value that is rounded already.
	pub(crate) fn of_ppm(id: MetricId, value_ppm: i64) -> Self {
		Self { id, value_ppm, reproducible_by: id.reproducible_by() }
	}

	/// The metric, or nothing where the value is not a number.
	pub(crate) fn new(id: MetricId, value: f64) -> Option<Self> {
		Some(Self { id, value_ppm: to_ppm(value)?, reproducible_by: id.reproducible_by() })
	}
}

/// Rounds to parts per million, half away from zero; `None` for NaN and beyond ±10^9.
pub(crate) fn to_ppm(value: f64) -> Option<i64> {
	if !(-1e9..=1e9).contains(&value) {
		return None;
	}
	let scaled = value * 1e6;
	Some((scaled + if scaled < 0.0 { -0.5 } else { 0.5 }) as i64)
}

/// The mean of what is there; `None` of nothing.
pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
	let (mut sum, mut count) = (0.0, 0.0);
	for value in values {
		sum += value;
		count += 1.0;
	}
	(count > 0.0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn numbers_are_stable_and_in_order() {
		let numbers: Vec<u16> = MetricId::ALL.iter().map(|id| id.number()).collect();
		assert_eq!(
			numbers,
			[
				1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
				29, 30, 31, 32, 33, 40, 41, 42, 43, 44, 50, 51, 52, 53, 60, 61, 62, 63, 64, 65, 66, 67, 70, 71, 72, 73,
				74
			]
		);
	}

	#[test]
	fn every_metric_is_found_by_its_number() {
		for id in MetricId::ALL {
			assert_eq!(MetricId::from_number(id.number()), Some(*id));
		}
		assert_eq!(MetricId::from_number(0), None);
	}

	#[test]
	fn rounding_is_half_away_from_zero_and_refuses_no_numbers() {
		assert_eq!(to_ppm(0.000_000_5), Some(1));
		assert_eq!(to_ppm(-0.000_000_5), Some(-1));
		assert_eq!(to_ppm(f64::NAN), None);
		assert_eq!(to_ppm(2e9), None);
	}
}
