//! Opening bytes of strangers neither panics nor accepts what was not sealed with the key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use semblance_sealed::{open, unwrap_key, WrappedKey};

fuzz_target!(|bytes: &[u8]| {
    assert!(open(&[7; 32], b"fuzz", bytes).is_err());
    if let Some((encapsulated, wrapped)) = bytes.split_first_chunk::<32>() {
        let wrapped = WrappedKey { encapsulated: *encapsulated, wrapped: wrapped.to_vec() };
        let _ = unwrap_key(&[7; 32], b"fuzz", &wrapped);
    }
});
