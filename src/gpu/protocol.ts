/**
 * What the interpreter's thread and the thread that owns the GPU say to each other.
 *
 * The interpreter's thread is synchronous: it posts one request, blocks on the PHASE word of a shared control block until the owner has published
 * the reply, and reads it from shared memory. So there is at most one request under way.
 *
 * Invariants:
 *   - PHASE goes idle → pending → (committing →) done, or pending → abandoned → done. `pending → committing` and `pending → abandoned` are
 *     compare-and-swaps: the owner writes host memory only after winning the first, so an abandoned request writes nothing to the host.
 *   - while PHASE is pending, committing or abandoned, a Dawn promise may be open and the process must not leave (see docs/webgpu.md).
 *   - the other words and the reply text are written before PHASE becomes done.
 */

/** Words of the control block. */
export const WORD = { phase: 0, status: 1, value: 2, replyBytes: 3, life: 4 } as const;
/** Values of the PHASE word. */
export const PHASE = { idle: 0, pending: 1, committing: 2, done: 3, abandoned: 4 } as const;
/** Values of the LIFE word. */
export const LIFE = { starting: 0, running: 1, closed: 2 } as const;

export const CONTROL_BYTES = 64;
/** Replies are short texts (limits, compile messages); longer ones are cut. */
export const REPLY_BYTES = 64 * 1024;

/** Why something on the GPU did not happen; index = STATUS word, 0 is success. */
export const FAILURES = {
  none: "",
  "no-package": "npm package webgpu is missing or has no build for this platform",
  "no-adapter": "there is no usable GPU",
  compile: "a kernel did not compile",
  validation: "the API refused a call",
  "out-of-memory": "device or staging memory is exhausted",
  internal: "the driver or the API failed",
  lost: "the device was lost",
  limit: "a size is beyond the device's limits",
  interrupted: "the embedder interrupted the wait",
  closed: "the device was shut down",
} as const;
export type FailureKind = Exclude<keyof typeof FAILURES, "none">;
export const FAILURE_KINDS: readonly (keyof typeof FAILURES)[] = Object.keys(FAILURES) as (keyof typeof FAILURES)[];

/** A failure is a value: callers fall back to another device and report the reason. */
export interface Failure {
  readonly failed: string;
  readonly kind: FailureKind;
}

export function failure(kind: FailureKind, detail = ""): Failure {
  return { failed: detail === "" ? FAILURES[kind] : `${FAILURES[kind]}: ${detail}`, kind };
}

export function isFailure(x: unknown): x is Failure {
  return typeof x === "object" && x !== null && "failed" in x;
}

export interface OpenOptions {
  /** Dawn's backend ("vulkan", "opengles", "metal", "d3d12", …); default: Dawn chooses. */
  readonly backend?: string;
  /** "compatibility" also takes adapters like OpenGL ES 3.1. */
  readonly featureLevel?: "core" | "compatibility";
  readonly powerPreference?: "low-power" | "high-performance";
  /** Further flags for Dawn's `create`, such as "enable-dawn-features=disable_robustness". */
  readonly flags?: readonly string[];
}

/** What the adapter says of itself. Limits are the adapter's real ones, and the device has them. */
export interface DeviceInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly backend: string;
  /** Whether the adapter computes on the CPU (SwiftShader, llvmpipe, WARP). */
  readonly software: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

export type BindingKind = "read" | "readwrite" | "uniform";

/** A kernel's text and its bindings: `bindings[k]` is `@group(0) @binding(k)`. At most one is a uniform block. */
export interface KernelSpec {
  readonly wgsl: string;
  readonly entry: string;
  readonly bindings: readonly BindingKind[];
  /** Values of the text's `override` declarations. */
  readonly constants?: Readonly<Record<string, number>>;
}

/** Part of a device buffer, in bytes; offset and size are multiples of 4, a binding's offset of the device's storage alignment. */
export interface Range {
  readonly buffer: number;
  readonly offset: number;
  readonly bytes: number;
}

/** Part of a memory that both threads see. */
export interface SharedRange {
  readonly memory: SharedArrayBuffer;
  readonly at: number;
  readonly bytes: number;
}

export interface WirePass {
  readonly kernel: number;
  readonly buffers: readonly Range[];
  readonly uniforms: Uint8Array | undefined;
  readonly workgroups: readonly [number, number, number];
}

/** One step of a run; the steps take effect in order. */
export type WireCommand =
  | { readonly op: "upload"; readonly buffer: number; readonly offset: number; readonly source: SharedRange }
  | { readonly op: "dispatch"; readonly passes: readonly WirePass[] }
  | { readonly op: "copy"; readonly from: Range; readonly buffer: number; readonly offset: number }
  | { readonly op: "download"; readonly buffer: number; readonly offset: number; readonly target: SharedRange }
  | { readonly op: "destroy"; readonly buffer: number };

export type Request =
  | { readonly op: "open"; readonly options: OpenOptions }
  | { readonly op: "kernel"; readonly id: number; readonly spec: KernelSpec }
  | { readonly op: "buffer"; readonly id: number; readonly bytes: number }
  | { readonly op: "run"; readonly commands: readonly WireCommand[]; readonly finish: boolean }
  | { readonly op: "ping" }
  | { readonly op: "close" };

/** What the owner starts with. */
export interface WorkerStart {
  readonly control: SharedArrayBuffer;
  readonly reply: SharedArrayBuffer;
}
