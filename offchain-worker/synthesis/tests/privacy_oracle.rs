//! Privacy costs against OpenDP, which derives them on its own.

use opendp::{
	combinators::make_zCDP_to_approxDP,
	core::Measurement,
	domains::{AtomDomain, VectorDomain},
	measurements::{make_gaussian, make_noisy_max},
	measures::{MaxDivergence, ZeroConcentratedDivergence},
	metrics::{L2Distance, LInfDistance},
};
use semblance_synthesis::privacy::{exponential_cost, gaussian_cost};

/// The chain's module, which does not depend on the chain.
macro_rules! record {
	($($(#[$meta:meta])* $vis:vis $kind:ident $name:ident $body:tt)+) => {$(
		$(#[$meta])* #[derive(Clone, Debug)] #[allow(dead_code)] $vis $kind $name $body
	)+};
}
#[path = "../../../primitives/src/privacy.rs"]
#[allow(dead_code, reason = "the oracle needs the conversion only")]
mod conversion;

type Vectors = VectorDomain<AtomDomain<i64>>;

fn vectors() -> Vectors {
	VectorDomain::new(AtomDomain::<i64>::default())
}

fn gaussian(sigma_milli: u64) -> Measurement<Vectors, L2Distance<f64>, ZeroConcentratedDivergence, Vec<i64>> {
	make_gaussian(vectors(), L2Distance::<f64>::default(), sigma_milli as f64 / 1_000.0, None).unwrap()
}

/// Our cost in nano is theirs, rounded up. Theirs carries rounding of its own, upwards.
fn same_cost(ours: u64, theirs: f64) {
	let difference = ours as f64 - theirs * 1e9;
	assert!((-1e-6 * theirs * 1e9..=1.0 + 1e-6).contains(&difference), "{ours} nano-rho and OpenDP's {theirs}");
}

#[test]
fn the_discrete_gaussian_costs_what_opendp_says() {
	for (sensitivity, sigma_milli) in [(1, 10_000), (1, 777), (3, 7_000), (12, 123_456), (100, 5_000), (1, 40_000_000)]
	{
		let theirs = gaussian(sigma_milli).map(&f64::from(sensitivity)).unwrap();
		same_cost(gaussian_cost(sensitivity, sigma_milli).unwrap(), theirs);
	}
}

#[test]
fn the_exponential_mechanism_costs_what_opendp_says_of_gumbel_noise() {
	// The maximum after Gumbel noise of scale 2Δ/ε is the exponential mechanism.
	for (sensitivity, epsilon_nano) in [(1i64, 100_000_000u64), (2, 1_000_000_000), (5, 31_415_926), (1, 7_000_000_000)]
	{
		let epsilon = epsilon_nano as f64 / 1e9;
		let scale = 2.0 * sensitivity as f64 / epsilon;
		let metric = LInfDistance::<i64>::default;
		let pure = make_noisy_max(vectors(), metric(), MaxDivergence, scale, false).unwrap();
		assert!((pure.map(&sensitivity).unwrap() - epsilon).abs() < 1e-9 * epsilon);
		let concentrated = make_noisy_max(vectors(), metric(), ZeroConcentratedDivergence, scale, false).unwrap();
		same_cost(exponential_cost(epsilon_nano).unwrap(), concentrated.map(&sensitivity).unwrap());
	}
}

#[test]
fn epsilon_is_what_opendp_says_rounded_up() {
	for sigma_milli in [300, 1_000, 2_500, 4_000, 10_000, 50_000, 250_000] {
		let rho_micro = gaussian_cost(1, sigma_milli).unwrap().div_ceil(1_000);
		let sigma = (0.5 / (rho_micro as f64 / 1e6)).sqrt();
		let noise =
			make_gaussian::<_, _, ZeroConcentratedDivergence>(vectors(), L2Distance::<f64>::default(), sigma, None);
		let profile = make_zCDP_to_approxDP(noise.unwrap()).unwrap().map(&1.0).unwrap();
		for exponent in [1u8, 5, 6, 9] {
			let theirs = profile.epsilon(10f64.powi(-i32::from(exponent))).unwrap();
			let ours = conversion::epsilon_micro(rho_micro, exponent) as f64 / 1e6;
			let difference = ours - theirs;
			assert!(
				(-1e-9 * (1.0 + theirs)..=2e-6 * (1.0 + theirs)).contains(&difference),
				"rho {rho_micro}, delta 1e-{exponent}: {ours} and OpenDP's {theirs}"
			);
		}
	}
}
