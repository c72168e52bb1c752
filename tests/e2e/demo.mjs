// The demo home as a homeowner meets it: starts the built program in a namespace that has only the
// loopback interface, waits for its devices, and runs the page's smoke test against it.
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
  const demo = spawn(resolve(program), ['demo', '--state-dir', state, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const url = await ready(demo);
    console.log(`ok ${DEVICES} devices were added by their codes`);
    if (shots) mkdirSync(shots, { recursive: true });
    const args = [new URL('smoke.mjs', import.meta.url).pathname, url, ...(shots ? [shots] : [])];
    return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
  } finally {
    demo.kill('SIGTERM');
    await new Promise((ended) => demo.once('exit', ended));
    rmSync(state, { recursive: true, force: true });
  }
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
    if (added === DEVICES) {
      demo.stderr.resume();
      return url;
    }
  }
  throw new Error(`the demo did not come up:\n${said.join('\n')}`);
}
