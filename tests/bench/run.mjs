// The benchmark: Ingle and the matter.js controller with the same virtual devices, one table.
// Usage: node run.mjs PROGRAM [TOGGLES]; inside a network namespace (see `run`).
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { measure } from "./ingle.mjs";

const [program, toggles = "500"] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "ingle-bench-"));

/** The goals of the project, as ratios to the peer or as absolute figures. */
const GOALS = [
  ["commission, median (ms)", (m) => m.commissioned.p50, (own) => own <= 300],
  ["commission, slowest (ms)", (m) => m.commissioned.max],
  ["toggle acknowledged, p50 (ms)", (m) => m.answered.p50, (own, peer) => own <= peer / 2],
  ["toggle acknowledged, p99 (ms)", (m) => m.answered.p99],
  ["toggle to report, p50 (ms)", (m) => m.reported.p50],
  ["toggle to report, p99 (ms)", (m) => m.reported.p99],
  ["CPU an invoke (ms)", (m) => m.cpu, (own, peer) => own <= peer / 2],
  ["resident memory (MiB)", (m) => m.resident, (own) => own <= 20],
  ["start to ready (ms)", (m) => m.ready, (own) => own <= 150],
];

/** Fresh devices, commissioned by nobody, and what ends them. */
async function devices(name) {
  const child = spawn(program, ["virtual-home", "--all-interfaces", "--dir", join(scratch, name)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const listening = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "{}") break;
    listening.push(JSON.parse(line));
  }
  const lampFirst = listening.sort((a, b) => b.name.includes("lamp") - a.name.includes("lamp"));
  return { codes: lampFirst.map((device) => device.manual), end: () => child.stdin.end() };
}

async function own() {
  const { codes, end } = await devices("own");
  const measured = await measure(program, join(scratch, "hub"), codes, Number(toggles));
  end();
  return measured;
}

async function peer() {
  const { codes, end } = await devices("peer");
  const script = new URL("peer-matterjs.mjs", import.meta.url).pathname;
  const run = spawnSync(process.execPath, [script, join(scratch, "matterjs"), toggles, ...codes], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  end();
  return JSON.parse(run.stdout.trim().split("\n").at(-1));
}

try {
  console.error("measuring Ingle ...");
  const ours = await own();
  console.error("measuring the matter.js controller ...");
  const theirs = await peer();
  console.log(`${ours.commissioned.n} devices, ${toggles} toggles\n`);
  console.log("| measure | Ingle | matter.js | goal |\n|---|---|---|---|");
  for (const [name, of, goal] of GOALS) {
    const reached = goal ? (goal(of(ours), of(theirs)) ? "reached" : "missed") : "";
    console.log(`| ${name} | ${of(ours).toFixed(2)} | ${of(theirs).toFixed(2)} | ${reached} |`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
