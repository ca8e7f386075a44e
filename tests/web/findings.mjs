// A workspace whose data does not all lie where it may, as a manager sees it on one device; and an order that no site may
// take. Told: violations, errors, requests that left the machine, and what was seen.
//
// CONFIGURATION: {url, organisation, manager, password, workspace, device}.

import assert from 'node:assert/strict';

import { configuration, withBrowser } from './browser.mjs';
import { looker } from './look.mjs';
import { comeAs } from './people.mjs';

const { manager, workspace, device } = configuration;
const { look, violations } = looker(device);

await withBrowser(async (browser) => {
  const { page, errors, outside } = await comeAs(browser, manager, { device });
  const row = page.getByRole('row', { name: new RegExp(`^${workspace}`) });
  const state = await row.textContent();
  await page.getByRole('link', { name: workspace, exact: true }).click();
  await page.getByRole('heading', { level: 3, name: /^Ce qui le contredit/ }).waitFor();
  const map = await page.locator('figure.map svg[role=img]').getAttribute('aria-label');
  assert.equal(await page.locator('figure.map .mark.contradicted').count(), 2, 'one mark, and one in the legend');
  const findings = await page.getByRole('table', { name: 'Constats' }).locator('tbody tr').allTextContents();
  await look(page, 'constats');

  await page.getByRole('navigation', { name: 'Menu principal' }).getByRole('link', { name: 'Commander' }).click();
  await page.locator('[data-app=docs] input[type=checkbox]').check();
  await page.getByLabel('Agents et gestion courante').check();
  await page.getByText('Aucun placement ne convient').waitFor();
  const verdict = await page.locator('.preview .verdict').textContent();
  await page.locator('.preview summary').click();
  const refusals = await page.locator('.preview .refusal').allTextContents();
  await look(page, 'commande-refusee');
  return { violations, errors, outside, state, map, findings, verdict, refusals };
});
