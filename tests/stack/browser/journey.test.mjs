// The way of a new firm's administrator: connect, sync, resolve a partial match, map a process, see an
// hour arrive, see why another waits, and mend it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { allow, browser, picture, signIn, stack, synced } from './stage.mjs';

const PROCESS = 'Annual accounts';

test('a firm is set up, and its first hours arrive', async (t) => {
  const tandem = await stack();
  t.after(() => tandem.stop());
  const chromium = await browser();
  t.after(() => chromium.close());
  const page = await chromium.newPage();
  page.setDefaultTimeout(30_000);

  // A contact whose e-mail address XPM knows under another name: only a person can tell.
  const ledger = await (await fetch(`${tandem.simulator}/_sim/ledger`)).json();
  const company = (it) => it.email && !/individual|sole trader/i.test(it.business_structure ?? '');
  const known = ledger.clients.find(company);
  assert.ok(known, 'no client to be taken for another');
  await tandem.api('PUT', '/v1/contacts/c-1', {
    kind: 'organisation',
    name: 'Known By Another Name Ltd',
    emails: [known.email],
  });

  await signIn(page, tandem);
  await page.getByRole('button', { name: 'Connect to Xero' }).click();
  await allow(page, tandem);
  await synced(tandem);
  await page.goto(`${tandem.public}/console`);
  await page.getByText('Connected', { exact: true }).first().waitFor();

  await page.goto(`${tandem.public}/console/matches?state=partial`);
  await picture(page, 'journey-partial');
  await page.getByRole('button', { name: 'Confirm Known By Another Name Ltd' }).click();
  await page.getByRole('status').waitFor();
  const { items } = await tandem.api('GET', '/v1/matches?state=matched&limit=200');
  assert.ok(items.some((it) => it.contact?.id === 'c-1'), 'the partial match is decided');

  await tandem.api('PUT', '/v1/processes/accounts', { name: PROCESS, xpm_task_uuid: null });
  await page.goto(`${tandem.public}/console/linking/processes/accounts`);
  const { items: tasks } = await tandem.api('GET', '/v1/xpm/tasks');
  const { name } = tasks.find((it) => it.uuid === '81bc488e-0f83-50fc-bc9d-a0f7398d02a4');
  await page.getByLabel('Select XPM task').fill(name);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').waitFor();

  // A task of a client with a job of its year, and two hours on it, one by somebody unknown.
  const contact = 'xpm-2d56bbec-7e91-51f4-843b-3b232fa3d4a3';
  await tandem.api('PUT', '/v1/tasks/t-1', {
    name: PROCESS,
    process_id: 'accounts',
    contact_id: contact,
    start_date: '2026-07-01',
  });
  await until(tandem, '/v1/tasks/t-1', (it) => it.link.state === 'auto');
  const email = 'freya.lindqvist@harbourvale.example.com';
  await tandem.api('PUT', '/v1/users/freya', { name: 'Freya', email });
  await tandem.api('PUT', '/v1/users/newcomer', { name: 'Newcomer', email: 'new@firm.example' });
  for (const user_id of ['freya', 'newcomer']) {
    const hour = { task_id: 't-1', user_id, date: '2026-11-20', seconds: 3600 };
    await tandem.api('PUT', `/v1/time-entries/of-${user_id}`, hour);
  }
  await until(tandem, '/v1/time-entries/of-freya', (it) => it.push.state === 'pushed');
  await until(tandem, '/v1/time-entries/of-newcomer', (it) => it.push.reason !== null);

  await page.goto(`${tandem.public}/console/time/entries/of-newcomer`);
  await page.getByText('Why not?').waitFor();
  await picture(page, 'journey-why');
  await page.goto(`${tandem.public}/console/settings/staff`);
  await page.getByLabel('XPM staff of Newcomer').selectOption({ label: 'Freya Lindqvist' });
  await page.getByRole('button', { name: 'Keep the staff of Newcomer' }).click();
  await page.getByRole('status').waitFor();
  await page.goto(`${tandem.public}/console/time/entries/of-newcomer`);
  const retry = page.getByRole('button', { name: 'Retry' });
  if (await retry.isVisible()) await retry.click();
  await until(tandem, '/v1/time-entries/of-newcomer', (it) => it.push.state === 'pushed');

  await page.goto(`${tandem.public}/console/time`);
  await picture(page, 'journey-time');
  const booked = await (await fetch(`${tandem.simulator}/_sim/ledger`)).json();
  assert.equal(booked.time_entries.filter((it) => it.date === '2026-11-20').length, 2);
});

/** Waits until what the API says of a thing is so. */
async function until(tandem, route, so) {
  for (let tries = 0; tries < 300; tries += 1) {
    const it = await tandem.api('GET', route);
    if (so(it)) return it;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${route}: ${JSON.stringify(await tandem.api('GET', route))}`);
}
