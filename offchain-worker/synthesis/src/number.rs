//! Decimal numbers in text, as exact integers.
//!
//! A number is read once, to an integer count of 10^-15, and every use rounds from there; so the
//! range found when a schema is inferred is the range found when the table is read.

use crate::limits::{MAX_MAGNITUDE, MAX_SCALE};

/// A number as read: `units` × 10^-15, and how many decimals it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parsed {
	/// The value in units of 10^-15, rounded half away from zero.
	pub units: i128,
	/// Decimals without trailing zeros; more than [`MAX_SCALE`] when the text had more.
	pub decimals: u8,
}

/// Significant digits that are read; further decimals do not matter at 10^-15.
const MAX_DIGITS: u32 = 36;
/// Numbers of this many integer digits or more are not read as numbers.
const MAX_INTEGER_DIGITS: i32 = 20;

/// Reads `[+-]digits[.digits][e[+-]digits]`. `None` for all else, infinities, and |x| ≥ 10^20.
pub(crate) fn parse(text: &str) -> Option<Parsed> {
	let (negative, body) = match text.as_bytes().split_first()? {
		(b'-', rest) => (true, rest),
		(b'+', rest) => (false, rest),
		_ => (false, text.as_bytes()),
	};
	let (mantissa, mut exponent) = split_exponent(body)?;
	let mut value: i128 = 0;
	let mut kept: u32 = 0;
	let mut seen_point = false;
	let mut seen_digit = false;
	let mut trailing_zeros: i32 = 0;
	for byte in mantissa {
		match byte {
			b'0'..=b'9' => {
				seen_digit = true;
				if seen_point {
					exponent = exponent.checked_sub(1)?;
				}
				if kept < MAX_DIGITS {
					value = value.checked_mul(10)?.checked_add(i128::from(byte.saturating_sub(b'0')))?;
					if value != 0 {
						kept = kept.saturating_add(1);
					}
				} else {
					exponent = exponent.checked_add(1)?;
				}
				trailing_zeros = if *byte == b'0' { trailing_zeros.saturating_add(1) } else { 0 };
			},
			b'.' if !seen_point => seen_point = true,
			_ => return None,
		}
	}
	if !seen_digit {
		return None;
	}
	let needed = exponent.saturating_neg().saturating_sub(trailing_zeros);
	let decimals = if value == 0 { 0 } else { needed.clamp(0, 99) };
	let units = scale_by(value, exponent.checked_add(i32::from(MAX_SCALE))?)?;
	if units >= 10i128.checked_pow(35)? {
		return None;
	}
	Some(Parsed { units: if negative { units.checked_neg()? } else { units }, decimals: u8::try_from(decimals).ok()? })
}

/// Splits at `e` or `E`; the exponent is 0 without one.
fn split_exponent(body: &[u8]) -> Option<(&[u8], i32)> {
	let Some(at) = body.iter().position(|byte| matches!(byte, b'e' | b'E')) else {
		return Some((body, 0));
	};
	let (mantissa, rest) = body.split_at_checked(at)?;
	let digits = std::str::from_utf8(rest.get(1..)?).ok()?;
	if digits.len() > 5 {
		return None;
	}
	Some((mantissa, digits.parse().ok()?))
}

/// value × 10^power, rounded half away from zero; `None` on overflow.
fn scale_by(value: i128, power: i32) -> Option<i128> {
	if value == 0 {
		return Some(0);
	}
	if power > MAX_INTEGER_DIGITS.saturating_add(i32::from(MAX_SCALE)) {
		return None;
	}
	match u32::try_from(power) {
		Ok(up) => value.checked_mul(10i128.checked_pow(up)?),
		Err(_) => Some(match 10i128.checked_pow(power.unsigned_abs()) {
			Some(divisor) => divide_rounded(value, divisor)?,
			None => 0,
		}),
	}
}

