//! A JSON-RPC connection that comes back after the node was restarted.

use std::sync::Arc;
use subxt::rpcs::{
	client::{jsonrpsee_client, JsonrpseeRpcClient, RawRpcFuture, RawRpcSubscription, RawValue, RpcClientT},
	Error,
};
use tokio::sync::Mutex;

/// Connects on first use and again whenever the connection was lost. Requests that change nothing are repeated once on
/// a fresh connection; the submission of a transaction never is.
pub(crate) struct Reconnecting {
	url: String,
	current: Mutex<Option<Arc<JsonrpseeRpcClient>>>,
}

impl Reconnecting {
	pub(crate) fn new(url: &str) -> Self {
		Self { url: url.into(), current: Mutex::new(None) }
	}

	async fn client(&self) -> Result<Arc<JsonrpseeRpcClient>, Error> {
		let mut current = self.current.lock().await;
		if let Some(client) = current.as_ref().filter(|client| client.is_connected()) {
			return Ok(client.clone());
		}
		if current.is_some() {
			tracing::info!(url = %self.url, "the connection to the node was lost; connecting again");
		}
		let client = Arc::new(jsonrpsee_client(&self.url).await?);
		*current = Some(client.clone());
		Ok(client)
	}
}

/// Whether a repeated request could have an effect twice.
fn changes_something(method: &str) -> bool {
	method.starts_with("author_") || method.starts_with("transaction")
}

impl RpcClientT for Reconnecting {
	fn request_raw<'a>(&'a self, method: &'a str, params: Option<Box<RawValue>>) -> RawRpcFuture<'a, Box<RawValue>> {
		Box::pin(async move {
			let client = self.client().await?;
			let first = client.request_raw(method, params.clone()).await;
			match first {
				Err(Error::Client(_)) if !client.is_connected() && !changes_something(method) => {
					self.client().await?.request_raw(method, params).await
				},
				answer => answer,
			}
		})
	}

	fn subscribe_raw<'a>(
		&'a self,
		subscribe: &'a str,
		params: Option<Box<RawValue>>,
		unsubscribe: &'a str,
	) -> RawRpcFuture<'a, RawRpcSubscription> {
		Box::pin(async move { self.client().await?.subscribe_raw(subscribe, params, unsubscribe).await })
	}
}
