//! The training state as bytes, so that a training that was killed goes on and ends with the same model.
//!
//! `SEMBCGAN`, a digest of everything that the state depends on (seed, rows, sizes), steps done u64, then every number
//! of the state as f32, big endian: per parameter of generator and critic value and both moments, then the averages,
//! and a SHA3-256 of all before it. Anything else is not gone on from; training then begins again.

use super::{parameter::Parameter, rows::Rows, schedule::Schedule, train::State};
use crate::digest::{sha3_256, Digest};
use sha3::{Digest as _, Sha3_256};

const MAGIC: &[u8; 8] = b"SEMBCGAN";
const VERSION: u32 = 1;

/// Digest of what a state depends on besides its steps.
pub(super) fn key(rows: &Rows, schedule: &Schedule, seed: &Digest) -> Digest {
	let mut hash = Sha3_256::new();
	hash.update(VERSION.to_be_bytes());
	hash.update(seed);
	let sizes = [schedule.noise, schedule.hidden, schedule.batch, schedule.pack, rows.count, rows.columns.len()];
	sizes.iter().for_each(|size| hash.update((*size as u64).to_be_bytes()));
	hash.update(schedule.steps.to_be_bytes());
	for column in &rows.columns {
		hash.update((column.counts.len() as u64).to_be_bytes());
		let tokens: Vec<u8> = column.tokens.iter().flat_map(|token| token.to_be_bytes()).collect();
		hash.update(tokens);
		let scalars: Vec<u8> = column.scalars.iter().flat_map(|scalar| scalar.to_be_bytes()).collect();
		hash.update((scalars.len() as u64).to_be_bytes());
		hash.update(scalars);
	}
	hash.finalize().into()
}

/// The state as bytes.
pub(super) fn write(state: &State, key: &Digest) -> Vec<u8> {
	let mut out = MAGIC.to_vec();
	out.extend(key);
	out.extend(state.step.to_be_bytes());
	let parameters = state.generator.parameters().into_iter().chain(state.critic.parameters());
	for parameter in parameters {
		for numbers in [&parameter.value.data, &parameter.first, &parameter.second] {
			out.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
		}
	}
	for numbers in &state.average {
		out.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
	}
	let check = sha3_256(&out);
	out.extend(check);
	out
}

/// The state that bytes hold, if they are of this training; `fresh` is its state before the first step.
pub(super) fn read(bytes: &[u8], key: &Digest, fresh: &State) -> Option<State> {
	let (body, check) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
	if sha3_256(body).as_slice() != check {
		return None;
	}
	let body = body.strip_prefix(MAGIC)?.strip_prefix(key)?;
	let (step, mut numbers) = body.split_first_chunk::<8>()?;
	let mut state = State { step: u64::from_be_bytes(*step), ..fresh.clone() };
	let parameters: Vec<&mut Parameter> =
		state.generator.parameters_mut().into_iter().chain(state.critic.parameters_mut()).collect();
	for parameter in parameters {
		for places in [&mut parameter.value.data, &mut parameter.first, &mut parameter.second] {
			numbers = fill(places, numbers)?;
		}
	}
	for places in &mut state.average {
		numbers = fill(places, numbers)?;
	}
	numbers.is_empty().then_some(state)
}

fn fill<'a>(places: &mut [f32], bytes: &'a [u8]) -> Option<&'a [u8]> {
	let (own, rest) = bytes.split_at_checked(places.len().checked_mul(4)?)?;
	for (place, bytes) in places.iter_mut().zip(own.chunks_exact(4)) {
		*place = f32::from_be_bytes(bytes.try_into().ok()?);
	}
	Some(rest)
}
