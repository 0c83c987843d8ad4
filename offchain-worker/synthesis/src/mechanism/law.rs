//! How fast rows thin out towards an end of a numeric column.
//!
//! With t = ln(rows / rank) how rare a value is, values grow as a power of t: x = a + b·(t^θ − 1)/θ (the generalised Weibull
//! tail; de Valk 2016, "Approximation of high quantiles from intermediate quantiles"). θ = 1 is an exponential tail, θ = ½
//! that of a normal distribution, θ < 0 one that ends.

/// θ towards which an estimate is drawn, for it scatters widely: between an exponential tail and that of a log-normal
/// distribution (about 1.9 at these ranks), as costs, waiting times and laboratory values have it.
const USUAL: f64 = 1.6;
/// How much of its way an estimate keeps.
const TRUST: f64 = 0.5;
/// Standard deviation of θ around that, before the counts of the tail itself are heard.
const SPREAD: f64 = 0.5;
/// Greatest |θ|.
const STEEPEST: f64 = 3.0;
/// Halvings of the interval that θ is searched in.
const HALVINGS: usize = 50;
/// Values of θ that the counts of a tail choose from, beyond the first.
const CHOICES: u32 = 120;

/// How many rows lie beyond a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Law {
	/// Rows of the column.
	all: f64,
	start: f64,
	/// Distance inwards from the start in which as many rows lie as beyond it.
	near: f64,
	/// (t^θ − 1)/θ at the start.
	from: f64,
	/// Rarity at the start, and where twice as many rows lie beyond.
	rarity: (f64, f64),
	theta: f64,
	/// Values for each unit of (t^θ − 1)/θ.
	scale: f64,
}

impl Law {
	/// A law with `rows` of `all` beyond `start`, twice as many beyond `near` less, four times as many beyond `far` less. `None` if
	/// these are not the rows of a tail.
	pub fn new(all: f64, rows: f64, start: f64, near: f64, far: f64) -> Option<Self> {
		let rarity = |factor: f64| libm::log(all / (factor * rows));
		let (t1, t2, t3) = (rarity(1.0), rarity(2.0), rarity(4.0));
		if !(rows > 0.0 && t3 > 0.05 && far > near) {
			return None;
		}
		let (mut low, mut high) = (-STEEPEST, STEEPEST);
		for _ in 0..HALVINGS {
			let middle = f64::midpoint(low, high);
			let (outer, inner) = (power(t1, middle) - power(t2, middle), power(t2, middle) - power(t3, middle));
			if outer * (far - near) < near * inner {
				low = middle;
			} else {
				high = middle;
			}
		}
		let law = Self { all, start, near, from: 0.0, rarity: (t1, t2), theta: 0.0, scale: 0.0 };
		Some(law.with(USUAL + TRUST * (f64::midpoint(low, high) - USUAL)))
	}

	/// The same start and density there with another θ.
	fn with(self, theta: f64) -> Self {
		let (from, before) = (power(self.rarity.0, theta), power(self.rarity.1, theta));
		Self { from, theta, scale: self.near / (from - before), ..self }
	}

	/// The law of the most probable θ, given noisy counts beyond the start as well: (inner end, outer end, rows) of each range,
	/// with noise of `sigma`. Counts too faint to say where rows lie still say how many there are.
	///
	/// Maximum a posteriori, with a normal prior around the θ that the clear counts lead to, and counts that scatter as a
	/// Poisson variable and their noise together.
	pub fn given(self, counted: &[(f64, f64, f64)], sigma: f64) -> Self {
		let misfit = |law: &Self| {
			let off = (law.theta - self.theta) / SPREAD;
			let of = |(inner, outer, rows): &(f64, f64, f64)| {
				let expected = law.rows(*inner) - law.rows(*outer);
				let variance = sigma * sigma + expected.max(0.0);
				(rows - expected) * (rows - expected) / variance + libm::log(variance)
			};
			off * off + counted.iter().map(of).sum::<f64>()
		};
		let step = 2.0 * STEEPEST / f64::from(CHOICES);
		let choices = (0..=CHOICES).map(|at| self.with(-STEEPEST + step * f64::from(at)));
		let weighed = std::iter::once(self).chain(choices).map(|law| (misfit(&law), law));
		// The first of equals: the law as it was.
		weighed.reduce(|best, next| if next.0 < best.0 { next } else { best }).map_or(self, |(_, law)| law)
	}

