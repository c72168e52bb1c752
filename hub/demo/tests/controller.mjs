// A Matter controller made with matter.js that tries a virtual home from outside.
//
//   node controller.mjs '{"homes": FILE, "storage": DIR, "watch": SECONDS}'
//
// FILE holds one JSON object a line, as `virtual_home` prints them: {"name", "qr", ...}.
// With "rejoin": true it reaches the nodes that an earlier run commissioned.
// Out, one JSON object a line: {"commissioned"}, {"read"}, {"status"}, {"changed"}, {"event"}, {"summary"}.
import { Environment, Logger, LogLevel, ServerNode } from "@matter/main";
import { ManualPairingCodeCodec, QrPairingCodeCodec } from "@matter/main/types";
import { Read, Subscribe, Invoke } from "@matter/main/protocol";
import * as clusters from "@matter/main/clusters";
import fs from "node:fs";

const { homes, storage, watch = 20, log = "ERROR", only, rejoin } = JSON.parse(process.argv[2]);
const tell = message => process.stdout.write(JSON.stringify(message, (_, v) => (typeof v === "bigint" ? Number(v) : v)) + "\n");
const since = start => Math.round(performance.now() - start);

Logger.level = LogLevel[log];
Logger.format = "plain";
Logger.log = (_level, line) => process.stderr.write(line + "\n");
Environment.default.vars.set("storage.path", storage);
Environment.default.vars.set("mdns.networkInterface", "lo");

const controller = await ServerNode.create({ id: "controller", network: { port: 0, ble: false }, controller: { adminFabricLabel: "test" } });
await controller.start();

const lines = fs.readFileSync(homes, "utf8").split("\n").filter(Boolean).map(line => JSON.parse(line));
const nodes = [];
// After a restart of the home its nodes are known from the storage.
if (rejoin) {
  for (const node of controller.peers) nodes.push({ home: { name: node.id }, node });
}
for (const home of lines.filter(home => !rejoin && (!only || home.name === only))) {
  const start = performance.now();
  const [code] = QrPairingCodeCodec.decode(home.qr);
  try {
    const node = await controller.peers.commission({ passcode: code.passcode, discriminator: code.discriminator, longDiscriminator: code.discriminator, autoSubscribe: false, autoStateInitialize: false, timeout: 20000 });
    nodes.push({ home, node });
    tell({ commissioned: home.name, ms: since(start) });
  } catch (error) {
    tell({ failed: home.name, error: String(error), cause: String(error?.cause ?? ""), ms: since(start) });
  }
}

const hex = n => "0x" + n.toString(16);
const place = p => `${p.endpointId}/${hex(p.clusterId)}/${hex(p.attributeId ?? p.eventId)}`;
let statuses = 0;
for (const { home, node } of nodes) {
  const start = performance.now();
  let values = 0;
  const data = {};
  for await (const chunk of node.interaction.read(Read(Read.Attribute({})))) {
    for await (const report of chunk) {
      if (report.kind === "attr-value") {
        values++;
        data[place(report.path)] = report.value;
      } else if (report.kind === "attr-status") {
        statuses++;
        tell({ status: home.name, path: place(report.path), code: report.status });
      }
    }
  }
  tell({ read: home.name, values, ms: since(start) });
  if (process.env.DUMP) fs.writeFileSync(`${storage}/${home.name}.json`, JSON.stringify(data, (_, v) => (typeof v === "bigint" ? Number(v) : v), 1));
}

const counts = {};
for (const { home, node } of nodes) {
  const start = performance.now();
  let primed = 0;
  const heard = (counts[home.name] = { changes: 0, events: 0 });
  const subscription = await node.interaction.subscribe({
    ...Subscribe({ subscriptions: [] , keepSubscriptions: true, minIntervalFloor: 0, maxIntervalCeiling: 60 }, Read.Attribute({}), Read.Event({})),
    updated: async reports => {
      for await (const chunk of reports) for await (const report of chunk) {
        if (report.kind === "attr-value") { heard.changes++; tell({ changed: home.name, path: place(report.path), value: report.value }); }
        else if (report.kind === "event-value") { heard.events++; tell({ event: home.name, path: place(report.path), value: report.value }); }
      }
    },
  });
  heard.primed = primed; void subscription;
  tell({ subscribed: home.name, ms: since(start) });
}

// What controllers do: [device, endpoint, cluster, command, fields, attribute that shows it, value, seconds until then].
const deeds = [
  ["Reading lamp", 1, "onOff", "on", undefined, "onOff", true, 1],
  ["Reading lamp", 1, "levelControl", "moveToLevelWithOnOff", { level: 42, transitionTime: 10, optionsMask: {}, optionsOverride: {} }, "currentLevel", 42, 3],
  ["Reading lamp", 1, "colorControl", "moveToColorTemperature", { colorTemperatureMireds: 250, transitionTime: 0, optionsMask: {}, optionsOverride: {} }, "colorTemperatureMireds", 250, 1],
  ["Coffee machine", 1, "onOff", "toggle", undefined, "onOff", false, 1],
  ["Blind", 1, "windowCovering", "goToLiftPercentage", { liftPercent100thsValue: 1000 }, "currentPositionLiftPercent100ths", 1000, 4],
  ["Door lock", 1, "doorLock", "unlockDoor", {}, "lockState", 2, 1],
  ["Bathroom fan", 1, "fanControl", "step", { direction: 0, lowestOff: true }, "speedCurrent", 1, 1],
  ["Smoke alarm", 1, "smokeCoAlarm", "selfTestRequest", undefined, "testInProgress", true, 1],
  ["Thermostat", 1, "thermostat", "setpointRaiseLower", { mode: 0, amount: 10 }, "occupiedHeatingSetpoint", 2250, 1],
  ["Bedside button", 1, "identify", "identify", { identifyTime: 5 }, "identifyTime", 4, 1.5],
  ["Attic bridge", 3, "levelControl", "moveToLevelWithOnOff", { level: 77, transitionTime: 0, optionsMask: {}, optionsOverride: {} }, "currentLevel", 77, 1],
];
const read = async (node, endpoint, cluster, attribute) => {
  for await (const chunk of node.interaction.read(Read({ attributes: [{ endpointId: endpoint, clusterId: cluster.id, attributeId: cluster.attributes[attribute].id }] })))
    for await (const report of chunk) return report.kind === "attr-value" ? report.value : { status: report.status };
};
const clusterOf = name => clusters[name[0].toUpperCase() + name.slice(1)];
for (const [name, endpoint, clusterName, command, fields, attribute, wanted, seconds] of deeds) {
  const found = nodes.find(n => n.home.name === name);
  if (!found) continue;
  const start = performance.now();
  try {
    const cluster = clusterOf(clusterName);
    const invoke = Invoke({ commands: [{ endpoint, cluster, command, fields }], timed: clusterName === "doorLock" });
    for await (const chunk of found.node.interaction.invoke(invoke)) for await (const answer of chunk) if (answer.status) throw new Error(`status ${answer.status}`);
    const ms = since(start);
    await new Promise(resolve => setTimeout(resolve, seconds * 1000));
    const value = await read(found.node, endpoint, cluster, attribute);
    tell({ did: `${name} ${clusterName}.${command}`, ms, ok: JSON.stringify(value) === JSON.stringify(wanted), value });
  } catch (error) {
    tell({ did: `${name} ${clusterName}.${command}`, ok: false, error: String(error?.stack ?? error) });
  }
}
await new Promise(resolve => setTimeout(resolve, watch * 1000));
tell({ summary: counts, commissioned: nodes.length, of: lines.length, statuses });
process.exit(0);
