//! Bounds on what is read. Each is generous for hospital tables and small enough to refuse a flood early.

/// Largest CSV file, in bytes (2 GiB).
pub const MAX_BYTES: usize = 2 * 1024 * 1024 * 1024;
/// Most columns of a table.
pub const MAX_COLUMNS: usize = 4096;
/// Most data rows of a table.
pub const MAX_ROWS: usize = 5_000_000;
/// Most cells (rows × columns) of a table.
pub const MAX_CELLS: usize = 200_000_000;
/// Longest cell, header or level, in bytes.
pub const MAX_CELL_BYTES: usize = 4096;
/// Most levels of one categorical column.
pub const MAX_LEVELS: usize = 10_000;
/// Largest magnitude of a code: 2^53 - 1, so that JSON readers keep it exactly (RFC 8785, I-JSON).
pub const MAX_MAGNITUDE: i64 = 9_007_199_254_740_991;
/// Most decimals of a fixed-point column.
pub const MAX_SCALE: u8 = 15;
/// Largest schema document, in bytes (64 MiB).
pub(crate) const MAX_SCHEMA_BYTES: usize = 64 * 1024 * 1024;
