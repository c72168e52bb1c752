//! Clusters, their elements, and device types, as `static` tables.

use std::fmt::Write as _;

use crate::aspects::{access, constraint, default, quality, text};
use crate::conformance::{Names, conformance};
use crate::datatypes::Datatypes;
use crate::specification::{Cluster, DeviceType, Element, Quantities, Requirement, Specification};
use crate::units::Units;

/// The whole file of tables.
pub(crate) fn tables(
    specification: &Specification,
    quantities: &Quantities,
) -> Result<String, String> {
    let units = Units::new(quantities);
    let mut types = Datatypes::new(specification, &units);
    let globals = attributes(&specification.attributes, "*", &mut types)?;
    let mut clusters = String::new();
    let mut cluster_count = 0;
    for cluster in &specification.clusters {
        let Some(id) = cluster.id else { continue };
        clusters += &one_cluster(id, cluster, &mut types)?;
        cluster_count += 1;
    }
    let (device_types, device_type_count) = device_types(specification)?;
    let unused = units.unused();
    if !unused.is_empty() {
        return Err(format!(
            "quantities.json names no member with: {}",
            unused.join(", ")
        ));
    }
    let edition = text(&specification.specification);
    Ok(format!(
        "pub(super) const EDITION: &str = {edition};\n\
         {}\n\
         pub(super) static GLOBAL_ATTRIBUTES: [Attribute; {}] = [\n{globals}];\n\
         pub(super) static CLUSTERS: [Cluster; {cluster_count}] = [\n{clusters}];\n\
         pub(super) static DEVICE_TYPES: [DeviceType; {device_type_count}] = [\n{device_types}];\n",
        types.into_statics(),
        specification.attributes.len(),
    ))
}

fn one_cluster<'a>(
    id: u32,
    cluster: &'a Cluster,
    types: &mut Datatypes<'a>,
) -> Result<String, String> {
    let attributes = attributes(&cluster.attributes, &cluster.name, types)?;
    let mut requests = String::new();
    let mut responses = String::new();
    for command in &cluster.commands {
        let list = if command.direction == "request" {
            &mut requests
        } else {
            &mut responses
        };
        *list += &one_command(command, cluster, types)?;
    }
    let mut events = String::new();
    for event in &cluster.events {
        events += &one_event(event, cluster, types)?;
    }
    let mut datatypes = String::new();
    for datatype in &cluster.datatypes {
        write!(
            datatypes,
            "&{}, ",
            types.named(&datatype.name, &cluster.name)?
        )
        .map_err(|e| e.to_string())?;
    }
    Ok(format!(
        "Cluster {{ id: ClusterId({id:#x}), name: {}, derives: {}, revision: {}, quality: {}, section: {}, \
         attributes: &[\n{attributes}], commands: &[\n{requests}], responses: &[\n{responses}], \
         events: &[\n{events}], datatypes: &[{datatypes}] }},\n",
        text(&cluster.name),
        text(&cluster.derives),
        cluster.revision,
        quality(&cluster.quality)?,
        text(&cluster.section),
    ))
}

fn attributes<'a>(
    attributes: &'a [Element],
    cluster: &'a str,
    types: &mut Datatypes<'a>,
) -> Result<String, String> {
    let mut all = String::new();
    for attribute in attributes {
        let id = attribute.id.ok_or("an attribute has an id")?;
        let schema = types.schema(attribute, cluster, &attribute.name)?;
        all += &format!(
            "Attribute {{ id: AttributeId({id:#x}), name: {}, schema: {schema}, access: {}, quality: {}, \
             conformance: {}, constraint: {}, default: {}, section: {} }},\n",
            text(&attribute.name),
            access(attribute.access.as_ref())?,
            quality(&attribute.quality)?,
            types.conformance(attribute, cluster)?,
            constraint(attribute.constraint.as_ref())?,
            default(attribute.default.as_ref())?,
            text(&attribute.section),
        );
    }
    Ok(all)
}

