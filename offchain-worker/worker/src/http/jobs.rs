//! Orders of the node, and how jobs stand.

use super::{body, errors::ApiError, Answer, App, BODY_LIMIT};
use crate::jobs::{
	check::{own_code, GENERATORS},
	store::{JobRow, JobStore},
};
use axum::{
	body::Body,
	extract::{Path, State},
	http::{
		header::{CACHE_CONTROL, CONTENT_TYPE},
		HeaderMap, StatusCode,
	},
	response::{IntoResponse, Response},
	Json,
};
use codec::{DecodeAll, Encode};
use semblance_primitives::{
	generation::{Subject, SubjectRole},
	worker_protocol::{WorkOrder, WorkerReply, MEDIA_TYPE},
	Digest, JobId,
};
use serde_json::{json, Value};
use std::sync::Arc;

/// Version of a generator's output format and behaviour, as proposed on chain.
const GENERATOR_VERSION: u32 = 1;

/// `GET /v1/health`
pub async fn health(State(app): State<Arc<App>>) -> Answer {
	let finalised = app.chain.finalised().await?;
	Ok(Json(json!({
		"status": "ok",
		"version": env!("CARGO_PKG_VERSION"),
		"genesis": app.genesis(),
		"organisation": app.organisation,
		"finalised": finalised.number,
	})))
}

/// `PUT /v1/jobs/{genesis}/{job}`: notes the job and answers from what is known; all work is done elsewhere.
pub async fn order(
	State(app): State<Arc<App>>,
	Path((genesis, job)): Path<(String, String)>,
	headers: HeaderMap,
	body: Body,
) -> Result<Response, ApiError> {
	let bytes = body::read(&headers, body, BODY_LIMIT).await?;
	let order = checked_order(&app, &genesis, &job, &bytes).inspect_err(|error| {
		tracing::warn!(?error, job, "order refused");
	})?;
	app.runner.submit(order.job_id)?;
	match app.runner.reply(order.job_id, order.job.state)? {
		WorkerReply::Working => Ok(StatusCode::ACCEPTED.into_response()),
		reply => Ok(([(CONTENT_TYPE, MEDIA_TYPE)], reply.encode()).into_response()),
	}
}

fn checked_order(app: &App, genesis: &str, job: &str, bytes: &[u8]) -> Result<WorkOrder, ApiError> {
	let order = WorkOrder::decode_all(&mut &*bytes).map_err(|error| {
		let remedy = "Send a SCALE-encoded WorkOrder of the node's release, and run worker and node of one release";
		ApiError::bad_request("malformed-order", format!("the body is no work order: {error}"), remedy)
	})?;
	let in_path = digest(genesis)?;
	if in_path != order.genesis || job.parse() != Ok(order.job_id) {
		let remedy = "Send the order to the path of its own chain and number";
		return Err(ApiError::bad_request("path-differs", "path and order name different jobs", remedy));
	}
	if order.genesis != app.genesis() {
		let message = format!("the order is of chain {:?}, this worker serves {:?}", order.genesis, app.genesis());
		return Err(ApiError::new(
			StatusCode::CONFLICT,
			"another-chain",
			message,
			"Connect worker and node to one chain",
		));
	}
	if order.custodian != app.organisation || order.job.custodian != app.organisation {
		let message = format!(
			"the job belongs to hospital {}, this worker is of hospital {}",
			order.job.custodian, app.organisation
		);
		let remedy = "Check --organisation, and which worker the node is given";
		return Err(ApiError::new(StatusCode::FORBIDDEN, "another-hospital", message, remedy));
	}
	Ok(order)
}

/// 32 bytes in hexadecimal, with or without `0x`.
pub fn digest(text: &str) -> Result<Digest, ApiError> {
	let mut bytes = [0; 32];
	hex::decode_to_slice(text.trim_start_matches("0x"), &mut bytes).map(|()| Digest::from(bytes)).map_err(|_| {
		ApiError::bad_request("malformed-digest", "not 64 hexadecimal digits", "Copy the digest as a whole")
	})
}

