//! What a column's name says about it.

/// Words that name a person, sample or row.
const IDENTIFIER: [&str; 13] =
	["id", "ids", "pid", "mrn", "ssn", "nhs", "uuid", "guid", "identifier", "rownames", "rowid", "subjid", "patientid"];
/// Whole names that hold the patient's number.
const PATIENT: [&str; 12] = [
	"patient_id",
	"patientid",
	"patient",
	"pid",
	"patient_nbr",
	"patient_number",
	"mrn",
	"subject_id",
	"subjectid",
	"subject",
	"subjid",
	"person_id",
];
/// Whole names that tell when a row was taken.
const TIME: [&str; 19] = [
	"day",
	"days",
	"date",
	"time",
	"datetime",
	"timestamp",
	"month",
	"months",
	"week",
	"weeks",
	"visit_date",
	"visit_day",
	"visit_time",
	"visitdate",
	"encounter_date",
	"admission_date",
	"observation_date",
	"measurement_date",
	"sample_date",
];
/// Words that tell what a neighbour may know about a person.
const QUASI: [&str; 22] = [
	"age",
	"sex",
	"gender",
	"race",
	"ethnicity",
	"zip",
	"zipcode",
	"postcode",
	"birth",
	"birthdate",
	"dob",
	"region",
	"county",
	"city",
	"state",
	"country",
	"income",
	"edu",
	"education",
	"marital",
	"occupation",
	"nationality",
];

/// Lower-case words of a name, split at anything that is no letter or digit.
fn words(name: &str) -> Vec<String> {
	name.to_lowercase()
		.split(|c: char| !c.is_alphanumeric())
		.filter(|word| !word.is_empty())
		.map(str::to_owned)
		.collect()
}

/// Whether the name is that of an identifier.
pub(super) fn names_identifier(name: &str) -> bool {
	words(name).iter().any(|word| IDENTIFIER.contains(&word.as_str())) || names_patient(name)
}

/// Whether the name is that of the patient's number.
pub(super) fn names_patient(name: &str) -> bool {
	PATIENT.contains(&words(name).join("_").as_str())
}

/// Whether the name is that of the time of a visit.
pub(super) fn names_time(name: &str) -> bool {
	TIME.contains(&words(name).join("_").as_str())
}

/// Whether the name is that of a quasi-identifier.
pub(super) fn names_quasi(name: &str) -> bool {
	words(name).iter().any(|word| QUASI.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn names_tell_identifiers_and_quasi_identifiers() {
		assert!(names_identifier("Patient ID") && names_patient("Patient ID"));
		assert!(names_identifier("rownames") && !names_patient("rownames"));
		assert!(!names_identifier("hidden") && !names_identifier("d.time"));
		assert!(names_quasi("age_at_visit") && !names_quasi("dosage"));
	}
}
