//! Schemas with refinements, encoding to levels and decoding under constraints and conditions.

use proptest::prelude::*;
use semblance_synthesis::{
	bound_rows_per_patient, decode, simulate, Column, ColumnKind, ColumnRole, Conditions, Constraint, Domain,
	EncodeError, Grouping, Hierarchy, InferOptions, LevelKind, NotApplicable, Schema, SchemaError, Source, Table,
	MAX_LEVELS, SCHEMA_FORMAT,
};
use std::{collections::BTreeMap, sync::Arc};

fn integer(name: &str, min: i64, max: i64) -> Column {
	Column { missing: true, ..Column::new(name, ColumnKind::Integer { min, max }) }
}

fn category(name: &str, levels: &[&str]) -> Column {
	Column::new(name, ColumnKind::Categorical { levels: levels.iter().map(ToString::to_string).collect() })
}

fn implication(condition: &str, consequence: &str) -> Constraint {
	Constraint::Implication { condition: condition.into(), consequence: consequence.into() }
}

fn at_most(lower: &str, upper: &str) -> Constraint {
	Constraint::AtMost { lower: lower.into(), upper: upper.into() }
}

fn schema(columns: Vec<Column>, constraints: Vec<Constraint>) -> Schema {
	Schema {
		format: SCHEMA_FORMAT,
		name: "stay".into(),
		patient_column: None,
		time_column: None,
		target: None,
		missing_markers: Vec::new(),
		columns,
		constraints,
	}
}

/// A stay in hospital: three ordered days, an age with spikes and a code that does not apply, deaths and discharges.
fn stay() -> Schema {
	let age = Column {
		bins: vec![18, 40, 65],
		spikes: vec![0, 50],
		not_applicable: vec![NotApplicable::Code(150)],
		..integer("age", 0, 150)
	};
	let grade = Column {
		ordered: true,
		not_applicable: vec![NotApplicable::Level("none".into())],
		..category("grade", &["none", "mild", "moderate", "severe"])
	};
	let code = Column { hierarchy: Some(Hierarchy::Icd10), ..category("dx", &["A41.9", "A41.0", "I50.9", "other"]) };
	schema(
		vec![
			Column::new("id", ColumnKind::Identifier),
			age,
			integer("icu_days", 0, 40),
			integer("ward_days", 0, 400),
			integer("all_days", 0, 1_000),
			category("death", &["no", "yes"]),
			category("discharge", &["home", "ward", "dead"]),
			grade,
			code,
		],
		vec![
			implication("death = yes", "discharge = dead"),
			implication("discharge = dead", "death = yes"),
			implication("age < 18", "grade in {none, mild}"),
			at_most("icu_days", "ward_days"),
			at_most("ward_days", "all_days"),
		],
	)
}

fn domain(schema: &Schema) -> Domain {
	let cuts = Domain::open_columns(schema).unwrap().into_iter().map(|open| {
		let step = ((open.high - open.low) / 12).max(1);
		let cuts = (1..12).map(|n| open.low + n * step).filter(|cut| *cut <= open.high).collect();
		(open.column, cuts)
	});
	Domain::new(Arc::new(schema.clone()), &cuts.collect()).unwrap()
}

fn identity(domain: &Domain) -> Vec<Grouping> {
	domain.sizes().into_iter().map(Grouping::identity).collect()
}

/// Neighbouring levels of one class in groups of up to `size`.
fn neighbours(domain: &Domain, size: usize) -> Vec<Grouping> {
	let group = |column: usize| {
		let mut groups: Vec<Vec<(u32, u32)>> = Vec::new();
		for level in 0..domain.sizes()[column] as u32 {
			match groups.last_mut() {
				Some(group)
					if group.len() < size && domain.class(column, group[0].0) == domain.class(column, level) =>
				{
					group.push((level, 1 + level % 5));
				},
				_ => groups.push(vec![(level, 3)]),
			}
		}
		Grouping { groups }
	};
	(0..domain.columns()).map(group).collect()
}

