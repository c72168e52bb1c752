// Writes ../data/matter-1.6.json from the published model of the Matter specification.
//
//   npm ci && node generate.mjs            writes the file
//   npm ci && node generate.mjs --check    fails when the file is not what would be written

import { readFileSync, writeFileSync } from "node:fs";
import { Matter, Specification } from "@matter/model";
import "@matter/model/resources";
import { clusterOf, globalContext, globalAttributesOf } from "./clusters.mjs";
import { deviceTypeOf } from "./device-types.mjs";
import { toLines } from "./lines.mjs";
import { byId, compact, datatypeOf, prose } from "./values.mjs";

const FILE = new URL("../data/matter-1.6.json", import.meta.url);
const PACKAGE = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

function document() {
    const tagged = tag => [...Matter.children].filter(child => child.tag === tag);
    const context = globalContext(Matter);
    return {
        specification: Specification.REVISION,
        source: `@matter/model ${PACKAGE.dependencies["@matter/model"]}, Apache-2.0`,
        datatypes: tagged("datatype").map(datatype => datatypeOf(datatype, context)).sort(byName),
        attributes: globalAttributesOf(Matter),
        clusters: tagged("cluster").map(cluster => clusterOf(cluster, Matter)).sort(byId),
        deviceTypes: tagged("deviceType").map(type => deviceTypeOf(type, Matter)).sort(byId),
        namespaces: tagged("semanticNamespace").map(namespaceOf).sort(byId),
    };
}

function namespaceOf(namespace) {
    return compact({
        id: namespace.id,
        name: namespace.name,
        ...prose(namespace),
        tags: namespace.children
            .map(tag => compact({ id: tag.id, name: tag.name, description: tag.description }))
            .sort(byId),
    });
}

function byName(a, b) {
    return a.name < b.name ? -1 : 1;
}

const text = toLines(document());
if (!process.argv.includes("--check")) {
    writeFileSync(FILE, text);
} else if (readFileSync(FILE, "utf8") !== text) {
    console.error("hub/model/data/matter-1.6.json is not what generate.mjs writes: run it and commit the result");
    process.exit(1);
}
