//! A fabric as it is kept: certificates as Matter TLV, keys secret, in one versioned record.
//!
//! The record is a TLV structure; its tags are never given another meaning. It holds keys in
//! clear, so it goes into sealed storage only.

use hub_model::Secret;
use matter_codec::{Tag, TlvReader, TlvWriter, Value};

use super::{FabricError, FabricId};

/// All that the hub keeps of its fabric. The root's key is not among it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FabricParts {
    /// The fabric's number under its root.
    pub id: FabricId,
    /// The RCAC, Matter TLV.
    pub root: Vec<u8>,
    /// The ICAC, Matter TLV.
    pub intermediate: Vec<u8>,
    /// The hub's own NOC, Matter TLV.
    pub hub: Vec<u8>,
    /// The ICAC's key.
    pub issuing_key: Secret<Vec<u8>>,
    /// The hub's operational key.
    pub hub_key: Secret<Vec<u8>>,
    /// The identity protection key's epoch key.
    pub ipk: Secret<[u8; 16]>,
}

impl FabricParts {
    /// The record to keep.
    ///
    /// # Errors
    /// Never for what [`super::Fabric::found`] or [`Self::decode`] gave.
    pub fn encode(&self) -> Result<Secret<Vec<u8>>, FabricError> {
        let mut record = Vec::with_capacity(RECORD_CAPACITY);
        self.write(&mut TlvWriter::new(&mut record))
            .map_err(|error| FabricError::Damaged(error.to_string()))?;
        Ok(Secret::new(record))
    }

    fn write(&self, to: &mut TlvWriter<'_>) -> Result<(), matter_codec::Error> {
        to.start_structure(Tag::Anonymous)?;
        to.put_uint(Tag::Context(tag::VERSION), VERSION)?;
        to.put_uint(Tag::Context(tag::ID), self.id.0)?;
        to.put_bytes(Tag::Context(tag::ROOT), &self.root)?;
        to.put_bytes(Tag::Context(tag::INTERMEDIATE), &self.intermediate)?;
        to.put_bytes(Tag::Context(tag::HUB), &self.hub)?;
        to.put_bytes(Tag::Context(tag::ISSUING_KEY), self.issuing_key.expose())?;
        to.put_bytes(Tag::Context(tag::HUB_KEY), self.hub_key.expose())?;
        to.put_bytes(Tag::Context(tag::IPK), self.ipk.expose())?;
        to.end_container()
    }

    /// The parts of a record.
    ///
    /// # Errors
    /// When the record is damaged or of a newer version.
    pub fn decode(record: &[u8]) -> Result<Self, FabricError> {
        let mut reader = TlvReader::new(record);
        let (_, value) = reader.read_value().map_err(damaged)?;
        reader.finish().map_err(damaged)?;
        let Value::Structure(fields) = value else {
            return Err(FabricError::Damaged("not a structure".to_owned()));
        };
        let fields = Fields(fields);
        match fields.number(tag::VERSION)? {
            VERSION => {}
            version => return Err(FabricError::Version(version)),
        }
        let ipk = Secret::new(fields.bytes(tag::IPK)?);
        let ipk = <[u8; 16]>::try_from(ipk.expose().as_slice())
            .map_err(|_| FabricError::Damaged("the IPK is not 16 bytes".to_owned()))?;
        Ok(Self {
            id: FabricId(fields.number(tag::ID)?),
            root: fields.bytes(tag::ROOT)?,
            intermediate: fields.bytes(tag::INTERMEDIATE)?,
            hub: fields.bytes(tag::HUB)?,
            issuing_key: Secret::new(fields.bytes(tag::ISSUING_KEY)?),
            hub_key: Secret::new(fields.bytes(tag::HUB_KEY)?),
            ipk: Secret::new(ipk),
        })
    }
}

struct Fields(Vec<(Tag, Value)>);

impl Fields {
    fn number(&self, tag: u8) -> Result<u64, FabricError> {
        match self.get(tag) {
            Some(Value::Uint(number)) => Ok(*number),
            _ => Err(FabricError::Damaged(format!("no number in field {tag}"))),
        }
    }

    fn bytes(&self, tag: u8) -> Result<Vec<u8>, FabricError> {
        match self.get(tag) {
            Some(Value::Bytes(bytes)) => Ok(bytes.clone()),
            _ => Err(FabricError::Damaged(format!("no bytes in field {tag}"))),
        }
    }

    fn get(&self, tag: u8) -> Option<&Value> {
        let Self(fields) = self;
        fields
            .iter()
            .find(|(field, _)| *field == Tag::Context(tag))
            .map(|(_, value)| value)
    }
}

fn damaged(error: matter_codec::Error) -> FabricError {
    FabricError::Damaged(error.to_string())
}

const VERSION: u64 = 1;
/// Three certificates of about 250 bytes, two keys and the rest.
const RECORD_CAPACITY: usize = 1024;

mod tag {
    pub(super) const VERSION: u8 = 0;
    pub(super) const ID: u8 = 1;
    pub(super) const ROOT: u8 = 2;
    pub(super) const INTERMEDIATE: u8 = 3;
    pub(super) const HUB: u8 = 4;
    pub(super) const ISSUING_KEY: u8 = 5;
    pub(super) const HUB_KEY: u8 = 6;
    pub(super) const IPK: u8 = 7;
}
