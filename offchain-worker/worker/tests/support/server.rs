//! The worker's HTTP interface on a port of its own, and a client with the token.
#![allow(dead_code, reason = "each test file uses its part")]

use crate::support::Hospital;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use semblance_worker::{
	http::{router, App, TokenDigest},
	vault::Vault,
};
use serde_json::Value;
use std::sync::Arc;

pub struct Server {
	pub hospital: Hospital,
	pub vault: Arc<Vault>,
	pub client: Client,
	pub base: String,
	pub token: String,
}

impl Server {
	pub async fn start(hospital: Hospital) -> Self {
		let vault = hospital.vault();
		let runner = hospital.runner(&vault, crate::support::go_on());
		let token = vault.token().unwrap();
		let app = App {
			chain: Arc::new(hospital.chain.clone()),
			vault: vault.clone(),
			runner,
			organisation: crate::support::HOSPITAL,
			token: TokenDigest::of(&token),
		};
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let base = format!("http://{}", listener.local_addr().unwrap());
		tokio::spawn(async move { axum::serve(listener, router(Arc::new(app))).await });
		Self { hospital, vault, client: Client::new(), base, token }
	}

	pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
		self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
	}

	pub async fn get(&self, path: &str) -> (StatusCode, Value) {
		answer(self.request(Method::GET, path)).await
	}

	pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
		answer(self.request(Method::POST, path).json(body)).await
	}
}

/// Status and JSON of an answer. Every error has code, message and remedy.
pub async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
	let response = request.send().await.unwrap();
	let status = response.status();
	let text = response.text().await.unwrap();
	let json: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: no JSON: {text}"));
	if !status.is_success() {
		for field in ["code", "message", "remedy"] {
			assert!(
				json["error"][field].as_str().is_some_and(|text| !text.is_empty()),
				"{status} without {field}: {json}"
			);
		}
	}
	(status, json)
}
