//! Handshakes: PASE by passcode and CASE by certificates, from our first message to a session.
//!
//! One state machine each, over an unsecured exchange. It is given the peer's messages and tells
//! what to answer; sending and registering of the session are [`super::Net`]'s.
//!
//! Spec: Matter 1.6 Core §4.14.1 (PASE), §4.14.2 (CASE).

use std::sync::Arc;
use std::time::Duration;

use hub_model::{NodeId, Secret};
use hub_pki::{Fabric, PublicKey, SignError, Signer};
use matter_cert::{MatterCertificate, MatterTime};
use matter_crypto::{
    CaseCredentials, CaseInitiator, CaseSessionOutput, CaseSigner, PaseProver, PaseSessionKeys,
    PeerInfo, ResumptionId, ResumptionRecord, SessionParameters, SignerError,
};
use tracing::debug;

use super::status_report::{self, StatusReport};
use super::unsecured::{PBKDF_PARAM_REQUEST, SIGMA1};
use crate::record::Resumption;

/// Why a handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HandshakeError {
    /// The peer acknowledged nothing.
    #[error("it does not answer")]
    Silent,
    /// The peer acknowledged our first message and said nothing.
    #[error("it hears us, but answers nobody at present")]
    Ignored,
    /// The peer has no room at present.
    #[error("it is busy")]
    Busy {
        /// How long it asks to wait.
        wait: Option<Duration>,
    },
    /// The peer is not on our fabric.
    #[error("it does not know this home: it was reset, or removed by another administrator")]
    UnknownFabric,
    /// The passcode is not the device's.
    #[error("the passcode is wrong")]
    WrongPasscode,
    /// The peer is another node, or not of our fabric.
    #[error("another device answered: {0}")]
    Impostor(String),
    /// All else.
    #[error("{0}")]
    Failed(String),
}

impl HandshakeError {
    /// How long the peer asks to be left alone.
    pub(crate) const fn asks_to_wait(&self) -> Option<Duration> {
        if let Self::Busy { wait } = self {
            *wait
        } else {
            None
        }
    }
}

/// What a handshake says next.
pub(crate) enum Next {
    /// Answer this and wait.
    Send { opcode: u8, payload: Vec<u8> },
    /// The session stands; first answer this, if anything.
    Established {
        last: Option<(u8, Vec<u8>)>,
        keys: Keys,
    },
    /// It failed; first answer this, if anything.
    Failed {
        last: Option<(u8, Vec<u8>)>,
        error: HandshakeError,
    },
}

/// What a handshake led to.
pub(crate) enum Keys {
    Pase {
        keys: PaseSessionKeys,
        peer_session: u16,
    },
    Case {
        output: Box<CaseSessionOutput>,
        parameters: Option<SessionParameters>,
        resumed: bool,
    },
}

/// A handshake in progress.
pub(crate) enum Handshake {
    Pase {
        prover: Option<Box<PaseProver>>,
        peer_session: Option<u16>,
    },
    Case {
        initiator: Option<Box<CaseInitiator>>,
        resumed: bool,
    },
}

impl std::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pase { .. } => "Pase",
            Self::Case { .. } => "Case",
        })
    }
}

impl Handshake {
    /// Begins PASE; gives the first message.
    pub(crate) fn pase(
        passcode: u32,
        local_session: u16,
    ) -> Result<(Self, u8, Vec<u8>), HandshakeError> {
        let mut prover =
            PaseProver::new_with_negotiation(passcode, local_session).map_err(failed)?;
        let first = prover.start().map_err(failed)?;
        let handshake = Self::Pase {
            prover: Some(Box::new(prover)),
            peer_session: None,
        };
        Ok((handshake, PBKDF_PARAM_REQUEST, first))
    }

