//! One simulated patient and the visits.

use super::columns::{COUNT, DIAGNOSES, FIRST_DAY, LAST_DAY};
use crate::random::Stream;

/// The cells of one visit, in the order of [`super::columns::columns`] after the patient's number.
pub(super) type Visit = [Option<i64>; COUNT];

/// Most visits of a patient.
const MOST_VISITS: i64 = 6;
/// Codes of the levels of `admission`.
const ELECTIVE: i64 = 0;
const EMERGENCY: i64 = 1;

/// 1 / (1 + e^-x).
pub(super) fn logistic(x: f64) -> f64 {
	1.0 / (1.0 + libm::exp(-x))
}

/// The nearest whole number within bounds.
pub(super) fn whole(x: f64, min: i64, max: i64) -> i64 {
	(libm::floor(x + 0.5) as i64).clamp(min, max)
}

pub(super) fn flag(is: bool) -> Option<i64> {
	Some(i64::from(is))
}

/// 1 if it is, 0 if not, for sums.
pub(super) fn one(is: bool) -> f64 {
	f64::from(u8::from(is))
}

/// What stays with a patient.
pub(super) struct Patient {
	pub age: f64,
	pub male: bool,
	pub region: i64,
	pub smoking: i64,
	pub bmi: f64,
	pub frailty: f64,
	pub hypertension: bool,
	pub diabetes: bool,
	pub kidney: bool,
	pub copd: bool,
	pub heart_failure: bool,
	pub first_day: i64,
}

impl Patient {
	/// Draws a patient.
	pub fn draw(stream: &mut Stream) -> Self {
		let age = (61.0 + 17.0 * stream.normal()).clamp(18.0, 97.0);
		let male = stream.chance(0.48);
		let region = weighted(stream, &[0.12, 0.18, 0.25, 0.28, 0.17]);
		let smoking = weighted(stream, if male { &[0.24, 0.33, 0.43] } else { &[0.17, 0.24, 0.59] });
		let frailty = stream.normal();
		let bmi = (26.8 + 4.9 * (0.9 * stream.normal() + 0.25 * frailty)).clamp(15.0, 58.0);
		let years = (age - 60.0) / 10.0;
		let heavy = (bmi - 27.0) / 5.0;
		let smoker = one(smoking == 0) + 0.6 * one(smoking == 1);
		let hypertension = stream.chance(logistic(-0.5 + 0.65 * years + 0.45 * heavy + 0.2 * frailty));
		let diabetes =
			stream.chance(logistic(-1.9 + 0.3 * years + 0.75 * heavy + 0.6 * one(hypertension) + 0.15 * one(male)));
		let kidney = stream
			.chance(logistic(-3.0 + 0.75 * years + 0.9 * one(diabetes) + 0.6 * one(hypertension) + 0.3 * frailty));
		let copd = stream.chance(logistic(-3.1 + 0.35 * years + 1.7 * smoker + 0.2 * frailty));
		let heart_failure = stream.chance(logistic(
			-3.4 + 0.7 * years + 0.8 * one(hypertension) + 0.6 * one(kidney) + 0.4 * one(diabetes) + 0.3 * frailty,
		));
		Self {
			age,
			male,
			region,
			smoking,
			bmi,
			frailty,
			hypertension,
			diabetes,
			kidney,
			copd,
			heart_failure,
			first_day: day_after(FIRST_DAY, i64::try_from(stream.below(1_800)).unwrap_or(0)),
		}
	}

	pub fn comorbidities(&self) -> i64 {
		[self.hypertension, self.diabetes, self.kidney, self.copd, self.heart_failure].into_iter().map(i64::from).sum()
	}

	/// Draws the visits in order of time; none follows a death.
	pub fn visits(&self, stream: &mut Stream) -> Vec<Visit> {
		let mut visits = Vec::new();
		let mut day = self.first_day;
		for number in 1..=MOST_VISITS {
			let state = State::draw(self, stream, number > 1);
			let outcome = Outcome::draw(self, &state, stream);
			let treatment = Treatment::draw(self, stream);
			visits.push(self.cells(number, day, &state, &treatment, &outcome, stream));
			let comes_back = stream.chance(logistic(-0.9 + 0.35 * self.comorbidities() as f64 + 0.3 * self.frailty));
			if outcome.death || !(outcome.readmission || comes_back) {
				break;
			}
			let stay = state.length_of_stay;
			let gap = if outcome.readmission {
				whole(1.0 + 29.0 * stream.uniform(), 1, 30)
			} else {
				whole(31.0 + 420.0 * stream.uniform(), 31, 450)
			};
			day = day_after(day_after(day, stay), gap);
		}
		visits
	}

