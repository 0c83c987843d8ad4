//! A column of 700 codes: secondary diagnoses in the form of ICD-10, ten for each of seventy categories.

use super::patient::{one, weighted, Patient};
use crate::random::Stream;

/// Categories by family; within a family from those of the young and mild to those of the old and severe.
const FAMILIES: [[&str; 5]; 14] = [
	["I10", "I20", "I25", "I48", "I50"],
	["E03", "E66", "E78", "E11", "E87"],
	["N20", "N28", "N39", "N18", "N17"],
	["J45", "J40", "J44", "J18", "J96"],
	["B34", "A09", "A49", "B96", "A41"],
	["D12", "C44", "C50", "C18", "C34"],
	["K21", "K29", "K57", "K80", "K92"],
	["M54", "M23", "M17", "M16", "M81"],
	["F41", "F32", "F10", "F05", "F03"],
	["G43", "G40", "G47", "G20", "G30"],
	["S93", "S52", "S82", "S06", "S72"],
	["N92", "N95", "N40", "N81", "N32"],
	["D50", "D64", "D69", "D68", "D70"],
	["R51", "R10", "R07", "R55", "R26"],
];

/// Number of codes of a category.
const SUBCODES: i64 = 10;

/// The levels, in the order of the codes.
pub(super) fn levels() -> Vec<String> {
	let categories = FAMILIES.iter().flatten();
	categories.flat_map(|category| (0..SUBCODES).map(move |digit| format!("{category}.{digit}"))).collect()
}

/// Position in [`levels`] of a secondary diagnosis that fits the patient.
pub(super) fn draw(patient: &Patient, emergency: bool, stream: &mut Stream) -> i64 {
	let (old, young) = (((patient.age - 60.0) / 15.0).max(0.0), ((50.0 - patient.age) / 15.0).max(0.0));
	let (acute, male, smoker) = (one(emergency), one(patient.male), one(patient.smoking != 2));
	let weights = [
		0.5 + 1.8 * one(patient.hypertension) + 3.0 * one(patient.heart_failure),
		0.4 + 2.6 * one(patient.diabetes) + 0.12 * (patient.bmi - 27.0).max(0.0),
		0.3 + 4.0 * one(patient.kidney),
		0.3 + 4.0 * one(patient.copd) + 0.5 * smoker,
		0.3 + 0.8 * acute,
		0.3 + 0.7 * old * (0.5 + smoker),
		0.8,
		0.5 + 0.9 * old * (1.0 - 0.6 * acute),
		0.4 + 0.8 * young + 0.7 * old * old * 0.3,
		0.4 + 0.5 * old,
		0.2 + 1.2 * young * male * acute + 0.9 * old * (1.0 - male) * acute,
		0.3 + 0.6 * (1.0 - male) * young + 0.9 * male * old,
		0.3 + 0.5 * old,
		0.8 + 0.4 * acute,
	];
	let family = pick(stream, &weights);
	// Age, frailty and urgency move the category towards the severe end, for men and women in their own way.
	let severity = 1.6 + 0.8 * old - 0.9 * young + 0.5 * patient.frailty + 0.5 * acute + 0.3 * male;
	let near: [f64; 5] = std::array::from_fn(|at| libm::exp(-1.1 * libm::fabs(at as f64 - severity)));
	let category = pick(stream, &near);
	// Which code of a category is the usual one differs by region and urgency.
	let usual = category.saturating_mul(3).saturating_add(patient.region).saturating_add(i64::from(emergency) << 1);
	let zipf: [f64; 10] = std::array::from_fn(|rank| 1.0 / ((rank as f64 + 1.0) * libm::sqrt(rank as f64 + 1.0)));
	let digit = pick(stream, &zipf).saturating_add(usual).rem_euclid(SUBCODES);
	family.saturating_mul(5).saturating_add(category).saturating_mul(SUBCODES).saturating_add(digit)
}

fn pick(stream: &mut Stream, weights: &[f64]) -> i64 {
	let total: f64 = weights.iter().sum();
	let shares: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
	weighted(stream, &shares)
}
