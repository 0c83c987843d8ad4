//! A first schema for a file, and what the steward should look at in it.

use super::{tokens, visits::Patients, Column, ColumnKind, ColumnRole, Schema, Source, SCHEMA_FORMAT};
use crate::{
	calendar,
	csv_input::Rows,
	error::{shown, InputError},
	limits::{MAX_LEVELS, MAX_SCALE},
	number,
};
use std::collections::BTreeSet;

/// Choices that a person makes before a schema is inferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InferOptions {
	/// Name of the schema.
	pub name: String,
	/// The column that holds the patient's number.
	pub patient_column: Option<String>,
	/// The column that tells when a row was taken, for tables with several rows of a patient.
	pub time_column: Option<String>,
	/// The column that the utility metrics predict.
	pub target: Option<String>,
	/// Cells that mean "missing" beside the empty cell.
	pub missing_markers: Vec<String>,
	/// Columns to keep as identifiers, whatever they hold.
	pub identifiers: Vec<String>,
	/// Columns to take as categorical, whatever they hold.
	pub categorical: Vec<String>,
}

impl Default for InferOptions {
	fn default() -> Self {
		Self {
			name: "table".into(),
			patient_column: None,
			time_column: None,
			target: None,
			missing_markers: ["NA", "N/A", "NaN", "nan", "null", "NULL", "?", "."].map(str::to_owned).to_vec(),
			identifiers: Vec::new(),
			categorical: Vec::new(),
		}
	}
}

/// An inferred schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inference {
	/// The schema, which reads the file it came from.
	pub schema: Schema,
	/// Things to confirm or correct.
	pub notes: Vec<Note>,
}

/// Something about one column that a person should confirm.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Note {
	/// The column's name.
	pub column: String,
	/// What was assumed, and what to do if it is wrong.
	pub text: String,
}

/// A column is a number with mistakes, and not text, when this share of its cells are numbers.
const NUMERIC_PERCENT: u64 = 90;
/// … and when it has more different values than this.
const FEW_VALUES: usize = 10;

/// What has been seen of one column.
#[derive(Default)]
struct Seen {
	present: u64,
	missing: u64,
	numbers: u64,
	dates: u64,
	times: bool,
	decimals: u8,
	least: Option<i128>,
	greatest: Option<i128>,
	first_day: Option<i64>,
	last_day: Option<i64>,
	leading_zero: bool,
	counts_up: bool,
	previous: Option<i128>,
	first_text: Option<(u64, String)>,
	texts_like_codes: bool,
	values: BTreeSet<String>,
	overflow: Option<(u64, String)>,
}

impl Seen {
	fn new() -> Self {
		Self { counts_up: true, texts_like_codes: true, ..Self::default() }
	}

	fn add(&mut self, cell: &str, line: impl Fn() -> u64) {
		self.present = self.present.saturating_add(1);
		match number::parse(cell) {
			Some(parsed) => self.add_number(cell, parsed),
			None => {
				self.counts_up = false;
				self.texts_like_codes &= is_code(cell);
				if self.first_text.is_none() {
					self.first_text = Some((line(), cell.to_owned()));
				}
			},
		}
		if let Some((day, time)) = calendar::parse(cell) {
			self.dates = self.dates.saturating_add(1);
			self.times |= time;
			self.first_day = Some(self.first_day.map_or(day, |old| old.min(day)));
			self.last_day = Some(self.last_day.map_or(day, |old| old.max(day)));
		}
		if self.values.len() <= MAX_LEVELS && !self.values.contains(cell) {
			self.values.insert(cell.to_owned());
			if self.values.len() > MAX_LEVELS {
				self.overflow = Some((line(), cell.to_owned()));
			}
		}
	}

	fn add_number(&mut self, cell: &str, parsed: number::Parsed) {
		let units = parsed.units;
		self.numbers = self.numbers.saturating_add(1);
		self.decimals = self.decimals.max(parsed.decimals);
		self.least = Some(self.least.map_or(units, |old| old.min(units)));
		self.greatest = Some(self.greatest.map_or(units, |old| old.max(units)));
		let mut digits = cell.bytes();
		self.leading_zero |= digits.next() == Some(b'0') && digits.next().is_some_and(|byte| byte.is_ascii_digit());
		let one = 10i128.checked_pow(u32::from(MAX_SCALE)).unwrap_or(1);
		self.counts_up &= self.missing == 0 && self.previous.is_none_or(|old| old.checked_add(one) == Some(units));
		self.previous = Some(units);
	}

