//! `semblance-worker generators`

use crate::{http::describe_generators, jobs::check::{own_code, GENERATORS}};

/// List the generators of this worker with the digest of their code.
#[derive(Debug, clap::Args)]
pub struct Generators {
	/// Write JSON.
	#[arg(long)]
	json: bool,
}

impl Generators {
	pub fn run(self) -> anyhow::Result<()> {
		if self.json {
			println!("{}", describe_generators());
			return Ok(());
		}
		for (kind, own) in GENERATORS {
			println!("{:16} {:?}, code {}", own.name(), kind.tier(), hex::encode(own_code()));
		}
		Ok(())
	}
}
