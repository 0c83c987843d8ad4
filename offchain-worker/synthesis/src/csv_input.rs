//! CSV bytes (RFC 4180, commas, UTF-8) as checked rows of trimmed cells.

use crate::{
	error::{shown, InputError},
	limits::{MAX_BYTES, MAX_CELLS, MAX_CELL_BYTES, MAX_COLUMNS, MAX_ROWS},
};
use std::collections::BTreeMap;

/// The rows of a file, one at a time.
pub(crate) struct Rows<'a> {
	file: &'a str,
	text: &'a str,
	reader: csv::Reader<&'a [u8]>,
	record: csv::StringRecord,
	header: Vec<String>,
	rows: usize,
}

impl<'a> Rows<'a> {
	/// Checks the bytes and reads the header.
	pub fn open(csv: &'a [u8], file: &'a str) -> Result<Self, InputError> {
		if csv.len() > MAX_BYTES {
			return Err(InputError::TooLarge { file: file.into(), bytes: csv.len(), limit: MAX_BYTES });
		}
		let bytes = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
		refuse_too_many_columns(bytes, file)?;
		let text = checked_text(bytes, csv.len().saturating_sub(bytes.len()), file)?;
		if text.trim().is_empty() {
			return Err(InputError::EmptyFile { file: file.into() });
		}
		let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
		let mut rows = Self { file, text, reader, record: csv::StringRecord::new(), header: Vec::new(), rows: 0 };
		rows.read_record()?;
		rows.header = rows.record.iter().map(|name| name.trim().to_owned()).collect();
		check_header(&rows.header, file)?;
		Ok(rows)
	}

	/// The column names, trimmed, distinct and not empty.
	pub fn header(&self) -> &[String] {
		&self.header
	}

	/// Reads the next row, whose cells [`Rows::cells`] gives; `false` after the last.
	pub fn advance(&mut self) -> Result<bool, InputError> {
		if !self.read_record()? {
			if self.rows == 0 {
				return Err(InputError::NoRows { file: self.file.into() });
			}
			return Ok(false);
		}
		let (found, expected) = (self.record.len(), self.header.len());
		if found != expected {
			let at = found.min(expected.saturating_sub(1));
			return Err(InputError::RaggedRow {
				file: self.file.into(),
				line: self.line(),
				column: shown(self.header.get(at).map_or("", String::as_str)),
				found,
				expected,
			});
		}
		self.rows = self.rows.saturating_add(1);
		let limit = MAX_ROWS.min(MAX_CELLS.checked_div(expected).unwrap_or(MAX_ROWS));
		if self.rows > limit {
			return Err(InputError::TooManyRows { file: self.file.into(), line: self.line(), limit });
		}
		for (name, cell) in self.header.iter().zip(self.record.iter()) {
			if cell.len() > MAX_CELL_BYTES {
				return Err(InputError::CellTooLong {
					file: self.file.into(),
					line: self.line(),
					column: shown(name),
					value: shown(cell),
					bytes: cell.len(),
					limit: MAX_CELL_BYTES,
				});
			}
		}
		Ok(true)
	}

	/// The trimmed cells of the current row.
	pub fn cells(&self) -> impl Iterator<Item = &str> {
		self.record.iter().map(str::trim)
	}

	/// The first line of the current row, counted from 1. Counts line feeds, so it is for errors.
	pub fn line(&self) -> u64 {
		let start = self.record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
		// The reader's position may lie before the line ends and blank lines that it skips.
		let rest = self.text.get(start..).unwrap_or("");
		let blank = rest.len().saturating_sub(rest.trim_start_matches(['\r', '\n']).len());
		line_at(self.text.as_bytes(), start.saturating_add(blank))
	}

	/// The file's name, for errors.
	pub fn file(&self) -> &str {
		self.file
	}

	fn read_record(&mut self) -> Result<bool, InputError> {
		self.reader.read_record(&mut self.record).map_err(|e| InputError::Malformed {
			file: self.file.into(),
			line: e.position().map_or(1, csv::Position::line),
			reason: e.to_string(),
		})
	}
}

/// Line of a byte offset, from 1.
fn line_at(bytes: &[u8], offset: usize) -> u64 {
	let before = bytes.get(..offset).unwrap_or(bytes);
	let feeds = before.iter().filter(|byte| **byte == b'\n').count();
	u64::try_from(feeds).unwrap_or(u64::MAX).saturating_add(1)
}

/// Refuses a header of far too many cells before anything is allocated for them.
fn refuse_too_many_columns(bytes: &[u8], file: &str) -> Result<(), InputError> {
	let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
	let mut quoted = false;
	let mut commas = 0usize;
	for byte in line {
		match byte {
			b'"' => quoted = !quoted,
			b',' if !quoted => commas = commas.saturating_add(1),
			_ => {},
		}
	}
	let found = commas.saturating_add(1);
	if found > MAX_COLUMNS {
		return Err(InputError::TooManyColumns { file: file.into(), found, limit: MAX_COLUMNS });
	}
	Ok(())
}

/// The bytes as text without NUL, or where they are not.
fn checked_text<'a>(bytes: &'a [u8], skipped: usize, file: &str) -> Result<&'a str, InputError> {
	let text = std::str::from_utf8(bytes).map_err(|e| {
		let at = e.valid_up_to();
		let (line, column) = locate(bytes, at);
		InputError::NotUtf8 { file: file.into(), line, column, offset: at.saturating_add(skipped) }
	})?;
	if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
		let (line, column) = locate(bytes, at);
		return Err(InputError::NulByte { file: file.into(), line, column, offset: at.saturating_add(skipped) });
	}
	Ok(text)
}

/// Line of an offset and name of the column it falls in.
fn locate(bytes: &[u8], offset: usize) -> (u64, String) {
	let before = bytes.get(..offset).unwrap_or(bytes);
	let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
	let mut quoted = false;
	let mut column = 0usize;
	for byte in before.iter().skip(line_start) {
		match byte {
			b'"' => quoted = !quoted,
			b',' if !quoted => column = column.saturating_add(1),
			_ => {},
		}
	}
	let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
	let name = header.split(|byte| *byte == b',').nth(column).unwrap_or(b"");
	(line_at(bytes, offset), shown(String::from_utf8_lossy(name).trim().trim_matches('"')))
}

fn check_header(header: &[String], file: &str) -> Result<(), InputError> {
	if let [only] = header {
		if let Some(separator) = only.chars().find(|c| matches!(c, ';' | '\t' | '|')) {
			return Err(InputError::WrongSeparator { file: file.into(), column: shown(only), separator });
		}
	}
	let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
	for (index, name) in header.iter().enumerate() {
		let position = index.saturating_add(1);
		if name.is_empty() {
			return Err(InputError::EmptyHeader { file: file.into(), position });
		}
		if name.len() > MAX_CELL_BYTES {
			return Err(InputError::CellTooLong {
				file: file.into(),
				line: 1,
				column: shown(name),
				value: shown(name),
				bytes: name.len(),
				limit: MAX_CELL_BYTES,
			});
		}
		if let Some(first) = seen.insert(name, position) {
			return Err(InputError::DuplicateHeader {
				file: file.into(),
				column: shown(name),
				first,
				second: position,
			});
		}
	}
	Ok(())
}
