//! Datasets: schema, draft, rows, binding, handles.

use super::{body, errors::ApiError, Answer, App, BODY_LIMIT, ROWS_LIMIT};
use crate::{
	datasets::{DatasetError, Datasets},
	ingest::IngestError,
	jobs::runner::now,
};
use axum::{
	body::Body,
	extract::{Path, Query, State},
	http::{HeaderMap, StatusCode},
	Json,
};
use semblance_primitives::{ConsentHandle, DatasetId, DatasetVersionNumber};
use semblance_synthesis::{Column, ColumnKind, ColumnRole, InferOptions, Schema};
use serde::Deserialize;
use serde_json::{json, Value};
use std::sync::Arc;

/// Header with the name of the file, for messages.
const FILE_NAME: &str = "x-file-name";
/// Most characters of a file's name that are repeated.
const FILE_NAME_LENGTH: usize = 80;

fn file_name(headers: &HeaderMap) -> String {
	let given = headers.get(FILE_NAME).and_then(|value| value.to_str().ok()).filter(|name| !name.trim().is_empty());
	given.unwrap_or("rows.csv").chars().take(FILE_NAME_LENGTH).collect()
}

/// Runs what reads whole files on a thread where it may take its time.
async fn blocking<T: Send + 'static>(
	app: Arc<App>,
	work: impl FnOnce(Datasets<'_>) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
	let joined = tokio::task::spawn_blocking(move || work(Datasets::new(&app.vault, app.organisation))).await;
	joined.map_err(|error| ApiError::internal(&error))?
}

/// Parameters of schema inference.
#[derive(Deserialize)]
pub struct Infer {
	name: Option<String>,
	patient_column: Option<String>,
	time_column: Option<String>,
	target: Option<String>,
}

/// `POST /v1/schema/infer`
pub async fn infer(State(app): State<Arc<App>>, Query(query): Query<Infer>, headers: HeaderMap, body: Body) -> Answer {
	let csv = body::read(&headers, body, ROWS_LIMIT).await?;
	let file = file_name(&headers);
	let defaults = InferOptions::default();
	let options = InferOptions {
		name: named(query.name).unwrap_or(defaults.name),
		patient_column: named(query.patient_column),
		time_column: named(query.time_column),
		target: named(query.target),
		..InferOptions::default()
	};
	let inference =
		blocking(app, move |_| Schema::infer(&csv, &file, &options).map_err(|error| IngestError::from(error).into()))
			.await?;
	Ok(Json(json!({ "schema": inference.schema, "notes": inference.notes })))
}

/// An empty name is none.
fn named(name: Option<String>) -> Option<String> {
	name.filter(|name| !name.is_empty())
}

/// A new draft.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
	name: Option<String>,
	schema: Value,
	patient_column: Option<String>,
	time_column: Option<String>,
}

/// `POST /v1/datasets`
pub async fn create(State(app): State<Arc<App>>, headers: HeaderMap, body: Body) -> Answer {
	let request: Create = body::json(&headers, body, BODY_LIMIT).await?;
	let schema = schema_of(request)?;
	let draft = blocking(app, move |datasets| Ok(datasets.create(&schema, now())?)).await?;
	tracing::info!(draft, "draft made");
	Ok(Json(json!({ "draft": draft })))
}

fn schema_of(request: Create) -> Result<Schema, ApiError> {
	let refuse = |error: semblance_synthesis::SchemaError| {
		ApiError::new(
			StatusCode::UNPROCESSABLE_ENTITY,
			"bad-schema",
			error.to_string(),
			"Start from the inferred schema",
		)
	};
	let mut schema = Schema::from_json(request.schema.to_string().as_bytes()).map_err(refuse)?;
	if let Some(name) = named(request.name) {
		schema.name = name;
	}
	if let Some(column) = named(request.patient_column) {
		schema.columns.iter_mut().filter(|known| known.name == column).for_each(make_identifier);
		schema.patient_column = Some(column);
	}
	schema.time_column = named(request.time_column).or(schema.time_column);
	schema.validate().map_err(refuse)?;
	Ok(schema)
}

