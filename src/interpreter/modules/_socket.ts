/**
 * Module _socket without a network: connected pairs of sockets inside the process (what event loops wake themselves with, and what threads talk through).
 * Whatever would leave the process raises OSError(EAFNOSUPPORT or ENETUNREACH).
 * Known weakness: no datagram boundaries, no addresses.
 */
import { EXCEPTIONS, newException, typeError, valueError } from "../builtins/exceptions.ts";
import { osError } from "../builtins/os-error.ts";
import { needBytes, needWritable } from "../objects/buffer.ts";
import { toDouble, toIndex, truthy } from "../objects/operations.ts";
import type { VM } from "../objects/runtime.ts";
import { defineType, type PyType } from "../objects/type.ts";
import { PyAttrObject, PyBytes, PyFloat, PyTuple, type Value } from "../objects/values.ts";
import { waitFor } from "../vm/threads.ts";
import type { NativeModule } from "./native-module.ts";

const CONSTANTS = {
  AF_UNSPEC: 0, AF_UNIX: 1, AF_INET: 2, AF_INET6: 10, SOCK_STREAM: 1, SOCK_DGRAM: 2, SOCK_RAW: 3, SOCK_NONBLOCK: 2048, SOCK_CLOEXEC: 524288, SOL_SOCKET: 1, SO_REUSEADDR: 2, SO_TYPE: 3,
  SO_ERROR: 4, SO_BROADCAST: 6, SO_SNDBUF: 7, SO_RCVBUF: 8, SO_KEEPALIVE: 9, SO_LINGER: 13, SO_REUSEPORT: 15, SOMAXCONN: 4096, SHUT_RD: 0, SHUT_WR: 1, SHUT_RDWR: 2, MSG_PEEK: 2,
  MSG_DONTWAIT: 64, MSG_WAITALL: 256, MSG_NOSIGNAL: 16384, IPPROTO_IP: 0, IPPROTO_ICMP: 1, IPPROTO_TCP: 6, IPPROTO_UDP: 17, IPPROTO_IPV6: 41, IPV6_V6ONLY: 26, TCP_NODELAY: 1,
  INADDR_ANY: 0, INADDR_BROADCAST: 0xffffffff, INADDR_LOOPBACK: 0x7f000001, AI_PASSIVE: 1, AI_CANONNAME: 2, AI_NUMERICHOST: 4, AI_ADDRCONFIG: 32, EAI_NONAME: -2, EAI_FAMILY: -6,
  NI_NUMERICHOST: 1, NI_NUMERICSERV: 2, NI_MAXHOST: 1025, NI_MAXSERV: 32,
} as const;

/** One end of a pair: what has arrived, and where what is sent goes. */
export class Endpoint {
  peer: Endpoint | undefined = undefined;
  received: Uint8Array[] = [];
  /** No more can arrive. */
  ended = false;

  get readable(): boolean {
    return this.received.length > 0 || this.ended;
  }

  take(limit: number, peek = false): Uint8Array {
    const first = this.received[0];
    if (first === undefined || limit === 0) return new Uint8Array(0);
    const out = first.subarray(0, limit);
    if (!peek) {
      if (out.length === first.length) this.received.shift();
      else this.received[0] = first.subarray(limit);
    }
    return out;
  }
}

/** Descriptors of sockets, away from those of files. */
interface Descriptors {
  next: number;
  readonly open: Map<number, Endpoint>;
}
const FIRST_DESCRIPTOR = 1 << 20;
const DESCRIPTORS = Symbol("sockets");

function descriptors(vm: VM): Descriptors {
  let d = vm.state.get(DESCRIPTORS) as Descriptors | undefined;
  if (d === undefined) vm.state.set(DESCRIPTORS, (d = { next: FIRST_DESCRIPTOR, open: new Map() }));
  return d;
}

/** The socket behind a descriptor; undefined for files. */
export function endpointOf(vm: VM, fd: number): Endpoint | undefined {
  return descriptors(vm).open.get(fd);
}

