//! A wide table of one row per patient: all that a first stay leaves in the records.

use super::{
	codes,
	columns::{decimal, flag, integer},
	patient::{logistic, one, whole, Patient, Visit},
	shape::Places,
};
use crate::{
	random::Stream,
	schema::{Column, ColumnKind, Constraint, Hierarchy},
};

/// Columns of the standard cohort, all but the number of the visit.
const STANDARD: [&str; 32] = [
	"visit_date",
	"age",
	"sex",
	"region",
	"smoking",
	"bmi_39156_5",
	"admission",
	"main_diagnosis_icd10",
	"hypertension_i10",
	"diabetes_e11",
	"kidney_disease_n18",
	"copd_j44",
	"heart_failure_i50",
	"comorbidities",
	"systolic_8480_6",
	"heart_rate_8867_4",
	"hba1c_4548_4",
	"glucose_14749_6",
	"creatinine_2160_0",
	"sodium_2951_2",
	"haemoglobin_718_7",
	"crp_1988_5",
	"ldl_13457_7",
	"metformin",
	"insulin",
	"ace_inhibitor",
	"statin",
	"loop_diuretic",
	"medicines",
	"length_of_stay",
	"readmission_30d",
	"death_1y",
];

/// The 50 columns.
pub(super) fn columns() -> Vec<Column> {
	let mut columns: Vec<Column> = STANDARD.iter().map(|name| Places::column(name)).collect();
	let secondary = Column::new("secondary_diagnosis_icd10", ColumnKind::Categorical { levels: codes::levels() });
	columns.push(Column { hierarchy: Some(Hierarchy::Icd10), ..secondary });
	columns.extend([
		integer("diastolic_8462_4", 30, 160, "mm[Hg]", true),
		integer("respiratory_rate_9279_1", 6, 60, "/min", true),
		integer("oxygen_saturation_59408_5", 60, 100, "%", true),
		decimal("temperature_8310_5", 330, 425, 1, "Cel"),
		decimal("potassium_2823_3", 20, 80, 1, "mmol/L"),
		decimal("albumin_1751_7", 10, 60, 1, "g/dL"),
		integer("egfr_62238_1", 2, 160, "mL/min/{1.73_m2}", true),
		integer("leukocytes_6690_2", 500, 60_000, "/uL", true),
		integer("platelets_777_3", 10, 900, "10*3/uL", true),
		integer("alt_1742_6", 3, 2_000, "U/L", true),
		Column { spikes: vec![5], ..integer("ntprobnp_33762_6", 5, 70_000, "pg/mL", true) },
		flag("anticoagulant"),
		flag("antibiotic"),
		flag("beta_blocker"),
		flag("inhaler"),
		flag("opioid"),
		flag("intensive_care"),
	]);
	columns
}

/// The lower blood pressure is at most the upper.
pub(super) fn constraints() -> Vec<Constraint> {
	vec![Constraint::AtMost { lower: "diastolic_8462_4".into(), upper: "systolic_8480_6".into() }]
}

/// What is known of the patient before the added columns are drawn; what was not measured is taken as usual.
struct Known {
	emergency: bool,
	infected: f64,
	systolic: f64,
	heart_rate: f64,
	creatinine: f64,
	inflamed: f64,
}

impl Known {
	fn new(visit: &Visit, places: &Places, stream: &mut Stream) -> Self {
		let of = |name, usual: f64| places.cell(visit, name).map_or(usual, |code| code as f64);
		let emergency = places.cell(visit, "admission") == Some(1);
		let infected = one(matches!(places.cell(visit, "main_diagnosis_icd10"), Some(0 | 7)));
		Self {
			emergency,
			infected,
			systolic: of("systolic_8480_6", 128.0),
			heart_rate: of("heart_rate_8867_4", 78.0),
			creatinine: of("creatinine_2160_0", 95.0) / 100.0,
			inflamed: libm::log(of("crp_1988_5", 30.0 + 60.0 * stream.uniform()).max(1.0) / 10.0 + 1.0),
		}
	}

	/// Glomerular filtration from creatinine, age and sex (CKD-EPI 2021, Inker et al., N Engl J Med 385:1737).
	fn filtration(&self, patient: &Patient) -> f64 {
		let (knee, slope, factor) = if patient.male { (0.9, -0.302, 1.0) } else { (0.7, -0.241, 1.012) };
		let ratio = self.creatinine / knee;
		142.0
			* libm::pow(ratio.min(1.0), slope)
			* libm::pow(ratio.max(1.0), -1.2)
			* libm::pow(0.9938, patient.age)
			* factor
	}
}

/// The cells of one patient.
pub(super) fn row(patient: &Patient, visit: &Visit, places: &Places, stream: &mut Stream) -> Vec<Option<i64>> {
	let known = Known::new(visit, places, stream);
	let mut cells: Vec<Option<i64>> = STANDARD.iter().map(|name| places.cell(visit, name)).collect();
	cells.push(Some(codes::draw(patient, known.emergency, stream)));
	signs_and_laboratory(patient, &known, &mut cells, stream);
	treatments(patient, &known, &mut cells, stream);
	cells
}