/// A column that names patients is kept as text and never synthesised.
fn make_identifier(column: &mut Column) {
	column.kind = ColumnKind::Identifier;
	column.role = ColumnRole::Identifier;
	column.unit = None;
}

/// `PUT /v1/datasets/{draft}/rows`
pub async fn rows(State(app): State<Arc<App>>, Path(draft): Path<String>, headers: HeaderMap, body: Body) -> Answer {
	// An unknown draft is refused before a large body is read.
	Datasets::new(&app.vault, app.organisation).root(&draft)?;
	let csv = body::read(&headers, body, ROWS_LIMIT).await?;
	let file = file_name(&headers);
	let registered = blocking(app, move |datasets| {
		let registered = datasets.put_rows(&draft, &file, &csv)?;
		tracing::info!(draft, rows = registered.rows, patients = registered.patients, root = ?registered.rows_root, "rows taken in");
		Ok(registered)
	})
	.await?;
	Ok(Json(json!(registered)))
}

/// The number that the chain gave a draft.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bind {
	dataset: DatasetId,
	version: DatasetVersionNumber,
}

/// `POST /v1/datasets/{draft}/bind`
pub async fn bind(State(app): State<Arc<App>>, Path(draft): Path<String>, headers: HeaderMap, body: Body) -> Answer {
	let Bind { dataset, version } = body::json(&headers, body, BODY_LIMIT).await?;
	let datasets = Datasets::new(&app.vault, app.organisation);
	let root = datasets.root(&draft)?.ok_or(DatasetError::NoRows { draft: draft.clone() })?;
	let best = app.chain.best().await?;
	let registered = app.chain.dataset_version(dataset, version, best.hash).await?;
	let registered = registered.ok_or_else(|| {
		ApiError::not_found(
			format!("the chain has no version {version} of dataset {dataset} yet"),
			"Register it first, and wait until it is in a block",
		)
	})?;
	if registered.rows != root {
		let message = format!(
			"dataset {dataset} version {version} is registered with root {:?}, the draft has {root:?}",
			registered.rows
		);
		return Err(ApiError::new(
			StatusCode::CONFLICT,
			"commitment-mismatch",
			message,
			"Register the draft's own root as a new version",
		));
	}
	datasets.bind(&app.genesis(), dataset, version, &draft)?;
	tracing::info!(draft, dataset, version, "bound");
	Ok(Json(json!({ "draft": draft, "dataset": dataset, "version": version, "rows_root": root })))
}

/// `GET /v1/datasets`
pub async fn list(State(app): State<Arc<App>>) -> Answer {
	let views = Datasets::new(&app.vault, app.organisation).list(&app.genesis())?;
	Ok(Json(json!(views)))
}

/// `GET /v1/datasets/{dataset}/{version}/handles`
pub async fn handles(
	State(app): State<Arc<App>>,
	Path((dataset, version)): Path<(DatasetId, DatasetVersionNumber)>,
) -> Answer {
	let genesis = app.genesis();
	let handles = blocking(app, move |datasets| {
		let loaded = datasets.load(&datasets.find(&genesis, dataset, version)?)?;
		Ok(loaded.patients.into_keys().collect::<Vec<ConsentHandle>>())
	})
	.await?;
	Ok(Json(json!({ "dataset": dataset, "version": version, "handles": handles })))
}

/// `GET /v1/datasets/{dataset}/{version}/handles/{patient}`
pub async fn handle(
	State(app): State<Arc<App>>,
	Path((dataset, version, patient)): Path<(DatasetId, DatasetVersionNumber, String)>,
) -> Answer {
	let genesis = app.genesis();
	let handle = blocking(app, move |datasets| {
		let draft = datasets.find(&genesis, dataset, version)?;
		Ok(datasets.handle_of(&draft, &patient)?)
	})
	.await?;
	let handle = handle.ok_or_else(|| {
		ApiError::not_found(
			"the dataset has no such patient",
			"Check the patient's number; without a patient column give the row's number, from 1",
		)
	})?;
	Ok(Json(json!({ "handle": handle })))
}
