/** importlib, natively: import_module, reload, invalidate_caches over this interpreter's own importer. */
import { typeError } from "../builtins/exceptions.ts";
import { namespaceType } from "../objects/descriptors.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { PyModule } from "../objects/module.ts";
import { PyList } from "../objects/list.ts";
import type { VM } from "../objects/runtime.ts";
import type { Value } from "../objects/values.ts";
import { importModule } from "../vm/imports.ts";
import type { Interpreter } from "../vm/vm.ts";
import { reload } from "./importer.ts";
import type { NativeModule } from "./native-module.ts";

export const importlib: NativeModule = {
  name: "importlib",
  doc: "Importing from a program.",
  functions: {
    import_module: ["(name, package=None)", (vm: VM, name: string, pkg: Value | undefined) => {
      const level = /^\.*/.exec(name)![0].length;
      if (level === 0) return importModule(vm as Interpreter, name);
      if (typeof pkg !== "string") throw typeError(`the 'package' argument is required to perform a relative import for '${name}'`);
      const base = pkg.split(".").slice(0, pkg.split(".").length - level + 1).join(".");
      return importModule(vm as Interpreter, name.length > level ? `${base}.${name.slice(level)}` : base);
    }],
    reload: ["(module)", (vm: VM, m: Value) => {
      if (!(m instanceof PyModule)) throw typeError("reload() argument must be a module");
      return reload(vm as Interpreter, m);
    }],
    invalidate_caches: ["()", () => null],
  },
  values: () => ({ __path__: new PyList([]) }),
};

const loaderType = (name: string): PyType => defineType({ name, module: "importlib.machinery", hasDict: true });

export const importlibMachinery: NativeModule = {
  name: "importlib.machinery",
  doc: "Names of the import system's parts.",
  functions: { all_suffixes: ["()", () => new PyList([".py", ".pyc"])] },
  values: () => ({
    SOURCE_SUFFIXES: new PyList([".py"]), BYTECODE_SUFFIXES: new PyList([".pyc"]), EXTENSION_SUFFIXES: new PyList([]), DEBUG_BYTECODE_SUFFIXES: new PyList([".pyc"]), OPTIMIZED_BYTECODE_SUFFIXES: new PyList([".pyc"]),
    ModuleSpec: namespaceType, ...Object.fromEntries(["SourceFileLoader", "SourcelessFileLoader", "ExtensionFileLoader", "BuiltinImporter", "FrozenImporter", "PathFinder", "FileFinder"].map((n) => [n, LOADERS.get(n)!])),
  }),
};

const LOADERS: ReadonlyMap<string, PyType> = new Map(["SourceFileLoader", "SourcelessFileLoader", "ExtensionFileLoader", "BuiltinImporter", "FrozenImporter", "PathFinder", "FileFinder"].map((n) => [n, loaderType(n)]));
