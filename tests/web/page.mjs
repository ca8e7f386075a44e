// The page for people, in a real browser: a manager and a DPO of a tenant, and the hosting provider, do all that they
// come for, at one width.
// Each view is held against axe-core, in light and in dark. Told: violations, errors, requests that left the machine,
// and what was seen on the way.
//
// CONFIGURATION: {url, organisation, manager, dpo, hoster, password, workspace, device}.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { axe, configuration, screenshot, visitor, withBrowser } from './browser.mjs';

const { url, organisation, manager, dpo, hoster, password, workspace, device } = configuration;
const violations = [];

/** Holds a view against axe-core in both schemes, and takes a picture. */
async function look(page, name) {
  await page.locator('main:not([aria-busy])').waitFor();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    violations.push(...(await axe(page)).map((one) => ({ view: name, colorScheme, ...one })));
    await screenshot(page, `${name}-${device}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  const { scroll, client } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth,
  }));
  assert.ok(scroll <= client, `${name} is wider than the window: ${scroll} > ${client}`);
}

/** Signs in by keyboard alone. */
async function signIn(page, user, where = organisation) {
  await page.goto(url);
  await page.getByLabel('Votre organisation').fill(where);
  await page.keyboard.press('Enter');
  await page.getByLabel('Nom d’utilisateur').fill(user);
  await page.getByLabel('Mot de passe').fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Espaces de travail' }).waitFor();
  assert.ok(!page.url().includes('code='), page.url());
}

/** Who manages: sees the list and the map, is told why, orders with a preview, stops, deletes and takes back. */
async function manage(browser) {
  const { page, errors, outside } = await visitor(browser, device);
  await page.goto(url);
  await look(page, 'connexion');
  await page.getByLabel('Votre organisation').fill('personne');
  await page.keyboard.press('Enter');
  await page.getByText('Aucune organisation ne se connecte ici').waitFor();
  await signIn(page, manager);
  await look(page, 'espaces');

  await page.getByRole('link', { name: workspace, exact: true }).click();
  await page.getByRole('heading', { level: 2, name: 'Où se trouvent les données' }).waitFor();
  const map = await page.locator('figure.map svg[role=img]').getAttribute('aria-label');
  await look(page, 'espace');
  await page.getByRole('link', { name: 'Explication' }).click();
  await page.getByText('LOC-01').first().waitFor();
  await look(page, 'explication');

  await page.getByRole('navigation', { name: 'Menu principal' }).getByRole('link', { name: 'Commander' }).click();
  await page.getByLabel('Nom de l’espace').fill('Essai Fautif');
  await page.locator('[data-app=meet] input[type=checkbox]').check();
  await page.locator('input[name=data][value=Staff]').check();
  await page.getByLabel('Domaine', { exact: true }).fill('essai.ght-bm.example');
  await page.getByRole('button', { name: 'Commander' }).click();
  await page.locator('[data-field=name][aria-invalid=true]').waitFor();
  await look(page, 'commande-fautive');
  await page.getByLabel('Nom de l’espace').fill('essai');
  await page.locator('.editor figure.map svg[role=img]').waitFor();
  const preview = await page.locator('.editor figure.map svg[role=img]').getAttribute('aria-label');
  await look(page, 'commande');
  await page.getByRole('button', { name: 'Commander' }).click();
  await page.getByText('est commandé').waitFor();
  // Nobody reloads: the page hears of it.
  await page.getByText('En service').first().waitFor({ timeout: 60_000 });

  await page.getByRole('button', { name: 'Suspendre' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Suspendre' }).click();
  await page.getByText('L’espace est suspendu.').waitFor();
  await page.getByRole('button', { name: /Supprimer/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: /Supprimer/ }).click();
  await page.getByText('Sa suppression est prévue').waitFor();
  await look(page, 'suppression');
  await page.getByRole('button', { name: /Restaurer/ }).click();
  await page.getByText('Sa suppression est prévue').waitFor({ state: 'detached' });
  return { errors, outside, map, preview };
}

/** Who protects data: takes a proof away, has it verified, spoils it, reads the log. */
async function protect(browser) {
  const { page, errors, outside } = await visitor(browser, device, { acceptDownloads: true });
  await signIn(page, dpo);
  await page.getByRole('link', { name: workspace, exact: true }).click();
  await page.getByRole('link', { name: 'Preuves' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'), page.getByRole('button', { name: /^Télécharger la preuve/ }).first().click(),
  ]);
  const bundle = readFileSync(await download.path());
  await look(page, 'preuves');
  const keys = await (await page.request.get(`${url}/v1/evidence-keys`)).body();

  const verify = async (buffer) => {
    await page.getByLabel('Fichier de la preuve').setInputFiles({ name: 'preuve.json', mimeType: 'application/json', buffer });
    await page.getByLabel('Fichier de clés publiques').setInputFiles({ name: 'beffroi.pub', mimeType: 'text/plain', buffer: keys });
    await page.getByRole('button', { name: 'Vérifier' }).click();
    return page.locator('#resultat h2').first().textContent();
  };
  await page.getByRole('navigation', { name: 'Menu principal' }).getByRole('link', { name: 'Vérifier une preuve' }).click();
  const good = await verify(bundle);
  await look(page, 'preuve-verifiee');
  const spoilt = Buffer.from(bundle);
  spoilt[Math.floor(spoilt.length / 2)] ^= 1;
  await page.reload();
  const bad = await verify(spoilt);
  await look(page, 'preuve-refusee');

  await page.getByRole('navigation', { name: 'Menu principal' }).getByRole('link', { name: 'Journal' }).click();
  await page.getByRole('table').waitFor();
  await look(page, 'journal');
  const entries = await page.locator('tbody tr').count();
  await page.goto(`${url}/reference`);
  await page.locator('#op-preview').waitFor();
  // It is long, and the same at every width and in every scheme: once is enough.
  if (device === 'desktop') {
    violations.push(...(await axe(page)).map((one) => ({ view: 'reference', ...one })));
    await screenshot(page, 'reference', false);
  }
  return { errors, outside, good, bad, entries };
}

/** Who provides: sees every tenant, and the workspaces of one. */
async function provide(browser) {
  const { page, errors, outside } = await visitor(browser, device);
  await signIn(page, hoster, 'Hébergeur');
  await page.getByRole('navigation', { name: 'Menu principal' }).getByRole('link', { name: 'Organisations' }).click();
  await page.getByRole('rowheader', { name: organisation }).first().waitFor();
  await look(page, 'organisations');
  const tenants = await page.locator('tbody tr').count();
  await page.locator(`[id="espaces-${organisation}"]`).click();
  await page.getByRole('link', { name: workspace, exact: true }).waitFor();
  return { errors, outside, tenants };
}

await withBrowser(async (browser) => {
  const managing = await manage(browser);
  const protecting = await protect(browser);
  const providing = await provide(browser);
  return { violations, managing, protecting, providing };
});
