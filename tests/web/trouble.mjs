// The page when things go wrong, or come at the wrong time: an API of canned answers under the real page. Told: what
// the page threw, and what axe-core holds against the views that only such times show.
//
// CONFIGURATION: {url}.

import assert from 'node:assert/strict';

import { appearance } from './appearance.mjs';
import { axe, configuration, screenshot, withBrowser } from './browser.mjs';
import { app, location, pending, preview, someone, workspace } from './double.mjs';
import { following } from './following.mjs';

const { url } = configuration;
const [violations, thrown] = [[], []];
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function look(page, name) {
  violations.push(...(await axe(page)).map((one) => ({ view: name, ...one })));
  await screenshot(page, name);
}

/** Scenarios; each has someone of her own. More are about what the page looks like, and about what changes meanwhile. */
const scenarios = {
  ...appearance,
  ...following,

  async 'a workspace under deletion cannot be taken back'(come) {
    const gone = workspace('a.wiki', { state: 'Deleting', deleteAfter: '2026-01-01T00:00:00Z', message: 'gone' });
    const { page, answers, go } = await come({ answers: { '/v1/workspaces/a.wiki': gone, '/v1/workspaces/a.wiki/location': location('a.wiki') } });
    await go('#/espaces/a.wiki');
    await page.getByText('ne peut plus être restauré').waitFor();
    assert.equal(await page.getByRole('button', { name: /Restaurer|Supprimer|Suspendre/ }).count(), 0);
    assert.equal(await page.getByRole('link', { name: 'Modifier' }).count(), 0);
    await look(page, 'suppression-en-cours');
    // What the API says of a conflict is what one reads.
    answers['/v1/workspaces/a.wiki'] = workspace('a.wiki', { state: 'Leaving', deleteAfter: '2099-01-01T00:00:00Z' });
    answers['/v1/workspaces/a.wiki/restore'] = 409;
    await go('#/');
    await go('#/espaces/a.wiki');
    await page.getByRole('button', { name: 'Restaurer' }).click();
    await page.getByText('Détail 409.').waitFor();
  },

  async 'an API that fails signs nobody out'(come) {
    const { page, answers, settled } = await come({ answers: { '/v1/me': 503 } });
    const retry = page.getByRole('button', { name: 'Réessayer' });
    await retry.waitFor();
    await look(page, 'api-en-panne');
    answers['/v1/me'] = { subject: 'hugo', issuer: 'i', hoster: false, tenants: [], expires: new Date(Date.now() + 9e5).toISOString() };
    await retry.click();
    await settled();
    await page.getByRole('heading', { level: 1, name: 'Espaces de travail' }).waitFor();
  },

  async 'a token that is refused, or of nobody, is given up'(come) {
    const { page, answers } = await come({ answers: { '/v1/me': 403 } });
    await page.getByRole('heading', { name: 'Connexion' }).waitFor();
    await page.getByText('Détail 403.').waitFor();
    assert.ok(answers);
  },

  async 'a clock that is fast ends no session'(come) {
    const { page } = await come({ clock: 6 * 60_000, seconds: 300 });
    await page.getByRole('heading', { level: 1, name: 'Espaces de travail' }).waitFor();
    await page.getByText('Hugo').waitFor();
  },

  async 'the end of a session is told before, and takes open questions along'(come) {
    const { page, answers, go } = await come({
      clock: 1, seconds: 300, answers: { '/v1/workspaces/a.wiki': workspace('a.wiki'), '/v1/workspaces/a.wiki/location': location('a.wiki') },
    });
    const longer = page.getByRole('button', { name: 'Prolonger la session' });
    await go('#/espaces/a.wiki');
    await page.getByRole('button', { name: 'Suspendre' }).click();
    await page.clock.fastForward(190_000);
    // In reach while the question is open, and whatever is said or shown after it.
    await page.getByRole('dialog').getByRole('button', { name: 'Prolonger la session' }).click({ trial: true });
    await look(page, 'fin-de-session');
    answers['/v1/workspaces/a.wiki/suspend'] = 503;
    await page.getByRole('dialog').getByRole('button', { name: 'Suspendre' }).click();
    await page.getByText('Détail 503.').waitFor();
    assert.ok(await longer.isVisible());
    await go('#/');
    assert.ok(await longer.isVisible());
    await go('#/espaces/a.wiki');
    await page.getByRole('button', { name: 'Supprimer' }).click();
    await page.clock.fastForward(120_000);
    await page.getByRole('heading', { name: 'Connexion' }).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.equal(await longer.count(), 0);
  },

  async 'what is open to all stays when a session ends'(come) {
    const { page, go } = await come({ clock: 1, seconds: 100 });
    await go('#/verifier');
    await page.getByLabel('Fichier de la preuve').setInputFiles({ name: 'une.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await page.getByLabel('Fichier de clés publiques').setInputFiles({ name: 'b.pub', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await page.getByRole('button', { name: 'Vérifier' }).click();
    await page.locator('#resultat').getByText('une.json').waitFor();
    // No verdict on a proof where the keys are none.
    await page.locator('#resultat').getByText('Rien n’a été vérifié').waitFor();
    assert.equal(await page.getByText('Refusée').count(), 0);
    await page.clock.fastForward(120_000);
    await page.getByRole('button', { name: 'Se reconnecter' }).waitFor();
    assert.ok(await page.locator('#resultat').getByText('une.json').isVisible());
    await look(page, 'session-expiree');
    // Another file, and the verdict is no longer that of what one sees.
    await page.getByLabel('Fichier de la preuve').setInputFiles({ name: 'autre.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
    assert.equal(await page.locator('#resultat').textContent(), '');
  },

  async 'changes that were not saved are there after signing in again, upon the order as it is by then'(come) {
    const { page, answers, go } = await come({ answers: { '/v1/workspaces/a.wiki': workspace('a.wiki') } });
    await go('#/espaces/a.wiki/modifier');
    await page.getByLabel('Domaine', { exact: true }).fill('b.example');
    answers['/v1/workspaces'] = 401;
    await page.evaluate(() => { location.hash = '#/'; });
    await page.getByRole('heading', { name: 'Connexion' }).waitFor();
    answers['/v1/workspaces/a.wiki'] = workspace('a.wiki', { data: ['Staff', 'Citizens'] });
    await page.evaluate(() => sessionStorage.setItem('beffroi.session', JSON.stringify({ token: 't', expires: Date.now() + 9e5 })));
    await page.goto(`${url}/#/espaces/a.wiki/modifier`);
    await page.reload();
    await page.getByText('Vos changements non enregistrés').waitFor();
    assert.equal(await page.getByLabel('Domaine', { exact: true }).inputValue(), 'b.example');
    assert.ok(await page.getByLabel('Usagers').isChecked());
    await look(page, 'changement-repris');
    await page.getByRole('button', { name: 'Les abandonner' }).click();
    await page.getByText('sont abandonnés').waitFor();
    assert.equal(await page.getByLabel('Domaine', { exact: true }).inputValue(), 'a.example');
    await page.getByLabel('Domaine', { exact: true }).fill('c.example');
    await page.getByRole('button', { name: 'Se déconnecter' }).click();
    await page.getByText('Vous êtes déconnecté').waitFor();
    assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage).filter((name) => name.includes('draft'))), []);
  },

  async 'what becomes of an order while one changes it is no conflict, another order is'(come) {
    let version = 1;
    let order = {};
    const { page, answers, go } = await come({ answers: { '/v1/workspaces/a.wiki/location': location('a.wiki') } });
    answers['/v1/workspaces/a.wiki'] = (request) => {
      if (request.method() === 'GET') return workspace('a.wiki', { version, ...order });
      if (request.headers()['if-match'] !== `"${version}"`) return 412;
      // It has moved on by the time that the first two arrive.
      version += 1;
      return version < 4 ? 412 : workspace('a.wiki', { domain: 'b.example' });
    };
    const save = page.getByRole('button', { name: 'Enregistrer' });
    await go('#/espaces/a.wiki/modifier');
    await page.getByLabel('Domaine', { exact: true }).fill('b.example');
    await save.click();
    await page.getByText('Les changements sont enregistrés.').waitFor();
    assert.equal(version, 4);
    await go('#/espaces/a.wiki/modifier');
    await page.getByLabel('Domaine', { exact: true }).fill('c.example');
    [order, version] = [{ data: ['Staff', 'Citizens'] }, 5];
    await save.click();
    await page.getByText('L’espace a changé entre-temps').waitFor();
    assert.equal(version, 5);
  },

  async 'what is asked for twice at once is asked for once'(come) {
    const { page, answers, go } = await come({ answers: { '/v1/workspaces/a.wiki/location': location('a.wiki') } });
    const [asked, held] = [[], []];
    let domain = 'a.example';
    const slowly = async (request, body) => {
      asked.push(request.method());
      await new Promise((resolve) => { held.push(resolve); });
      // Who asks again is told something that is not so.
      return asked.length > 1 ? 412 : body();
    };
    const answer = async () => {
      await wait(100);
      held.splice(0).forEach((resolve) => resolve());
    };
    answers['/v1/workspaces/a.wiki'] = (request) => (request.method() === 'GET' ? workspace('a.wiki', { domain, deleteAfter: '2099-01-01T00:00:00Z' })
      : slowly(request, () => { domain = 'b.example'; return workspace('a.wiki', { domain }); }));
    answers['/v1/workspaces/a.wiki/restore'] = (request) => slowly(request, () => workspace('a.wiki'));
    await go('#/espaces/a.wiki/modifier');
    const field = page.getByLabel('Domaine', { exact: true });
    await field.fill('b.example');
    await field.press('Enter');
    await page.locator('button[aria-busy]').waitFor();
    await field.press('Enter');
    await answer();
    await page.getByText('Les changements sont enregistrés.').waitFor();
    assert.deepEqual(asked.splice(0), ['PATCH']);
    await page.getByRole('button', { name: 'Restaurer' }).dblclick();
    await answer();
    await page.getByText('L’espace est restauré.').waitFor();
    assert.deepEqual(asked, ['POST']);
  },

  async 'a form is of the organisation that one sees, and keeps what one typed'(come) {
    const [held, slow] = pending();
    const { page, answers, go } = await come();
    await go('#/commander');
    await page.getByLabel('Nom de l’espace').fill('essai');
    answers['/v1/apps'] = async (request) => {
      if (!request.url().includes('tenant=b')) return { items: [app('docs')] };
      await held;
      return { items: [app('meet')] };
    };
    await page.getByLabel('Organisation').selectOption('b');
    await page.getByLabel('Organisation').selectOption('a');
    await page.locator('[data-app=docs]').waitFor();
    slow();
    await wait(300);
    assert.equal(await page.locator('[data-app=meet]').count(), 0);
    assert.equal(await page.getByLabel('Nom de l’espace').inputValue(), 'essai');
    await page.getByLabel('Organisation').selectOption('b');
    await page.locator('[data-app=meet]').waitFor();
    assert.equal(await page.getByLabel('Nom de l’espace').inputValue(), 'essai');
    answers['/v1/apps'] = 503;
    await page.getByLabel('Organisation').selectOption('a');
    await page.getByText('Le catalogue de cette organisation n’a pas pu être lu').waitFor();
    assert.equal(await page.getByLabel('Organisation').inputValue(), 'b');
    // A number that the browser cannot read is not taken for none.
    await page.getByLabel('Nombre de sites').pressSequentially('1e');
    await page.getByRole('button', { name: 'Commander' }).click();
    await page.getByText('Écrivez un nombre').first().waitFor();
  },

  async 'a preview says what the form says, however late the one before it comes'(come) {
    const [held, slow] = pending();
    const { page, answers, go } = await come();
    await go('#/commander');
    answers['/v1/preview'] = async (request) => {
      if (request.postDataJSON().data.length > 1) return preview({ spare: ['second'] });
      await held;
      return preview({ spare: ['first'] });
    };
    await page.locator('[data-app=docs] input[type=checkbox]').check();
    const first = page.waitForRequest('**/v1/preview');
    await page.getByLabel('Agents et gestion courante').check();
    await first;
    await page.getByLabel('Usagers').check();
    await page.getByText('second').waitFor();
    slow();
    await wait(300);
    assert.equal(await page.getByText('first').count(), 0);
    assert.equal(await page.locator('.preview[aria-busy]').count(), 0);
    // Nothing to ask: nobody waits.
    await page.getByLabel('Usagers').uncheck();
    await page.getByLabel('Agents et gestion courante').uncheck();
    await page.getByText('Choisissez des applications et des données').waitFor();
    assert.equal(await page.locator('.preview[aria-busy]').count(), 0);
    // What one opened stays open, and what is said again is not read aloud again.
    answers['/v1/preview'] = preview({ refused: [{ name: 'rbx1', city: 'Roubaix', by: [] }] });
    await page.getByLabel('Usagers').check();
    await page.getByText('Pourquoi pas ailleurs').click();
    await page.locator('.verdict').evaluate((said) => new MutationObserver(() => { said.dataset.again = ''; }).observe(said, { childList: true, characterData: true, subtree: true }));
    answers['/v1/preview'] = preview({ refused: [{ name: 'rbx1', city: 'Roubaix', by: [] }], spare: ['third'] });
    await page.getByLabel('Nom de l’espace').fill('abc');
    await page.getByText('third').waitFor();
    assert.equal(await page.locator('.preview details[open]').count(), 1);
    assert.equal(await page.locator('[data-again]').count(), 0);
  },

  async 'what a change erases, and what does not come with it, is told before it is saved'(come) {
    const old = { rule: 'LOC-01', verdict: 'Fail', reason: 'ailleurs' };
    const { page, answers, go } = await come({ answers: {
      '/v1/workspaces/a.wiki': workspace('a.wiki'),
      '/v1/apps': { items: [{ ...app('docs'), releases: [{ version: '2.0.0', channel: 'Stable', irreversible: true, upgradesFrom: ['1.9.0'] }],
        aiModels: [{ name: 'Petit 1', licence: 'Apache-2.0', inference: 'InWorkspace', trainedOnTenantData: false }] }] },
      '/v1/sites': { items: [{ name: 'rbx1', city: 'Roubaix', country: 'FR', subdivision: 'FR-HDF', provider: 'p', coordinates: { latitude: 50.69, longitude: 3.16 } }] },
    } });
    answers['/v1/preview'] = (request) => (request.postDataJSON().placement ? preview({
      sites: [{ name: 'par1', city: 'Paris', country: 'FR', latitude: 48.85, longitude: 2.35, new: false, objects: 1 }],
      atRisk: [{ name: 'par1', city: 'Paris', by: [old] }], leaving: [{ name: 'rbx1', city: 'Roubaix' }, { name: 'vieux' }],
      refused: [{ name: 'rbx1', city: 'Roubaix', by: [old] }], releases: [{ app: 'docs', version: '1.0.0', digest: 'x' }],
      pending: [{ app: 'docs', version: '2.0.0', waitsFor: 'Window', message: 'la version 2.0.0 viendra' }],
    }) : preview());
    await go('#/espaces/a.wiki/modifier');
    await page.getByRole('option', { name: 'version 2.0.0, étape sans retour, depuis 1.9.0 seulement' }).waitFor({ state: 'attached' });
    await page.getByText('Modèle d’IA : Petit 1 (licence Apache-2.0), exécuté dans l’espace, sur ses sites, non entraîné sur vos données.').waitFor();
    assert.equal(await page.locator('.lost').textContent(), '');
    await page.getByLabel('Nombre de sites').fill('1');
    await page.getByText('Les données de rbx1 (Roubaix) et de vieux y seraient effacées une fois les autres sites prêts.').waitFor();
    await page.getByText('docs : la version 2.0.0 viendra.').waitFor();
    await page.getByText('Ne seraient plus choisis aujourd’hui (1)').waitFor();
    const marks = page.getByRole('table', { name: 'Où se trouveraient les données' }).getByRole('row');
    assert.deepEqual(await marks.filter({ hasText: 'rbx1' }).count(), 1);
    await marks.filter({ hasText: 'rbx1' }).getByText('Ses données y seraient effacées').waitFor();
    await look(page, 'changement-qui-efface');
    await page.getByLabel('Nombre de sites').fill('');
    await page.getByText('y seraient effacées').first().waitFor({ state: 'detached' });
  },

  async 'a site that is not declared any more and findings beyond those listed are told'(come) {
    const { page, go } = await come({ answers: {
      '/v1/workspaces/a.wiki': workspace('a.wiki', { state: 'Breach', pending: [{ app: 'docs', version: '2.0.0', waitsFor: 'Pinned', message: 'la version 2.0.0 attend' }] }),
      '/v1/workspaces/a.wiki/location': location('a.wiki', {
        verdict: 'NotLocated', sites: [{ name: 'vieux', city: 'Lens', ready: false }], findingsOmitted: 9,
        findings: [{ rule: 'LOC-01', site: 'vieux', object: 'Node n1', observed: 'vu', expected: 'attendu', since: '2026-01-01T00:00:00Z' }],
      }),
    } });
    await go('#/espaces/a.wiki');
    await page.getByText('Lens, site qui n’est plus déclaré').waitFor();
    await page.getByRole('heading', { name: 'Ce qui le contredit (10)' }).waitFor();
    await page.getByText('Constats non listés ici : 9').waitFor();
    await page.getByText('docs : la version 2.0.0 attend.').waitFor();
    await look(page, 'site-qui-n-est-plus-declare');
  },

  async 'a verdict that comes late is not that of another file'(come) {
    const [held, slow] = pending();
    const { page, go } = await come({ answers: { '/v1/evidence-keys': async () => { await held; return {}; } } });
    await go('#/verifier');
    const choose = (name) => page.getByLabel('Fichier de la preuve').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from('{}') });
    await choose('une.json');
    await page.getByLabel(/^De cette page/).check();
    const verify = page.getByRole('button', { name: 'Vérifier' });
    await verify.click();
    assert.ok(await verify.isDisabled());
    await choose('autre.json');
    assert.ok(await verify.isEnabled());
    slow();
    await wait(300);
    assert.equal(await page.locator('#resultat').textContent(), '');
    await verify.click();
    await page.locator('#resultat').getByText('autre.json').waitFor();
  },

  async 'an answer of another issuer than the one asked is refused'(come) {
    const { page } = await come({ answers: { '/v1/sign-in': () => { throw new Error('no code may be sent'); } } });
    await page.evaluate(() => sessionStorage.setItem('beffroi.sign-in', JSON.stringify({ verifier: 'v', state: 's', issuer: 'https://one.example', hash: '' })));
    await page.goto(`${url}/?state=s&code=c&iss=https%3A%2F%2Ftwo.example`);
    await page.getByText('vient d’un autre fournisseur').waitFor();
  },

  async 'a view without its map says all the same, and has it the next time'(come) {
    const { page, go } = await come({ answers: { '/v1/workspaces/a.wiki': workspace('a.wiki'), '/v1/workspaces/a.wiki/location': location('a.wiki') } });
    await page.route('**/assets/france.json', (route) => route.fulfill({ status: 503, body: 'no' }));
    await go('#/espaces/a.wiki');
    await page.getByText('La carte n’a pas pu être chargée').waitFor();
    await page.getByRole('rowheader', { name: /par1/ }).first().waitFor();
    await page.unroute('**/assets/france.json');
    await go('#/');
    await go('#/espaces/a.wiki');
    await page.locator('figure.map').waitFor();
  },
};

await withBrowser(async (browser) => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    try {
      const come = async (wishes) => {
        const one = await someone(browser, url, 'desktop', wishes);
        one.page.on('close', () => thrown.push(...one.thrown.map((error) => `${name}: ${error}`)));
        return one;
      };
      await scenario(come, look);
    } catch (error) {
      error.message = `${name}: ${error.message}`;
      throw error;
    }
    for (const context of browser.contexts()) await context.close();
  }
  return { violations, thrown, scenarios: Object.keys(scenarios).length };
});
