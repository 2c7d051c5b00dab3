// @ts-check
// The description of the API as rows to show, and each call's example as curl and as Python.

/** @typedef {{name: string, where: string, rule: string, meaning: string, usual: string, required: boolean, part: string}} Field */
/** @typedef {{address: string, body?: any}} Example */
/** @typedef {{status: string, about: string, kinds: string[]}} Answer */
/**
 * @typedef {object} Call
 * @property {string} id
 * @property {string} method
 * @property {string} path
 * @property {string} about
 * @property {Field[]} fields
 * @property {Answer[]} answers
 * @property {Answer[]} errors
 * @property {Example | null} example
 */

/**
 * @param {any} description  /openapi.json
 * @returns {Call[]}
 */
export function callsOf(description) {
  return Object.entries(description.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => {
    const told = Object.entries(operation.responses).map(([status, response]) => (
      { status, about: response.description ?? "", kinds: Object.keys(response.content ?? {}) }
    ));
    return {
      id: `${method}${path.replace(/[^a-z]+/g, "-")}`.replace(/-$/, ""),
      method: method.toUpperCase(),
      path,
      about: (operation.description ?? operation.summary ?? "").replaceAll("``", "`"),
      fields: fieldsOf(operation),
      answers: told.filter(({ status }) => status < "400"),
      errors: told.filter(({ status }) => status >= "400"),
      example: operation["x-example"] ?? null,
    };
  }));
}

/**
 * @param {any} operation
 * @returns {Field[]}
 */
function fieldsOf(operation) {
  const asked = (operation.parameters ?? []).map((/** @type {any} */ p) => field(p.name, p.in, p.schema, p.required === true));
  const body = operation.requestBody?.content["application/json"].schema;
  return body ? [...asked, ...partsOf(body, "body")] : asked;
}

/**
 * @param {any} schema
 * @param {string} where
 * @returns {Field[]}
 */
export function partsOf(schema, where = "") {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).map(([name, inner]) => field(name, where, inner, required.includes(name)));
}

/**
 * @param {string} name
 * @param {string} where
 * @param {any} schema
 * @param {boolean} required
 * @returns {Field}
 */
function field(name, where, schema, required) {
  return {
    name, where, required,
    rule: schema["x-rule"] ?? (schema.enum ? schema.enum.join(", ") : schema.type ?? ""),
    meaning: (schema.description ?? alternatives(schema).find((one) => one.description)?.description ?? "").replaceAll("``", "`"),
    usual: usualOf(schema),
    part: [schema, schema.items ?? {}, ...alternatives(schema)].map(({ $ref }) => $ref?.split("/").at(-1)).find(Boolean) ?? "",
  };
}

/** @param {any} schema @returns {any[]} */
function alternatives(schema) {
  return schema.anyOf ?? [];
}

/** @param {any} schema */
function usualOf(schema) {
  if (schema.default === undefined || schema.$ref) return "";
  const text = JSON.stringify(schema.default);
  return text.length > 60 ? `${text.slice(0, 58)} …` : text;
}

/**
 * @param {Call} call
 * @param {string} root  the server's address, without a slash at its end
 */
export function asCurl(call, root) {
  if (!call.example) return "";
  const { address, body } = call.example;
  const sent = body === undefined ? "" : ` \\\n  -d ${quoted(JSON.stringify(body))}`;
  return `curl -s ${quoted(root + address)}${sent}`;
}

/** @param {string} text  as one word of a shell */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * With Python's own library alone.
 * @param {Call} call
 * @param {string} root
 */
export function asPython(call, root) {
  if (!call.example) return "";
  const { address, body } = call.example;
  const kinds = call.answers[0]?.kinds ?? [];
  const lines = kinds.includes("application/x-ndjson");
  const json = kinds.length === 1 && kinds[0] === "application/json";
  const sent = body === undefined ? "" : ", json.dumps(body).encode()";
  const shown = lines
    ? ["    for line in answer:", "        print(json.loads(line))"]
    : [`    print(${json ? "json.load(answer)" : "answer.read().decode()"})`];
  return [
    ...(json || lines || sent ? ["import json"] : []),
    "from urllib.request import urlopen",
    "",
    ...(body === undefined ? [] : [`body = ${literal(body)}`]),
    `with urlopen(${JSON.stringify(root + address)}${sent}) as answer:`,
    ...shown,
  ].join("\n");
}

/** @param {any} value @returns {string} as Python writes it */
function literal(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${literal(one)}`).join(", ")}}`;
  return JSON.stringify(value);
}

/**
 * Whether a call has every word that is searched for.
 * @param {Call} call
 * @param {string} words
 */
export function has(call, words) {
  const text = [call.method, call.path, call.about, ...call.fields.map(({ name, meaning }) => `${name} ${meaning}`)].join(" ").toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
