mod gate;
mod genesis;
mod keys_and_peers;
mod membership;
mod migrations;
mod offences;
mod organisations;
mod quota;
mod renewal;
mod rules;
mod seats;
mod sessions;
mod try_state;
mod validators;

use crate::{mock::*, Error, Event, Roles};
use frame_support::{assert_noop, assert_ok};
use semblance_primitives::consortium::Role;

fn roles(roles: &[Role]) -> Roles {
	roles.to_vec().try_into().unwrap()
}
