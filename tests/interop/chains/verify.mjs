// Has matter.js verify certificate chains that hub-pki issues. Exits with 1 when a certificate is
// refused, with 2 when there was nothing to verify.
//
//   node tests/interop/chains/verify.mjs [N]    issues and verifies N chains, 4,000 by default
//
// matter.js is that of ../peers (npm ci there first). The example `issue_chains` is taken as
// `cargo build --workspace --all-targets` left it, else built.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const requirePeer = createRequire(new URL("../peers/package.json", import.meta.url));
const { Bytes, Crypto, Environment } = requirePeer("@matter/main");
const { Icac, Noc, Rcac } = requirePeer("@matter/main/protocol");

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const count = process.argv[2] ?? "4000";

function issueChains() {
    const built = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug/examples/issue_chains");
    const [command, args] = existsSync(built)
        ? [built, [count]]
        : ["cargo", ["run", "--locked", "--quiet", "-p", "hub-pki", "--example", "issue_chains", "--", count]];
    return spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
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

const issuer = issueChains();
const issued = new Promise((done, failed) => issuer.on("error", failed).on("close", done));
for await (const line of createInterface({ input: issuer.stdout })) {
    await verifyChain(JSON.parse(line));
    chains += 1;
    if (chains % 1000 === 0) console.error(`${chains} of ${count} chains`);
}
if ((await issued) !== 0) {
    console.error("issue_chains failed");
    process.exit(2);
}

for (const [what, times] of refused) {
    console.error(`refused ${times} times: ${what}`);
}
console.log(`${chains} chains verified by matter.js, ${refused.size === 0 ? "none refused" : "some refused"}`);
process.exit(chains === 0 ? 2 : refused.size === 0 ? 0 : 1);
