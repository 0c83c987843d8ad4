//! Shapes of simulated cohorts beside the standard one.

use super::{census, columns, patient::Visit, wide, SimulatedCohort};
use crate::{
	digest::Digest,
	error::SynthesisError,
	random::Stream,
	schema::{Column, ColumnKind, ColumnRole, Constraint, InferOptions, Schema, SCHEMA_FORMAT},
	table::{Cells, Table},
};
use std::{str::FromStr, sync::Arc};

/// What a row of a simulated cohort is, and how many columns it has beside the patient's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CohortShape {
	/// 15 columns, one row per patient: a survey of people in hospital, with spikes, ordered levels and a constraint.
	/// Target `care_at_discharge`.
	Census,
	/// 33 columns, one row per visit, as [`simulate`](crate::simulate) makes them. Target `readmission_30d`.
	#[default]
	Standard,
	/// 50 columns, one row per patient, about 7 % of cells missing, one column of 700 codes. Target `readmission_30d`.
	Wide,
}

impl CohortShape {
	/// All shapes.
	pub const ALL: [Self; 3] = [Self::Census, Self::Standard, Self::Wide];

	/// The name on command lines.
	#[must_use]
	pub fn name(self) -> &'static str {
		match self {
			Self::Census => "census",
			Self::Standard => "standard",
			Self::Wide => "wide",
		}
	}
}

impl std::fmt::Display for CohortShape {
	fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		formatter.write_str(self.name())
	}
}

impl FromStr for CohortShape {
	type Err = SynthesisError;

	fn from_str(name: &str) -> Result<Self, Self::Err> {
		Self::ALL.into_iter().find(|shape| shape.name() == name).ok_or_else(|| SynthesisError::UnknownShape {
			name: crate::error::shown(name),
			known: "census, standard, wide",
		})
	}
}

/// Position in a [`Visit`] of a column of the standard cohort.
pub(super) struct Places(Vec<String>);

impl Places {
	pub fn new() -> Self {
		Self(columns::columns().into_iter().skip(1).map(|column| column.name).collect())
	}

	/// A visit's cell; missing for a name that the standard cohort does not have.
	pub fn cell(&self, visit: &Visit, name: &str) -> Option<i64> {
		self.0.iter().zip(visit).find(|(column, _)| *column == name).and_then(|(_, cell)| *cell)
	}

	/// A column of the standard cohort.
	pub fn column(name: &str) -> Column {
		let known = columns::columns().into_iter().find(|column| column.name == name);
		known.unwrap_or_else(|| Column::new(name, ColumnKind::Identifier))
	}
}

/// Draws the cells of a row from a patient, the first visit, and random numbers of its own.
pub(super) type Draw = fn(&super::patient::Patient, &Visit, &Places, &mut Stream) -> Vec<Option<i64>>;

/// See [`super::simulate_shaped`]: one row per patient.
pub(super) fn one_row_each(
	shape: CohortShape,
	patients: u32,
	seed: &Digest,
) -> Result<SimulatedCohort, SynthesisError> {
	let (columns, constraints, target, draw): (_, Vec<Constraint>, _, Draw) = match shape {
		CohortShape::Census => (census::columns(), census::constraints(), "care_at_discharge", census::row),
		_ => (wide::columns(), wide::constraints(), "readmission_30d", wide::row),
	};
	let id = Column { role: ColumnRole::Identifier, ..Column::new("patient_id", ColumnKind::Identifier) };
	let schema = Schema {
		format: SCHEMA_FORMAT,
		name: format!("simulated-{shape}"),
		patient_column: Some("patient_id".into()),
		time_column: None,
		target: Some(target.into()),
		missing_markers: InferOptions::default().missing_markers,
		columns: std::iter::once(id).chain(columns).collect(),
		constraints,
	};
	let places = Places::new();
	let label = format!("simulate/{shape}");
	let mut ids: Vec<Option<String>> = Vec::new();
	let mut codes: Vec<Vec<Option<i64>>> = vec![Vec::new(); schema.columns.len().saturating_sub(1)];
	for number in 0..patients {
		let block = u64::from(number);
		let mut stream = Stream::new(seed, "simulate/patient", block);
		let patient = super::patient::Patient::draw(&mut stream);
		let visits = patient.visits(&mut stream);
		let Some(visit) = visits.first() else { continue };
		ids.push(Some(format!("P{:06}", number.saturating_add(1))));
		let row = draw(&patient, visit, &places, &mut Stream::new(seed, &label, block));
		for (column, code) in codes.iter_mut().zip(row) {
			column.push(code);
		}
	}
	let cells = std::iter::once(Cells::Text(ids)).chain(codes.into_iter().map(Cells::Codes)).collect();
	let table = Table::from_cells(Arc::new(schema.clone()), cells)?;
	Ok(SimulatedCohort { csv: table.to_canonical_csv(), schema })
}
