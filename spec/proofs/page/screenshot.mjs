// SPDX-License-Identifier: MIT
// A picture of the beginning of a page: screenshot.mjs PAGE PICTURE.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { start, open } from "./browser.mjs";

const WIDTH = 1000, HEIGHT = 1180;

const { browser, close } = await start();
const { page } = await open(browser, pathToFileURL(resolve(process.argv[2])).href, { width: WIDTH });
await page.screenshot({ path: process.argv[3], clip: { x: 0, y: 0, width: WIDTH, height: HEIGHT }, captureBeyondViewport: true });
await close();
