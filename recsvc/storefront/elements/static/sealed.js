// Code that a page loads later is run only where it is what this release has: its digests stand here as it is served.

const SEALS = {}; // file → its integrity
const NEEDS = {}; // file → the files that it imports, beside those of the snippet

const hold = (name) => new Promise((found, refuse) => {
  const link = document.createElement("link");
  if (!SEALS[name] || !link.relList.supports("modulepreload")) return found();
  link.onload = found;
  link.onerror = () => refuse(new Error(`${name} did not come as this release has it`));
  const href = new URL(name, import.meta.url).href;
  Object.assign(link, { rel: "modulepreload", href, integrity: SEALS[name], crossOrigin: "anonymous" });
  document.head.append(link);
  return undefined;
});

const held = {};
export async function load(name) {
  await Promise.all([name, ...(NEEDS[name] ?? [])].map((one) => (held[one] ??= hold(one))));
  return import(`./${name}`);
}
