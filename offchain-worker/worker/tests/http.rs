//! The HTTP interface: who may ask, what is refused, and the ways of steward and researcher through it.

#[path = "support/server.rs"]
mod server;
mod support;

use codec::{Decode, Encode};
use reqwest::{Method, StatusCode};
use semblance_primitives::{
	access::{Agreement, AgreementState, Conditions},
	commitment::sha3_256,
	consortium::Member,
	data_use::{Purpose, UseAttributes},
	decision::Decision,
	generation::{FailureReason, GeneratorKind, JobState, SubjectRole},
	worker_protocol::{WorkOrder, WorkerReply},
	Digest,
};
use semblance_sealed::{artefact_context, generate_x25519, open, unwrap_key, ReleaseContext, WrappedKey};
use semblance_worker::{
	artefacts::ReleaseBundle,
	chain::{ChainState, Standing},
	jobs::{store::JobStore, Stage},
};
use serde_json::{json, Value};
use server::{answer, Server};
use std::time::Duration;
use support::{cohort, version, Hospital, RESEARCHER};

fn order(hospital: &Hospital, id: u32) -> WorkOrder {
	let job = hospital.chain.with(|state| state.jobs[&id].clone());
	WorkOrder { genesis: hospital.chain.genesis(), custodian: job.custodian, job_id: id, job, block: 10 }
}

fn path(order: &WorkOrder) -> String {
	format!("/v1/jobs/{}/{}", hex::encode(order.genesis), order.job_id)
}

async fn put_order(server: &Server, path: &str, body: Vec<u8>) -> (StatusCode, Vec<u8>) {
	let response = server.request(Method::PUT, path).body(body).send().await.unwrap();
	(response.status(), response.bytes().await.unwrap().to_vec())
}

fn error_code(body: &[u8]) -> String {
	serde_json::from_slice::<Value>(body).unwrap()["error"]["code"].as_str().unwrap().to_owned()
}

async fn jobs(server: &Server) -> usize {
	server.get("/v1/jobs").await.1.as_array().unwrap().len()
}

#[tokio::test]
async fn without_the_token_nothing_but_health_is_told() {
	let server = Server::start(Hospital::new()).await;
	let paths = [
		(Method::GET, "/v1/jobs"),
		(Method::GET, "/v1/jobs/1"),
		(Method::GET, "/v1/jobs/1/report"),
		(Method::PUT, "/v1/jobs/00/1"),
		(Method::GET, "/v1/generators"),
		(Method::POST, "/v1/schema/infer"),
		(Method::POST, "/v1/datasets"),
		(Method::GET, "/v1/datasets"),
		(Method::PUT, "/v1/datasets/00/rows"),
		(Method::POST, "/v1/datasets/00/bind"),
		(Method::GET, "/v1/datasets/1/1/handles"),
		(Method::GET, "/v1/datasets/1/1/handles/1"),
		(Method::GET, "/v1/attestations/00/statement"),
		(Method::GET, "/v1/artefacts/00"),
		(Method::POST, "/v1/artefacts/00/release"),
	];
	for (method, path) in paths {
		let bare = server.client.request(method.clone(), format!("{}{path}", server.base));
		let last = if server.token.ends_with('0') { '1' } else { '0' };
		let almost = format!("{}{last}", &server.token[..63]);
		for request in [bare.try_clone().unwrap(), bare.try_clone().unwrap().bearer_auth("x"), bare.bearer_auth(almost)]
		{
			let (status, error) = answer(request).await;
			assert_eq!(
				(status, error["error"]["code"].as_str().unwrap()),
				(StatusCode::UNAUTHORIZED, "wrong-token"),
				"{path}"
			);
		}
	}
	let (status, health) = answer(server.client.get(format!("{}/v1/health", server.base))).await;
	assert_eq!((status, &health["status"], &health["finalised"]), (StatusCode::OK, &json!("ok"), &json!(10)));
}

