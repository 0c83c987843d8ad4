//! `semblance-worker generators`

use super::files;
use crate::{
	http::describe_generators,
	jobs::check::{own_code, GENERATORS},
};

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
			return files::print(&describe_generators().to_string());
		}
		for (kind, own) in GENERATORS {
			files::print(&format!("{:16} {:?}, code {}", own.name(), kind.tier(), hex::encode(own_code())))?;
		}
		Ok(())
	}
}
