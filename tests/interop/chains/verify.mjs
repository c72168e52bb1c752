// Has matter.js verify certificate chains that hub-pki issues. Exits with 1 when a certificate is
// refused, with 2 when there was nothing to verify.
//
//   issue_chains 4000 | node tests/interop/chains/verify.mjs    verifies the lines on its input
//   node tests/interop/chains/verify.mjs 4000                   issues them first, by cargo
//
// matter.js is that of ../peers (npm ci there first).

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const requirePeer = createRequire(new URL("../peers/package.json", import.meta.url));
const { Bytes, Crypto, Environment } = requirePeer("@matter/main");
const { Icac, Noc, Rcac } = requirePeer("@matter/main/protocol");

/** The lines to verify: of standard input, or of `issue_chains` when told how many. */
function lines(count) {
    if (count === undefined) return process.stdin;
    const args = ["run", "--locked", "--quiet", "-p", "hub-pki", "--example", "issue_chains", "--", count];
    const cwd = fileURLToPath(new URL("../../..", import.meta.url));
    return spawn("cargo", args, { cwd, stdio: ["ignore", "pipe", "inherit"] }).stdout;
}

const crypto = Environment.default.get(Crypto);
const refused = new Map();
let chains = 0;

async function verify(name, check) {
    try {
        return await check();
    } catch (error) {
        const what = `${name}: ${error.message}`;
        refused.set(what, (refused.get(what) ?? 0) + 1);
        return undefined;
    }
}

async function verifyChain({ rcac, icac, noc, hub_noc }) {
    const root = await verify("RCAC", async () => {
        const certificate = Rcac.fromTlv(Bytes.fromHex(rcac));
        await certificate.verify(crypto);
        return certificate;
    });
    if (root === undefined) return;
    const intermediate = await verify("ICAC", async () => {
        const certificate = Icac.fromTlv(Bytes.fromHex(icac));
        await certificate.verify(crypto, root);
        return certificate;
    });
    if (intermediate === undefined) return;
    for (const leaf of [noc, hub_noc]) {
        await verify("NOC", () => Noc.fromTlv(Bytes.fromHex(leaf)).verify(crypto, root, intermediate));
    }
}

for await (const line of createInterface({ input: lines(process.argv[2]) })) {
    await verifyChain(JSON.parse(line));
    chains += 1;
}

for (const [what, times] of refused) {
    console.error(`refused ${times} times: ${what}`);
}
console.log(`${chains} chains verified by matter.js, ${refused.size === 0 ? "none refused" : "some refused"}`);
process.exit(chains === 0 ? 2 : refused.size === 0 ? 0 : 1);