	/// Range at the most decimals, up to those written, that keep every value below 2^53.
	fn fixed_range(&self) -> Option<(u8, i64, i64)> {
		let most = self.decimals.min(MAX_SCALE);
		(0..=most).rev().find_map(|scale| {
			let min = number::to_fixed(self.least?, scale)?;
			let max = number::to_fixed(self.greatest?, scale)?;
			Some((scale, min, max))
		})
	}

	fn mostly_numbers(&self) -> bool {
		self.numbers.saturating_mul(100) >= self.present.saturating_mul(NUMERIC_PERCENT)
			&& self.values.len() > FEW_VALUES
	}

	fn nearly_all_different(&self) -> bool {
		let different = u64::try_from(self.values.len()).unwrap_or(u64::MAX);
		self.overflow.is_some() || (different > 20 && different.saturating_mul(2) > self.present)
	}
}

/// A letter and a digit, as in classifications: `E11.9`, `V27`.
fn is_code(cell: &str) -> bool {
	let mut bytes = cell.bytes();
	bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
		&& bytes.next().is_some_and(|byte| byte.is_ascii_digit())
}

/// See [`Schema::infer`].
pub(super) fn infer(csv: &[u8], file: &str, options: &InferOptions) -> Result<Inference, InputError> {
	let mut rows = Rows::open(csv, file)?;
	let header = rows.header().to_vec();
	check_options(&header, file, options)?;
	let mut seen: Vec<Seen> = header.iter().map(|_| Seen::new()).collect();
	let mut notes = Vec::new();
	let patient_column = patient_column(&header, options, &mut notes);
	let place = |name: &Option<String>| header.iter().position(|other| Some(other) == name.as_ref());
	let mut patients = place(&patient_column).map(|at| Patients::new(&header, at, place(&options.time_column)));
	while rows.advance()? {
		if let Some(patients) = &mut patients {
			patients.add(&rows.cells().collect::<Vec<_>>());
		}
		for (column, cell) in seen.iter_mut().zip(rows.cells()) {
			if cell.is_empty() || options.missing_markers.iter().any(|marker| marker == cell) {
				column.missing = column.missing.saturating_add(1);
				column.counts_up = false;
			} else {
				column.add(cell, || rows.line());
			}
		}
	}
	let mut columns = Vec::with_capacity(header.len());
	for (name, seen) in header.iter().zip(&seen) {
		let mut note = |text: String| {
			notes.push(Note { column: name.clone(), text });
		};
		let is_patient = patient_column.as_deref() == Some(name);
		let kind = if is_patient || options.identifiers.contains(name) {
			ColumnKind::Identifier
		} else {
			column_kind(name, seen, file, options, &mut note)?
		};
		let role = match kind {
			ColumnKind::Identifier => ColumnRole::Identifier,
			_ if tokens::names_quasi(name) => {
				note("taken as a quasi-identifier by its name. Change the role if it is none".into());
				ColumnRole::Quasi
			},
			_ => ColumnRole::Attribute,
		};
		let source = (!matches!(kind, ColumnKind::Identifier)).then_some(Source::Observed);
		columns.push(Column { missing: seen.missing > 0, role, source, ..Column::new(name, kind) });
	}
	let time_column = time_column(patients.as_ref(), &mut columns, options, &mut notes);
	let schema = Schema {
		format: SCHEMA_FORMAT,
		name: options.name.clone(),
		patient_column,
		time_column,
		target: options.target.clone(),
		missing_markers: options.missing_markers.clone(),
		columns,
		constraints: Vec::new(),
	};
	schema.validate().map_err(|source| InputError::Schema { file: file.into(), source })?;
	Ok(Inference { schema, notes })
}

fn check_options(header: &[String], file: &str, options: &InferOptions) -> Result<(), InputError> {
	let roles = [&options.patient_column, &options.time_column, &options.target];
	let named = roles.into_iter().flatten().chain(&options.identifiers).chain(&options.categorical);
	for column in named {
		if !header.contains(column) {
			return Err(InputError::NoSuchColumn {
				file: file.into(),
				column: shown(column),
				known: known_names(header),
			});
		}
	}
	Ok(())
}

fn known_names(header: &[String]) -> String {
	let mut names: Vec<String> = header.iter().take(50).map(|name| shown(name)).collect();
	if header.len() > names.len() {
		names.push("…".into());
	}
	names.join(", ")
}

fn patient_column(header: &[String], options: &InferOptions, notes: &mut Vec<Note>) -> Option<String> {
	if options.patient_column.is_some() {
		return options.patient_column.clone();
	}
	let guess = header.iter().find(|name| tokens::names_patient(name) && options.target.as_ref() != Some(*name))?;
	notes.push(Note {
		column: guess.clone(),
		text: "taken as the patient's number by its name. Name another patient column if it is not".into(),
	});
	Some(guess.clone())
}

