//! Remembers, in the node's database, which entry points the chain was seen to name.

use codec::{Decode, Encode};
use sc_client_api::AuxStore;
use sc_network::PeerId;
use sc_service::error::Error;
use std::collections::BTreeSet;

/// Where they are kept.
const KEY: &[u8] = b"semblance:peering:taken-over";

/// Reads them. Fails if the database does.
pub fn load(store: &impl AuxStore) -> Result<BTreeSet<PeerId>, Error> {
	let Some(bytes) = store.get_aux(KEY)? else { return Ok(BTreeSet::new()) };
	let ids = Vec::<Vec<u8>>::decode(&mut bytes.as_slice())
		.map_err(|error| Error::Other(format!("the noted peers in the database do not read: {error}")))?;
	Ok(ids.iter().filter_map(|id| PeerId::from_bytes(id).ok()).collect())
}

/// Writes them. Fails if the database does.
pub fn store(store: &impl AuxStore, peers: &BTreeSet<PeerId>) -> Result<(), Error> {
	let ids: Vec<Vec<u8>> = peers.iter().map(PeerId::to_bytes).collect();
	Ok(store.insert_aux(&[(KEY, ids.encode().as_slice())], &[])?)
}
