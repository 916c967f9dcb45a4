// SPDX-License-Identifier: MIT
// Pages in Chromium, watched: what leaves them, what their policy refused, what they complain of.
import puppeteer from "puppeteer-core";
import { createServer } from "node:net";

const ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb"];

// A proxy that takes nothing: whoever asks it is remembered.
async function trap() {
  const asked = [];
  const server = createServer((socket) => {
    socket.once("data", (bytes) => asked.push(bytes.toString("latin1").split("\r\n")[0]));
    socket.on("error", () => {});
    socket.setTimeout(100, () => socket.destroy());
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { asked, port: server.address().port, close: () => server.close() };
}

export async function start() {
  const proxy = await trap();
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, protocolTimeout: 120000,
    args: [...ARGUMENTS, `--proxy-server=127.0.0.1:${proxy.port}`, "--proxy-bypass-list=<-loopback>"],
  });
  return { browser, asked: proxy.asked, close: async () => { await browser.close(); proxy.close(); } };
}

// Opens a page; `seen` gathers what must not happen.
export async function open(browser, url, options = {}) {
  const page = await browser.newPage();
  const seen = { requests: [], violations: [], console: [], dialogs: [] };
  const session = await page.createCDPSession();
  await session.send("Audits.enable");
  session.on("Audits.issueAdded", ({ issue }) => {
    if (issue.code === "ContentSecurityPolicyIssue") seen.violations.push(JSON.stringify(issue.details));
  });
  page.on("console", (message) => seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("dialog", (dialog) => { seen.dialogs.push(dialog.message()); dialog.dismiss(); });
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (!request.isNavigationRequest() || !request.url().startsWith("file:")) seen.requests.push(request.url());
    request.continue();
  });
  await page.setJavaScriptEnabled(options.scripts !== false);
  await page.setViewport({ width: options.width || 1200, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: options.scheme || "light" }]);
  await page.goto(url, { waitUntil: "load" });
  return { page, seen };
}
