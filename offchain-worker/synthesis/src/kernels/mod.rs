//! Fixed-order f32 kernels for training: the same bytes on any processor, block size and number of threads.
//!
//! A matrix product is *defined* as one chain of fused multiply-adds (IEEE 754-2019, 5.4.1) per output element, over the
//! inner index in ascending order. The naive triple loop with [`f32::mul_add`] is therefore the specification, bit for
//! bit: vectors run along the columns of the output, never across a sum, and cache blocks store an accumulator and take
//! it up again. Sums along a row use 8 lanes and one fixed tree. Everything else is element by element.
//!
//! One place ([`dispatch`]) chooses the instructions at run time; all kernels are compiled from the same source for each.
//! Functions are total: on shapes that do not fit they work on the common part (and debug builds assert).

mod adamw;
mod dispatch;
mod dropout;
mod embedding;
mod exact;
mod exponential;
mod fused;
mod lanes;
mod layers;
mod matrix;
mod pack;
mod product;
mod softmax;
mod tile;

#[cfg(test)]
mod tests;

pub(crate) use adamw::AdamW;
pub(crate) use dropout::{apply_mask, dropout_mask};
pub(crate) use embedding::{gather, scatter_add};
pub(crate) use exact::{exact_products, Whole};
pub(crate) use exponential::{exp, tanh};
pub(crate) use layers::{add_bias, column_sums, relu_backward, relu_forward};
pub(crate) use matrix::{Matrix, View, ViewMut};
pub(crate) use product::{
	multiply, multiply_at, multiply_at_threads, multiply_blocks, multiply_bt, multiply_bt_threads, multiply_threads,
};
pub(crate) use softmax::softmax_cross_entropy;
