/** Contrast of the text of a page as the browser draws it: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. */
import type { Page } from 'playwright-core';

export interface Contrast {
  readonly text: string;
  readonly ratio: number;
}

interface Drawn {
  readonly text: string;
  readonly color: string;
  /** Of the element and of those around it, innermost first. */
  readonly backgrounds: readonly string[];
}

/** Of every element that holds text itself. */
export async function contrasts(page: Page): Promise<readonly Contrast[]> {
  const drawn = await page.evaluate<readonly Drawn[]>(COLLECT);
  return drawn.map(({ text, color, backgrounds }) => {
    const behind = backgrounds.map(channels).find(([, , , alpha]) => alpha > 0) ?? [255, 255, 255, 1];
    const [lighter = 0, darker = 0] = [luminance(channels(color)), luminance(behind)].toSorted(
      (a, b) => b - a,
    );
    return { text, ratio: Math.round(((lighter + 0.05) / (darker + 0.05)) * 100) / 100 };
  });
}

/** Runs in the page. */
const COLLECT = `[...document.querySelectorAll('body *')]
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
  .filter((one) => one.closest('svg') === null && one.checkVisibility())
  .map((one) => {
    const backgrounds = [];
    for (let at = one; at !== null; at = at.parentElement) backgrounds.push(getComputedStyle(at).backgroundColor);
    return { text: one.textContent.trim().slice(0, 40), color: getComputedStyle(one).color, backgrounds };
  })`;

type Channels = readonly [red: number, green: number, blue: number, alpha: number];

function channels(color: string): Channels {
  const [red = 0, green = 0, blue = 0, alpha = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue, alpha];
}

function luminance([red, green, blue]: Channels): number {
  const linear = (channel: number): number => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}
