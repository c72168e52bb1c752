// Clusters, with the elements of the clusters that they derive from.

import { Scope } from "@matter/model";
import { byId, compact, conformanceOf, datatypeOf, fieldsOf, pascal, prose, valueOf } from "./values.mjs";

const EVENT_LIST = 0xfffa;

/** The global attributes that are the same on every cluster; FeatureMap and ClusterRevision are not. */
const SHARED = [0xfff8, 0xfff9, EVENT_LIST, 0xfffb];
const isOwn = attribute => !SHARED.includes(attribute.id);

/** The context in which values outside every cluster are read. */
export function globalContext(matter) {
    return {
        localTypes: new Map(),
        membersOf: model => Scope(model, { forceOwner: true }).membersOf(model, { tags: ["field"] }),
        fieldKind,
        kindOf: name => ["name", name],
        matter,
    };
}

/** The attributes that every cluster has. */
export function globalAttributesOf(matter) {
    const context = globalContext(matter);
    return [...matter.children]
        .filter(child => child.tag === "attribute")
        .map(attribute => attributeOf(attribute, context))
        .sort(byId);
}

export function clusterOf(cluster, matter) {
    const scope = Scope(cluster);
    const localTypes = new Map([...cluster.datatypes].map(datatype => [datatype.name, datatype]));
    const context = {
        cluster,
        localTypes,
        membersOf: model => scope.membersOf(model, { tags: ["field"] }),
        fieldKind,
        kindOf: name => clusterKind(cluster, name),
        matter,
    };
    return compact({
        id: cluster.id,
        name: cluster.name,
        derives: cluster.type,
        revision: cluster.revision,
        classification: cluster.classification,
        quality: String(cluster.effectiveQuality) || undefined,
        ...prose(cluster),
        datatypes: listed([...localTypes.values()].map(datatype => datatypeOf(datatype, context)), byName),
        attributes: listed([...cluster.attributes].filter(isOwn).map(attribute => attributeOf(attribute, context))),
        commands: listed([...cluster.commands].map(command => commandOf(command, context)), byDirection),
        events: listed([...cluster.events].map(event => eventOf(event, context))),
    });
}

function attributeOf(attribute, context) {
    const value = valueOf(attribute, context);
    if (attribute.id === EVENT_LIST) {
        // Withdrawn from the specification, which left it without a type; devices still answer it.
        Object.assign(value, { type: "list", entry: { type: "event-id" }, access: { mode: "R", read: "view" } });
    }
    return compact({ id: attribute.id, name: attribute.name, ...value, ...prose(attribute) });
}

function commandOf(command, context) {
    const { conformance, conformanceTree, access, quality } = valueOf(command, context);
    const response = command.effectiveResponse;
    return compact({
        id: command.id,
        name: command.name,
        direction: command.isResponse ? "response" : "request",
        response: response === "status" || command.isResponse ? undefined : response,
        conformance,
        conformanceTree,
        access,
        quality,
        ...prose(command),
        fields: fieldsOf(command, withFields(command, context)),
    });
}

function eventOf(event, context) {
    const { conformance, conformanceTree, access, quality } = valueOf(event, context);
    return compact({
        id: event.id,
        name: event.name,
        priority: event.effectivePriority ?? event.priority,
        conformance,
        conformanceTree,
        access,
        quality,
        ...prose(event),
        fields: fieldsOf(event, withFields(event, context)),
    });
}

function withFields(model, context) {
    return { ...context, kindOf: name => fieldKind(model, name) ?? context.kindOf(name) };
}

function fieldKind(structure, name) {
    const found = structure?.members && [...structure.members].some(member => member.name === pascal(name));
    return found ? ["field", pascal(name)] : undefined;
}

/** What a name in a cluster's conformance names. */
function clusterKind(cluster, name) {
    if (cluster.features.some(feature => feature.name === name)) {
        return ["feature", name];
    }
    const element = pascal(name);
    for (const [kind, elements] of [
        ["attribute", cluster.attributes],
        ["command", cluster.commands],
        ["event", cluster.events],
    ]) {
        if ([...elements].some(candidate => candidate.name === element)) {
            return [kind, element];
        }
    }
    return ["name", name];
}

function listed(elements, order = byId) {
    return elements.length === 0 ? undefined : elements.sort(order);
}

function byName(a, b) {
    return a.name < b.name ? -1 : 1;
}

/** Requests first; a request and a response may have the same id. */
function byDirection(a, b) {
    return a.direction === b.direction ? a.id - b.id : a.direction === "request" ? -1 : 1;
}
