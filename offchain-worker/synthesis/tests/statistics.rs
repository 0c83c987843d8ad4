//! Statistics equal those of scipy, statsmodels and lifelines on one table, and refuse what has no answer. The table
//! and the expected numbers are what `tests/statistics_reference.py` prints.

use semblance_synthesis::{
	statistics::{
		chi_square, describe, kaplan_meier, linear_regression, log_rank, logistic_regression, mann_whitney, t_test,
		text, Coefficient, Interval, MeanDifference, Method, StandardErrors, StatisticsError, Summary,
	},
	Conditions, InferOptions, Schema, Table,
};
use serde_json::Value;

const TABLE: &str = include_str!("statistics/table.csv");
const EXPECTED: &str = include_str!("statistics/expected.json");

fn read(csv: &str) -> Table {
	let options = InferOptions { categorical: vec!["died".into()], ..InferOptions::default() };
	let known = InferOptions {
		categorical: options
			.categorical
			.into_iter()
			.filter(|name| csv.lines().next().unwrap().contains(name))
			.collect(),
		..InferOptions::default()
	};
	let schema = Schema::infer(csv.as_bytes(), "table.csv", &known).unwrap().schema;
	Table::parse_csv(csv.as_bytes(), "table.csv", &schema).unwrap()
}

fn table() -> Table {
	read(TABLE)
}

fn expected(path: &[&str]) -> Value {
	let all: Value = serde_json::from_str(EXPECTED).unwrap();
	path.iter().fold(all, |value, name| value[*name].clone())
}

fn number(path: &[&str]) -> f64 {
	expected(path).as_f64().unwrap_or_else(|| panic!("no number at {path:?}"))
}

#[track_caller]
fn equal(found: f64, wanted: f64) {
	assert!((found - wanted).abs() <= 1e-9 * wanted.abs().max(1e-3), "found {found:e}, wanted {wanted:e}");
}

#[track_caller]
fn equal_interval(found: Interval, wanted: &Value) {
	equal(found.low, wanted["low"].as_f64().unwrap());
	equal(found.high, wanted["high"].as_f64().unwrap());
}

#[track_caller]
fn equal_terms(found: &[Coefficient], wanted: &Value, tolerance: f64) {
	let wanted = wanted.as_array().unwrap();
	assert_eq!(found.len(), wanted.len());
	for (found, wanted) in found.iter().zip(wanted) {
		for (name, value) in [
			("coefficient", found.estimate),
			("error", found.standard_error),
			("statistic", found.statistic),
			("p", found.p_value),
		] {
			let wanted = wanted[name].as_f64().unwrap();
			assert!((value / wanted - 1.0).abs() < tolerance, "{} {name}: {value:e}, wanted {wanted:e}", found.term);
		}
		equal_interval(found.interval, &wanted["interval"]);
	}
}

#[test]
fn descriptions_equal_numpy_and_statsmodels() {
	let result = describe(&table(), &["age", "bili", "sex"], None, None).unwrap();
	for (at, name) in ["age", "bili"].into_iter().enumerate() {
		let column = &result.parts[0].columns[at];
		let Some(Summary::Numeric(found)) = &column.summary else { panic!("{name} is numeric") };
		equal(column.n as f64, number(&["describe", name, "n"]));
		equal(column.missing as f64, number(&["describe", name, "missing"]));
		equal(found.mean, number(&["describe", name, "mean"]));
		equal(found.standard_deviation.unwrap(), number(&["describe", name, "deviation"]));
		let quantiles = [found.min, found.first_quartile, found.median, found.third_quartile, found.max];
		let wanted = expected(&["describe", name, "quantiles"]);
		quantiles.iter().zip(wanted.as_array().unwrap()).for_each(|(q, w)| equal(*q, w.as_f64().unwrap()));
		equal_interval(found.mean_interval.unwrap(), &expected(&["describe", name, "interval"]));
	}
	let Some(Summary::Categorical { levels }) = &result.parts[0].columns[2].summary else {
		panic!("sex is a category")
	};
	let male = levels.iter().find(|level| level.level == "M").unwrap();
	equal(male.count as f64, number(&["describe", "male", "count"]));
	equal(male.share, number(&["describe", "male", "share"]));
	equal_interval(male.share_interval, &expected(&["describe", "male", "interval"]));
}

