//! The accountant of training against Opacus, whose values `benches/parity/opacus_rdp.py` froze.

use semblance_synthesis::privacy::{epsilon_of_rdp, subsampled_gaussian_cost, subsampled_gaussian_rdp};
use serde::Deserialize;

/// The chain's module, which does not depend on the chain.
macro_rules! record {
	($($(#[$meta:meta])* $vis:vis $kind:ident $name:ident $body:tt)+) => {$(
		$(#[$meta])* #[derive(Clone, Debug)] #[allow(dead_code)] $vis $kind $name $body
	)+};
}
#[allow(dead_code)] // A part of it is enough here.
#[path = "../../../primitives/src/privacy.rs"]
mod conversion;

#[derive(Deserialize)]
struct Opacus {
	/// Rate, noise multiplier, order, divergence.
	rdp: Vec<[f64; 4]>,
	/// Rate, noise multiplier, steps, ε at 1e-5, best order.
	spending: Vec<[f64; 5]>,
}

fn opacus() -> Opacus {
	serde_json::from_str(include_str!("fixtures/opacus_rdp.json")).unwrap()
}

#[test]
fn divergences_are_those_of_opacus_to_a_millionth() {
	let cells = opacus().rdp;
	assert!(cells.len() > 900);
	for [rate, noise, order, theirs] in cells {
		let ours = subsampled_gaussian_rdp(rate, noise, order);
		let difference = (ours - theirs).abs() / theirs;
		assert!(difference < 1e-6, "rate {rate}, noise {noise}, order {order}: {ours}, Opacus {theirs}");
	}
}

#[test]
fn epsilon_at_the_best_order_is_that_of_opacus() {
	for [rate, noise, steps, theirs, order] in opacus().spending {
		let ours = epsilon_of_rdp(order, steps * subsampled_gaussian_rdp(rate, noise, order), -5.0 * 10f64.ln());
		assert!((ours - theirs).abs() < 1e-6, "rate {rate}, noise {noise}: {ours}, Opacus {theirs}");
	}
}

#[test]
fn the_epsilon_that_the_chain_states_covers_the_one_of_opacus() {
	for [rate, noise, steps, theirs, _] in opacus().spending {
		let cost =
			subsampled_gaussian_cost((rate * 1e6) as u32, (noise * 1e3).floor() as u64, steps as u32, 5).unwrap();
		let stated = conversion::epsilon_micro(cost.div_ceil(1_000), 5) as f64 / 1e6;
		assert!(stated >= theirs - 1e-6, "{stated} < {theirs}");
		// One order stands for all: little is lost where divergences are nearly multiples of it, more where noise is small.
		let loss = if noise > 1.5 { 1.03 } else { 1.2 };
		assert!(stated <= theirs * loss, "{stated} > {theirs}");
	}
}

#[test]
fn training_and_counts_add_up_as_the_chain_adds_them() {
	// 0.02 for counts, which are zCDP, beside training: at every order up to the chain's, both together stay below ρα.
	let cost = subsampled_gaussian_cost(60_000, 2_258, 300, 5).unwrap() as f64 / 1e9;
	let total = cost + 0.02;
	let stated = conversion::epsilon_micro((total * 1e6).ceil() as u64, 5) as f64 / 1e6;
	let direct = (1..3_000)
		.map(|step| 1.0 + f64::from(step) / 100.0)
		.map(|order| {
			let rdp = 300.0 * subsampled_gaussian_rdp(0.06, 2.258, order) + 0.02 * order;
			epsilon_of_rdp(order, rdp, -5.0 * 10f64.ln())
		})
		.fold(f64::INFINITY, f64::min);
	assert!(stated >= direct, "{stated} < {direct}");
	assert!(stated <= direct * 1.02, "{stated} > {direct}");
}