	fn cells(
		&self,
		number: i64,
		day: i64,
		state: &State,
		treatment: &Treatment,
		outcome: &Outcome,
		stream: &mut Stream,
	) -> Visit {
		let age = whole(self.age + (day.saturating_sub(self.first_day)) as f64 / 365.25, 18, 100);
		let emergency = state.admission == EMERGENCY;
		// What is missing depends on the value itself: not at random.
		let mut seen = |value: i64, logit: f64| stream.chance(logistic(logit)).then_some(value);
		let smoking = seen(self.smoking, 2.6 - 1.3 * one(self.smoking == 0) - 0.7 * one(emergency));
		let bmi =
			seen(whole(self.bmi * 10.0, 140, 600), 2.3 - 1.2 * one(emergency) - 0.06 * (self.bmi - 27.0).max(0.0));
		let systolic = seen(state.systolic, 4.0 + 0.02 * (state.systolic as f64 - 130.0));
		let heart_rate = seen(state.heart_rate, 4.0);
		let high = state.hba1c - 5.6;
		let hba1c = seen(whole(state.hba1c * 10.0, 35, 180), -1.2 + 2.3 * one(self.diabetes) + 0.5 * high);
		let glucose =
			seen(whole(state.glucose * 10.0, 20, 500), 1.1 + 0.8 * one(emergency) + 0.25 * (state.glucose - 6.0));
		let creatinine = seen(whole(state.creatinine * 100.0, 30, 1500), 2.6 + 0.8 * one(emergency));
		let sodium = seen(state.sodium, 2.5 + 0.8 * one(emergency));
		let haemoglobin = seen(whole(state.haemoglobin * 10.0, 40, 210), 2.4 - 0.15 * (state.haemoglobin - 13.0));
		let crp =
			seen(whole(state.crp * 10.0, 1, 5000), -0.4 + 1.1 * one(emergency) + 0.5 * libm::log(state.crp + 0.1));
		let ldl = seen(state.ldl, 0.3 - 0.02 * (age as f64 - 60.0) - 0.9 * one(emergency));
		[
			Some(number),
			Some(day),
			Some(age),
			flag(self.male),
			Some(self.region),
			smoking,
			bmi,
			Some(state.admission),
			Some(state.diagnosis),
			flag(self.hypertension),
			flag(self.diabetes),
			flag(self.kidney),
			flag(self.copd),
			flag(self.heart_failure),
			Some(self.comorbidities()),
			systolic,
			heart_rate,
			hba1c,
			glucose,
			creatinine,
			sodium,
			haemoglobin,
			crp,
			ldl,
			flag(treatment.metformin),
			flag(treatment.insulin),
			flag(treatment.ace_inhibitor),
			flag(treatment.statin),
			flag(treatment.loop_diuretic),
			Some(treatment.medicines),
			Some(state.length_of_stay),
			flag(outcome.readmission),
			flag(outcome.death),
		]
	}
}

/// A day some days later, within the simulated years.
fn day_after(day: i64, days: i64) -> i64 {
	day.saturating_add(days).min(LAST_DAY)
}

/// An index drawn by weights that sum to 1.
pub(super) fn weighted(stream: &mut Stream, weights: &[f64]) -> i64 {
	let point = stream.uniform();
	let mut below = 0.0;
	let mut index = 0i64;
	for weight in weights {
		below += weight;
		if point < below {
			return index;
		}
		index = index.saturating_add(1);
	}
	index.saturating_sub(1)
}

/// How a patient is at one visit.
struct State {
	admission: i64,
	diagnosis: i64,
	systolic: i64,
	heart_rate: i64,
	hba1c: f64,
	glucose: f64,
	creatinine: f64,
	sodium: i64,
	haemoglobin: f64,
	crp: f64,
	ldl: i64,
	length_of_stay: i64,
}

impl State {
	fn draw(patient: &Patient, stream: &mut Stream, again: bool) -> Self {
		let emergency =
			logistic(-0.4 + 0.3 * patient.frailty + 0.15 * patient.comorbidities() as f64 + 0.5 * one(again));
		let admission = if stream.chance(emergency) {
			EMERGENCY
		} else if stream.chance(0.88) {
			ELECTIVE
		} else {
			2
		};
		let acute = one(admission == EMERGENCY);
		let diagnosis = diagnose(patient, acute, stream);
		let infected =
			one(matches!(DIAGNOSES.get(usize::try_from(diagnosis).unwrap_or(0)), Some(&("A41.9" | "J18.9"))));
		let years = (patient.age - 60.0) / 10.0;
		let hba1c = 5.3
			+ 0.08 * years
			+ one(patient.diabetes) * (1.6 + 0.5 * patient.frailty.max(-1.0))
			+ (0.25 + 0.8 * one(patient.diabetes)) * stream.normal();
		let glucose = 1.55 * hba1c - 2.6 + 1.4 * acute + 1.1 * stream.normal();
		let creatinine = libm::exp(
			-0.15 + 0.18 * one(patient.male) + 0.05 * years + 0.75 * one(patient.kidney) + 0.22 * stream.normal(),
		);
		let crp = libm::exp(0.9 + 1.0 * acute + 2.0 * infected + 0.2 * patient.frailty + 0.9 * stream.normal());
		let haemoglobin =
			13.2 + 1.2 * one(patient.male) - 0.25 * years - 1.3 * one(patient.kidney) - 0.3 * libm::log(crp.max(1.0))
				+ 1.2 * stream.normal();
		let sodium = whole(139.8 - 1.6 * one(patient.heart_failure) - 1.2 * infected + 2.9 * stream.normal(), 105, 175);
		let systolic = whole(
			124.0 + 11.0 * one(patient.hypertension) + 2.5 * years - 14.0 * infected + 16.0 * stream.normal(),
			60,
			260,
		);
		let heart_rate = whole(
			74.0 + 9.0 * acute + 12.0 * infected + 5.0 * one(patient.heart_failure) + 11.0 * stream.normal(),
			30,
			220,
		);
		let ldl = whole(124.0 - 22.0 * one(patient.diabetes) - 4.0 * years + 31.0 * stream.normal(), 20, 350);
		let stay = libm::exp(
			0.7 + 0.7 * acute
				+ 0.5 * infected
				+ 0.14 * patient.comorbidities() as f64
				+ 0.2 * patient.frailty
				+ 0.65 * stream.normal(),
		);
		Self {
			admission,
			diagnosis,
			systolic,
			heart_rate,
			hba1c: hba1c.clamp(3.5, 18.0),
			glucose: glucose.clamp(2.0, 50.0),
			creatinine: creatinine.clamp(0.3, 15.0),
			sodium,
			haemoglobin: haemoglobin.clamp(4.0, 21.0),
			crp: crp.clamp(0.1, 500.0),
			ldl,
			length_of_stay: whole(stay - 0.5, 0, 90),
		}
	}
}

