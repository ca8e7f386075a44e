// By keyboard alone: the way of the Tab key through what is shown, and to one control. Wherever it stops, one sees where
// one is.

import assert from 'node:assert/strict';

/** Stops after which a control is taken for one that Tab does not reach; the longest form has some seventy. */
const MOST = 150;

/** Whether it has focus: asked in one go, for what is found may be drawn anew before one asks for more. */
export const hasFocus = async (page, target) => (await target.and(page.locator(':focus')).count()) === 1;

/** Presses Tab until `target` has focus. */
export async function reach(page, target) {
  await target.waitFor();
  await define(page);
  for (let presses = 0; presses < MOST; presses += 1) {
    await page.keyboard.press('Tab');
    const { where, hidden } = await page.evaluate(() => globalThis.beffroiFocus());
    assert.ok(!hidden, `focus on ${where}: ${hidden}`);
    if (await hasFocus(page, target)) return;
  }
  assert.fail(`${MOST} times Tab do not reach ${target}`);
}

/** Reaches a link or a button and presses Enter on it. */
export async function press(page, target) {
  await reach(page, target);
  await page.keyboard.press('Enter');
}

/** Reaches a field and writes `text` over what it holds. */
export async function write(page, target, text) {
  await reach(page, target);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}

/** Reaches a box and ticks it, or takes the tick away. */
export async function tick(page, target) {
  await reach(page, target);
  await page.keyboard.press('Space');
}

/**
 * Presses Tab all the way through the page, or the question that is open, and leaves focus where it was: every control
 * is reached once, in the order of the page, and seen. What happens in the workspace meanwhile is drawn meanwhile: then
 * the way is gone again.
 */
export async function walk(page, name) {
  await define(page);
  for (let left = 9; ; left -= 1) {
    try {
      return await way(page, name);
    } catch (fault) {
      const redrawn = await page.evaluate(() => globalThis.beffroiEnd());
      if (!redrawn || left === 0) throw fault;
    }
  }
}

async function way(page, name) {
  const wanted = await page.evaluate(() => globalThis.beffroiBegin());
  const stops = [];
  // One that holds several, as a time does, is stopped at several times.
  for (let presses = 0; presses < wanted.length * 4 + 4; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => globalThis.beffroiFocus());
    if (stop.where === 'body' || stop.at === stops[0]?.at) { if (stops.length > 0) break; else continue; }
    assert.ok(!stop.hidden, `${name}: focus on ${stop.where}: ${stop.hidden}`);
    if (stop.at !== stops.at(-1)?.at) stops.push(stop);
  }
  // Chromium also stops at what scrolls and holds no control.
  const controls = stops.filter(({ at }) => at >= 0).map(({ where }) => where);
  assert.deepEqual(controls, wanted, `${name}: the way of the Tab key`);
  await page.evaluate(() => globalThis.beffroiEnd());
}

/** What the page is asked, once for each document. */
async function define(page) {
  await page.evaluate(() => {
    if (globalThis.beffroiFocus) return;
    const CONTROLS = 'a[href], button, input, select, textarea, summary, [tabindex]';
    const name = (element) => [element.localName, element.id && `#${element.id}`, ' ',
      element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent].filter(Boolean).join('').trim().slice(0, 80);
    /** A group of radios is one stop: at the one that is chosen. */
    const aside = (element) => element.type === 'radio' && !element.checked
      && [...element.closest('form, fieldset').querySelectorAll(`[name="${element.name}"]`)].some(({ checked }) => checked);
    const controls = () => {
      const root = document.querySelector('dialog[open]') ?? document;
      return [...root.querySelectorAll(CONTROLS)].filter((element) => element.tabIndex >= 0 && !element.disabled
        && element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]') && !aside(element));
    };
    const luminance = (color) => {
      const [r, g, b] = color.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255)
        .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
      for (let node = element.parentElement; node; node = node.parentElement) {
        const { backgroundColor } = getComputedStyle(node);
        if (!/, 0\)$|^transparent$/.test(backgroundColor)) return backgroundColor;
      }
      return 'rgb(255, 255, 255)';
    };
    /** Why one would not see that it has focus (WCAG 2.4.7, 2.4.11, 1.4.11), or null. */
    const hidden = (element) => {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
      if (outlineStyle === 'none' || parseFloat(outlineWidth) < 1) return 'it has no outline';
      const [a, b] = [luminance(outlineColor), luminance(ground(element))];
      if (outlineStyle !== 'auto' && (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 3) return `its outline is pale: ${outlineColor} on ${ground(element)}`;
      const [{ left, right, top, bottom } = {}] = element.getClientRects();
      const points = [0.05, 0.5, 0.95].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [left + (right - left) * x, top + (bottom - top) * y]));
      const onTop = (found) => found && (element.contains(found) || found.contains(element));
      return points.some((point) => onTop(document.elementFromPoint(...point))) ? null : 'something covers it, or it is off the screen';
    };
    let all = [];
    let before;
    let drawn;
    Object.assign(globalThis, {
      beffroiFocus() {
        const element = document.activeElement;
        if (element === document.body) return { at: -1, where: 'body', hidden: null };
        const index = all.indexOf(element);
        // What is not among the controls scrolls; each is another one.
        return { at: index >= 0 || all.length === 0 ? index : -2, where: name(element), hidden: hidden(element) };
      },
      beffroiBegin() {
        before = document.activeElement;
        drawn = new MutationObserver(() => { drawn.seen = true; });
        drawn.observe(document.body, { subtree: true, childList: true });
        all = controls();
        // From the last one on, Tab leads to the first.
        all.at(-1)?.focus();
        return all.map(name);
      },
      /** Whether anything was drawn anew on the way. */
      beffroiEnd() {
        const redrawn = drawn.takeRecords().length > 0 || drawn.seen;
        drawn.disconnect();
        all = [];
        if (before === document.body) document.activeElement.blur();
        else before.focus({ preventScroll: true });
        return Boolean(redrawn);
      },
    });
  });
}
