//! Who sends, and to which node.

use crate::{arguments::Arguments, error::LoadError, nonces::Nonces};
use semblance_client::{calls, Chain, Signer, Wait};
use semblance_primitives::consortium::Role;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An account with its node and its nonces.
#[derive(Debug)]
pub struct Account {
	/// Its place among all accounts.
	pub index: usize,
	/// Its key.
	pub signer: Signer,
	/// The node to which it sends: always the same, so that its transactions arrive in their order.
	pub chain: Chain,
	nonces: Mutex<Nonces>,
}

impl Account {
	/// Its nonces.
	pub fn nonces(&self) -> MutexGuard<'_, Nonces> {
		self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

/// The accounts of all hospitals, hospital by hospital in turn, and then the researcher's.
pub async fn prepare(arguments: &Arguments, chains: &[Chain]) -> Result<Vec<Account>, LoadError> {
	let mut keys: Vec<(Signer, &Chain)> = Vec::new();
	for (steward, chain) in arguments.stewards.iter().zip(chains.iter().cycle()) {
		let administrator = Signer::from_uri_or_file(steward)?;
		if arguments.accounts == 1 {
			keys.push((administrator, chain));
			continue;
		}
		for number in 1..=arguments.accounts {
			let signer = Signer::from_uri(&format!("{steward}//load{number}")).map_err(|_| {
				LoadError::input("--accounts needs stewards' keys as secret URIs", "use --accounts 1 with key files")
			})?;
			enrol(chain, &administrator, &signer).await?;
			keys.push((signer, chain));
		}
	}
	interleave(&mut keys, arguments.accounts.into());
	if let (Some(researcher), Some(chain)) = (&arguments.researcher, chains.first()) {
		keys.push((Signer::from_uri_or_file(researcher)?, chain));
	}
	let mut accounts = Vec::with_capacity(keys.len());
	for (index, (signer, chain)) in keys.into_iter().enumerate() {
		let nonces = Mutex::new(Nonces::new(chain.next_nonce(&signer.account()).await?));
		accounts.push(Account { index, signer, chain: chain.clone(), nonces });
	}
	Ok(accounts)
}

/// Adds a data steward, if the account is no member yet.
async fn enrol(chain: &Chain, administrator: &Signer, signer: &Signer) -> Result<(), LoadError> {
	let account = signer.account();
	let best = chain.best().await?;
	if chain.member(&account, best.hash).await?.is_none() {
		let call = calls::consortium::add_member(&account, &[Role::DataSteward], None);
		chain.submit_and_wait(administrator, call, Wait::Included).await?;
	}
	Ok(())
}

/// From hospital by hospital, `each` accounts long, to one account of each hospital in turn, so that neighbours in the order of
/// sending are of different hospitals.
fn interleave<T>(items: &mut Vec<T>, each: usize) {
	let mut placed: Vec<(usize, T)> = items.drain(..).enumerate().collect();
	placed.sort_by_key(|(place, _)| (place % each.max(1), place / each.max(1)));
	items.extend(placed.into_iter().map(|(_, item)| item));
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn neighbours_are_of_different_hospitals() {
		let mut items = vec!["a1", "a2", "a3", "b1", "b2", "b3"];
		interleave(&mut items, 3);
		assert_eq!(items, ["a1", "b1", "a2", "b2", "a3", "b3"]);
		let mut single = vec!["a", "b"];
		interleave(&mut single, 1);
		assert_eq!(single, ["a", "b"]);
	}
}