    /// Begins CASE with a node; gives the first message.
    pub(crate) fn case(
        fabric: &Fabric,
        node: NodeId,
        resumption: Option<&Resumption>,
        local_session: u16,
        at: MatterTime,
    ) -> Result<(Self, u8, Vec<u8>), HandshakeError> {
        let (id, roots) = (fabric.id().0, fabric.trusted_roots());
        let record = resumption.and_then(|resumption| resumption_record(fabric, node, resumption));
        let credentials = credentials(fabric);
        let initiator = match record {
            Some(record) => CaseInitiator::new_with_resumption(
                credentials,
                roots,
                node.0,
                id,
                record,
                local_session,
                at,
            ),
            None => CaseInitiator::new(credentials, roots, node.0, id, local_session, at),
        };
        let mut initiator = initiator
            .map_err(failed)?
            .with_session_params(our_parameters());
        let first = initiator.start().map_err(failed)?;
        let handshake = Self::Case {
            initiator: Some(Box::new(initiator)),
            resumed: false,
        };
        Ok((handshake, SIGMA1, first))
    }

    /// Takes a message of the peer.
    pub(crate) fn handle(&mut self, opcode: u8, payload: &[u8]) -> Next {
        let next = if opcode == status_report::OPCODE {
            match StatusReport::decode(payload) {
                Some(report) if report.is_established() => self.established(),
                report => Err(self.refused(report)),
            }
        } else {
            self.step(opcode, payload)
        };
        next.unwrap_or_else(|error| Next::Failed {
            // A peer that reported its failure is not told ours.
            last: (opcode != status_report::OPCODE).then(|| {
                let report = StatusReport::INVALID_PARAMETER.encode();
                (status_report::OPCODE, report.to_vec())
            }),
            error,
        })
    }

    fn step(&mut self, opcode: u8, payload: &[u8]) -> Result<Next, HandshakeError> {
        match (self, opcode) {
            (
                Self::Pase {
                    prover: Some(prover),
                    peer_session,
                },
                PBKDF_PARAM_RESPONSE,
            ) => {
                prover.handle_pbkdf_response(payload).map_err(failed)?;
                *peer_session = prover.responder_session_id();
                let payload = prover.next_message().map_err(failed)?;
                Ok(Next::Send {
                    opcode: PAKE1,
                    payload,
                })
            }
            (
                Self::Pase {
                    prover: Some(prover),
                    ..
                },
                PAKE2,
            ) => {
                prover.handle_pake2(payload).map_err(|error| match error {
                    matter_crypto::Error::ConfirmationTagMismatch => HandshakeError::WrongPasscode,
                    error => failed(error),
                })?;
                let payload = prover.next_message().map_err(failed)?;
                Ok(Next::Send {
                    opcode: PAKE3,
                    payload,
                })
            }
            (
                Self::Case {
                    initiator: Some(initiator),
                    ..
                },
                SIGMA2,
            ) => {
                initiator.handle_sigma2(payload).map_err(not_the_node)?;
                let payload = initiator.next_message().map_err(failed)?;
                Ok(Next::Send {
                    opcode: SIGMA3,
                    payload,
                })
            }
            (
                this @ Self::Case {
                    initiator: Some(_), ..
                },
                SIGMA2_RESUME,
            ) => this.resume(payload),
            (this, opcode) => {
                debug!(?this, opcode, "message out of turn");
                Err(HandshakeError::Failed(format!(
                    "it answered with message {opcode:#04x} out of turn"
                )))
            }
        }
    }

    fn resume(&mut self, payload: &[u8]) -> Result<Next, HandshakeError> {
        let Self::Case {
            initiator: Some(initiator),
            resumed,
        } = self
        else {
            return Err(out_of_turn());
        };
        initiator.handle_sigma2_resume(payload).map_err(failed)?;
        *resumed = true;
        match self.established()? {
            Next::Established { keys, .. } => Ok(Next::Established {
                last: Some((
                    status_report::OPCODE,
                    StatusReport::ESTABLISHED.encode().to_vec(),
                )),
                keys,
            }),
            other => Ok(other),
        }
    }

    fn established(&mut self) -> Result<Next, HandshakeError> {
        let keys = match self {
            Self::Pase {
                prover,
                peer_session,
            } => Keys::Pase {
                keys: prover
                    .take()
                    .ok_or_else(out_of_turn)?
                    .finish()
                    .map_err(failed)?,
                peer_session: peer_session.ok_or_else(out_of_turn)?,
            },
            Self::Case { initiator, resumed } => {
                let initiator = initiator.take().ok_or_else(out_of_turn)?;
                Keys::Case {
                    parameters: initiator.peer_session_params(),
                    output: Box::new(initiator.finish().map_err(failed)?),
                    resumed: *resumed,
                }
            }
        };
        Ok(Next::Established { last: None, keys })
    }