function register(vm: VM, e: Endpoint): number {
  const d = descriptors(vm);
  d.open.set(d.next, e);
  return d.next++;
}

class PySocket extends PyAttrObject {
  family: number = CONSTANTS.AF_INET;
  type: number = CONSTANTS.SOCK_STREAM;
  proto = 0;
  fd = -1;
  /** Milliseconds; undefined blocks. */
  timeout: number | undefined = undefined;
}

function endpoint(vm: VM, s: PySocket): Endpoint {
  const e = descriptors(vm).open.get(s.fd);
  if (e === undefined) throw osError("EBADF");
  return e;
}

function close(vm: VM, fd: number): void {
  const d = descriptors(vm);
  const e = d.open.get(fd);
  d.open.delete(fd);
  if (e?.peer) e.peer.ended = true;
}

function receive(vm: VM, s: PySocket, size: number, flags: Value | undefined): Uint8Array {
  if (size < 0) throw valueError("negative buffersize in recv");
  const e = endpoint(vm, s);
  const bits = flags === undefined ? 0 : Number(toIndex(vm, flags));
  if (e.peer === undefined) throw osError("ENOTCONN");
  if (s.timeout === 0 || bits & CONSTANTS.MSG_DONTWAIT) {
    if (!e.readable) throw osError("EAGAIN");
  } else if (!waitFor(vm, () => e.readable, s.timeout)) throw newException("TimeoutError", "timed out");
  return e.take(size, (bits & CONSTANTS.MSG_PEEK) !== 0);
}

function send(vm: VM, s: PySocket, data: Value): number {
  const bytes = needBytes(data);
  const e = endpoint(vm, s);
  if (e.peer === undefined) throw osError("ENOTCONN");
  if (e.peer.ended) throw osError("EPIPE");
  if (bytes.length) e.peer.received.push(bytes.slice());
  return bytes.length;
}

function recvInto(vm: VM, s: PySocket, buffer: Value, nbytes?: Value, flags?: Value): number {
  const target = needWritable(buffer);
  const wanted = nbytes === undefined ? 0 : Number(toIndex(vm, nbytes));
  const data = receive(vm, s, wanted || target.length, flags);
  target.set(data);
  return data.length;
}

function setTimeoutOf(vm: VM, s: PySocket, value: Value): null {
  if (value === null) s.timeout = undefined;
  else {
    const seconds = toDouble(vm, value);
    if (seconds < 0) throw valueError("Timeout value out of range");
    s.timeout = seconds * 1000;
  }
  return null;
}

function shutdown(vm: VM, s: PySocket, how: Value): null {
  const e = endpoint(vm, s);
  if (e.peer === undefined) throw osError("ENOTCONN");
  const n = Number(toIndex(vm, how));
  if (n !== CONSTANTS.SHUT_RD) e.peer.ended = true;
  if (n !== CONSTANTS.SHUT_WR) e.ended = true;
  return null;
}

const unreachable = (): never => {
  throw osError("ENETUNREACH");
};

const number = (vm: VM, v: Value | undefined, missing: number): number => (v === undefined || v === null ? missing : Number(toIndex(vm, v)));

function init(vm: VM, s: PySocket, family?: Value, type?: Value, proto?: Value, fileno?: Value): null {
  const or = (n: number, missing: number) => (n < 0 ? missing : n);
  s.family = or(number(vm, family, -1), CONSTANTS.AF_INET);
  s.type = or(number(vm, type, -1), CONSTANTS.SOCK_STREAM) & 0xff;
  s.proto = or(number(vm, proto, -1), 0);
  s.fd = fileno === undefined || fileno === null ? register(vm, new Endpoint()) : Number(toIndex(vm, fileno));
  if (s.fd < 0) throw valueError("negative file descriptor");
  return null;
}

