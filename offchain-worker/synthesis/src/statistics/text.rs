//! Results as aligned tables for people.

use super::{
	ChiSquare, Coefficient, ColumnSummary, Correction, Description, Interval, KaplanMeier, LinearRegression, LogRank,
	LogisticRegression, MannWhitney, MeanDifference, Method, Reference, StandardErrors, Summary, TTest,
};

/// Cells in rows; the first column is set to the left, all others to the right.
#[derive(Debug, Default)]
struct Grid(Vec<Vec<String>>);

impl Grid {
	fn of(header: &[&str]) -> Self {
		Self(vec![header.iter().map(ToString::to_string).collect()])
	}

	fn row(&mut self, cells: Vec<String>) {
		self.0.push(cells);
	}

	fn text(&self) -> String {
		let widest = self.0.iter().map(Vec::len).max().unwrap_or(0);
		let width =
			|at: usize| self.0.iter().filter_map(|row| row.get(at)).map(|c| c.chars().count()).max().unwrap_or(0);
		let widths: Vec<usize> = (0..widest).map(width).collect();
		let line = |row: &Vec<String>| {
			let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match at {
				0 => format!("{cell:<width$}"),
				_ => format!("  {cell:>width$}"),
			});
			format!("{}\n", cells.collect::<String>().trim_end())
		};
		self.0.iter().map(line).collect()
	}
}

/// A number in about four significant digits.
fn short(x: f64) -> String {
	let size = x.abs();
	if x == 0.0 {
		return "0".into();
	}
	if !(1e-4..1e7).contains(&size) {
		return format!("{x:.3e}");
	}
	let decimals = [(1000.0, 1), (1.0, 3), (0.1, 4), (0.01, 5), (0.001, 6)];
	let decimals = decimals.iter().find(|(least, _)| size >= *least).map_or(7, |(_, decimals)| *decimals);
	format!("{x:.decimals$}")
}

/// A p-value in a column of p-values.
fn p_value(p: f64) -> String {
	if p < 1e-4 {
		"<0.0001".into()
	} else {
		format!("{p:.4}")
	}
}

/// A p-value in a sentence.
fn p_is(p: f64) -> String {
	if p < 1e-4 {
		"p < 0.0001".into()
	} else {
		format!("p = {p:.4}")
	}
}

fn interval(interval: Interval) -> String {
	format!("{} to {}", short(interval.low), short(interval.high))
}

fn maybe<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
	value.map_or_else(|| "-".into(), text)
}

fn dropped(rows: usize) -> String {
	match rows {
		0 => "no row dropped for missing values".into(),
		1 => "1 row dropped for missing values".into(),
		many => format!("{many} rows dropped for missing values"),
	}
}

fn why<T>(correction: &Correction<T>) -> String {
	correction.not_corrected_because.map_or_else(String::new, |why| format!("not corrected for the release: {why}\n"))
}

/// "Table 1", with a column for every group; intervals follow in a second table.
#[must_use]
pub fn description(result: &Description) -> String {
	let title = |part: &super::Part| part.group.clone().unwrap_or_else(|| "all".into());
	let mut header = vec![result.group.clone().unwrap_or_default()];
	header.extend(result.parts.iter().map(|part| format!("{} (n = {})", title(part), part.rows)));
	let mut grid = Grid(vec![header]);
	let Some(all) = result.parts.first() else { return String::new() };
	for (at, column) in all.columns.iter().enumerate() {
		let cells: Vec<&ColumnSummary> = result.parts.iter().filter_map(|part| part.columns.get(at)).collect();
		describe_column(column, &cells, &mut grid);
	}
	let mut text = grid.text();
	if result.rows_without_group > 0 {
		text.push_str(&format!("{} rows belong to no group\n", result.rows_without_group));
	}
	text.push_str("\n95 % intervals\n");
	text.push_str(&describe_intervals(result));
	text
}

fn describe_column(column: &ColumnSummary, cells: &[&ColumnSummary], grid: &mut Grid) {
	let unit = column.unit.as_ref().map_or_else(String::new, |unit| format!(" ({unit})"));
	let mut row = |name: String, cell: &dyn Fn(&ColumnSummary) -> String| {
		grid.row(std::iter::once(name).chain(cells.iter().map(|column| cell(column))).collect());
	};
	row(format!("{}{unit}", column.column), &|c| format!("n = {}, {} missing", c.n, c.missing));
	match &column.summary {
		Some(Summary::Numeric(_)) => {
			row("  mean (SD)".into(), &|c| match &c.summary {
				Some(Summary::Numeric(s)) => format!("{} ({})", short(s.mean), maybe(s.standard_deviation, short)),
				_ => "-".into(),
			});
			row("  median [IQR]".into(), &|c| match &c.summary {
				Some(Summary::Numeric(s)) => {
					format!("{} [{}, {}]", short(s.median), short(s.first_quartile), short(s.third_quartile))
				},
				_ => "-".into(),
			});
		},
		Some(Summary::Date { .. }) => row("  median (range)".into(), &|c| match &c.summary {
			Some(Summary::Date { min, median, max }) => format!("{median} ({min} to {max})"),
			_ => "-".into(),
		}),
		Some(Summary::Categorical { levels }) => {
			for level in levels {
				row(format!("  {}, n (%)", level.level), &|c| match &c.summary {
					Some(Summary::Categorical { levels }) => {
						let found = levels.iter().find(|other| other.level == level.level);
						found.map_or("0 (0.0)".into(), |l| format!("{} ({:.1})", l.count, 100.0 * l.share))
					},
					_ => "-".into(),
				});
			}
		},
		None => {},
	}
}

