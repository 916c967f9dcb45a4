// SPDX-License-Identifier: MIT
// The pages of pages.lua in a browser: check.mjs DIRECTORY. Ends with the line that tools/sum reads.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { start, open } from "./browser.mjs";

const directory = process.argv[2];
const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const OUT = ["ended", "already_out", "status_set"];

let passed = 0, failed = 0;

async function check(what, f) {
  if (!what.includes(process.env.ONLY || "")) return;
  try {
    await f();
    passed++;
    console.log(`ok - ${what}`);
  } catch (problem) {
    failed++;
    console.log(`not ok - ${what}\n    ${String(problem.stack || problem).slice(0, 2000).replaceAll("\n", "\n    ")}`);
  }
}

function equal(found, wanted, what = "") {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`);
  }
}

function holds(fine, what) {
  if (!fine) throw new Error(what);
}

const file = (name) => `${directory}/${name}`;
const address = (name) => pathToFileURL(file(name)).href;
const report = (name) => JSON.parse(readFileSync(file(`${name}.html.json`), "utf8"));

function grouped(rows, key) {
  const groups = {};
  for (const row of rows) (groups[row[key]] ||= []).push(row);
  return groups;
}

function countsOf(rows) {
  const counts = {};
  for (const row of rows) counts[row.verdict] = (counts[row.verdict] || 0) + 1;
  return counts;
}

// The people of a report, and whether each is out.
function people(result) {
  return Object.entries(grouped(result.results, "person")).map(([name, rows]) => ({
    name, rows, out: rows.every((row) => OUT.includes(row.verdict)),
  }));
}

const { browser, asked, close } = await start();

// Opens a page, and sees to it that nothing left it, and that nobody complained.
async function on(name, options, f) {
  const { page, seen } = await open(browser, address(name), options);
  try {
    await f(page);
    equal(seen, { requests: [], violations: [], console: [], dialogs: [] }, "what must not happen");
    equal(await page.evaluate("typeof pwned"), "undefined", "a name that ran");
  } finally {
    await page.close();
  }
}

const shown = (page) => page.$$eval("#evidence details:not([hidden]) summary bdi", (all) => all.map((one) => one.textContent));
const rowsShown = (page) => page.$$eval("#matrix tbody tr:not([hidden]) th", (all) => all.map((one) => one.textContent));

// Counts -------------------------------------------------------------------------------------------------------------------

const totals = (page) => page.$eval("#totals", (table) => {
  const heads = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent);
  return Object.fromEntries([...table.querySelectorAll("tbody tr")].map((row) => {
    const counts = {};
    [...row.cells].forEach((cell, i) => {
      if (i > 1 && i < heads.length - 1 && cell.textContent !== "0") counts[heads[i]] = Number(cell.textContent);
    });
    return [row.cells[0].textContent, { targets: Number(row.cells[1].textContent), counts }];
  }));
});

function sorted(counts) {
  return Object.fromEntries(Object.entries(counts).sort());
}

async function sameCounts(page, name) {
  const result = report(name), found = await totals(page);
  const wanted = { ...grouped(result.results, "system"), all: result.results };
  equal(Object.keys(found).sort(), Object.keys(wanted).sort(), "systems");
  for (const [system, rows] of Object.entries(wanted)) {
    equal(found[system].targets, rows.length, system);
    equal(sorted(found[system].counts), sorted(countsOf(rows)), system);
  }
}

async function sameEvidence(page, rows) {
  const found = await page.$$eval("#evidence details>ul>li", (all) => all.map((one) => ({
    verdict: one.querySelector("b").textContent, target: one.querySelector("code").textContent, seen: one.querySelectorAll("ol>li").length,
    times: [...one.querySelectorAll("time")].every((time) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.test(time.textContent)),
  })));
  const key = (row) => `${row.verdict} ${row.target} ${row.seen}`;
  equal(found.map(key).sort(), rows.map((row) => key({ ...row, seen: row.evidence.length })).sort(), "evidence");
  holds(found.every((row) => row.times), "each time has its offset");
}

for (const name of ["few", "out", "hostile", "one"]) {
  await check(`${name}: its counts, people and evidence are those of the JSON beside it, whose SHA-256 it has`, () =>
    on(`${name}.html`, {}, async (page) => {
      await sameCounts(page, name);
      await sameEvidence(page, report(name).results);
      equal((await shown(page)).length, people(report(name)).length, "people");
      equal(await rowsShown(page), await shown(page), "matrix and evidence");
      const sum = createHash("sha256").update(readFileSync(file(`${name}.html.json`))).digest("hex");
      holds((await page.content()).includes(`sha256:${sum}`), "the SHA-256 of the JSON");
    }));
}

await check("many: the totals are of all, the page has those who are not out, its parts have the rest once each", () =>
  on("many.html", {}, async (page) => {
    const all = people(report("many")), names = await shown(page);
    await sameCounts(page, "many");
    equal([...names].sort(), all.filter((one) => !one.out).map((one) => one.name).sort(), "not out");
    const links = await page.$$eval("nav li", (list) => list.map((one) => [one.querySelector("a").href, one.querySelector("code").textContent]));
    for (const [href, sum] of links) {
      const bytes = readFileSync(new URL(href));
      equal(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, sum, href);
      await page.goto(href);
      names.push(...await shown(page));
      equal(await page.$eval("nav a", (link) => link.href), address("many.html"), "the way back");
    }
    equal(names.sort(), all.map((one) => one.name).sort(), "everybody once");
  }));

// Filters ------------------------------------------------------------------------------------------------------------------

// Whether these words stand in what the page has of somebody.
const says = (one, words) => one.name.includes(words) || one.rows.some((row) => JSON.stringify([row.target, row.message, row.evidence]).includes(words));

async function filter(page, words, verdict) {
  await page.$eval("#filter button[type=reset]", (button) => button.click());
  await page.type("#words", words);
  await page.select("#verdict", verdict);
}

await check("few: the filter takes verdicts and texts, says how many are shown, and lets go of them", () =>
  on("few.html", {}, async (page) => {
    const all = people(report("few"));
    const rows = [
      ["", "", () => true], ["", "left", (one) => !one.out], ["PERSON.1", "", (one) => says(one, "person.1")],
      ["sep00000000000c", "", (one) => one.rows.some((row) => row.target === "SEP00000000000C")], ["nobody at all", "", () => false],
      ["person.1", "left", (one) => says(one, "person.1") && !one.out], ["still there", "", (one) => says(one, "still there")],
      ...Object.keys(countsOf(report("few").results)).map((verdict) => ["", verdict, (one) => one.rows.some((row) => row.verdict === verdict)]),
    ];
    for (const [words, verdict, fits] of rows) {
      await filter(page, words, verdict);
      const wanted = all.filter(fits).map((one) => one.name).sort();
      equal((await shown(page)).sort(), wanted, `${words} ${verdict}`);
      equal((await rowsShown(page)).sort(), wanted, `${words} ${verdict}`);
      equal(await page.$eval("#count", (one) => one.textContent), `${wanted.length} of ${all.length} people are shown`);
    }
    await page.$eval("#filter button[type=reset]", (button) => button.click());
    await page.waitForFunction((count) => document.querySelectorAll("#matrix tbody tr:not([hidden])").length === count, {}, all.length);
  }));

await check("few: people who are out are folded up, others are open; a link opens its person", () =>
  on("few.html", {}, async (page) => {
    const states = await page.$$eval("#evidence details", (all) => all.map((one) => [one.className === "left", one.open]));
    holds(states.every(([left, open]) => left === open) && states.some(([left]) => !left), JSON.stringify(states));
    await page.evaluate("location.hash = document.querySelector('#evidence details:not([open])').id");
    await page.waitForFunction("document.querySelector(':target').open");
  }));

// The keyboard -------------------------------------------------------------------------------------------------------------

const focused = (page) => page.evaluate(() => {
  const one = document.activeElement, style = getComputedStyle(one);
  return { id: one.id || one.className || one.textContent.slice(0, 20), tag: one.tagName, ring: style.outlineStyle !== "none" && style.outlineWidth !== "0px" };
});

async function tabTo(page, fits) {
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press("Tab");
    const one = await focused(page);
    holds(one.ring, `no ring around ${JSON.stringify(one)}`);
    if (fits(one)) return;
  }
  throw new Error("never reached");
}

await check("few: all of it by the keyboard: to the people, filter, open and close, follow a name", () =>
  on("few.html", {}, async (page) => {
    await tabTo(page, (one) => one.id === "skip");
    await page.keyboard.press("Enter");
    await tabTo(page, (one) => one.id === "words");
    await page.keyboard.type("person.1");
    await tabTo(page, (one) => one.id === "verdict");
    await page.keyboard.type("all who");
    const wanted = people(report("few")).filter((one) => says(one, "person.1") && !one.out).map((one) => one.name).sort();
    equal((await shown(page)).sort(), wanted, "filtered");
    await tabTo(page, (one) => one.id === "Show all");
    await page.keyboard.press("Enter");
    await page.waitForFunction("!document.querySelector('#evidence details[hidden]')");
    await tabTo(page, (one) => one.id === "open");
    await page.keyboard.press("Space");
    equal(await page.$$eval("#evidence details:not([open])", (all) => all.length), 0, "closed");
    await tabTo(page, (one) => one.tag === "A");
    await page.keyboard.press("Enter");
    await page.waitForFunction("document.querySelector(':target')");
    await tabTo(page, (one) => one.tag === "SUMMARY");
    await page.keyboard.press("Enter");
    equal(await page.evaluate("document.activeElement.parentNode.open"), false, "a person by Enter");
  }));

// Without scripts, and printed ---------------------------------------------------------------------------------------------

const squeezed = (text) => text.replace(/\s+/g, "");

async function printed(page, name) {
  const path = file(`${name}.pdf`);
  writeFileSync(path, await page.pdf({ format: "A4", margin: { top: "1cm", bottom: "1cm", left: "1cm", right: "1cm" } }));
  return squeezed(execFileSync("pdftotext", ["-raw", path, "-"], { encoding: "utf8", maxBuffer: 1 << 28 }));
}

const occurrences = (text, words) => text.split(words).length - 1;

// Each target stands in the evidence, and each time as often as it was seen.
function everybody(text, result) {
  for (const row of result.results) {
    holds(text.includes(squeezed(row.target)), `${row.target} is not in the PDF`);
    if (/^[\w.]+$/.test(row.person)) holds(text.includes(row.person), `${row.person} is not in the PDF`);
  }
  const seen = result.results.flatMap((row) => row.evidence).length;
  holds(occurrences(text, "2026-11-30T") >= seen, `${occurrences(text, "2026-11-30T")} of ${seen} times are in the PDF`);
}

for (const [name, scripts] of [["few", true], ["few", false], ["hostile", true], ["hostile", false]]) {
  await check(`${name}: printed ${scripts ? "while it is filtered and folded up" : "without scripts"} it has everybody`, () =>
    on(`${name}.html`, { scripts }, async (page) => {
      if (scripts) {
        await filter(page, "nobody at all", "");
        await page.$eval("#close", (button) => button.click());
      }
      const text = await printed(page, name);
      everybody(text, report(name));
      holds(text.includes("Approvedby") && !text.includes("Openall"), "lines to sign, and no buttons");
    }));
}

await check("few: without scripts everything is there and open, and there is no filter", () =>
  on("few.html", { scripts: false }, async (page) => {
    await sameCounts(page, "few");
    await sameEvidence(page, report("few").results);
    equal(await page.$$eval("#evidence details:not([open])", (all) => all.length), 0, "closed");
    equal(await page.$eval("#filter", (one) => one.checkVisibility()), false, "the filter is seen");
    holds(await page.$$eval("#evidence li", (all) => all.every((one) => one.checkVisibility())), "evidence that is not seen");
  }));

for (const [name, width, media] of [["few", 1200, "screen"], ["hostile", 320, "screen"], ["few", 720, "print"], ["hostile", 720, "print"]]) {
  await check(`${name}: nothing is cut at ${width} pixels (${media})`, () =>
    on(`${name}.html`, { width }, async (page) => {
      await page.emulateMediaType(media);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      holds(wide <= width, `it is ${wide} pixels wide`);
    }));
}

// Colours and assistive technology ----------------------------------------------------------------------------------------

for (const [name, options] of [["few", {}], ["few", { scheme: "dark" }], ["hostile", {}], ["hostile", { scheme: "dark", width: 320 }],
  ["many", {}], ["many.part1", {}], ["one", {}], ["out", { scheme: "dark" }]]) {
  await check(`${name}: axe finds nothing (${JSON.stringify(options)})`, () =>
    on(`${name}.html`, options, async (page) => {
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
      equal(violations.map((one) => [one.id, one.nodes.length, one.nodes[0].html.slice(0, 200), one.nodes[0].failureSummary]), []);
    }));
}

await check("few: a verdict has a word and a shape, in light and dark, and the dark page is dark", () =>
  on("few.html", { scheme: "dark" }, async (page) => {
    const found = await page.$$eval("#matrix td[class], #evidence b, #totals span", (all) => all.map((one) =>
      [one.className, getComputedStyle(one, "::before").content, one.textContent.trim() !== ""]));
    const shapes = Object.fromEntries(found.map(([name, shape]) => [name, shape]));
    holds(found.every(([, shape, word]) => word && shape !== "none"), "a verdict without a word or a shape");
    equal(new Set(Object.values(shapes)).size, Object.keys(shapes).length, JSON.stringify(shapes));
    const [r, g, b] = (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/g).map(Number);
    holds(r + g + b < 150, "not dark");
  }));

// Names --------------------------------------------------------------------------------------------------------------------

await check("hostile: names are shown, and are nothing else", () =>
  on("hostile.html", {}, async (page) => {
    const names = await shown(page), text = await page.evaluate(() => document.body.innerText);
    for (const words of ["</script><img src=x onerror=pwned=1>", "--><script>pwned=1</script>", "ana\\r\\nben\\u{0}cay", "\\u{202e}nosrep\\u{2066}",
      "W".repeat(300), "</title><style>*{display:none}</style>", "<!--", "]]>"]) {
      holds(names.includes(words) && text.includes(words), `${words} is not there`);
    }
    equal(await page.$$eval("img, iframe, object, embed, link, body script:not(:last-of-type)", (all) => all.length), 0, "elements");
    equal(await page.$$eval("script", (all) => all.length), 1, "scripts");
    equal(await page.$$eval("*", (all) => all.flatMap((one) => [...one.attributes]).filter((one) => /^on|^style$/.test(one.name)).length), 0, "attributes");
    holds(!/[\u0000-\u0008\u000b-\u001f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/.test(text), "something invisible");
  }));

// The browser asks its maker for updates by itself.
await check("no page asked anybody for anything", async () =>
  equal(asked.filter((line) => !/^\S+ (https?:\/\/)?[\w.-]+\.(google|googleapis|gvt1)\.com[:/]/.test(line)), []));

await close();
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed ? 1 : 0);
