//! A progress bar on stderr.

use indicatif::{ProgressBar, ProgressStyle};
use semblance_synthesis::Progress;

/// Shows the stage and how far it is. Hidden where stderr is no terminal.
pub struct Bar(ProgressBar);

impl Bar {
	/// A new bar.
	pub fn new() -> Self {
		let bar = ProgressBar::new(1);
		if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {bar:30} {percent:>3} %  {msg}, {eta} left") {
			bar.set_style(style);
		}
		Self(bar)
	}
}

impl Progress for Bar {
	fn step(&mut self, stage: &'static str, done: u64, total: u64) -> bool {
		self.0.set_message(stage);
		self.0.set_length(total.max(1));
		self.0.set_position(done);
		true
	}
}

impl Drop for Bar {
	fn drop(&mut self) {
		self.0.finish_and_clear();
	}
}
