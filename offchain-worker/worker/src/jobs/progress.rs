//! How far the work under way is. Kept in memory: the stages are in the database, the fractions are not worth a write.

use super::Stage;
use semblance_primitives::JobId;
use semblance_synthesis::Progress;
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, PoisonError},
	time::Instant,
};

/// Decides at the begin of every stage, and now and then within, whether to go on. `false` leaves the job where it is;
/// it is taken up again at the next start.
pub type Checkpoint = Arc<dyn Fn(JobId, Stage) -> bool + Send + Sync>;

/// The work was stopped from outside, by a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped at {}", stage.name())]
pub struct Stopped {
	/// Where.
	pub stage: Stage,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
	stage: Stage,
	ppm: u32,
	began: Instant,
	began_ppm: u32,
}

/// Progress of all jobs under way.
#[derive(Default)]
pub struct Board(Mutex<BTreeMap<JobId, Entry>>);

impl Board {
	fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<JobId, Entry>) -> T) -> T {
		act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
	}

	fn enter(&self, job: JobId, stage: Stage) {
		let ppm = stage.begins_at_ppm();
		self.with(|jobs| jobs.insert(job, Entry { stage, ppm, began: Instant::now(), began_ppm: ppm }));
	}

	fn advance(&self, job: JobId, done: u64, total: u64) {
		self.with(|jobs| {
			let Some(entry) = jobs.get_mut(&job) else { return };
			let (from, to) = (entry.stage.begins_at_ppm(), entry.stage.next().map_or(1_000_000, Stage::begins_at_ppm));
			let width = u64::from(to.saturating_sub(from));
			let part = width.saturating_mul(done.min(total)).checked_div(total).unwrap_or(0);
			entry.ppm = entry.ppm.max(from.saturating_add(u32::try_from(part).unwrap_or(0)));
		});
	}

	/// Forgets a job.
	pub fn forget(&self, job: JobId) {
		self.with(|jobs| jobs.remove(&job));
	}

	/// Share done in ppm, and seconds left if they can be told. For a job that is not under way: the begin of its stage.
	pub fn read(&self, job: JobId, stage: Stage) -> (u32, Option<u64>) {
		let Some(entry) = self.with(|jobs| jobs.get(&job).copied()).filter(|entry| entry.stage == stage) else {
			return (stage.begins_at_ppm(), None);
		};
		let done = entry.ppm.saturating_sub(entry.began_ppm);
		let left = 1_000_000u32.saturating_sub(entry.ppm);
		let eta = (done > 0).then(|| entry.began.elapsed().as_secs_f64() * f64::from(left) / f64::from(done));
		(entry.ppm, eta.map(|seconds| seconds.ceil() as u64))
	}
}

/// Reports the progress of one job and asks whether to go on.
pub struct Meter {
	board: Arc<Board>,
	checkpoint: Checkpoint,
	job: JobId,
	stage: Stage,
	record: Box<dyn Fn(Stage) + Send>,
}

impl Meter {
	/// A meter for `job`; `record` writes a new stage down.
	pub fn new(board: Arc<Board>, checkpoint: Checkpoint, job: JobId, record: Box<dyn Fn(Stage) + Send>) -> Self {
		Self { board, checkpoint, job, stage: Stage::WaitingForFinality, record }
	}

	/// A new stage begins.
	///
	/// # Errors
	/// [`Stopped`] if the worker shuts down.
	pub fn enter(&mut self, stage: Stage) -> Result<(), Stopped> {
		self.stage = stage;
		self.board.enter(self.job, stage);
		(self.record)(stage);
		tracing::info!(job = self.job, stage = stage.name(), "stage");
		self.is_wanted().then_some(()).ok_or(Stopped { stage })
	}

	/// Where the job is.
	pub fn stage(&self) -> Stage {
		self.stage
	}

	fn is_wanted(&self) -> bool {
		(self.checkpoint)(self.job, self.stage)
	}
}

impl Progress for Meter {
	fn step(&mut self, _: &'static str, done: u64, total: u64) -> bool {
		self.board.advance(self.job, done, total);
		self.is_wanted()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn progress_lies_between_the_begins_of_two_stages_and_never_falls() {
		let board = Arc::new(Board::default());
		let mut meter = Meter::new(board.clone(), Arc::new(|_, _| true), 1, Box::new(|_| ()));
		meter.enter(Stage::Fitting).unwrap();
		assert!(meter.step("fit", 1, 2));
		let (half, eta) = board.read(1, Stage::Fitting);
		assert_eq!(half, (Stage::Fitting.begins_at_ppm() + Stage::Sampling.begins_at_ppm()) / 2);
		assert!(eta.is_some());
		meter.step("fit", 0, 2);
		assert_eq!(board.read(1, Stage::Fitting).0, half);
		assert_eq!(board.read(1, Stage::Sampling).0, Stage::Sampling.begins_at_ppm());
	}

	#[test]
	fn a_checkpoint_stops_the_work() {
		let stop: Checkpoint = Arc::new(|_, stage| stage != Stage::Sampling);
		let mut meter = Meter::new(Arc::default(), stop, 1, Box::new(|_| ()));
		assert_eq!(meter.enter(Stage::Fitting), Ok(()));
		assert_eq!(meter.enter(Stage::Sampling), Err(Stopped { stage: Stage::Sampling }));
		assert!(!meter.step("sample", 1, 2));
	}
}
