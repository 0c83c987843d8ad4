//! HTML as text: everything that is not markup is escaped.

use std::fmt::Write as _;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#1b2530;max-width:74rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.7rem}h2{margin-top:2.5rem;border-bottom:2px solid #d7dde3;padding-bottom:.2rem}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #e6eaee}\
td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
th.number{text-align:right}td.digest{font-family:ui-monospace,monospace;overflow-wrap:anywhere}\
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(21rem,1fr));gap:1rem}\
.card{border:1px solid #d7dde3;border-radius:6px;padding:.6rem}.card h3{margin:0;font-size:1rem;overflow-wrap:anywhere}\
.card p{margin:.2rem 0;font-size:.85rem;color:#4a5865}svg{max-width:100%;height:auto}\
.warning{border-left:4px solid #b3541e;background:#fdf3ec;padding:.6rem 1rem}";

/// A page being written.
pub(super) struct Page(String);

/// Text made safe between tags and in attributes.
pub(super) fn escaped(text: &str) -> String {
	let mut out = String::with_capacity(text.len());
	for c in text.chars() {
		match c {
			'&' => out.push_str("&amp;"),
			'<' => out.push_str("&lt;"),
			'>' => out.push_str("&gt;"),
			'"' => out.push_str("&quot;"),
			'\'' => out.push_str("&#39;"),
			c if c.is_control() && c != '\n' => out.push('\u{fffd}'),
			c => out.push(c),
		}
	}
	out
}

impl Page {
	/// Starts a page.
	pub fn new(title: &str) -> Self {
		let title = escaped(title);
		Self(format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head>\n\
             <body><h1>{title}</h1>\n"
        ))
	}

	/// Ends the page.
	pub fn finish(mut self) -> String {
		self.0.push_str("</body></html>\n");
		self.0
	}

	/// Markup of this crate, as it is.
	pub fn open(&mut self, markup: &str) {
		self.0.push_str(markup);
		self.0.push('\n');
	}

	/// A section's heading.
	pub fn heading(&mut self, text: &str) {
		let _ = writeln!(self.0, "<h2>{}</h2>", escaped(text));
	}

	/// A card's heading.
	pub fn small_heading(&mut self, text: &str) {
		let _ = writeln!(self.0, "<h3>{}</h3>", escaped(text));
	}

	/// A paragraph.
	pub fn paragraph(&mut self, text: &str) {
		let _ = writeln!(self.0, "<p>{}</p>", escaped(text));
	}

	/// A paragraph that should not be overlooked.
	pub fn warning(&mut self, text: &str) {
		let _ = writeln!(self.0, "<p class=\"warning\">{}</p>", escaped(text));
	}

	/// A table; a column's class is `number`, `digest` or empty.
	pub fn table(&mut self, header: &[&str], classes: &[&str], rows: &[Vec<String>]) {
		self.0.push_str("<table>");
		if !header.is_empty() {
			self.0.push_str("<tr>");
			for (cell, class) in header.iter().zip(classes) {
				let _ = write!(self.0, "<th class=\"{class}\">{}</th>", escaped(cell));
			}
			self.0.push_str("</tr>\n");
		}
		for row in rows {
			self.0.push_str("<tr>");
			for (cell, class) in row.iter().zip(classes) {
				let _ = write!(self.0, "<td class=\"{class}\">{}</td>", escaped(cell));
			}
			self.0.push_str("</tr>\n");
		}
		self.0.push_str("</table>\n");
	}
}
