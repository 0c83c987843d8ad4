//! Where training stands, and the same as bytes.

use super::{
	parameters::{zeros, Parameters},
	shape::Shape,
};
use crate::digest::Digest;
use sha3::{Digest as _, Sha3_256};

/// Where training stands after an epoch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
	pub epoch: u32,
	pub step: u64,
	/// Epochs without gain.
	pub waited: u32,
	/// How often the learning rate was cut.
	pub cuts: u32,
	/// Least loss on the rows set aside, in nats a row.
	pub best: f64,
	/// The parameters of that epoch.
	pub kept: Parameters,
	pub parameters: Parameters,
	/// Moments of the gradients.
	pub first: Parameters,
	pub second: Parameters,
}

const MAGIC: &[u8; 8] = b"SEMBTRN3";
const HASH: usize = 32;

impl State {
	/// The state as bytes, tied to the training's seed and sealed by a hash.
	pub fn write(&self, seed: &Digest) -> Vec<u8> {
		let mut out = MAGIC.to_vec();
		out.extend(Sha3_256::digest(seed));
		out.extend(self.epoch.to_le_bytes());
		out.extend(self.step.to_le_bytes());
		out.extend(self.waited.to_le_bytes());
		out.extend(self.cuts.to_le_bytes());
		out.extend(self.best.to_bits().to_le_bytes());
		for part in [&self.kept, &self.parameters, &self.first, &self.second] {
			for values in part.iter().flat_map(|column| column.parts()) {
				values.iter().for_each(|value| out.extend(value.to_bits().to_le_bytes()));
			}
		}
		let hash = Sha3_256::digest(&out);
		out.extend(hash);
		out
	}

	/// The state of a training of this shape under this seed; `None` for any other bytes: training then begins anew.
	pub fn read(bytes: &[u8], shape: &Shape, seed: &Digest) -> Option<Self> {
		let (body, hash) = bytes.split_at_checked(bytes.len().checked_sub(HASH)?)?;
		if Sha3_256::digest(body).as_slice() != hash {
			return None;
		}
		let mut input = Words(body.strip_prefix(MAGIC)?.strip_prefix(Sha3_256::digest(seed).as_slice())?);
		let state = Self {
			epoch: u32::from_le_bytes(input.take()?),
			step: u64::from_le_bytes(input.take()?),
			waited: u32::from_le_bytes(input.take()?),
			cuts: u32::from_le_bytes(input.take()?),
			best: f64::from_bits(u64::from_le_bytes(input.take()?)),
			kept: input.parameters(shape)?,
			parameters: input.parameters(shape)?,
			first: input.parameters(shape)?,
			second: input.parameters(shape)?,
		};
		input.0.is_empty().then_some(state)
	}
}

struct Words<'a>(&'a [u8]);

impl Words<'_> {
	fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
		let (taken, rest) = self.0.split_first_chunk::<N>()?;
		self.0 = rest;
		Some(*taken)
	}

	fn parameters(&mut self, shape: &Shape) -> Option<Parameters> {
		let mut found = zeros(shape);
		for value in found.iter_mut().flat_map(|column| column.parts_mut()).flatten() {
			*value = f32::from_bits(u32::from_le_bytes(self.take()?));
		}
		Some(found)
	}
}

#[cfg(test)]
mod tests {
	use super::{super::parameters::initial, *};

	fn state(shape: &Shape) -> State {
		let parameters = initial(shape, None, &[4; 32]);
		State {
			epoch: 3,
			step: 77,
			waited: 1,
			cuts: 2,
			best: 1.5,
			kept: parameters.clone(),
			first: zeros(shape),
			second: zeros(shape),
			parameters,
		}
	}

	#[test]
	fn a_state_is_read_as_it_was_written_and_nothing_else_is() {
		let shape = Shape::new(&[(3, true), (4, false)]);
		let bytes = state(&shape).write(&[1; 32]);
		assert_eq!(State::read(&bytes, &shape, &[1; 32]), Some(state(&shape)));
		assert_eq!(State::read(&bytes, &shape, &[2; 32]), None);
		assert_eq!(State::read(&bytes, &Shape::new(&[(3, true), (5, false)]), &[1; 32]), None);
		for at in 0..bytes.len() {
			assert_eq!(State::read(&bytes[..at], &shape, &[1; 32]), None);
		}
		let mut flipped = bytes;
		flipped[100] ^= 1;
		assert_eq!(State::read(&flipped, &shape, &[1; 32]), None);
	}
}