const socketType: PyType = defineType({
  name: "socket",
  module: "_socket",
  js: PySocket,
  doc: "A socket; only pairs within the process can be connected.",
  new: ["(*args, **kwargs)", (_vm: VM, cls: PyType) => {
    const s = new PySocket();
    if (cls !== socketType) s.cls = cls;
    return s;
  }],
  init: ["($self, family=-1, type=-1, proto=-1, fileno=None)", init],
  slots: {
    repr: (_vm, self) => {
      const s = self as PySocket;
      return `<socket object, fd=${s.fd}, family=${s.family}, type=${s.type}, proto=${s.proto}>`;
    },
  },
  methods: {
    fileno: ["($self, /)", (_vm: VM, s: PySocket) => s.fd, "The descriptor."],
    close: ["($self, /)", (vm: VM, s: PySocket) => {
      if (s.fd >= 0) close(vm, s.fd);
      s.fd = -1;
      return null;
    }, "Close the socket."],
    detach: ["($self, /)", (_vm: VM, s: PySocket) => {
      const { fd } = s;
      s.fd = -1;
      return fd;
    }, "Forget the descriptor without closing it."],
    recv: ["($self, bufsize, flags=0, /)", (vm: VM, s: PySocket, size: Value, flags?: Value) => new PyBytes(receive(vm, s, Number(toIndex(vm, size)), flags).slice()), "Receive bytes."],
    recvfrom: ["($self, bufsize, flags=0, /)", (vm: VM, s: PySocket, size: Value, flags?: Value) =>
      new PyTuple([new PyBytes(receive(vm, s, Number(toIndex(vm, size)), flags).slice()), null]), "Receive bytes and their origin."],
    recv_into: ["($self, buffer, nbytes=0, flags=0)", recvInto, "Receive into a buffer."],
    send: ["($self, data, flags=0, /)", (vm: VM, s: PySocket, data: Value) => send(vm, s, data), "Send bytes."],
    sendall: ["($self, data, flags=0, /)", (vm: VM, s: PySocket, data: Value) => {
      send(vm, s, data);
      return null;
    }, "Send all bytes."],
    shutdown: ["($self, how, /)", shutdown, "Close one or both directions."],
    setblocking: ["($self, flag, /)", (vm: VM, s: PySocket, flag: Value) => {
      s.timeout = truthy(vm, flag) ? undefined : 0;
      return null;
    }, "Whether operations wait."],
    getblocking: ["($self, /)", (_vm: VM, s: PySocket) => s.timeout !== 0, "Whether operations wait."],
    settimeout: ["($self, timeout, /)", setTimeoutOf, "How long operations wait, in seconds."],
    gettimeout: ["($self, /)", (_vm: VM, s: PySocket) => (s.timeout === undefined ? null : new PyFloat(s.timeout / 1000)), "How long operations wait, in seconds."],
    setsockopt: ["($self, level, option, value, optlen=0, /)", () => null, "Set an option."],
    getsockopt: ["($self, level, option, buflen=0, /)", () => 0, "An option."],
    getsockname: ["($self, /)", (_vm: VM, s: PySocket) => (s.family === CONSTANTS.AF_UNIX ? "" : new PyTuple(["0.0.0.0", 0])), "The own address."],
    getpeername: ["($self, /)", (vm: VM, s: PySocket) => {
      if (endpoint(vm, s).peer === undefined) throw osError("ENOTCONN");
      return "";
    }, "The other end's address."],
    bind: ["($self, address, /)", unreachable, "Bind to an address."],
    listen: ["($self, backlog=0, /)", unreachable, "Wait for connections."],
    _accept: ["($self, /)", unreachable, "Accept a connection."],
    connect: ["($self, address, /)", unreachable, "Connect to an address."],
    connect_ex: ["($self, address, /)", () => 101, "Connect to an address; the error number."],
    sendto: ["($self, data, *args)", unreachable, "Send to an address."],
  },
  getset: {
    family: [(_vm: VM, s: PySocket) => s.family],
    type: [(_vm: VM, s: PySocket) => s.type],
    proto: [(_vm: VM, s: PySocket) => s.proto],
    timeout: [(_vm: VM, s: PySocket) => (s.timeout === undefined ? null : new PyFloat(s.timeout / 1000))],
  },
});

