// The API's reference, drawn from its own OpenAPI document: operations by tag, then schemas. Works offline.

import { h, list, table } from "./dom.js";

const METHODS = ["get", "post", "put", "patch", "delete"];
const slug = (text) => text.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "").toLowerCase();
const find = (id) => document.getElementById(id);

const response = await fetch("/v1/openapi.json");
const api = await response.json();

/** What a local `$ref` names; anything else is itself. */
function resolve(thing) {
  if (!thing?.$ref) return thing ?? {};
  return thing.$ref.slice(2).split("/").reduce((at, key) => at?.[key.replace(/~1/g, "/").replace(/~0/g, "~")], api) ?? {};
}

/** A type in words, with links to the schemas that have a name. */
function typeOf(schema) {
  if (!schema) return "anything";
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return h("a", { href: `#schema-${slug(name)}` }, name);
  }
  const several = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (several) return several.flatMap((one, at) => (at ? [schema.allOf ? " and " : " or ", typeOf(one)] : [typeOf(one)]));
  if (schema.const !== undefined) return h("code", {}, JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.flatMap((value, at) => [at ? ", " : "one of ", h("code", {}, String(value))]);
  const types = [schema.type ?? "object"].flat();
  const words = types.map((type) => (type === "array" ? ["list of ", typeOf(schema.items)]
    : schema.additionalProperties && type === "object" ? ["map of ", typeOf(schema.additionalProperties === true ? null : schema.additionalProperties)] : type));
  return words.flatMap((word, at) => [at ? " or " : "", word]).concat(schema.format ? ` (${schema.format})` : "");
}

const LIMITS = { minimum: "at least", maximum: "at most", minLength: "length at least", maxLength: "length at most",
  minItems: "items at least", maxItems: "items at most", pattern: "pattern", default: "default" };
const limits = (schema) => Object.entries(LIMITS).filter(([name]) => schema?.[name] !== undefined)
  .map(([name, words]) => `${words} ${typeof schema[name] === "string" ? schema[name] : JSON.stringify(schema[name])}`).join("; ");

const said = (thing, schema) => [prose(thing?.description ?? schema?.description), limits(schema) && h("small", {}, limits(schema))];