	/// The value beyond which so many rows lie.
	pub fn value(&self, rows: f64) -> f64 {
		let rarity = libm::log(self.all / rows.max(f64::MIN_POSITIVE)).max(self.rarity.0);
		self.start + self.scale * (power(rarity, self.theta) - self.from)
	}

	/// Rows beyond a value that lies outside the start.
	pub fn rows(&self, value: f64) -> f64 {
		let reached = self.from + (value - self.start) / self.scale;
		match inverse(reached, self.theta) {
			Some(rarity) => self.all * libm::exp(-rarity.max(self.rarity.0)),
			None => 0.0,
		}
	}
}

/// |θ| below which the power is a logarithm.
const FLAT: f64 = 1e-6;

/// (t^θ − 1)/θ (Box and Cox 1964).
fn power(t: f64, theta: f64) -> f64 {
	if theta.abs() < FLAT {
		libm::log(t)
	} else {
		(libm::pow(t, theta) - 1.0) / theta
	}
}

/// The t of a power; `None` beyond the end of a law that has one.
fn inverse(power: f64, theta: f64) -> Option<f64> {
	if theta.abs() < FLAT {
		return Some(libm::exp(power));
	}
	let base = 1.0 + theta * power;
	(base > 0.0).then(|| libm::pow(base, 1.0 / theta))
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Rows beyond `value` by the tail that 100,000 rows of a distribution lead to, from the values that 500, 1,000 and
	/// 2,000 of them exceed.
	fn beyond(quantile: impl Fn(f64) -> f64, value: f64) -> f64 {
		let (start, near, far) = (quantile(0.005), quantile(0.01), quantile(0.02));
		Law::new(1e5, 500.0, start, start - near, start - far).unwrap().rows(value)
	}

	#[test]
	fn a_tail_of_the_usual_shape_is_found_as_it_is() {
		let quantile = |share: f64| libm::pow(-libm::log(share), USUAL);
		for share in [1e-3, 1e-4, 1e-5] {
			let found = beyond(quantile, quantile(share));
			assert!((found / (share * 1e5) - 1.0).abs() < 1e-6, "{share}: {found}");
		}
	}

	#[test]
	fn an_exponential_tail_reaches_a_little_further_than_it_does() {
		let quantile = |share: f64| -libm::log(share);
		for (share, most) in [(1e-3, 1.2), (1e-4, 1.7), (1e-5, 3.0)] {
			let found = beyond(quantile, quantile(share)) / (share * 1e5);
			assert!((1.0..most).contains(&found), "{share}: {found}");
		}
	}

	#[test]
	fn a_tail_that_ends_and_one_that_is_heavy_reach_no_further_than_they_should() {
		// All but a hundredth of a row lie within these values, and one row in a hundred thousand near them.
		assert!(beyond(|share| 1.0 - share, 1.05) < 1.0);
		assert!(beyond(|share| libm::exp(libm::sqrt(-2.0 * libm::log(share))), 110.0) < 10.0);
		assert!(beyond(|share| libm::exp(libm::sqrt(-2.0 * libm::log(share))), 60.0) > 0.1);
	}

	#[test]
	fn faint_counts_far_out_stretch_a_tail_and_none_leave_it() {
		let quantile = |share: f64| -libm::log(share) * 1000.0;
		let (start, near, far) = (quantile(0.005), quantile(0.01), quantile(0.02));
		let law = Law::new(1e5, 500.0, start, start - near, start - far).unwrap();
		// As many rows as expected: the same law, but for the steps that θ is chosen in.
		let edges = [start, start + 1000.0, start + 3000.0, start + 20_000.0];
		let ranges = |rows: &dyn Fn(f64, f64) -> f64| -> Vec<(f64, f64, f64)> {
			edges.iter().zip(edges.iter().skip(1)).map(|(a, b)| (*a, *b, rows(*a, *b))).collect()
		};
		let same = law.given(&ranges(&|a, b| law.rows(a) - law.rows(b)), 25.0);
		assert!((same.value(1.0) / law.value(1.0) - 1.0).abs() < 0.05);
		// Sixty rows where a few were expected, with noise of 25: two and a half deviations, which alone stand for nothing.
		let more = law.given(&[(edges[1], edges[2], 150.0), (edges[2], edges[3], 150.0)], 25.0);
		assert!(more.value(1.0) > 1.2 * law.value(1.0), "{} {}", more.value(1.0), law.value(1.0));
		// Noise as large as the whole tail says nothing.
		let deaf = law.given(&ranges(&|_, _| 0.0), 1e6);
		assert_eq!(deaf.value(1.0), law.value(1.0));
	}
}
