//! What `benches/kernels.rs` measures; no part of the library's interface.

use crate::kernels::{multiply as plain, multiply_at, multiply_bt, View, ViewMut};

/// out (m×n) = a (m×k) · b (k×n) on one thread, all row by row; `at`: a is stored as k×m, `bt`: b is stored as n×k.
pub fn multiply([m, k, n]: [usize; 3], kind: &str, a: &[f32], b: &[f32], out: &mut [f32]) {
	let out = ViewMut::new(out, m, n);
	match kind {
		"at" => multiply_at(View::new(a, k, m), View::new(b, k, n), out, false),
		"bt" => multiply_bt(View::new(a, m, k), View::new(b, n, k), out, false),
		_ => plain(View::new(a, m, k), View::new(b, k, n), out, false),
	}
}
