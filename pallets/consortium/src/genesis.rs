//! The founding organisations.

use crate::{
	rules, Config, Name, Organisations, Pallet, Peers, Roles, SessionLength, StandingAdministrators, Validators,
};
use alloc::{string::String, vec::Vec};
use pallet_session::{SessionInterface, SessionManager};
use semblance_primitives::{
	consortium::{OrganisationKind, Peer, Role},
	AccountId, BlockNumber, OrganisationId,
};
use sp_runtime::DispatchError;

/// A founding organisation.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisOrganisation {
	/// Public name, at most 64 bytes.
	pub name: String,
	/// What kind of institution it is.
	pub kind: OrganisationKind,
	/// Members with their roles, at least one of them an administrator. Roles last for the first year, administration on.
	pub members: Vec<(AccountId, Vec<Role>)>,
	/// Stash accounts of the validators that it runs.
	pub validators: Vec<AccountId>,
	/// Network peers that it declares, at most 4: peer id in base58 and a multiaddr.
	#[serde(default)]
	pub peers: Vec<(String, String)>,
}

/// Writes the length of sessions, if it is not to be the runtime's.
pub(crate) fn set_session_length<T: Config>(blocks: Option<BlockNumber>) {
	assert!(blocks != Some(0), "genesis session_length is 0; a session has at least 1 block");
	if let Some(blocks) = blocks {
		SessionLength::<T>::put(blocks);
	}
}

/// Writes the founding organisations. A configuration that breaks a rule stops the chain from starting, and the message
/// names the organisation and the rule.
pub(crate) fn build<T: Config>(organisations: &[GenesisOrganisation]) {
	for organisation in organisations {
		let founded = found::<T>(organisation);
		assert!(founded.is_ok(), "genesis organisation \"{}\": {founded:?}", organisation.name);
	}
	let stray = T::Session::validators().into_iter().find(|account| !Validators::<T>::contains_key(account));
	assert!(stray.is_none(), "genesis validator {stray:?} belongs to no organisation");
	// pallet-session comes before this pallet and took the validators from its own configuration; now they can be noted.
	T::HistoricalRoots::new_session_genesis(0);
	T::HistoricalRoots::new_session_genesis(1);
}

fn found<T: Config>(organisation: &GenesisOrganisation) -> Result<OrganisationId, DispatchError> {
	let name = Name::try_from(organisation.name.clone().into_bytes())
		.map_err(|_| DispatchError::Other("the name is too long"))?;
	let id = Pallet::<T>::found(name, organisation.kind)?;
	for (account, roles) in &organisation.members {
		let roles = Roles::try_from(roles.clone()).map_err(|_| DispatchError::Other("a member has too many roles"))?;
		Pallet::<T>::enrol(account, id, roles, None)?;
	}
	if StandingAdministrators::<T>::get(id) == 0 {
		return Err(DispatchError::Other("no member is administrator"));
	}
	add_validators::<T>(id, organisation.kind, &organisation.validators)?;
	declare_peers::<T>(id, &organisation.peers)?;
	Ok(id)
}

fn add_validators<T: Config>(
	id: OrganisationId,
	kind: OrganisationKind,
	validators: &[AccountId],
) -> Result<(), DispatchError> {
	if !validators.is_empty() && !rules::runs_validators(kind) {
		return Err(DispatchError::Other("only hospitals run validators"));
	}
	for validator in validators {
		if Validators::<T>::contains_key(validator) {
			return Err(DispatchError::Other("a validator belongs to two organisations"));
		}
		Validators::<T>::insert(validator, id);
	}
	Ok(())
}

fn declare_peers<T: Config>(id: OrganisationId, peers: &[(String, String)]) -> Result<(), DispatchError> {
	let bounded = |text: &String| text.clone().into_bytes().try_into();
	let peer =
		|(peer_id, address): &(String, String)| Ok(Peer { peer_id: bounded(peer_id)?, address: bounded(address)? });
	let peers: Result<Vec<_>, Vec<u8>> = peers.iter().map(peer).collect();
	let peers = peers.map_err(|_| DispatchError::Other("a peer id or an address is too long"))?;
	let peers = Peers::try_from(peers).map_err(|_| DispatchError::Other("there are too many peers"))?;
	rules::check_peers::<T>(&peers)?;
	Organisations::<T>::mutate(id, |record| {
		if let Some(record) = record {
			record.peers = peers;
		}
	});
	Ok(())
}
