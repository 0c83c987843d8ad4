//! Makes a sequence that breaks a rule shorter.

use crate::{sequence::STEP, Finding};

/// Leaves out steps, many at a time and then one by one, as long as `run` breaks the same rule; then writes zeros at the ends of
/// steps. `bytes` that break nothing come back as they are.
pub fn shrink(bytes: &[u8], run: impl Fn(&[u8]) -> Result<(), Finding>) -> Vec<u8> {
	let broken = |bytes: &[u8]| run(bytes).err().map(|finding| finding.rule);
	let Some(rule) = broken(bytes) else { return bytes.to_vec() };
	let still = |bytes: &[u8]| broken(bytes) == Some(rule);
	let steps = fewer(bytes.chunks(STEP).map(<[u8]>::to_vec).collect(), &still);
	plainer(steps, &still)
}

fn fewer(mut steps: Vec<Vec<u8>>, still: &impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
	let mut width = steps.len().div_ceil(2).max(1);
	loop {
		let mut start = 0;
		while start < steps.len() {
			let mut fewer = steps.clone();
			fewer.drain(start..(start + width).min(steps.len()));
			match still(&fewer.concat()) {
				true => steps = fewer,
				false => start += width,
			}
		}
		if width == 1 {
			return steps;
		}
		width = width.div_ceil(2);
	}
}

fn plainer(mut steps: Vec<Vec<u8>>, still: &impl Fn(&[u8]) -> bool) -> Vec<u8> {
	for index in 0..steps.len() {
		for keep in [2, 4, 8, 16, 32] {
			let mut plain = steps.clone();
			plain[index].iter_mut().skip(keep).for_each(|byte| *byte = 0);
			if still(&plain.concat()) {
				steps = plain;
				break;
			}
		}
	}
	steps.concat()
}