/// value / divisor, rounded half away from zero; divisor > 0.
fn divide_rounded(value: i128, divisor: i128) -> Option<i128> {
	let half = divisor.checked_div(2)?;
	let shifted = if value < 0 { value.checked_sub(half)? } else { value.checked_add(half)? };
	shifted.checked_div(divisor)
}

/// Units of 10^-15 as fixed point with `scale` decimals; `None` beyond ±(2^53 - 1).
pub(crate) fn to_fixed(units: i128, scale: u8) -> Option<i64> {
	let divisor = 10i128.checked_pow(u32::from(MAX_SCALE.checked_sub(scale)?))?;
	let value = i64::try_from(divide_rounded(units, divisor)?).ok()?;
	(-MAX_MAGNITUDE..=MAX_MAGNITUDE).contains(&value).then_some(value)
}

/// A fixed-point code as text with exactly `scale` decimals, `-` before negatives, no exponent.
pub(crate) fn format_fixed(value: i64, scale: u8) -> String {
	let digits = value.unsigned_abs().to_string();
	let sign = if value < 0 { "-" } else { "" };
	let scale = usize::from(scale);
	if scale == 0 {
		return format!("{sign}{digits}");
	}
	let padded = format!("{digits:0>width$}", width = scale.saturating_add(1));
	let (whole, fraction) = padded.split_at(padded.len().saturating_sub(scale));
	format!("{sign}{whole}.{fraction}")
}

/// A fixed-point code as a float: value / 10^scale.
pub(crate) fn to_f64(value: i64, scale: u8) -> f64 {
	let divisor = 10u64.checked_pow(u32::from(scale)).unwrap_or(1);
	value as f64 / divisor as f64
}

#[cfg(test)]
mod tests {
	use super::*;

	fn fixed(text: &str, scale: u8) -> Option<i64> {
		to_fixed(parse(text)?.units, scale)
	}

	#[test]
	fn numbers_as_hospitals_write_them_are_read_exactly() {
		assert_eq!(fixed("62.84998", 5), Some(6_284_998));
		assert_eq!(fixed("9.999994e-07", 13), Some(9_999_994));
		assert_eq!(fixed("-17", 0), Some(-17));
		assert_eq!(fixed("+4.50000000", 1), Some(45));
		assert_eq!(fixed("1.5E3", 0), Some(1500));
		assert_eq!(fixed(".5", 1), Some(5));
		assert_eq!(parse("7.000000").map(|p| p.decimals), Some(0));
		assert_eq!(parse("58.76522929500342").map(|p| p.decimals), Some(14));
		assert_eq!(parse("100").map(|p| p.decimals), Some(0));
	}

	#[test]
	fn rounding_is_half_away_from_zero() {
		assert_eq!(fixed("0.25", 1), Some(3));
		assert_eq!(fixed("-0.25", 1), Some(-3));
		assert_eq!(fixed("0.24999", 1), Some(2));
	}

	#[test]
	fn text_that_is_no_number_is_refused() {
		for text in ["", "-", ".", "e5", "1,5", "12mg", "NaN", "inf", "1e", "1.2.3", "0x10", "1e999999", "--1", "１２"]
		{
			assert_eq!(parse(text), None, "{text:?}");
		}
		assert_eq!(parse("1000000000000000000000"), None);
		assert_eq!(fixed("9007199254740992", 0), None);
	}

	#[test]
	fn fixed_point_is_written_with_its_declared_decimals() {
		assert_eq!(format_fixed(-5, 2), "-0.05");
		assert_eq!(format_fixed(6_284_998, 5), "62.84998");
		assert_eq!(format_fixed(0, 3), "0.000");
		assert_eq!(format_fixed(42, 0), "42");
	}

	proptest::proptest! {
		#[test]
		fn what_is_written_is_read_back(value in -MAX_MAGNITUDE..=MAX_MAGNITUDE, scale in 0u8..=15) {
			proptest::prop_assert_eq!(fixed(&format_fixed(value, scale), scale), Some(value));
		}
	}
}
