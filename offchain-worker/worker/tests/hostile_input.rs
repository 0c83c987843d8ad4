//! Files that cannot be taken in: the error names file, line, column and remedy, and nothing is registered.

#[path = "support/server.rs"]
mod server;
mod support;

use reqwest::{Method, StatusCode};
use serde_json::{json, Value};
use server::{answer, Server};
use support::Hospital;

fn schema() -> Value {
	json!({
		"format": 1, "name": "small", "patient_column": "id", "target": null, "missing_markers": ["NA"],
		"columns": [
			{ "name": "id", "kind": { "type": "identifier" }, "unit": null, "missing": false, "role": "identifier" },
			{ "name": "age", "kind": { "type": "integer", "min": 0, "max": 120 }, "unit": "a", "missing": true, "role": "quasi" },
			{ "name": "sex", "kind": { "type": "categorical", "levels": ["f", "m"] }, "unit": null, "missing": false, "role": "quasi" },
		],
	})
}

async fn draft(server: &Server) -> String {
	let (status, made) =
		server.post("/v1/datasets", &json!({ "name": "small", "schema": schema(), "patient_column": "id" })).await;
	assert_eq!(status, StatusCode::OK, "{made}");
	made["draft"].as_str().unwrap().into()
}

async fn put(server: &Server, draft: &str, csv: Vec<u8>) -> (StatusCode, Value) {
	let request = server.request(Method::PUT, &format!("/v1/datasets/{draft}/rows")).header("x-file-name", "ward.csv");
	answer(request.body(csv)).await
}

#[tokio::test]
async fn every_wrong_file_is_refused_with_its_place_and_nothing_is_registered() {
	let server = Server::start(Hospital::new()).await;
	let draft = draft(&server).await;
	let cases: &[(&str, &[u8], &str)] = &[
		("empty", b"", "empty"),
		("blank", b" \n \n", "empty"),
		("header only", b"id,age,sex\n", "no row"),
		("ragged", b"id,age,sex\n1,40,f\n2,50\n", "line 3"),
		("too many cells", b"id,age,sex\n1,40,f,x\n", "line 2"),
		("NUL", b"id,age,sex\n1,4\x000,f\n", "NUL"),
		("not UTF-8", b"id,age,sex\n1,40,f\n2,\xff\xfe,m\n", "line 3"),
		("duplicate headers", b"id,age,age\n1,40,41\n", "same name"),
		("empty header", b"id,,sex\n1,40,f\n", "no name"),
		("other header", b"id,years,sex\n1,40,f\n", "years"),
		("text in a number", b"id,age,sex\n1,40,f\n2,old,m\n", "\"old\""),
		("unknown level", b"id,age,sex\n1,40,x\n", "\"x\""),
		("out of range", b"id,age,sex\n1,400,f\n", "\"400\""),
		("no patient", b"id,age,sex\n1,40,f\n,41,m\n", "no patient"),
		("missing where complete", b"id,age,sex\n1,40,f\n2,41,NA\n", "sex"),
		("semicolons", b"id;age;sex\n1;40;f\n", "';'"),
		("unclosed quote", b"id,age,sex\n1,40,\"f\n2,41,m\n", "line 2"),
	];
	for (name, csv, word) in cases {
		let (status, error) = put(&server, &draft, csv.to_vec()).await;
		let message = format!(
			"{} {}",
			error["error"]["message"].as_str().unwrap_or_default(),
			error["error"]["remedy"].as_str().unwrap_or_default()
		);
		assert_eq!(
			(status, &error["error"]["code"]),
			(StatusCode::UNPROCESSABLE_ENTITY, &json!("bad-input")),
			"{name}: {message}"
		);
		assert!(message.contains("ward.csv") && message.contains(word), "{name}: {message}");
	}
	let (_, list) = server.get("/v1/datasets").await;
	let view = list.as_array().unwrap().iter().find(|view| view["draft"] == draft.as_str()).unwrap();
	assert_eq!((&view["rows_root"], &view["rows"]), (&Value::Null, &json!(0)));
	let (status, _) = server.post(&format!("/v1/datasets/{draft}/bind"), &json!({ "dataset": 1, "version": 1 })).await;
	assert_eq!(status, StatusCode::CONFLICT);
	assert_eq!(
		put(&server, &draft, b"id,age,sex\n1, 40 ,f\n2,NA,m\n".to_vec()).await.0,
		StatusCode::OK,
		"a good file is taken"
	);
}

#[tokio::test]
async fn a_million_columns_are_refused_at_once() {
	let server = Server::start(Hospital::new()).await;
	let header: Vec<String> = (0..1_000_000).map(|column| format!("c{column}")).collect();
	let mut csv = header.join(",").into_bytes();
	csv.extend_from_slice(b"\n");
	csv.extend_from_slice(&b"1,".repeat(999_999));
	csv.extend_from_slice(b"1\n");
	let draft = draft(&server).await;
	let (status, error) = put(&server, &draft, csv.clone()).await;
	assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
	assert!(error["error"]["message"].as_str().unwrap().contains("columns"), "{error}");
	let (status, _) = answer(server.request(Method::POST, "/v1/schema/infer").body(csv)).await;
	assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn inference_refuses_what_ingest_would() {
	let server = Server::start(Hospital::new()).await;
	for csv in [&b""[..], b"a,a\n1,2\n", b"a,b\n1\n", b"a,b\n\0,1\n", b"a,b\n,1\n,2\n"] {
		let (status, error) = answer(
			server.request(Method::POST, "/v1/schema/infer?name=x").header("x-file-name", "w.csv").body(csv.to_vec()),
		)
		.await;
		assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{csv:?}");
		assert!(error["error"]["message"].as_str().unwrap().contains("w.csv"), "{error}");
	}
	let (status, error) =
		answer(server.request(Method::POST, "/v1/schema/infer?patient_column=nobody").body("a,b\n1,2\n3,4\n")).await;
	assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
	assert!(error.to_string().contains("nobody"));
}

#[tokio::test]
async fn rows_for_a_draft_that_does_not_exist_are_refused_before_they_are_read() {
	let server = Server::start(Hospital::new()).await;
	let (status, error) = put(&server, "0011223344556677", b"id\n1\n".to_vec()).await;
	assert_eq!((status, &error["error"]["code"]), (StatusCode::NOT_FOUND, &json!("unknown-draft")));
}
