//! Files that hospitals, spreadsheets and attackers hand in: each error names file, line, column and remedy.

use semblance_synthesis::{InferOptions, InputError, Schema, Table, MAX_COLUMNS};

fn infer(csv: &[u8]) -> InputError {
	Schema::infer(csv, "ward.csv", &InferOptions::default()).unwrap_err()
}

fn assert_says(error: &InputError, words: &[&str]) {
	let text = error.to_string();
	for word in ["ward.csv"].iter().chain(words) {
		assert!(text.contains(word), "{word:?} is not in {text:?}");
	}
}

#[test]
fn an_empty_file_is_named() {
	for csv in [&b""[..], b"\n\n", b" \r\n", b"\xef\xbb\xbf"] {
		assert!(matches!(infer(csv), InputError::EmptyFile { .. }), "{csv:?}");
	}
	assert_says(&infer(b"a,b\n"), &["line 1", "no row"]);
}

#[test]
fn a_ragged_row_names_its_line_and_the_column_where_it_ends() {
	let error = infer(b"age,sex,bmi\n50,f,20\n\n51,m\n52,f,21\n");
	assert_says(&error, &["line 4", "\"bmi\"", "2 cells", "header 3"]);
	let error = infer(b"age,sex\r\n50,f\r\n51,m,9\r\n");
	assert_says(&error, &["line 3", "3 cells", "comma"]);
}

#[test]
fn lines_are_counted_through_quoted_line_feeds() {
	let error = infer(b"note,age\n\"two\nlines\",5\nx\n");
	assert_says(&error, &["line 4"]);
}

#[test]
fn wrong_encodings_name_the_byte() {
	let error = infer(b"age,name\n50,Ann\n51,J\xfcrgen\n");
	assert_says(&error, &["line 3", "\"name\"", "byte 20", "UTF-8"]);
	assert!(matches!(infer(b"\xff\xfea\0,\0b\0"), InputError::NotUtf8 { offset: 0, .. }));
	let error = infer(b"age,name\n50,A\0n\n");
	assert_says(&error, &["line 2", "\"name\"", "NUL", "byte 13"]);
}

#[test]
fn headers_are_named_once_and_not_empty() {
	assert_says(&infer(b"age,sex, age\n1,2,3\n"), &["line 1", "\"age\"", "1 and 3", "Rename"]);
	assert_says(&infer(b"age,,sex\n1,2,3\n"), &["line 1", "number 2", "no name"]);
	assert_says(&infer(b"age;sex\n1;2\n"), &["';'", "commas"]);
}

#[test]
fn a_million_columns_are_refused() {
	let mut csv = vec![b'a'];
	for _ in 0..1_000_000 {
		csv.extend(b",a");
	}
	csv.push(b'\n');
	assert_says(&infer(&csv), &["1000001", &MAX_COLUMNS.to_string()]);
}

#[test]
fn a_column_of_missing_cells_is_refused() {
	assert_says(&infer(b"age,bmi\n1,NA\n2,\n3,?\n"), &["\"bmi\"", "every cell is missing", "Remove"]);
}

#[test]
fn text_among_numbers_is_shown_with_its_place() {
	let mut csv = b"age,crp\n".to_vec();
	for n in 0..30 {
		csv.extend(format!("{n},{}\n", if n == 17 { "<0.5".into() } else { n.to_string() }).bytes());
	}
	assert_says(&infer(&csv), &["line 19", "\"crp\"", "\"<0.5\"", "missing marker"]);
}

#[test]
fn a_forgotten_quote_is_found_by_the_length_of_its_cell() {
	let mut csv = b"note,age\n\"open,1\n".to_vec();
	csv.extend(b"x,1\n".repeat(5_000));
	// The quote swallows the rest, so the row also has one cell only.
	let text = infer(&csv).to_string();
	assert!(text.contains("line 2"), "{text}");
	csv.extend(b"\",5\n");
	assert_says(&infer(&csv), &["line 2", "\"note\"", "forgotten quote"]);
}

#[test]
fn values_repeat_at_most_forty_characters() {
	let long = "x".repeat(300);
	let mut csv = b"v\n".to_vec();
	for n in 0..50 {
		csv.extend(format!("{n}\n").bytes());
	}
	csv.extend(format!("{long}\n").bytes());
	let text = infer(&csv).to_string();
	assert!(text.contains(&"x".repeat(40)) && !text.contains(&"x".repeat(41)), "{text}");
}