#[test]
fn groups_of_a_description_add_up_to_all_rows() {
	let result = describe(&table(), &[], Some("stage"), None).unwrap();
	let in_groups: usize = result.parts[1..].iter().map(|part| part.rows).sum();
	assert_eq!(result.parts.len(), 5);
	assert_eq!(in_groups + result.rows_without_group, result.rows);
	assert!(result.rows_without_group > 0);
	let columns: Vec<&str> = result.parts[0].columns.iter().map(|column| column.column.as_str()).collect();
	assert_eq!(columns, ["age", "sex", "bili", "dose", "died", "days", "small", "rare"]);
}

#[test]
fn t_tests_equal_scipy_s() {
	let result = t_test(&table(), "bili", "sex", None).unwrap();
	let check = |found: &MeanDifference, name: &str| {
		equal(found.t, number(&["two", name, "t"]));
		equal(found.degrees_of_freedom, number(&["two", name, "df"]));
		equal(found.p_value, number(&["two", name, "p"]));
		equal_interval(found.interval, &expected(&["two", name, "interval"]));
	};
	check(&result.welch, "welch");
	check(&result.student, "student");
	assert_eq!(result.dropped_rows as f64, number(&["describe", "bili", "missing"]));
}

#[test]
fn mann_whitney_tests_equal_scipy_s() {
	for (outcome, name, method) in [
		("bili", "mann_whitney", Method::Normal),
		("dose", "mann_whitney_ties", Method::Normal),
		("small", "mann_whitney_exact", Method::Exact),
	] {
		let result = mann_whitney(&table(), outcome, "sex").unwrap();
		assert_eq!(result.method, method);
		equal(result.u, number(&["two", name, "u"]));
		equal(result.p_value, number(&["two", name, "p"]));
	}
}

#[test]
fn tests_of_independence_equal_scipy_s() {
	let result = chi_square(&table(), "stage", "died", None).unwrap();
	equal(result.statistic, number(&["contingency", "chi_square", "statistic"]));
	equal(result.degrees_of_freedom as f64, number(&["contingency", "chi_square", "df"]));
	equal(result.p_value, number(&["contingency", "chi_square", "p"]));
	equal(result.cramers_v, number(&["contingency", "chi_square", "cramer_v"]));
	assert_eq!(result.fisher, None);

	let result = chi_square(&table(), "sex", "rare", None).unwrap();
	equal(result.statistic, number(&["contingency", "fisher", "statistic"]));
	let fisher = result.fisher.unwrap();
	equal(fisher.p_value, number(&["contingency", "fisher", "fisher_p"]));
	equal(fisher.odds_ratio.unwrap(), number(&["contingency", "fisher", "odds_ratio"]));
}

const PREDICTORS: [&str; 3] = ["age", "stage", "sex"];

#[test]
fn linear_regressions_equal_statsmodels() {
	let complete = complete_rows();
	let result = linear_regression(&complete, "bili", &PREDICTORS, StandardErrors::Classical).unwrap();
	equal(result.n as f64, number(&["regressions", "linear", "n"]));
	equal(result.r_squared, number(&["regressions", "linear", "r_squared"]));
	equal(result.adjusted_r_squared, number(&["regressions", "linear", "adjusted"]));
	equal(result.residual_standard_error, number(&["regressions", "linear", "residual_error"]));
	equal(result.f_statistic, number(&["regressions", "linear", "f"]));
	equal(result.f_p_value, number(&["regressions", "linear", "p"]));
	equal_terms(&result.coefficients, &expected(&["regressions", "linear", "terms"]), 1e-9);
	let terms: Vec<&str> = result.coefficients.iter().map(|c| c.term.as_str()).collect();
	assert_eq!(terms, ["(intercept)", "age", "stage=II", "stage=III", "stage=IV", "sex=M"]);

	let robust = linear_regression(&complete, "bili", &PREDICTORS, StandardErrors::Hc3).unwrap();
	equal_terms(&robust.coefficients, &expected(&["regressions", "hc3", "terms"]), 1e-9);
}

