//! Distinguished names as people read them: `CN=Matter Test PAA, VID=FFF1`.

use matter_cert::{DistinguishedName, DnAttribute};
use x509_cert::attr::AttributeValue;
use x509_cert::der::Tagged as _;
use x509_cert::der::asn1::{Ia5StringRef, PrintableStringRef, Utf8StringRef};
use x509_cert::name::Name;

use super::hex;

/// The attributes of an X.509 name, in the order of the certificate.
pub(super) fn of_x509(name: &Name) -> String {
    let parts: Vec<String> = name
        .0
        .iter()
        .flat_map(|relative| relative.0.iter())
        .map(|attribute| {
            let oid = attribute.oid.to_string();
            let label = label(&oid).unwrap_or(&oid);
            format!("{label}={}", text(&attribute.value))
        })
        .collect();
    parts.join(", ")
}

/// The attributes of a Matter TLV name, in the order of the certificate.
pub(super) fn of_matter(name: &DistinguishedName) -> String {
    let parts: Vec<String> = name.iter().map(attribute).collect();
    parts.join(", ")
}

fn attribute(attribute: &DnAttribute) -> String {
    match attribute {
        DnAttribute::CommonName(text) => format!("CN={text}"),
        DnAttribute::OrganizationName(text) => format!("O={text}"),
        DnAttribute::OrganizationalUnitName(text) => format!("OU={text}"),
        DnAttribute::CountryName(text) => format!("C={text}"),
        DnAttribute::NodeId(id) => format!("Node={id:016X}"),
        DnAttribute::FabricId(id) => format!("Fabric={id:016X}"),
        DnAttribute::IcacId(id) => format!("ICAC={id:016X}"),
        DnAttribute::RcacId(id) => format!("RCAC={id:016X}"),
        DnAttribute::CaseAuthenticatedTag(tag) => format!("CAT={tag:08X}"),
        DnAttribute::VendorId(id) => format!("VID={id:04X}"),
        DnAttribute::ProductId(id) => format!("PID={id:04X}"),
        other => format!("{other:?}"),
    }
}

fn label(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "SERIALNUMBER",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "1.3.6.1.4.1.37244.1.1" => "Node",
        "1.3.6.1.4.1.37244.1.3" => "ICAC",
        "1.3.6.1.4.1.37244.1.4" => "RCAC",
        "1.3.6.1.4.1.37244.1.5" => "Fabric",
        "1.3.6.1.4.1.37244.1.6" => "CAT",
        "1.3.6.1.4.1.37244.2.1" => "VID",
        "1.3.6.1.4.1.37244.2.2" => "PID",
        _ => return None,
    })
}

fn text(value: &AttributeValue) -> String {
    use x509_cert::der::Tag;
    let text = match value.tag() {
        Tag::Utf8String => Utf8StringRef::try_from(value).map(|s| s.as_str().to_owned()),
        Tag::PrintableString => PrintableStringRef::try_from(value).map(|s| s.as_str().to_owned()),
        Tag::Ia5String => Ia5StringRef::try_from(value).map(|s| s.as_str().to_owned()),
        _ => return format!("#{}", hex(value.value())),
    };
    text.unwrap_or_else(|_| format!("#{}", hex(value.value())))
}
