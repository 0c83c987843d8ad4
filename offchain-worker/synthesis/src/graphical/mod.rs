//! Graphical models over discrete columns: fitted to noisy marginals, kept as integers, sampled exactly.

pub(crate) mod belief;
pub(crate) mod fit;
pub(crate) mod index;
pub(crate) mod sample;
pub(crate) mod tables;
pub(crate) mod tree;
