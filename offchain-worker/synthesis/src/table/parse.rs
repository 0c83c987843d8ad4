//! Reading a table from CSV by its schema.

use super::{Cells, Table};
use crate::{
	calendar,
	csv_input::Rows,
	error::{shown, InputError},
	number,
	schema::{Column, ColumnKind, Schema},
};
use std::{collections::BTreeMap, sync::Arc};

/// How one column's cells are read.
struct Reader<'s> {
	column: &'s Column,
	levels: BTreeMap<&'s str, i64>,
	is_patient: bool,
	cells: Cells,
	any_present: bool,
}

impl<'s> Reader<'s> {
	fn new(column: &'s Column, schema: &Schema) -> Self {
		let levels = match &column.kind {
			ColumnKind::Categorical { levels } => levels.iter().map(String::as_str).zip(0i64..).collect(),
			_ => BTreeMap::new(),
		};
		Self {
			column,
			levels,
			is_patient: schema.patient_column.as_ref() == Some(&column.name),
			cells: match column.kind {
				ColumnKind::Identifier => Cells::Text(Vec::new()),
				_ => Cells::Codes(Vec::new()),
			},
			any_present: false,
		}
	}

	fn add(&mut self, cell: &str, missing: bool, rows: &Rows<'_>) -> Result<(), InputError> {
		if missing && (self.is_patient || !self.column.missing) {
			return Err(self.refuse_missing(rows));
		}
		self.any_present |= !missing;
		let code = if missing || self.column.is_identifier() { None } else { Some(self.code(cell, rows)?) };
		match &mut self.cells {
			Cells::Text(texts) => texts.push((!missing).then(|| cell.to_owned())),
			Cells::Codes(codes) => codes.push(code),
		}
		Ok(())
	}

	fn refuse_missing(&self, rows: &Rows<'_>) -> InputError {
		let (file, line, column) = (rows.file().into(), rows.line(), shown(&self.column.name));
		if self.is_patient {
			InputError::MissingPatient { file, line, column }
		} else {
			InputError::UnexpectedMissing { file, line, column }
		}
	}

	fn code(&self, cell: &str, rows: &Rows<'_>) -> Result<i64, InputError> {
		let file = || rows.file().to_owned();
		let column = || shown(&self.column.name);
		let code = match &self.column.kind {
			ColumnKind::Categorical { levels } => {
				self.levels.get(cell).copied().ok_or_else(|| InputError::UnknownLevel {
					file: file(),
					line: rows.line(),
					column: column(),
					value: shown(cell),
					levels: levels.len(),
				})?
			},
			ColumnKind::Date { .. } => {
				calendar::parse(cell)
					.ok_or_else(|| InputError::NotADate {
						file: file(),
						line: rows.line(),
						column: column(),
						value: shown(cell),
					})?
					.0
			},
			_ => self.number(cell, rows)?,
		};
		match self.column.code_range() {
			Some((min, max)) if (min..=max).contains(&code) => Ok(code),
			_ => Err(self.out_of_range(cell, rows)),
		}
	}

	fn number(&self, cell: &str, rows: &Rows<'_>) -> Result<i64, InputError> {
		let parsed = number::parse(cell).ok_or_else(|| InputError::NotANumber {
			file: rows.file().into(),
			line: rows.line(),
			column: shown(&self.column.name),
			value: shown(cell),
		})?;
		if parsed.decimals > 0 && matches!(self.column.kind, ColumnKind::Integer { .. }) {
			return Err(InputError::NotAnInteger {
				file: rows.file().into(),
				line: rows.line(),
				column: shown(&self.column.name),
				value: shown(cell),
			});
		}
		number::to_fixed(parsed.units, self.column.scale()).ok_or_else(|| self.out_of_range(cell, rows))
	}

	fn out_of_range(&self, cell: &str, rows: &Rows<'_>) -> InputError {
		let (min, max) = self.column.code_range().unwrap_or_default();
		let written = |code| match self.column.kind {
			ColumnKind::Date { .. } => calendar::format(code),
			_ => number::format_fixed(code, self.column.scale()),
		};
		InputError::OutOfRange {
			file: rows.file().into(),
			line: rows.line(),
			column: shown(&self.column.name),
			value: shown(cell),
			range: format!("{} to {}", written(min), written(max)),
		}
	}
}

impl Table {
	/// Reads a CSV file (UTF-8, commas, header; blanks around cells do not count) by its schema.
	///
	/// # Errors
	/// [`InputError`] names file, line, column and remedy of the first thing that does not fit.
	pub fn parse_csv(csv: &[u8], file: &str, schema: &Schema) -> Result<Self, InputError> {
		schema.validate().map_err(|source| InputError::Schema { file: file.into(), source })?;
		let mut rows = Rows::open(csv, file)?;
		check_header(rows.header(), schema, file)?;
		let mut readers: Vec<Reader<'_>> = schema.columns.iter().map(|column| Reader::new(column, schema)).collect();
		while rows.advance()? {
			for (reader, cell) in readers.iter_mut().zip(rows.cells()) {
				reader.add(cell, schema.is_missing(cell), &rows)?;
			}
		}
		if let Some(empty) = readers.iter().find(|reader| !reader.any_present) {
			return Err(InputError::AllMissing { file: file.into(), line: 2, column: shown(&empty.column.name) });
		}
		let columns: Vec<Cells> = readers.into_iter().map(|reader| reader.cells).collect();
		Ok(Self { rows: columns.first().map_or(0, Cells::len), schema: Arc::new(schema.clone()), columns })
	}
}

fn check_header(header: &[String], schema: &Schema, file: &str) -> Result<(), InputError> {
	let mismatch = |column: &str, expected: &str| InputError::HeaderMismatch {
		file: file.into(),
		column: shown(column),
		expected: shown(expected),
	};
	for (at, column) in schema.columns.iter().enumerate() {
		let found = header.get(at).map_or("", String::as_str);
		if found != column.name {
			return Err(mismatch(found, &column.name));
		}
	}
	match header.get(schema.columns.len()) {
		Some(extra) => Err(mismatch(extra, "")),
		None => Ok(()),
	}
}
