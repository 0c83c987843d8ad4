//! Values on the command line in the words of the field.

use crate::{error::CliError, files};
use semblance_primitives::{
	commitment::sha3_256,
	data_use::{DataUse, Modifiers, Permission, Purpose, Region},
	generation::{GeneratorKind, Parameter, ParameterName, SubjectRole},
	AccountId, Digest, GeneratorId,
};
use std::{path::Path, str::FromStr};

/// DUO modifiers by their short names.
const MODIFIERS: [(&str, u32); 16] = [
	("rs", Modifiers::RESEARCH_SPECIFIC),
	("nmds", Modifiers::NO_METHODS),
	("gso", Modifiers::GENETIC_STUDIES_ONLY),
	("npuncu", Modifiers::NON_PROFIT_NON_COMMERCIAL),
	("pub", Modifiers::PUBLICATION_REQUIRED),
	("col", Modifiers::COLLABORATION_REQUIRED),
	("irb", Modifiers::ETHICS_APPROVAL_REQUIRED),
	("gs", Modifiers::GEOGRAPHIC_RESTRICTION),
	("mor", Modifiers::MORATORIUM),
	("ts", Modifiers::TIME_LIMIT),
	("us", Modifiers::USER_SPECIFIC),
	("ps", Modifiers::PROJECT_SPECIFIC),
	("is", Modifiers::INSTITUTION_SPECIFIC),
	("rtn", Modifiers::RETURN_RESULTS),
	("npu", Modifiers::NON_PROFIT_ORGANISATION),
	("ncu", Modifiers::NON_COMMERCIAL),
];

/// Terms of use as options.
#[derive(Clone, Debug, clap::Args)]
pub struct Terms {
	/// DUO permission: nres, gru, hmb, ds:MONDO (number of the disease), poa.
	#[arg(long, value_parser = permission)]
	pub permission: Option<Permission>,
	/// DUO modifiers, with commas: irb, ncu, npu, npuncu, col, pub, rtn, rs, nmds, gso, us, ps, is.
	#[arg(long, value_delimiter = ',', value_parser = modifier)]
	pub modifiers: Vec<u32>,
	/// Months for which a user may keep the data (sets the modifier ts).
	#[arg(long, value_name = "MONTHS")]
	pub keep_months: Option<u16>,
	/// First block at which use is allowed (sets the modifier mor).
	#[arg(long, value_name = "BLOCK")]
	pub moratorium_until: Option<u32>,
	/// Countries in which use is allowed, ISO 3166 with commas (sets the modifier gs).
	#[arg(long, value_delimiter = ',', value_parser = region, value_name = "CODES")]
	pub regions: Vec<Region>,
}

impl Terms {
	/// The terms; `default` stands where no permission was named.
	///
	/// # Errors
	/// If values and modifiers contradict each other, or there are too many regions.
	pub fn to_data_use(&self, default: Option<Permission>) -> Result<DataUse, CliError> {
		let permission = self.permission.or(default).ok_or_else(|| {
			CliError::input(
				"no permission was named",
				"give --permission, for example hmb for health, medical or biomedical research",
			)
		})?;
		let mut bits = self.modifiers.iter().fold(0, |bits, modifier| bits | modifier);
		bits |= self.keep_months.map_or(0, |_| Modifiers::TIME_LIMIT);
		bits |= self.moratorium_until.map_or(0, |_| Modifiers::MORATORIUM);
		bits |= if self.regions.is_empty() { 0 } else { Modifiers::GEOGRAPHIC_RESTRICTION };
		let terms = DataUse {
			permission,
			modifiers: Modifiers::of(bits),
			time_limit_months: self.keep_months,
			moratorium_until: self.moratorium_until,
			regions: self
				.regions
				.clone()
				.try_into()
				.map_err(|_| CliError::input("too many regions", "name 32 at most"))?,
		};
		let contradiction = || {
			CliError::input(
				"the modifiers ts, mor and gs need their value",
				"give --keep-months, --moratorium-until or --regions instead of the bare modifier",
			)
		};
		let has_regions = !terms.modifiers.has(Modifiers::GEOGRAPHIC_RESTRICTION) || !terms.regions.is_empty();
		(terms.is_consistent() && has_regions).then_some(terms).ok_or_else(contradiction)
	}
}