#[test]
fn logistic_regressions_equal_statsmodels() {
	let result = logistic_regression(&complete_rows(), "died", None, &PREDICTORS).unwrap();
	equal(result.n as f64, number(&["regressions", "logistic", "n"]));
	equal(result.log_likelihood, number(&["regressions", "logistic", "log_likelihood"]));
	equal(result.null_log_likelihood, number(&["regressions", "logistic", "null"]));
	equal(result.likelihood_ratio_p_value, number(&["regressions", "logistic", "p"]));
	equal_terms(&result.coefficients, &expected(&["regressions", "logistic", "terms"]), 1e-8);
	equal(result.odds_ratios[1].odds_ratio, result.coefficients[1].estimate.exp());

	let other = logistic_regression(&complete_rows(), "died", Some("0"), &PREDICTORS).unwrap();
	equal(other.coefficients[1].estimate, -result.coefficients[1].estimate);
}

/// The rows on which the reference fits: complete in bilirubin and stage.
fn complete_rows() -> Table {
	let table = table();
	let has = |name: &str, row: usize| table.codes(table.schema().position(name).unwrap()).unwrap()[row].is_some();
	let rows: Vec<usize> = (0..table.rows()).filter(|row| has("bili", *row) && has("stage", *row)).collect();
	table.select(&rows).unwrap()
}

#[test]
fn survival_curves_equal_those_of_lifelines() {
	let result = kaplan_meier(&table(), "days", "died", None, None).unwrap();
	let curve = &result.curves[0];
	for point in expected(&["survival", "points"]).as_array().unwrap() {
		let step = curve.steps.iter().find(|step| step.time == point["time"].as_f64().unwrap()).unwrap();
		equal(step.survival, point["survival"].as_f64().unwrap());
		if let Some(interval) = step.interval {
			equal_interval(interval, point);
		}
	}
	assert_eq!(curve.median, Some(number(&["survival", "median"])));
	let ends = [curve.median_low, curve.median_high].into_iter().flatten().collect::<Vec<f64>>();
	let wanted = expected(&["survival", "median_interval"]);
	assert_eq!(ends, wanted.as_array().unwrap().iter().map(|end| end.as_f64().unwrap()).collect::<Vec<f64>>());
}

#[test]
fn log_rank_tests_equal_those_of_lifelines() {
	for (group, name) in [("sex", "log_rank_two"), ("stage", "log_rank_four")] {
		let result = log_rank(&table(), "days", "died", None, group).unwrap();
		equal(result.statistic, number(&["survival", name, "statistic"]));
		equal(result.p_value, number(&["survival", name, "p"]));
		let (observed, events): (f64, f64) =
			result.groups.iter().fold((0.0, 0.0), |(o, e), group| (o + group.observed, e + group.expected));
		equal(observed, events);
	}
}

#[test]
fn results_are_written_as_aligned_text_and_as_json_without_lost_numbers() {
	let table = table();
	let described = describe(&table, &["age", "sex"], Some("died"), None).unwrap();
	let shown = text::description(&described);
	assert!(shown.contains("  mean (SD)"), "{shown}");
	let widths: Vec<usize> = shown.lines().take(6).map(|line| line.chars().count()).collect();
	assert!(widths.iter().all(|width| *width == widths[0]), "{shown}");
	let json = serde_json::to_value(&described).unwrap();
	assert_eq!(json["parts"][0]["columns"][0]["summary"]["corrected"], Value::Null);
	assert!(json["parts"][0]["columns"][0]["summary"]["not_corrected_because"].is_string());
	assert!(text::t_test(&t_test(&table, "bili", "sex", None).unwrap()).contains("Welch"));
	assert!(text::chi_square(&chi_square(&table, "sex", "rare", None).unwrap()).contains("Fisher"));
	assert!(text::mann_whitney(&mann_whitney(&table, "bili", "sex").unwrap()).contains("P(F > M)"));
	let linear = linear_regression(&table, "bili", &PREDICTORS, StandardErrors::Hc3).unwrap();
	assert!(text::linear_regression(&linear).contains("reference levels: stage=I, sex=F"));
	let logistic = logistic_regression(&table, "died", None, &PREDICTORS).unwrap();
	assert!(text::logistic_regression(&logistic).contains("odds of died = 1"));
	assert!(text::kaplan_meier(&kaplan_meier(&table, "days", "died", None, Some("sex")).unwrap()).contains("at risk"));
	assert!(text::log_rank(&log_rank(&table, "days", "died", None, "stage").unwrap()).contains("on 3 df"));
}

