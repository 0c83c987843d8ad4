//! The report is one safe file that says what was measured.

use semblance_synthesis::{evaluate, fit, html, simulate, GeneratorKind, NoProgress, ReportContext, Schema, Table};

fn tables(schema: impl Fn(Schema) -> Schema, csv: impl Fn(String) -> String) -> (Table, Table, Table) {
	let read = |patients, seed| {
		let cohort = simulate(patients, [seed; 32]).unwrap();
		let csv = csv(String::from_utf8(cohort.csv).unwrap());
		Table::parse_csv(csv.as_bytes(), "cohort.csv", &schema(cohort.schema)).unwrap()
	};
	let (training, hold_out) = (read(120, 1), read(120, 2));
	let model = fit(GeneratorKind::GaussianCopula, &training, [1; 32], &mut NoProgress).unwrap();
	let synthetic = model.sample([2; 32], 200, &mut NoProgress).unwrap();
	(training, hold_out, synthetic)
}

fn report(tables: &(Table, Table, Table), context: &ReportContext) -> String {
	let (training, hold_out, synthetic) = tables;
	let evaluation = evaluate(training, hold_out, synthetic, &mut NoProgress).unwrap();
	html(context, &evaluation, training, synthetic).unwrap()
}

#[test]
fn the_report_shows_facts_metrics_and_a_plot_for_every_column() {
	let context = ReportContext {
		title: "Cohort of the north ward".into(),
		facts: vec![("Sampling seed".into(), "0a1b".into())],
	};
	let tables = tables(|s| s, |c| c);
	let page = report(&tables, &context);
	for words in [
		"<title>Cohort of the north ward</title>",
		"0a1b",
		"Column pair trends, all pairs",
		"Predicting readmission_30d",
		"no differential privacy",
		"hba1c_4548_4 (%)",
		"Table one",
		"logistic regression of readmission_30d",
		"Members named at 1 % false alarms",
		"Singling out by three values",
	] {
		assert!(page.contains(words), "{words}");
	}
	assert_eq!(page.matches("<svg").count(), 33 + 4 + 2);
	assert_eq!(page, report(&tables, &context), "the same input gives the same bytes");
	assert!(!page.contains("P000001"), "identifiers stay out");
}

#[test]
fn the_report_loads_nothing_and_runs_nothing_whatever_the_data_say() {
	let evil = "</text><script>alert(1)</script>";
	let tables = tables(
		|mut schema| {
			let column = &mut schema.columns[4];
			column.kind = semblance_synthesis::ColumnKind::Categorical { levels: vec![evil.into(), "male".into()] };
			column.name = "<img src=x onerror=y>".into();
			schema
		},
		|csv| csv.replacen(",sex,", ",<img src=x onerror=y>,", 1).replace(",female,", &format!(",{evil},")),
	);
	let context = ReportContext { title: evil.into(), facts: vec![(evil.into(), "\"><script>".into())] };
	let page = report(&tables, &context);
	let known = [
		"!DOCTYPE", "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "table", "tr", "th", "td",
		"div", "svg", "line", "polyline", "rect", "text", "circle",
	];
	for piece in page.split('<').skip(1) {
		let tag = piece.trim_start_matches('/').split(|c: char| !c.is_alphanumeric() && c != '!').next().unwrap();
		assert!(known.contains(&tag), "<{tag}");
	}
	let links = page.replace("http://www.w3.org/2000/svg", "");
	assert!(!links.contains("http:") && !links.contains("https:") && !links.contains("url("));
	assert!(page.contains("default-src 'none'"));
}
