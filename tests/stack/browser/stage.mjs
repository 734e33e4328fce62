// A running stack and a browser in front of it.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(here, '../../../target');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Where pictures of the pages are kept. */
export const pictures = path.join(target, 'browser');
mkdirSync(pictures, { recursive: true });

/** Starts the stack on free ports, with the demo firm; the flags are those of `cargo run`. */
export async function stack(...flags) {
  const folder = path.join(target, 'browser', `stack-${process.pid}`);
  const program = process.env.TANDEM_LOCAL ?? path.join(target, 'debug', 'local');
  const child = spawn(
    program,
    ['--port', '0', '--simulator-port', '0', '--fresh', '--data-dir', folder, ...flags],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, RUST_LOG: 'warn' } },
  );
  const told = {};
  for await (const line of createInterface(child.stdout)) {
    if (line === 'ready') break;
    const [name, value] = line.split(/ {2,}/);
    told[name] = value;
  }
  child.stdout.resume();
  if (!told.simulator) throw new Error(`${program} did not get ready`);
  return {
    public: told['console, API'],
    simulator: told.simulator,
    key: told['API key'],
    /** Calls the API as the practice app does. */
    async api(method, route, body) {
      const response = await fetch(this.public + route, {
        method,
        headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${text}`);
      return text ? JSON.parse(text) : null;
    },
    /** Tells the simulator something. */
    async control(method, route, body) {
      const response = await fetch(this.simulator + route, { method, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${method} ${route}: ${response.status}`);
      return response.json().catch(() => null);
    },
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until the first sync has ended. */
export async function synced(tandem) {
  for (;;) {
    const { items } = await tandem.api('GET', '/v1/syncs?limit=1');
    if (items[0]?.state === 'done') return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Debian's Chromium, or the one that is named. */
export function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
}

/** Signs in with Xero, as the person whom the simulator knows. */
export async function signIn(page, tandem) {
  await page.goto(tandem.public);
  await page.getByRole('button', { name: 'Sign in with Xero' }).click();
  await allow(page, tandem);
}

/** Says yes on Xero's page, and waits until it has led back. */
export async function allow(page, tandem) {
  await page.getByRole('button', { name: /allow/i }).click();
  await page.waitForURL(`${tandem.public}/console**`);
}

/** What axe finds serious or critical on the page, each with the element it is about. */
export async function serious(page) {
  // Evaluated by the debugger, which the page's own policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations
    .filter((it) => ['serious', 'critical'].includes(it.impact))
    .flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.target} ${node.html}`));
}

/** Keeps a picture of the whole page. */
export function picture(page, name) {
  return page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
}