const SCHEMA: &str = r#"{"format":1,"name":"ward","patient_column":"id","target":null,"missing_markers":["NA"],"columns":[
    {"name":"id","kind":{"type":"identifier"},"unit":null,"missing":false,"role":"identifier"},
    {"name":"age","kind":{"type":"integer","min":0,"max":120},"unit":"a","missing":false,"role":"quasi"},
    {"name":"bmi","kind":{"type":"decimal","min":100,"max":700,"scale":1},"unit":null,"missing":true,"role":"attribute"},
    {"name":"sex","kind":{"type":"categorical","levels":["f","m"]},"unit":null,"missing":true,"role":"quasi"},
    {"name":"seen","kind":{"type":"date","min":18262,"max":20000},"unit":null,"missing":true,"role":"attribute"}]}"#;

fn parse(rows: &str) -> Result<Table, InputError> {
	let schema = Schema::from_json(SCHEMA.as_bytes()).unwrap();
	Table::parse_csv(format!("id,age,bmi,sex,seen\n{rows}").as_bytes(), "ward.csv", &schema)
}

#[test]
fn blanks_around_cells_and_missing_markers_are_as_declared() {
	let table = parse(" p1 , 40, 21.25 , f ,2020-02-01\np2,41,NA,,\n").unwrap();
	assert_eq!(table.patient_ids().unwrap(), ["p1", "p2"]);
	assert_eq!(
		String::from_utf8(table.to_canonical_csv()).unwrap(),
		"id,age,bmi,sex,seen\np1,40,21.3,f,2020-02-01\np2,41,,,\n"
	);
}

#[test]
fn cells_that_break_the_schema_name_line_column_value_and_remedy() {
	let ok = "p1,40,21.2,f,2020-02-01\n";
	for (row, words) in [
		("p2,forty,21,f,\n", &["line 3", "\"age\"", "\"forty\"", "not a number"][..]),
		("p2,40.5,21,f,\n", &["\"age\"", "\"40.5\"", "whole number"]),
		("p2,121,21,f,\n", &["\"age\"", "\"121\"", "0 to 120", "widen"]),
		("p2,40,70.1,f,\n", &["\"bmi\"", "\"70.1\"", "10.0 to 70.0"]),
		("p2,40,1e300,f,\n", &["\"bmi\"", "\"1e300\""]),
		("p2,40,21,x,\n", &["\"sex\"", "\"x\"", "2 declared levels"]),
		("p2,40,21,f,2020-02-30\n", &["\"seen\"", "\"2020-02-30\"", "YYYY-MM-DD"]),
		("p2,40,21,f,2019-12-31\n", &["\"seen\"", "2020-01-01 to 2024-10-04"]),
		("p2,NA,21,f,\n", &["\"age\"", "missing", "\"missing\": true"]),
		(",40,21,f,\n", &["\"id\"", "names no patient"]),
		("p2,40,21,f\n", &["4 cells", "\"seen\""]),
	] {
		let error = parse(&format!("{ok}{row}")).unwrap_err();
		assert_says(&error, &[&["line 3"], words].concat());
	}
}

#[test]
fn a_header_that_is_not_the_schemas_is_refused() {
	let schema = Schema::from_json(SCHEMA.as_bytes()).unwrap();
	let error = Table::parse_csv(b"id,bmi,age,sex,seen\n1,2,3,f,\n", "ward.csv", &schema).unwrap_err();
	assert_says(&error, &["\"bmi\"", "\"age\"", "order"]);
	let error = Table::parse_csv(b"id,age,bmi,sex,seen,x\n", "ward.csv", &schema).unwrap_err();
	assert!(matches!(error, InputError::HeaderMismatch { .. }));
}

#[test]
fn options_that_name_no_column_list_the_columns() {
	let options = InferOptions { target: Some("dead".into()), ..InferOptions::default() };
	let error = Schema::infer(b"age,death\n1,0\n", "ward.csv", &options).unwrap_err();
	assert_says(&error, &["\"dead\"", "age, death"]);
}

#[test]
fn kinds_are_inferred_as_a_steward_would_declare_them() {
	let mut csv = b"mrn,icd,zip,born,stage,level,text\n".to_vec();
	for n in 0..60 {
		let icd = if n % 9 == 0 { "V27".into() } else { format!("{}.1", 250 + n % 14) };
		csv.extend(
			format!("{},{icd},0{},{:04}-03-01,{},{},note {n}\n", 1000 - n * 7, 1000 + n % 3, 1950 + n, n % 3, n % 2)
				.bytes(),
		);
	}
	let inference = Schema::infer(&csv, "ward.csv", &InferOptions::default()).unwrap();
	let kinds: Vec<String> = inference
		.schema
		.columns
		.iter()
		.map(|column| serde_json::to_value(&column.kind).unwrap()["type"].as_str().unwrap().to_owned())
		.collect();
	assert_eq!(kinds, ["identifier", "categorical", "categorical", "date", "integer", "categorical", "identifier"]);
	assert_eq!(inference.schema.patient_column.as_deref(), Some("mrn"));
	for column in ["mrn", "zip", "stage", "level", "text"] {
		assert!(inference.notes.iter().any(|note| note.column == column), "{column}");
	}
}
