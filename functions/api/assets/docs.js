"use strict";

const METHODS = ["get", "put", "post", "patch", "delete"];

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((it) => it !== null && it !== undefined));
  return element;
}

function nameOf(reference) {
  return reference.split("/").pop();
}

/** A schema in words, with links to the named ones. */
function type(schema) {
  if (!schema) return [""];
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return [make("a", { href: `#schema-${name}` }, name)];
  }
  const several = schema.oneOf || schema.anyOf || schema.allOf;
  if (several) return several.flatMap((it, n) => (n ? [" or ", ...type(it)] : type(it)));
  if (schema.enum) return [schema.enum.map((it) => JSON.stringify(it)).join(" | ")];
  const types = [schema.type].flat().filter(Boolean).join(" or ") || "anything";
  if (schema.items) return [`${types} of `, ...type(schema.items)];
  const limits = [
    schema.format,
    schema.minimum !== undefined && `≥ ${schema.minimum}`,
    schema.maximum !== undefined && `≤ ${schema.maximum}`,
    schema.minLength !== undefined && `at least ${schema.minLength} characters`,
    schema.maxLength !== undefined && `at most ${schema.maxLength} characters`,
    schema.maxItems !== undefined && `at most ${schema.maxItems} items`,
    schema.pattern,
  ].filter(Boolean);
  return [limits.length ? `${types} (${limits.join(", ")})` : types];
}

function table(caption, rows) {
  if (!rows.length) return null;
  const body = rows.map(([name, kind, text]) =>
    make("tr", {}, make("td", {}, make("code", {}, name)), make("td", {}, ...kind), make("td", {}, text || "")),
  );
  return make("table", {}, make("caption", {}, caption), make("tbody", {}, ...body));
}

function properties(schema) {
  const required = schema.required || [];
  return Object.entries(schema.properties || {}).map(([name, it]) => [
    required.includes(name) ? name : `${name}?`,
    type(it),
    it.description,
  ]);
}

function contentRows(content) {
  return Object.entries(content || {}).map(([kind, it]) => [kind, type(it.schema), ""]);
}

function operationSection(path, method, operation) {
  const parameters = (operation.parameters || []).map((it) => [
    `${it.name}${it.required ? "" : "?"}`,
    [`${it.in}, `, ...type(it.schema)],
    it.description,
  ]);
  const answers = Object.entries(operation.responses || {}).map(([status, it]) => [
    status,
    Object.values(it.content || {}).flatMap((one) => type(one.schema)),
    it.description,
  ]);
  return make(
    "section",
    { id: operation.operationId },
    make("h3", {}, make("code", { class: "method" }, method), make("code", {}, path)),
    make("p", {}, [operation.summary, operation.description].filter(Boolean).join(" ")),
    operation.security && operation.security.length ? null : make("p", {}, "Needs no key."),
    table("Parameters", parameters),
    operation.requestBody ? table("Body", contentRows(operation.requestBody.content)) : null,
    table("Answers", answers),
  );
}

function schemaSection(name, schema) {
  return make(
    "section",
    { id: `schema-${name}` },
    make("h3", {}, name),
    schema.description ? make("p", {}, schema.description) : null,
    table("Fields", properties(schema)) || make("p", {}, ...type(schema)),
  );
}

function show(contract) {
  document.getElementById("about").textContent = `${contract.info.description} Version ${contract.info.version}.`;
  const main = document.getElementById("main");
  const contents = document.getElementById("contents");
  main.replaceChildren();
  for (const tag of contract.tags || []) {
    const links = [];
    main.append(make("h2", {}, tag.name), make("p", {}, tag.description || ""));
    for (const [path, operations] of Object.entries(contract.paths)) {
      for (const method of METHODS) {
        const operation = operations[method];
        if (!operation || !(operation.tags || []).includes(tag.name)) continue;
        main.append(operationSection(path, method, operation));
        links.push(make("li", {}, make("a", { href: `#${operation.operationId}` }, operation.operationId)));
      }
    }
    contents.append(make("strong", {}, tag.name), make("ul", {}, ...links));
  }
  main.append(make("h2", {}, "Schemas"));
  for (const [name, schema] of Object.entries(contract.components.schemas)) main.append(schemaSection(name, schema));
}

fetch("/openapi.json")
  .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`status ${answer.status}`))))
  .then(show)
  .catch((error) => {
    document.getElementById("main").textContent = `The document could not be read: ${error.message}`;
  });
