//! Was the table drawn from the model with a seed of nobody's choosing?

use super::Finding;
use semblance_primitives::{
	commitment::sha3_256,
	generation::{AttestationBody, SubjectRole},
	metrics::ReproducibleBy,
	seeds,
};
use semblance_synthesis::{evaluate_public, Model, NoProgress, Table};
use std::collections::BTreeMap;

/// The seed derives from the beacon, the model and the number of rows.
pub fn check_seed(body: &AttestationBody) -> Finding {
	let model = body.subject(SubjectRole::Model).ok_or("the attestation names no model")?;
	let table = body.subject(SubjectRole::SyntheticTable).ok_or("the attestation names no table")?;
	let seed = seeds::sampling_seed(&body.beacon, &model.sha3, table.rows);
	if seed == body.sampling_seed {
		Ok(format!("derives from the beacon block {:?}, the model and {} rows", body.beacon, table.rows))
	} else {
		Err(format!("beacon, model and rows give the seed {seed:?}, attested is {:?}", body.sampling_seed))
	}
}

/// Sampling again from the model gives the attested table, and the table gives the attested public metrics.
pub fn check_resampling(body: &AttestationBody, model: &[u8]) -> (Finding, Finding) {
	match resample(body, model) {
		Ok(table) => (check_table(body, &table), check_metrics(body, &table)),
		Err(problem) => (Err(problem), Err("there is no table to compute them from".into())),
	}
}

fn resample(body: &AttestationBody, model: &[u8]) -> Result<Table, String> {
	let rows = body.subject(SubjectRole::SyntheticTable).ok_or("the attestation names no table")?.rows;
	let model = Model::from_bytes(model).map_err(|error| format!("the model cannot be read: {error}"))?;
	model
		.sample(body.sampling_seed.0, rows, &mut NoProgress)
		.map_err(|error| format!("the model gives no table: {error}"))
}

fn check_table(body: &AttestationBody, table: &Table) -> Finding {
	let attested = body.subject(SubjectRole::SyntheticTable).map(|table| table.sha3);
	let digest = sha3_256(&table.to_canonical_csv());
	if Some(digest) == attested {
		Ok(format!("{} rows drawn again from the model with the public seed are the attested table", table.rows()))
	} else {
		let own = semblance_synthesis::code_digest();
		let hint = if own == body.code.0 {
			""
		} else {
			"; this command samples with other code than the attested: use its release"
		};
		Err(format!("drawn again, the table has the digest {digest:?}, attested is {attested:?}{hint}"))
	}
}

/// Every attested metric that anyone can recompute is recomputed, and none is missing.
fn check_metrics(body: &AttestationBody, table: &Table) -> Finding {
	let attested: BTreeMap<u16, i64> = body
		.metrics
		.iter()
		.filter(|metric| metric.reproducible_by == ReproducibleBy::Anyone)
		.map(|metric| (metric.id, metric.value_ppm))
		.collect();
	let computed: BTreeMap<u16, i64> =
		evaluate_public(table).iter().map(|metric| (metric.id as u16, metric.value_ppm)).collect();
	if attested == computed {
		Ok(format!("{} metrics were recomputed from the table and agree", attested.len()))
	} else {
		Err(format!("recomputed from the table: {computed:?} (ppm by metric), attested: {attested:?}"))
	}
}