/// `GET /v1/jobs`
pub async fn list(State(app): State<Arc<App>>) -> Answer {
	let rows = JobStore::new(&app.vault, app.genesis()).list()?;
	Ok(Json(rows.iter().map(|row| view(&app, row)).collect()))
}

/// `GET /v1/jobs/{job}`
pub async fn show(State(app): State<Arc<App>>, Path(job): Path<JobId>) -> Answer {
	let row = JobStore::new(&app.vault, app.genesis()).get(job)?;
	let row = row.ok_or_else(|| {
		ApiError::not_found(format!("no job {job} came here"), "Check that the node's hook reaches this worker")
	})?;
	Ok(Json(view(&app, &row)))
}

/// `GET /v1/jobs/{job}/report`: the opened report, for the hospital's own people. Of a private job this is the only way to
/// see it.
pub async fn report(State(app): State<Arc<App>>, Path(job): Path<JobId>) -> Result<Response, ApiError> {
	let row = JobStore::new(&app.vault, app.genesis()).get(job)?;
	let body = row.and_then(|row| row.body);
	let subject = body.as_ref().and_then(|body| body.subject(SubjectRole::Report)).ok_or_else(|| {
		let remedy = "Wait until the job's stage is `attesting` or `attested`, and check its number";
		ApiError::not_found(format!("job {job} has no report here"), remedy)
	})?;
	let page = app.vault.artefact(&subject.sha3)?;
	tracing::info!(job, "report shown");
	// It draws real rows: no browser or proxy keeps a copy.
	Ok(([(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")], page).into_response())
}

fn view(app: &App, row: &JobRow) -> Value {
	let (progress_ppm, eta) = app.runner.board().read(row.job, row.stage);
	let mut view = json!({
		"job": row.job,
		"attempt": row.attempt,
		"stage": row.stage,
		"progress_ppm": progress_ppm,
	});
	let mut put = |name: &str, value: Option<Value>| {
		if let (Some(value), Some(fields)) = (value, view.as_object_mut()) {
			fields.insert(name.into(), value);
		}
	};
	put("eta_seconds", eta.map(Value::from));
	put("error", row.error.clone().map(Value::from));
	put("failure", row.failure.as_ref().map(|reason| json!(reason)));
	put("acceptance", row.acceptance.as_ref().map(|acceptance| json!(acceptance)));
	if let Some(body) = &row.body {
		put("attestation", Some(json!(body.id(&app.genesis()))));
		put("statement", Some(json!(body.statement)));
		put("subjects", Some(body.subjects.iter().map(subject).collect()));
		put("attestation_body", Some(json!(body)));
	}
	view
}

fn subject(subject: &Subject) -> Value {
	let name: &str = match subject.role {
		SubjectRole::MeasurementLog => "measurement-log",
		SubjectRole::Model => "model",
		SubjectRole::SyntheticTable => "table",
		SubjectRole::Report => "report",
		SubjectRole::TrainingLog => "training-log",
	};
	json!({ "role": subject.role, "name": name, "sha3": subject.sha3, "rows": subject.rows })
}

/// `GET /v1/generators`
pub async fn generators() -> Json<Value> {
	Json(describe_generators())
}

/// The generators of this worker, as proposed on chain.
pub fn describe_generators() -> Value {
	let describe = |(kind, own): (
		semblance_primitives::generation::GeneratorKind,
		semblance_synthesis::GeneratorKind,
	)| {
		json!({ "kind": kind, "name": own.name(), "version": GENERATOR_VERSION, "code": own_code(), "tier": kind.tier() })
	};
	GENERATORS.into_iter().map(describe).collect()
}

/// `GET /v1/attestations/{id}/statement`
pub async fn statement(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
	let id = digest(&id)?;
	let statement = JobStore::new(&app.vault, app.genesis()).statement(&id)?;
	let statement = statement
		.ok_or_else(|| ApiError::not_found("no such attestation was made here", "Ask the hospital that made it"))?;
	Ok(([(CONTENT_TYPE, "application/json")], statement).into_response())
}
