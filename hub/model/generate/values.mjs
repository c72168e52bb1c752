// Attributes, commands, events, fields and datatypes as elements of the data file, with everything
// that they inherit from base types and base clusters filled in.

import { FieldValue } from "@matter/model";
import { conformanceTree } from "./conformance.mjs";

const PRIVILEGES = { V: "view", O: "operate", M: "manage", A: "administer" };
const PRIMITIVE_STRUCTURES = new Set(["struct", "list"]);

/** Drops what is undefined, so that absent aspects take no room in the file. */
export function compact(element) {
    return Object.fromEntries(Object.entries(element).filter(([, value]) => value !== undefined));
}

/** First letter in upper case: references in expressions are written in lower camel case. */
export function pascal(name) {
    return name[0].toUpperCase() + name.slice(1);
}

export function section(model) {
    const xref = model.effectiveXref;
    return xref === undefined ? undefined : `${xref.document}§${xref.section}`;
}

export function prose(model) {
    return { title: model.title, description: model.description, section: section(model) };
}

/** What every value has: type, conformance, constraint, access, quality, default. */
export function valueOf(model, context) {
    return {
        ...typeOf(model, context),
        ...conformanceOf(model.effectiveConformance, context),
        ...constraintOf(model.effectiveConstraint),
        ...accessOf(model.effectiveAccess),
        quality: String(model.effectiveQuality) || undefined,
        default: defaultOf(model),
    };
}

/** The text, and the tree unless it is the same single letter. */
export function conformanceOf(conformance, context) {
    const tree = conformanceTree(conformance, context.kindOf);
    const text = String(conformance);
    return tree === undefined ? {} : { conformance: text, conformanceTree: tree === text ? undefined : tree };
}

export function constraintOf(constraint) {
    const text = constraint.isEmpty ? "" : String(constraint);
    if (text === "" || text === "all") {
        return {};
    }
    const entry = constraint.entry && !constraint.entry.isEmpty ? String(constraint.entry) : undefined;
    return {
        constraint: compact({
            text,
            min: limit(constraint.min ?? constraint.value),
            max: limit(constraint.max ?? constraint.value),
            entry,
        }),
    };
}

/** A number, or the name of the member that holds it; anything longer stays in the text alone. */
function limit(expression) {
    if (typeof expression === "number" && Number.isSafeInteger(expression)) {
        return expression;
    }
    if (expression === null || typeof expression !== "object") {
        return undefined;
    }
    if (expression.type === "reference" && typeof expression.name === "string") {
        return pascal(expression.name);
    }
    if (expression.type === "celsius") {
        return Math.round(expression.value * 100);
    }
    if (expression.type === "^" && typeof expression.lhs === "number" && typeof expression.rhs === "number") {
        const power = BigInt(Math.abs(expression.lhs)) ** BigInt(expression.rhs);
        return String(expression.lhs < 0 ? -power : power);
    }
    return undefined;
}

export function accessOf(access) {
    const { rw, readPriv, writePriv, fabric, timed } = access;
    const result = compact({
        mode: rw,
        read: PRIVILEGES[readPriv],
        write: PRIVILEGES[writePriv],
        fabric: fabric === "F" ? "scoped" : fabric === "S" ? "sensitive" : undefined,
        timed: timed || undefined,
    });
    return Object.keys(result).length === 0 ? {} : { access: result };
}

function defaultOf(model) {
    const value = model.default;
    if (value === undefined || FieldValue.is(value, "none")) {
        return undefined;
    }
    if (value === null || typeof value !== "object") {
        return typeof value === "bigint" ? String(value) : value;
    }
    if (FieldValue.is(value, "celsius") || FieldValue.is(value, "percent")) {
        return FieldValue.numericValue(value, model.type);
    }
    if (FieldValue.is(value, "reference")) {
        return { member: pascal(value.name) };
    }
    return Array.isArray(value) && value.length === 0 ? [] : undefined;
}

