//! What the council can do, and what goes on when the chain is halted for an incident.

use super::RuntimeBlockWeights;
use crate::*;
use frame_support::{
	parameter_types,
	traits::{ConstU32, Contains, InsideBoth},
	weights::Weight,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess};
use pallet_council::{Power, Powers};
use pallet_tx_pause::RuntimeCallNameOf;

/// Most blocks between a session and the restart of finality in it, a day. Until then no other change of validators reaches
/// GRANDPA, and nothing takes a delay back; the SDK suggests 1,000 blocks.
pub const MAX_STALL_DELAY: BlockNumber = DAY;

/// Longest announcement, 90 days: the next change of it is announced for as long.
pub const MAX_ANNOUNCEMENT: BlockNumber = 90 * DAY;

parameter_types! {
	/// A quarter of what fits into a block.
	pub MaxProposalWeight: Weight = RuntimeBlockWeights::get().max_block / 4;
	/// Blocks for which the chain is halted at a time: two hours.
	pub const SafeModeDuration: BlockNumber = 3_600;
	/// Nobody halts the chain by paying for it.
	pub const NoDeposit: Option<Balance> = None;
	/// Nothing was paid that could be paid back.
	pub const NoRelease: Option<BlockNumber> = None;
}

impl pallet_council::Config for Runtime {
	type Call = RuntimeCall;
	type Seats = Consortium;
	type Powers = CouncilPowers;
	type MaxCallLen = ConstU32<1_024>;
	type MaxCallWeight = MaxProposalWeight;
	type VotingPeriod = ConstU32<{ 14 * DAY }>;
	type DefaultAnnouncement = ConstU32<{ 2 * DAY }>;
	type MaxOpenProposals = ConstU32<16>;
	type WeightInfo = pallet_council::weights::SubstrateWeight<Runtime>;
}

/// The council's list. What is not on it, nobody does outside a development chain: setting code without announcement,
/// writing storage, moving balances.
pub struct CouncilPowers;

impl Powers<RuntimeCall> for CouncilPowers {
	fn power(call: &RuntimeCall) -> Option<Power> {
		use pallet_consortium::Call as Of;
		use pallet_generation_attestation::Call as Generation;
		use pallet_safe_mode::Call as Halt;
		use pallet_tx_pause::Call as Pause;
		match call {
			RuntimeCall::Consortium(
				Of::admit_organisation { .. }
				| Of::suspend_organisation { .. }
				| Of::reinstate_organisation { .. }
				| Of::remove_organisation { .. }
				| Of::add_validator { .. }
				| Of::remove_validator { .. },
			) => Some(Power::AtOnce),
			RuntimeCall::SafeMode(Halt::force_enter {} | Halt::force_extend {} | Halt::force_exit {}) => {
				Some(Power::AtOnce)
			},
			RuntimeCall::TxPause(Pause::pause { .. } | Pause::unpause { .. }) => Some(Power::AtOnce),
			RuntimeCall::Grandpa(pallet_grandpa::Call::note_stalled { delay, best_finalized_block_number }) => {
				let sound = *delay <= MAX_STALL_DELAY && *best_finalized_block_number <= System::block_number();
				sound.then_some(Power::AtOnce)
			},
			RuntimeCall::GenerationAttestation(Generation::retire_generator { .. }) => Some(Power::AtOnce),
			RuntimeCall::System(frame_system::Call::authorize_upgrade { .. }) => Some(Power::Announced),
			RuntimeCall::Council(pallet_council::Call::set_announcement { blocks }) => {
				(*blocks <= MAX_ANNOUNCEMENT).then_some(Power::Announced)
			},
			_ => None,
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_call() -> RuntimeCall {
		frame_system::Call::authorize_upgrade { code_hash: Default::default() }.into()
	}
}

impl pallet_safe_mode::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type WhitelistedCalls = NeverHalted;
	type EnterDuration = SafeModeDuration;
	type ExtendDuration = SafeModeDuration;
	type EnterDepositAmount = NoDeposit;
	type ExtendDepositAmount = NoDeposit;
	type ForceEnterOrigin = EnsureRootWithSuccess<AccountId, SafeModeDuration>;
	type ForceExtendOrigin = EnsureRootWithSuccess<AccountId, SafeModeDuration>;
	type ForceExitOrigin = EnsureRoot<AccountId>;
	type ForceDepositOrigin = EnsureRoot<AccountId>;
	type Notify = ();
	type ReleaseDelay = NoRelease;
	type WeightInfo = pallet_safe_mode::weights::SubstrateWeight<Runtime>;
}

impl pallet_tx_pause::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PauseOrigin = EnsureRoot<AccountId>;
	type UnpauseOrigin = EnsureRoot<AccountId>;
	type WhitelistedCalls = NeverPaused;
	type MaxNameLen = ConstU32<64>;
	type WeightInfo = pallet_tx_pause::weights::SubstrateWeight<Runtime>;
}

/// Which calls pass: none that is closed for good, and none that is halted or paused.
pub type CallFilter = InsideBoth<Open, InsideBoth<SafeMode, TxPause>>;

/// Everything but what nobody needs here: pallet-session's own calls, which know neither hospitals nor a rest between changes
/// of keys; transfers of a currency that nobody has; and remarks, in which any text, a patient's name too, would stay in
/// blocks for ever.
pub struct Open;

impl Contains<RuntimeCall> for Open {
	fn contains(call: &RuntimeCall) -> bool {
		use frame_system::Call::{remark, remark_with_event};
		!matches!(
			call,
			RuntimeCall::Session(_)
				| RuntimeCall::Balances(_)
				| RuntimeCall::System(remark { .. } | remark_with_event { .. })
		)
	}
}

/// What goes on while the chain is halted: blocks, the council, evidence against validators, patients' decisions, and the
/// end of jobs that run, so that each ends on record.
pub struct NeverHalted;

impl Contains<RuntimeCall> for NeverHalted {
	fn contains(call: &RuntimeCall) -> bool {
		match call {
			RuntimeCall::System(_)
			| RuntimeCall::Timestamp(_)
			| RuntimeCall::Grandpa(_)
			| RuntimeCall::DoubleAuthorship(_)
			| RuntimeCall::Council(_)
			| RuntimeCall::TxPause(_)
			| RuntimeCall::Sudo(_) => true,
			RuntimeCall::Consent(call) => call.is_for_subjects() || matches!(call, pallet_consent::Call::relay { .. }),
			RuntimeCall::GenerationAttestation(call) => {
				use pallet_generation_attestation::Call as Generation;
				matches!(
					call,
					Generation::accept { .. }
						| Generation::attest { .. }
						| Generation::fail { .. }
						| Generation::cancel { .. }
						| Generation::expire_job { .. }
				)
			},
			_ => false,
		}
	}
}

/// What cannot even be paused one by one: what keeps the chain going and governed, and patients' withdrawals.
pub struct NeverPaused;

impl Contains<RuntimeCallNameOf<Runtime>> for NeverPaused {
	fn contains((pallet, call): &RuntimeCallNameOf<Runtime>) -> bool {
		match pallet.as_slice() {
			b"System" | b"Timestamp" | b"Grandpa" | b"DoubleAuthorship" | b"Council" | b"SafeMode" | b"TxPause" => true,
			b"Consent" => matches!(call.as_slice(), b"withdraw" | b"relay" | b"restrict"),
			_ => false,
		}
	}
}