/// A row of groups without forbidden pairs and with evidence, by trying at random: what a model samples.
fn sampled(
	domain: &Domain,
	groupings: &[Grouping],
	conditions: &Conditions,
	rows: usize,
	mut random: u64,
) -> Vec<Vec<u32>> {
	let mut next = move |bound: usize| {
		random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		(random >> 33) as usize % bound
	};
	let evidence: Vec<Vec<f64>> =
		groupings.iter().enumerate().map(|(at, grouping)| conditions.evidence(domain, at, grouping)).collect();
	let pairs = domain.constrained_pairs();
	let forbidden = |row: &[usize]| {
		pairs.iter().any(|(a, b)| {
			let members = |at: usize| &groupings[at].groups[row[at]];
			members(*a).iter().all(|(x, _)| members(*b).iter().all(|(y, _)| domain.forbidden(*a, *x, *b, *y)))
		})
	};
	let mut codes = vec![Vec::new(); domain.columns()];
	while codes[0].len() < rows {
		let row: Vec<usize> = groupings.iter().map(|grouping| next(grouping.groups.len())).collect();
		let possible = row.iter().zip(&evidence).all(|(group, evidence)| evidence[*group] > 0.0);
		if possible && !forbidden(&row) {
			for (column, group) in codes.iter_mut().zip(row) {
				column.push(group as u32);
			}
		}
	}
	codes
}

#[test]
fn schemas_without_refinements_keep_their_bytes_and_digest() {
	let old = br#"{"columns":[{"kind":{"type":"identifier"},"missing":false,"name":"id","role":"identifier","unit":null},{"kind":{"max":1200,"min":0,"scale":1,"type":"decimal"},"missing":true,"name":"age","role":"quasi","unit":"a"}],"format":1,"missing_markers":["NA"],"name":"n","patient_column":"id","target":"age"}"#;
	let schema = Schema::from_json(old).unwrap();
	assert_eq!(schema.to_canonical_json(), old);
	assert_eq!(hex::encode(schema.digest()), OLD);
}

const OLD: &str = "656181150f0e31387ab94e9059c83cf278e9b3fed7b3da69db4541ffe3e5636c";