/// Parses a DUO permission.
///
/// # Errors
/// A text for the person.
pub fn permission(text: &str) -> Result<Permission, String> {
	match text.to_lowercase().as_str() {
		"nres" => Ok(Permission::NoRestriction),
		"gru" => Ok(Permission::GeneralResearchUse),
		"hmb" => Ok(Permission::HealthMedicalBiomedical),
		"poa" => Ok(Permission::PopulationOriginsAncestry),
		other => other
			.strip_prefix("ds:")
			.map(|disease| Ok(Permission::DiseaseSpecific { disease: mondo(disease)? }))
			.unwrap_or_else(|| Err("one of nres, gru, hmb, poa, or ds: and the number of a MONDO term".into())),
	}
}

fn modifier(text: &str) -> Result<u32, String> {
	let found = MODIFIERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
	found.map(|(_, bit)| *bit).ok_or_else(|| format!("one of {}", MODIFIERS.map(|(name, _)| name).join(", ")))
}

fn mondo(text: &str) -> Result<u32, String> {
	let digits = text.trim_start_matches("mondo:").trim_start_matches("MONDO:");
	digits.parse().map_err(|_| "a disease is the number of its MONDO term, for example 5015 for MONDO:0005015".into())
}

/// Parses a country code.
///
/// # Errors
/// A text for the person.
pub fn region(text: &str) -> Result<Region, String> {
	let code = text.to_uppercase();
	let bytes: Region = code.as_bytes().try_into().map_err(|_| "a country code has two letters, for example DE")?;
	bytes
		.iter()
		.all(u8::is_ascii_uppercase)
		.then_some(bytes)
		.ok_or_else(|| "a country code has two letters, for example DE".into())
}

/// Parses a purpose.
///
/// # Errors
/// A text for the person.
pub fn purpose(text: &str) -> Result<Purpose, String> {
	match text.to_lowercase().as_str() {
		"health-research" => Ok(Purpose::HealthResearch),
		"population-research" => Ok(Purpose::PopulationResearch),
		"method-development" => Ok(Purpose::MethodDevelopment),
		"quality-improvement" => Ok(Purpose::QualityImprovement),
		"commercial-development" => Ok(Purpose::CommercialDevelopment),
		other => other
			.strip_prefix("disease:")
			.map(|disease| Ok(Purpose::DiseaseResearch { disease: mondo(disease)? }))
			.unwrap_or_else(|| {
				Err("one of health-research, disease:MONDO, population-research, method-development, \
				     quality-improvement, commercial-development"
					.into())
			}),
	}
}

/// Parses a digest or handle: 64 hexadecimal digits, with or without 0x.
///
/// # Errors
/// A text for the person.
pub fn digest(text: &str) -> Result<Digest, String> {
	let digits = text.strip_prefix("0x").unwrap_or(text);
	let bytes = hex::decode(digits).map_err(|_| "64 hexadecimal digits, with or without 0x")?;
	let bytes: [u8; 32] = bytes.try_into().map_err(|_| format!("64 hexadecimal digits, not {}", digits.len()))?;
	Ok(Digest::from(bytes))
}

/// A digest, or a file whose SHA3-256 is taken: on the chain only the digest appears.
#[derive(Clone, Debug)]
pub struct DigestOrFile(String);

impl FromStr for DigestOrFile {
	type Err = std::convert::Infallible;
	fn from_str(text: &str) -> Result<Self, Self::Err> {
		Ok(Self(text.into()))
	}
}

impl DigestOrFile {
	/// The digest.
	///
	/// # Errors
	/// If it is neither a digest nor a readable file.
	pub fn digest(&self) -> Result<Digest, CliError> {
		match digest(&self.0) {
			Ok(digest) => Ok(digest),
			Err(_) if Path::new(&self.0).is_file() => Ok(sha3_256(&files::read(Path::new(&self.0), files::MAX_FILE)?)),
			Err(_) => Err(CliError::input(
				format!("{} is neither a digest nor a file", self.0),
				"give 64 hexadecimal digits, or a file whose SHA3-256 is taken",
			)),
		}
	}
}

