//! Parameters of the pallets: [`system`] for those of the SDK, [`consortium`] for our own, [`governance`] for who decides
//! and what can be halted.

mod consortium;
mod governance;
mod system;

pub use consortium::*;
pub use governance::*;
pub use system::*;