fn signs_and_laboratory(patient: &Patient, known: &Known, cells: &mut Vec<Option<i64>>, stream: &mut Stream) {
	let (acute, copd, failing) = (one(known.emergency), one(patient.copd), one(patient.heart_failure));
	let filtration = known.filtration(patient);
	let stiff = 0.35 * (patient.age - 55.0).max(0.0);
	let diastolic = (0.62 * known.systolic - stiff + 6.0 + 7.0 * stream.normal()).min(known.systolic - 8.0);
	let breaths =
		15.0 + 2.5 * acute + 3.5 * copd * acute + 2.0 * failing + 3.0 * known.infected + 2.2 * stream.normal();
	let saturation = 100.0 - libm::exp(0.9 + 0.6 * copd + 0.07 * (breaths - 15.0) + 0.35 * stream.normal());
	let temperature = 36.7 + 1.1 * known.infected + 0.12 * known.inflamed * acute + 0.4 * stream.normal();
	let potassium = 4.1 + 0.012 * (60.0 - filtration).max(0.0) - 0.15 * failing + 0.38 * stream.normal();
	let albumin = 4.3 - 0.17 * known.inflamed - 0.12 * patient.frailty + 0.3 * stream.normal();
	let leukocytes =
		libm::exp(8.85 + 0.11 * known.inflamed + 0.15 * one(patient.smoking == 0) + 0.24 * stream.normal());
	let platelets = 245.0 + 12.0 * known.inflamed - 1.1 * (patient.age - 60.0) + 62.0 * stream.normal();
	let alt = libm::exp(3.0 + 0.02 * (patient.bmi - 25.0) + 0.25 * one(patient.male) + 0.5 * stream.normal());
	let stretch = 3.6 + 1.9 * failing + 0.45 * (patient.age - 60.0) / 10.0 + 0.01 * (70.0 - filtration).max(0.0)
		- 0.03 * (patient.bmi - 27.0)
		+ 0.9 * stream.normal();
	let ill = patient.comorbidities() as f64;
	let mut seen = |value: i64, logit: f64| stream.chance(logistic(logit)).then_some(value);
	// The pressures are measured together.
	let low = whole(diastolic, 30, 160).min(known.systolic as i64);
	cells.extend([
		seen(low, 3.6),
		seen(whole(breaths, 6, 60), 1.8 + 1.2 * acute),
		seen(whole(saturation, 60, 100), 2.0 + 1.2 * acute),
		seen(whole(10.0 * temperature, 330, 425), 3.0),
		seen(whole(10.0 * potassium, 20, 80), 2.6),
		seen(whole(10.0 * albumin, 10, 60), 0.6 + 0.5 * acute + 0.2 * ill),
		seen(whole(filtration, 2, 160), 2.8),
		seen(whole(leukocytes / 100.0, 5, 600).saturating_mul(100), 2.7),
		seen(whole(platelets, 10, 900), 2.6),
		seen(whole(alt, 3, 2_000), 1.6),
		seen(whole(libm::exp(stretch), 5, 70_000), -0.1 + 2.2 * failing + 0.5 * acute),
	]);
}

fn treatments(patient: &Patient, known: &Known, cells: &mut Vec<Option<i64>>, stream: &mut Stream) {
	let (acute, failing, copd) = (one(known.emergency), one(patient.heart_failure), one(patient.copd));
	let years = (patient.age - 65.0) / 10.0;
	let shock = one(known.systolic < 100.0) * known.infected;
	let intensive =
		stream.chance(logistic(-3.6 + 1.2 * acute + 2.4 * shock + 0.35 * known.inflamed + 0.5 * patient.frailty));
	let antibiotic = stream.chance(logistic(-2.6 + 3.4 * known.infected + 0.6 * known.inflamed));
	let anticoagulant = stream.chance(logistic(-2.3 + 0.6 * years.max(-1.5) + 1.4 * failing + 0.8 * one(intensive)));
	// Beta blockers go with heart failure, and less so with obstructed airways.
	let blocker = stream.chance(logistic(
		-1.9 + 2.2 * failing + 1.1 * one(patient.hypertension)
			- 1.3 * copd * (1.0 - failing)
			- 0.02 * (known.heart_rate - 75.0),
	));
	let inhaler = stream.chance(logistic(-3.2 + 4.6 * copd));
	let opioid = stream.chance(logistic(-2.3 + 0.3 * patient.frailty + 0.9 * one(intensive) + 0.4 * acute));
	cells.extend([anticoagulant, antibiotic, blocker, inhaler, opioid, intensive].map(|is| Some(i64::from(is))));
}
