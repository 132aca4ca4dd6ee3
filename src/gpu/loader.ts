/**
 * Whether Vulkan can start at all on this machine: a loader library, and at least one driver manifest where the loader looks.
 * Asked before Dawn is, because Dawn prints warnings to the process's stderr when either is missing, and a Python program's stderr is its own.
 * Source: Khronos, Vulkan-Loader, LoaderDriverInterface.md, "Driver Discovery on Linux".
 */
import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const LIBRARIES = ["libvulkan.so.1", "libvulkan.so"];

/** Loading a library that is no Node add-on fails after the loading; the message tells the two cases apart. */
function loads(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library);
    return true;
  } catch (e) {
    return e instanceof Error && e.message.includes("did not self-register");
  }
}

function manifestFolders(env: NodeJS.ProcessEnv): string[] {
  const list = (value: string | undefined, otherwise: string): string[] => (value || otherwise).split(":").filter(Boolean);
  const roots = [
    env.XDG_CONFIG_HOME || join(homedir(), ".config"),
    ...list(env.XDG_CONFIG_DIRS, "/etc/xdg"),
    "/etc",
    "/usr/local/etc",
    env.XDG_DATA_HOME || join(homedir(), ".local/share"),
    ...list(env.XDG_DATA_DIRS, "/usr/local/share:/usr/share"),
    "/usr/local/share",
    "/usr/share",
  ];
  return roots.map((r) => join(r, "vulkan", "icd.d"));
}

function hasManifest(folder: string): boolean {
  try {
    return readdirSync(folder).some((f) => f.endsWith(".json"));
  } catch {
    return false;
  }
}

/** Why Vulkan cannot start, or undefined when it may. */
export function vulkanProblem(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (process.platform !== "linux") return undefined;
  if (!LIBRARIES.some(loads)) return "no Vulkan loader (libvulkan.so.1)";
  if (env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES || env.VK_ADD_DRIVER_FILES) return undefined;
  return manifestFolders(env).some(hasManifest) ? undefined : "no Vulkan driver is installed";
}
