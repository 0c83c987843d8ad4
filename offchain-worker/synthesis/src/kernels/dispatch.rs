//! The one place that chooses the instructions a kernel is compiled to.

use super::{fused::fused_multiply_add, product::Tiles};

/// The instructions that a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
	/// What every processor of the target has.
	Portable,
	/// x86-64 with AVX2 and FMA: 16 registers of 8 lanes.
	#[cfg(target_arch = "x86_64")]
	Avx2,
	/// x86-64 with AVX-512F: 32 registers of 16 lanes.
	#[cfg(target_arch = "x86_64")]
	Avx512,
}

/// A level that this processor has. Only [`Path::available`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Path(Level);

impl Path {
	/// The levels of this processor, the best one first.
	pub fn available() -> impl Iterator<Item = Self> {
		#[cfg(target_arch = "x86_64")]
		let vectors = {
			let avx512 = std::arch::is_x86_feature_detected!("avx512f");
			let avx2 = std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
			[(avx512 && avx2).then_some(Level::Avx512), avx2.then_some(Level::Avx2)]
		};
		#[cfg(not(target_arch = "x86_64"))]
		let vectors = [None];
		vectors.into_iter().flatten().chain([Level::Portable]).map(Self)
	}

	/// The best level of this processor.
	pub fn best() -> Self {
		#[cfg(test)]
		if let Some(path) = CHOSEN.get() {
			return path;
		}
		Self::available().next().unwrap_or(Self(Level::Portable))
	}
}

#[cfg(test)]
thread_local! {
	static CHOSEN: std::cell::Cell<Option<Path>> = const { std::cell::Cell::new(None) };
}

/// What `work` gives when all kernels that this thread calls run on `path`.
#[cfg(test)]
pub(super) fn with_path<R>(path: Path, work: impl FnOnce() -> R) -> R {
	CHOSEN.set(Some(path));
	let result = work();
	CHOSEN.set(None);
	result
}

/// What differs between levels. A value of a level proves that the processor has it: only [`run_on`] makes one.
pub(super) trait Instructions: Tiles {
	/// `a * b + c`, rounded once.
	fn fuse(a: f32, b: f32, c: f32) -> f32;
}

/// Vectors of a level.
pub(super) trait Vectors<const LANES: usize>: Copy {
	/// `LANES` numbers in as few registers as hold them.
	type Vector: Copy;

	/// The numbers of an array.
	fn load(self, from: [f32; LANES]) -> Self::Vector;

	/// The vector as an array.
	fn store(self, vector: Self::Vector) -> [f32; LANES];

	/// `a * b + c` in every lane, rounded once.
	fn fuse_lanes(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;
}

/// Work that is compiled once for every level.
pub(super) trait Kernel {
	/// What it returns.
	type Output;

	/// The work. Has to be `#[inline(always)]`, and so has everything that it calls, to be compiled for the level.
	fn run<I: Instructions>(self, level: I) -> Self::Output;
}

/// [`Level::Portable`].
#[derive(Clone, Copy)]
pub(super) struct Portable(());

impl Instructions for Portable {
	#[inline(always)]
	fn fuse(a: f32, b: f32, c: f32) -> f32 {
		if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
			a.mul_add(b, c)
		} else {
			fused_multiply_add(a, b, c)
		}
	}
}

impl<const LANES: usize> Vectors<LANES> for Portable {
	type Vector = [f32; LANES];

	#[inline(always)]
	fn load(self, from: [f32; LANES]) -> Self::Vector {
		from
	}

	#[inline(always)]
	fn store(self, vector: Self::Vector) -> [f32; LANES] {
		vector
	}

	#[inline(always)]
	fn fuse_lanes(self, a: Self::Vector, b: Self::Vector, mut c: Self::Vector) -> Self::Vector {
		for ((c, a), b) in c.iter_mut().zip(a).zip(b) {
			*c = Self::fuse(a, b, *c);
		}
		c
	}
}

/// The levels with vectors and a fused multiply-add.
#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
	use super::{Instructions, Kernel, Vectors};
	use std::{arch::x86_64, mem::transmute};

	/// A level with its name, features, lanes, vector and fused multiply-add.
	macro_rules! level {
		($level:ident, $enter:ident, $features:literal, $lanes:literal, $vector:ident, $fuse:ident) => {
			/// The level of this name.
			#[derive(Clone, Copy)]
			pub(in super::super) struct $level(());

			impl Instructions for $level {
				#[inline(always)]
				fn fuse(a: f32, b: f32, c: f32) -> f32 {
					a.mul_add(b, c)
				}
			}

			#[allow(unsafe_code)]
			impl Vectors<$lanes> for $level {
				type Vector = x86_64::$vector;

				#[inline(always)]
				fn load(self, from: [f32; $lanes]) -> Self::Vector {
					// SAFETY: both are this many f32 without padding, and any bits are valid in both.
					unsafe { transmute(from) }
				}

				#[inline(always)]
				fn store(self, vector: Self::Vector) -> [f32; $lanes] {
					// SAFETY: as in `load`.
					unsafe { transmute(vector) }
				}

				#[inline(always)]
				fn fuse_lanes(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
					// SAFETY: `self` is made only in a function that has the features.
					unsafe { x86_64::$fuse(a, b, c) }
				}
			}

			/// `kernel` compiled for the level.
			#[target_feature(enable = $features)]
			pub fn $enter<K: Kernel>(kernel: K) -> K::Output {
				kernel.run($level(()))
			}
		};
	}

	level!(Avx2, avx2, "avx2,fma", 8, __m256, _mm256_fmadd_ps);
	level!(Avx512, avx512, "avx512f,avx2,fma", 16, __m512, _mm512_fmadd_ps);
}

/// `kernel` on the best level of this processor.
pub(super) fn run<K: Kernel>(kernel: K) -> K::Output {
	run_on(Path::best(), kernel)
}

/// `kernel` on one level. All levels give the same bytes.
#[cfg_attr(target_arch = "x86_64", allow(unsafe_code))]
pub(super) fn run_on<K: Kernel>(path: Path, kernel: K) -> K::Output {
	match path.0 {
		Level::Portable => kernel.run(Portable(())),
		// SAFETY: a `Path` of this level exists only where `Path::available` has found AVX2 and FMA.
		#[cfg(target_arch = "x86_64")]
		Level::Avx2 => unsafe { x86::avx2(kernel) },
		// SAFETY: a `Path` of this level exists only where `Path::available` has found AVX-512F, AVX2 and FMA.
		#[cfg(target_arch = "x86_64")]
		Level::Avx512 => unsafe { x86::avx512(kernel) },
	}
}
