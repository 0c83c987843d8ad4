//! The founding organisations.

use crate::{rules, Config, Name, Pallet, Roles, StandingAdministrators, Validators};
use alloc::{string::String, vec::Vec};
use semblance_primitives::{
	consortium::{OrganisationKind, Role},
	AccountId, OrganisationId,
};
use sp_runtime::DispatchError;

/// A founding organisation: name, kind, members with their roles, and stash accounts of its validators.
pub type GenesisOrganisation = (String, OrganisationKind, Vec<(AccountId, Vec<Role>)>, Vec<AccountId>);

/// Writes the founding organisations. A configuration that breaks a rule stops the chain from starting, and the message
/// names the organisation and the rule.
pub(crate) fn build<T: Config>(organisations: &[GenesisOrganisation]) {
	for organisation in organisations {
		let founded = found::<T>(organisation);
		assert!(founded.is_ok(), "genesis organisation \"{}\": {founded:?}", organisation.0);
	}
}

fn found<T: Config>(organisation: &GenesisOrganisation) -> Result<OrganisationId, DispatchError> {
	let (name, kind, members, validators) = organisation;
	let name = Name::try_from(name.clone().into_bytes()).map_err(|_| DispatchError::Other("the name is too long"))?;
	let id = Pallet::<T>::found(name, *kind)?;
	for (account, roles) in members {
		let roles = Roles::try_from(roles.clone()).map_err(|_| DispatchError::Other("a member has too many roles"))?;
		Pallet::<T>::enrol(account, id, roles, None)?;
	}
	if StandingAdministrators::<T>::get(id) == 0 {
		return Err(DispatchError::Other("no member is administrator"));
	}
	add_validators::<T>(id, *kind, validators)?;
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