// --- what has no answer ---

fn small() -> Table {
	// `twice` is 2·x + 1, `same` is constant; `apart` separates the outcome, `nearly` all but one level of it.
	read(
		"x,twice,same,sex,only,y,apart,nearly,alive,t,category\n\
		 1,3,7,F,a,0,1,u,0,5,p\n2,5,7,M,a,0,2,u,0,6,q\n3,7,7,F,a,1,9,v,0,7,p\n4,9,7,M,a,0,3,u,0,8,q\n\
		 5,11,7,F,a,1,8,u,0,9,p\n6,13,7,M,a,1,7,v,0,9,q\n8,17,7,F,a,0,4,u,0,3,p\n9,19,7,M,a,1,6,v,0,2,q\n",
	)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, StatisticsError>, words: &[&str]) {
	let message = result.unwrap_err().to_string();
	for word in words {
		assert!(message.contains(word), "{word:?} is not in: {message}");
	}
}

#[test]
fn a_constant_or_collinear_predictor_is_named() {
	let linear =
		|outcome, predictors: &[&str]| linear_regression(&small(), outcome, predictors, StandardErrors::Classical);
	refused(linear("t", &["x", "same"]), &["\"same\"", "same value", "Choose another"]);
	refused(linear("t", &["x", "only"]), &["\"only\"", "same value"]);
	refused(linear("t", &["x", "twice"]), &["\"twice\"", "linear combination", "Leave it out"]);
	refused(linear("t", &["sex", "category"]), &["\"category=q\"", "linear combination"]);
	refused(linear("twice", &["x"]), &["\"twice\"", "exact linear function"]);
	refused(linear("same", &["x"]), &["\"same\"", "same value"]);
	refused(linear("x", &[]), &["no predictor"]);
	refused(linear("x", &["x"]), &["\"x\"", "named twice"]);
	refused(linear("sex", &["x"]), &["\"sex\"", "no number"]);
	refused(linear("t", &["nowhere"]), &["\"nowhere\"", "Use one of", "twice"]);
	refused(logistic_regression(&small(), "y", None, &["x", "twice"]), &["\"twice\"", "linear combination"]);
}

#[test]
fn separation_is_found_whether_complete_or_not() {
	let logistic = |predictors: &[&str]| logistic_regression(&small(), "y", None, predictors);
	assert!(logistic(&["x"]).is_ok());
	refused(logistic(&["apart"]), &["\"apart\"", "separates"]);
	refused(logistic(&["x", "apart"]), &["separates"]);
	// All three rows with `v` have the event, rows with `u` are mixed.
	refused(logistic(&["nearly"]), &["\"nearly=v\"", "separates", "combine its levels"]);
	refused(logistic(&["x", "nearly"]), &["\"nearly=v\"", "separates"]);
}

#[test]
fn an_empty_or_single_group_is_named() {
	refused(t_test(&small(), "x", "only", None), &["\"only\"", "same value"]);
	refused(mann_whitney(&small(), "x", "only"), &["\"only\"", "same value"]);
	refused(chi_square(&small(), "sex", "only", None), &["\"only\"", "same value"]);
	refused(log_rank(&table(), "days", "died", None, "days"), &["\"days\"", "named twice"]);
	refused(t_test(&small(), "same", "sex", None), &["\"same\"", "\"sex\"", "same value"]);
	refused(mann_whitney(&small(), "same", "sex"), &["\"same\"", "same value"]);
	refused(t_test(&table(), "bili", "stage", None), &["\"stage\"", "two levels", "I, II, III, IV"]);
	refused(t_test(&table(), "bili", "age", None), &["\"age\"", "too many groups"]);
	// The values of `small` are missing in all rows of one group.
	let halves = read("x,g\n1,a\n2,a\n3,a\n,b\n,b\n");
	refused(t_test(&halves, "x", "g", None), &["\"g\"", "same value"]);
	let lone = read("x,g\n1,a\n2,a\n3,a\n4,b\n,b\n");
	refused(t_test(&lone, "x", "g", None), &["\"g\"", "\"b\"", "1 complete rows", "2 needed"]);
}

