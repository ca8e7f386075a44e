// The page for people, in a real browser: a manager and a DPO of a tenant, and the hosting provider, do all that they
// come for, on one device. Each view is looked at. Told: violations, errors, requests that left the machine, and what
// was seen on the way.
//
// CONFIGURATION: {url, organisation, manager, dpo, hoster, password, workspace, device}.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { configuration, visitor, withBrowser } from './browser.mjs';
import { looker } from './look.mjs';
import { ask, comeAs, signIn } from './people.mjs';

const { url, organisation, manager, dpo, hoster, workspace, device } = configuration;
const { look, violations } = looker(device);
const menu = (page, name) => page.getByRole('navigation', { name: 'Menu principal' }).getByRole('link', { name });

/** Who comes for the first time: an address that is none, a name that nobody knows, and what is open to all. */
async function arrive(page) {
  await page.goto(url);
  await look(page, 'connexion');
  await page.getByLabel('Votre organisation').fill('personne');
  await page.keyboard.press('Enter');
  await page.getByText('Aucune organisation ne se connecte ici').waitFor();
  await look(page, 'connexion-inconnue');
  await page.getByRole('link', { name: /Accessibilité/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Accessibilité' }).waitFor();
  await look(page, 'accessibilite');
  await page.getByRole('contentinfo').getByRole('link', { name: 'Vérifier une preuve' }).click();
  await page.getByRole('heading', { level: 1, name: 'Vérifier une preuve' }).waitFor();
  await look(page, 'verifier');
}

/** Who manages: sees the list and the map, is told why, orders with a preview, changes, stops, deletes and takes back. */
async function manage(browser) {
  const { page, errors, outside } = await visitor(browser, device);
  await arrive(page);
  await signIn(page, manager);
  await look(page, 'espaces');

  await page.getByRole('link', { name: workspace, exact: true }).click();
  await page.getByRole('heading', { level: 2, name: 'Où se trouvent les données' }).waitFor();
  const map = await page.locator('figure.map svg[role=img]').getAttribute('aria-label');
  await look(page, 'espace');
  await page.getByRole('link', { name: 'Explication' }).click();
  await page.getByText('LOC-01').first().waitFor();
  await look(page, 'explication');
  await page.getByRole('link', { name: 'northwind-cloud-france', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Qui possède Northwind Cloud France SAS' }).waitFor();
  await page.getByRole('heading', { level: 3, name: /^JUR-02.*capital/ }).waitFor();
  const owners = await page.locator('svg.ownership').getAttribute('aria-label');
  if (!/Northwind Inc\..*sur le chemin qui refuse/.test(owners)) throw new Error(`the picture does not say what refuses: ${owners}`);
  await look(page, 'fournisseur');
  await page.goto(`${url}/#/espaces/${organisation}.inconnu`);
  await page.getByRole('heading', { level: 1, name: 'Introuvable' }).waitFor();
  await look(page, 'introuvable');

  await menu(page, 'Commander').click();
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
  await inService(page);
  await change(page);
  await stop(page);
  return { errors, outside, map, preview };
}

const inService = (page) => page.locator('.title .badge', { hasText: 'En service' }).waitFor({ timeout: 180_000 });
const setting = (page, name) => page.locator('dl > div', { has: page.getByText(name, { exact: true }) }).locator('dd');

/** Saves a change; and another while somebody else changes the same workspace. */
async function change(page) {
  const domain = page.getByLabel('Domaine', { exact: true });
  const save = page.getByRole('button', { name: 'Enregistrer' });
  await page.getByRole('link', { name: 'Modifier' }).click();
  await domain.waitFor();
  await look(page, 'modifier');
  await save.click();
  await page.getByText('Rien n’a changé.').waitFor();
  await domain.fill('salle.ght-bm.example');
  await save.click();
  await page.getByText('Les changements sont enregistrés.').waitFor();
  assert.equal(await setting(page, 'Domaine').textContent(), 'salle.ght-bm.example');

  await page.getByRole('link', { name: 'Modifier' }).click();
  await page.getByLabel('Usagers').check();
  await ask(page, 'PATCH', `/v1/workspaces/${organisation}.essai`, { domain: 'autre.ght-bm.example' });
  await save.click();
  await page.getByText('L’espace a changé entre-temps').waitFor();
  await look(page, 'modifier-entre-temps');
  assert.equal(await domain.inputValue(), 'autre.ght-bm.example');
  assert.ok(await page.getByLabel('Usagers').isChecked());
  await save.click();
  await page.getByText('Les changements sont enregistrés.').waitFor();
  assert.equal(await setting(page, 'Domaine').textContent(), 'autre.ght-bm.example');
  assert.match(await setting(page, 'Données').textContent(), /Usagers/);
}

/** Suspends, resumes, deletes and restores. */
async function stop(page) {
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Suspendre' }).click();
  await dialog.waitFor();
  await look(page, 'question-suspendre', { full: false });
  await dialog.getByRole('button', { name: 'Suspendre' }).click();
  await page.getByText('L’espace est suspendu.').waitFor();
  await look(page, 'suspendu');
  await page.getByRole('button', { name: 'Reprendre' }).click();
  await page.getByText('L’espace reprend.').waitFor();
  await inService(page);
  await page.getByRole('button', { name: /Supprimer/ }).click();
  await dialog.waitFor();
  await look(page, 'question-supprimer', { full: false });
  await dialog.getByRole('button', { name: /Supprimer/ }).click();
  await page.getByText('Sa suppression est prévue').waitFor();
  await look(page, 'suppression');
  await page.getByRole('button', { name: /Restaurer/ }).click();
  await page.getByText('Sa suppression est prévue').waitFor({ state: 'detached' });
  await inService(page);
  await hurry(page);
}

/** Wants it gone at once: that waits for another person, and whoever asked cannot be that one. */
async function hurry(page) {
  const dialog = page.getByRole('dialog');
  const want = async () => {
    await page.getByRole('button', { name: /Supprimer/ }).click();
    await dialog.getByText(/En dessous de \d+ jours/).waitFor();
    await dialog.getByLabel('Délai avant effacement, en jours').fill('0');
    await dialog.getByRole('button', { name: /Supprimer/ }).click();
    await page.getByText('La demande attend la confirmation d’une autre personne').waitFor();
    assert.equal(await page.getByRole('button', { name: /Confirmer la suppression/ }).count(), 0);
  };
  await want();
  await look(page, 'suppression-demandee');
  await page.getByRole('button', { name: 'Retirer la demande' }).click();
  await page.locator('#demande').waitFor({ state: 'detached' });
  await want();
}

/** Who protects data: takes a proof away, has it verified, spoils it, reads the log. */
async function protect(browser) {
  const { page, errors, outside } = await comeAs(browser, dpo, { device, acceptDownloads: true });
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
  await menu(page, 'Vérifier une preuve').click();
  const good = await verify(bundle);
  await look(page, 'preuve-verifiee');
  const spoilt = Buffer.from(bundle);
  spoilt[Math.floor(spoilt.length / 2)] ^= 1;
  await page.reload();
  const bad = await verify(spoilt);
  await look(page, 'preuve-refusee');

  await menu(page, 'Journal').click();
  const log = page.getByRole('table', { name: /^Entrées/ });
  await log.waitFor();
  await look(page, 'journal');
  const entries = await log.locator('tbody tr').count();
  return { errors, outside, good, bad, entries };
}

/** Who provides: sees every tenant, and the workspaces of one. */
async function provide(browser) {
  const { page, errors, outside } = await comeAs(browser, hoster, { device, where: 'Hébergeur' });
  await menu(page, 'Organisations').click();
  await page.getByRole('rowheader', { name: organisation }).first().waitFor();
  await look(page, 'organisations');
  const tenants = await page.locator('tbody tr').count();
  await page.locator(`[id="espaces-${organisation}"]`).click();
  await page.getByRole('link', { name: workspace, exact: true }).waitFor();
  assert.equal(await page.locator('datalist option').count(), tenants);
  await page.getByText('Suppression à confirmer').waitFor();
  await look(page, 'espaces-hebergeur');
  await confirm(page);
  return { errors, outside, tenants };
}

/** Confirms what a manager asked for: two people agreed on it. */
async function confirm(page) {
  const dialog = page.getByRole('dialog');
  await page.getByRole('link', { name: 'essai', exact: true }).click();
  await page.getByText('Vous pouvez confirmer cette demande').waitFor();
  await look(page, 'suppression-a-confirmer');
  await page.getByRole('button', { name: /Confirmer la suppression/ }).click();
  await dialog.waitFor();
  await look(page, 'question-confirmer', { full: false });
  await dialog.getByRole('button', { name: 'Confirmer la suppression' }).click();
  await page.getByText('La suppression est confirmée.').waitFor();
}

/** Who writes a client reads the reference: all of it, and what a word finds in it. */
async function refer(browser) {
  const { page, errors, outside } = await visitor(browser, device);
  await page.goto(`${url}/reference`);
  await page.locator('#op-preview').waitFor();
  // It is long; what is in it and not found by the word below is of the same make.
  if (device === 'desktop') await look(page, 'reference', { full: false, stops: false });
  await page.getByLabel('Search').fill('preview');
  await page.locator('#op-listsites').waitFor({ state: 'hidden' });
  await look(page, 'reference-preview');
  return { errors, outside };
}

await withBrowser(async (browser) => {
  const parts = { managing: await manage(browser), protecting: await protect(browser), providing: await provide(browser) };
  return { violations, ...parts, referring: await refer(browser) };
});
