// An API that answers what a scenario wants, for what a real one does too seldom: the page of `url` comes from there,
// everything under /v1 from here. `answers` maps paths to what they give: a body, a status, or a function of the
// request that gives either; a scenario changes them as it goes.

import { visitor } from './browser.mjs';

/** A promise, and what fulfils it. */
export function pending() {
  let fulfil;
  const promise = new Promise((resolve) => { fulfil = resolve; });
  return [promise, fulfil];
}

export const workspace = (id, more = {}) => ({
  id, tenant: id.split('.')[0], name: id.split('.')[1], apps: [{ name: 'docs', channel: 'Stable', held: { version: '1.0.0', digest: `sha256:${'0'.repeat(64)}` } }],
  pending: [], data: ['Staff'], domain: 'a.example', updates: 'Pinned', suspended: false, state: 'Ready', message: '', located: 'True',
  sites: [{ name: 'par1', city: 'Paris', ready: true }], endings: [], conditions: [], createdAt: '2026-01-01T00:00:00Z', version: '1', ...more,
});

const site = (name, city, latitude, longitude) => ({ name, city, country: 'FR', subdivision: 'FR-IDF', provider: 'p', service: 's', latitude, longitude, ready: true });
export const location = (id, more = {}) => ({
  workspace: id, verdict: 'Located', reason: 'Located', message: 'ok', sites: [site('par1', 'Paris', 48.85, 2.35)], flows: { known: 'Declared' }, findings: [], findingsOmitted: 0, map: {}, ...more,
});
export const preview = (more = {}) => ({
  accepted: true, releases: [], pending: [], sites: [], atRisk: [], leaving: [], refused: [], spare: [], warnings: [], map: {}, ...more,
});
export const app = (name) => ({
  name, title: name, description: 'Une application.', category: 'x', publisher: { name: 'p', legalName: 'P', country: 'FR' }, licence: 'MIT',
  releases: [{ version: '1.0.0', channel: 'Stable', irreversible: false, upgradesFrom: [] }], dataStores: [], aiModels: [], orderable: true, refusals: [],
});
const belonging = (name) => ({ name, title: `Organisation ${name}`, roles: ['gestionnaire'], may: ['preview', 'order'] });
const event = (name, data, id) => `retry: 150\nid: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** Someone signed in for `seconds`, where `answers` are given; `tell(name, data)` is an event that the page hears. */
export async function someone(browser, url, device, { answers = {}, seconds = 3600, clock = 0, me = {} } = {}) {
  const { page, context } = await visitor(browser, device);
  const thrown = [];
  page.on('pageerror', (error) => thrown.push(String(error)));
  let events = [];
  const all = {
    '/v1/me': () => ({
      subject: 'hugo', name: 'Hugo', issuer: 'https://issuer.example', hoster: false, tenants: [belonging('a'), belonging('b')],
      expires: new Date(Date.now() + seconds * 1000).toISOString(), ...me,
    }),
    '/v1/workspaces': { items: [workspace('a.wiki')] },
    '/v1/sites': { items: [] },
    '/v1/apps': { items: [app('docs')] },
    '/v1/preview': preview(),
    ...answers,
  };
  await context.route('**/v1/**', async (route) => {
    const request = route.request();
    const path = new URL(request.url()).pathname;
    if (path === '/v1/events') {
      // A stream that ends at once: the page comes back for more.
      const body = events.map(([name, data], at) => event(name, data, at)).join('') || 'retry: 150\nid: 0\nevent: ready\ndata: {}\n\n';
      events = [];
      return route.fulfill({ contentType: 'text/event-stream', body });
    }
    const given = all[path];
    const answer = (typeof given === 'function' ? await given(request) : given) ?? 404;
    const [status, body] = typeof answer === 'number' ? [answer, { title: `Problème ${answer}`, detail: `Détail ${answer}.` }] : [200, answer];
    return route.fulfill({
      status, json: body, headers: { Date: new Date().toUTCString(), ETag: `"${body.version ?? 1}"` },
    }).catch(() => {});
  });
  if (clock) await page.clock.install({ time: Date.now() + clock });
  await context.addInitScript(([expires]) => {
    if (!sessionStorage.getItem('beffroi.test')) {
      sessionStorage.setItem('beffroi.test', '1');
      sessionStorage.setItem('beffroi.session', JSON.stringify({ token: 't', expires }));
    }
  }, [Date.now() + clock + seconds * 1000]);
  await page.goto(url);
  return {
    page, answers: all, thrown,
    tell: (name, data) => events.push([name, data]),
    settled: () => page.locator('main:not([aria-busy])').waitFor(),
    go: async (hash) => { await page.evaluate((to) => { location.hash = to; }, hash); await page.locator('main:not([aria-busy])').waitFor(); },
  };
}
