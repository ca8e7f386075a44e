// Scenarios of trouble.mjs: what the page looks like where it looks otherwise than usual: in the dark, in the system's own
// colours, on paper, with long names.

import assert from 'node:assert/strict';

import { screenshot } from './browser.mjs';
import { location, preview, workspace } from './double.mjs';
import { fits } from './look.mjs';

const PAR1 = { name: 'par1', city: 'Paris', country: 'FR', subdivision: 'FR-IDF', provider: 'p', latitude: 48.85, longitude: 2.35, ready: true };
const RBX1 = { ...PAR1, name: 'rbx1', city: 'Roubaix', subdivision: 'FR-HDF', latitude: 50.69, longitude: 3.16 };
const style = (locator, ...names) => locator.evaluate((element, all) => all.map((name) => getComputedStyle(element)[name]), names);
const proof = (index) => ({ index, time: '2026-01-01T10:00:00Z', verdict: 'Located', sites: ['par1', 'rbx1'], findings: 0, notProven: ['BackupsNotSeen', 'FlowsNotSeen'] });
const DPO = { tenants: [{ name: 'a', title: 'Organisation a', roles: ['dpo'], may: ['preview', 'order', 'evidence', 'log'] }] };

export const appearance = {
  async 'what is ticked and what is marked is seen in whatever colours'(come, look) {
    const refused = [{ ...PAR1, name: 'lyo1', city: 'Lyon', latitude: 45.76, longitude: 4.84, by: [{ rule: 'LOC-01', verdict: 'Fail', reason: 'ailleurs' }] }];
    const { page, go } = await come({ answers: { '/v1/preview': preview({ sites: [{ ...PAR1, new: true }], leaving: [RBX1], refused }) } });
    await go('#/commander');
    const box = page.locator('[data-app=docs] input');
    await box.check();
    await page.getByLabel('Usagers').check();
    await page.locator('.preview figure.map').waitFor();
    // Pico's tick is white, and so is its wheel.
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    const [ground] = await style(box, 'backgroundColor');
    assert.ok(ground.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) < 300, `white on ${ground}`);
    const wheel = await page.getByRole('button', { name: 'Commander' }).evaluate((element) => {
      element.setAttribute('aria-busy', 'true');
      const { filter } = getComputedStyle(element, '::before');
      element.removeAttribute('aria-busy');
      return filter;
    });
    assert.equal(wheel, 'brightness(0)');
    await look(page, 'cases-en-sombre');
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' });
    assert.deepEqual(await style(box, 'appearance'), ['auto']);
    const mark = (kind) => style(page.locator(`.map > svg .mark.${kind}`), 'fill', 'stroke');
    const [white, black] = ['rgb(255, 255, 255)', 'rgb(0, 0, 0)'];
    assert.deepEqual([await mark('new'), await mark('leaves'), await mark('refused')], [[white, black], [white, black], ['none', black]]);
    await screenshot(page, 'couleurs-du-systeme');
  },

  async 'paper has all that one reads, and nothing that one presses'(come) {
    const held = { version: '1.0.0', digest: `sha256:${'0123456789abcdef'.repeat(4)}` };
    const { page, go } = await come({ me: DPO, answers: {
      '/v1/workspaces/a.wiki': workspace('a.wiki', { apps: [{ name: 'docs', channel: 'Stable', held }] }), '/v1/workspaces/a.wiki/location': location('a.wiki', { sites: [PAR1, RBX1] }),
      '/v1/workspaces/a.wiki/evidence': { items: [3, 2, 1].map(proof) },
    } });
    // A4 without its margins.
    await page.setViewportSize({ width: 718, height: 1000 });
    const paper = async (hash, name) => {
      await go(hash);
      await page.emulateMedia({ media: 'print', reducedMotion: 'reduce' });
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      await fits(page, `${name} on paper`);
      assert.deepEqual(await page.locator('button, nav, .said').evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.outerHTML)), []);
      assert.deepEqual(await style(page.locator('tbody td').first(), 'display'), ['table-cell']);
      assert.ok(await page.getByText('Heures affichées : heure d’Europe centrale (Europe/Paris).').isVisible());
      await screenshot(page, name);
    };
    await paper('#/espaces/a.wiki', 'papier-espace');
    assert.ok(await page.getByText(held.digest).isVisible());
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    await page.emulateMedia({ media: null, reducedMotion: 'reduce' });
    assert.ok(!(await page.getByText(held.digest).isVisible()));
    // Who looks at it on the screen has it by a key.
    await page.locator('summary', { hasText: '0123456789ab' }).press('Enter');
    assert.ok(await page.getByText(held.digest).isVisible());
    await paper('#/espaces/a.wiki/preuves', 'papier-preuves');
    assert.ok(await page.getByText('le lieu des sauvegardes : aucune n’a été vue').first().isVisible());
    assert.equal(await page.locator('details:not([open])').count(), 0);
  },

  async 'names as long as they may be fit, and no column is a letter wide'(come) {
    const [tenant, name, site] = ['communaute-de-communes-du-pays-de-la-loire-et-autre', 'direction-des-systemes-d-information-et-du-numeriq', 'a'.repeat(40)];
    const [id, title] = [`${tenant}.${name}`, 'Communauté de communes du Pays de la Loire et autres lieux fort éloignés les uns des autres'];
    const wiki = workspace(id, { domain: `${'x'.repeat(60)}.${'y'.repeat(60)}.example`, sites: [{ name: site, city: 'Paris', ready: true }] });
    const entry = { index: 1234567, time: '2026-01-01T10:00:00Z', action: 'WorkspaceDeleted', tenant, object: `Workspace tenant-${tenant}/${name}`,
      actor: `prenom.nomdefamilletreslong@${'centre-hospitalier-universitaire'}.example`, note: 'n', site };
    const refused = [{ name: site, city: 'Saint-Quentin-en-Yvelines', by: [{ rule: `CUSTOM-${'z'.repeat(50)}`, verdict: 'Fail', reason: 'x', source: 's' }] }];
    const { page, go } = await come({ me: { tenants: [{ ...DPO.tenants[0], name: tenant, title }, { ...DPO.tenants[0], name: 'b', title: 'B' }] }, answers: {
      '/v1/workspaces': { items: [wiki, workspace('b.wiki')] }, [`/v1/workspaces/${id}`]: wiki, '/v1/log': { items: [entry] },
      [`/v1/workspaces/${id}/location`]: location(id, { sites: [{ ...PAR1, name: site, city: 'Saint-Quentin-en-Yvelines', latitude: 48.78, longitude: 2.04 }] }),
      [`/v1/workspaces/${id}/evidence`]: { items: [{ ...proof(1), sites: [site, 'b'.repeat(40)] }] },
      [`/v1/workspaces/${id}/explanation`]: { sites: ['par1'], refused },
    } });
    const views = ['', `espaces/${id}`, `espaces/${id}/preuves`, `espaces/${id}/explication`, 'journal'];
    for (const width of [1024, 320]) {
      await page.setViewportSize({ width, height: 900 });
      for (const [at, view] of views.entries()) {
        await go(`#/${view}`);
        await fits(page, `${view} at ${width}`);
        const narrow = await page.locator('.long').evaluateAll((all) => all.filter((one) => one.offsetWidth < 140).map((one) => one.outerHTML));
        assert.deepEqual(narrow, [], `${view} at ${width}`);
        if (at === 1) {
          const beyond = await page.locator('.map .place').evaluate((label) => {
            const [inner, outer] = [label, label.closest('svg')].map((one) => one.getBoundingClientRect());
            return inner.left < outer.left || inner.right > outer.right;
          });
          assert.ok(!beyond, `the label of the map at ${width}`);
        }
        if (at === 1) await screenshot(page, `noms-longs-${width}`);
      }
    }
  },
};
