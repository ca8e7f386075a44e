// Someone signs in at an issuer, by keyboard, after a wrong password, and is sent back to a page on loopback. Told:
// what axe-core found, what left the machine, and where the browser was sent.
//
// CONFIGURATION: {authorize, name, password, device}; `redirect_uri` is added to `authorize`.

import assert from 'node:assert/strict';
import http from 'node:http';

import { axe, configuration, screenshot, visitor, withBrowser } from './browser.mjs';

const { authorize, name, password, device } = configuration;
const back = http.createServer((_, response) => response.end());
await new Promise((resolve) => back.listen(0, '127.0.0.1', resolve));
const redirect = `http://127.0.0.1:${back.address().port}/`;

await withBrowser(async (browser) => {
  const { page, outside } = await visitor(browser, device);
  await page.goto(`${authorize}&redirect_uri=${encodeURIComponent(redirect)}`);
  const violations = await axe(page);
  await screenshot(page, `connexion-${device}`);

  await page.getByLabel('Nom d’utilisateur').fill(name);
  await page.getByLabel('Mot de passe').fill(`not ${password}`);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  violations.push(...await axe(page));
  assert.equal(await page.getByLabel('Nom d’utilisateur').inputValue(), name);

  await page.getByLabel('Mot de passe').fill(password);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.href.startsWith(redirect));
  return { violations, outside, redirect, arrived: page.url() };
});
back.close();
