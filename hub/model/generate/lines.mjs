// JSON laid out for diffs: one element of the specification a line, its parts indented below it.

const BLOCKS = new Set([
    "attributes", "bits", "clusters", "commands", "conditions", "datatypes", "deviceTypes", "events", "fields",
    "members", "namespaces", "requirements", "tags",
]);

/** The text of `document`, ending in a newline. */
export function toLines(document) {
    return object(document, "") + "\n";
}

function object(value, indent) {
    const parts = Object.entries(value)
        .filter(([, entry]) => entry !== undefined)
        .map(([key, entry]) => {
            const block = BLOCKS.has(key) && Array.isArray(entry) && entry.length > 0;
            return `${JSON.stringify(key)}:${block ? lines(entry, indent + " ") : JSON.stringify(entry)}`;
        });
    return `{${parts.join(",")}}`;
}

function lines(entries, indent) {
    return `[\n${entries.map(entry => indent + object(entry, indent)).join(",\n")}\n${indent.slice(1)}]`;
}
