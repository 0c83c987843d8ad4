//! The floors, independent columns and the Gaussian copula, under the questions that the other generators answer.

use semblance_synthesis::{
	encode::Conditions, fit, simulate_shaped, CohortShape, GeneratorKind, NoProgress, SynthesisError, Table,
};

#[test]
fn floors_refuse_conditions_by_name_and_sample_where_there_are_none() {
	let cohort = simulate_shaped(CohortShape::Census, 300, [3; 32]).unwrap();
	let table = Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap();
	let conditions = Conditions::parse("age >= 65, sex = female", table.schema()).unwrap();
	for kind in [GeneratorKind::Independent, GeneratorKind::GaussianCopula] {
		let model = fit(kind, &table, [1; 32], &mut NoProgress).unwrap();
		let refused = model.sample_given([2; 32], 50, &conditions, &mut NoProgress).unwrap_err();
		assert!(matches!(refused, SynthesisError::NoConditions { name } if name == kind.name()), "{refused}");
		assert!(refused.to_string().contains("Use mst, aim or tabular-lm"), "{refused}");
		let free = model.sample_given([2; 32], 50, &Conditions::none(), &mut NoProgress).unwrap();
		assert_eq!(free.to_canonical_csv(), model.sample([2; 32], 50, &mut NoProgress).unwrap().to_canonical_csv());
	}
}