    fn refused(&self, report: Option<StatusReport>) -> HandshakeError {
        let Some(report) = report else {
            return HandshakeError::Failed("its status report cannot be read".to_owned());
        };
        if report.is_busy() {
            return HandshakeError::Busy { wait: report.wait };
        }
        match self {
            Self::Case { .. } if report == StatusReport::NO_SHARED_ROOTS => {
                HandshakeError::UnknownFabric
            }
            // The device checks our proof of the passcode last, and says no more than this.
            Self::Pase {
                peer_session: Some(_),
                ..
            } if report == StatusReport::INVALID_PARAMETER => HandshakeError::WrongPasscode,
            _ => HandshakeError::Failed(format!(
                "it refused with status {}/{}",
                report.general, report.code
            )),
        }
    }
}

fn failed(error: matter_crypto::Error) -> HandshakeError {
    HandshakeError::Failed(error.to_string())
}

fn not_the_node(error: matter_crypto::Error) -> HandshakeError {
    use matter_crypto::Error as E;
    match error {
        E::InvalidPeerNocChain(_)
        | E::FabricIdMismatch { .. }
        | E::PeerNodeIdMismatch(..)
        | E::PeerSignatureInvalid
        | E::EncryptedBlobDecryptionFailed => HandshakeError::Impostor(error.to_string()),
        error => failed(error),
    }
}

fn out_of_turn() -> HandshakeError {
    HandshakeError::Failed("it reported success out of turn".to_owned())
}

fn credentials(fabric: &Fabric) -> CaseCredentials {
    CaseCredentials {
        noc: fabric.hub_noc().clone(),
        icac: Some(fabric.intermediate().clone()),
        signer: Box::new(HubKey(fabric.hub_key())),
        fabric_id: fabric.id().0,
        node_id: fabric.hub_node().0,
        ipk: *fabric.operational_ipk().expose(),
        rcac_public_key: *fabric.root().public_key().as_bytes(),
    }
}

/// What the peer may know of us: the hub is mains powered and always awake.
fn our_parameters() -> SessionParameters {
    SessionParameters::new()
        .with_session_idle_interval_ms(500)
        .with_session_active_interval_ms(300)
        .with_session_active_threshold_ms(4000)
}

fn resumption_record(
    fabric: &Fabric,
    node: NodeId,
    resumption: &Resumption,
) -> Option<ResumptionRecord> {
    let noc = MatterCertificate::from_tlv(&resumption.noc)
        .inspect_err(|error| debug!(%node, %error, "stored NOC cannot be read"))
        .ok()?;
    Some(ResumptionRecord {
        id: ResumptionId(resumption.id),
        shared_secret: *resumption.secret.expose(),
        peer: PeerInfo {
            node_id: node.0,
            fabric_id: fabric.id().0,
            noc,
            session_id: 0,
        },
        expires_at: None,
    })
}

/// What is kept of a CASE handshake for the next one.
pub(crate) fn resumption_of(output: &CaseSessionOutput) -> Option<Resumption> {
    let record = output.resumption_record.as_ref()?;
    Some(Resumption {
        id: record.id.0,
        secret: Secret::new(record.shared_secret),
        noc: record.peer.noc.to_tlv().ok()?,
    })
}

/// The hub's key as the cryptography crate wants it.
#[derive(Debug)]
struct HubKey(Arc<dyn Signer>);

impl CaseSigner for HubKey {
    fn sign_p256_sha256(&self, message: &[u8]) -> Result<[u8; 64], SignerError> {
        self.0
            .sign_p256_sha256(message)
            .map_err(|error| match error {
                SignError::Unavailable => SignerError::Unavailable,
                _ => SignerError::Internal,
            })
    }

    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }
}

const PBKDF_PARAM_RESPONSE: u8 = 0x21;
const PAKE1: u8 = 0x22;
const PAKE2: u8 = 0x23;
const PAKE3: u8 = 0x24;
const SIGMA2: u8 = 0x31;
const SIGMA3: u8 = 0x32;
const SIGMA2_RESUME: u8 = 0x33;
