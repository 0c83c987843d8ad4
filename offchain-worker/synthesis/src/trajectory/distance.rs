//! How distances from what a course expects are told to the model that draws them.
//!
//! Near ones in parts of what is usual, the knee; far ones in parts of the way that is left to the end of the scale.

use super::scale::{wide, END, UNIT};

/// Largest told distance in size.
pub(super) const WIDEST: i64 = END * UNIT;
/// Told distances beyond one standard deviation, at most.
const ROOM: i64 = (END - 1) * UNIT;
/// Least and largest knee: what one standard deviation of what is told stands for.
pub(super) const KNEES: (i64, i64) = (UNIT >> 2, UNIT << 1);
/// How much closer together the farthest jumps are told than the nearest: by the square of one more than this.
const CLOSER: i64 = 4;

/// A distance from what is expected, as it is told: up to the knee in parts of it, the rest in parts of the room that is left
/// to the end of the scale. So a rare jump leads from high values as near to the end as from low ones, and not beyond. The
/// farther, the closer together jumps are told (p to 5p / (1 + 4p)): whatever is drawn evenly within the last bin lies at its
/// near end rather, as the values of patients do.
pub(super) fn told(expected: i64, knee: i64, distance: i64) -> i64 {
	let near = distance.clamp(knee.saturating_neg(), knee);
	let far = distance.saturating_sub(near);
	let part = wide(far, UNIT, room(expected, knee, far));
	let spaced = UNIT.saturating_add(part.saturating_abs().saturating_mul(CLOSER));
	wide(near, UNIT, knee).saturating_add(wide(part.saturating_mul(CLOSER + 1), ROOM, spaced))
}

/// The distance that was told.
pub(super) fn meant(expected: i64, knee: i64, told: i64) -> i64 {
	let near = told.clamp(UNIT.saturating_neg(), UNIT);
	let far = told.saturating_sub(near);
	let part = wide(far, UNIT, ROOM);
	let spaced = UNIT.saturating_mul(CLOSER + 1).saturating_sub(part.saturating_abs().saturating_mul(CLOSER));
	wide(near, knee, UNIT).saturating_add(wide(part, room(expected, knee, far), spaced))
}

/// Room beyond the knee, from what is expected to the end of the scale in a direction.
fn room(expected: i64, knee: i64, direction: i64) -> i64 {
	let end = END.saturating_mul(UNIT).saturating_sub(knee);
	end.saturating_sub(expected.saturating_mul(direction.signum())).max(0)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn distances_are_meant_as_they_were_told() {
		for expected in [-5, -3, -1, 0, 2, 4, 5].map(|deviations| deviations * UNIT) {
			for knee in [KNEES.0, UNIT, KNEES.1] {
				for score in (-40..=40).map(|tenths| tenths * UNIT / 10) {
					let distance = score - expected;
					let told = told(expected, knee, distance);
					// Room is left for every score that is on the scale.
					assert!(told.abs() <= WIDEST, "{expected} {knee} {score}");
					assert!((meant(expected, knee, told) - distance).abs() <= 100, "{expected} {knee} {score}");
				}
			}
		}
	}

	#[test]
	fn no_jump_leads_beyond_the_end_of_the_scale_and_small_steps_are_the_same_everywhere() {
		for expected in [-3, 0, 1].map(|deviations| deviations * UNIT) {
			for direction in [-1, 1] {
				let end = expected + meant(expected, UNIT, direction * WIDEST);
				assert!((end - direction * END * UNIT).abs() <= 1, "{expected} {end}");
			}
			assert_eq!(meant(expected, UNIT, UNIT / 2), UNIT / 2);
		}
		let from = |deviations: i64| meant(deviations * UNIT, UNIT, 2 * UNIT);
		assert!(from(2) < from(0) && from(0) < from(-2));
	}

	#[test]
	fn what_is_drawn_evenly_of_far_jumps_is_rather_near() {
		let mean = (0..1_000).map(|part| meant(0, UNIT, 2 * UNIT + part * 2 * UNIT / 1_000)).sum::<i64>() / 1_000;
		assert!(mean < i64::midpoint(meant(0, UNIT, 2 * UNIT), meant(0, UNIT, 4 * UNIT)));
	}
}
