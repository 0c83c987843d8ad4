//! Who may make which call: every call of the runtime by every role, as transactions that go the whole way, through pool,
//! gate, quota, filter and pallet.
//!
//! The calls come from the metadata, so that a new one cannot be forgotten: it has no line in `table.txt`, and calls of our own
//! pallets need an example in `examples.rs` that succeeds for whoever it is meant for; the SDK's are filled with zeros where
//! there is none. A changed answer changes the table:
//! read the difference as one reads a change of the law, then write it with `SEMBLANCE_WRITE=1 cargo nextest run -p
//! semblance-runtime -p sdk-features roles`.

mod examples;
pub(super) mod scene;

use super::*;
use codec::{Decode, Encode};
use frame_support::{
	storage::{with_transaction, TransactionOutcome},
	traits::GetCallMetadata,
};
use pallet_council::{Power, Powers};
use scale_info::TypeDef;
use semblance_primitives::consortium::Role;
use sp_runtime::{
	traits::TrailingZeroInput,
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where the table is.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/roles/table.txt");
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

/// Columns of the table: accounts with one role each.
const MEMBERS: [&str; 9] = [
	"Administrator",
	"DataSteward",
	"Researcher",
	"EthicsReviewer",
	"GeneratorDeveloper",
	"GeneratorReviewer",
	"AuditorOnly",
	"OtherAdministrator",
	"OtherSteward",
];
/// Columns of the table: accounts without a role.
const OUTSIDERS: [&str; 2] = ["Patient", "Stranger"];
/// The last column: transactions that nobody signed, such as those of nodes.
const UNSIGNED: &str = "Unsigned";

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
	use InvalidTransaction::Custom;
	use TransactionValidityError::{Invalid, Unknown};
	match error {
		Invalid(Custom(code)) => format!("Refusal{code}"),
		Invalid(error) => format!("{error:?}"),
		Unknown(error) => format!("{error:?}"),
	}
}

/// The transaction of an account, signed as a wallet does.
fn signed(who: &str, call: RuntimeCall) -> UncheckedExtrinsic {
	let payload = SignedPayload::new(call, transaction_extension()).expect("the chain has a genesis");
	let signature = payload.using_encoded(|bytes| pair(who).sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	UncheckedExtrinsic::new_signed(call, account(who).into(), signature.into(), extension)
}

/// What becomes of a transaction; the state stays as it is.
fn fate(transaction: UncheckedExtrinsic) -> String {
	// GRANDPA takes unsigned reports from the own node only.
	let source = TransactionSource::Local;
	let outcome = with_transaction(|| TransactionOutcome::Rollback(Ok::<_, DispatchError>(apply(transaction, source))));
	match outcome.expect("there is no limit to transactions here") {
		Ok(Ok(())) => "ok".into(),
		Ok(Err(error)) => named(error),
		Err(error) => refused(error),
	}
}

/// What `who` is answered.
fn answer(who: &str, call: &RuntimeCall) -> String {
	if who != UNSIGNED {
		return fate(signed(who, call.clone()));
	}
	let general = fate(UncheckedExtrinsic::new_transaction(call.clone(), transaction_extension()));
	let bare = fate(UncheckedExtrinsic::new_bare(call.clone()));
	if bare == "ok" {
		bare
	} else {
		general
	}
}

/// Those who get one answer: `members` stands for all of them.
fn group(who: &[&str]) -> String {
	let all = MEMBERS.iter().all(|member| who.contains(member));
	let named = who.iter().filter(|name| !all || !MEMBERS.contains(name));
	all.then_some("members").iter().chain(named).copied().collect::<Vec<_>>().join(" ")
}

/// A line of the table: the answers, each with those who get it.
fn line(name: &str, call: Option<&RuntimeCall>) -> String {
	let Some(call) = call else { return format!("{name}: cannot be made") };
	let mut answers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
	for who in MEMBERS.into_iter().chain(OUTSIDERS).chain([UNSIGNED]) {
		answers.entry(answer(who, call)).or_default().push(who);
	}
	let allowed = answers.remove_entry("ok");
	let council = configs::CouncilPowers::power(call).map(|power| match power {
		Power::AtOnce => "council at once".into(),
		Power::Announced => "council after announcement".into(),
	});
	let answers = allowed.into_iter().chain(answers).map(|(answer, who)| format!("{answer} {}", group(&who)));
	format!("{name}: {}", answers.chain(council).collect::<Vec<_>>().join("; "))
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

/// The table as it is written, a line a call.
fn written() -> String {
	std::fs::read_to_string(TABLE).expect("the table is there")
}

#[test]
fn every_call_answers_every_role_as_the_table_says() {
	let actual = scene::chain_in_full_swing().execute_with(table);
	if std::env::var_os("SEMBLANCE_WRITE").is_some() {
		std::fs::write(TABLE, actual.join("\n") + "\n").expect("the table can be written");
	}
	let written = written();
	let expected: BTreeSet<_> = written.lines().collect();
	let found: BTreeSet<_> = actual.iter().map(String::as_str).collect();
	let gone: Vec<_> = expected.difference(&found).collect();
	let new: Vec<_> = found.difference(&expected).collect();
	assert!(gone.is_empty() && new.is_empty(), "the table says {gone:#?}, the chain {new:#?}");
}

/// Who may make the call of a line.
fn allowed(line: &str) -> Vec<&str> {
	let answers = line.split_once(": ").map(|(_, answers)| answers).unwrap_or_default();
	let ok = answers.split("; ").find_map(|answer| answer.strip_prefix("ok "));
	ok.map(|who| who.split(' ').collect()).unwrap_or_default()
}

#[test]
fn each_call_of_ours_succeeds_for_whom_it_is_meant() {
	for line in written().lines().filter(|line| OURS.iter().any(|pallet| line.starts_with(&format!("{pallet}.")))) {
		assert!(!allowed(line).is_empty() || line.contains("; council "), "nobody may do this: {line}");
	}
}

#[test]
fn every_role_has_a_column() {
	scene::chain_in_full_swing().execute_with(|| {
		let held: BTreeSet<_> =
			MEMBERS.iter().map(|who| Consortium::member(account(who)).unwrap().roles.into_inner()).collect();
		use Role::*;
		let single =
			[Administrator, DataSteward, Researcher, EthicsReviewer, GeneratorDeveloper, GeneratorReviewer, Auditor];
		assert_eq!(held, single.into_iter().map(|role| vec![role]).collect());
		assert!(OUTSIDERS.iter().all(|who| Consortium::member(account(who)).is_none()));
	});
}

#[test]
fn strangers_change_nothing_and_patients_only_their_own_consents() {
	for line in written().lines() {
		assert!(!allowed(line).contains(&"Stranger"), "{line}");
		assert!(line.starts_with("Consent.") || !allowed(line).contains(&"Patient"), "{line}");
	}
}

#[test]
fn members_of_other_hospitals_and_institutes_do_nothing_that_depends_on_a_role_here() {
	let own =
		["AccessControl.apply", "Consent.", "DatasetRegistry.register:", "GenerationAttestation.propose_generator"];
	for line in written().lines().filter(|line| !own.iter().any(|own| line.starts_with(own))) {
		let allowed = allowed(line);
		let for_every_member = allowed.contains(&"members");
		assert!(for_every_member || !allowed.contains(&"OtherSteward"), "{line}");
	}
}