fn describe_intervals(result: &Description) -> String {
	let mut grid = Grid::of(&["", "group", "estimate", "naive", "corrected"]);
	let mut reasons: Vec<&str> = Vec::new();
	for part in &result.parts {
		let group = part.group.clone().unwrap_or_else(|| "all".into());
		for column in &part.columns {
			let mut add = |name: String, estimate: f64, naive: Option<Interval>, correction: &Correction<Interval>| {
				reasons.extend(correction.not_corrected_because);
				let corrected = maybe(correction.corrected, interval);
				grid.row(vec![name, group.clone(), short(estimate), maybe(naive, interval), corrected]);
			};
			match &column.summary {
				Some(Summary::Numeric(s)) => {
					add(format!("{}, mean", column.column), s.mean, s.mean_interval, &s.correction);
				},
				Some(Summary::Categorical { levels }) => levels.iter().for_each(|level| {
					let name = format!("{} = {}, share", column.column, level.level);
					add(name, level.share, Some(level.share_interval), &level.correction);
				}),
				_ => {},
			}
		}
	}
	reasons.sort_unstable();
	reasons.dedup();
	let notes: String = reasons.iter().map(|why| format!("not corrected for the release: {why}\n")).collect();
	format!("{}{notes}", grid.text())
}

/// Both t-tests, and the corrected one.
#[must_use]
pub fn t_test(result: &TTest) -> String {
	let mut groups = Grid::of(&[&result.group, "n", "mean", "SD"]);
	for group in &result.groups {
		let numbers = [short(group.mean), short(group.standard_deviation)];
		groups.row([group.level.clone(), group.n.to_string()].into_iter().chain(numbers).collect());
	}
	let mut tests = Grid::of(&["test", "difference", "SE", "t", "df", "p", "95 % interval"]);
	let mut add = |name: &str, test: &MeanDifference| {
		tests.row(vec![
			name.into(),
			short(result.difference),
			short(test.standard_error),
			short(test.t),
			short(test.degrees_of_freedom),
			p_value(test.p_value),
			interval(test.interval),
		]);
	};
	add("Welch", &result.welch);
	add("Student", &result.student);
	if let Some(corrected) = &result.correction.corrected {
		add("corrected (Welch)", corrected);
	}
	let note = dropped(result.dropped_rows);
	format!(
		"{} by {}; {note}\n\n{}\n{}{}",
		result.outcome,
		result.group,
		groups.text(),
		tests.text(),
		why(&result.correction)
	)
}

/// The counts and the tests of independence.
#[must_use]
pub fn chi_square(result: &ChiSquare) -> String {
	let mut counts = Grid(vec![std::iter::once(String::new()).chain(result.group_levels.iter().cloned()).collect()]);
	for (level, row) in result.outcome_levels.iter().zip(&result.counts) {
		counts.row(std::iter::once(level.clone()).chain(row.iter().map(ToString::to_string)).collect());
	}
	let mut tests = Grid::of(&["test", "chi-square", "df", "p"]);
	let freedom = result.degrees_of_freedom.to_string();
	tests.row(vec!["Pearson".into(), short(result.statistic), freedom.clone(), p_value(result.p_value)]);
	if let Some(fisher) = &result.fisher {
		tests.row(vec!["Fisher, exact".into(), "-".into(), "-".into(), p_value(fisher.p_value)]);
	}
	if let Some(corrected) = &result.correction.corrected {
		tests.row(vec!["corrected (Pearson)".into(), short(corrected.statistic), freedom, p_value(corrected.p_value)]);
	}
	let small = match result.small_expected_cells {
		0 => String::new(),
		cells => format!("{cells} cells have an expected count below 5; Pearson's approximation is poor there\n"),
	};
	format!(
		"{} by {}; n = {}; {}\n\n{}\n{}Cramer's V = {}\n{small}{}",
		result.outcome,
		result.group,
		result.n,
		dropped(result.dropped_rows),
		counts.text(),
		tests.text(),
		short(result.cramers_v),
		why(&result.correction)
	)
}

/// The rank test.
#[must_use]
pub fn mann_whitney(result: &MannWhitney) -> String {
	let mut groups = Grid::of(&[&result.group, "n", "median [IQR]"]);
	for group in &result.groups {
		let [low, high] = group.quartiles.map(short);
		groups.row(vec![group.level.clone(), group.n.to_string(), format!("{} [{low}, {high}]", short(group.median))]);
	}
	let method = match result.method {
		Method::Exact => "exact distribution",
		Method::Normal => "normal approximation, corrected for ties and continuity",
	};
	let [first, second] = &result.groups;
	format!(
		"{} by {}; {}\n\n{}\nU = {}, {} ({method})\nP({} > {}) = {}\n{}",
		result.outcome,
		result.group,
		dropped(result.dropped_rows),
		groups.text(),
		short(result.u),
		p_is(result.p_value),
		first.level,
		second.level,
		short(result.probability_of_superiority),
		why(&result.correction)
	)
}

