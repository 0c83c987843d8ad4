//! Organisations, their members and roles.

use crate::{AccountId, BlockNumber, Digest, OrganisationId};
use sp_core::{bounded::BoundedVec, ConstU32};

/// Most organisations that are ever admitted: a consortium is small, and some calls look at all of them.
pub const MAX_ORGANISATIONS: u32 = 256;
/// Most roles that one member can hold.
pub const MAX_ROLES: u32 = 8;
/// Most bytes of an organisation's public name.
pub const MAX_NAME_LEN: u32 = 64;
/// Most bytes of a peer id or of an address in multiaddr notation.
pub const MAX_PEER_LEN: u32 = 128;
/// Most network peers that one organisation declares.
pub const MAX_PEERS: u32 = 4;

record! {
	/// What kind of institution an organisation is; some roles are open to some kinds only.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum OrganisationKind {
		/// Holds patients' data, runs a validator and a worker.
		Hospital,
		/// Asks for synthetic data.
		ResearchInstitute,
		/// Reviews applications.
		EthicsBoard,
		/// Checks records after the fact.
		Auditor,
		/// Supervises the consortium.
		Regulator,
	}

	/// Whether an organisation takes part.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum OrganisationStatus {
		/// Takes part.
		Active,
		/// Its members' transactions are refused until it is reinstated.
		Suspended,
		/// Left for good; its records stay.
		Removed,
	}

	/// What a member may do. Duties that must not meet in one person are kept apart where they are used.
	#[derive(Copy, PartialOrd, Ord)]
	pub enum Role {
		/// Manages the organisation's members and keys.
		Administrator,
		/// Registers datasets, captures consents, decides on applications, releases keys.
		DataSteward,
		/// Applies for access and requests generation.
		Researcher,
		/// Votes on applications for the ethics board.
		EthicsReviewer,
		/// Proposes generators.
		GeneratorDeveloper,
		/// Reviews proposed generators.
		GeneratorReviewer,
		/// Reads and reports; holds no power over records.
		Auditor,
	}

	/// One network peer of an organisation.
	pub struct Peer {
		/// The libp2p peer id in base58.
		pub peer_id: BoundedVec<u8, ConstU32<MAX_PEER_LEN>>,
		/// A multiaddr under which the peer is reached.
		pub address: BoundedVec<u8, ConstU32<MAX_PEER_LEN>>,
	}

	/// An organisation of the consortium.
	pub struct Organisation {
		/// Public name, UTF-8.
		pub name: BoundedVec<u8, ConstU32<MAX_NAME_LEN>>,
		/// Kind of institution.
		pub kind: OrganisationKind,
		/// Whether it takes part.
		pub status: OrganisationStatus,
		/// Network peers.
		pub peers: BoundedVec<Peer, ConstU32<MAX_PEERS>>,
		/// X25519 public key to which data keys for the whole organisation are wrapped.
		pub encryption_key: Option<Digest>,
		/// Block of admission.
		pub since: BlockNumber,
	}

	/// A person (or service) acting for an organisation.
	pub struct Member {
		/// The organisation acted for.
		pub organisation: OrganisationId,
		/// Roles held, each at most once.
		pub roles: BoundedVec<Role, ConstU32<MAX_ROLES>>,
		/// Last block at which the membership holds, if it ends.
		pub valid_until: Option<BlockNumber>,
		/// X25519 public key to which data keys are wrapped.
		pub encryption_key: Option<Digest>,
	}

	/// A validator: the hospital that runs it, and how it does.
	pub struct Validator {
		/// The validator's stash account in pallet-session.
		pub account: AccountId,
		/// The hospital.
		pub organisation: OrganisationId,
		/// Whether it has session keys, without which it takes no part.
		pub has_keys: bool,
		/// The block that it made last, if it ever made one.
		pub last_block: Option<BlockNumber>,
		/// Sessions in a row, up to the last that ended, in which it should have made blocks and made none.
		pub sessions_absent: u32,
	}
}

impl Member {
	/// Whether the member holds `role`.
	pub fn has(&self, role: Role) -> bool {
		self.roles.contains(&role)
	}

	/// Whether the membership holds at `block`.
	pub fn is_valid_at(&self, block: BlockNumber) -> bool {
		self.valid_until.is_none_or(|end| block <= end)
	}
}
