// A view held against what everybody needs, as it is now: axe-core in light and dark, nothing to scroll to sideways, the
// way of the Tab key through it; and pictures.

import assert from 'node:assert/strict';

import { axe, screenshot } from './browser.mjs';
import { walk } from './keyboard.mjs';

/** A phone is looked at on 320 px too, which is also a desktop at 400 % (WCAG 1.4.10). */
const WIDTHS = { desktop: [1280], phone: [390, 320] };
const PLACES = { 1280: 'desktop', 390: 'phone', 320: 'narrow' };

/** Gives `look(page, name)` for a device, and the list that violations come to. */
export function looker(device) {
  const violations = [];
  const look = async (page, name, { full = true, stops = true } = {}) => {
    await page.locator('main:not([aria-busy])').waitFor();
    const size = page.viewportSize();
    for (const width of WIDTHS[device]) {
      const place = PLACES[width];
      if (width !== size.width) await page.setViewportSize({ ...size, width });
      // Colours are the same at every width of a device.
      for (const colorScheme of width === size.width ? ['light', 'dark'] : ['light']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        // Of what axe-core judges, colours alone are others in the dark.
        violations.push(...(await axe(page, colorScheme === 'dark')).map((one) => ({ view: name, place, colorScheme, ...one })));
        await screenshot(page, `${name}-${place}-${colorScheme}`, full);
      }
      await page.emulateMedia({ colorScheme: 'light' });
      await fits(page, `${name}, ${place}`);
      if (stops) await walk(page, `${name}, ${place}`);
    }
    if (WIDTHS[device].length > 1) await page.setViewportSize(size);
  };
  return { look, violations };
}

/** Nothing of the page is to be scrolled to sideways. */
export async function fits(page, name) {
  const { scroll, client, wide } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const wider = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > clientWidth + 1);
    // What is wide by itself, not by what is in it; the widest first.
    const own = wider.filter((element) => !element.firstElementChild).map((element) => {
      const { left, right } = element.getBoundingClientRect();
      return { left, right, what: element.outerHTML.slice(0, 400) };
    }).sort((one, other) => other.right - other.left - one.right + one.left);
    return { scroll: scrollWidth, client: clientWidth, wide: own.slice(0, 3) };
  });
  assert.ok(scroll <= client, `${name} is wider than the window: ${scroll} > ${client}: ${JSON.stringify(wide)}`);
}
