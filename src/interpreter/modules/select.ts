/**
 * Module select: select and poll. Sockets of the process (_socket.ts) are ready when something has arrived, files always; the other threads run while
 * one waits here.
 */
import { EXCEPTIONS, keyError, typeError, valueError } from "../builtins/exceptions.ts";
import { PyList } from "../objects/list.ts";
import { lookupAttr, plainInt, toArray, toDouble, toIndex } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType } from "../objects/type.ts";
import { PyObject, PyTuple, type Value } from "../objects/values.ts";
import { waitFor } from "../vm/threads.ts";
import { endpointOf } from "./_socket.ts";
import type { NativeModule } from "./native-module.ts";

const EVENTS = { POLLIN: 1, POLLPRI: 2, POLLOUT: 4, POLLERR: 8, POLLHUP: 16, POLLNVAL: 32, POLLRDNORM: 64, POLLRDBAND: 128, POLLWRNORM: 256, POLLWRBAND: 512, POLLMSG: 1024, POLLRDHUP: 8192 } as const;

/** PyObject_AsFileDescriptor: an int, or an object with fileno(). */
function descriptor(vm: VM, v: Value): number {
  let n = plainInt(v);
  if (n === undefined) {
    const fileno = lookupAttr(vm, v, "fileno");
    if (fileno === undefined) throw typeError("argument must be an int, or have a fileno() method");
    n = plainInt(vm.call(fileno, []));
    if (n === undefined) throw typeError("fileno() returned a non-integer");
  }
  if (n < 0) throw valueError(`file descriptor cannot be a negative integer (${n})`);
  return Number(n);
}

/** The events that a descriptor has now, of those asked for. */
function eventsOf(vm: VM, fd: number, wanted: number): number {
  const socket = endpointOf(vm, fd);
  if (socket === undefined) return wanted & (EVENTS.POLLIN | EVENTS.POLLOUT);
  let events: number = EVENTS.POLLOUT;
  if (socket.readable) events |= EVENTS.POLLIN;
  return (events & wanted) | (socket.ended ? EVENTS.POLLHUP : 0);
}

function select(vm: VM, rlist: Value, wlist: Value, xlist: Value, timeout?: Value): Value {
  const ms = timeout === undefined || timeout === null ? undefined : toDouble(vm, timeout) * 1000;
  if (ms !== undefined && ms < 0) throw valueError("timeout must be non-negative");
  const asked = [rlist, wlist, xlist].map((l) => toArray(vm, l).map((o) => [o, descriptor(vm, o)] as const));
  const find = (list: number, event: number) => asked[list]!.filter(([, fd]) => (eventsOf(vm, fd, event) & (event | EVENTS.POLLHUP)) !== 0).map(([o]) => o);
  const found = () => [find(0, EVENTS.POLLIN), find(1, EVENTS.POLLOUT), []];
  if (ms !== 0) waitFor(vm, () => found().some((l) => l.length > 0), ms);
  return new PyTuple(found().map((l) => new PyList(l)));
}

class PyPoll extends PyObject {
  readonly registered: Map<number, number> = new Map();
}

function poll(vm: VM, p: PyPoll, timeout?: Value): Value {
  const ms = timeout === undefined || timeout === null ? undefined : toDouble(vm, timeout);
  const found = () => [...p.registered].map(([fd, wanted]) => [fd, eventsOf(vm, fd, wanted)] as const).filter(([, events]) => events !== 0);
  if (ms !== 0) waitFor(vm, () => found().length > 0, ms === undefined || ms < 0 ? undefined : ms);
  return new PyList(found().map((pair) => new PyTuple(pair)));
}

const mask = (vm: VM, v: Value | undefined): number => (v === undefined ? EVENTS.POLLIN | EVENTS.POLLPRI | EVENTS.POLLOUT : Number(toIndex(vm, v)));

const pollType = defineType({
  name: "poll",
  module: "select",
  js: PyPoll,
  subclassable: false,
  methods: {
    register: ["($self, fd, eventmask=7, /)", (vm: VM, p: PyPoll, fd: Value, events?: Value) => {
      p.registered.set(descriptor(vm, fd), mask(vm, events));
      return null;
    }, "Watch a descriptor."],
    modify: ["($self, fd, eventmask, /)", (vm: VM, p: PyPoll, fd: Value, events: Value) => {
      const n = descriptor(vm, fd);
      if (!p.registered.has(n)) throw vm.call(EXCEPTIONS.OSError, [2, "No such file or directory"]);
      p.registered.set(n, mask(vm, events));
      return null;
    }, "Change what a descriptor is watched for."],
    unregister: ["($self, fd, /)", (vm: VM, p: PyPoll, fd: Value) => {
      const n = descriptor(vm, fd);
      if (!p.registered.delete(n)) throw keyError(n);
      return null;
    }, "Watch a descriptor no longer."],
    poll: ["($self, timeout=None, /)", poll, "Wait for events; timeout in milliseconds."],
  },
});

export const select_: NativeModule = {
  name: "select",
  doc: "Waiting for descriptors.",
  functions: {
    select: ["(rlist, wlist, xlist, timeout=None, /)", select, "Wait until descriptors are ready."],
    poll: ["()", () => new PyPoll(), "A polling object."],
  },
  values: () => ({ ...EVENTS, PIPE_BUF: 4096, error: EXCEPTIONS.OSError }),
  init: () => void pollType,
};
