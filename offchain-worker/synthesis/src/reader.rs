//! Reading an artefact from the front, with errors that say where it ended.

use crate::error::ModelError;

/// A number of items as it is written.
pub(crate) fn length(count: usize) -> [u8; 4] {
	u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes()
}

/// An error about a part whose values no fit writes.
pub(crate) fn invalid(part: &'static str, problem: &str) -> ModelError {
	ModelError::Invalid { part, problem: problem.into() }
}

/// Bytes read from the front.
pub(crate) struct Input<'a> {
	pub bytes: &'a [u8],
	pub offset: usize,
}

impl<'a> Input<'a> {
	pub fn take(&mut self, count: usize, part: &'static str) -> Result<&'a [u8], ModelError> {
		let truncated = ModelError::Truncated { offset: self.bytes.len(), part };
		let Some(end) = self.offset.checked_add(count) else {
			return Err(truncated);
		};
		let taken = self.bytes.get(self.offset..end).ok_or(truncated)?;
		self.offset = end;
		Ok(taken)
	}

	pub fn array<const N: usize>(&mut self, part: &'static str) -> Result<[u8; N], ModelError> {
		let taken = self.take(N, part)?;
		taken.try_into().map_err(|_| invalid(part, "has the wrong length"))
	}

	pub fn u16(&mut self, part: &'static str) -> Result<u16, ModelError> {
		Ok(u16::from_be_bytes(self.array(part)?))
	}

	pub fn u64(&mut self, part: &'static str) -> Result<u64, ModelError> {
		Ok(u64::from_be_bytes(self.array(part)?))
	}

	pub fn i64(&mut self, part: &'static str) -> Result<i64, ModelError> {
		Ok(i64::from_be_bytes(self.array(part)?))
	}

	pub fn u32(&mut self, part: &'static str) -> Result<u32, ModelError> {
		Ok(u32::from_be_bytes(self.array(part)?))
	}

	/// A number of items, refused early when the rest is too short for them.
	pub fn count(&mut self, part: &'static str, item_bytes: usize) -> Result<usize, ModelError> {
		let count = self.number(part)?;
		self.room(count.saturating_mul(item_bytes), part)?;
		Ok(count)
	}

	/// A number.
	pub fn number(&mut self, part: &'static str) -> Result<usize, ModelError> {
		usize::try_from(self.u32(part)?).map_err(|_| invalid(part, "too many"))
	}

	/// An error unless this many bytes are left.
	pub fn room(&self, bytes: usize, part: &'static str) -> Result<(), ModelError> {
		if bytes > self.bytes.len().saturating_sub(self.offset) {
			return Err(ModelError::Truncated { offset: self.bytes.len(), part });
		}
		Ok(())
	}
}