#[test]
fn refinements_are_written_and_read_back() {
	let stay = stay();
	let json = String::from_utf8(stay.to_canonical_json()).unwrap();
	for part in [
		r#""bins":[18,40,65]"#,
		r#""spikes":[0,50]"#,
		r#""not_applicable":[150]"#,
		r#""not_applicable":["none"]"#,
		r#""hierarchy":"icd-10""#,
		r#""ordered":true"#,
		r#"{"if":"death = yes","then":"discharge = dead"}"#,
		r#"{"at_most":["icu_days","ward_days"]}"#,
	] {
		assert!(json.contains(part), "{part} is not in {json}");
	}
	assert_eq!(Schema::from_json(json.as_bytes()).unwrap(), stay);
	let prefixes = json.replace("\"icd-10\"", r#"{"prefixes":[3,1]}"#);
	let read = Schema::from_json(prefixes.as_bytes()).unwrap();
	assert_eq!(read.column("dx").unwrap().hierarchy, Some(Hierarchy::Prefixes(vec![3, 1])));
}

#[test]
fn refinements_that_do_not_fit_name_the_column_and_the_value() {
	let refused = |column: Column, words: &[&str]| {
		let error = schema(vec![column, category("sex", &["f", "m"])], Vec::new()).validate().unwrap_err().to_string();
		for word in words {
			assert!(error.contains(word), "{word:?} is not in {error:?}");
		}
	};
	let age = integer("age", 0, 120);
	refused(Column { bins: vec![18, 121], ..age.clone() }, &["age", "bin 121", "outside"]);
	refused(Column { bins: vec![0], ..age.clone() }, &["bin 0", "first starts at 0"]);
	refused(Column { bins: vec![40, 18], ..age.clone() }, &["[40, 18]", "ascend"]);
	refused(Column { spikes: vec![-1], ..age.clone() }, &["spike -1", "Widen"]);
	refused(Column { spikes: vec![5, 5], ..age.clone() }, &["[5, 5]", "repetitions"]);
	refused(Column { not_applicable: vec![NotApplicable::Code(999)], ..age.clone() }, &["999", "Declare"]);
	refused(Column { not_applicable: vec![NotApplicable::Level("x".into())], ..age.clone() }, &["\"x\""]);
	refused(
		Column { spikes: vec![9], not_applicable: vec![NotApplicable::Code(9)], ..age.clone() },
		&["9 ", "once more"],
	);
	refused(Column { ordered: true, ..age.clone() }, &["ordered", "category"]);
	refused(Column { hierarchy: Some(Hierarchy::Icd10), ..age.clone() }, &["hierarchy", "category"]);
	let level = category("level", &["a", "b"]);
	refused(Column { bins: vec![1], ..level.clone() }, &["bins", "number"]);
	refused(Column { spikes: vec![1], ..level.clone() }, &["spikes", "number"]);
	for lengths in [vec![], vec![1, 3], vec![3, 3], vec![0]] {
		refused(Column { hierarchy: Some(Hierarchy::Prefixes(lengths)), ..level.clone() }, &["prefixes", "[3,1]"]);
	}
	refused(Column { spikes: vec![1], ..Column::new("id", ColumnKind::Identifier) }, &["spikes"]);
}

#[test]
fn constraints_that_cannot_hold_are_refused_with_their_number() {
	let columns = || {
		let mut days = vec![integer("a", 0, 9), integer("b", 0, 9), integer("c", 0, 9), integer("late", 20, 30)];
		days.iter_mut().for_each(|column| column.missing = false);
		let text = [category("x", &["0", "1"]), category("y", &["0", "1"]), Column::new("id", ColumnKind::Identifier)];
		[days, text.to_vec()].concat()
	};
	let refused = |constraints: Vec<Constraint>, words: &[&str]| {
		let error = schema(columns(), constraints).validate().unwrap_err();
		assert!(matches!(error, SchemaError::Constraint { .. } | SchemaError::Column { .. }), "{error:?}");
		for word in words {
			assert!(error.to_string().contains(word), "{word:?} is not in {error}");
		}
	};
	refused(vec![at_most("a", "b"), at_most("b", "c"), at_most("c", "a")], &["constraint", "circle"]);
	refused(vec![at_most("a", "a")], &["constraint 1", "itself"]);
	refused(vec![at_most("a", "z")], &["constraint 1", "\"z\""]);
	refused(vec![at_most("a", "x")], &["not comparable"]);
	refused(vec![at_most("x", "y")], &["not comparable", "ordered"]);
	refused(vec![at_most("late", "a")], &["no value"]);
	refused(vec![implication("a = 1", "z = 1")], &["constraint 1", "\"z\"", "no such column"]);
	refused(vec![implication("id = 1", "a = 1")], &["identifier"]);
	refused(vec![implication("a = 1", "a = 2")], &["one column"]);
	refused(vec![implication("a = 1", "b = 77")], &["\"then\""]);
	refused(vec![implication("a is missing", "b = 7")], &["\"if\""]);
	refused(vec![implication("a = 1, b = 2", "c = 7")], &["exactly one"]);
	refused(vec![implication("a = ", "c = 7")], &["expected a value"]);
	refused(vec![implication("x > 0", "c = 7")], &["no order"]);
	let both = ["x = 0", "x = 1"].map(|x| [implication(x, "y = 0"), implication(x, "y = 1")]).concat();
	refused(both, &["column", "no value"]);
	refused(vec![at_most("a", "b"); 257], &["257"]);
	for text in [r#"{"if":"a = 1"}"#, r#"{"at_most":["a","b"],"if":"a = 1"}"#, r#"{}"#, r#"{"at_most":["a"]}"#] {
		let json = String::from_utf8(schema(columns(), vec![at_most("a", "b")]).to_canonical_json()).unwrap();
		let json = json.replace(r#"{"at_most":["a","b"]}"#, text);
		assert!(matches!(Schema::from_json(json.as_bytes()), Err(SchemaError::Json { .. })), "{text}");
	}
}

#[test]
fn what_was_read_off_the_data_is_refused_until_a_person_confirms_it() {
	let cohort = simulate(50, [1; 32]).unwrap();
	let mut inferred = Schema::infer(&cohort.csv, "cohort.csv", &InferOptions::default()).unwrap().schema;
	assert!(inferred.columns.iter().all(|column| column.is_identifier() || column.source == Some(Source::Observed)));
	let error = Domain::require_declared(&inferred).unwrap_err();
	assert!(matches!(&error, EncodeError::Observed { column } if column == "visit"), "{error}");
	assert!(error.to_string().contains("Confirm"));
	inferred.confirm();
	assert_eq!(Domain::require_declared(&inferred), Ok(()));
	assert!(!String::from_utf8(inferred.to_canonical_json()).unwrap().contains("source"));
}

#[test]
fn levels_are_bins_then_special_codes_then_missing() {
	let domain = domain(&stay());
	let age = domain.column(0).unwrap();
	let bounds: Vec<_> = (0..age.size() as u32).map(|level| age.bounds(level)).collect();
	let expected = [(1, 17), (18, 39), (40, 49), (51, 64), (65, 149), (0, 0), (50, 50), (150, 150)];
	assert_eq!(bounds, [&expected.map(Some)[..], &[None]].concat());
	let kinds: Vec<_> = (5..9).map(|level| age.kind(level).unwrap()).collect();
	assert_eq!(kinds, [LevelKind::Spike, LevelKind::Spike, LevelKind::NotApplicable, LevelKind::Missing]);
	let classes: Vec<u32> = (0..9).map(|level| domain.class(0, level)).collect();
	assert_eq!(classes, [0, 1, 1, 1, 1, 2, 3, 4, 5], "an implication tells those below 18 apart");
	// At most 64 possible codes: one level each; more: cut privately.
	assert_eq!(domain.sizes()[1], 42);
	let open: Vec<usize> = Domain::open_columns(&stay()).unwrap().iter().map(|open| open.column).collect();
	assert_eq!(open, [2, 3]);
	assert!(domain.ordered(0) && domain.ordered(6) && !domain.ordered(5));
	assert_eq!(domain.constrained_pairs(), [(0, 6), (1, 2), (1, 3), (2, 3), (4, 5)]);
}

#[test]
fn forbidden_pairs_are_those_that_the_constraints_exclude() {
	let domain = domain(&stay());
	for death in 0..2 {
		for discharge in 0..3 {
			let forbidden = (death == 1) != (discharge == 2);
			assert_eq!(domain.forbidden(4, death, 5, discharge), forbidden);
			assert_eq!(domain.forbidden(5, discharge, 4, death), forbidden);
		}
	}
	// Level 40 of icu_days is the code 40; the first bin of ward_days ends before 40, missing is never forbidden.
	assert!(domain.forbidden(1, 40, 2, 0) && domain.forbidden(2, 0, 1, 40));
	assert!(!domain.forbidden(1, 40, 2, domain.sizes()[2] as u32 - 1) && !domain.forbidden(1, 41, 2, 0));
}

#[test]
fn diagnoses_have_category_and_chapter_as_ancestors() {
	let domain = domain(&stay());
	let ancestors: Vec<Vec<u32>> = (0..4).map(|level| domain.ancestors(7, level)).collect();
	assert!(ancestors.iter().all(|ids| ids.len() == 2));
	assert_eq!(ancestors[0], ancestors[1]);
	assert!(ancestors[0][0] != ancestors[2][0] && ancestors[0][1] != ancestors[2][1]);
	assert!(ancestors[3][1] != ancestors[0][1] && ancestors[3][1] != ancestors[2][1]);
	assert!(domain.ancestors(0, 0).is_empty());
}

#[test]
fn cut_points_that_make_no_bins_are_refused() {
	let schema = Arc::new(stay());
	for (column, cuts, word) in [
		(0, vec![5], "fixes its bins"),
		(2, vec![0], "cut point 0"),
		(2, vec![401], "cut point 401"),
		(2, vec![7, 7], "ascend"),
		(99, vec![1], "no column 99"),
	] {
		let error = Domain::new(Arc::clone(&schema), &BTreeMap::from([(column, cuts)])).unwrap_err();
		assert!(matches!(error, EncodeError::Cuts { .. }) && error.to_string().contains(word), "{error}");
	}
	let wide = self::schema(vec![integer("n", 0, 1_000_000)], Vec::new());
	let error = Domain::new(Arc::new(wide), &BTreeMap::from([(0, (1..100_000).collect())])).unwrap_err();
	assert!(matches!(error, EncodeError::TooManyLevels { found: 99_999, limit: MAX_LEVELS, .. }), "{error}");
	let only = self::schema(vec![Column::new("id", ColumnKind::Identifier)], Vec::new());
	assert_eq!(Domain::new(Arc::new(only), &BTreeMap::new()), Err(EncodeError::NoColumns));
}

#[test]
fn a_hundred_thousand_levels_are_refused_and_ten_thousand_encoded() {
	let many = |count: usize| {
		let levels = (0..count).map(|n| format!("L{n}")).collect();
		schema(vec![Column { missing: true, ..Column::new("code", ColumnKind::Categorical { levels }) }], Vec::new())
	};
	let error = Domain::new(Arc::new(many(100_000)), &BTreeMap::new()).unwrap_err();
	assert!(matches!(error, EncodeError::Schema(SchemaError::Column { .. })) && error.to_string().contains("100000"));
	assert_eq!(domain(&many(MAX_LEVELS)).sizes(), [MAX_LEVELS + 1]);
}

#[test]
fn conditions_are_read_as_people_write_them() {
	let stay = stay();
	let same = |a: &str, b: &str| {
		let (a, b) = (Conditions::parse(a, &stay).unwrap(), Conditions::parse(b, &stay).unwrap());
		let domain = domain(&stay);
		for (column, grouping) in identity(&domain).iter().enumerate() {
			assert_eq!(a.evidence(&domain, column, grouping), b.evidence(&domain, column, grouping), "{a:?} {b:?}");
		}
	};
	same("age >= 65, death = no", "death == no AND age ≥ 65");
	same("age > 64.5", "age >= 65");
	same("age<65", "age <= 64");
	same("dx in {A41.9, 'I50.9'}", "\"dx\" not in { A41.0, other }");
	same("age is not missing", "age is present");
	same("grade > mild", "grade in {moderate, severe}");
	same("grade != mild", "grade in {moderate, severe}");
	same("grade is not applicable", "grade = none");
	same("discharge != dead", "death = no");
	same("", "   ");
	assert!(Conditions::parse(" ", &stay).unwrap().is_none() && Conditions::none().is_none());
	let conditions = Conditions::parse("death = yes", &stay).unwrap();
	assert_eq!(conditions.columns().collect::<Vec<_>>(), ["death", "discharge"], "follows through constraints");
}

#[test]
fn texts_that_are_no_conditions_say_what_and_where() {
	let stay = stay();
	for (text, word) in [
		("age", "expected a comparison"),
		("age >=", "expected a value"),
		(">= 5", "character 1"),
		("age >= 5 death = no", "\"5 death\""),
		("age >= 5,", "expected a column"),
		("age >= 5 or 3", "expected \"missing\""),
		("age between 5", "\"age between 5\""),
		("ages >= 5", "no such column"),
		("id = 7", "identifier"),
		("age = x", "\"x\" is not a number"),
		("age = 5.5", "at most 0 decimals"),
		("death = maybe", "2 declared levels"),
		("death > no", "no order"),
		("dx in {A41.9", "a comma or }"),
		("dx in {}", "expected a value"),
		("dx in A41.9", "expected {"),
		("\"age >= 5", "closing quote"),
		("age is old", "expected \"missing\""),
		("age > 900", "no cell"),
		("age < 5 and age > 9", "no cell"),
		("death = yes, discharge = home", "no cell"),
		("age = 10, grade = severe", "no cell"),
		("icu_days >= 30, all_days < 30, ward_days is present", "no cell"),
	] {
		let error = Conditions::parse(text, &stay).unwrap_err().to_string();
		assert!(error.contains(word), "{text:?}: {word:?} is not in {error:?}");
	}
	assert!(Conditions::parse(&"x".repeat(70_000), &stay).unwrap_err().to_string().contains("70000"));
}

#[test]
fn evidence_is_the_share_of_a_groups_weight_that_is_allowed() {
	let stay = stay();
	let domain = domain(&stay);
	let conditions = Conditions::parse("age >= 60, age < 100 or missing", &stay).unwrap();
	// Bins 51–64 (5 of 14 codes) and 65–149 (35 of 85 codes).
	let grouping = Grouping { groups: vec![vec![(3, 1), (4, 3)], vec![(6, 1)], vec![(8, 1)], vec![(7, 2)]] };
	let evidence = conditions.evidence(&domain, 0, &grouping);
	let expected = (5.0 / 14.0 + 3.0 * 35.0 / 85.0) / 4.0;
	assert!((evidence[0] - expected).abs() < 1e-12, "{evidence:?}");
	assert_eq!(evidence[1..], [0.0, 0.0, 0.0], "`or missing` belongs to its own condition");
	let either = Conditions::parse("age >= 60 or missing", &stay).unwrap();
	assert_eq!(either.evidence(&domain, 0, &grouping)[1..], [0.0, 1.0, 0.0]);
	assert_eq!(Conditions::none().evidence(&domain, 0, &grouping), [1.0; 4]);
}

#[test]
fn draws_follow_weights_and_are_uniform_within_a_bin() {
	let schema = schema(vec![Column { bins: vec![10], ..integer("n", 0, 29) }], Vec::new());
	let domain = domain(&schema);
	let groupings = [Grouping { groups: vec![vec![(0, 1), (1, 3)]] }];
	let conditions = Conditions::parse("n >= 5, n < 20", &schema).unwrap();
	let table = decode(&domain, &groupings, &[vec![0; 40_000]], &conditions, &[7; 32]).unwrap();
	let mut counts = [0u32; 30];
	table.codes(0).unwrap().iter().for_each(|code| counts[code.unwrap() as usize] += 1);
	assert!(counts[..5].iter().chain(&counts[20..]).all(|count| *count == 0));
	// Half of weight 1 on 5 codes, half of weight 3 on 10 codes.
	assert!(counts[5..10].iter().all(|count| (1_850..2_150).contains(count)), "{counts:?}");
	assert!(counts[10..20].iter().all(|count| (2_840..3_160).contains(count)), "{counts:?}");
}

#[test]
fn decoding_is_a_function_of_its_seed_and_shorter_tables_begin_longer_ones() {
	let domain = domain(&stay());
	let groupings = neighbours(&domain, 4);
	let codes = sampled(&domain, &groupings, &Conditions::none(), 9_000, 5);
	let draw = |rows: usize, seed| {
		let codes: Vec<Vec<u32>> = codes.iter().map(|column| column[..rows].to_vec()).collect();
		decode(&domain, &groupings, &codes, &Conditions::none(), &[seed; 32]).unwrap()
	};
	let all = draw(9_000, 1);
	assert_eq!(all, draw(9_000, 1));
	assert_ne!(all, draw(9_000, 2));
	assert_eq!(all.select(&(0..8_500).collect::<Vec<_>>()).unwrap(), draw(8_500, 1));
	assert_eq!(hex::encode(sha3(&all.to_canonical_csv())), DECODED);
}

const DECODED: &str = "764e2ee332b5df44b9ed564fca14f545b6a70dc51d2d484cb6a538d7666e808e";

fn sha3(bytes: &[u8]) -> [u8; 32] {
	use sha3::Digest;
	sha3::Sha3_256::digest(bytes).into()
}

#[test]
fn groups_that_break_the_contract_are_refused() {
	let stay = stay();
	let domain = domain(&stay);
	let groupings = identity(&domain);
	let good = sampled(&domain, &groupings, &Conditions::none(), 3, 1);
	let with = |column: usize, group: u32| {
		let mut codes = good.clone();
		codes[column][1] = group;
		decode(&domain, &groupings, &codes, &Conditions::none(), &[1; 32]).unwrap_err()
	};
	assert!(matches!(with(0, 99), EncodeError::Codes { .. }));
	assert!(matches!(with(4, 1 - good[4][1]), EncodeError::ForbiddenPair { row: 1, .. }));
	let short = decode(&domain, &groupings[1..], &good, &Conditions::none(), &[1; 32]).unwrap_err();
	assert!(matches!(short, EncodeError::Codes { .. }));
	let conditions = Conditions::parse("age = 50", &stay).unwrap();
	let error = decode(&domain, &groupings, &good, &conditions, &[1; 32]).unwrap_err();
	assert!(matches!(error, EncodeError::NothingLeft { .. }), "{error}");

	for (groups, word) in [
		(vec![vec![(0, 1), (1, 1)]], "classes"),
		(vec![vec![(0, 0)]], "no weight"),
		(vec![vec![]], "no weight"),
		(vec![vec![(1, 1)], vec![(1, 1)]], "two groups"),
		(vec![vec![(77, 1)]], "level 77"),
	] {
		let error = Grouping { groups }.check(&domain, 0).unwrap_err().to_string();
		assert!(error.contains(word), "{error}");
	}
	let other = simulate(5, [1; 32]).unwrap();
	let table = Table::parse_csv(&other.csv, "c.csv", &other.schema).unwrap();
	assert_eq!(domain.encode(&table), Err(EncodeError::SchemaMismatch));
}

/// a ≤ b ≤ c, where a spike of b cuts a gap into its levels.
fn chain(spikes: &[i64]) -> (Schema, Vec<Option<i64>>) {
	let days = |name, spikes: &[i64]| Column { spikes: spikes.to_vec(), ..integer(name, 0, 9) };
	let columns = vec![days("a", spikes), days("b", &[5]), days("c", spikes)];
	let schema = schema(columns, vec![at_most("a", "b"), at_most("b", "c")]);
	let domain = domain(&schema);
	// b is 4 or 6, a and c are 5: no two of them exclude each other, all three do.
	let level = |column: usize, code| {
		let column = domain.column(column).unwrap();
		(0..column.size() as u32).find(|level| column.bounds(*level) == Some((code, code))).unwrap()
	};
	let single = |column, code| Grouping { groups: vec![vec![(level(column, code), 1)]] };
	let around = Grouping { groups: vec![vec![(level(1, 4), 1), (level(1, 6), 1)]] };
	let groupings = [single(0, 5), around, single(2, 5)];
	let table = decode(&domain, &groupings, &vec![vec![0]; 3], &Conditions::none(), &[1; 32]).unwrap();
	assert_eq!(schema.violations(&table), [0, 0]);
	(schema, (0..3).map(|column| table.codes(column).unwrap()[0]).collect())
}

#[test]
fn chains_hold_where_groups_exclude_each_other_only_together() {
	assert_eq!(chain(&[]).1, [Some(5), Some(6), Some(6)], "c moves to the nearest level of its class");
	let row = chain(&[5]).1;
	assert_eq!(row.iter().filter(|cell| cell.is_none()).count(), 1, "a spike has no other level: {row:?}");
}

#[test]
fn violations_are_counted_by_constraint() {
	let stay = stay();
	let csv = "id,age,icu_days,ward_days,all_days,death,discharge,grade,dx\n\
		1,10,5,3,9,yes,home,severe,other\n2,150,5,,4,no,ward,severe,other\n3,10,1,2,3,yes,dead,none,other\n";
	let table = Table::parse_csv(csv.as_bytes(), "stay.csv", &stay).unwrap();
	assert_eq!(stay.violations(&table), [1, 0, 1, 1, 0], "a chain counts where it is declared");
	let conditions = Conditions::parse("age < 18", &stay).unwrap();
	assert_eq!(conditions.violations(&table), 2, "severe grades follow from no age below 18");
}

fn visits() -> Table {
	let cohort = simulate(200, [3; 32]).unwrap();
	Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).unwrap()
}

#[test]
fn no_patient_keeps_more_rows_than_allowed_whatever_their_order() {
	let table = visits();
	let bounded = bound_rows_per_patient(&table, 2, &[1; 32]).unwrap();
	let counts = |table: &Table| {
		let mut counts: BTreeMap<String, usize> = BTreeMap::new();
		table.patient_ids().unwrap().into_iter().for_each(|id| *counts.entry(id.into()).or_default() += 1);
		counts
	};
	for (patient, rows) in counts(&table) {
		assert_eq!(counts(&bounded)[&patient], rows.min(2));
	}
	let reversed = table.select(&(0..table.rows()).rev().collect::<Vec<_>>()).unwrap();
	let again = bound_rows_per_patient(&reversed, 2, &[1; 32]).unwrap();
	assert_eq!(again.select(&(0..again.rows()).rev().collect::<Vec<_>>()).unwrap(), bounded);
	assert_ne!(bound_rows_per_patient(&table, 2, &[2; 32]).unwrap(), bounded);
	assert_eq!(bound_rows_per_patient(&table, 6, &[1; 32]).unwrap(), table);
	assert_eq!(bound_rows_per_patient(&table, 0, &[1; 32]), Err(EncodeError::NoRowsPerPatient));
	let bare = table.without_identifiers();
	assert_eq!(bound_rows_per_patient(&bare, 1, &[1; 32]).unwrap(), bare);
}

#[test]
fn a_cohort_is_encoded_and_decoded_to_the_same_levels() {
	let table = visits();
	let domain = domain(table.schema());
	let levels = domain.encode(&table).unwrap();
	assert_eq!(levels.len(), domain.columns());
	let again = decode(&domain, &identity(&domain), &levels, &Conditions::none(), &[1; 32]).unwrap();
	assert_eq!(domain.encode(&again).unwrap(), levels);
	assert_eq!(again.schema(), &table.schema().without_identifiers());
}

fn any_column(name: usize) -> impl Strategy<Value = Column> {
	let role = ColumnRole::Attribute;
	let number = (-50i64..50, 0i64..300, prop::collection::btree_set(0i64..300, 0..6), 0usize..3, any::<bool>());
	prop_oneof![
		number.prop_map(move |(min, span, marks, use_as, missing)| {
			let inside: Vec<i64> =
				marks.into_iter().filter(|mark| (1..=span).contains(mark)).map(|m| m + min).collect();
			let (mut bins, mut spikes, mut not_applicable) = (Vec::new(), Vec::new(), Vec::new());
			match use_as {
				0 => bins = inside,
				1 => spikes = inside,
				_ => not_applicable = inside.into_iter().map(NotApplicable::Code).collect(),
			}
			let kind = ColumnKind::Integer { min, max: min + span };
			Column { missing, role, bins, spikes, not_applicable, ..Column::new(&format!("c{name}"), kind) }
		}),
		(1usize..6, any::<bool>(), any::<bool>()).prop_map(move |(count, ordered, missing)| {
			let levels = (0..count).map(|n| format!("l{n}")).collect();
			Column { missing, ordered, ..Column::new(&format!("c{name}"), ColumnKind::Categorical { levels }) }
		}),
	]
}

/// A schema of four columns, with constraints if they hold together.
fn any_schema() -> impl Strategy<Value = Schema> {
	let columns = (any_column(0), any_column(1), any_column(2), any_column(3));
	let pair = (0usize..4, 0usize..4, -40i64..100, -40i64..100, 0usize..4);
	(columns, prop::collection::vec(pair, 0..5)).prop_map(|((a, b, c, d), pairs)| {
		let mut schema = schema(vec![a, b, c, d], Vec::new());
		for (a, b, x, y, kind) in pairs {
			let constraint = match kind {
				0 => at_most(&format!("c{a}"), &format!("c{b}")),
				1 => implication(&format!("c{a} = l1"), &format!("c{b} <= {y} or missing")),
				2 => implication(&format!("c{a} >= {x}"), &format!("c{b} > {y} or missing")),
				_ => implication(&format!("c{a} is missing"), &format!("c{b} != {y}")),
			};
			schema.constraints.push(constraint);
			if schema.validate().is_err() {
				schema.constraints.pop();
			}
		}
		schema
	})
}

proptest! {
	#[test]
	fn levels_survive_decoding_whatever_the_schema(schema in any_schema(), random: u64) {
		let domain = domain(&schema);
		let groupings = identity(&domain);
		let codes = sampled(&domain, &groupings, &Conditions::none(), 30, random);
		let table = decode(&domain, &groupings, &codes, &Conditions::none(), &[1; 32]).unwrap();
		prop_assert!(schema.violations(&table).iter().all(|count| *count == 0));
		if schema.constraints.len() < 2 {
			prop_assert_eq!(domain.encode(&table).unwrap(), codes);
		}
	}

	#[test]
	fn rows_satisfy_conditions_and_constraints_whatever_the_groups(
		schema in any_schema(), random: u64, size in 1usize..6, column in 0usize..4, value in -40i64..100, form in 0usize..6
	) {
		let text = match form {
			0 => format!("c{column} >= {value}"),
			1 => format!("c{column} < {value} or missing"),
			2 => format!("c{column} = l1"),
			3 => format!("c{column} is missing"),
			4 => format!("c{column} != {value}, c{} is present", (column + 1) % 4),
			_ => format!("c{column} <= {value}, c{} >= {}", (column + 1) % 4, value - 3),
		};
		let Ok(conditions) = Conditions::parse(&text, &schema) else { return Ok(()) };
		let domain = domain(&schema);
		let groupings = neighbours(&domain, size);
		let codes = sampled(&domain, &groupings, &conditions, 30, random);
		let table = decode(&domain, &groupings, &codes, &conditions, &[2; 32]).unwrap();
		prop_assert_eq!(conditions.violations(&table), 0, "{}", text);
		prop_assert!(schema.violations(&table).iter().all(|count| *count == 0));
	}

	#[test]
	fn any_text_is_read_as_conditions_or_refused(text in "\\PC{0,40}", words in prop::collection::vec(0usize..14, 0..12)) {
		const WORDS: [&str; 14] =
			["age", "dx", "in", "{", "}", ",", "A41.9", ">=", "65", "is", "not", "missing", "and", "or"];
		let stay = stay();
		let _ = Conditions::parse(&text, &stay);
		let text: Vec<&str> = words.into_iter().map(|at| WORDS[at]).collect();
		if let Ok(conditions) = Conditions::parse(&text.join(" "), &stay) {
			prop_assert_eq!(Conditions::parse(conditions.text(), &stay), Ok(conditions));
		}
	}
}
