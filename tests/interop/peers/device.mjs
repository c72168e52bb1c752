// A Matter device of one kind, made with matter.js, driven over its standard streams.
//
//   node device.mjs '{"kind": "lamp", "port": 5541, "discriminator": 3840, "passcode": 20202021, "storage": DIR}'
//
// Out, one JSON object a line: {"ready": {...codes}}, {"changed": [part, cluster, attribute, value]},
// {"fabrics": n}, {"done": line}, {"error": text}.
// In: `set PART {"cluster": {"attribute": value}}`, `press PART MS`, `quit`.
import { Environment, Logger, LogLevel, ServerNode, VendorId } from "@matter/main";
import { ManualPairingCodeCodec } from "@matter/main/types";
import readline from "node:readline";
import { deviceType, furnish } from "./kinds.mjs";

// All in one argument, since matter.js takes every `--option` for one of its own.
const { kind, port, discriminator, passcode, storage, parts: count = 4, log = "INFO", mdnsInterface = "lo" } = JSON.parse(process.argv[2]);
const tell = message => process.stdout.write(JSON.stringify(message, (_, v) => (typeof v === "bigint" ? Number(v) : v)) + "\n");

Logger.level = LogLevel[log];
Logger.format = "plain";
Logger.log = (_level, line) => process.stderr.write(line + "\n");
Environment.default.vars.set("storage.path", storage);
Environment.default.vars.set("mdns.networkInterface", mdnsInterface);

const vendorId = VendorId(0xfff1);
const productId = 0x8000;
const node = await ServerNode.create({
  id: "device",
  network: { port, ble: false },
  commissioning: { passcode, discriminator },
  productDescription: { name: kind, deviceType: deviceType(kind) },
  basicInformation: { vendorName: "Peer", vendorId, productName: kind, productId, nodeLabel: "", productLabel: kind, serialNumber: `peer-${discriminator}`, uniqueId: `unique-${discriminator}` },
});
const parts = await furnish(node, kind, count);

parts.forEach((part, index) => {
  for (const [cluster, state] of Object.entries(part.state)) {
    for (const attribute of Object.keys(state)) {
      part.events[cluster]?.[`${attribute}$Changed`]?.on(value => tell({ changed: [index + 1, cluster, attribute, value] }));
    }
  }
});
node.events.commissioning.fabricsChanged?.on(() => tell({ fabrics: Object.keys(node.state.commissioning.fabrics).length }));

await node.start();
tell({
  ready: {
    kind,
    port,
    qr: node.state.commissioning.pairingCodes.qrPairingCode,
    manual: node.state.commissioning.pairingCodes.manualPairingCode,
    long_manual: ManualPairingCodeCodec.encode({ discriminator, passcode, vendorId, productId }),
    fabrics: Object.keys(node.state.commissioning.fabrics).length,
  },
});

const wait = ms => new Promise(resolve => setTimeout(resolve, ms));
const actions = {
  async set(part, json) {
    await parts[part - 1].set(JSON.parse(json));
  },
  async press(part, ms) {
    await parts[part - 1].set({ switch: { rawPosition: 1 } });
    await wait(Number(ms));
    await parts[part - 1].set({ switch: { rawPosition: 0 } });
  },
  async quit() {
    await node.close();
    process.exit(0);
  },
};
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [, action, part, rest] = /^(\S+)\s*(\d*)\s*(.*)$/.exec(line) ?? [];
  try {
    await actions[action](Number(part), rest);
    tell({ done: line });
  } catch (error) {
    tell({ error: `${line}: ${error?.message ?? error}` });
  }
}
// The harness has gone.
process.exit(0);
