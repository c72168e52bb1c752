// The page in a real browser, against a running hub that has at least one lamp:
//   node smoke.mjs http://127.0.0.1:8480/ [FOLDER]
// It loads without an error or a foreign request, passes axe by day and by night, fits 320 px, and
// a lamp that is switched is seen confirmed. With FOLDER, screenshots are left there.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const [url, folder] = process.argv.slice(2);
assert.ok(url, 'usage: node smoke.mjs URL [FOLDER]');

const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-quic',
    '--no-first-run',
  ],
});

/** Runs a check on a page of its own, and fails if the browser complained or looked elsewhere. */
async function check(what, options, body) {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const own = request.url().startsWith(url) || request.url().startsWith(url.replace('http', 'ws'));
    if (!own && !request.url().startsWith('data:')) complaints.push(`foreign: ${request.url()}`);
  });
  await page.goto(url);
  await page.locator('.tile').first().waitFor();
  await body(page);
  assert.deepEqual(complaints, [], what);
  await context.close();
  console.log(`ok ${what}`);
}

async function shoot(page, name) {
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(AXE_TAGS).analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  assert.deepEqual(found, []);
}

try {
  for (const colorScheme of ['light', 'dark']) {
    for (const viewport of SIZES) {
      const name = `${colorScheme}-${viewport.width}`;
      await check(`${name}: loads and is accessible`, { colorScheme, viewport }, async (page) => {
        await accessible(page);
        await shoot(page, name);
      });
    }
  }

  await check('a lamp is switched by keyboard and confirmed', {}, async (page) => {
    const lamp = page.getByRole('switch').first();
    const before = await lamp.getAttribute('aria-checked');
    const after = before === 'true' ? 'false' : 'true';
    await lamp.focus();
    await page.keyboard.press('Space');
    const tile = page.locator('.tile', { has: page.locator('[role=switch]') }).first();
    await tile.locator(`[role=switch][aria-checked=${after}]`).waitFor();
    await page.waitForFunction(() => !document.querySelector('.tile.is-pending, .tile .outcome'));
    assert.equal(await lamp.getAttribute('aria-checked'), after);
    // Another page sees it from the hub, so it was not only this one that thought so.
    const other = await page.context().newPage();
    await other.goto(url);
    const seen = other.getByRole('switch').first();
    await seen.waitFor();
    assert.equal(await seen.getAttribute('aria-checked'), after);
    await other.close();
  });

  await check('nothing is cut off at 320 px', { viewport: { width: 320, height: 640 } }, async (page) => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `the page is ${wide} px wide`);
    await page.getByRole('button', { name: 'Add a device' }).click();
    await accessible(page);
    await shoot(page, 'add-320');
  });

  await check('a wrong code is explained', {}, async (page) => {
    await page.getByRole('button', { name: 'Add a device' }).click();
    await page.getByLabel('Setup code').fill('fail');
    await page.keyboard.press('Enter');
    const job = page.locator('.job', { has: page.locator('.outcome.failed') }).first();
    const form = page.locator('.form .outcome.failed');
    await job.or(form).first().waitFor({ timeout: 60_000 });
    await accessible(page);
    await shoot(page, 'failed');
  });
} finally {
  await browser.close();
}
