//! What goes to the person and what goes to a program: results on stdout (one JSON document with `--json`), everything
//! else on stderr.

use crate::error::CliError;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{json, Value};
use std::{
	io::{IsTerminal, Write},
	sync::atomic::{AtomicBool, Ordering},
	time::Duration,
};

/// Where output goes.
#[derive(Debug)]
pub struct Output {
	json: bool,
	/// Whether the one document is out already: a refusal on record is a result and an error at once.
	is_told: AtomicBool,
}

impl Output {
	/// Output as JSON or as text.
	pub fn new(json: bool) -> Self {
		Self { json, is_told: AtomicBool::new(false) }
	}

	/// Tells the person something on the way.
	pub fn note(&self, text: impl std::fmt::Display) {
		eprintln!("{text}");
	}

	/// The command's result: `text` for people, `value` for programs.
	///
	/// # Errors
	/// If stdout is closed.
	pub fn result(&self, value: &impl Serialize, text: &str) -> Result<(), CliError> {
		self.is_told.store(true, Ordering::Relaxed);
		let shown = if self.json { to_json(value)?.to_string() } else { text.trim_end().to_owned() };
		writeln!(std::io::stdout(), "{shown}").map_err(|error| {
			CliError::input(format!("the result cannot be written: {error}"), "check where stdout leads")
		})
	}

	/// A record: JSON for programs, an indented list for people.
	///
	/// # Errors
	/// If stdout is closed.
	pub fn record(&self, heading: &str, value: &impl Serialize) -> Result<(), CliError> {
		let mut text = format!("{heading}\n");
		outline(&to_json(value)?, 1, &mut text);
		self.result(value, &text)
	}

	/// An error: on stderr for people, and as the one JSON document on stdout for programs, unless a result is there
	/// already; then the exit code tells.
	pub fn error(&self, error: &CliError) {
		eprintln!("error: {error}");
		if self.json && !self.is_told.load(Ordering::Relaxed) {
			println!("{}", json!({ "error": { "code": error.code(), "message": error.to_string() } }));
		}
	}

	/// A progress bar over `length` steps; nothing is drawn when stderr is no terminal.
	pub fn bar(&self, length: u64, what: &str) -> ProgressBar {
		let template = "{msg:24} {bar:32} {pos}/{len} {eta}";
		let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
		ProgressBar::new(length).with_style(style).with_message(what.to_owned())
	}

	/// A sign of life while something is waited for.
	pub fn spinner(&self, what: &str) -> ProgressBar {
		let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
		spinner.enable_steady_tick(Duration::from_millis(120));
		spinner
	}

	/// Asks the person to confirm.
	///
	/// # Errors
	/// If the answer is no, or nobody is there to answer.
	pub fn confirm(&self, question: &str) -> Result<(), CliError> {
		if !std::io::stdin().is_terminal() {
			return Err(CliError::input(
				format!("{question} Nobody is there to answer"),
				"give --yes after reading the above",
			));
		}
		eprint!("{question} [y/N] ");
		let mut answer = String::new();
		let read = std::io::stdin().read_line(&mut answer);
		let agreed = read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
		agreed
			.then_some(())
			.ok_or_else(|| CliError::input("not confirmed, nothing was done", "change what is wrong and try again"))
	}
}

fn to_json(value: &impl Serialize) -> Result<Value, CliError> {
	serde_json::to_value(value)
		.map_err(|error| CliError::input(format!("the result cannot be shown: {error}"), "report this as a bug"))
}

/// Writes a JSON value as an indented list.
fn outline(value: &Value, depth: usize, text: &mut String) {
	let indent = "  ".repeat(depth);
	match value {
		Value::Object(fields) => {
			for (name, field) in fields {
				if is_short(field) {
					text.push_str(&format!("{indent}{name}: {}\n", short(field)));
				} else {
					text.push_str(&format!("{indent}{name}:\n"));
					outline(field, depth.saturating_add(1), text);
				}
			}
		},
		Value::Array(items) => {
			for item in items {
				if is_short(item) {
					text.push_str(&format!("{indent}- {}\n", short(item)));
				} else {
					text.push_str(&format!("{indent}-\n"));
					outline(item, depth.saturating_add(1), text);
				}
			}
		},
		scalar => text.push_str(&format!("{indent}{}\n", short(scalar))),
	}
}

fn is_short(value: &Value) -> bool {
	match value {
		Value::Object(fields) => fields.is_empty(),
		Value::Array(items) => items.iter().all(|item| !item.is_object() && !item.is_array()) && items.len() <= 4,
		_ => true,
	}
}

fn short(value: &Value) -> String {
	match value {
		Value::Null => "-".into(),
		Value::String(text) => text.clone(),
		Value::Array(items) if items.is_empty() => "none".into(),
		Value::Array(items) => items.iter().map(short).collect::<Vec<_>>().join(", "),
		other => other.to_string(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn records_are_outlined_for_people() {
		let mut text = String::new();
		let value = json!({ "terms": { "permission": "HealthMedicalBiomedical" }, "since": 3, "end": null, "list": [], "many": [{ "a": 1 }] });
		outline(&value, 1, &mut text);
		let expected = [
			"  end: -",
			"  list: none",
			"  many:",
			"    -",
			"      a: 1",
			"  since: 3",
			"  terms:",
			"    permission: HealthMedicalBiomedical",
			"",
		];
		let mut lines: Vec<&str> = text.split('\n').collect();
		let mut wanted = expected.to_vec();
		lines.sort_unstable();
		wanted.sort_unstable();
		assert_eq!(lines, wanted);
	}
}