/// A main diagnosis that fits the patient; weights in the order of [`DIAGNOSES`].
fn diagnose(patient: &Patient, acute: f64, stream: &mut Stream) -> i64 {
	let old = one(patient.age > 65.0);
	let weights = [
		0.3 + 1.2 * acute,
		0.4 + 0.8 * one(patient.smoking != 2),
		0.2 + 3.0 * one(patient.diabetes),
		0.3 + 1.5 * one(patient.hypertension) * (1.0 - 0.6 * acute),
		0.3 + 1.4 * acute * one(patient.male || patient.diabetes),
		0.3 + 1.2 * old,
		0.1 + 5.0 * one(patient.heart_failure),
		0.4 + 1.5 * acute,
		0.1 + 5.0 * one(patient.copd),
		0.8 + 0.4 * old,
		0.3 + 2.2 * old * (1.0 - acute),
		0.1 + 2.5 * one(patient.kidney),
	];
	let total: f64 = weights.iter().sum();
	weighted(stream, &weights.map(|weight| weight / total))
}

/// What a patient takes.
struct Treatment {
	metformin: bool,
	insulin: bool,
	ace_inhibitor: bool,
	statin: bool,
	loop_diuretic: bool,
	medicines: i64,
}

impl Treatment {
	fn draw(patient: &Patient, stream: &mut Stream) -> Self {
		let metformin = patient.diabetes && stream.chance(if patient.kidney { 0.35 } else { 0.78 });
		let insulin = patient.diabetes && stream.chance(logistic(-1.1 + 0.6 * patient.frailty + 0.8 * one(!metformin)));
		let ace_inhibitor =
			stream.chance(logistic(-2.4 + 2.4 * one(patient.hypertension) + 0.9 * one(patient.heart_failure)));
		let statin = stream.chance(logistic(
			-1.9 + 0.35 * (patient.age - 60.0) / 10.0 + 1.3 * one(patient.diabetes) + 0.5 * one(patient.hypertension),
		));
		let loop_diuretic =
			stream.chance(logistic(-3.0 + 3.2 * one(patient.heart_failure) + 1.0 * one(patient.kidney)));
		let named = [metformin, insulin, ace_inhibitor, statin, loop_diuretic];
		let count: i64 = named.into_iter().map(i64::from).sum();
		let others =
			(1.2 + 0.6 * patient.comorbidities() as f64 + 0.5 * patient.frailty + 1.2 * stream.normal()).max(0.0);
		Self {
			metformin,
			insulin,
			ace_inhibitor,
			statin,
			loop_diuretic,
			medicines: whole(count as f64 + others, 0, 25),
		}
	}
}

/// What comes of a visit.
struct Outcome {
	readmission: bool,
	death: bool,
}

impl Outcome {
	fn draw(patient: &Patient, state: &State, stream: &mut Stream) -> Self {
		let years = (patient.age - 60.0) / 10.0;
		let acute = one(state.admission == EMERGENCY);
		let burden = patient.comorbidities() as f64;
		let anaemia = (12.5 - state.haemoglobin).max(0.0);
		let inflamed = libm::log(state.crp.max(1.0));
		let readmission = logistic(
			-3.0 + 0.15 * years
				+ 0.35 * burden
				+ 0.55 * acute
				+ 0.25 * anaemia
				+ 0.5 * patient.frailty
				+ 0.6 * one(patient.heart_failure)
				+ 0.12 * inflamed,
		);
		let death = logistic(
			-4.6 + 0.6 * years
				+ 0.3 * burden
				+ 0.6 * acute
				+ 0.35 * patient.frailty
				+ 0.3 * inflamed
				+ 0.2 * (state.creatinine - 1.0).max(0.0)
				+ 1.6 * one(state.diagnosis == 1),
		);
		Self { readmission: stream.chance(readmission), death: stream.chance(death) }
	}
}
