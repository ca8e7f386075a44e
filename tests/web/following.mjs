// Scenarios of trouble.mjs: what changes while one looks at it.

import assert from 'node:assert/strict';

import { location, pending, workspace } from './double.mjs';

const WIKI = { '/v1/workspaces/a.wiki': workspace('a.wiki'), '/v1/workspaces/a.wiki/location': location('a.wiki') };

export const following = {
  async 'a view that is read again stays where it is, and says that it waits'(come) {
    const [held, answer] = pending();
    const conditions = [{ type: 'Ready', status: 'False', message: 'un mot et un autre '.repeat(30), since: '2026-01-01T00:00:00Z' }];
    const wiki = workspace('a.wiki', { conditions });
    const { page, answers, go, tell, settled } = await come({ answers: { ...WIKI, '/v1/workspaces/a.wiki': wiki } });
    const places = () => page.locator('main *').evaluateAll((all) => all.map((one) => JSON.stringify(one.getBoundingClientRect())));
    const bar = () => page.locator('main').evaluate((main) => {
      const { content, visibility } = getComputedStyle(main, '::before');
      return content !== 'none' && visibility === 'visible';
    });
    await go('#/espaces/a.wiki');
    await page.getByText('un mot et un autre').waitFor();
    const before = await places();
    assert.ok(!(await bar()));
    answers['/v1/workspaces/a.wiki'] = () => held;
    tell('workspace.changed', { id: 'a.wiki' });
    await page.locator('main[aria-busy=true]').waitFor();
    assert.deepEqual(await places(), before);
    for (let left = 50; left > 0 && !(await bar()); left -= 1) await page.waitForTimeout(100);
    assert.ok(await bar());
    assert.deepEqual(await places(), before);
    answer(wiki);
    await settled();
    assert.ok(!(await bar()));
  },

  async 'a live refresh keeps what one types, and the row one is at'(come) {
    const { page, answers, tell, go } = await come({ answers: { '/v1/workspaces': { items: [workspace('a.wiki'), workspace('b.mail')] } } });
    await page.getByRole('link', { name: 'mail' }).focus();
    answers['/v1/workspaces'] = { items: [workspace('a.chat'), workspace('a.wiki'), workspace('b.mail')] };
    tell('workspace.changed', { id: 'a.chat' });
    await page.getByRole('link', { name: 'chat' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'mail');
    await page.getByLabel('Organisation').pressSequentially('ab');
    await page.keyboard.press('ArrowLeft');
    answers['/v1/workspaces'] = { items: [workspace('a.chat')] };
    tell('workspace.deleted', { id: 'a.wiki' });
    await page.getByRole('link', { name: 'wiki' }).waitFor({ state: 'detached' });
    await page.keyboard.type('x');
    assert.equal(await page.getByLabel('Organisation').inputValue(), 'axb');
    await go('#/espaces/%zz');
    await page.getByRole('heading', { name: 'Introuvable' }).waitFor();
  },

  async 'what one is at stays where one sees it, whatever comes above it'(come) {
    const { page, answers, tell, go } = await come({ answers: { ...WIKI } });
    await go('#/espaces/a.wiki');
    const stop = page.getByRole('button', { name: 'Supprimer' });
    await stop.focus();
    const top = () => stop.evaluate((element) => Math.round(element.getBoundingClientRect().top));
    const before = await top();
    answers['/v1/workspaces/a.wiki/location'] = location('a.wiki', { message: 'un mot et un autre '.repeat(200) });
    tell('workspace.changed', { id: 'a.wiki' });
    await page.getByText('un mot et un autre').waitFor();
    assert.equal(await top(), before);
  },

  async 'what came while a question was open is shown after, and going back closes it'(come) {
    const { page, answers, tell, go } = await come({
      answers: { ...WIKI },
    });
    await go('#/espaces/a.wiki');
    await page.getByRole('button', { name: 'Suspendre' }).click();
    answers['/v1/workspaces/a.wiki'] = workspace('a.wiki', { state: 'Breach' });
    tell('workspace.changed', { id: 'a.wiki' });
    await page.waitForTimeout(1500);
    assert.equal(await page.getByText('Manquement').count(), 0);
    await page.getByRole('button', { name: 'Annuler' }).click();
    await page.locator('.badge', { hasText: 'Manquement' }).waitFor();
    await page.getByRole('button', { name: 'Suspendre' }).click();
    await page.getByRole('dialog').waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Espaces de travail' }).waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  },

  async 'what one presses is there until one lets go'(come) {
    const { page, answers, tell, go } = await come({ answers: { ...WIKI } });
    await go('#/espaces/a.wiki');
    const [held, answer] = pending();
    answers['/v1/workspaces/a.wiki'] = () => held;
    tell('workspace.changed', { id: 'a.wiki' });
    await page.locator('main[aria-busy=true]').waitFor();
    await page.getByRole('button', { name: 'Suspendre' }).hover();
    await page.mouse.down();
    answers['/v1/workspaces/a.wiki'] = workspace('a.wiki', { state: 'Breach' });
    answer(answers['/v1/workspaces/a.wiki']);
    await page.locator('main:not([aria-busy])').waitFor();
    await page.mouse.up();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.badge', { hasText: 'Manquement' }).waitFor();
    // A menu of the system keeps the end of a press to itself.
    await page.locator('h1').hover();
    await page.mouse.down();
    await page.locator('h1').dispatchEvent('contextmenu');
    answers['/v1/workspaces/a.wiki'] = workspace('a.wiki');
    tell('workspace.changed', { id: 'a.wiki' });
    await page.locator('.badge', { hasText: 'En service' }).waitFor();
    // A list of choices even that.
    await page.mouse.up();
    await page.mouse.down();
    answers['/v1/workspaces/a.wiki'] = workspace('a.wiki', { state: 'Breach' });
    tell('workspace.changed', { id: 'a.wiki' });
    await page.locator('.badge', { hasText: 'Manquement' }).waitFor();
  },

  async 'a refresh that fails for now leaves the view, and is tried again'(come) {
    const { page, answers, go, tell, settled } = await come({ clock: 1, answers: { ...WIKI } });
    await go('#/espaces/a.wiki');
    await page.locator('#live', { hasText: 'Suivi en direct' }).waitFor();
    answers['/v1/workspaces/a.wiki'] = 503;
    const failed = page.waitForResponse('**/v1/workspaces/a.wiki');
    tell('workspace.changed', { id: 'a.wiki' });
    await failed;
    await settled();
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'wiki Vue d’ensemble');
    assert.equal(await page.locator('.said').textContent(), '');
    answers['/v1/workspaces/a.wiki'] = workspace('a.wiki', { state: 'Breach' });
    await page.clock.fastForward(6000);
    await page.locator('.badge', { hasText: 'Manquement' }).waitFor();
    // What is gone for good is told.
    answers['/v1/workspaces/a.wiki'] = 404;
    tell('workspace.deleted', { id: 'a.wiki' });
    await page.getByRole('heading', { level: 1, name: 'Introuvable' }).waitFor();
    // Nothing is followed there, nor where proofs are verified.
    assert.equal(await page.locator('#live').textContent(), '');
    await go('#/verifier');
    assert.equal(await page.locator('#live').textContent(), '');
  },

  async 'what happens while a view is read is not lost'(come) {
    const [held, answer] = pending();
    const { page, answers, go, tell } = await come({ answers: { ...WIKI } });
    // The view before it is not concerned.
    await go('#/verifier');
    answers['/v1/workspaces/a.wiki'] = async () => { await held; return workspace('a.wiki', { state: 'InProgress' }); };
    const gone = go('#/espaces/a.wiki');
    await page.waitForRequest('**/v1/workspaces/a.wiki');
    tell('workspace.changed', { id: 'a.wiki' });
    await page.waitForResponse('**/v1/events');
    await page.waitForResponse('**/v1/events');
    answers['/v1/workspaces/a.wiki'] = workspace('a.wiki', { state: 'Ready' });
    answer();
    await gone;
    await page.locator('.title .badge', { hasText: 'En service' }).waitFor();
  },

  async 'who comes back to a list is where she left it, and a filter that finds nothing says so'(come) {
    const many = Array.from({ length: 60 }, (_, at) => workspace(`a.w${at}`, { state: at < 2 ? 'Refused' : 'Ready' }));
    const { page, answers, go, settled } = await come({ answers: { '/v1/workspaces': { items: many }, '/v1/workspaces/a.w50': workspace('a.w50'), '/v1/workspaces/a.w50/location': location('a.w50') } });
    await settled();
    await page.getByText('60 espaces. Refusé : 2, En service : 58.').waitFor();
    await page.getByRole('link', { name: 'w50' }).click();
    await page.getByRole('heading', { level: 1, name: /^w50/ }).waitFor();
    assert.equal(await page.evaluate(() => scrollY), 0);
    await page.goBack();
    await page.locator('#menu [aria-current]', { hasText: 'Espaces' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'w50');
    assert.ok(await page.evaluate(() => scrollY) > 500);
    answers['/v1/workspaces'] = { items: [] };
    await go('#/?organisation=x');
    await page.getByText('Aucun espace pour l’organisation « x ».').waitFor();
  },

  async 'who asks for the next page goes on at its first row'(come) {
    const many = (from, to) => Array.from({ length: to - from }, (_, at) => workspace(`a.w${at + from}`));
    const next = (request) => new URL(request.url()).searchParams.has('cursor');
    const nobody = { title: 'Organisation', kind: 'Commune', ready: 'True', policy: 'p', workspaces: 0, conditions: [] };
    const { page, go, settled } = await come({ me: { hoster: true }, answers: {
      '/v1/workspaces': (request) => (next(request) ? { items: many(50, 60), next: 'd' } : { items: many(0, 50), next: 'c' }),
      '/v1/tenants': (request) => (next(request) ? { items: [{ name: 'b', ...nobody }] } : { items: [{ name: 'a', ...nobody }], next: 'c' }),
    } });
    await settled();
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    await page.getByRole('button', { name: 'Afficher la suite' }).focus();
    const scrolled = await page.evaluate(() => scrollY);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'w50' }).waitFor();
    assert.equal(await focused(), 'w50');
    // It begins where the button was, though that is there for the page after it.
    assert.equal(await page.evaluate(() => scrollY), scrolled);
    // A row without a link, and no page after it.
    await go('#/organisations');
    await page.getByRole('button', { name: 'Afficher la suite' }).press('Enter');
    await page.getByRole('button', { name: 'Afficher la suite' }).waitFor({ state: 'detached' });
    await page.locator('tbody th:focus', { hasText: 'b' }).waitFor();
  },
};
