//! The encrypted connection: TLS 1.2 and 1.3 by rustls with ring.
//!
//! As libpq has it: `verify-full` asks whether somebody trusted vouches for the server and whether it
//! is the host that was meant; `prefer` encrypts, which helps against listeners only.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::{PgConfigError, TlsMode};

/// What makes connections of this kind.
pub(crate) fn connector(
    mode: TlsMode,
    ca_file: Option<&Path>,
) -> Result<MakeRustlsConnect, PgConfigError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| PgConfigError::Tls(error.to_string()))?;
    let config = match mode {
        TlsMode::VerifyFull => config.with_root_certificates(authorities(ca_file)?),
        TlsMode::Prefer | TlsMode::Disable => config
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Whoever(provider))),
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

/// Those who may vouch for the server.
fn authorities(ca_file: Option<&Path>) -> Result<RootCertStore, PgConfigError> {
    let place = ca_file.map_or_else(
        || "the system".to_owned(),
        |file| file.display().to_string(),
    );
    let wrong = |why: String| PgConfigError::Authorities {
        place: place.clone(),
        why,
    };
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(file) => {
            let pem = CertificateDer::pem_file_iter(file).map_err(|e| wrong(e.to_string()))?;
            for certificate in pem {
                let certificate = certificate.map_err(|e| wrong(e.to_string()))?;
                roots.add(certificate).map_err(|e| wrong(e.to_string()))?;
            }
        }
        // Of the system's, some may be of a kind that is not understood.
        None => {
            let found = rustls_native_certs::load_native_certs().certs;
            roots.add_parsable_certificates(found);
        }
    }
    match roots.is_empty() {
        true => Err(wrong("no certificate is there".to_owned())),
        false => Ok(roots),
    }
}

/// Takes any certificate; only that the peer has its key is checked.
#[derive(Debug)]
struct Whoever(Arc<CryptoProvider>);

impl ServerCertVerifier for Whoever {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
