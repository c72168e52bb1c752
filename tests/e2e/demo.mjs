// The demo home as a homeowner meets it: starts the built program in a namespace that has only the
// loopback interface, waits for its devices and rules, runs the page's smoke test against it, starts it
// again, lets someone walk into the hall, and looks at what was before.
// Usage: node demo.mjs PROGRAM [SCREENSHOTS]
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const [program, shots] = process.argv.slice(2);
const DEVICES = 13;

if (process.env.INGLE_E2E_INSIDE) {
  process.exit(await inside());
}
const again = spawnSync(
  'unshare',
  ['-Urn', '--kill-child', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"', process.execPath,
    ...process.argv.slice(1)],
  { stdio: 'inherit', env: { ...process.env, INGLE_E2E_INSIDE: '1' } },
);
process.exit(again.status ?? 1);

async function inside() {
  const state = mkdtempSync(join(tmpdir(), 'ingle-e2e-'));
  try {
    return (await page(state)) || (await hall(state));
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
}

/** Starts the demo in a state directory and ends it after the work. */
async function withDemo(state, options, work) {
  const args = ['demo', '--state-dir', state, '--listen', '127.0.0.1:0', ...options];
  const demo = spawn(resolve(program), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    return await work(demo);
  } finally {
    demo.kill('SIGTERM');
    await new Promise((ended) => demo.once('exit', ended));
  }
}

/** The page of a new home. */
function page(state) {
  return withDemo(state, [], async (demo) => {
    const url = await ready(demo);
    console.log(`ok ${DEVICES} devices were added by their codes`);
    if (shots) mkdirSync(shots, { recursive: true });
    const args = [new URL('smoke.mjs', import.meta.url).pathname, url, ...(shots ? [shots] : [])];
    return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
  });
}

/** Someone walks into the hall of the same home, the lamp goes on, and the hub can say why. */
function hall(state) {
  return withDemo(state, ['--speed', '40'], async (demo) => {
    demo.stderr.resume();
    const ingle = (...args) => {
      const call = spawnSync(resolve(program), ['--state-dir', state, ...args, '--json']);
      return call.status === 0 ? JSON.parse(call.stdout) : undefined;
    };
    const until = Date.now() + 120_000;
    let why;
    while (!why?.runs.length) {
      if (Date.now() > until) throw new Error(`nobody walked into the hall: ${JSON.stringify(why)}`);
      await new Promise((later) => setTimeout(later, 200));
      const lit = ingle('rules', 'trace', 'hall-light')?.traces.some(({ steps }) => steps?.length);
      if (lit) why = ingle('why', 'attic-bridge/2/OnOff.OnOff');
    }
    const [rule, device] = why.links;
    const told = [rule?.origin, device?.origin, why.runs[0].trigger.text];
    const wanted = ['rule hall-light', 'Attic bridge', 'hall-motion.occupied became true'];
    if (told.join() !== wanted.join()) throw new Error(`why told ${told}, not ${wanted}`);
    console.log('ok someone walked into the hall, the light went on, and why told the chain');
    const path = 'climate-sensor/1/TemperatureMeasurement.MeasuredValue';
    const [past] = ingle('history', path).series;
    const [gap] = past.gaps;
    const before = past.points.at_ms.some((at, n) => at < gap?.from_ms && past.points.values[n] !== null);
    const after = past.points.at_ms.some((at, n) => at >= gap?.to_ms && past.points.values[n] !== null);
    if (!gap || !before || !after) throw new Error(`the restart is no gap: ${JSON.stringify(past)}`);
    console.log('ok the past is there after the restart, with a gap where the hub was off');
    return 0;
  });
}

/** The page's address, once all devices are added; fails with the first that is not. */
async function ready(demo) {
  let url;
  createInterface({ input: demo.stdout }).on('line', (line) => {
    url ??= /^ready (.+)/.exec(line)?.[1];
  });
  let added = 0;
  const said = [];
  for await (const line of createInterface({ input: demo.stderr })) {
    said.push(line);
    if (/: added in \d+ ms$/.test(line)) added += 1;
    if (/ rules are at work/.test(line) && added === DEVICES) {
      demo.stderr.resume();
      return url;
    }
  }
  throw new Error(`the demo did not come up:\n${said.join('\n')}`);
}
