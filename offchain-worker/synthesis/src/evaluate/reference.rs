//! What the metrics are defined against, fixed before anything is generated.

use super::{
	column::{Moments, View},
	metric::to_ppm,
	pair::{pearson, Contingency, Prepared},
};
use crate::table::Table;
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// Quantiles kept of a numeric column.
const QUANTILES: usize = 100;

/// Canonical JSON (RFC 8785) of the training table's statistics: rows, and per column missing cells,
/// level counts or quantiles and moments, and per pair correlation or association. Its digest is
/// committed to before generation, so that nobody can choose the reference afterwards. It describes
/// real rows and stays in the hospital.
///
/// Codes are those of the schema; moments are rounded to 9 significant digits and written as text.
#[must_use]
pub fn reference_statistics(training: &Table) -> Vec<u8> {
	let table = training.without_identifiers();
	let views = View::all(&table);
	let prepared: Vec<Prepared> = views.iter().map(Prepared::new).collect();
	let columns: Vec<Value> = views.iter().map(column_statistics).collect();
	let mut pairs = Vec::new();
	for (j, (b, view_b)) in prepared.iter().zip(&views).enumerate() {
		for (a, view_a) in prepared.iter().zip(&views).take(j) {
			pairs.push(if view_a.column.is_numeric() && view_b.column.is_numeric() {
				json!({"correlation_ppm": pearson(a, b).and_then(to_ppm)})
			} else {
				json!({"association_ppm": Contingency::new(a, b).association.and_then(to_ppm)})
			});
		}
	}
	let document = json!({
		"format": 1,
		"schema": hex::encode(table.schema().digest()),
		"rows": table.rows(),
		"columns": columns,
		"pairs": pairs,
	});
	// Strings and integers below 2^53 always serialise.
	serde_json_canonicalizer::to_vec(&document).unwrap_or_default()
}

fn column_statistics(view: &View<'_>) -> Value {
	let missing = view.codes.iter().filter(|code| code.is_none()).count();
	if !view.column.is_numeric() {
		let mut counts: BTreeMap<String, u64> = BTreeMap::new();
		for code in view.codes.iter().flatten() {
			let count = counts.entry(code.to_string()).or_insert(0);
			*count = count.saturating_add(1);
		}
		return json!({"name": view.column.name, "missing": missing, "counts": counts});
	}
	let mut present: Vec<i64> = view.codes.iter().flatten().copied().collect();
	present.sort_unstable();
	let quantiles: Vec<i64> = (0..=QUANTILES)
		.filter_map(|k| {
			let last = present.len().checked_sub(1)?;
			let at = k.checked_mul(last)?.checked_div(QUANTILES)?;
			present.get(at).copied()
		})
		.collect();
	let moments = Moments::of(&view.floats());
	json!({
		"name": view.column.name,
		"missing": missing,
		"quantiles": quantiles,
		"mean": moments.map(|m| format!("{:.8e}", m.mean)),
		"deviation": moments.map(|m| format!("{:.8e}", m.deviation)),
	})
}