#[tokio::test]
async fn metrics_show_the_queue_the_chain_and_the_disk_and_nothing_secret() {
	let server = Server::start(Hospital::new()).await;
	let metrics = || async {
		let response = server.client.get(format!("{}/metrics", server.base)).send().await.unwrap();
		assert!(response.status().is_success());
		response.text().await.unwrap()
	};
	let page = metrics().await;
	for line in ["semblance_worker_jobs{stage=\"waiting-for-finality\"} 0", "semblance_worker_job_standstill_seconds 0"]
	{
		assert!(page.contains(line), "{line}: {page}");
	}

	JobStore::new(&server.vault, server.hospital.chain.genesis()).ensure(7, 1_000).unwrap();
	server.hospital.chain.with(|state| {
		state.standing = Standing { time: 0, validators: vec![(1, 0), (2, 3)], muted: 1, offences: 2 };
	});
	let page = metrics().await;
	for line in [
		"semblance_worker_jobs{stage=\"waiting-for-finality\"} 1",
		"semblance_worker_node_reachable 1",
		"semblance_worker_finalised_block 10",
		"semblance_chain_validators 2",
		"semblance_chain_validators_muted 1",
		"semblance_chain_offences 2",
		"semblance_chain_validator_sessions_absent{organisation=\"2\"} 3",
	] {
		assert!(page.lines().any(|found| found == line), "{line}: {page}");
	}
	let number = |name: &str| -> f64 {
		let line = page.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}: {page}"));
		line.rsplit(' ').next().unwrap().parse().unwrap()
	};
	assert!(number("semblance_worker_job_standstill_seconds ") > 1e9, "the job came in 1970");
	assert!(number("semblance_worker_clock_ahead_seconds ") > 1e9, "and so did the block");
	assert!(number("semblance_worker_disk_free_bytes ") <= number("semblance_worker_disk_size_bytes "));
	assert!(!page.contains(&server.token));

	server.hospital.chain.with(|state| state.is_down = true);
	let page = metrics().await;
	assert!(page.contains("semblance_worker_node_reachable 0"), "{page}");
	assert!(!page.contains("semblance_chain_"), "nothing stale is told of the chain: {page}");
}

