//! The one way a table is written: canonical CSV, and canonical bytes of a row for commitments.

use super::{Cells, Table};
use crate::{
	calendar,
	error::TableError,
	number,
	schema::{Column, ColumnKind},
};

/// First byte of [`Table::row_bytes`]: version of that encoding.
const ROW_VERSION: u8 = 1;
const MISSING: u8 = 0;
const CODE: u8 = 1;
const TEXT: u8 = 2;

/// A code as text.
pub(crate) fn written(column: &Column, code: i64) -> String {
	match &column.kind {
		ColumnKind::Categorical { levels } => {
			usize::try_from(code).ok().and_then(|at| levels.get(at).cloned()).unwrap_or_default()
		},
		ColumnKind::Date { .. } => calendar::format(code),
		_ => number::format_fixed(code, column.scale()),
	}
}

impl Table {
	/// The table as canonical CSV: columns in schema order, line feeds, quotes only where needed, fixed
	/// decimals, `YYYY-MM-DD`, empty cells for missing ones. Reading it by the schema gives the table again.
	#[must_use]
	pub fn to_canonical_csv(&self) -> Vec<u8> {
		let mut out = Vec::new();
		let header: Vec<&str> = self.schema.columns.iter().map(|column| column.name.as_str()).collect();
		write_record(&mut out, &header);
		let mut line: Vec<String> = Vec::with_capacity(self.columns.len());
		for row in 0..self.rows {
			line.clear();
			line.extend(
				self.schema.columns.iter().zip(&self.columns).map(|(column, cells)| cell_text(column, cells, row)),
			);
			write_record(&mut out, &line);
		}
		out
	}

	/// Canonical bytes of one row: different rows of one schema never share them.
	///
	/// A version byte, the number of columns (u32), then per column 0 for a missing cell, 1 and the
	/// code (i64), or 2, a length (u32) and the identifier's UTF-8; big endian. An unsalted digest of
	/// these bytes can be guessed, so it never leaves the hospital.
	///
	/// # Errors
	/// [`TableError::NoSuchRow`] past the end.
	pub fn row_bytes(&self, row: usize) -> Result<Vec<u8>, TableError> {
		if row >= self.rows {
			return Err(TableError::NoSuchRow { row, rows: self.rows });
		}
		let mut out = vec![ROW_VERSION];
		out.extend(u32::try_from(self.columns.len()).unwrap_or(u32::MAX).to_be_bytes());
		for cells in &self.columns {
			match cells {
				Cells::Codes(codes) => match codes.get(row).copied().flatten() {
					Some(code) => {
						out.push(CODE);
						out.extend(code.to_be_bytes());
					},
					None => out.push(MISSING),
				},
				Cells::Text(texts) => match texts.get(row).and_then(Option::as_deref) {
					Some(text) => {
						out.push(TEXT);
						out.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
						out.extend(text.as_bytes());
					},
					None => out.push(MISSING),
				},
			}
		}
		Ok(out)
	}
}

fn cell_text(column: &Column, cells: &Cells, row: usize) -> String {
	match cells {
		Cells::Codes(codes) => codes.get(row).copied().flatten().map(|code| written(column, code)).unwrap_or_default(),
		Cells::Text(texts) => texts.get(row).cloned().flatten().unwrap_or_default(),
	}
}

/// One CSV line. A lone empty cell is quoted, as a blank line would not be read as a row.
fn write_record<S: AsRef<str>>(out: &mut Vec<u8>, cells: &[S]) {
	let lone = cells.len() == 1;
	for (at, cell) in cells.iter().enumerate() {
		if at > 0 {
			out.push(b',');
		}
		let text = cell.as_ref();
		let quoted = text.contains(['"', ',', '\n', '\r'])
			|| (lone && text.is_empty())
			|| (at == 0 && text.starts_with('\u{feff}'));
		if quoted {
			out.push(b'"');
			out.extend(text.replace('"', "\"\"").as_bytes());
			out.push(b'"');
		} else {
			out.extend(text.as_bytes());
		}
	}
	out.push(b'\n');
}