const gaierror = defineType({ name: "gaierror", module: "socket", base: EXCEPTIONS.OSError });
const herror = defineType({ name: "herror", module: "socket", base: EXCEPTIONS.OSError });

function socketpair(vm: VM, family?: Value, type?: Value, proto?: Value): Value {
  const ends = [new Endpoint(), new Endpoint()] as const;
  ends[0].peer = ends[1];
  ends[1].peer = ends[0];
  const sockets = ends.map((e) => {
    const s = new PySocket();
    init(vm, s, family ?? CONSTANTS.AF_UNIX, type, proto, register(vm, e));
    return s;
  });
  return new PyTuple(sockets);
}

function swap(bytes: 2 | 4): (vm: VM, v: Value) => number {
  return (vm, v) => {
    const n = toIndex(vm, v);
    if (n < 0 || n >= 2 ** (8 * bytes)) throw newException("OverflowError", n < 0 ? "can't convert negative Python int to C unsigned integer" : "Python int too large to convert to C unsigned integer");
    const view = new DataView(new ArrayBuffer(4));
    if (bytes === 2) view.setUint16(0, Number(n));
    else view.setUint32(0, Number(n));
    return bytes === 2 ? view.getUint16(0, true) : view.getUint32(0, true);
  };
}

function inetAton(_vm: VM, text: Value): Value {
  const parts = typeof text === "string" ? text.split(".").map(Number) : [];
  if (typeof text !== "string") throw typeError("inet_aton() argument 1 must be str");
  if (parts.length !== 4 || parts.some((p) => !(p >= 0 && p < 256 && Number.isInteger(p)))) throw newException("OSError", "illegal IP address string passed to inet_aton");
  return new PyBytes(Uint8Array.from(parts));
}

export const _socket: NativeModule = {
  name: "_socket",
  doc: "Sockets within the process.",
  functions: {
    socketpair: ["(family=1, type=1, proto=0, /)", socketpair, "Two connected sockets."],
    close: ["(fd, /)", (vm: VM, fd: Value) => {
      close(vm, Number(toIndex(vm, fd)));
      return null;
    }, "Close a descriptor."],
    dup: ["(fd, /)", (vm: VM, fd: Value) => {
      const e = endpointOf(vm, Number(toIndex(vm, fd)));
      if (e === undefined) throw osError("EBADF");
      return register(vm, e);
    }, "Another descriptor of the same socket."],
    getdefaulttimeout: ["()", () => null, "The timeout of new sockets."],
    setdefaulttimeout: ["(timeout, /)", () => null, "Set the timeout of new sockets."],
    gethostname: ["()", (vm: VM) => vm.host.env.HOSTNAME ?? "localhost", "The machine's name."],
    getaddrinfo: ["(host, port, family=0, type=0, proto=0, flags=0)", unresolved, "Addresses of a host."],
    gethostbyname: ["(host, /)", unresolved, "The address of a host."],
    htons: ["(x, /)", swap(2), "16 bits to network byte order."],
    ntohs: ["(x, /)", swap(2), "16 bits from network byte order."],
    htonl: ["(x, /)", swap(4), "32 bits to network byte order."],
    ntohl: ["(x, /)", swap(4), "32 bits from network byte order."],
    inet_aton: ["(ip_addr, /)", inetAton, "The four bytes of a dotted address."],
    inet_ntoa: ["(packed_ip, /)", (_vm: VM, packed: Value) => {
      const data = needBytes(packed);
      if (data.length !== 4) throw newException("OSError", "packed IP wrong length");
      return data.join(".");
    }, "Four bytes as a dotted address."],
  },
  values: () => ({
    ...CONSTANTS, socket: socketType, SocketType: socketType, error: EXCEPTIONS.OSError, timeout: EXCEPTIONS.TimeoutError, gaierror, herror, has_ipv6: false,
  }),
};

function unresolved(vm: VM): never {
  throw vm.call(gaierror, [CONSTANTS.EAI_NONAME, "Name or service not known"]);
}
