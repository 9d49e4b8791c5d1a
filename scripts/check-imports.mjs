// Enforces the direction of imports (ARCHITECTURE.md): node scripts/check-imports.mjs [FOLDER]
// Prints each violation as file:line and exits with 1 if there is one. Cycles are biome's part (noImportCycles).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Which workspace packages a folder may import; the rest may import all libraries. */
const MAY_IMPORT = {
  'packages/client': ['@sommelier/contracts'],
  'packages/contracts': [],
  'packages/kernel': [],
  'packages/ncf': ['@sommelier/contracts', '@sommelier/kernel'],
  'packages/platform': ['@sommelier/contracts'],
};
/** Which of these it may import the types of alone: it runs wherever there is fetch, with nothing else. */
const ONLY_TYPES = ['packages/client'];
const LIBRARIES = ['@sommelier/contracts', '@sommelier/ncf', '@sommelier/platform'];
const MAY_IMPORT_CLIENT = ['apps/cli', 'benchmarks', 'tests'];
/** The only places outside of ncf itself that may train. */
const MAY_TRAIN = ['apps/worker', 'benchmarks', 'tests'];
const TRAINING = [
  '@sommelier/ncf/training',
  '@sommelier/ncf/tfjs',
  '@sommelier/kernel/train',
  '@sommelier/kernel/als',
];

/** What mathematics must not touch: the same input always gives the same output. */
const IMPURE = [
  [/\bMath\.random\b/, 'Math.random: randomness is handed in'],
  [/\bDate\.now\b|\bnew Date\(\s*\)/, 'the clock: times are handed in'],
  [/\bperformance\.now\b/, 'the clock: times are handed in'],
  [/\bfetch\(/, 'fetch: it performs no I/O'],
];
/** Node modules that ncf may use; loading a TensorFlow.js backend takes a few more, in `engine/` alone. */
const NCF_BUILTINS = ['crypto'];
const NCF_ENGINE_BUILTINS = ['crypto', 'module', 'url', 'util', 'path', 'os', 'worker_threads'];
/** Looks whether a GPU driver is registered before a backend is loaded that complains to the terminal without one. */
const NCF_DRIVER_SEARCH = 'packages/ncf/src/engine/tfjs/vulkan-drivers.ts';

/** A built file that is named by its path, so that no compiler misses it when its source has moved. */
const BUILT_FILE = /\b((?:apps|packages)\/[\w-]+)\/dist\/([\w./-]+)\.js\b/g;

const BUILTINS = new Set(builtinModules);
const SOURCE = /\.(ts|tsx|mts|mjs)$/;
const TEST = /\.test\.tsx?$|[/\\]testing[/\\]|^tests[/\\]/;
const IMPORT_FORMS = [
  /\b(?:import|export)(\s+type)?\b[^'"`;()=]*?\bfrom\s*['"]([^'"\n]+)['"]/g,
  /(?:^|[\s;])import()\s*['"]([^'"\n]+)['"]/g,
  /\b(?:import|require|import\.meta\.resolve|require\.resolve)()\(\s*['"]([^'"\n]+)['"]/g,
];

/** Blanks comments, keeping line numbers; strings are respected. */
function withoutComments(text) {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g,
    (match, string) => string ?? match.replace(/[^\n]/g, ' '),
  );
}

/** Every import of a source text: what is imported, whether only as a type, on which line. */
export function importsOf(text) {
  const code = withoutComments(text);
  return IMPORT_FORMS.flatMap((form) =>
    [...code.matchAll(form)].map((match) => ({
      specifier: match[2] ?? '',
      typeOnly: match[1] !== undefined && match[1] !== '',
      line: code.slice(0, match.index + match[0].length).split('\n').length,
    })),
  );
}

function* sourceFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['node_modules', 'dist', 'generated', '.turbo'].includes(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (SOURCE.test(entry.name)) yield path;
  }
}

/** The folders that are checked, each with what its package.json declares. */
function workspacesOf(root) {
  const folders = ['packages', 'apps'].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [],
  );
  return [...folders, 'benchmarks', 'tests']
    .filter((folder) => existsSync(join(root, folder)))
    .map((folder) => ({ folder, manifest: readManifest(join(root, folder, 'package.json')) }));
}

