//! How the two seeds of a job derive. All derivations are HKDF (RFC 5869) with SHA-256.
//!
//! The *noise seed* stays secret: whoever knows it can subtract the noise of a differentially private release. It opens
//! to an auditor together with the secret whose digest was committed to before the beacon was known. The *sampling
//! seed* is public and not of anybody's choosing.

use crate::{generation::Acceptance, Digest, JobId};
use codec::Encode;
use hkdf::Hkdf;
use sha2::Sha256;

/// Domain of the noise seed.
const NOISE: &[u8] = b"semblance/seed/noise/1";
/// Domain of the sampling seed.
const SAMPLING: &[u8] = b"semblance/seed/sampling/1";

/// Secret seed of everything that touches real data: from the hospital's secret and everything that was fixed before
/// the beacon.
pub fn noise_seed(
	secret: &[u8; 32],
	beacon: &Digest,
	job: JobId,
	acceptance: &Acceptance,
	parameters: &Digest,
) -> Digest {
	let roots = (acceptance.training_root, acceptance.hold_out_root, acceptance.consent_root);
	expand(secret, &(NOISE, beacon, job, roots, parameters).encode())
}

/// Public seed of the sampling: from the beacon, the model and the number of rows.
pub fn sampling_seed(beacon: &Digest, model: &Digest, rows: u32) -> Digest {
	expand(beacon.as_fixed_bytes(), &(SAMPLING, model, rows).encode())
}

fn expand(key: &[u8; 32], info: &[u8]) -> Digest {
	let mut seed = [0; 32];
	// 32 bytes are far below HKDF's limit of 255 blocks, the only error there is.
	let _ = Hkdf::<Sha256>::new(None, key).expand(info, &mut seed);
	Digest::from(seed)
}

#[cfg(test)]
mod tests {
	use super::*;

	fn acceptance() -> Acceptance {
		Acceptance {
			consent_block: 7,
			training_root: Digest::repeat_byte(1),
			hold_out_root: Digest::repeat_byte(2),
			consent_root: Digest::repeat_byte(3),
			consent_count: 4,
			secret_commitment: Digest::repeat_byte(5),
			reference_statistics: Digest::repeat_byte(6),
		}
	}

	#[test]
	fn seeds_are_golden() {
		let beacon = Digest::repeat_byte(9);
		let noise = noise_seed(&[8; 32], &beacon, 1, &acceptance(), &Digest::repeat_byte(7));
		let sampling = sampling_seed(&beacon, &Digest::repeat_byte(4), 1_000);
		assert_eq!(hex::encode(noise), "1cbe9aa2802ad3686f63b84f1cbc798712365fb11d8920412875ec687f763a84");
		assert_eq!(hex::encode(sampling), "b29c740df5a46f5d920ce3b0c631b9e614efb3f42479247e00a1da6fdd70877e");
	}

	#[test]
	fn every_input_changes_the_noise_seed() {
		let seed = |secret, beacon, job, root, parameters| {
			let acceptance = Acceptance { training_root: Digest::repeat_byte(root), ..acceptance() };
			noise_seed(&[secret; 32], &Digest::repeat_byte(beacon), job, &acceptance, &Digest::repeat_byte(parameters))
		};
		let base = seed(1, 1, 1, 1, 1);
		for other in
			[seed(2, 1, 1, 1, 1), seed(1, 2, 1, 1, 1), seed(1, 1, 2, 1, 1), seed(1, 1, 1, 2, 1), seed(1, 1, 1, 1, 2)]
		{
			assert_ne!(base, other);
		}
	}
}
