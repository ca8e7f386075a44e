// People of a tenant and of the hosting provider, who come to the page and sign in by keyboard alone.

import assert from 'node:assert/strict';

import { configuration, visitor } from './browser.mjs';

const { url, organisation, password } = configuration;

/** Someone new, signed in as `user` at the issuer of an organisation. */
export async function comeAs(browser, user, { device, where = organisation, ...options } = {}) {
  const someone = await visitor(browser, device, options);
  await signIn(someone.page, user, where);
  return someone;
}

/** Signs in, and comes to the list of workspaces. */
export async function signIn(page, user, where = organisation) {
  await page.goto(url);
  await page.getByLabel('Votre organisation').fill(where);
  await page.keyboard.press('Enter');
  await page.getByLabel('Nom d’utilisateur').fill(user);
  await page.getByLabel('Mot de passe').fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Espaces de travail' }).waitFor();
  assert.ok(!page.url().includes('code='), page.url());
}

/** Asks the API as whoever is signed in on the page. */
export async function ask(page, method, path, data) {
  const token = await page.evaluate(() => JSON.parse(sessionStorage.getItem('beffroi.session')).token);
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const answer = await page.request.fetch(url + path, { method, data, headers: { Authorization: `Bearer ${token}`, 'Content-Type': type } });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.json();
}
