import { describe, expect, test } from "bun:test";
import { toBytes } from "../../src/bytes.ts";
import { watchedCalls } from "../../src/observe/calls.ts";
import { eventsOf, type Look, type Looker, openAccess } from "../../src/observe/meaning.ts";
import { decodeNotification } from "../../src/observe/notification.ts";

/** A process whose memory holds these, by address, and which sees this wherever it looks. */
function looker(memory: Record<number, string | Uint8Array>, seen: Partial<Look> = {}, isolated = false): Looker {
	const at = (address: number) => {
		const value = memory[address];
		return typeof value === "string" ? toBytes(value) : value;
	};
	return {
		bytes: (address, size) => at(address)?.subarray(0, size),
		text: at,
		look: (path, directory) => ({
			path: directory === -100 ? path : `${directory}:${path}`,
			...({ kind: "file", outside: "same", readOnly: false } as const),
			...seen,
		}),
		isolated: () => isolated,
	};
}

function events(name: string, args: readonly number[], who: Looker) {
	const watched = watchedCalls("x64").find((one) => one.name === name);
	if (!watched) throw new Error(`${name} is not watched`);
	const words = new Uint32Array(20);
	words.set([0, 0, 7, 0, watched.number, 0xc000003e]);
	args.forEach((value, i) => {
		words.set([value >>> 0, Math.floor(value / 2 ** 32)], 8 + 2 * i);
	});
	return eventsOf(watched, decodeNotification(words), who);
}

const create = 0o1102;

describe("files", () => {
	test("are named with what is done, relative to a directory", () => {
		expect(events("openat", [-100, 1, 0], looker({ 1: "/x" }))).toEqual([
			{ type: "file", pid: 7, call: "openat", path: "/x", access: ["read"], kind: "file", outside: "same" },
		]);
		expect(events("openat", [5, 1, 0], looker({ 1: "x" }))).toMatchObject([{ path: "5:x" }]);
		expect(events("openat", [-100, 1, 0], looker({ 1: "/d" }, { kind: "directory" }))).toMatchObject([
			{ access: ["list"] },
		]);
	});

	test("that are made where they are missing, written where they are there", () => {
		const made = (kind: Look["kind"], more: Partial<Look> = {}) =>
			events("openat", [-100, 1, create], looker({ 1: "/x" }, { kind, outside: "missing", ...more }));
		expect(made("missing")).toMatchObject([{ access: ["read", "write", "create"] }]);
		expect(made("file")).toMatchObject([{ access: ["read", "write"] }]);
		expect(made("missing", { hasParent: false })).toMatchObject([{ access: ["read", "write", "look"] }]);
		expect(events("mkdir", [1, 0], looker({ 1: "/x" }, { kind: "directory" }))).toMatchObject([{ access: ["look"] }]);
		const renamed = events("rename", [1, 2], looker({ 1: "/x", 2: "/y" }));
		expect(renamed).toMatchObject([
			{ path: "/x", access: ["remove"] },
			{ path: "/y", access: ["create"] },
		]);
	});

	test("bring the interpreter with them when they are executed", () => {
		expect(events("execve", [1, 0, 0], looker({ 1: "/x" }, { interpreter: "/bin/sh" }))).toMatchObject([
			{ path: "/x", access: ["execute"] },
			{ path: "/bin/sh", access: ["execute"] },
		]);
	});

	test("are refused where the sandbox hides them or cannot write to them", () => {
		const refused = (flags: number, seen: Partial<Look>) =>
			events("openat", [-100, 1, flags], looker({ 1: "/x" }, seen))[0];
		const hidden = { error: "ENOENT", by: "not visible" };
		expect(refused(0, { kind: "missing", outside: "other" })).toMatchObject({ refused: hidden });
		expect(refused(1, { readOnly: true })).toMatchObject({ refused: { error: "EROFS", by: "read-only" } });
		expect(refused(0, { kind: "missing", outside: "missing" })).not.toHaveProperty("refused");
		expect(refused(0, { readOnly: true })).not.toHaveProperty("refused");
	});

	test("whose names cannot be read are told of as such, and empty names are none", () => {
		expect(events("openat", [-100, 9, 0], looker({}))).toEqual([{ type: "unreadable", pid: 7, call: "openat" }]);
		expect(events("openat2", [-100, 1, 9], looker({ 1: "/x" }))).toMatchObject([{ type: "unreadable" }]);
		expect(events("newfstatat", [3, 1, 0, 0], looker({ 1: "" }))).toEqual([]);
	});
});

describe("`openAccess`", () => {
	test("knows the flags of open(2)", () => {
		expect([0, 1, 2, 0o1000, 0o10000000, 0o101].map(openAccess)).toEqual([
			["read"],
			["write"],
			["read", "write"],
			["read", "write"],
			["look"],
			["write", "create"],
		]);
	});
});

describe("networks", () => {
	const inet = new Uint8Array([2, 0, 0, 80, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
	const connect = (bytes: Uint8Array, isolated = false, seen: Partial<Look> = {}) =>
		events("connect", [3, 1, bytes.length], looker({ 1: bytes }, seen, isolated));

	test("are named by address and port, and refused where there is no way out", () => {
		const event = {
			type: "network",
			pid: 7,
			call: "connect",
			does: "connect",
			family: "inet",
			address: "1.2.3.4",
			port: 80,
		};
		expect(connect(inet)).toEqual([event] as never);
		expect(connect(inet, true)).toMatchObject([{ refused: { error: "ENETUNREACH", by: "no network" } }]);
		const loopback = new Uint8Array([2, 0, 0, 80, 127, 0, 0, 1]);
		expect(connect(loopback, true)[0]).not.toHaveProperty("refused");
	});

	test("of local sockets are files as well", () => {
		const unix = new Uint8Array([1, 0, ...toBytes("/run/x")]);
		expect(connect(unix, false, { kind: "missing", outside: "other" })).toMatchObject([
			{ type: "network", family: "unix", address: "/run/x", refused: { by: "not visible" } },
			{ type: "file", path: "/run/x", access: ["read"] },
		]);
	});

	test("take no more of an address than there can be", () => {
		const sizes: number[] = [];
		const who: Looker = { ...looker({}), bytes: (_, size) => void sizes.push(size) };
		expect(events("connect", [3, 1, 2 ** 31], who)).toMatchObject([{ type: "unreadable" }]);
		expect(sizes).toEqual([128]);
	});

	test("begin with a socket of a family", () => {
		expect(events("socket", [10, 1, 0], looker({}))).toMatchObject([{ does: "socket", family: "inet6" }]);
	});
});

test("other calls are told of with their arguments, and the end of a process is no event", () => {
	expect(events("unshare", [0x1000_0000], looker({}))).toEqual([
		{ type: "call", pid: 7, call: "unshare", args: [0x1000_0000, 0, 0, 0, 0, 0] },
	]);
	expect(events("exit_group", [0], looker({}))).toEqual([]);
});