#[tokio::test]
async fn an_order_is_answered_at_once_and_later_with_the_reply() {
	let server = Server::start(Hospital::new()).await;
	server.hospital.request(1, |_| {});
	let order = order(&server.hospital, 1);
	let (status, body) = put_order(&server, &path(&order), order.encode()).await;
	assert_eq!((status, body.len()), (StatusCode::ACCEPTED, 0));
	for _ in 0..400 {
		let (status, body) = put_order(&server, &path(&order), order.encode()).await;
		if status == StatusCode::OK {
			let reply = WorkerReply::decode(&mut &body[..]).unwrap();
			assert!(matches!(reply, WorkerReply::Accept { job: 1, .. }));
			let (_, job) = server.get("/v1/jobs/1").await;
			assert_eq!((&job["stage"], &job["attempt"]), (&json!("accepted"), &json!(1)));
			assert!(job["acceptance"]["consent_root"].as_str().unwrap().starts_with("0x"));
			return;
		}
		assert_eq!(status, StatusCode::ACCEPTED);
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	panic!("no acceptance");
}

#[tokio::test]
async fn orders_that_do_not_fit_are_refused_and_change_nothing() {
	let server = Server::start(Hospital::new()).await;
	server.hospital.request(1, |_| {});
	let good = order(&server.hospital, 1);
	let mut other_chain = good.clone();
	other_chain.genesis = Digest::zero();
	let mut other_hospital = good.clone();
	(other_hospital.custodian, other_hospital.job.custodian) = (2, 2);
	let mut other_in_job = good.clone();
	other_in_job.job.custodian = 2;
	let mut longer = good.encode();
	longer.push(0);
	let cases = [
		(path(&good), b"garbage".to_vec(), StatusCode::BAD_REQUEST, "malformed-order"),
		(path(&good), Vec::new(), StatusCode::BAD_REQUEST, "malformed-order"),
		(path(&good), longer, StatusCode::BAD_REQUEST, "malformed-order"),
		(path(&good), good.encode()[..40].to_vec(), StatusCode::BAD_REQUEST, "malformed-order"),
		(path(&other_chain), other_chain.encode(), StatusCode::CONFLICT, "another-chain"),
		(path(&good), other_chain.encode(), StatusCode::BAD_REQUEST, "path-differs"),
		(path(&good).trim_end_matches('1').to_owned() + "2", good.encode(), StatusCode::BAD_REQUEST, "path-differs"),
		("/v1/jobs/zz/1".into(), good.encode(), StatusCode::BAD_REQUEST, "malformed-digest"),
		(path(&good), other_hospital.encode(), StatusCode::FORBIDDEN, "another-hospital"),
		(path(&good), other_in_job.encode(), StatusCode::FORBIDDEN, "another-hospital"),
	];
	for (path, body, status, code) in cases {
		let (found, answer) = put_order(&server, &path, body).await;
		assert_eq!((found, error_code(&answer).as_str()), (status, code));
	}
	assert_eq!(jobs(&server).await, 0);
}

#[tokio::test]
async fn no_changed_byte_of_an_order_breaks_the_worker() {
	let server = Server::start(Hospital::new()).await;
	server.hospital.request(1, |_| {});
	let good = order(&server.hospital, 1);
	let (path, bytes) = (path(&good), good.encode());
	for position in 0..bytes.len() {
		let mut changed = bytes.clone();
		changed[position] ^= 0xff;
		let (status, _) = put_order(&server, &path, changed).await;
		assert!(!status.is_server_error(), "byte {position}: {status}");
	}
	assert!(jobs(&server).await <= 1, "no order names another job than its path");
}

#[tokio::test]
async fn oversized_bodies_are_refused_whether_their_length_is_declared_or_not() {
	let server = Server::start(Hospital::new()).await;
	let path = format!("/v1/jobs/{}/1", hex::encode(server.hospital.chain.genesis()));
	let chunk = vec![0u8; 64 * 1024];
	let chunks = std::iter::repeat_n(chunk, 32).map(Ok::<_, std::io::Error>);
	let chunked = reqwest::Body::wrap_stream(futures::stream::iter(chunks));
	for body in [reqwest::Body::from(vec![0u8; 2 * 1024 * 1024]), chunked] {
		match server.request(Method::PUT, &path).body(body).send().await {
			Ok(response) => {
				assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
				assert_eq!(error_code(&response.bytes().await.unwrap()), "body-too-large");
			},
			// The server closed the connection before all was written.
			Err(error) => assert!(error.is_request() || error.is_body(), "{error:?}"),
		}
	}
	assert_eq!(jobs(&server).await, 0);
}

#[tokio::test]
async fn a_job_for_a_generator_with_other_code_is_answered_with_the_reason() {
	let server = Server::start(Hospital::new()).await;
	server.hospital.request(1, |job| job.code = Digest::repeat_byte(7));
	let order = order(&server.hospital, 1);
	for _ in 0..200 {
		let (status, body) = put_order(&server, &path(&order), order.encode()).await;
		if status == StatusCode::OK {
			let expected = WorkerReply::Fail { job: 1, reason: FailureReason::GeneratorMismatch };
			assert_eq!(WorkerReply::decode(&mut &body[..]).unwrap(), expected);
			let (_, job) = server.get("/v1/jobs/1").await;
			assert_eq!(job["stage"], "failed");
			assert!(job["error"].as_str().unwrap().contains("has code"));
			return;
		}
		tokio::time::sleep(Duration::from_millis(10)).await;
	}
	panic!("no answer");
}

#[tokio::test]
async fn unknown_paths_methods_and_numbers_are_errors_in_our_form() {
	let server = Server::start(Hospital::new()).await;
	assert_eq!(server.get("/v2/jobs").await.0, StatusCode::NOT_FOUND);
	assert_eq!(server.get("/v1/jobs/9").await.0, StatusCode::NOT_FOUND);
	assert_eq!(server.post("/v1/jobs", &json!({})).await.0, StatusCode::METHOD_NOT_ALLOWED);
	assert_eq!(server.get("/v1/datasets/9/1/handles").await.0, StatusCode::NOT_FOUND);
	assert_eq!(server.get(&format!("/v1/attestations/{}/statement", "00".repeat(32))).await.0, StatusCode::NOT_FOUND);
	assert_eq!(server.get(&format!("/v1/artefacts/{}", "00".repeat(32))).await.0, StatusCode::NOT_FOUND);
	let (_, generators) = server.get("/v1/generators").await;
	assert_eq!(generators[1]["kind"], "GaussianCopula");
	assert_eq!(generators[1]["tier"], "Heuristic");
}

#[tokio::test]
async fn a_steward_registers_a_file() {
	let server = Server::start(Hospital::new()).await;
	let (csv, _) = cohort();
	let infer =
		server.request(Method::POST, "/v1/schema/infer?name=ward%207&patient_column=patient_id&target=death_1y");
	let (status, inferred) = answer(infer.body(csv.clone())).await;
	assert_eq!(status, StatusCode::OK);
	assert_eq!(inferred["schema"]["name"], "ward 7");
	assert!(inferred["notes"].is_array());
	let (_, made) = server
		.post(
			"/v1/datasets",
			&json!({ "name": "ward 7", "schema": inferred["schema"], "patient_column": "patient_id" }),
		)
		.await;
	let draft = made["draft"].as_str().unwrap().to_owned();
	assert_eq!(draft.len(), 16);
	let put = || {
		answer(
			server
				.request(Method::PUT, &format!("/v1/datasets/{draft}/rows"))
				.header("X-File-Name", "ward7.csv")
				.body(csv.clone()),
		)
	};
	let (_, first) = put().await;
	assert_eq!(put().await.1, first, "idempotent");
	let bind = json!({ "dataset": 2, "version": 1 });
	assert_eq!(
		server.post(&format!("/v1/datasets/{draft}/bind"), &bind).await.0,
		StatusCode::NOT_FOUND,
		"not on chain yet"
	);
	let mut registered = version(&server.hospital.registered);
	server.hospital.chain.with(|state| state.versions.insert((2, 1), registered.clone()));
	let (status, error) = server.post(&format!("/v1/datasets/{draft}/bind"), &bind).await;
	assert_eq!((status, &error["error"]["code"]), (StatusCode::CONFLICT, &json!("commitment-mismatch")));
	registered.rows = first["rows_root"].as_str().unwrap().parse().unwrap();
	server.hospital.chain.with(|state| state.versions.insert((2, 1), registered));
	assert_eq!(server.post(&format!("/v1/datasets/{draft}/bind"), &bind).await.0, StatusCode::OK);
	let (_, handles) = server.get("/v1/datasets/2/1/handles").await;
	assert_eq!(handles["handles"].as_array().unwrap().len() as u64, first["patients"].as_u64().unwrap());
	let (_, handle) = server.get("/v1/datasets/2/1/handles/P000001").await;
	assert!(handles["handles"].as_array().unwrap().contains(&handle["handle"]));
	assert_eq!(server.get("/v1/datasets/2/1/handles/P999999").await.0, StatusCode::NOT_FOUND);
	let (_, list) = server.get("/v1/datasets").await;
	assert!(list.as_array().unwrap().iter().any(|view| view["draft"] == draft.as_str() && view["dataset"] == 2));
}

#[tokio::test]
async fn schemas_that_are_none_make_no_draft() {
	let server = Server::start(Hospital::new()).await;
	let (_, before) = server.get("/v1/datasets").await;
	let (_, schema) = cohort();
	let mut twice = serde_json::to_value(&schema).unwrap();
	let column = twice["columns"][0].clone();
	twice["columns"].as_array_mut().unwrap().push(column);
	for body in [
		json!({}),
		json!([1]),
		json!({ "schema": {} }),
		json!({ "schema": twice }),
		json!({ "schema": schema, "patient_column": "nobody" }),
	] {
		let (status, _) = server.post("/v1/datasets", &body).await;
		assert!(status.is_client_error(), "{body}");
	}
	assert_eq!(server.get("/v1/datasets").await.1, before);
}

fn agreement() -> Agreement {
	Agreement {
		applicant: RESEARCHER,
		organisation: 3,
		dataset: 1,
		purpose: Purpose::HealthResearch,
		attributes: UseAttributes {
			commercial: false,
			non_profit_organisation: true,
			collaborates_with_custodian: false,
			ethics_evidence: None,
			region: None,
			months: 12,
		},
		statement: Digest::zero(),
		decision: Decision::permit(),
		state: AgreementState::Active,
		conditions: Conditions { allow_heuristic: true, max_rho: 0, max_rows: 100 },
		rho_used: 0,
		applied: 1,
		expires: 100,
	}
}

async fn finish(server: &Server, id: u32) -> Value {
	for _ in 0..400 {
		let order = order(&server.hospital, id);
		let (status, body) = put_order(server, &path(&order), order.encode()).await;
		if status == StatusCode::OK {
			let runner = server.hospital.runner(&server.vault, support::go_on());
			assert!(WorkerReply::decode(&mut &body[..]).is_ok());
			server.hospital.take_reply(&runner, id);
		}
		let (_, job) = server.get(&format!("/v1/jobs/{id}")).await;
		if job["stage"] == Stage::Attested.name() {
			return job;
		}
		tokio::time::sleep(Duration::from_millis(20)).await;
	}
	panic!("the job does not end");
}

#[tokio::test]
async fn the_report_of_a_private_job_stays_in_the_hospital_and_the_rest_waits_for_the_budgets_charge() {
	let server = Server::start(Hospital::new()).await;
	let key = Digest::from(generate_x25519().unwrap().public);
	let member = Member { organisation: 3, roles: Default::default(), valid_until: None, encryption_key: Some(key) };
	server.hospital.chain.with(|state| {
		state.agreements.insert(7, agreement());
		state.members.insert(RESEARCHER, member);
	});
	server.hospital.request(1, |job| (job.kind, job.rho_micro) = (GeneratorKind::Mst, 500_000));
	let runner = server.hospital.runner(&server.vault, support::go_on());
	let store = JobStore::new(&server.vault, server.hospital.chain.genesis());
	store.ensure(1, 0).unwrap();
	while store.get(1).unwrap().unwrap().body.is_none() {
		runner.step(1).await.unwrap();
		if server.hospital.chain.with(|state| state.jobs[&1].state) == JobState::Requested {
			server.hospital.take_reply(&runner, 1);
		}
	}
	let body = store.get(1).unwrap().unwrap().body.unwrap();
	let ask = json!({ "agreement": 7, "recipient_key": key, "epoch": 0 });
	let release = |role| format!("/v1/artefacts/{:?}/release", body.subject(role).unwrap().sha3);
	let (status, answer) = server.post(&release(SubjectRole::SyntheticTable), &ask).await;
	assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("budget-not-charged")));

	// As soon as the chain holds the attestation, before the runner has looked again.
	server.hospital.take_reply(&runner, 1);
	for role in [SubjectRole::MeasurementLog, SubjectRole::Model, SubjectRole::SyntheticTable] {
		assert_eq!(server.post(&release(role), &ask).await.0, StatusCode::OK, "{role:?}");
	}
	let (status, answer) = server.post(&release(SubjectRole::Report), &ask).await;
	assert_eq!((status, &answer["error"]["code"]), (StatusCode::FORBIDDEN, &json!("stays-in-hospital")));
	assert!(answer["error"]["remedy"].as_str().unwrap().contains("measurement log"));

	// The hospital's own people read it all the same.
	let shown = server.request(Method::GET, "/v1/jobs/1/report").send().await.unwrap();
	assert_eq!((shown.status(), shown.headers()["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
	let page = shown.bytes().await.unwrap();
	assert_eq!(sha3_256(&page), body.subject(SubjectRole::Report).unwrap().sha3);
	assert!(page.starts_with(b"<!DOCTYPE html>"));
	assert_eq!(server.get("/v1/jobs/2/report").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_researcher_fetches_and_opens_what_was_released() {
	let server = Server::start(Hospital::new()).await;
	let pair = generate_x25519().unwrap();
	let key = Digest::from(pair.public);
	let member = Member { organisation: 3, roles: Default::default(), valid_until: None, encryption_key: Some(key) };
	server.hospital.chain.with(|state| {
		state.agreements.insert(7, agreement());
		state.members.insert(RESEARCHER, member);
	});
	server.hospital.request(1, |_| {});
	let job = finish(&server, 1).await;
	assert_eq!(job["progress_ppm"], 1_000_000);
	let table = job["subjects"].as_array().unwrap().iter().find(|subject| subject["name"] == "table").unwrap();
	let artefact: Digest = table["sha3"].as_str().unwrap().parse().unwrap();
	let (_, statement) =
		server.get(&format!("/v1/attestations/{}/statement", job["attestation"].as_str().unwrap())).await;
	assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");

	let release = format!("/v1/artefacts/{artefact:?}/release");
	let ask = |agreement: u32, key: Digest| json!({ "agreement": agreement, "recipient_key": key, "epoch": 0 });
	assert_eq!(server.post(&release, &ask(8, key)).await.0, StatusCode::NOT_FOUND);
	assert_eq!(server.post(&release, &ask(7, Digest::repeat_byte(1))).await.0, StatusCode::CONFLICT);
	let (status, bundle) = server.post(&release, &ask(7, key)).await;
	assert_eq!(status, StatusCode::OK);
	let bundle: ReleaseBundle = serde_json::from_value(bundle).unwrap();
	assert_eq!((bundle.role, bundle.artefact), (SubjectRole::SyntheticTable, artefact));

	let url = format!("{}/v1/artefacts/{artefact:?}?agreement=7", server.base);
	let fetch = |ticket: &str| server.client.get(&url).bearer_auth(ticket).send();
	let sealed = fetch(&bundle.ticket).await.unwrap().bytes().await.unwrap();
	let wrapped = WrappedKey {
		encapsulated: bundle.encapsulated_key.to_fixed_bytes(),
		wrapped: hex::decode(&bundle.wrapped_key[2..]).unwrap(),
	};
	assert_eq!(bundle.wrapped_key_digest, sha3_256(&[wrapped.encapsulated.as_slice(), &wrapped.wrapped].concat()));
	let context = ReleaseContext {
		genesis: bundle.genesis.to_fixed_bytes(),
		agreement: 7,
		artefact: artefact.to_fixed_bytes(),
		recipient_key: pair.public,
		epoch: 0,
	};
	let data_key = unwrap_key(&pair.secret, &context.to_bytes(), &wrapped).unwrap();
	let content = open(&data_key, &artefact_context(artefact.as_fixed_bytes()), &sealed).unwrap();
	assert_eq!(sha3_256(&content), artefact);

	let mut other_ticket = bundle.ticket.clone().into_bytes();
	other_ticket[0] ^= 1;
	assert_eq!(fetch(std::str::from_utf8(&other_ticket).unwrap()).await.unwrap().status(), StatusCode::UNAUTHORIZED);
	server.hospital.chain.with(|state| state.agreements.get_mut(&7).unwrap().state = AgreementState::Suspended);
	assert_eq!(fetch(&bundle.ticket).await.unwrap().status(), StatusCode::FORBIDDEN);
	assert_eq!(server.post(&release, &ask(7, key)).await.0, StatusCode::FORBIDDEN);
	assert_eq!(fetch(&server.token).await.unwrap().status(), StatusCode::OK, "the hospital itself always may");
	server.hospital.chain.with(|state| {
		let record = state.agreements.get_mut(&7).unwrap();
		(record.state, record.expires) = (AgreementState::Active, 5);
	});
	assert_eq!(fetch(&bundle.ticket).await.unwrap().status(), StatusCode::FORBIDDEN, "ran out");
	assert_eq!(server.hospital.chain.with(|state| state.jobs[&1].state), JobState::Attested);
}
