// Chromium for the tests: browser → a visitor (desktop or phone, French) → what axe-core finds, and pictures.
//
// web.rs runs the scripts that use it: `node NAME.mjs CONFIGURATION`, where CONFIGURATION is JSON; what a script found
// out is the last line of its output, in JSON; a script that throws has failed.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

/** What the script was asked for. */
export const configuration = JSON.parse(process.argv[2] ?? '{}');

const DEVICES = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const COLOURS = ['color-contrast', 'link-in-text-block'];
// Chromium talks to its maker at each start unless told not to; its sandbox does not start for root.
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

// Where hosts of the scene are, by name; and those of it that have no name.
const { resolve = {}, ours = [] } = configuration;
const RULES = Object.entries(resolve).map(([host, address]) => `MAP ${host} ${address}`).join(',');
const HERE = ['127.0.0.1', 'localhost', ...Object.keys(resolve), ...ours.map((host) => host.split(':')[0])];

/** Runs `work` with a browser, which ends with it, and prints what it returns. */
export async function withBrowser(work) {
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: [...QUIET, ...(RULES ? [`--host-resolver-rules=${RULES}`] : [])] });
  try {
    console.log(JSON.stringify(await work(browser) ?? null));
  } catch (error) {
    const pages = browser.contexts().flatMap((context) => context.pages());
    await Promise.allSettled(pages.map((page, at) => screenshot(page, `failed-${at}`, false)));
    throw error;
  } finally {
    await browser.close();
  }
}

/** Someone new, without cookies. `errors` and `outside` (requests that leave the scene) fill as they occur. */
export async function visitor(browser, device = 'desktop', options = {}) {
  const context = await browser.newContext({
    locale: 'fr-FR', timezoneId: 'Europe/Paris', reducedMotion: 'reduce', ignoreHTTPSErrors: true,
    ...DEVICES[device], ...options,
  });
  context.setDefaultTimeout(30_000);
  const [errors, outside] = [[], []];
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(http|ws)s?:$/.test(protocol) && !HERE.includes(hostname)) outside.push(request.url());
  });
  context.on('console', (message) => message.type() === 'error' && errors.push(`${message.text()} ${message.location().url}`));
  context.on('weberror', (error) => errors.push(String(error.error())));
  return { context, page: await context.newPage(), errors, outside };
}

/** What axe-core holds against the page as it is now, or its `colours` alone: rule, help and the places, nothing else. */
export async function axe(page, colours = false) {
  // There are no frames here, for which it would open a page of its own each time.
  const builder = new AxeBuilder({ page }).setLegacyMode();
  const { violations } = await (colours ? builder.withRules(COLOURS) : builder.withTags(TAGS)).analyze();
  return violations.map(({ id, impact, help, nodes }) => ({
    id, impact, help, nodes: nodes.map(({ target, failureSummary }) => ({ target: target.join(' '), failureSummary })),
  }));
}

/** Takes a picture of the whole page, or of what is in the window; returns where it is. */
export async function screenshot(page, name, fullPage = true) {
  const folder = process.env.BEFFROI_SCREENSHOTS || join(import.meta.dirname, '../../target/screenshots');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  // Long pages take long where the machine does other things.
  await page.screenshot({ path, fullPage, timeout: 60_000 });
  return path;
}
