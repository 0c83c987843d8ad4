//! `semblance-worker init`

use crate::vault::{Vault, KEY_FILE, TOKEN_FILE};
use std::path::PathBuf;

/// Make a data folder with a fresh vault key and token.
#[derive(Debug, clap::Args)]
pub struct Init {
	/// The folder to make; only its owner will be able to read it.
	#[arg(long)]
	data: PathBuf,
}

impl Init {
	pub fn run(self) -> anyhow::Result<()> {
		Vault::create(&self.data)?;
		super::files::print(&self.data.join(TOKEN_FILE).display().to_string())?;
		eprintln!(
			"Vault ready. Back up {}: without it nothing in the vault opens.",
			self.data.join(KEY_FILE).display()
		);
		eprintln!("Give the node --worker-url and the token file {}.", self.data.join(TOKEN_FILE).display());
		Ok(())
	}
}
