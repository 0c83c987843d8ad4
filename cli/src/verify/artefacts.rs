//! Are the files the attested ones?

use super::Finding;
use semblance_primitives::{
	commitment::sha3_256,
	generation::{AttestationBody, SubjectRole},
};

/// Checks a file's SHA3-256 against the attested one.
pub fn check(body: &AttestationBody, role: SubjectRole, content: &[u8]) -> Finding {
	let subject = body.subject(role).ok_or_else(|| format!("the attestation names no {role:?}"))?;
	let digest = sha3_256(content);
	if digest == subject.sha3 {
		Ok(format!("{} bytes with the attested digest {digest:?}", content.len()))
	} else {
		Err(format!("the file has the digest {digest:?}, attested is {:?}", subject.sha3))
	}
}
