//! Access to a Semblance chain over a node's JSON-RPC.
//!
//! [`Chain`] reads: blocks, and storage at a named block as the records of `semblance-primitives`. [`Chain::submit`]
//! writes: it signs a [`Call`], follows it to finality and tells of its events, or of the error by name with the
//! runtime's own explanation. [`calls`] has a constructor for every call that the command line makes.
//!
//! [`Chain::signing`] and what goes with it is for many transactions at once.
//!
//! Nothing a node says is proof. Who needs proof takes a receipt and checks it against trusted authorities
//! (`semblance verify`).

mod authorship;
pub mod calls;
mod chain;
mod connection;
mod consents;
mod error;
mod events;
pub mod keys;
mod many;
pub mod records;
mod signer;
mod standing;
mod submit;

pub use authorship::Report;
pub use chain::{hexadecimal, BlockRef, Chain};
pub use error::ChainError;
pub use events::Event;
pub use many::{transaction_hash, Body, Happening, Signing};
pub use records::pallets;
pub use signer::Signer;
pub use standing::Standing;
pub use submit::{Call, Included, Wait};
