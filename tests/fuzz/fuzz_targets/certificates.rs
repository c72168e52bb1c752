//! Any bytes as a certificate, a declaration or a certificate request.

#![no_main]

use hub_model::CertificateRole;
use hub_pki::csr::CsrAnswer;
use hub_pki::{PublicKey, show, verify_csr};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = show::x509(CertificateRole::Dac, bytes);
    let _ = show::matter(CertificateRole::Noc, bytes);
    let _ = show::declaration(bytes);
    let _ = show::is_issued_by(bytes, bytes);
    let Ok(key) = PublicKey::new([4; 65]) else {
        return;
    };
    let answer = CsrAnswer {
        elements: bytes,
        signature: &[0; 64],
    };
    assert!(verify_csr(answer, &[0; 32], &[0; 16], &key).is_err());
});
