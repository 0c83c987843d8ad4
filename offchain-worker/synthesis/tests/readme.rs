//! The README lists every metric by its number.

use semblance_synthesis::{GeneratorKind, MetricId, ReproducibleBy};

#[test]
fn the_readme_lists_every_metric_and_generator() {
	let readme = include_str!("../README.md");
	for id in MetricId::ALL {
		let who = match id.reproducible_by() {
			ReproducibleBy::Anyone => "anyone",
			ReproducibleBy::Custodian => "custodian",
		};
		let line = format!("| {} | {} | {who} | {} |", id.number(), id.title(), id.explanation());
		assert!(readme.contains(&line), "{line}");
	}
	for kind in GeneratorKind::ALL {
		assert!(readme.contains(&format!("| `{kind}` |")));
	}
}
