// Has matter.js verify certificate chains: reads the lines of `issue_chains` on standard input,
// exits with 1 when any certificate is refused, with 2 when there was nothing to verify.
//
//   cargo run -q -p hub-pki --example issue_chains -- 4000 | node chains/verify.mjs

import { createInterface } from "node:readline";
import { Bytes, Crypto, Environment } from "@matter/main";
import { Icac, Noc, Rcac } from "@matter/main/protocol";

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

for await (const line of createInterface({ input: process.stdin })) {
    await verifyChain(JSON.parse(line));
    chains += 1;
}

for (const [what, times] of refused) {
    console.error(`refused ${times} times: ${what}`);
}
console.log(`${chains} chains verified by matter.js, ${refused.size === 0 ? "none refused" : "some refused"}`);
process.exit(chains === 0 ? 2 : refused.size === 0 ? 0 : 1);
