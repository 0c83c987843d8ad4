//! Checkpoints of several trainings, one after the other, in one place.

use crate::generate::Checkpoints;

/// Which training, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
	Opening,
	Ending,
	Step,
}

/// The last state of every training that has begun. Those before stay when the next begins: training that has ended goes on
/// from its state and ends at once.
pub(super) struct Stages<'a> {
	inner: &'a mut dyn Checkpoints,
	states: Vec<Vec<u8>>,
}

impl<'a> Stages<'a> {
	/// What was saved last, if it was saved here.
	pub fn load(inner: &'a mut dyn Checkpoints) -> Self {
		let states = inner.load().and_then(|saved| read(&saved)).unwrap_or_default();
		Self { inner, states }
	}

	/// The checkpoints of one training.
	pub fn of<'s>(&'s mut self, stage: Stage) -> One<'s, 'a> {
		One { stages: self, place: stage as usize }
	}
}

/// States with their lengths (u64) before them.
fn read(mut saved: &[u8]) -> Option<Vec<Vec<u8>>> {
	let mut states = Vec::new();
	while !saved.is_empty() {
		let (length, rest) = saved.split_first_chunk::<8>()?;
		let (state, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
		states.push(state.to_vec());
		saved = rest;
	}
	Some(states)
}

/// The checkpoints of one training.
pub(super) struct One<'s, 'a> {
	stages: &'s mut Stages<'a>,
	place: usize,
}

impl Checkpoints for One<'_, '_> {
	fn load(&mut self) -> Option<Vec<u8>> {
		self.stages.states.get(self.place).filter(|state| !state.is_empty()).cloned()
	}

	fn save(&mut self, state: &[u8]) {
		let states = &mut self.stages.states;
		states.resize(states.len().max(self.place.saturating_add(1)), Vec::new());
		if let Some(slot) = states.get_mut(self.place) {
			*slot = state.to_vec();
		}
		let length = |state: &Vec<u8>| u64::try_from(state.len()).unwrap_or(u64::MAX).to_be_bytes();
		let all: Vec<u8> = states.iter().flat_map(|state| [&length(state)[..], state].concat()).collect();
		self.stages.inner.save(&all);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[derive(Default)]
	struct Memory(Option<Vec<u8>>);

	impl Checkpoints for Memory {
		fn load(&mut self) -> Option<Vec<u8>> {
			self.0.clone()
		}

		fn save(&mut self, state: &[u8]) {
			self.0 = Some(state.to_vec());
		}
	}

	#[test]
	fn all_states_are_there_after_a_kill() {
		let mut memory = Memory::default();
		let mut stages = Stages::load(&mut memory);
		stages.of(Stage::Opening).save(b"opened");
		assert_eq!(stages.of(Stage::Step).load(), None);
		let mut stages = Stages::load(&mut memory);
		assert_eq!(stages.of(Stage::Opening).load().as_deref(), Some(&b"opened"[..]));
		assert_eq!(stages.of(Stage::Step).load(), None);
		stages.of(Stage::Step).save(b"stepped");
		let mut stages = Stages::load(&mut memory);
		assert_eq!(stages.of(Stage::Opening).load().as_deref(), Some(&b"opened"[..]));
		assert_eq!(stages.of(Stage::Step).load().as_deref(), Some(&b"stepped"[..]));
	}

	#[test]
	fn other_bytes_are_no_states() {
		for bytes in [&b""[..], b"short", &[255; 40]] {
			let mut memory = Memory(Some(bytes.to_vec()));
			assert_eq!(Stages::load(&mut memory).of(Stage::Opening).load(), None);
		}
	}
}
