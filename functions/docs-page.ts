/** GET /docs: the routes, read from the OpenAPI document, and a form to try each. No file of anybody else's. */

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --ink: #5b6cff; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 2rem 1rem 6rem; }
h1 { margin: 0; letter-spacing: -0.02em; }
header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: baseline; justify-content: space-between; }
a { color: var(--ink); }
input, textarea, button { font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: 6px; padding: .35rem .6rem; }
textarea { width: 100%; min-height: 11rem; font: 13px/1.45 ui-monospace, monospace; resize: vertical; }
button { background: var(--ink); border-color: var(--ink); color: #fff; cursor: pointer; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .6rem 0; overflow: hidden; }
summary { padding: .6rem .9rem; cursor: pointer; display: flex; gap: .8rem; align-items: baseline; }
summary:hover { background: var(--soft); }
summary code { font-weight: 600; }
summary span { opacity: .75; }
.method { font: 700 12px ui-monospace, monospace; min-width: 3rem; }
.get { color: #1a9c5b; } .post { color: #c2700a; }
.inside { padding: .2rem .9rem 1rem; border-top: 1px solid var(--line); display: grid; gap: .7rem; }
.fields { display: flex; flex-wrap: wrap; gap: .6rem; }
label { display: grid; gap: .15rem; font-size: 13px; }
pre { margin: 0; padding: .7rem .9rem; background: var(--soft); border-radius: 6px; overflow: auto; max-height: 26rem; font: 13px/1.45 ui-monospace, monospace; }
pre:empty { display: none; }
.bad { outline: 1px solid #c44; }
`;

/** Runs in the browser. Values are only ever put in as text. */
const SCRIPT = `
const make = (tag, fields = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), fields);
  node.append(...children);
  return node;
};
const token = document.getElementById('token');
const field = (parameter) => {
  const input = make('input', { name: parameter.name, placeholder: parameter.schema?.default ?? '' });
  if (parameter.in === 'path') input.value = parameter.schema?.example ?? parameter.example ?? '';
  input.dataset.place = parameter.in;
  return make('label', {}, parameter.name + (parameter.required ? ' *' : ''), input);
};
async function send(method, path, form, area, out) {
  const query = new URLSearchParams();
  let url = path;
  for (const input of form.querySelectorAll('input')) {
    if (input.dataset.place === 'path') url = url.replace('{' + input.name + '}', encodeURIComponent(input.value));
    else if (input.value !== '') query.set(input.name, input.value);
  }
  if (query.size > 0) url += '?' + query;
  const headers = {};
  if (token.value !== '') headers.Authorization = 'Bearer ' + token.value;
  if (area) headers['Content-Type'] = 'application/json';
  out.textContent = '…';
  out.className = '';
  try {
    const response = await fetch(url, { method, headers, ...(area ? { body: area.value } : {}) });
    const text = await response.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch {}
    out.textContent = response.status + '\\n' + shown;
    out.className = response.ok ? '' : 'bad';
  } catch (error) {
    out.textContent = String(error);
    out.className = 'bad';
  }
}
function route(path, method, operation) {
  const out = make('pre');
  const form = make('div', { className: 'fields' }, ...(operation.parameters ?? []).map(field));
  const inside = make('div', { className: 'inside' });
  if (operation.description) inside.append(make('div', {}, operation.description));
  if (form.childNodes.length > 0) inside.append(form);
  let area = null;
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  if (schema) {
    area = make('textarea', { spellcheck: false, value: JSON.stringify(schema.example ?? exampleOf(schema), null, 2) });
    inside.append(area);
  }
  const button = make('button', { type: 'button', textContent: 'Send' });
  button.onclick = () => send(method.toUpperCase(), path, form, area, out);
  inside.append(make('div', {}, button), out);
  if (schema) {
    const text = JSON.stringify(schema, null, 2);
    inside.append(make('details', {}, make('summary', {}, 'Schema'), make('pre', { textContent: text })));
  }
  return make('details', {}, make('summary', {},
    make('b', { className: 'method ' + method, textContent: method.toUpperCase() }),
    make('code', { textContent: path }), make('span', { textContent: operation.summary ?? '' })), inside);
}
const exampleOf = (schema) => Object.fromEntries(Object.entries(schema.properties ?? {})
  .map(([name, item]) => [name, item.example ?? item.default ?? item.enum?.[0] ?? (name === 'task_id' ? 'task_001' : '')]));
fetch('/v1/openapi.json').then((response) => response.json()).then((api) => {
  document.getElementById('version').textContent = api.info.version;
  const list = document.getElementById('routes');
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, operation] of Object.entries(methods)) list.append(route(path, method, operation));
});
`;

export function docsPage(): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Galaxy API</title>
<style>${STYLE}</style>
<header>
  <h1>Galaxy <small id="version"></small></h1>
  <input id="token" type="password" placeholder="Bearer token, where one is needed" size="30" autocomplete="off">
</header>
<p>MySQL change data capture. <a href="/v1/openapi.json">OpenAPI 3.1</a>, <a href="/metrics">metrics</a>.</p>
<main id="routes"></main>
<script>${SCRIPT}</script>
</html>
`;
}
