//! The report as one page that loads nothing.

use crate::{
	error::LoadError,
	percentiles::Spread,
	plots::{lines, Series},
	summary::{Report, WINDOW},
};
use std::fmt::Write;

const STYLE: &str = "body{font:15px/1.5 sans-serif;max-width:900px;margin:2em auto;padding:0 1em;color:#222}\
	table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #c8ced4;padding:.25em .6em;text-align:right}\
	th:first-child,td:first-child{text-align:left}.met{color:#2d6a3f}.missed{color:#b03020;font-weight:bold}\
	code{background:#f2f4f6;padding:.1em .3em;overflow-wrap:anywhere}svg{max-width:100%;height:auto}";

/// The whole page.
///
/// # Errors
/// [`LoadError::Plot`] if a plot cannot be drawn.
pub fn page(report: &Report) -> Result<String, LoadError> {
	let title = escaped(&report.title);
	let mut page = format!(
		"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head><body>\
		 <h1>{title}</h1>"
	);
	page += &facts(report);
	page += &marks(report);
	page += &times(report);
	page += &troubles(report);
	page += &memory(report);
	page += &growth(report);
	for (title, plot) in plots(report)? {
		let _ = write!(page, "<h2>{}</h2>{plot}", escaped(&title));
	}
	page += "</body></html>";
	Ok(page)
}

fn facts(report: &Report) -> String {
	let Report { command, cores, nodes, accounts, hospitals, consents, consents_on_chain, agreed_on, .. } = report;
	format!(
		"<p><code>{}</code></p><p>{cores} cores, {} nodes, {accounts} accounts of {hospitals} hospitals. Times count from the \
		 moment at which a transaction was due. {consents} consents are final ({consents_on_chain} by the chain's own count); \
		 the nodes agree on block {agreed_on}. <b>{:.1} consents a second, {:.1} transactions a second.</b></p>",
		escaped(command),
		nodes.len(),
		report.consents_per_second,
		report.transactions_per_second,
	)
}

fn marks(report: &Report) -> String {
	let rows = report.marks.iter().map(|mark| {
		let (sign, class, word) = (
			if mark.at_most { "≤" } else { "≥" },
			if mark.met { "met" } else { "missed" },
			if mark.met { "met" } else { "missed" },
		);
		let measured = format!("{:.2}", mark.measured);
		vec![
			escaped(&mark.what),
			format!("{sign} {}", mark.goal),
			measured,
			format!("<span class=\"{class}\">{word}</span>"),
		]
	});
	table("Marks", &["what", "mark", "measured", ""], rows)
}

fn times(report: &Report) -> String {
	let row = |what: String, count: String, spread: &Spread| {
		let mut row = vec![what, count];
		row.extend([spread.p50, spread.p95, spread.p99, spread.max].map(|value| format!("{value:.2}")));
		row
	};
	let mut rows = Vec::new();
	for kind in &report.kinds {
		let name = escaped(&kind.kind);
		rows.push(row(
			format!("{name}: until in a block"),
			format!("{} of {}", kind.included, kind.due),
			&kind.inclusion,
		));
		rows.push(row(format!("{name}: until final"), format!("{} of {}", kind.finalised, kind.due), &kind.finality));
	}
	if report.attestation.count > 0 {
		rows.push(row(
			"jobs: until attested and final".into(),
			report.attestation.count.to_string(),
			&report.attestation,
		));
	}
	let blocks = &report.blocks;
	let mut page = table("Seconds", &["what", "count", "p50", "p95", "p99", "most"], rows);
	page += &table(
		"Blocks that hold load",
		&["what", "count", "p50", "p95", "p99", "most"],
		[
			row("per cent full, by weight".into(), blocks.fullness_percent.count.to_string(), &blocks.fullness_percent),
			row("transactions".into(), blocks.transactions.count.to_string(), &blocks.transactions),
			row("seconds between two that are final".into(), blocks.intervals.count.to_string(), &blocks.intervals),
		],
	);
	page
}

fn troubles(report: &Report) -> String {
	let mut rows: Vec<Vec<String>> = Vec::new();
	for (why, count) in report.kinds.iter().flat_map(|kind| &kind.failures) {
		rows.push(vec![escaped(why), count.to_string()]);
	}
	for (why, count) in &report.refusals {
		rows.push(vec![format!("refused at first: {}", escaped(why)), count.to_string()]);
	}
	for (end, count) in &report.jobs {
		rows.push(vec![format!("jobs: {}", escaped(end)), count.to_string()]);
	}
	rows.push(vec!["lost by a node and sent again".into(), report.sent_again.to_string()]);
	table("Failures", &["what", "count"], rows)
}

