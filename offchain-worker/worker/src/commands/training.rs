//! The state of training under way, beside the results of `semblance-worker synthesize`.

use super::files;
use semblance_synthesis::Checkpoints;
use std::{
	fs,
	path::{Path, PathBuf},
};

/// Keeps the state in `training.state`. It was made from real rows, and is removed when the model is made.
pub struct StateFile(PathBuf);

impl StateFile {
	/// The state beside the results.
	pub fn in_folder(folder: &Path) -> Self {
		Self(folder.join("training.state"))
	}

	/// Removes it.
	pub fn forget(&self) {
		// Most generators never made one.
		let _ = fs::remove_file(&self.0);
	}
}

impl Checkpoints for StateFile {
	fn load(&mut self) -> Option<Vec<u8>> {
		fs::read(&self.0).ok()
	}

	fn save(&mut self, state: &[u8]) {
		if let Err(error) = files::write(&self.0, state) {
			eprintln!("note: {error:#}. After a kill, training would begin anew");
		}
	}
}
