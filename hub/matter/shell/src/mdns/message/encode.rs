//! A response as a device would send it, for tests.

use super::{CLASS_IN, Data, FLUSH, Question, RESPONSE, Record, encode_question};
use std::net::IpAddr;

pub(crate) fn response(records: &[Record]) -> Vec<u8> {
    let answers = records.iter().filter(|r| r.is_answer).count();
    let mut out = Vec::new();
    for field in [
        0,
        RESPONSE | 0x0400,
        0,
        short(answers),
        0,
        short(records.len() - answers),
    ] {
        out.extend_from_slice(&u16::to_be_bytes(field));
    }
    for record in records {
        name(&mut out, record.name.0.as_str());
        let (kind, data) = data(&record.data);
        let class = CLASS_IN | if record.flush { FLUSH } else { 0 };
        out.extend_from_slice(&u16::to_be_bytes(kind));
        out.extend_from_slice(&class.to_be_bytes());
        out.extend_from_slice(&record.ttl_s.to_be_bytes());
        out.extend_from_slice(&short(data.len()).to_be_bytes());
        out.extend_from_slice(&data);
    }
    out
}

pub(crate) fn question(question: &Question) -> Vec<u8> {
    encode_question(question).unwrap()
}

fn name(out: &mut Vec<u8>, name: &str) {
    for label in name.split('.').filter(|l| !l.is_empty()) {
        out.push(octet(label.len()));
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
}

fn data(data: &Data) -> (u16, Vec<u8>) {
    let mut out = Vec::new();
    let kind = match data {
        Data::Ptr(target) => {
            name(&mut out, target.0.as_str());
            12
        }
        Data::Srv { host, port } => {
            out.extend_from_slice(&[0; 4]);
            out.extend_from_slice(&port.to_be_bytes());
            name(&mut out, host.0.as_str());
            33
        }
        Data::Txt(entries) => {
            for (key, value) in entries {
                let entry = format!("{key}={value}");
                out.push(octet(entry.len()));
                out.extend_from_slice(entry.as_bytes());
            }
            16
        }
        Data::Address(IpAddr::V4(ip)) => {
            out.extend_from_slice(&ip.octets());
            1
        }
        Data::Address(IpAddr::V6(ip)) => {
            out.extend_from_slice(&ip.octets());
            28
        }
    };
    (kind, out)
}

fn short(length: usize) -> u16 {
    length.try_into().unwrap()
}

fn octet(length: usize) -> u8 {
    length.try_into().unwrap()
}
