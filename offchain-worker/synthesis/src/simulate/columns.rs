//! The columns of the simulated cohort.

use crate::{
	calendar,
	schema::{Column, ColumnKind, ColumnRole},
};

/// Columns beside the patient's number, in the order of [`super::patient::Visit`].
pub(super) const COUNT: usize = 33;

/// First and last day of the simulated visits: 2019-01-01 to 2030-12-31.
pub(super) const FIRST_DAY: i64 = 17_897;
pub(super) const LAST_DAY: i64 = 22_279;

/// ICD-10 main diagnoses.
pub(super) const DIAGNOSES: [&str; 12] =
	["A41.9", "C34.9", "E11.9", "I10", "I21.9", "I48.9", "I50.9", "J18.9", "J44.1", "K57.3", "M16.1", "N18.3"];

pub(super) fn column(name: &str, kind: ColumnKind, unit: &str, missing: bool, role: ColumnRole) -> Column {
	Column { unit: (!unit.is_empty()).then(|| unit.into()), missing, role, ..Column::new(name, kind) }
}

pub(super) fn levels(names: &[&str]) -> ColumnKind {
	ColumnKind::Categorical { levels: names.iter().map(|name| (*name).to_owned()).collect() }
}

pub(super) fn flag(name: &str) -> Column {
	column(name, levels(&["no", "yes"]), "", false, ColumnRole::Attribute)
}

pub(super) fn integer(name: &str, min: i64, max: i64, unit: &str, missing: bool) -> Column {
	column(name, ColumnKind::Integer { min, max }, unit, missing, ColumnRole::Attribute)
}

pub(super) fn decimal(name: &str, min: i64, max: i64, scale: u8, unit: &str) -> Column {
	column(name, ColumnKind::Decimal { min, max, scale }, unit, true, ColumnRole::Attribute)
}

/// All columns, the patient's number first.
pub(super) fn columns() -> Vec<Column> {
	use ColumnRole::{Attribute, Identifier, Quasi};
	let days = ColumnKind::Date { min: FIRST_DAY, max: LAST_DAY };
	debug_assert_eq!(calendar::format(FIRST_DAY), "2019-01-01");
	vec![
		column("patient_id", ColumnKind::Identifier, "", false, Identifier),
		integer("visit", 1, 6, "", false),
		column("visit_date", days, "", false, Attribute),
		column("age", ColumnKind::Integer { min: 18, max: 100 }, "a", false, Quasi),
		column("sex", levels(&["female", "male"]), "", false, Quasi),
		column("region", levels(&["coast", "east", "north", "south", "west"]), "", false, Quasi),
		column("smoking", levels(&["current", "former", "never"]), "", true, Attribute),
		decimal("bmi_39156_5", 140, 600, 1, "kg/m2"),
		column("admission", levels(&["elective", "emergency", "transfer"]), "", false, Attribute),
		column("main_diagnosis_icd10", levels(&DIAGNOSES), "", false, Attribute),
		flag("hypertension_i10"),
		flag("diabetes_e11"),
		flag("kidney_disease_n18"),
		flag("copd_j44"),
		flag("heart_failure_i50"),
		integer("comorbidities", 0, 5, "", false),
		integer("systolic_8480_6", 60, 260, "mm[Hg]", true),
		integer("heart_rate_8867_4", 30, 220, "/min", true),
		decimal("hba1c_4548_4", 35, 180, 1, "%"),
		decimal("glucose_14749_6", 20, 500, 1, "mmol/L"),
		decimal("creatinine_2160_0", 30, 1500, 2, "mg/dL"),
		integer("sodium_2951_2", 105, 175, "mmol/L", true),
		decimal("haemoglobin_718_7", 40, 210, 1, "g/dL"),
		decimal("crp_1988_5", 1, 5000, 1, "mg/L"),
		integer("ldl_13457_7", 20, 350, "mg/dL", true),
		flag("metformin"),
		flag("insulin"),
		flag("ace_inhibitor"),
		flag("statin"),
		flag("loop_diuretic"),
		integer("medicines", 0, 25, "", false),
		integer("length_of_stay", 0, 90, "d", false),
		flag("readmission_30d"),
		flag("death_1y"),
	]
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_order_is_that_of_the_visits() {
		assert_eq!(columns().len(), COUNT + 1);
		assert_eq!(calendar::format(LAST_DAY), "2030-12-31");
	}
}
