// @ts-check
// The page of the API: its description, read when the page opens, as a list that can be searched.

import { callsOf } from "./calls.js";
import { byId, h } from "./dom.js";
import { ROOT } from "./root.js";
import { docsView } from "./views/docs.js";
import { chosenLanguage, readWords, t } from "./words.js";

/** @param {string} path */
async function read(path) {
  const answer = await fetch(new URL(path, ROOT));
  if (!answer.ok) throw new Error(`${path} could not be read (${answer.status})`);
  return answer.json();
}

async function start() {
  const [description, catalog] = await Promise.all([read("openapi.json"), read("api/catalog")]);
  const languages = catalog.languages.map((/** @type {{name: string}} */ row) => row.name);
  await readWords(chosenLanguage(languages, new URLSearchParams(location.search)).language);
  document.title = `Planar Playground: ${t("docs.title")}`;
  docsView(byId("docs"), callsOf(description), description, ROOT.href.replace(/\/$/, ""));
}

start().catch((error) => {
  console.error(error);
  byId("docs").append(h("p", { role: "alert" }, brokenWords()));
});

function brokenWords() {
  try {
    return t("docs.broken");
  } catch {
    return "The calls could not be read. Please load the page again."; // when there are no words
  }
}