/// The digest of an optional document, zero for none.
///
/// # Errors
/// If it is neither a digest nor a readable file.
pub fn optional_digest(document: &Option<DigestOrFile>) -> Result<Digest, CliError> {
	document.as_ref().map_or(Ok(Digest::zero()), DigestOrFile::digest)
}

/// Parses an account in SS58 or hexadecimal digits.
///
/// # Errors
/// A text for the person.
pub fn account(text: &str) -> Result<AccountId, String> {
	AccountId::from_str(text).map_err(|error| format!("an account in SS58 or 0x notation: {error}"))
}

/// Parses `Name=value`.
///
/// # Errors
/// A text for the person.
pub fn parameter(text: &str) -> Result<Parameter, String> {
	let (name, value) = text.split_once('=').ok_or("Name=value, for example HoldOutShare=200000")?;
	let name: ParameterName = serde_json::from_value(serde_json::Value::String(name.into())).map_err(|_| {
		"one of HoldOutShare, MarginResolution, MaxCells, MaxEpochs, HiddenWidth, RowsPerPatient, TargetEdges, before the ="
	})?;
	let value = value.parse().map_err(|_| format!("{value} is no whole number"))?;
	Ok(Parameter { name, value })
}

/// A generator, by its number on chain or by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneratorChoice {
	/// This one.
	Number(GeneratorId),
	/// The newest approved one of this kind.
	Newest(GeneratorKind),
}

/// Parses a generator's number or name.
///
/// # Errors
/// A text for the person.
pub fn generator(text: &str) -> Result<GeneratorChoice, String> {
	let kind = match text {
		"independent" => GeneratorKind::Independent,
		"gaussian-copula" => GeneratorKind::GaussianCopula,
		"mst" => GeneratorKind::Mst,
		"aim" => GeneratorKind::Aim,
		"tabular-lm" => GeneratorKind::TabularLanguageModel,
		"tabular-lm-dp" => GeneratorKind::TabularLanguageModelPrivate,
		"ctgan" => GeneratorKind::Ctgan,
		number => {
			let explain = |_| {
				"a number on chain, or one of independent, gaussian-copula, mst, aim, tabular-lm, tabular-lm-dp, ctgan"
					.to_owned()
			};
			return number.parse().map(GeneratorChoice::Number).map_err(explain);
		},
	};
	Ok(GeneratorChoice::Newest(kind))
}

/// Parses ε as decimal text into millionths, without rounding.
///
/// # Errors
/// A text for the person.
pub fn epsilon(text: &str) -> Result<u64, String> {
	micro(text).ok_or_else(|| "an ε of at most six decimals, for example 1 or 0.5".to_owned())
}

/// Parses the role of an artefact.
///
/// # Errors
/// A text for the person.
pub fn role(text: &str) -> Result<SubjectRole, String> {
	match text.to_lowercase().as_str() {
		"measurement-log" => Ok(SubjectRole::MeasurementLog),
		"model" => Ok(SubjectRole::Model),
		"table" | "synthetic-table" => Ok(SubjectRole::SyntheticTable),
		"report" => Ok(SubjectRole::Report),
		"training-log" => Ok(SubjectRole::TrainingLog),
		_ => Err("one of model, table, report, measurement-log, training-log".into()),
	}
}

/// Parses a privacy budget ρ as decimal text into micro-ρ, without rounding.
///
/// # Errors
/// A text for the person.
pub fn rho(text: &str) -> Result<u64, String> {
	micro(text).ok_or_else(|| "a privacy budget ρ of at most six decimals, for example 0.1".to_owned())
}

