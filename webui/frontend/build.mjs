// Builds everything under webui/static/vendor and webui/static/fonts. Same lock file, same bytes.
import { build } from "esbuild";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "../static"));
const vendor = join(out, "vendor");
const fonts = join(out, "fonts");
const modules = join(here, "node_modules");

// Never in the bundle, yet shipped as files.
const COPIED = ["@tabler/core", "@fontsource-variable/inter", "vazirmatn"];

function withoutMap(path) {
  return readFileSync(path, "utf8").replace(/\s*\/[*/]# sourceMappingURL=[^\n]*(\*\/)?\s*$/, "\n");
}

function copyStyles() {
  const tabler = join(modules, "@tabler/core/dist/css");
  for (const name of ["tabler.min.css", "tabler.rtl.min.css"]) {
    writeFileSync(join(vendor, name), withoutMap(join(tabler, name)));
  }
}

function copyFonts() {
  const inter = join(modules, "@fontsource-variable/inter");
  for (const subset of ["latin", "latin-ext", "cyrillic", "cyrillic-ext"]) {
    const name = `inter-${subset}-wght-normal.woff2`;
    cpSync(join(inter, "files", name), join(fonts, name));
  }
  cpSync(join(inter, "LICENSE"), join(fonts, "inter-LICENSE.txt"));
  const vazir = join(modules, "vazirmatn");
  cpSync(join(vazir, "fonts/webfonts/Vazirmatn[wght].woff2"), join(fonts, "vazirmatn-wght-normal.woff2"));
  cpSync(join(vazir, "OFL.txt"), join(fonts, "vazirmatn-LICENSE.txt"));
}

async function bundle() {
  const result = await build({
    absWorkingDir: here,
    entryPoints: ["src/app.js", "src/viewer.js", "src/modeler.js", "src/form.js"],
    outdir: vendor,
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022"],
    minify: true,
    legalComments: "none", // every licence is in THIRD-PARTY.md
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff": "file", ".woff2": "file", ".ttf": "file", ".eot": "empty", ".svg": "empty" },
    define: { "process.env.NODE_ENV": '"production"' },
    metafile: true,
    logLevel: "warning",
  });
  rmSync(join(vendor, "app.css"), { force: true }); // the union of the islands' styles: each island links its own
  return Object.keys(result.metafile.inputs);
}

function packageOf(input) {
  const path = input.split("node_modules/").at(-1).split("/");
  const name = path[0].startsWith("@") ? `${path[0]}/${path[1]}` : path[0];
  const root = join(here, input.slice(0, input.lastIndexOf("node_modules/")), "node_modules", name);
  return { name, root };
}

function licenceText(root) {
  const file = readdirSync(root).sort().find((name) => /^(licen[cs]e|ofl|copying)/i.test(name));
  return file ? readFileSync(join(root, file), "utf8").replace(/\r/g, "").trim() : "";
}

function writeLicences(inputs) {
  const found = new Map();
  const roots = inputs.filter((input) => input.includes("node_modules/")).map(packageOf);
  for (const name of COPIED) roots.push({ name, root: join(modules, name) });
  for (const { name, root } of roots) {
    const about = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    found.set(`${name} ${about.version}`, { about, text: licenceText(root) });
  }
  const parts = [...found.keys()].sort().map((key) => {
    const { about, text } = found.get(key);
    const kind = typeof about.license === "string" ? about.license : about.license?.type ?? "see below";
    return `## ${key}\n\nLicence: ${kind}\n\n${text ? "```\n" + text + "\n```" : "(the package carries no licence file)"}\n`;
  });
  const head = "# Third-party software in webui/static\n\nWritten by `webui/frontend/build.mjs`; do not edit.\n\n";
  writeFileSync(join(vendor, "THIRD-PARTY.md"), head + parts.join("\n"));
}

rmSync(vendor, { recursive: true, force: true });
rmSync(fonts, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
mkdirSync(fonts, { recursive: true });
copyStyles();
copyFonts();
const inputs = await bundle();
writeLicences(inputs);
console.log(`built ${relative(process.cwd(), vendor) || vendor}`);
