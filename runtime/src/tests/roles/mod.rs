//! Who may make which call: every call of the runtime by every role, as the gate, the filter and the pallets answer.
//!
//! The calls come from the metadata, so that a new one cannot be forgotten: it has no line in `table.txt`, and calls of our own
//! pallets need an example in `examples.rs` that succeeds for whoever it is meant for. A changed answer changes the table:
//! read the difference as one reads a change of the law, then write it with `SEMBLANCE_WRITE=1 cargo nextest run -p
//! semblance-runtime -p sdk-features roles`.

mod examples;
mod scene;

use super::*;
use codec::Decode;
use frame_support::{
	dispatch::GetDispatchInfo,
	storage::{with_transaction, TransactionOutcome},
	traits::GetCallMetadata,
};
use pallet_council::{Power, Powers};
use scale_info::TypeDef;
use semblance_primitives::consortium::Role;
use sp_runtime::{
	traits::{DispatchTransaction, TrailingZeroInput},
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	DispatchError,
};
use std::collections::{BTreeMap, BTreeSet};

/// The table, a line a call.
const TABLE: &str = include_str!("table.txt");
/// Pallets of ours, whose calls need examples.
const OURS: [&str; 7] = [
	"Consortium",
	"Consent",
	"DatasetRegistry",
	"AccessControl",
	"GenerationAttestation",
	"Council",
	"DoubleAuthorship",
];

/// Columns of the table: accounts with one role each, a patient, and nobody.
pub(super) const PEOPLE: [&str; 9] = [
	"Administrator",
	"DataSteward",
	"Researcher",
	"EthicsReviewer",
	"GeneratorDeveloper",
	"GeneratorReviewer",
	"AuditorOnly",
	"Patient",
	"Stranger",
];

/// A call by pallet and name, with its indices.
struct Listed {
	pallet: &'static str,
	call: &'static str,
	indices: [u8; 2],
}

/// Every call of the runtime.
fn calls() -> Vec<Listed> {
	let mut listed = vec![];
	for pallet in Runtime::metadata_ir().pallets {
		let Some(calls) = pallet.calls else { continue };
		let TypeDef::Variant(variants) = calls.ty.type_info().type_def else { panic!("calls are an enum") };
		listed.extend(variants.variants.iter().map(|variant| Listed {
			pallet: pallet.name,
			call: variant.name,
			indices: [pallet.index, variant.index],
		}));
	}
	listed
}

fn name_of(call: &RuntimeCall) -> String {
	let metadata = call.get_call_metadata();
	format!("{}.{}", metadata.pallet_name, metadata.function_name)
}

fn named(error: DispatchError) -> String {
	match error {
		DispatchError::Module(module) => module.message.unwrap_or("unknown").into(),
		error => format!("{error:?}").replace(' ', ""),
	}
}

fn refused(error: TransactionValidityError) -> String {
	match error {
		TransactionValidityError::Invalid(InvalidTransaction::BadSigner) => "BadSigner".into(),
		error => format!("{error:?}").replace(' ', ""),
	}
}

/// What becomes of a signed transaction; the state stays as it is.
fn answer(who: &str, call: &RuntimeCall) -> String {
	let info = call.get_dispatch_info();
	let origin = RuntimeOrigin::signed(account(who));
	let gate = pallet_consortium::CheckMembership::<Runtime>::new();
	if let Err(error) = gate.validate_only(origin.clone(), call, &info, 0, TransactionSource::External, 0) {
		return refused(error);
	}
	let outcome =
		with_transaction(|| TransactionOutcome::Rollback(Ok::<_, DispatchError>(call.clone().dispatch(origin))));
	match outcome.expect("there is no limit to transactions here") {
		Ok(_) => "ok".into(),
		Err(error) => named(error.error),
	}
}

