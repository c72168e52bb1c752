// Ingle, measured from outside: its own program, over its API, as a browser would use it.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { cpuMs, quantiles, residentMiB } from "./measure.mjs";

/** A hub that runs, with its process and the address of its API. */
export class Hub {
  static async start(program, stateDir) {
    const hub = new Hub();
    const began = performance.now();
    hub.process = spawn(
      program,
      ["serve", "--state-dir", stateDir, "--listen", "127.0.0.1:0", "--attestation", "allow-test"],
      { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, INGLE_LOG: "warn" } },
    );
    for await (const line of createInterface({ input: hub.process.stdout })) {
      if (line.startsWith("ready ")) {
        hub.url = line.slice("ready ".length);
        break;
      }
    }
    hub.ready = performance.now() - began;
    await hub.watch();
    return hub;
  }

  /** Calls the API; throws what it refuses. */
  async call(method, path, body) {
    const response = await fetch(`${this.url}api/v1${path}`, {
      method,
      headers: { "content-type": "application/json", "x-ingle": "bench" },
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Listens to the hub's events from now on. */
  async watch() {
    this.listeners = new Set();
    const socket = new WebSocket(`${this.url.replace("http", "ws")}api/v1/events`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const first = this.until((change) => change.kind === "snapshot");
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      const changes = message.type === "delta" ? message.changes : [];
      if (message.type === "snapshot") changes.push({ ...message, kind: "snapshot" });
      for (const change of changes) for (const listener of this.listeners) listener(change);
    };
    socket.send(JSON.stringify({ subscribe: { filter: { fresh: true } } }));
    this.snapshot = await first;
  }

  /** The first change for which `wanted` holds, and the moment it came. */
  until(wanted) {
    return new Promise((resolve) => {
      const listener = (change) => {
        if (!wanted(change)) return;
        this.listeners.delete(listener);
        resolve({ ...change, came: performance.now() });
      };
      this.listeners.add(listener);
    });
  }

  /** Adds a device; how long it took, in milliseconds. */
  async add(code) {
    const began = performance.now();
    const ended = new Map();
    const watched = this.until(({ kind, job }) => {
      if (kind === "job" && ["done", "failed"].includes(job.state)) ended.set(job.id, job);
      return kind === "job" && ended.has(job.id);
    });
    await this.call("POST", "/devices", { code });
    const { job, came } = await watched;
    if (job.state !== "done") throw new Error(`adding failed: ${JSON.stringify(job.failure)}`);
    return { node: job.node, took: came - began };
  }

  /** Toggles a lamp; when it was acknowledged, and when its own report came. */
  async toggle(node, endpoint) {
    const path = `${node}/${endpoint}/0x0006.0x0`;
    const began = performance.now();
    const report = this.until((change) => change.kind === "value" && change.path === path);
    await this.call("POST", `/commands/${encodeURIComponent(`${node}/${endpoint}/OnOff.Toggle`)}`, {});
    const answered = performance.now() - began;
    return { answered, reported: (await report).came - began };
  }

  /** Ends the hub without notice. */
  async kill() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGKILL");
    await ended;
  }
}

/** The same measures as of the peer. */
export async function measure(program, stateDir, codes, toggles) {
  let hub = await Hub.start(program, stateDir);
  const commissioned = [];
  const nodes = [];
  for (const code of codes) {
    const { node, took } = await hub.add(code);
    commissioned.push(took);
    nodes.push(node);
  }
  const lamp = nodes[0];
  const answered = [];
  const reported = [];
  const cpuBefore = cpuMs(hub.process.pid);
  for (let n = 0; n < toggles; n++) {
    const times = await hub.toggle(lamp, 1);
    answered.push(times.answered);
    reported.push(times.reported);
  }
  const cpu = (cpuMs(hub.process.pid) - cpuBefore) / toggles;
  const resident = residentMiB(hub.process.pid);
  await hub.kill();
  hub = await Hub.start(program, stateDir);
  const ready = hub.ready;
  const restarted = residentMiB(hub.process.pid);
  await hub.kill();
  return {
    ready,
    commissioned: quantiles(commissioned),
    answered: quantiles(answered),
    reported: quantiles(reported),
    cpu,
    resident: Math.max(resident, restarted),
  };
}
