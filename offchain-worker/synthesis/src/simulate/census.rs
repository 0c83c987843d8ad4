//! A survey of people in hospital: who they are, how they live, and whether they go home.

use super::{
	columns::{flag, integer, levels},
	patient::{logistic, one, weighted, whole, Patient, Visit},
	shape::Places,
};
use crate::{
	random::Stream,
	schema::{Column, ColumnRole, Constraint, Hierarchy},
};

const EDUCATION: [&str; 4] = ["primary", "secondary", "vocational", "university"];
const OCCUPATION: [&str; 8] =
	["agriculture", "care", "clerical", "craft", "management", "none", "profession", "retired"];
/// Positions of the levels of [`OCCUPATION`] that do not work.
const NONE: i64 = 5;
const RETIRED: i64 = 7;
/// Codes of `household`.
const ALONE: i64 = 0;

/// The 15 columns.
pub(super) fn columns() -> Vec<Column> {
	let ordered = Column { ordered: true, missing: true, ..Column::new("education", levels(&EDUCATION)) };
	let occupation = Column::new("occupation", levels(&OCCUPATION));
	let household = Column::new("household", levels(&["alone", "family", "partner"]));
	let hours = Column { spikes: vec![0, 40], ..integer("weekly_hours", 0, 80, "h", false) };
	let income = Column { role: ColumnRole::Quasi, ..integer("monthly_income", 0, 20_000, "EUR", true) };
	let diagnosis = Column { hierarchy: Some(Hierarchy::Icd10), ..Places::column("main_diagnosis_icd10") };
	vec![
		Places::column("age"),
		Places::column("sex"),
		Places::column("region"),
		ordered,
		Column { role: ColumnRole::Quasi, ..occupation },
		Column { role: ColumnRole::Quasi, ..household },
		hours,
		income,
		Places::column("smoking"),
		Places::column("bmi_39156_5"),
		Places::column("admission"),
		diagnosis,
		Places::column("comorbidities"),
		Places::column("length_of_stay"),
		flag("care_at_discharge"),
	]
}

/// Those who are retired do not work.
pub(super) fn constraints() -> Vec<Constraint> {
	vec![Constraint::Implication { condition: "occupation = retired".into(), consequence: "weekly_hours = 0".into() }]
}

fn normalised<const N: usize>(weights: [f64; N]) -> [f64; N] {
	let total: f64 = weights.iter().sum();
	weights.map(|weight| weight / total)
}

/// How somebody lives.
struct Life {
	education: i64,
	occupation: i64,
	household: i64,
	hours: i64,
	income: i64,
}

impl Life {
	fn draw(patient: &Patient, stream: &mut Stream) -> Self {
		let (age, male) = (patient.age, one(patient.male));
		let decades = (age - 60.0) / 10.0;
		// The coast and the south (levels 0 and 3 of the region) have more universities; smokers studied less.
		let schooled = 0.4 * one(matches!(patient.region, 0 | 3)) - 0.5 * one(patient.smoking == 0) - 0.35 * decades;
		let education = weighted(
			stream,
			&normalised([libm::exp(-0.9 - schooled), 1.0, 1.1, libm::exp(-0.3 + 1.2 * schooled + 0.1 * male)]),
		);
		let high = one(education == 3);
		let low = one(education == 0);
		let retired = stream.chance(logistic((age - 65.0 + 2.0 * high) / 1.8));
		let idle = stream.chance(logistic(-2.1 + 0.7 * low + 0.5 * patient.frailty + 0.9 * (1.0 - male) * low));
		let occupation = if retired {
			RETIRED
		} else if idle {
			NONE
		} else {
			weighted(
				stream,
				&normalised([
					0.1 + 0.3 * low,
					0.1 + 0.6 * (1.0 - male),
					0.3 + 0.3 * (1.0 - male),
					0.1 + 0.9 * male * (1.0 - high),
					0.05 + 0.3 * high + 0.15 * male,
					0.0,
					0.05 + 1.6 * high,
				]),
			)
		};
		let widowed = logistic(-1.2 + 0.55 * decades.max(-1.5) - 0.5 * male);
		let household = if stream.chance(widowed) {
			ALONE
		} else if stream.chance(logistic(-0.4 - 0.9 * decades)) {
			1
		} else {
			2
		};
		let hours = if matches!(occupation, RETIRED | NONE) {
			0
		} else if stream.chance(0.55 - 0.3 * (1.0 - male) * one(household == 1)) {
			40
		} else {
			let usual = 36.0 + 8.0 * one(occupation == 4) - 14.0 * (1.0 - male) * one(household == 1);
			whole(usual + 7.0 * stream.normal(), 1, 80)
		};
		let level = 7.3 + 0.55 * high + 0.2 * one(education == 2) + 0.5 * one(occupation == 4) - 0.15 * (1.0 - male);
		let work = 0.011 * hours as f64 + 0.004 * (age - 40.0) * one(hours > 0) + 0.1 * one(patient.region == 3);
		let income = libm::exp(level + work - 0.5 * one(occupation == NONE) + 0.28 * stream.normal());
		// People round what they earn.
		Self { education, occupation, household, hours, income: whole(income / 50.0, 0, 400).saturating_mul(50) }
	}
}

/// The cells of one person.
pub(super) fn row(patient: &Patient, visit: &Visit, places: &Places, stream: &mut Stream) -> Vec<Option<i64>> {
	let life = Life::draw(patient, stream);
	let stay = places.cell(visit, "length_of_stay").unwrap_or(0);
	let emergency = places.cell(visit, "admission") == Some(1);
	let decades = (patient.age - 70.0) / 10.0;
	let alone = one(life.household == ALONE);
	let burden = patient.comorbidities() as f64;
	// Old age counts where nobody waits at home; a long stay counts more with many diseases.
	let care = logistic(
		1.25 * (-2.9
			+ 1.5 * decades
			+ 1.1 * alone
			+ 0.7 * alone * decades.max(0.0)
			+ 1.2 * libm::log(1.0 + stay as f64) * (0.35 + 0.25 * burden)
			+ 0.8 * one(emergency)
			- 0.5 * one(life.education == 3)
			+ 0.9 * patient.frailty),
	);
	let care = stream.chance(care);
	let mut seen = |value: i64, logit: f64| stream.chance(logistic(logit)).then_some(value);
	let education = seen(life.education, 3.4 - 0.5 * one(emergency));
	// Those who earn very little or very much are asked in vain.
	let income = seen(life.income, 2.4 - 0.9 * one(life.income > 5_000) - 0.7 * one(life.income < 900));
	let of = |name| places.cell(visit, name);
	vec![
		of("age"),
		of("sex"),
		of("region"),
		education,
		Some(life.occupation),
		Some(life.household),
		Some(life.hours),
		income,
		of("smoking"),
		of("bmi_39156_5"),
		of("admission"),
		of("main_diagnosis_icd10"),
		of("comorbidities"),
		Some(stay),
		Some(i64::from(care)),
	]
}