/// A line of the table: the answers, each with those who get it.
fn line(name: &str, call: Option<&RuntimeCall>) -> String {
	let Some(call) = call else { return format!("{name}: cannot be made") };
	let mut answers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
	for who in PEOPLE {
		answers.entry(answer(who, call)).or_default().push(who);
	}
	let power = match configs::CouncilPowers::power(call) {
		None => "",
		Some(Power::AtOnce) => "; council at once",
		Some(Power::Announced) => "; council after announcement",
	};
	let allowed = answers.remove("ok").map(|who| format!("ok {}", who.join(" ")));
	let others = answers.into_iter().map(|(answer, who)| match who.len() {
		9 => format!("{answer} all"),
		_ => format!("{answer} {}", who.join(" ")),
	});
	let parts: Vec<_> = allowed.into_iter().chain(others).collect();
	format!("{name}: {}{power}", parts.join("; "))
}

/// The table as it is.
fn table() -> Vec<String> {
	let examples = examples::all();
	let mut by_name: BTreeMap<String, RuntimeCall> = BTreeMap::new();
	for call in examples {
		let name = name_of(&call);
		assert!(by_name.insert(name.clone(), call).is_none(), "{name} has two examples");
	}
	let calls = calls();
	calls
		.iter()
		.map(|Listed { pallet, call, indices }| {
			let name = format!("{pallet}.{call}");
			let example = by_name.remove(&name);
			assert!(example.is_some() || !OURS.contains(pallet), "give an example of {name} in roles/examples.rs");
			let call = example.or_else(|| RuntimeCall::decode(&mut TrailingZeroInput::new(indices)).ok());
			line(&name, call.as_ref())
		})
		.collect()
}

#[test]
fn every_call_answers_every_role_as_the_table_says() {
	let actual = scene::chain_in_full_swing().execute_with(table);
	if std::env::var_os("SEMBLANCE_WRITE").is_some() {
		let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/roles/table.txt");
		std::fs::write(path, actual.join("\n") + "\n").expect("the table can be written");
	}
	let expected: BTreeSet<_> = TABLE.lines().collect();
	let found: BTreeSet<_> = actual.iter().map(String::as_str).collect();
	let gone: Vec<_> = expected.difference(&found).collect();
	let new: Vec<_> = found.difference(&expected).collect();
	assert!(gone.is_empty() && new.is_empty(), "the table says {gone:#?}, the chain {new:#?}");
}

#[test]
fn each_call_of_ours_succeeds_for_whom_it_is_meant() {
	// Made by the council, by nodes without an account, or with evidence that this scene does not have.
	let not_by_people = |line: &str| {
		line.contains("council")
			|| ["accept", "attest", "fail", "report_invalid_consent", "set_announcement"]
				.iter()
				.any(|call| line.contains(&format!(".{call}:")))
	};
	for line in TABLE.lines().filter(|line| OURS.iter().any(|pallet| line.starts_with(pallet))) {
		assert!(line.contains(": ok ") || not_by_people(line), "nobody may do this: {line}");
	}
}

#[test]
fn every_role_has_a_column() {
	let mut chain = scene::chain_in_full_swing();
	chain.execute_with(|| {
		let held = |who: &str| Consortium::member(account(who)).map(|member| member.roles.into_inner());
		let held: BTreeSet<_> = PEOPLE.iter().filter_map(|who| held(who)).collect();
		use Role::*;
		let single =
			[Administrator, DataSteward, Researcher, EthicsReviewer, GeneratorDeveloper, GeneratorReviewer, Auditor];
		assert_eq!(held, single.into_iter().map(|role| vec![role]).collect());
	});
}

#[test]
fn strangers_change_nothing() {
	for line in TABLE.lines() {
		let allowed = line.split(": ").nth(1).unwrap_or_default();
		let ok = allowed.split("; ").find(|part| part.starts_with("ok ")).unwrap_or_default();
		assert!(!ok.contains("Stranger"), "{line}");
		let ours_for_patients = line.starts_with("Consent.");
		assert!(ours_for_patients || !ok.contains("Patient"), "{line}");
	}
}
