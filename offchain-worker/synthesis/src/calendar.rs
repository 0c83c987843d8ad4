//! Dates of the proleptic Gregorian calendar as days since 1970-01-01.

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;
/// Days of 400 years.
const ERA: i64 = 146_097;

/// First and last day that is read: 0001-01-01 and 9999-12-31.
pub(crate) const RANGE: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// Days since 1970-01-01 of `YYYY-MM-DD`, and whether a time of day followed (and was dropped).
pub(crate) fn parse(text: &str) -> Option<(i64, bool)> {
	let date = text.get(..10)?;
	let rest = text.get(10..)?;
	let bytes = date.as_bytes();
	let shaped = bytes.iter().enumerate().all(
		|(at, byte)| {
			if at == 4 || at == 7 {
				*byte == b'-'
			} else {
				byte.is_ascii_digit()
			}
		},
	);
	if !shaped || !(rest.is_empty() || is_time(rest)) {
		return None;
	}
	let year: i64 = date.get(..4)?.parse().ok()?;
	let month: i64 = date.get(5..7)?.parse().ok()?;
	let day: i64 = date.get(8..)?.parse().ok()?;
	let days = from_civil(year, month, day)?;
	(to_civil(days)? == (year, month, day) && year >= 1).then_some((days, !rest.is_empty()))
}

/// `T` or a blank, then hours and minutes, then anything of a time: digits, `:.+-Z`.
fn is_time(rest: &str) -> bool {
	let bytes = rest.as_bytes();
	matches!(bytes.first(), Some(b'T' | b' '))
		&& bytes.len() >= 6
		&& bytes.iter().skip(1).all(|byte| byte.is_ascii_digit() || b":.+-Z".contains(byte))
}

/// Days since 1970-01-01; the year starts in March so that the leap day comes last
/// (H. Hinnant, "chrono-compatible low-level date algorithms").
fn from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
	let shifted = if month <= 2 { year.checked_sub(1)? } else { year };
	let era = shifted.div_euclid(400);
	let year_of_era = shifted.rem_euclid(400);
	let month_from_march = month.checked_add(9)?.rem_euclid(12);
	let day_of_year =
		month_from_march.checked_mul(153)?.checked_add(2)?.checked_div(5)?.checked_add(day)?.checked_sub(1)?;
	let day_of_era = year_of_era
		.checked_mul(365)?
		.checked_add(year_of_era.checked_div(4)?)?
		.checked_sub(year_of_era.checked_div(100)?)?
		.checked_add(day_of_year)?;
	era.checked_mul(ERA)?.checked_add(day_of_era)?.checked_sub(EPOCH)
}

/// Year, month and day of a day number.
fn to_civil(days: i64) -> Option<(i64, i64, i64)> {
	let shifted = days.checked_add(EPOCH)?;
	let era = shifted.div_euclid(ERA);
	let day_of_era = shifted.rem_euclid(ERA);
	let year_of_era = day_of_era
		.checked_sub(day_of_era.checked_div(1_460)?)?
		.checked_add(day_of_era.checked_div(36_524)?)?
		.checked_sub(day_of_era.checked_div(146_096)?)?
		.checked_div(365)?;
	let leap_days = year_of_era.checked_div(4)?.checked_sub(year_of_era.checked_div(100)?)?;
	let day_of_year = day_of_era.checked_sub(year_of_era.checked_mul(365)?)?.checked_sub(leap_days)?;
	let month_from_march = day_of_year.checked_mul(5)?.checked_add(2)?.checked_div(153)?;
	let first = month_from_march.checked_mul(153)?.checked_add(2)?.checked_div(5)?;
	let day = day_of_year.checked_sub(first)?.checked_add(1)?;
	let month = month_from_march.checked_add(2)?.rem_euclid(12).checked_add(1)?;
	let year = year_of_era.checked_add(era.checked_mul(400)?)?.checked_add(i64::from(month <= 2))?;
	Some((year, month, day))
}

/// `YYYY-MM-DD` of a day number; empty outside [`RANGE`], which schemas do not allow.
pub(crate) fn format(days: i64) -> String {
	match to_civil(days) {
		Some((year, month, day)) if RANGE.contains(&days) => format!("{year:04}-{month:02}-{day:02}"),
		_ => String::new(),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn known_days_have_their_numbers() {
		assert_eq!(parse("1970-01-01"), Some((0, false)));
		assert_eq!(parse("2000-02-29"), Some((11_016, false)));
		assert_eq!(parse("2024-05-01T10:30:00Z"), Some((19_844, true)));
		assert_eq!(parse("0001-01-01"), Some((*RANGE.start(), false)));
		assert_eq!(parse("9999-12-31"), Some((*RANGE.end(), false)));
	}

	#[test]
	fn what_is_no_date_is_refused() {
		for text in [
			"",
			"2023-02-29",
			"2023-13-01",
			"2023-00-10",
			"2023-1-1",
			"01/02/2023",
			"0000-01-01",
			"2023-01-01x",
			"２０２３-01-01",
			"2023-01-01T",
		] {
			assert_eq!(parse(text), None, "{text:?}");
		}
	}

	proptest::proptest! {
		#[test]
		fn every_day_is_read_back(days in RANGE) {
			proptest::prop_assert_eq!(parse(&format(days)), Some((days, false)));
		}
	}
}
