//! Makes a sequence that breaks a rule shorter.

use crate::{sequence::STEP, Run};

/// The rule that `bytes` break.
fn broken(bytes: &[u8]) -> Option<&'static str> {
	Run::default().sequence(bytes).err().map(|finding| finding.rule)
}

/// Leaves out steps, many at a time and then one by one, as long as the same rule breaks; then writes zeros at the ends of steps.
/// `bytes` that break nothing come back as they are.
pub fn shrink(bytes: &[u8]) -> Vec<u8> {
	let Some(rule) = broken(bytes) else { return bytes.to_vec() };
	let still = |bytes: &[u8]| broken(bytes) == Some(rule);
	let mut steps: Vec<Vec<u8>> = bytes.chunks(STEP).map(<[u8]>::to_vec).collect();
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
			break;
		}
		width = width.div_ceil(2);
	}
	plainer(steps, still)
}

fn plainer(mut steps: Vec<Vec<u8>>, still: impl Fn(&[u8]) -> bool) -> Vec<u8> {
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