function readManifest(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function declares(manifest, name, alsoDevelopment) {
  const lists = [manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies];
  if (alsoDevelopment) lists.push(manifest.devDependencies);
  return lists.some((list) => list?.[name] !== undefined || list?.[`@types/${name}`] !== undefined);
}

/** What is wrong with one import, or undefined. */
function problemOf({ specifier, typeOnly }, { folder, manifest, rootManifest, file, root }) {
  const isTest = TEST.test(file);
  const unbound = folder === 'tests' || folder === 'benchmarks';
  if (specifier.startsWith('.')) {
    const target = relative(root, resolve(root, dirname(file), specifier));
    const leaves = !target.startsWith(`${folder}${sep}`);
    if (leaves && !unbound) return `leaves ${folder} by a path; import the package by its name`;
    if (leaves && /^(packages|apps)[/\\]/.test(target)) return `reaches into ${target} by a path`;
    return undefined;
  }
  const builtin = specifier.replace(/^node:/, '').split('/')[0];
  if (specifier.startsWith('node:') || BUILTINS.has(builtin)) {
    if (ONLY_TYPES.includes(folder) && !isTest) return `${folder} runs without Node: ${specifier}`;
    if (folder !== 'packages/ncf' || isTest) return undefined;
    const path = file.split(sep).join('/');
    if (path === NCF_DRIVER_SEARCH && builtin === 'fs') return undefined;
    const inEngine = path.startsWith('packages/ncf/src/engine/');
    const allowed = inEngine ? NCF_ENGINE_BUILTINS : NCF_BUILTINS;
    return allowed.includes(builtin) ? undefined : `ncf performs no I/O: ${specifier} is not allowed here`;
  }
  const name = packageOf(specifier);
  if (name.startsWith('@sommelier/') && name !== manifest.name) {
    const clients = MAY_IMPORT_CLIENT.includes(folder) ? ['@sommelier/client'] : [];
    const allowed = MAY_IMPORT[folder] ?? [...LIBRARIES, ...clients];
    if (!allowed.includes(name)) return `${folder} must not import ${name}`;
    if (ONLY_TYPES.includes(folder) && !typeOnly && !isTest) return `${folder} may import types alone`;
    if (TRAINING.includes(specifier) && folder !== 'packages/ncf' && !MAY_TRAIN.includes(folder))
      return `only the worker and benchmarks train`;
  }
  if (name === manifest.name) return undefined;
  // What lies beside `src`, such as a script of the build, is not part of what runs.
  const isBuildScript = dirname(file) === join(...folder.split('/'));
  const development = isTest || typeOnly || unbound || isBuildScript;
  if (declares(manifest, name, development)) return undefined;
  if (development && declares(rootManifest, name, true)) return undefined;
  if (unbound && manifest.name === undefined) return undefined;
  return `${name} is not declared in ${folder}/package.json`;
}

/** Every violation under a repository's root, in the order of the files. */
export function findViolations(root) {
  const violations = [];
  const rootManifest = readManifest(join(root, 'package.json'));
  for (const { folder, manifest } of workspacesOf(root)) {
    for (const path of sourceFiles(join(root, folder))) {
      const file = relative(root, path);
      const text = readFileSync(path, 'utf8');
      for (const found of importsOf(text)) {
        const problem = problemOf(found, { folder, manifest, rootManifest, file, root });
        if (problem !== undefined)
          violations.push({ file, line: found.line, problem: `${problem} ("${found.specifier}")` });
      }
      violations.push(...staleBuilds(root, file, text));
      if (folder === 'packages/ncf' && !TEST.test(file)) violations.push(...impurities(file, text));
    }
  }
  return violations;
}

function staleBuilds(root, file, text) {
  return withoutComments(text)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(BUILT_FILE)]
        .filter(([, workspace, path]) => !existsSync(join(root, workspace, 'src', `${path}.ts`)))
        .map(([built]) => ({ file, line: index + 1, problem: `no source is built to ${built}` })),
    );
}

function impurities(file, text) {
  return withoutComments(text)
    .split('\n')
    .flatMap((line, index) =>
      IMPURE.filter(([pattern]) => pattern.test(line)).map(([, what]) => ({
        file,
        line: index + 1,
        problem: `ncf must not use ${what}`,
      })),
    );
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
  const violations = findViolations(root);
  for (const { file, line, problem } of violations) console.error(`${file}:${line}: ${problem}`);
  if (violations.length > 0) process.exitCode = 1;
  else console.log('Imports run one way.');
}
