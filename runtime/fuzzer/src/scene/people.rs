//! Members, validators, and patients with their consents.

use super::{by, councils, digest, jobs, research, Person, Transaction};
use pallet_consent::Call as Of;
use pallet_consortium::Call as Members;
use semblance_primitives::{
	consent::{Capture, CapturedConsent},
	consortium::Role,
};
use semblance_runtime::*;

/// Stewards of hospitals 1 and 2, and the researcher's key.
pub fn members() -> Vec<Transaction> {
	let add = |administrator, account: &str, role| {
		let roles = vec![role].try_into().expect("one role");
		by(administrator, Members::add_member { account: Person::named(account).account(), roles, valid_until: None })
	};
	let key = Members::set_encryption_key { key: Some(digest(91)) };
	let announcement = pallet_council::Call::set_announcement { blocks: 20 };
	let validator = Members::add_validator { organisation: 1, validator: Person::named("Stash").account() };
	let enact = pallet_council::Call::enact { proposal: 2 };
	let mut sent = vec![
		add("Alice", "DataSteward", Role::DataSteward),
		add("Bob", "OtherSteward", Role::DataSteward),
		by("Researcher", key),
	];
	// Proposal 1 is announced; proposal 2 needs no announcement.
	for (proposal, call) in [(1, RuntimeCall::from(announcement)), (2, validator.into())] {
		sent.push(councils::propose(Person::named("Alice"), call));
		sent.extend(["Bob", "Charlie"].map(|name| councils::vote(name, proposal, true)));
	}
	sent.push(by("Alice", enact));
	sent
}

/// Keys for the second validator of hospital 1, so that four remain when one is removed.
pub fn validators() -> Vec<Transaction> {
	let stash = Person::named("Stash").account();
	councils::keys(Person::named("Alice"), &stash, &stash, 1).into_iter().collect()
}

/// Consents 1 to 5, that jobs use, and 17, which ends soon.
pub fn paper_consents() -> Vec<Transaction> {
	let (capture, terms, notice, evidence) = (Capture::StewardAttested, research::terms(), digest(22), digest(21));
	let consents: Vec<_> = jobs::handles().into_iter().map(|handle| CapturedConsent { handle, evidence }).collect();
	let consents = consents.try_into().expect("five consents");
	let expires = Some(System::block_number() + 10);
	vec![
		by("Alice", Of::capture_batch { capture, terms: terms.clone(), expires: None, notice, consents }),
		by("Alice", Of::capture { handle: digest(17), capture, subject: None, terms, expires, notice, evidence }),
	]
}

/// Consents 11 to 14 asked of the patient, 15 and 16 of the guardian; 11 and 15 given.
pub fn patients() -> Vec<Transaction> {
	let ask = |number: u8, subject: &str| {
		let (subject, notice) = (Person::named(subject).account(), digest(22));
		let (terms, capture) = (research::terms(), Capture::SelfSigned);
		by("Alice", Of::request { handle: digest(number), subject, terms, expires: None, notice, capture })
	};
	let mut sent: Vec<_> =
		(11..=16).map(|number| ask(number, if number < 15 { "Patient" } else { "Guardian" })).collect();
	sent.push(by("Patient", Of::give { handle: digest(11) }));
	sent.push(by("Guardian", Of::give { handle: digest(15) }));
	sent
}
