//! The standard normal distribution. Only `+ - * /`, square root and `libm`, so the same bits everywhere.

/// Density φ(x) = exp(-x²/2) / √(2π).
pub(crate) fn density(x: f64) -> f64 {
	libm::exp(-0.5 * x * x) * 0.398_942_280_401_432_7
}

/// Distribution Φ(x) = erfc(-x/√2) / 2.
pub(crate) fn distribution(x: f64) -> f64 {
	0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Mean of a normal variable that is known not to be negative: mean + sd·φ(z)/Φ(z) with z = mean / sd (the truncated normal
/// distribution; Johnson, Kotz and Balakrishnan 1994, "Continuous Univariate Distributions" 1, section 10.1). Not negative.
pub(crate) fn mean_above_zero(mean: f64, sd: f64) -> f64 {
	let z = mean / sd;
	if sd <= 0.0 || z > FAR {
		return mean.max(0.0);
	}
	// φ(z)/Φ(z) = -z - 1/z + O(z⁻³) far below zero, where both vanish.
	if z < -FAR {
		return -sd / z;
	}
	mean + sd * density(z) / distribution(z)
}

/// Standard deviations beyond which a normal distribution has nothing to speak of.
const FAR: f64 = 30.0;

/// Σ c_k x^k, by Horner's rule from the last coefficient.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
	coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const CENTRE_NUM: [f64; 8] = [
	3.387_132_872_796_366_5,
	133.141_667_891_784_38,
	1_971.590_950_306_551_3,
	13_731.693_765_509_46,
	45_921.953_931_549_87,
	67_265.770_927_008_7,
	33_430.575_583_588_13,
	2_509.080_928_730_122_7,
];
const CENTRE_DEN: [f64; 8] = [
	1.0,
	42.313_330_701_600_91,
	687.187_007_492_057_9,
	5_394.196_021_424_751,
	21_213.794_301_586_597,
	39_307.895_800_092_71,
	28_729.085_735_721_943,
	5_226.495_278_852_545,
];
const MIDDLE_NUM: [f64; 8] = [
	1.423_437_110_749_683_5,
	4.630_337_846_156_546,
	5.769_497_221_460_691,
	3.647_848_324_763_204_5,
	1.270_458_252_452_368_4,
	0.241_780_725_177_450_6,
	0.022_723_844_989_269_184,
	7.745_450_142_783_414e-4,
];
const MIDDLE_DEN: [f64; 8] = [
	1.0,
	2.053_191_626_637_759,
	1.676_384_830_183_803_8,
	0.689_767_334_985_1,
	0.148_103_976_427_480_08,
	0.015_198_666_563_616_457,
	5.475_938_084_995_345e-4,
	1.050_750_071_644_416_9e-9,
];
const TAIL_NUM: [f64; 8] = [
	6.657_904_643_501_103,
	5.463_784_911_164_114,
	1.784_826_539_917_291_3,
	0.296_560_571_828_504_87,
	0.026_532_189_526_576_124,
	0.001_242_660_947_388_078_4,
	2.711_555_568_743_487_6e-5,
	2.010_334_399_292_288e-7,
];
const TAIL_DEN: [f64; 8] = [
	1.0,
	0.599_832_206_555_888,
	0.136_929_880_922_735_8,
	0.014_875_361_290_850_615,
	7.868_691_311_456_133e-4,
	1.846_318_317_510_054_7e-5,
	1.421_511_758_316_446e-7,
	2.044_263_103_389_94e-15,
];

/// Quantile Φ⁻¹(p) for 0 < p < 1, about 16 digits; ∓∞ at and beyond 0 and 1
/// (M. J. Wichura, algorithm AS 241, Applied Statistics 37, 1988).
pub(crate) fn quantile(p: f64) -> f64 {
	let q = p - 0.5;
	if (-0.425..=0.425).contains(&q) {
		let r = 0.180_625 - q * q;
		return q * polynomial(&CENTRE_NUM, r) / polynomial(&CENTRE_DEN, r);
	}
	let tail = if q < 0.0 { p } else { 1.0 - p };
	if tail <= 0.0 {
		return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
	}
	let r = libm::sqrt(-libm::log(tail));
	let x = if r <= 5.0 {
		polynomial(&MIDDLE_NUM, r - 1.6) / polynomial(&MIDDLE_DEN, r - 1.6)
	} else {
		polynomial(&TAIL_NUM, r - 5.0) / polynomial(&TAIL_DEN, r - 5.0)
	};
	if q < 0.0 {
		-x
	} else {
		x
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn quantiles_known_to_sixteen_digits() {
		for (p, x) in [
			(0.5, 0.0),
			(0.975, 1.959_963_984_540_054),
			(0.25, -0.674_489_750_196_081_7),
			(0.001, -3.090_232_306_167_813_5),
			(1e-20, -9.262_340_089_798_408),
		] {
			assert!((quantile(p) - x).abs() < 1e-13, "{p}: {}", quantile(p));
		}
	}

	#[test]
	fn distribution_undoes_quantile() {
		for step in 1..1000 {
			let p = f64::from(step) / 1000.0;
			assert!((distribution(quantile(p)) - p).abs() < 1e-14, "{p}");
		}
	}

	#[test]
	fn the_mean_above_zero_is_that_of_the_density_cut_there() {
		for (mean, sd) in [(5.0, 1.0), (0.0, 2.0), (-3.0, 1.5), (-40.0, 30.0), (20.0, 30.0)] {
			let step = sd / 1000.0;
			let points = || (0..40_000).map(|at| step * (f64::from(at) + 0.5));
			let weighed: f64 = points().map(|x| x * density((x - mean) / sd)).sum();
			let whole: f64 = points().map(|x| density((x - mean) / sd)).sum();
			let found = mean_above_zero(mean, sd);
			assert!((found / (weighed / whole) - 1.0).abs() < 1e-5, "{mean}, {sd}: {found}");
		}
	}

	#[test]
	fn the_mean_above_zero_is_positive_however_far_below_the_density_lies() {
		let found: Vec<f64> = [-1.0, -10.0, -29.9, -30.1, -1e6].map(|mean| mean_above_zero(mean, 1.0)).to_vec();
		assert!(found.windows(2).all(|pair| pair[0] > pair[1] && pair[1] > 0.0), "{found:?}");
		assert_eq!([mean_above_zero(-2.0, 0.0), mean_above_zero(2.0, 0.0)], [0.0, 2.0]);
	}
}
