//! Files and seeds of the commands that work without a chain.

use anyhow::{Context, Result};
use semblance_synthesis::{InferOptions, Schema};
use std::{fs, io::Write, path::Path};

/// Reads a whole file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
	fs::read(path).with_context(|| format!("{}: cannot be read. Check the path", path.display()))
}

/// Writes a whole file: as a temporary one first, so that nobody sees half of it.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
	let temporary = path.with_extension("part");
	fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, path)).with_context(|| {
		format!("{}: cannot be written. Check that the folder exists and the disk is not full", path.display())
	})
}

/// Writes a line to stdout. A reader that has gone away (`| head`) is no error.
pub fn print(line: &str) -> Result<()> {
	match writeln!(std::io::stdout(), "{line}") {
		Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("stdout cannot be written"),
		_ => Ok(()),
	}
}

/// Makes a folder, if need be.
pub fn folder(path: &Path) -> Result<()> {
	fs::create_dir_all(path).with_context(|| format!("{}: cannot be made. Choose another --out", path.display()))
}

/// A name for messages.
pub fn name(path: &Path) -> String {
	path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// A seed of up to 32 bytes in hexadecimal; shorter ones are filled with zeros from the left.
pub fn seed(text: &str) -> Result<[u8; 32], String> {
	let digits = text.trim_start_matches("0x");
	let mut seed = [0; 32];
	hex::decode_to_slice(format!("{digits:0>64}"), &mut seed)
		.map(|()| seed)
		.map_err(|_| "give 1 to 64 hexadecimal digits, for example 2a".to_owned())
}

/// A decimal number of at most six decimals, in millionths.
pub fn micro(text: &str) -> Result<u64, String> {
	let explain = || "give a number of at most six decimals, for example 1 or 0.03".to_owned();
	let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
	let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
	if whole.is_empty() || fraction.len() > 6 || !is_number(whole) || !is_number(fraction) {
		return Err(explain());
	}
	let millionths: u64 = format!("{fraction:0<6}").parse().map_err(|_| explain())?;
	let whole: u64 = whole.parse().map_err(|_| explain())?;
	whole.checked_mul(1_000_000).and_then(|whole| whole.checked_add(millionths)).ok_or_else(explain)
}

/// Adds a field to a JSON object.
pub fn put(object: &mut serde_json::Value, field: &str, value: serde_json::Value) {
	if let Some(fields) = object.as_object_mut() {
		fields.insert(field.into(), value);
	}
}

/// Columns that a person names, whatever a schema says or inference proposes.
#[derive(Debug, Clone, Copy, Default)]
pub struct NamedColumns<'a> {
	/// The column that the utility metrics predict.
	pub target: Option<&'a str>,
	/// The column with the patient's number; of a schema in a file it stays what it is.
	pub patient: Option<&'a str>,
	/// The column that tells when a row was taken.
	pub time: Option<&'a str>,
}

/// The schema in a file, or one inferred from `csv` with its notes on stderr.
pub fn schema(file: Option<&Path>, csv: &[u8], csv_name: &str, named: NamedColumns<'_>) -> Result<Schema> {
	let owned = |column: Option<&str>| column.map(str::to_owned);
	let Some(file) = file else {
		let options = InferOptions {
			target: owned(named.target),
			patient_column: owned(named.patient),
			time_column: owned(named.time),
			..InferOptions::default()
		};
		let inference = Schema::infer(csv, csv_name, &options)?;
		for note in &inference.notes {
			eprintln!("note: {}: {}", note.column, note.text);
		}
		return Ok(inference.schema);
	};
	let mut schema = Schema::from_json(&read(file)?).with_context(|| file.display().to_string())?;
	schema.target = owned(named.target).or(schema.target);
	schema.time_column = owned(named.time).or(schema.time_column);
	schema.validate().with_context(|| file.display().to_string())?;
	Ok(schema)
}

#[cfg(test)]
mod tests {
	use super::{micro, seed};

	#[test]
	fn budgets_are_exact() {
		assert_eq!(micro("1"), Ok(1_000_000));
		assert_eq!(micro("0.030556"), Ok(30_556));
		for wrong in ["", "-1", ".5", "1e3", "0.0000001", "18446744073710"] {
			assert!(micro(wrong).is_err(), "{wrong}");
		}
	}

	#[test]
	fn seeds_are_hexadecimal_and_filled_from_the_left() {
		assert_eq!(seed("2a").unwrap()[31], 42);
		assert_eq!(seed("0x1").unwrap()[31], 1);
		assert_eq!(seed(&"ff".repeat(32)).unwrap(), [255; 32]);
		assert!(seed("xyz").is_err());
		assert!(seed(&"f".repeat(65)).is_err());
	}
}
