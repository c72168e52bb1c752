// The matter.js controller, measured: commissions the codes given, toggles the first, prints JSON.
// Usage: node peer-matterjs.mjs STORAGE TOGGLES CODE...
import { Environment, Logger, LogLevel, ServerNode } from "@matter/main";
import { OnOffClient } from "@matter/main/behaviors/on-off";
import { cpuMs, quantiles, residentMiB } from "./measure.mjs";

const [storage, toggles, ...codes] = process.argv.slice(2);
Logger.level = LogLevel.FATAL;
const environment = Environment.default;
environment.vars.set("storage.path", storage);

const controller = await ServerNode.create({
  id: "controller",
  network: { port: 0, ble: false },
  commissioning: { enabled: false },
});
await controller.start();
const ready = performance.now();

const commissioned = [];
let lamp;
for (const code of codes) {
  const began = performance.now();
  const node = await controller.peers.commission({ pairingCode: code, autoSubscribe: true });
  commissioned.push(performance.now() - began);
  lamp ??= [...node.endpoints].find((endpoint) => endpoint.behaviors.has(OnOffClient));
}

const answered = [];
const reported = [];
const cpuBefore = cpuMs(process.pid);
for (let n = 0; n < Number(toggles); n++) {
  const began = performance.now();
  const report = new Promise((resolve) => {
    lamp.eventsOf(OnOffClient).onOff$Changed.once(() => resolve(performance.now() - began));
  });
  await lamp.commandsOf(OnOffClient).toggle();
  answered.push(performance.now() - began);
  reported.push(await report);
}
const cpu = (cpuMs(process.pid) - cpuBefore) / Number(toggles);

console.log(
  JSON.stringify({
    ready,
    commissioned: quantiles(commissioned),
    answered: quantiles(answered),
    reported: quantiles(reported),
    cpu,
    resident: residentMiB(process.pid),
  }),
);
process.exit(0);
