//! Work on several threads with the same result on any number of them.

use std::{
	num::NonZero,
	sync::{
		atomic::{AtomicUsize, Ordering},
		Mutex, PoisonError,
	},
	thread,
};

/// 0: as many as the machine has, at most [`MOST`].
static LIMIT: AtomicUsize = AtomicUsize::new(0);
/// Most threads that are used.
const MOST: usize = 8;

/// Sets how many threads the library uses, 1 to 8; 0 for as many as the machine has. Results do not depend on it.
pub fn set_threads(count: usize) {
	LIMIT.store(count, Ordering::Relaxed);
}

fn count() -> usize {
	let limit = LIMIT.load(Ordering::Relaxed);
	let wanted = if limit == 0 { thread::available_parallelism().map_or(1, NonZero::get) } else { limit };
	wanted.clamp(1, MOST)
}

/// Work that is worth a thread, in multiplications.
const WORTH: usize = 1 << 22;

/// `f` of every item, in the order of the items. Every result depends on its item alone.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
	map_work(usize::MAX, items, f)
}

/// As [`map`], on one thread if all the work together is not worth more: `work` multiplications.
pub(crate) fn map_work<T: Sync, R: Send>(work: usize, items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
	let workers = workers(work, items.len());
	if workers < 2 {
		return items.iter().map(f).collect();
	}
	let next = AtomicUsize::new(0);
	let work = || {
		let mut done = Vec::new();
		loop {
			let at = next.fetch_add(1, Ordering::Relaxed);
			let Some(item) = items.get(at) else { break done };
			done.push((at, f(item)));
		}
	};
	let mut all: Vec<(usize, R)> = thread::scope(|scope| {
		let handles: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
		let mut all = work();
		for handle in handles {
			match handle.join() {
				Ok(done) => all.extend(done),
				// A panic of `f` goes on in the caller, as it would on one thread.
				Err(panic) => std::panic::resume_unwind(panic),
			}
		}
		all
	});
	all.sort_unstable_by_key(|(at, _)| *at);
	all.into_iter().map(|(_, result)| result).collect()
}

fn workers(work: usize, items: usize) -> usize {
	count().min(items).min(work.checked_div(WORTH).unwrap_or(0).max(1))
}

/// Does `f` to every item. What it does to one depends on that item alone. On one thread if all the work together is not
/// worth more: `work` multiplications.
pub(crate) fn each<T: Send>(work: usize, items: Vec<T>, f: impl Fn(T) + Sync) {
	let workers = workers(work, items.len());
	let queue = Mutex::new(items.into_iter());
	let take = || loop {
		// A panic of another worker leaves the queue as it is, and goes on in the caller.
		let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
		let Some(item) = next else { break };
		f(item);
	};
	thread::scope(|scope| {
		(1..workers).for_each(|_| {
			scope.spawn(take);
		});
		take();
	});
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn results_keep_the_order_of_the_items() {
		let items: Vec<u64> = (0..1000).collect();
		assert_eq!(map(&items, |x| x * x), items.iter().map(|x| x * x).collect::<Vec<_>>());
		assert!(map(&[] as &[u8], |x| *x).is_empty());
	}
}
