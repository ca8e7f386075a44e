// A manager signs in, orders a workspace with one app, and waits until the page says that it is in service. Told: errors,
// and requests that left the scene.
//
// CONFIGURATION: {url, resolve, ours, organisation, manager, password, workspace, domain, app, sites}.

import { configuration, visitor, withBrowser } from './browser.mjs';
import { signIn } from './people.mjs';

const { manager, workspace, domain, app, sites } = configuration;

await withBrowser(async (browser) => {
  const { page, errors, outside } = await visitor(browser);
  // Clusters of machines start beside it: that it comes is what is held here.
  page.setDefaultTimeout(180_000);
  await signIn(page, manager);
  await page.getByRole('navigation', { name: 'Menu principal' }).getByRole('link', { name: 'Commander' }).click();
  await page.getByLabel('Nom de l’espace').fill(workspace);
  await page.locator(`[data-app=${app}] input[type=checkbox]`).check();
  await page.locator('input[name=data][value=Staff]').check();
  await page.getByLabel('Domaine', { exact: true }).fill(domain);
  await page.getByLabel('Nombre de sites').fill(String(sites));
  await page.locator('.editor figure.map svg[role=img]').waitFor();
  await page.getByRole('button', { name: 'Commander' }).click();
  await page.getByText('est commandé').waitFor();
  // Nobody reloads: the page hears of it.
  await page.locator('.title .badge', { hasText: 'En service' }).waitFor();
  return { errors, outside };
});
