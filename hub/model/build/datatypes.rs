//! Datatypes, each a static of its own, so that types may contain one another.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::aspects::{access, constraint, default, is_nullable, quality, text};
use crate::conformance::{Names, conformance};
use crate::specification::{Cluster, Element, Specification};
use crate::units::Units;

/// The scope of types that belong to no cluster.
const GLOBAL: &str = "*";

/// The datatypes of the specification, and the statics written for them so far.
pub(crate) struct Datatypes<'a> {
    scopes: BTreeMap<&'a str, BTreeMap<&'a str, &'a Element>>,
    clusters: BTreeMap<&'a str, &'a Cluster>,
    units: &'a Units<'a>,
    written: BTreeMap<(&'a str, &'a str), String>,
    statics: String,
    count: usize,
}

impl<'a> Datatypes<'a> {
    pub(crate) fn new(specification: &'a Specification, units: &'a Units<'a>) -> Self {
        let by_name = |types: &'a [Element]| types.iter().map(|t| (t.name.as_str(), t)).collect();
        let clusters = &specification.clusters;
        let mut scopes: BTreeMap<_, _> = clusters
            .iter()
            .map(|cluster| (cluster.name.as_str(), by_name(&cluster.datatypes)))
            .collect();
        scopes.insert(GLOBAL, by_name(&specification.datatypes));
        Self {
            scopes,
            clusters: clusters.iter().map(|c| (c.name.as_str(), c)).collect(),
            units,
            written: BTreeMap::new(),
            statics: String::new(),
            count: 0,
        }
    }

    /// All statics written.
    pub(crate) fn into_statics(self) -> String {
        self.statics
    }

    /// The schema of a value, as a Rust expression. `path` names it within its cluster.
    pub(crate) fn schema(
        &mut self,
        value: &'a Element,
        cluster: &'a str,
        path: &str,
    ) -> Result<String, String> {
        let is_inline = value.members.is_some()
            || value.bits.is_some()
            || value.fields.is_some()
            || value.entry.is_some();
        let datatype = if is_inline {
            self.write(value, &value.type_name, cluster, path)?
        } else {
            self.named(&value.type_name, cluster)?
        };
        let local = value.type_name.rsplit('.').next().unwrap_or_default();
        let unit = self.units.of(cluster, path, &[&value.type_name, local]);
        Ok(format!(
            "Schema {{ datatype: &{datatype}, nullable: {}, unit: {unit} }}",
            is_nullable(&value.quality)
        ))
    }

    /// The name of the static of a named type, written now if it was not before.
    pub(crate) fn named(&mut self, name: &'a str, cluster: &'a str) -> Result<String, String> {
        let (scope, element) = self
            .resolve(name, cluster)
            .ok_or_else(|| format!("type {name} of {cluster}"))?;
        let key = (scope, element.name.as_str());
        if let Some(written) = self.written.get(&key) {
            return Ok(written.clone());
        }
        let reserved = self.reserve();
        self.written.insert(key, reserved.clone());
        self.write_as(&reserved, element, &element.name, scope, &element.name)?;
        Ok(reserved)
    }

    fn resolve(&self, name: &str, cluster: &'a str) -> Option<(&'a str, &'a Element)> {
        if let Some((owner, local)) = name.split_once('.') {
            let (&scope, types) = self.scopes.get_key_value(owner)?;
            return Some((scope, types.get(local)?));
        }
        [cluster, GLOBAL]
            .into_iter()
            .find_map(|scope| Some((scope, *self.scopes.get(scope)?.get(name)?)))
    }

    fn reserve(&mut self) -> String {
        self.count += 1;
        format!("T{}", self.count)
    }

    fn write(
        &mut self,
        element: &'a Element,
        name: &str,
        cluster: &'a str,
        path: &str,
    ) -> Result<String, String> {
        let reserved = self.reserve();
        self.write_as(&reserved, element, name, cluster, path)?;
        Ok(reserved)
    }

    fn write_as(
        &mut self,
        reserved: &str,
        element: &'a Element,
        name: &str,
        cluster: &'a str,
        path: &str,
    ) -> Result<(), String> {
        let shape = self.shape(element, cluster, path)?;
        let description = text(&element.description);
        writeln!(
            self.statics,
            "static {reserved}: Datatype = Datatype {{ name: {}, shape: Shape::{shape}, description: {description} }};",
            text(name)
        )
        .map_err(|error| error.to_string())
    }

