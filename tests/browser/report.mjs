// report.mjs PAGE SCREENSHOT [dark]: opens the report in headless Chromium as a person would, sorts its table by a
// click, and takes a picture.
//
// Speaks WebDriver to chromedriver over loopback. Prints what it found as JSON: see `inspect`. Exit status 0: the
// page was opened; 3: there is no browser.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [page, screenshot, scheme] = process.argv.slice(2);

const driver = spawn("chromedriver", ["--port=0"], { stdio: ["ignore", "pipe", "ignore"] });
driver.on("error", () => process.exit(3));
const port = await new Promise((resolve) => {
  let said = "";
  driver.stdout.on("data", (bytes) => {
    said += bytes;
    const found = said.match(/successfully on port (\d+)/);
    if (found) resolve(found[1]);
  });
  driver.on("exit", () => process.exit(3));
});

async function call(method, path, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    body: body && JSON.stringify(body),
  });
  const { value } = await answer.json();
  if (value?.error) throw new Error(`${path}: ${value.message}`);
  return value;
}

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--window-size=1300,1600", "--hide-scrollbars"];
if (scheme === "dark") flags.push("--force-dark-mode");
const { sessionId } = await call("POST", "/session", {
  capabilities: {
    alwaysMatch: {
      "goog:chromeOptions": { args: flags },
      "goog:loggingPrefs": { browser: "ALL", performance: "ALL" },
    },
  },
});
const session = `/session/${sessionId}`;
const evaluate = (script) => call("POST", `${session}/execute/sync`, { script, args: [] });

// What a column holds from top to bottom.
const column = (title) => `
  const table = document.querySelector("table.sortable");
  const heads = Array.from(table.tHead.rows[0].cells);
  const i = heads.findIndex((head) => head.textContent.trim() === ${JSON.stringify(title)});
  return Array.from(table.tBodies[0].rows, (row) => row.cells[i].textContent);`;

async function click(title) {
  const [element] = await call("POST", `${session}/elements`, {
    using: "xpath",
    value: `//table[1]//th/button[text()='${title}']`,
  });
  const id = Object.values(element)[0];
  await call("POST", `${session}/element/${id}/click`, {});
}

async function inspect() {
  const found = {};
  await call("POST", `${session}/url`, { url: pathToFileURL(page).href });
  found.plots = await evaluate(`return document.querySelectorAll("svg").length`);
  found.repeatedIds = await evaluate(`
    const ids = Array.from(document.querySelectorAll("[id]"), (e) => e.id);
    return ids.length - new Set(ids).size`);
  found.background = await evaluate(`return getComputedStyle(document.body).backgroundColor`);
  found.overflow = await evaluate(`return document.documentElement.scrollWidth > window.innerWidth`);
  found.before = await evaluate(column("tuned ms"));
  await click("tuned ms");
  found.ascending = await evaluate(column("tuned ms"));
  await click("tuned ms");
  found.descending = await evaluate(column("tuned ms"));
  await click("stage");
  found.names = await evaluate(column("stage"));
  writeFileSync(screenshot, Buffer.from(await call("GET", `${session}/screenshot`), "base64"));
  const log = await call("POST", `${session}/se/log`, { type: "browser" });
  found.complaints = log.map((entry) => entry.message);
  const traffic = await call("POST", `${session}/se/log`, { type: "performance" });
  found.requests = traffic
    .map((entry) => JSON.parse(entry.message).message)
    .filter((message) => message.method === "Network.requestWillBeSent")
    .map((message) => message.params.request.url)
    .filter((url) => !url.startsWith("file:") && !url.startsWith("data:"));
  return found;
}

try {
  console.log(JSON.stringify(await inspect(), null, 1));
} finally {
  await call("DELETE", session).catch(() => {});
  driver.removeAllListeners("exit");
  driver.kill();
}