fn one_command<'a>(
    command: &'a Element,
    cluster: &'a Cluster,
    types: &mut Datatypes<'a>,
) -> Result<String, String> {
    let id = command.id.ok_or("a command has an id")?;
    let response = match &command.response {
        None => "None".into(),
        Some(name) => {
            let found = cluster
                .commands
                .iter()
                .find(|c| &c.name == name && c.direction == "response");
            let id = found
                .and_then(|c| c.id)
                .ok_or_else(|| format!("response {name}"))?;
            format!("Some(CommandId({id:#x}))")
        }
    };
    let fields = command.fields.as_deref().unwrap_or_default();
    Ok(format!(
        "Command {{ id: CommandId({id:#x}), name: {}, response: {response}, fields: &[\n{}], access: {}, \
         quality: {}, conformance: {}, section: {} }},\n",
        text(&command.name),
        types.fields(fields, &cluster.name, &command.name)?,
        access(command.access.as_ref())?,
        quality(&command.quality)?,
        types.conformance(command, &cluster.name)?,
        text(&command.section),
    ))
}

fn one_event<'a>(
    event: &'a Element,
    cluster: &'a Cluster,
    types: &mut Datatypes<'a>,
) -> Result<String, String> {
    let id = event.id.ok_or("an event has an id")?;
    let priority = match event.priority.as_deref() {
        Some("debug") => "Debug",
        Some("info") => "Info",
        Some("critical") => "Critical",
        other => {
            return Err(format!(
                "{}.{}: priority {other:?}",
                cluster.name, event.name
            ));
        }
    };
    let fields = event.fields.as_deref().unwrap_or_default();
    Ok(format!(
        "Event {{ id: EventId({id:#x}), name: {}, priority: EventPriority::{priority}, fields: &[\n{}], \
         access: {}, conformance: {}, section: {} }},\n",
        text(&event.name),
        types.fields(fields, &cluster.name, &event.name)?,
        access(event.access.as_ref())?,
        types.conformance(event, &cluster.name)?,
        text(&event.section),
    ))
}

fn device_types(specification: &Specification) -> Result<(String, usize), String> {
    let mut all = String::new();
    let mut count = 0;
    for device_type in &specification.device_types {
        // The base type has no id: its requirements are in all others.
        let Some(id) = device_type.id else { continue };
        all += &one_device_type(id, device_type, specification)?;
        count += 1;
    }
    Ok((all, count))
}

fn one_device_type(
    id: u32,
    device_type: &DeviceType,
    specification: &Specification,
) -> Result<String, String> {
    let class = match device_type.classification.as_str() {
        "node" => "Node",
        "simple" => "Simple",
        "dynamic" => "Dynamic",
        "utility" => "Utility",
        other => return Err(format!("device class {other}")),
    };
    Ok(format!(
        "DeviceType {{ id: DeviceTypeId({id:#x}), name: {}, derives: {}, revision: {}, \
         class: DeviceClass::{class}, section: {}, requirements: {} }},\n",
        text(&device_type.name),
        text(&device_type.derives),
        device_type.revision,
        text(&device_type.section),
        requirements(&device_type.requirements, specification, Names::default())?,
    ))
}

fn requirements(
    requirements: &[Requirement],
    specification: &Specification,
    names: Names<'_>,
) -> Result<String, String> {
    let mut all = String::new();
    for requirement in requirements {
        all += &one_requirement(requirement, specification, names)?;
    }
    Ok(format!("&[{all}]"))
}

fn one_requirement(
    requirement: &Requirement,
    specification: &Specification,
    names: Names<'_>,
) -> Result<String, String> {
    let mut kind = requirement.element.clone();
    if let Some(first) = kind.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let named = |cluster: &&Cluster| cluster.name == requirement.name;
    let names = match requirement.element.as_str() {
        "serverCluster" | "clientCluster" => Names {
            cluster: specification.clusters.iter().find(named),
        },
        _ => names,
    };
    let own_access = match &requirement.access {
        None => "None".into(),
        given => format!("Some({})", access(given.as_ref())?),
    };
    Ok(format!(
        "Requirement {{ element: Required::{kind}, id: {:?}, name: {}, instance: {}, conformance: {}, \
         constraint: {}, access: {own_access}, quality: {}, parts: {} }},\n",
        requirement.id,
        text(&requirement.name),
        requirement.instance,
        conformance(
            &requirement.conformance,
            &requirement.conformance_tree,
            names
        )?,
        constraint(requirement.constraint.as_ref())?,
        quality(&requirement.quality)?,
        requirements(&requirement.requirements, specification, names)?,
    ))
}
