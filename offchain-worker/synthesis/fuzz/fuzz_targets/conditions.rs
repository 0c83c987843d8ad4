//! Conditions are refused, or are read again from their text, and what they leave of a group is a share.
#![no_main]

use libfuzzer_sys::fuzz_target;
use semblance_synthesis::{simulate_shaped, CohortShape, Conditions, Domain, Grouping, Schema};
use std::{
	collections::BTreeMap,
	sync::{Arc, OnceLock},
};

static COHORT: OnceLock<(Schema, Domain)> = OnceLock::new();

fuzz_target!(|text: &str| {
	let (schema, domain) = COHORT.get_or_init(|| {
		let schema = simulate_shaped(CohortShape::Census, 1, [1; 32]).expect("a cohort").schema;
		let domain = Domain::new(Arc::new(schema.clone()), &BTreeMap::new()).expect("a domain");
		(schema, domain)
	});
	if let Ok(conditions) = Conditions::parse(text, schema) {
		assert_eq!(Conditions::parse(conditions.text(), schema).as_ref(), Ok(&conditions));
		for (column, size) in domain.sizes().into_iter().enumerate() {
			let evidence = conditions.evidence(domain, column, &Grouping::identity(size));
			assert!(evidence.iter().all(|share| (0.0..=1.0).contains(share)));
		}
	}
});
