//! A typed table, column by column.

mod canonical;
mod parse;

pub(crate) use canonical::written;

use crate::{
	error::{shown, TableError},
	schema::{Column, ColumnKind, Schema},
};
use std::{collections::BTreeMap, sync::Arc};

/// The cells of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cells {
	/// Integer codes as [`ColumnKind`] defines them; `None` is missing.
	Codes(Vec<Option<i64>>),
	/// Identifiers, trimmed; `None` is missing.
	Text(Vec<Option<String>>),
}

impl Cells {
	fn len(&self) -> usize {
		match self {
			Self::Codes(codes) => codes.len(),
			Self::Text(texts) => texts.len(),
		}
	}

	/// Whether every cell is of the column's kind, in its range, and present where it must be.
	fn fit(&self, column: &Column) -> bool {
		match (self, column.code_range()) {
			(Self::Codes(codes), Some((min, max))) => codes.iter().all(|code| match code {
				Some(code) => (min..=max).contains(code),
				None => column.missing,
			}),
			(Self::Text(texts), None) => {
				column.is_identifier() && (column.missing || texts.iter().all(Option::is_some))
			},
			_ => false,
		}
	}

	fn select(&self, rows: &[usize]) -> Option<Self> {
		Some(match self {
			Self::Codes(codes) => Self::Codes(rows.iter().map(|row| codes.get(*row).copied()).collect::<Option<_>>()?),
			Self::Text(texts) => Self::Text(rows.iter().map(|row| texts.get(*row).cloned()).collect::<Option<_>>()?),
		})
	}
}

/// A table that fits its [`Schema`]: every code in its declared range, every column of one length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
	schema: Arc<Schema>,
	columns: Vec<Cells>,
	rows: usize,
}

impl Table {
	/// Builds a table from cells that must fit the schema.
	pub(crate) fn from_cells(schema: Arc<Schema>, columns: Vec<Cells>) -> Result<Self, TableError> {
		let rows = columns.first().map_or(0, Cells::len);
		if columns.len() != schema.columns.len() {
			return Err(TableError::DoesNotFit {
				column: String::new(),
				problem: format!("{} columns for a schema of {}", columns.len(), schema.columns.len()),
			});
		}
		for (column, cells) in schema.columns.iter().zip(&columns) {
			if cells.len() != rows || !cells.fit(column) {
				return Err(TableError::DoesNotFit {
					column: shown(&column.name),
					problem: "cells outside the declared kind, range or number".into(),
				});
			}
		}
		Ok(Self { schema, columns, rows })
	}

	/// Number of rows.
	#[must_use]
	pub fn rows(&self) -> usize {
		self.rows
	}

	/// What the columns are.
	#[must_use]
	pub fn schema(&self) -> &Schema {
		&self.schema
	}

	pub(crate) fn shared_schema(&self) -> Arc<Schema> {
		Arc::clone(&self.schema)
	}

	/// The codes of a column by position; `None` for identifiers and past the end.
	#[must_use]
	pub fn codes(&self, column: usize) -> Option<&[Option<i64>]> {
		match self.columns.get(column)? {
			Cells::Codes(codes) => Some(codes),
			Cells::Text(_) => None,
		}
	}

	/// The rows at these positions, in this order; a position may repeat.
	///
	/// # Errors
	/// [`TableError::NoSuchRow`] for a position past the end.
	pub fn select(&self, rows: &[usize]) -> Result<Self, TableError> {
		if let Some(row) = rows.iter().find(|row| **row >= self.rows) {
			return Err(TableError::NoSuchRow { row: *row, rows: self.rows });
		}
		let columns = self
			.columns
			.iter()
			.map(|cells| cells.select(rows))
			.collect::<Option<_>>()
			.ok_or(TableError::NoSuchRow { row: self.rows, rows: self.rows })?;
		Ok(Self { schema: self.shared_schema(), columns, rows: rows.len() })
	}

	/// The patient's number of every row.
	///
	/// # Errors
	/// [`TableError::NoPatientColumn`] if the schema names none; [`TableError::MissingPatient`] for a row without.
	pub fn patient_ids(&self) -> Result<Vec<&str>, TableError> {
		let (name, at) = self
			.schema
			.patient_column
			.as_deref()
			.and_then(|name| Some((name, self.schema.position(name)?)))
			.ok_or(TableError::NoPatientColumn)?;
		let Some(Cells::Text(texts)) = self.columns.get(at) else {
			return Err(TableError::NoPatientColumn);
		};
		texts
			.iter()
			.enumerate()
			.map(|(row, text)| text.as_deref().ok_or_else(|| TableError::MissingPatient { row, column: shown(name) }))
			.collect()
	}

	/// The rows of every patient, in the order in which patients first occur. Without a patient column every row is a patient
	/// of its own.
	///
	/// # Errors
	/// [`TableError::MissingPatient`] for a row without.
	pub fn patients(&self) -> Result<Vec<Vec<usize>>, TableError> {
		if self.schema.patient_column.is_none() {
			return Ok((0..self.rows).map(|row| vec![row]).collect());
		}
		let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
		for (row, patient) in self.patient_ids()?.into_iter().enumerate() {
			rows.entry(patient).or_default().push(row);
		}
		let mut patients: Vec<Vec<usize>> = rows.into_values().collect();
		patients.sort_unstable();
		Ok(patients)
	}

	/// The table without identifier columns, under [`Schema::without_identifiers`].
	#[must_use]
	pub fn without_identifiers(&self) -> Self {
		let columns = self
			.schema
			.columns
			.iter()
			.zip(&self.columns)
			.filter(|(column, _)| !matches!(column.kind, ColumnKind::Identifier))
			.map(|(_, cells)| cells.clone())
			.collect();
		Self { schema: Arc::new(self.schema.without_identifiers()), columns, rows: self.rows }
	}
}