#[test]
fn survival_without_events_or_with_negative_times_is_refused() {
	refused(kaplan_meier(&small(), "t", "alive", None, None), &["\"alive\"", "all are censored"]);
	refused(log_rank(&small(), "t", "alive", None, "sex"), &["\"alive\"", "all are censored"]);
	refused(kaplan_meier(&small(), "t", "sex", Some("X"), None), &["\"sex\"", "\"X\"", "F, M"]);
	refused(kaplan_meier(&small(), "sex", "y", None, None), &["\"sex\"", "no number"]);
	let early = read("t,e\n-3,1\n4,0\n");
	refused(kaplan_meier(&early, "t", "e", None, None), &["\"t\"", "-3", "negative"]);
	let apart = read("t,e,g\n1,1,a\n2,1,a\n3,0,b\n4,1,b\n");
	assert!(log_rank(&apart, "t", "e", None, "g").is_ok());
	let never = read("t,e,g\n1,0,a\n2,0,a\n3,1,b\n4,1,b\n");
	refused(log_rank(&never, "t", "e", None, "g"), &["\"g\"", "under observation"]);
}

#[test]
fn one_row_is_described_and_otherwise_refused() {
	let one = small().select(&[2]).unwrap();
	let result = describe(&one, &["x"], None, None).unwrap();
	let Some(Summary::Numeric(x)) = &result.parts[0].columns[0].summary else { panic!("x is numeric") };
	assert_eq!((x.mean, x.standard_deviation, x.mean_interval), (3.0, None, None));
	refused(t_test(&one, "x", "sex", None), &["\"sex\"", "same value"]);
	refused(chi_square(&one, "sex", "y", None), &["\"sex\"", "same value"]);
	refused(linear_regression(&one, "t", &["x"], StandardErrors::Hc3), &["\"t\"", "1 complete rows", "2 needed"]);
	refused(logistic_regression(&one, "y", None, &["x"]), &["\"y\"", "1 complete rows"]);
	let curve = kaplan_meier(&one, "t", "y", None, None).unwrap();
	assert_eq!((curve.curves[0].median, curve.curves[0].steps[0].interval), (Some(7.0), None));
	refused(log_rank(&one, "t", "y", None, "sex"), &["\"sex\"", "same value"]);
	let two = small().select(&[0, 1]).unwrap();
	refused(linear_regression(&two, "t", &["x"], StandardErrors::Classical), &["2 complete rows", "3 needed"]);
}

#[test]
fn conditions_select_the_rows_that_a_spreadsheet_would() {
	let table = table();
	let conditions = Conditions::parse("age >= 65, sex = F", table.schema()).unwrap();
	let rows = conditions.rows(&table);
	let wanted = |line: &&str| {
		let cells: Vec<&str> = line.split(',').collect();
		cells[0].parse::<f64>().unwrap() >= 65.0 && cells[1] == "F"
	};
	assert_eq!(rows.len(), TABLE.lines().skip(1).filter(wanted).count());
	assert!(rows.len() > 10 && rows.len() < table.rows());
	let kept = table.select(&rows).unwrap();
	assert_eq!(conditions.violations(&kept), 0);
	assert_eq!(conditions.violations(&table), table.rows() - rows.len());
	let result = describe(&kept, &["sex"], None, None).unwrap();
	assert!(matches!(&result.parts[0].columns[0].summary, Some(Summary::Categorical { levels }) if levels.len() == 1));
}

#[test]
fn an_empty_table_is_refused_without_a_panic() {
	let none = small().select(&[]).unwrap();
	assert!(describe(&none, &[], Some("sex"), None).is_ok());
	assert!(t_test(&none, "x", "sex", None).is_err());
	assert!(mann_whitney(&none, "x", "sex").is_err());
	assert!(chi_square(&none, "y", "sex", None).is_err());
	assert!(linear_regression(&none, "t", &["x"], StandardErrors::Hc3).is_err());
	assert!(logistic_regression(&none, "y", None, &["x"]).is_err());
	assert!(kaplan_meier(&none, "t", "y", None, None).is_err());
	assert!(log_rank(&none, "t", "y", None, "sex").is_err());
}
