// The life of one order by keyboard alone: signed in, ordered, changed, stopped, resumed, deleted and restored, and
// Tab reaches all that it takes. Told: errors, and what the page said at each step.
//
// CONFIGURATION: {url, organisation, manager, password}.

import assert from 'node:assert/strict';

import { configuration, visitor, withBrowser } from './browser.mjs';
import { hasFocus, press, reach, tick, write } from './keyboard.mjs';

const { url, organisation, manager, password } = configuration;
const said = [];

await withBrowser(async (browser) => {
  const { page, errors } = await visitor(browser);
  const link = (name) => page.getByRole('link', { name });
  const button = (name) => page.getByRole('button', { name });
  const field = (name) => page.getByLabel(name, { exact: true });
  const heading = (name) => page.getByRole('heading', { level: 1, name });
  /** What the page says in its corner, once it does. */
  const hear = async (text) => {
    await page.locator('#said', { hasText: text }).waitFor();
    said.push(text);
  };

  await page.goto(url);
  await heading('Connexion').waitFor();
  await skip(page);
  await write(page, field('Votre organisation'), organisation);
  await press(page, button('Se connecter'));
  await write(page, field('Nom d’utilisateur'), manager);
  await write(page, field('Mot de passe'), password);
  await press(page, button('Se connecter'));
  await heading('Espaces de travail').waitFor();

  await press(page, page.getByRole('navigation').getByRole('link', { name: 'Commander' }));
  await heading('Commander un espace').waitFor();
  assert.ok(await hasFocus(page, heading('Commander un espace')), 'the title of a new view has focus');
  await write(page, field('Nom de l’espace'), 'Clavier !');
  await tick(page, page.locator('[data-app=docs] input[type=checkbox]'));
  await reach(page, page.locator('[data-app=docs] select'));
  await page.keyboard.press('ArrowDown');
  await tick(page, page.getByLabel('Agents et gestion courante'));
  await write(page, field('Domaine'), 'clavier.ght-bm.example');
  await tick(page, page.getByLabel('samedi'));
  await reach(page, page.getByLabel('Quand nous le décidons'));
  await page.keyboard.press('ArrowDown');
  assert.ok(await page.getByLabel('D’elles-mêmes').isChecked());
  // What is wrong is gone to, and leads to the field.
  await press(page, button('Commander'));
  await page.locator('[data-field=name][aria-invalid=true]').waitFor();
  assert.ok(await hasFocus(page, page.locator('.summary')), 'the list of what is wrong has focus');
  await press(page, page.locator('.summary a').first());
  assert.ok(await hasFocus(page, field('Nom de l’espace')), 'the list leads to the field');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('clavier');
  await press(page, page.locator('.preview summary'));
  await page.getByRole('table', { name: 'Règles qui refusent par2' }).waitFor();
  await press(page, button('Commander'));
  await hear('L’espace clavier est commandé.');
  const state = (text) => page.locator('.title .badge', { hasText: text }).waitFor({ timeout: 180_000 });
  await state('En service');

  await press(page, link('Modifier'));
  await write(page, field('Domaine'), 'touches.ght-bm.example');
  await press(page, button('Enregistrer'));
  await hear('Les changements sont enregistrés.');
  await page.locator('dd', { hasText: 'touches.ght-bm.example' }).waitFor();

  const dialog = page.getByRole('dialog');
  await press(page, button('Suspendre…'));
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.ok(await hasFocus(page, button('Suspendre…')), 'a question that is not answered gives focus back');
  await page.keyboard.press('Enter');
  await press(page, dialog.getByRole('button', { name: 'Suspendre' }));
  await hear('L’espace est suspendu.');
  await press(page, button('Reprendre'));
  await hear('L’espace reprend.');
  await state('En service');
  await press(page, button('Supprimer…'));
  await write(page, field('Délai avant effacement, en jours'), '30');
  await press(page, dialog.getByRole('button', { name: 'Supprimer l’espace' }));
  await hear('Suppression demandée.');
  await state('Suppression prévue');
  await press(page, button('Restaurer l’espace'));
  await hear('L’espace est restauré.');
  await state('En service');
  await press(page, page.locator('#said').getByRole('button', { name: 'Fermer' }));
  assert.equal(await page.locator('#said').textContent(), '');
  return { errors, said };
});

/** The first stop of all leads past the menu. */
async function skip(page) {
  await page.keyboard.press('Tab');
  const link = page.getByRole('link', { name: 'Aller au contenu' });
  assert.ok(await link.evaluate((element) => element === document.activeElement && element.getBoundingClientRect().top >= 0), 'the first stop is not the way past the menu');
  await page.keyboard.press('Enter');
  assert.ok(await hasFocus(page, page.locator('main')), 'it does not lead to the content');
  await page.keyboard.press('Tab');
  assert.ok(await hasFocus(page, page.locator('main *')), 'from there, Tab does not lead into the content');
}