/// Decimal text in millionths, without rounding.
fn micro(text: &str) -> Option<u64> {
	let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
	let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
	if whole.is_empty() || fraction.len() > 6 || !is_number(whole) || !is_number(fraction) {
		return None;
	}
	let micro = format!("{fraction:0<6}").parse::<u64>().ok()?;
	whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(micro)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn permissions_and_purposes_are_read_in_the_words_of_duo() {
		assert_eq!(permission("HMB"), Ok(Permission::HealthMedicalBiomedical));
		assert_eq!(permission("ds:MONDO:0005015"), Ok(Permission::DiseaseSpecific { disease: 5015 }));
		assert_eq!(purpose("disease:5015"), Ok(Purpose::DiseaseResearch { disease: 5015 }));
		assert!(permission("ds:diabetes").is_err());
		assert!(purpose("fun").unwrap_err().contains("health-research"));
	}

	#[test]
	fn budgets_are_exact() {
		assert_eq!(rho("0.1"), Ok(100_000));
		assert_eq!(rho("2"), Ok(2_000_000));
		assert_eq!(rho("0.000001"), Ok(1));
		for wrong in ["", "-1", "0.0000001", "1e3", ".5", "99999999999999999999", "18446744073710"] {
			assert!(rho(wrong).is_err(), "{wrong}");
		}
	}

	#[test]
	fn generators_are_named_or_numbered() {
		assert_eq!(generator("7"), Ok(GeneratorChoice::Number(7)));
		assert_eq!(generator("mst"), Ok(GeneratorChoice::Newest(GeneratorKind::Mst)));
		let private = GeneratorChoice::Newest(GeneratorKind::TabularLanguageModelPrivate);
		assert_eq!(generator("tabular-lm-dp"), Ok(private));
		assert!(generator("best").unwrap_err().contains("aim"));
		assert_eq!(epsilon("0.5"), Ok(500_000));
		assert!(epsilon("much").is_err());
	}

	#[test]
	fn every_role_has_its_word() {
		use SubjectRole::*;
		let words = [
			("measurement-log", MeasurementLog),
			("model", Model),
			("table", SyntheticTable),
			("report", Report),
			("training-log", TrainingLog),
		];
		for (word, expected) in words {
			assert_eq!(role(word), Ok(expected));
		}
		assert!(role("log").unwrap_err().contains("training-log"));
	}

	fn terms(modifiers: &[u32]) -> Terms {
		Terms {
			permission: None,
			modifiers: modifiers.to_vec(),
			keep_months: None,
			moratorium_until: None,
			regions: vec![],
		}
	}

	#[test]
	fn values_bring_their_modifier_and_bare_ones_are_refused() {
		let kept =
			Terms { keep_months: Some(12), regions: vec![*b"DE"], ..terms(&[Modifiers::ETHICS_APPROVAL_REQUIRED]) };
		let built = kept.to_data_use(Some(Permission::GeneralResearchUse)).unwrap();
		let bits = Modifiers::ETHICS_APPROVAL_REQUIRED | Modifiers::TIME_LIMIT | Modifiers::GEOGRAPHIC_RESTRICTION;
		assert_eq!(built.modifiers.bits, bits);
		for bare in [Modifiers::TIME_LIMIT, Modifiers::MORATORIUM, Modifiers::GEOGRAPHIC_RESTRICTION] {
			assert!(terms(&[bare]).to_data_use(Some(Permission::GeneralResearchUse)).is_err());
		}
		assert!(terms(&[]).to_data_use(None).unwrap_err().to_string().contains("--permission"));
	}

	#[test]
	fn digests_come_from_digits_or_from_a_file() {
		let digits = "ab".repeat(32);
		assert_eq!(digest(&format!("0x{digits}")), digest(&digits));
		assert!(digest("abc").is_err());
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("notice.txt");
		std::fs::write(&path, b"notice").unwrap();
		let argument = DigestOrFile::from_str(path.to_str().unwrap()).unwrap();
		assert_eq!(argument.digest().unwrap(), sha3_256(b"notice"));
		assert!(DigestOrFile::from_str("no such file").unwrap().digest().is_err());
	}

	#[test]
	fn parameters_name_what_they_may_be() {
		assert_eq!(
			parameter("HoldOutShare=200000"),
			Ok(Parameter { name: ParameterName::HoldOutShare, value: 200_000 })
		);
		assert!(parameter("Holdout=1").unwrap_err().contains("HoldOutShare"));
		assert!(parameter("HoldOutShare=many").is_err());
	}
}