fn memory(report: &Report) -> String {
	let rows = report.memory.iter().map(|process| {
		vec![
			escaped(&process.name),
			format!("{:.0}", process.second_quarter),
			format!("{:.0}", process.last_quarter),
			format!("{:+.1}", process.growth_percent),
			format!("{:.0}", process.most_resident),
			format!("{:.2}", process.cores),
		]
	});
	let head =
		["process", "own memory, second quarter, MiB", "last quarter", "growth, %", "most, with files", "busy cores"];
	table("Processes", &head, rows)
}

fn growth(report: &Report) -> String {
	let rows = report.growth.iter().map(|point| {
		let mib = |bytes: u64| format!("{:.1}", bytes as f64 / 1_048_576.0);
		let each = point.bytes.map(|bytes| format!("{:.0}", bytes as f64 / point.consents.max(1) as f64));
		vec![
			point.consents.to_string(),
			format!("{:.1}", point.seconds),
			format!("{:.0}", point.rate),
			point.bytes.map_or("—".into(), mib),
			each.unwrap_or("—".into()),
		]
	});
	let mut page =
		table("Growth", &["consents", "seconds", "consents/s since", "database, MiB more", "bytes a consent"], rows);
	if let Some(bytes) = report.record {
		let _ = write!(page, "<p>Key and value of a consent: {bytes} bytes.</p>");
	}
	page
}

fn plots(report: &Report) -> Result<Vec<(String, String)>, LoadError> {
	let windows = &report.windows;
	let rate = |count: usize| count as f64 / WINDOW;
	let middle = |from: f64| from + WINDOW / 2.0;
	let mib = |bytes: u64| bytes as f64 / 1_048_576.0;
	let asked = [
		(
			"Transactions a second",
			"seconds since the start",
			"a second",
			vec![
				Series::new("due", windows.iter().map(|w| (middle(w.from), rate(w.due)))),
				Series::new("in a block", windows.iter().map(|w| (middle(w.from), rate(w.included)))),
				Series::new("final", windows.iter().map(|w| (middle(w.from), rate(w.finalised)))),
			],
		),
		(
			"95th percentile of times",
			"seconds since the start, when due",
			"seconds",
			vec![
				Series::new(
					"until in a block",
					windows.iter().filter(|w| w.due > 0).map(|w| (middle(w.from), w.inclusion_p95)),
				),
				Series::new(
					"until final",
					windows.iter().filter(|w| w.due > 0).map(|w| (middle(w.from), w.finality_p95)),
				),
			],
		),
		(
			"Fullness of blocks",
			"seconds since the start",
			"per cent of what transactions can use",
			vec![Series::new("weight", report.all_blocks.iter().map(|b| (b.finalised, b.weight as f64 / 0.75e10)))],
		),
		(
			"Own memory of processes",
			"seconds since the start",
			"MiB",
			report
				.memory
				.iter()
				.map(|process| Series::new(&process.name, process.samples.iter().map(|s| (s.at, s.own))))
				.collect(),
		),
		(
			"Database",
			"consents",
			"MiB more than at the start",
			vec![Series::new(
				"size",
				report.growth.iter().filter_map(|point| Some((point.consents as f64, mib(point.bytes?)))),
			)],
		),
		(
			"Speed while the state grows",
			"consents",
			"consents a second",
			vec![Series::new("rate", report.growth.iter().map(|point| (point.consents as f64, point.rate)))],
		),
	];
	let mut drawn = Vec::new();
	for (title, x, y, series) in asked {
		drawn.extend(lines(title, x, y, &series)?.map(|plot| (title.to_owned(), plot)));
	}
	Ok(drawn)
}

fn table(title: &str, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
	let mut body = String::new();
	for row in rows {
		let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
		let _ = write!(body, "<tr>{cells}</tr>");
	}
	if body.is_empty() {
		return body;
	}
	let head: String = head.iter().map(|name| format!("<th>{name}</th>")).collect();
	format!("<h2>{title}</h2><table><tr>{head}</tr>{body}</table>")
}

fn escaped(text: &str) -> String {
	text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn what_nodes_say_is_shown_and_never_run() {
		assert_eq!(escaped("<script>\"&"), "&lt;script&gt;&quot;&amp;");
		let page = table("T", &["a"], [vec![escaped("<b>")]]);
		assert!(page.contains("&lt;b&gt;") && !page.contains("<b>"));
	}

	#[test]
	fn a_table_without_rows_is_left_out() {
		assert_eq!(table("T", &["a"], []), "");
	}
}