fn coefficients(rows: &[Coefficient], statistic: &str) -> Grid {
	let mut grid = Grid::of(&["term", "estimate", "SE", statistic, "p", "95 % interval"]);
	for row in rows {
		grid.row(vec![
			row.term.clone(),
			short(row.estimate),
			short(row.standard_error),
			short(row.statistic),
			p_value(row.p_value),
			interval(row.interval),
		]);
	}
	grid
}

fn references(references: &[Reference]) -> String {
	if references.is_empty() {
		return String::new();
	}
	let each: Vec<String> = references.iter().map(|r| format!("{}={}", r.predictor, r.level)).collect();
	format!("reference levels: {}\n", each.join(", "))
}

/// The linear fit.
#[must_use]
pub fn linear_regression(result: &LinearRegression) -> String {
	let errors = match result.standard_errors {
		StandardErrors::Classical => "classical standard errors",
		StandardErrors::Hc3 => "HC3 standard errors",
	};
	format!(
		"{}, linear regression, {errors}; n = {}; {}\n\n{}\n{}R² = {}, adjusted {}; residual SE = {} on {} df; F = {}, {}\n{}",
		result.outcome,
		result.n,
		dropped(result.dropped_rows),
		coefficients(&result.coefficients, "t").text(),
		references(&result.references),
		short(result.r_squared),
		short(result.adjusted_r_squared),
		short(result.residual_standard_error),
		result.residual_degrees_of_freedom,
		short(result.f_statistic),
		p_is(result.f_p_value),
		why(&result.correction)
	)
}

/// The logistic fit.
#[must_use]
pub fn logistic_regression(result: &LogisticRegression) -> String {
	let mut odds = Grid::of(&["term", "odds ratio", "95 % interval"]);
	for ratio in result.odds_ratios.iter().skip(1) {
		odds.row(vec![ratio.term.clone(), short(ratio.odds_ratio), interval(ratio.interval)]);
	}
	format!(
		"odds of {} = {}, logistic regression; n = {}, {} events; {}\n\n{}\n{}\n{}log-likelihood = {} (intercept alone {}), likelihood ratio test {}, pseudo-R² = {}\n{}",
		result.outcome,
		result.event,
		result.n,
		result.events,
		dropped(result.dropped_rows),
		coefficients(&result.coefficients, "z").text(),
		odds.text(),
		references(&result.references),
		short(result.log_likelihood),
		short(result.null_log_likelihood),
		p_is(result.likelihood_ratio_p_value),
		short(result.pseudo_r_squared),
		why(&result.correction)
	)
}

/// Medians, and every curve step by step.
#[must_use]
pub fn kaplan_meier(result: &KaplanMeier) -> String {
	let name = |group: &Option<String>| group.clone().unwrap_or_else(|| "all".into());
	let mut medians = Grid::of(&[result.group.as_deref().unwrap_or(""), "n", "events", "median", "95 % interval"]);
	let mut steps = String::new();
	for curve in &result.curves {
		let ends = format!("{} to {}", maybe(curve.median_low, short), maybe(curve.median_high, short));
		let counts = [curve.n.to_string(), curve.events.to_string()];
		let cells = [name(&curve.group)].into_iter().chain(counts).chain([maybe(curve.median, short), ends]);
		medians.row(cells.collect());
		let mut grid = Grid::of(&["time", "at risk", "events", "survival", "SE", "95 % interval"]);
		for step in &curve.steps {
			grid.row(vec![
				short(step.time),
				step.at_risk.to_string(),
				step.events.to_string(),
				short(step.survival),
				short(step.standard_error),
				maybe(step.interval, interval),
			]);
		}
		steps.push_str(&format!("\n{}\n{}", name(&curve.group), grid.text()));
	}
	let unit = result.unit.as_ref().map_or_else(String::new, |unit| format!(" in {unit}"));
	format!(
		"{}{unit} until {} = {}; {}\n\n{}{steps}{}",
		result.time,
		result.event,
		result.event_level,
		dropped(result.dropped_rows),
		medians.text(),
		why(&result.correction)
	)
}

/// The log-rank test.
#[must_use]
pub fn log_rank(result: &LogRank) -> String {
	let mut groups = Grid::of(&[&result.group, "n", "observed", "expected"]);
	for group in &result.groups {
		groups.row(vec![group.level.clone(), group.n.to_string(), short(group.observed), short(group.expected)]);
	}
	format!(
		"{} until {} = {}, by {}; {}\n\n{}\nchi-square = {} on {} df, {}\n{}",
		result.time,
		result.event,
		result.event_level,
		result.group,
		dropped(result.dropped_rows),
		groups.text(),
		short(result.statistic),
		result.degrees_of_freedom,
		p_is(result.p_value),
		why(&result.correction)
	)
}
