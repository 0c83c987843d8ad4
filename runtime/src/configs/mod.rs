//! Parameters of the pallets: [`system`] for those of the SDK, [`consortium`] for our own.

mod consortium;
mod system;

pub use consortium::*;
pub use system::*;
