// Lighthouse for a wide screen: `node audit.mjs CATEGORIES RUNS URL...` prints a line of JSON for each run.
// CHROME_PATH names the browser. Nothing is fetched but the pages themselves.
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import desktop from 'lighthouse/core/config/desktop-config.js';

const TRIES = 3;
const [categories, runs, ...urls] = process.argv.slice(2);

const chrome = await launch({ chromeFlags: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'] });
try {
  for (let run = 0; run < Number(runs); run += 1) {
    for (const url of urls) console.log(JSON.stringify({ url, ...told(await audited(url)) }));
  }
} finally {
  await chrome.kill();
}

/** On a busy machine the trace of a page is sometimes lost, and Lighthouse asks to be run again. */
async function audited(url, tries = 1) {
  const flags = { port: chrome.port, onlyCategories: categories.split(','), disableFullPageScreenshot: true, logLevel: 'silent' };
  const { lhr } = await lighthouse(url, flags, desktop);
  if (lhr.runtimeError === undefined) return lhr;
  if (tries === TRIES) throw new Error(`${url}: ${lhr.runtimeError.message}`);
  return audited(url, tries + 1);
}

/** Points of each category, and what took some. */
function told({ categories: found, audits }) {
  const scores = Object.fromEntries(Object.entries(found).map(([name, { score }]) => [name, Math.round((score ?? 0) * 100)]));
  const weighed = Object.values(found).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0));
  const lost = weighed.map(({ id }) => audits[id]).filter(({ score }) => score !== null && score < 0.9);
  return { scores, lost: lost.map((audit) => [audit.id, where(audit)].filter(Boolean).join(': ')) };
}

/** The value of a measurement, or the first place where a fault is. */
function where({ displayValue, details }) {
  const [first] = details?.items ?? [];
  return displayValue ?? first?.node?.snippet ?? first?.description ?? first?.sourceLocation?.url ?? '';
}