/** The type by name, or in full where it is defined at its only place of use. */
function typeOf(model, context) {
    let defining = model;
    while (defining.tag !== "datatype" && !defining.children.some(child => child.tag === "field")) {
        const base = defining.base;
        if (base === undefined) {
            return { type: model.metabase?.name ?? "any" };
        }
        defining = base;
    }
    return defining.tag === "datatype" && !PRIMITIVE_STRUCTURES.has(defining.name)
        ? { type: typeName(defining, context) }
        : shapeOf(defining, context);
}

function typeName(datatype, { cluster, localTypes }) {
    if (localTypes.has(datatype.name)) {
        return datatype.name;
    }
    const owner = datatype.parent;
    return owner === undefined || owner.tag !== "cluster" || owner === cluster
        ? datatype.name
        : `${owner.name}.${datatype.name}`;
}

/** The primitive type that a type comes down to; one that has members of its own is none. */
function primitiveOf(model) {
    const { metabase } = model;
    if (metabase === undefined) {
        return "any";
    }
    return metabase.children.length === 0 ? metabase.name : metabase.type;
}

/** What a type is made of: its members, bits, fields or entries. */
function shapeOf(model, context) {
    const primitive = primitiveOf(model);
    const members = [...context.membersOf(model)];
    switch (model.effectiveMetatype) {
        case "enum":
            return { type: primitive, members: members.map(member => enumMember(member, context)).sort(byId) };
        case "bitmap":
            return { type: primitive, bits: members.map(member => bit(member, context)).sort(byId) };
        case "object":
            return { type: "struct", fields: members.map(field => fieldOf(field, context)).sort(byId) };
        case "array": {
            const entry = members.find(member => member.name === "entry");
            return { type: "list", entry: entry === undefined ? { type: "any" } : compact(entryOf(entry, context)) };
        }
        default:
            return { type: primitive };
    }
}

function entryOf(entry, context) {
    const { type, fields, members, bits, entry: inner, quality } = valueOf(entry, context);
    return { type, fields, members, bits, entry: inner, quality };
}

function enumMember(member, context) {
    return compact({
        id: member.id,
        name: member.name,
        ...conformanceOf(member.effectiveConformance, context),
        title: member.title,
        description: member.description,
    });
}

function bit(member, context) {
    const { value, min, max } = member.constraint;
    const low = value ?? min;
    const high = value ?? max;
    if (typeof low !== "number" || typeof high !== "number") {
        throw new Error(`${member.path}: no bit position`);
    }
    return compact({
        id: low,
        width: high === low ? undefined : high - low + 1,
        name: member.name,
        ...conformanceOf(member.effectiveConformance, context),
        title: member.title,
        description: member.description,
    });
}

/** Fields are read and written as a part of their whole; only what is said of fabrics is their own. */
export function fieldOf(field, context) {
    const { access, ...value } = valueOf(field, inside(field.parent, context));
    return compact({
        id: field.effectiveId,
        name: field.name,
        ...value,
        access: access?.fabric && { fabric: access.fabric },
        ...prose(field),
    });
}

export function fieldsOf(model, context) {
    const fields = [...context.membersOf(model)].map(field => fieldOf(field, context)).sort(byId);
    return fields.length === 0 ? undefined : fields;
}

/** A datatype: its name, what it derives from, and its parts. */
export function datatypeOf(datatype, context) {
    const shape = shapeOf(datatype, inside(datatype, context));
    const parent = datatype.base;
    const derives = parent !== undefined && parent.name !== shape.type ? { derives: typeName(parent, context) } : {};
    return compact({ name: datatype.name, ...shape, ...derives, ...constraintOf(datatype.effectiveConstraint), ...prose(datatype) });
}

/** In a struct's expressions the struct's own fields come first. */
function inside(structure, context) {
    return { ...context, kindOf: name => context.fieldKind(structure, name) ?? context.kindOf(name) };
}

export function byId(a, b) {
    return (a.id ?? -1) - (b.id ?? -1) || (a.name < b.name ? -1 : 1);
}