    fn shape(
        &mut self,
        element: &'a Element,
        cluster: &'a str,
        path: &str,
    ) -> Result<String, String> {
        // Primitive types name themselves.
        let primitive = element.type_name.as_str();
        if let Some(members) = &element.members {
            let members = self.members(members, cluster)?;
            let bytes = width(primitive, "enum")?;
            return Ok(format!("Enum {{ bytes: {bytes}, members: &[{members}] }}"));
        }
        if let Some(bits) = &element.bits {
            let bits = self.bits(bits, cluster)?;
            let bytes = width(primitive, "map")?;
            return Ok(format!("Bitmap {{ bytes: {bytes}, bits: &[{bits}] }}"));
        }
        if let Some(entry) = &element.entry {
            let entry = self.schema(entry, cluster, &format!("{path}[]"))?;
            return Ok(format!("List(&{entry})"));
        }
        if primitive == "struct" {
            let fields = element.fields.as_deref().unwrap_or_default();
            return Ok(format!(
                "Struct(&[{}])",
                self.fields(fields, cluster, path)?
            ));
        }
        plain(primitive)
    }

    fn names(&self, cluster: &str) -> Names<'a> {
        Names {
            cluster: self.clusters.get(cluster).copied(),
        }
    }

    fn members(&self, members: &'a [Element], cluster: &str) -> Result<String, String> {
        let mut all = String::new();
        for member in members {
            let value = member.id.ok_or("an enum member has a value")?;
            let conformance = self.conformance(member, cluster)?;
            let (name, description) = (text(&member.name), text(&member.description));
            all += &format!(
                "Member {{ value: {value}, name: {name}, description: {description}, conformance: {conformance} }}, "
            );
        }
        Ok(all)
    }

    fn bits(&self, bits: &'a [Element], cluster: &str) -> Result<String, String> {
        let mut all = String::new();
        for bit in bits {
            let (position, width) = (
                bit.id.ok_or("a bit has a position")?,
                bit.width.unwrap_or(1),
            );
            let conformance = self.conformance(bit, cluster)?;
            let [name, title, description] =
                [&bit.name, &bit.title, &bit.description].map(|t| text(t));
            all += &format!(
                "Bit {{ position: {position}, width: {width}, name: {name}, title: {title}, \
                 description: {description}, conformance: {conformance} }}, "
            );
        }
        Ok(all)
    }

    pub(crate) fn conformance(&self, element: &Element, cluster: &str) -> Result<String, String> {
        conformance(
            &element.conformance,
            &element.conformance_tree,
            self.names(cluster),
        )
    }

    /// The fields of a struct, command or event that `path` names.
    pub(crate) fn fields(
        &mut self,
        fields: &'a [Element],
        cluster: &'a str,
        path: &str,
    ) -> Result<String, String> {
        let mut all = String::new();
        for field in fields {
            let id = field
                .id
                .ok_or_else(|| format!("{path}.{} has no id", field.name))?;
            let schema = self.schema(field, cluster, &format!("{path}.{}", field.name))?;
            all += &format!(
                "Field {{ id: FieldId({id}), name: {}, schema: {schema}, conformance: {}, constraint: {}, \
                 quality: {}, access: {}, default: {} }},\n",
                text(&field.name),
                self.conformance(field, cluster)?,
                constraint(field.constraint.as_ref())?,
                quality(&field.quality)?,
                access(field.access.as_ref())?,
                default(field.default.as_ref())?,
            );
        }
        Ok(all)
    }
}

/// The bytes of a type named by its bits.
fn width(name: &str, prefix: &str) -> Result<u8, String> {
    let bits = name
        .strip_prefix(prefix)
        .and_then(|bits| bits.parse::<u8>().ok());
    bits.map(|bits| bits / 8)
        .ok_or_else(|| format!("{name} is no {prefix}"))
}

fn plain(primitive: &str) -> Result<String, String> {
    Ok(match primitive {
        "bool" => "Bool".into(),
        "single" => "Single".into(),
        "double" => "Double".into(),
        "string" => "Text".into(),
        "octstr" => "Bytes".into(),
        "any" => "Any".into(),
        name if name.starts_with("uint") => format!("Uint {{ bytes: {} }}", width(name, "uint")?),
        name if name.starts_with("int") => format!("Int {{ bytes: {} }}", width(name, "int")?),
        name if name.starts_with("map") => {
            format!("Bitmap {{ bytes: {}, bits: &[] }}", width(name, "map")?)
        }
        name if name.starts_with("enum") => {
            format!("Enum {{ bytes: {}, members: &[] }}", width(name, "enum")?)
        }
        other => return Err(format!("primitive type {other}")),
    })
}
