//! Columns with a hundred thousand different values: numbers are learnt in bins, text is refused by name with a remedy.

use semblance_synthesis::{
	fit, ColumnKind, GeneratorKind, InferOptions, InputError, NoProgress, Schema, Table, MAX_LEVELS,
};

const MANY: usize = 100_000;
const NETWORKS: [GeneratorKind; 2] = [GeneratorKind::TabularLm, GeneratorKind::Ctgan];

fn declared(levels: usize) -> String {
	let levels: Vec<String> = (0..levels).map(|level| format!("\"L{level}\"")).collect();
	one_column(&format!(r#"{{"type":"categorical","levels":[{}]}}"#, levels.join(",")))
}

fn one_column(kind: &str) -> String {
	format!(
		r#"{{"format":1,"name":"n","patient_column":null,"target":null,"missing_markers":[],"columns":[
		{{"name":"code","kind":{kind},"unit":null,"missing":false,"role":"attribute"}}]}}"#
	)
}

#[test]
fn text_of_too_many_levels_is_refused_by_name() {
	let rows: String = (0..2 * MANY).map(|row| format!("L{}\n", row % MANY)).collect();
	let infer = |target: Option<String>| {
		let options = InferOptions { target, ..InferOptions::default() };
		Schema::infer(format!("code\n{rows}").as_bytes(), "ward.csv", &options)
	};
	// Nobody asks for it: taken for an identifier, which is not synthesised.
	assert!(matches!(infer(None).unwrap().schema.columns[0].kind, ColumnKind::Identifier));
	let error = infer(Some("code".into())).unwrap_err();
	assert!(matches!(error, InputError::TooManyLevels { limit: MAX_LEVELS, .. }), "{error}");
	let text = error.to_string();
	assert!(["ward.csv", "\"code\"", "Group them"].iter().all(|word| text.contains(word)), "{text}");

	let error = Schema::from_json(declared(MANY).as_bytes()).unwrap_err().to_string();
	assert!(["code", "100000 levels", "10000"].iter().all(|word| error.contains(word)), "{error}");
}

#[test]
fn as_many_levels_as_are_allowed_share_tokens() {
	let schema = Schema::from_json(declared(MAX_LEVELS).as_bytes()).unwrap();
	let rows: String = (0..3_000).map(|row| format!("L{}\n", row * 3)).collect();
	let table = Table::parse_csv(format!("code\n{rows}").as_bytes(), "ward.csv", &schema).unwrap();
	for kind in NETWORKS {
		let model = fit(kind, &table, [1; 32], &mut NoProgress).unwrap();
		assert_eq!(model.sample([2; 32], 100, &mut NoProgress).unwrap().rows(), 100, "{kind}");
	}
}

#[test]
fn numbers_of_a_hundred_thousand_values_are_learnt_in_bins() {
	let schema = one_column(r#"{"type":"integer","min":0,"max":999999}"#);
	let rows: String = (0..MANY).map(|row| format!("{}\n", row * 7)).collect();
	let schema = Schema::from_json(schema.as_bytes()).unwrap();
	let table = Table::parse_csv(format!("code\n{rows}").as_bytes(), "ward.csv", &schema).unwrap();
	let model = fit(GeneratorKind::TabularLm, &table, [1; 32], &mut NoProgress).unwrap();
	let made = model.sample([2; 32], 4_000, &mut NoProgress).unwrap();
	let codes: Vec<i64> = made.codes(0).unwrap().iter().flatten().copied().collect();
	let mean = codes.iter().sum::<i64>() as f64 / codes.len() as f64;
	assert_eq!(codes.len(), 4_000);
	assert!((mean - 350_000.0).abs() < 35_000.0, "{mean}");
}