/** Text with `code` in it and paragraphs; nothing else of Markdown. */
const inline = (text) => text.split(/`([^`]+)`/).map((piece, at) => (at % 2 ? h("code", {}, piece) : piece));
function prose(text) {
  if (!text) return null;
  return text.trim().split(/\n\s*\n/).map((part) => h("p", {}, inline(part)));
}

function properties(schema, name) {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return h("p", {}, typeOf(schema));
  return table(`Fields of ${name}`, ["Field", "Type", "Required", "Description"], fields.map(([field, type]) =>
    [h("code", {}, field), typeOf(type), schema.required?.includes(field) ? "yes" : "no", said(type, type)]));
}

function content(media, name) {
  return Object.entries(media ?? {}).map(([type, { schema }]) => {
    const named = schema?.$ref || !schema?.properties;
    return h("div", {}, h("p", {}, h("code", {}, type), named && [": ", typeOf(schema)]), !named && properties(schema, name));
  });
}

function operation(path, method, op, shared) {
  const id = `op-${slug(op.operationId ?? `${method} ${path}`)}`;
  const parameters = [...(shared ?? []), ...(op.parameters ?? [])].map(resolve);
  const security = op.security ?? api.security ?? [];
  const answers = (good) => Object.entries(op.responses ?? {}).filter(([status]) => status < "400" === good).map(([status, one]) => {
    const answer = resolve(one);
    const types = Object.entries(answer.content ?? {}).flatMap(([type, { schema }], at) => [at ? ", " : "", h("code", {}, type), " ", schema ? typeOf(schema) : ""]);
    return [h("code", {}, status), prose(answer.description), types.length ? types : "empty", Object.keys(answer.headers ?? {}).join(", ") || "none"];
  });
  const columns = ["Status", "When", "Content", "Headers"];
  const problems = answers(false);
  const body = op.requestBody && resolve(op.requestBody);
  const element = h("section", { class: "operation", id, "data-text": `${op.tags ?? ""} ${method} ${path} ${op.summary ?? ""} ${op.description ?? ""} ${op.operationId ?? ""}`.toLowerCase() },
    h("h3", { tabindex: "-1" }, h("span", { class: `method ${method}` }, method.toUpperCase()), " ", h("code", {}, path)),
    op.summary && h("p", {}, h("strong", {}, inline(op.summary))), prose(op.description),
    op.deprecated && h("p", { class: "warning" }, "Deprecated."),
    h("p", {}, security.length && security.every((one) => Object.keys(one).length) ? "Needs a bearer token." : "Open to all."),
    parameters.length > 0 && table(`Parameters of ${method.toUpperCase()} ${path}`, ["Name", "In", "Type", "Required", "Description"],
      parameters.map((p) => [h("code", {}, p.name), p.in, typeOf(p.schema), p.required ? "yes" : "no", said(p, p.schema)])),
    body && [h("h4", {}, "Body"), prose(body.description), content(body.content, `the body of ${method.toUpperCase()} ${path}`)],
    table(`Answers of ${method.toUpperCase()} ${path}`, columns, answers(true)),
    problems.length > 0 && h("details", {}, h("summary", {}, `Problems (${problems.length})`),
      table(`Problems of ${method.toUpperCase()} ${path}`, columns, problems)));
  return { element, id, label: [h("span", { class: `method ${method}` }, method.toUpperCase()), ` ${path}`] };
}

function schemaView([name, schema]) {
  const id = `schema-${slug(name)}`;
  const variants = schema.oneOf ?? schema.anyOf;
  const element = h("section", { class: "operation", id, "data-text": `${name} ${schema.description ?? ""}`.toLowerCase() },
    h("h3", { tabindex: "-1" }, name), prose(schema.description),
    variants ? list(variants.map((one) => [typeOf(one), one.description ? [": ", inline(one.description)] : ""])) : properties(schema, name));
  return { element, id, label: name };
}

const tags = new Map((api.tags ?? []).map(({ name, description }) => [name, { description, operations: [] }]));
for (const [path, item] of Object.entries(api.paths)) {
  for (const method of METHODS.filter((name) => item[name])) {
    const tag = item[method].tags?.[0] ?? "other";
    if (!tags.has(tag)) tags.set(tag, { operations: [] });
    tags.get(tag).operations.push(operation(path, method, item[method], item.parameters));
  }
}
const schemas = Object.entries(api.components?.schemas ?? {}).sort(([a], [b]) => a.localeCompare(b)).map(schemaView);
const groups = [...tags].filter(([, { operations }]) => operations.length)
  .map(([name, { description, operations }]) => ({ name, description, entries: operations }))
  .concat({ name: "Schemas", entries: schemas });

const links = (entries) => h("ul", {}, entries.map(({ id, label }) => h("li", {}, h("a", { href: `#${id}` }, label))));
const found = h("p", { role: "status", class: "unseen" });
const search = h("input", { type: "search", id: "search", oninput: () => filter(search.value.trim().toLowerCase()) });
find("toc").append(h("search", {}, h("label", { for: "search" }, "Search"), search, found),
  ...groups.map(({ name, entries }) => h("details", { id: `toc-${slug(name)}`, open: name !== "Schemas" && innerWidth >= 1024 }, h("summary", {}, name), links(entries))));
const main = find("content");
main.append(
  h("h1", {}, api.info.title, h("small", {}, ` ${api.info.version}`)), ...(prose(api.info.description) ?? []),
  h("p", {}, h("a", { href: "/v1/openapi.json" }, "The OpenAPI document"), " that this page is drawn from."),
  ...groups.map(({ name, description, entries }) =>
    h("section", { id: `tag-${slug(name)}` }, h("h2", {}, name), prose(description), entries.map(({ element }) => element))));
main.removeAttribute("aria-busy");

/** Hides what does not hold every word. */
function filter(text) {
  const words = text.split(/\s+/);
  let count = 0;
  for (const { entries } of groups) {
    for (const { element, id } of entries) {
      element.hidden = !words.every((word) => element.dataset.text.includes(word));
      find("toc").querySelector(`a[href="#${id}"]`).parentElement.hidden = element.hidden;
      count += element.hidden ? 0 : 1;
    }
  }
  found.textContent = `${count} found`;
  for (const { name, entries } of groups)
    for (const place of ["tag", "toc"]) find(`${place}-${slug(name)}`).hidden = entries.every(({ element }) => element.hidden);
}

/** Goes to what the address names, with focus. */
function go() {
  const target = find(decodeURIComponent(location.hash.slice(1)));
  target?.scrollIntoView();
  target?.querySelector("h3")?.focus({ preventScroll: true });
}
addEventListener("hashchange", go);
if (location.hash) go();
