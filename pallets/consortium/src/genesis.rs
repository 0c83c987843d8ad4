//! The founding organisations.

use crate::{rules, Config, Name, Pallet, Roles, StandingAdministrators, Validators};
use alloc::{string::String, vec::Vec};
use pallet_session::{SessionInterface, SessionManager};
use semblance_primitives::{
	consortium::{OrganisationKind, Role},
	AccountId, OrganisationId,
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