/// The time column, and static columns marked where there is one.
fn time_column(
	patients: Option<&Patients>,
	columns: &mut [Column],
	options: &InferOptions,
	notes: &mut Vec<Note>,
) -> Option<String> {
	let patients = patients?;
	let name = match &options.time_column {
		Some(name) => name.clone(),
		None => {
			let guess = patients.time_column(columns, options.target.as_ref())?;
			let text =
				"taken as the time of a visit by its name. Remove \"time_column\" if a patient's rows have no order";
			notes.push(Note { column: guess.clone(), text: text.into() });
			guess
		},
	};
	patients.mark_static(columns, notes);
	Some(name)
}

fn column_kind(
	name: &String,
	seen: &Seen,
	file: &str,
	options: &InferOptions,
	note: &mut dyn FnMut(String),
) -> Result<ColumnKind, InputError> {
	if seen.present == 0 {
		return Err(InputError::AllMissing { file: file.into(), line: 2, column: shown(name) });
	}
	let is_target = options.target.as_ref() == Some(name);
	if options.categorical.contains(name) {
		return categorical(name, seen, file);
	}
	if seen.dates == seen.present {
		if let (Some(min), Some(max)) = (seen.first_day, seen.last_day) {
			if seen.times {
				note("holds times of day, which are dropped. Export a number of minutes if they matter".into());
			}
			return Ok(ColumnKind::Date { min, max });
		}
	}
	if seen.numbers == seen.present && !seen.leading_zero {
		if let Some(kind) = numeric(name, seen, is_target, file, note)? {
			return Ok(kind);
		}
	} else if !seen.leading_zero && seen.mostly_numbers() && !seen.texts_like_codes {
		let (line, value) = seen.first_text.clone().unwrap_or_default();
		return Err(InputError::NotANumber { file: file.into(), line, column: shown(name), value: shown(&value) });
	}
	if !is_target && (tokens::names_identifier(name) || seen.nearly_all_different()) {
		note("taken as an identifier, because of its name or because nearly every value is different; it is kept and not synthesised".into());
		return Ok(ColumnKind::Identifier);
	}
	if seen.leading_zero && seen.numbers == seen.present {
		note("digits with leading zeros, taken as codes and not as numbers".into());
	}
	categorical(name, seen, file)
}

/// A numeric kind, or `None` when the numbers are too large to be kept as numbers.
fn numeric(
	name: &str,
	seen: &Seen,
	is_target: bool,
	file: &str,
	note: &mut dyn FnMut(String),
) -> Result<Option<ColumnKind>, InputError> {
	let Some((scale, min, max)) = seen.fixed_range() else {
		note("whole numbers beyond 2^53, taken as codes and not as numbers".into());
		return Ok(None);
	};
	let enough = seen.values.len() > FEW_VALUES;
	if scale == 0 && !is_target && (tokens::names_identifier(name) || (seen.counts_up && enough)) {
		note(
			"taken as an identifier, because of its name or because it counts the rows; it is kept and not synthesised"
				.into(),
		);
		return Ok(Some(ColumnKind::Identifier));
	}
	let different = seen.values.len();
	if different <= 2 || (is_target && different <= FEW_VALUES) {
		note(format!(
			"{different} different numbers, taken as levels. Use type integer or decimal if they are amounts"
		));
		return categorical(name, seen, file).map(Some);
	}
	if different <= 5 {
		note(format!("{different} different numbers, taken as amounts. Use type categorical if they are codes"));
	}
	if seen.decimals > scale {
		note(format!("values have up to {} decimals, {scale} are kept", seen.decimals));
	}
	note("the range is that of this file. Widen it to the range that is possible".into());
	Ok(Some(if scale == 0 { ColumnKind::Integer { min, max } } else { ColumnKind::Decimal { min, max, scale } }))
}

fn categorical(name: &str, seen: &Seen, file: &str) -> Result<ColumnKind, InputError> {
	if let Some((line, value)) = &seen.overflow {
		return Err(InputError::TooManyLevels {
			file: file.into(),
			line: *line,
			column: shown(name),
			value: shown(value),
			limit: MAX_LEVELS,
		});
	}
	let mut levels: Vec<String> = seen.values.iter().cloned().collect();
	if seen.numbers == seen.present {
		levels.sort_by_cached_key(|level| (number::parse(level).map(|p| p.units), level.clone()));
	}
	Ok(ColumnKind::Categorical { levels })
}
