//! Memory and computing time of the nodes' processes, and the size of a database, while the load goes on.

use crate::{error::LoadError, ledger::Ledger};
use serde::Serialize;
use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

/// How often is measured.
const EVERY: Duration = Duration::from_secs(1);
/// Linux counts computing time in hundredths of a second, whatever its own clock does.
const TICKS: f64 = 100.0;
/// Bytes of a block as `stat` counts them.
const STAT_BLOCK: u64 = 512;

/// A process that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Process {
	/// Its name in the report.
	pub name: String,
	/// Its id.
	pub pid: u32,
}

/// A process at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Sample {
	/// Seconds since the start.
	pub at: f64,
	/// Resident memory, MiB: its own, and pages of files that it maps.
	pub resident: f64,
	/// Its own resident memory alone, MiB.
	pub own: f64,
	/// Seconds of computing so far, over all cores.
	pub computed: f64,
}

/// The size of a folder at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Size {
	/// Seconds since the start.
	pub at: f64,
	/// Bytes on disk.
	pub bytes: u64,
}

impl Process {
	/// Reads `PID` or `NAME=PID`, and looks whether it is there.
	///
	/// # Errors
	/// [`LoadError::Input`] if it is not.
	pub fn parse(text: &str) -> Result<Self, LoadError> {
		let (name, id) = text.split_once('=').unwrap_or((text, text));
		let refuse = |problem: String| LoadError::input(problem, "give --pid the id of a running process, or NAME=ID");
		let pid = id.parse().map_err(|_| refuse(format!("--pid {text} is no process id")))?;
		let process = Self { name: name.into(), pid };
		if process.sample(0.0).is_none() {
			return Err(refuse(format!("there is no process {pid}")));
		}
		Ok(process)
	}

	/// This program itself.
	pub fn own() -> Self {
		Self { name: "semblance-load".into(), pid: std::process::id() }
	}

	/// How it stands now; `None` if it has ended.
	pub fn sample(&self, at: f64) -> Option<Sample> {
		let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
		let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
		let mib = |field: &str| Some(kibibytes(&status, field)? as f64 / 1_024.0);
		Some(Sample { at, resident: mib("VmRSS:")?, own: mib("RssAnon:")?, computed: ticks(&stat)? as f64 / TICKS })
	}
}

fn kibibytes(status: &str, field: &str) -> Option<u64> {
	let line = status.lines().find_map(|line| line.strip_prefix(field))?;
	line.split_whitespace().next()?.parse().ok()
}

/// Ticks in user and in system mode: fields 14 and 15. The second field is a name that can hold anything, in brackets.
fn ticks(stat: &str) -> Option<u64> {
	let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
	let user: u64 = fields.next()?.parse().ok()?;
	let system: u64 = fields.next()?.parse().ok()?;
	user.checked_add(system)
}

/// Bytes that a folder takes on disk. Files that vanish meanwhile are left out.
pub fn folder_size(folder: &Path) -> u64 {
	let Ok(entries) = fs::read_dir(folder) else { return 0 };
	entries
		.flatten()
		.map(|entry| match entry.metadata() {
			Ok(metadata) if metadata.is_dir() => folder_size(&entry.path()),
			Ok(metadata) => metadata.blocks().saturating_mul(STAT_BLOCK),
			Err(_) => 0,
		})
		.fold(0, u64::saturating_add)
}

/// What was measured.
#[derive(Debug, Default)]
pub struct Watch {
	/// Processes and their samples.
	pub processes: Vec<(Process, Vec<Sample>)>,
	/// Sizes of the database.
	pub database: Vec<Size>,
}

/// Measures once a second until it is told to stop.
pub async fn watch(
	processes: Vec<Process>,
	database: Option<std::path::PathBuf>,
	ledger: std::sync::Arc<Ledger>,
	mut stop: tokio::sync::oneshot::Receiver<()>,
) -> Watch {
	let mut seen =
		Watch { processes: processes.into_iter().map(|process| (process, Vec::new())).collect(), ..Watch::default() };
	let mut clock = tokio::time::interval(EVERY);
	loop {
		tokio::select! {
			_ = clock.tick() => {},
			_ = &mut stop => return seen,
		}
		let at = ledger.now();
		for (process, samples) in &mut seen.processes {
			samples.extend(process.sample(at));
		}
		if let Some(folder) = &database {
			seen.database.push(Size { at, bytes: folder_size(folder) });
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_process_is_named_by_its_id_or_by_hand() {
		let own = std::process::id();
		assert_eq!(Process::parse(&own.to_string()).unwrap().name, own.to_string());
		let named = Process::parse(&format!("Alice={own}")).unwrap();
		assert_eq!((named.name.as_str(), named.pid), ("Alice", own));
		for hostile in ["", "x", "-1", "Alice=", "4294967296", "../1", "4294967295"] {
			assert!(matches!(Process::parse(hostile), Err(LoadError::Input { .. })), "{hostile}");
		}
	}

	#[test]
	fn a_running_process_has_memory() {
		let sample = Process::own().sample(3.0).unwrap();
		assert!(sample.own > 0.1 && sample.resident >= sample.own, "{sample:?}");
	}

	#[test]
	fn fields_are_found_whatever_the_process_calls_itself() {
		let stat = "12 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0";
		assert_eq!(ticks(stat), Some(300));
		assert_eq!(ticks("12 (a) S 1"), None);
		assert_eq!(kibibytes("Name:\tx\nVmRSS:\t  2048 kB\n", "VmRSS:"), Some(2_048));
		assert_eq!(kibibytes("Name:\tx\n", "VmRSS:"), None);
	}

	#[test]
	fn a_folder_s_size_is_that_of_all_files_below() {
		let folder = tempfile::tempdir().unwrap();
		fs::create_dir(folder.path().join("sub")).unwrap();
		fs::write(folder.path().join("sub/file"), vec![1; 100_000]).unwrap();
		assert!(folder_size(folder.path()) >= 98_304);
		assert_eq!(folder_size(Path::new("/nowhere/at/all")), 0);
	}
}
