// Every page that a member of a connected firm can reach: found by following links, looked at on a
// phone and on a desk, by day and by night.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { browser, picture, serious, signIn, stack, synced } from './stage.mjs';

const LOOKS = [
  { name: 'phone-light', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { name: 'desk-dark', viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  { name: 'desk-light', viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
];

let tandem;
let chromium;

before(async () => {
  tandem = await stack('--headless-connect');
  await synced(tandem);
  chromium = await browser();
});

after(async () => {
  await chromium?.close();
  await tandem?.stop();
});

/** One page of each shape: ids, queries and cursors make no other page. */
function shape(address) {
  const { pathname } = new URL(address);
  return pathname.replace(/[^/]*\d[^/]*/g, '{id}');
}

async function links(page) {
  const all = await page.$$eval('a[href]', (anchors) => anchors.map((it) => it.href));
  return all.filter((it) => it.startsWith(`${tandem.public}/console`) && !/\.(csv|json)\b|\/file\b/.test(it));
}

test('every page reads well, everywhere', async (t) => {
  for (const look of LOOKS) {
    const context = await chromium.newContext(look);
    const page = await context.newPage();
    await signIn(page, tandem);
    const faults = [];
    page.on('console', (it) => it.type() === 'error' && faults.push(it.text()));
    page.on('pageerror', (it) => faults.push(String(it)));

    const seen = new Set();
    const waiting = [page.url()];
    while (waiting.length > 0) {
      const address = waiting.shift();
      if (seen.has(shape(address))) continue;
      seen.add(shape(address));
      await t.test(`${look.name} ${shape(address)}`, async () => {
        const response = await page.goto(address);
        assert.equal(response.status(), 200);
        const name = shape(address).replace(/^\/console\/?/, '').replace(/\W+/g, '-');
        await picture(page, `${name || 'overview'}-${look.name}`);
        assert.deepEqual(await serious(page), []);
        assert.deepEqual(faults.splice(0), [], 'the browser complains');
        const spill = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        assert.ok(spill <= 0, `${spill} pixels too wide`);
        waiting.push(...(await links(page)));
      });
    }
    assert.ok(seen.size > 1, 'no page leads anywhere');
    await context.close();
  }
});

test('the first key leads past the navigation, and what has the focus is seen', async () => {
  const page = await chromium.newPage();
  await signIn(page, tandem);
  await page.goto(`${tandem.public}/console/settings`);
  await page.keyboard.press('Tab');
  const skip = page.locator(':focus');
  assert.equal(await skip.textContent(), 'Skip to content');
  await skip.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
  await page.keyboard.press('Tab');
  const outline = await page.locator(':focus').evaluate((it) => getComputedStyle(it).outlineStyle);
  assert.notEqual(outline, 'none');
  await page.close();
});
