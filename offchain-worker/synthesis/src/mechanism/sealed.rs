//! A log as a file: canonical JSON (RFC 8785), sealed by the SHA3-256 of its body, and so in one form only.

use crate::{
	digest::sha3_256,
	error::{shown, SynthesisError},
};
use serde::{de::DeserializeOwned, Deserialize, Serialize};

/// Largest log, in bytes (1 GiB).
const MAX_BYTES: usize = 1 << 30;

/// What can be read as a log.
pub(crate) trait Log: Serialize + DeserializeOwned {
	/// What it is called in errors.
	const NAME: &'static str;
	/// The format number that this version writes and reads.
	const FORMAT: u16;

	/// The format number that it states.
	fn format(&self) -> u16;

	/// Checks everything that a reader relies on, once the file is known to be whole.
	///
	/// # Errors
	/// [`SynthesisError`] for what no writer writes.
	fn check(&self) -> Result<(), SynthesisError>;
}

/// A log with its seal.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed<T> {
	log: T,
	sha3: String,
}

/// Bytes that are no log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
	/// Not JSON of the right form.
	#[error("{log}, line {line}, character {character}: {reason}. Fetch the artefact again")]
	#[allow(missing_docs)]
	Json { log: &'static str, line: usize, character: usize, reason: String },
	/// Larger than any log.
	#[error("{log}: {bytes} bytes are more than {limit}. Fetch the artefact again")]
	#[allow(missing_docs)]
	TooLarge { log: &'static str, bytes: usize, limit: usize },
	/// Changed after it was written.
	#[error("{log}: its digest is {found}, its seal says {sealed}. It was changed: fetch the artefact again")]
	#[allow(missing_docs)]
	Seal { log: &'static str, found: String, sealed: String },
	/// Not in canonical form.
	#[error("{log}: the JSON is not canonical. Fetch the artefact again")]
	#[allow(missing_docs)]
	NotCanonical { log: &'static str },
	/// A version this code does not read.
	#[error("{log}: format {found} is unknown, this code reads {known}. Use the release named in the attestation")]
	#[allow(missing_docs)]
	Format { log: &'static str, found: u16, known: u16 },
	/// Bins that the counts do not lead to.
	#[error("measurement log, bins of column {column}, depth {depth}: not the ranges that the counts above lead to. Fetch the artefact again")]
	#[allow(missing_docs)]
	Bins { column: usize, depth: usize },
	/// A model that a training log does not go with.
	#[error("training log: the model beside it {problem}. Fetch both artefacts again")]
	#[allow(missing_docs)]
	Model { problem: &'static str },
	/// A part that does not fit the rest.
	#[error("{log}, {part}: {problem}. Fetch the artefact again")]
	#[allow(missing_docs)]
	Invalid { log: &'static str, part: String, problem: &'static str },
}

impl LogError {
	/// A part of a log of this type that does not fit the rest.
	pub(crate) fn invalid<T: Log>(part: impl Into<String>, problem: &'static str) -> SynthesisError {
		Self::Invalid { log: T::NAME, part: part.into(), problem }.into()
	}
}

/// The body in canonical form, and its digest.
fn body<T: Log>(log: &T) -> (Vec<u8>, String) {
	// Strings, booleans and integers below 2^53 always serialise.
	let body = serde_json_canonicalizer::to_vec(log).unwrap_or_default();
	let seal = hex::encode(sha3_256(&body));
	(body, seal)
}

/// Body and seal as one canonical document: `log` comes before `sha3`.
fn joined(body: &[u8], seal: &str) -> Vec<u8> {
	[br#"{"log":"#, body, br#","sha3":""#, seal.as_bytes(), br#""}"#].concat()
}

/// A log as its canonical, sealed artefact.
pub(crate) fn write<T: Log>(log: &T) -> Vec<u8> {
	let (body, seal) = body(log);
	joined(&body, &seal)
}

/// The same log with a seal that fits its body; `None` if the bytes are no log at all.
pub(crate) fn resealed<T: Log>(bytes: &[u8]) -> Option<Vec<u8>> {
	serde_json::from_slice::<Sealed<T>>(bytes).ok().map(|sealed| write(&sealed.log))
}

/// Reads a log. Total on hostile input: an error, or a log whose bytes are the input.
///
/// # Errors
/// [`SynthesisError::Log`] and others for anything that [`write`] does not write.
pub(crate) fn read<T: Log>(bytes: &[u8]) -> Result<T, SynthesisError> {
	let log = T::NAME;
	if bytes.len() > MAX_BYTES {
		return Err(LogError::TooLarge { log, bytes: bytes.len(), limit: MAX_BYTES }.into());
	}
	let sealed: Sealed<T> = serde_json::from_slice(bytes).map_err(|error| LogError::Json {
		log,
		line: error.line(),
		character: error.column(),
		reason: shown(&error.to_string()),
	})?;
	let (body, found) = body(&sealed.log);
	if found != sealed.sha3 {
		return Err(LogError::Seal { log, found, sealed: shown(&sealed.sha3) }.into());
	}
	if joined(&body, &found) != bytes {
		return Err(LogError::NotCanonical { log }.into());
	}
	if sealed.log.format() != T::FORMAT {
		return Err(LogError::Format { log, found: sealed.log.format(), known: T::FORMAT }.into());
	}
	sealed.log.check()?;
	Ok(sealed.log)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[derive(Debug, PartialEq, Serialize, Deserialize)]
	#[serde(deny_unknown_fields)]
	struct Note {
		format: u16,
		text: String,
	}

	impl Log for Note {
		const NAME: &'static str = "note";
		const FORMAT: u16 = 1;

		fn format(&self) -> u16 {
			self.format
		}

		fn check(&self) -> Result<(), SynthesisError> {
			match self.text.is_empty() {
				true => Err(LogError::invalid::<Self>("text", "it is empty")),
				false => Ok(()),
			}
		}
	}

	fn note(text: &str) -> Note {
		Note { format: 1, text: text.into() }
	}

	fn refused(bytes: &[u8]) -> LogError {
		match read::<Note>(bytes) {
			Err(SynthesisError::Log(error)) => error,
			other => panic!("{other:?}"),
		}
	}

	#[test]
	fn a_log_is_read_in_the_form_in_which_it_was_written() {
		for text in ["a", "ä \"quoted\"\n", "\u{1f600}"] {
			let bytes = write(&note(text));
			assert_eq!(read::<Note>(&bytes).unwrap(), note(text));
			let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
			assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes, "canonical");
		}
	}

	#[test]
	fn the_sealed_bytes_are_golden() {
		let seal = "3760fd9f9644134dad2847ca59525cf82752f07865d1b18b59653273c05f38d5";
		let bytes = String::from_utf8(write(&note("a"))).unwrap();
		assert_eq!(bytes, format!(r#"{{"log":{{"format":1,"text":"a"}},"sha3":"{seal}"}}"#));
	}

	#[test]
	fn every_other_form_is_refused_by_its_name() {
		let good = String::from_utf8(write(&note("a"))).unwrap();
		let spaced = good.replacen(':', ": ", 1);
		let changed = good.replace(r#""text":"a""#, r#""text":"b""#);
		assert!(matches!(refused(b"{}"), LogError::Json { log: "note", line: 1, .. }));
		assert!(matches!(refused(good.replace("sha3", "sha4").as_bytes()), LogError::Json { .. }));
		assert!(matches!(refused(&[0xff; 40]), LogError::Json { .. }));
		assert!(matches!(refused(changed.as_bytes()), LogError::Seal { .. }));
		assert_eq!(refused(spaced.as_bytes()), LogError::NotCanonical { log: "note" });
		let later = LogError::Format { log: "note", found: 2, known: 1 };
		assert_eq!(refused(&write(&Note { format: 2, ..note("a") })), later);
		assert!(matches!(refused(&write(&note(""))), LogError::Invalid { log: "note", .. }));
	}

	#[test]
	fn a_new_seal_fits_a_changed_body_and_nothing_else_is_sealed() {
		let changed = String::from_utf8(write(&note("a"))).unwrap().replace(r#""text":"a""#, r#""text":"b""#);
		assert_eq!(resealed::<Note>(changed.as_bytes()), Some(write(&note("b"))));
		assert_eq!(resealed::<Note>(b"[]"), None);
	}
}
