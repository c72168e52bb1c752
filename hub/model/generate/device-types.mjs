// Device types, with the requirements of the types that they derive from and of the base type.

import { accessOf, byId, compact, conformanceOf, constraintOf, prose } from "./values.mjs";

const BASE = "Base";

export function deviceTypeOf(deviceType, matter) {
    const lineage = lineageOf(deviceType, matter);
    const conditions = new Map(lineage.flatMap(type => conditionsOf(type)).map(name => [name.toLowerCase(), name]));
    const context = { matter, kindOf: name => ["condition", conditions.get(name.toLowerCase()) ?? name] };
    return compact({
        id: deviceType.id,
        name: deviceType.name,
        derives: deviceType.type,
        revision: deviceType.revision,
        classification: deviceType.classification,
        ...prose(deviceType),
        conditions: deviceType.children.filter(isCondition).map(compactCondition),
        requirements: merged(lineage.map(type => type.requirements), context, undefined),
    });
}

/** The type itself, what it derives from, and last the base type of all. */
function lineageOf(deviceType, matter) {
    const byName = name => [...matter.children].find(child => child.tag === "deviceType" && child.name === name);
    const lineage = [];
    for (let type = deviceType; type !== undefined; type = type.type && byName(type.type)) {
        lineage.push(type);
    }
    return deviceType.name === BASE ? lineage : [...lineage, byName(BASE)];
}

const isCondition = child => child.tag === "condition";
const conditionsOf = type => type.children.filter(isCondition).map(condition => condition.name);
const compactCondition = condition => compact({ name: condition.name, description: condition.description });

/** Requirements of several lists as one: an earlier list refines what a later one says. */
function merged(lists, context, cluster) {
    const byKey = new Map();
    for (const requirement of lists.flatMap(list => [...list])) {
        const key = [requirement.element, requirement.name, requirement.instance ?? ""].join("|");
        byKey.set(key, [...(byKey.get(key) ?? []), requirement]);
    }
    const requirements = [...byKey.values()].map(same => requirementOf(same, context, cluster));
    return requirements.length === 0 ? undefined : requirements.sort(byElement);
}

function requirementOf(same, context, parent) {
    const [first] = same;
    const saying = aspect => (same.find(requirement => !requirement[aspect].isEmpty) ?? first)[aspect];
    const cluster = first.element.endsWith("Cluster") ? clusterNamed(context.matter, first.name) : parent;
    return compact({
        element: first.element,
        id: first.id ?? elementId(first, cluster),
        name: first.element === "feature" ? featureCode(first.name, cluster) : first.name,
        instance: first.instance,
        type: first.type,
        ...conformanceOf(saying("conformance"), scoped(context, cluster)),
        ...constraintOf(saying("constraint")),
        ...accessOf(saying("access")),
        quality: String(saying("quality")) || undefined,
        requirements: merged(same.map(requirement => requirement.requirements), context, cluster),
    });
}

function clusterNamed(matter, name) {
    return [...matter.children].find(child => child.tag === "cluster" && child.name === name);
}

const ELEMENTS = { attribute: "attributes", command: "commands", event: "events" };

function elementId(requirement, cluster) {
    const list = ELEMENTS[requirement.element];
    const found = list && cluster && [...cluster[list]].find(element => element.name === requirement.name);
    return found ? found.id : undefined;
}

/** Requirements spell features out in capitals; the code is what the cluster calls them. */
function featureCode(name, cluster) {
    const found = cluster?.features.find(feature => feature.name === name || feature.title?.toUpperCase() === name);
    return found?.name ?? name;
}

function scoped(context, cluster) {
    const isFeature = name => cluster?.features.some(feature => feature.name === name);
    return { ...context, kindOf: name => (isFeature(name) ? ["feature", name] : context.kindOf(name)) };
}

function byElement(a, b) {
    return a.element === b.element ? byId(a, b) || (a.instance ?? 0) - (b.instance ?? 0) : a.element < b.element ? 1 : -1;
}
