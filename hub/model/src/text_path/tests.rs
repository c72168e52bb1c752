//! Paths from text and back.

use proptest::prelude::*;

use super::*;
use crate::testing::any_attribute;

fn parse(text: &str) -> TextPath {
    text.parse().unwrap()
}

fn refusal(text: &str) -> String {
    text.parse::<TextPath>().unwrap_err().to_string()
}

#[test]
fn each_length_of_path_is_read() {
    let slug = |name: &str| NodeRef::Slug(name.into());
    let lamp = parse("kitchen-lamp");
    assert_eq!((lamp.node, lamp.endpoint), (slug("kitchen-lamp"), None));
    let endpoint = parse("Kitchen-Lamp/1");
    assert_eq!(endpoint.node, slug("kitchen-lamp"));
    assert_eq!(endpoint.endpoint, Some(Part::This(EndpointId(1))));
    assert_eq!(endpoint.cluster, None);
    let cluster = parse("kitchen-lamp/1/onoff");
    assert_eq!(cluster.cluster, Some(Part::This(ClusterId(6))));
    assert_eq!(cluster.member, None);
    let toggle = parse("kitchen-lamp/1/OnOff.toggle");
    let member = toggle.member.unwrap().one().unwrap();
    assert_eq!(member.command(), Some(CommandId(2)));
    assert_eq!(member.attribute(), None);
    assert!(toggle.is_single());
}

#[test]
fn numbers_are_read_in_both_forms() {
    let path = parse("0x12/1/0x0402.0");
    assert_eq!(path.node, NodeRef::Id(NodeId(0x12)));
    assert_eq!(path.cluster, Some(Part::This(ClusterId(0x402))));
    assert_eq!(path.member, Some(Part::This(Member::Number(0))));
    assert_eq!(parse("18/1/1026.0"), path);
    assert_eq!(path.to_string(), "0x12/1/TemperatureMeasurement.0x0");
}

#[test]
fn wildcards_are_read() {
    let path = parse("*/*/*.*");
    assert_eq!(path.node, NodeRef::Any);
    assert_eq!(path.endpoint, Some(Part::Any));
    assert_eq!(path.cluster, Some(Part::Any));
    assert_eq!(path.member, Some(Part::Any));
    assert!(!path.is_single());
    let revisions = parse("lamp/*/*.ClusterRevision");
    let member = revisions.member.unwrap().one().unwrap();
    assert_eq!(member.attribute(), Some(AttributeId::CLUSTER_REVISION));
}

#[test]
fn a_shared_name_is_both() {
    let shared = parse("sensor/1/BooleanStateConfiguration.SensorFault");
    let shared = shared.member.unwrap().one().unwrap();
    assert_eq!(shared.attribute(), Some(AttributeId(7)));
    assert_eq!(shared.command(), None);
    assert_eq!(shared.event(), Some(EventId(1)));
    let number = Member::Number(3);
    assert_eq!(number.attribute(), Some(AttributeId(3)));
    assert_eq!(number.command(), Some(CommandId(3)));
}

#[test]
fn errors_say_what_is_wrong_and_what_was_meant() {
    for (path, message) in [
        (
            "lamp/1/OnOf.Toggle",
            "\"OnOf\" is no cluster of the specification; did you mean OnOff?",
        ),
        (
            "lamp/1/OnOff.Toggler",
            "\"Toggler\" is no attribute, command or event of OnOff; did you mean Toggle?",
        ),
        (
            "lamp/1/0xfff1fc00.Foo",
            "\"Foo\" is no attribute, command or event that every cluster has: write its number",
        ),
        (
            "lamp/one",
            "\"one\" is no endpoint: write a number from 0 to 65534 or *",
        ),
        (
            "lamp/65536",
            "\"65536\" is no endpoint: write a number from 0 to 65534 or *",
        ),
        (
            "Küche",
            "\"Küche\" is no node: write its name in small letters, digits and dashes, \
             or its number; did you mean kueche?",
        ),
        (
            "",
            "\"\" is no node: write its name in small letters, digits and dashes, or its number",
        ),
        (
            "a/1/OnOff/OnOff",
            "a path has at most three parts: node/endpoint/Cluster.Member",
        ),
    ] {
        assert_eq!(refusal(path), message, "{path}");
    }
    assert!("0x1ffffffffffffffff".parse::<TextPath>().is_err());
}

proptest! {
    #[test]
    fn what_is_written_is_read_back((cluster, attribute) in any_attribute(), node: u64, endpoint in 0u16..0xFFFF) {
        let text = format!("{node}/{endpoint}/{}.{}", cluster.name, attribute.name);
        let path = parse(&text);
        let member = path.member.unwrap().one().unwrap();
        prop_assert_eq!(member.attribute(), Some(attribute.id));
        prop_assert_eq!(parse(&path.to_string()), path);
    }

    #[test]
    fn no_text_panics(text in r"[-a-zA-Z0-9*/.+xäß ]{0,40}") {
        if let Ok(path) = text.parse::<TextPath>() {
            prop_assert_eq!(parse(&path.to_string()), path);
        }
    }

    #[test]
    fn no_unicode_panics(text in ".{0,60}") {
        let _ = text.parse::<TextPath>();
    }
}
