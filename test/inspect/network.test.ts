import { describe, expect, test } from "bun:test";
import { addressText, dumpRequest, interfacesOf, routesOf } from "../../src/inspect/netlink.ts";
import { ipcOf, listeningOf } from "../../src/inspect/sockets.ts";

const word = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
const padded = (bytes: number[]): number[] => [...bytes, ...new Array((4 - (bytes.length % 4)) % 4).fill(0)];
const attribute = (type: number, bytes: number[]): number[] =>
	padded([...word(((bytes.length + 4) & 0xffff) | (type << 16)), ...bytes]);
const message = (type: number, body: number[]): number[] => [
	...word(16 + body.length),
	...word(type),
	...word(0),
	...word(0),
	...body,
];
const bytes = (...lists: number[][]): Uint8Array => Uint8Array.from(lists.flat());
const ascii = (text: string): number[] => [...new TextEncoder().encode(`${text}\0`)];
const done = message(3, word(0));

const link = (index: number, name: string, flags: number, more: number[] = []) =>
	message(16, [
		...word(0),
		...word(index),
		...word(flags),
		...word(0),
		...attribute(3, ascii(name)),
		...attribute(4, word(1500)),
		...more,
	]);
const address = (index: number, length: number, ...attributes: number[][]) =>
	message(20, [2, length, 0, 0, ...word(index), ...attributes.flat()]);

describe("answers of netlink", () => {
	test("become interfaces with their addresses", () => {
		const kind = attribute(18, attribute(1, ascii("veth")));
		const links = bytes(
			link(1, "lo", 1),
			link(7, "eth0", 0, [...attribute(16, [6]), ...attribute(1, [2, 0, 255, 1, 2, 3]), ...kind]),
			done,
		);
		const addresses = bytes(
			address(7, 24, attribute(1, [10, 0, 0, 9]), attribute(2, [10, 0, 0, 1])),
			address(7, 64, attribute(1, [0xfe, 0x80, ...new Array(13).fill(0), 1])),
			done,
		);
		expect(interfacesOf(links, addresses)).toEqual([
			{ index: 1, name: "lo", state: "unknown", up: true, mtu: 1500, addresses: [] },
			{
				...{ index: 7, name: "eth0", type: "veth", state: "up", up: false, mtu: 1500, link: "02:00:ff:01:02:03" },
				addresses: ["10.0.0.1/24", "fe80::1/64"],
			},
		] as never);
	});

	test("become routes, without those of the table local", () => {
		const route = (table: number, length: number, ...attributes: number[][]) =>
			message(24, [2, length, 0, 0, table, 0, 0, 1, ...word(0), ...attributes.flat()]);
		const routes = bytes(
			route(255, 32, attribute(1, [127, 0, 0, 1])),
			route(254, 0, attribute(5, [10, 0, 0, 1]), attribute(4, word(7)), attribute(6, word(100))),
			route(0, 24, attribute(1, [10, 1, 0, 0]), attribute(4, word(9)), attribute(15, word(1000))),
			done,
		);
		expect(routesOf(routes, interfacesOf(bytes(link(7, "eth0", 1)), bytes()))).toEqual([
			{
				to: "default",
				family: "ipv4",
				type: "unicast",
				gateway: "10.0.0.1",
				interface: "eth0",
				metric: 100,
				table: 254,
			},
			{ to: "10.1.0.0/24", family: "ipv4", type: "unicast", interface: "9", table: 1000 },
		] as never);
	});

	test("that are errors or cut short are refused", () => {
		expect(() => interfacesOf(bytes(message(2, word(-1))), bytes())).toThrow("netlink answers EPERM");
		const whole = bytes(link(1, "lo", 1));
		for (const wrong of [
			whole.subarray(0, 40),
			bytes(word(3), word(16), word(0), word(0)),
			bytes(message(16, [...new Array(16).fill(0), 200, 0, 3, 0])),
		])
			expect(() => interfacesOf(wrong, bytes())).toThrow("cut short");
	});

	test("are asked for by a whole message", () => {
		for (const dump of ["links", "addresses", "routes"] as const) {
			const request = dumpRequest(dump);
			expect([dump, request.length]).toEqual([dump, request[0] ?? 0]);
		}
		expect(addressText(new Uint8Array(3))).toBeUndefined();
	});
});

describe("sockets that listen", () => {
	const row = (local: string, state: string) =>
		`   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 640 1 0`;

	test("are found among the others", () => {
		const text = ["  sl  local", row("0100007F:0050", "0A"), row("0100007F:1F90", "01")].join("\n");
		expect(listeningOf("tcp", text)).toEqual([{ protocol: "tcp", address: "127.0.0.1:80", uid: 1000 }]);
		expect(listeningOf("udp", text.replace(" 0A ", " 07 "))).toEqual([
			{ protocol: "udp", address: "127.0.0.1:80", uid: 1000 },
		]);
		const six = ["  sl", row("00000000000000000000000001000000:0016", "0A")].join("\n");
		expect(listeningOf("tcp6", six)).toEqual([{ protocol: "tcp", address: "[::1]:22", uid: 1000 }]);
		expect(() => listeningOf("tcp", ["sl", row("0100:0050", "0A")].join("\n"))).toThrow(RangeError);
	});

	test("have any name in the file system", () => {
		const head = "Num       RefCount Protocol Flags    Type St Inode Path\n";
		const text = `${head}0000: 00000002 00000000 00010000 0001 01 17 /run/a b
0000: 00000003 00000000 00000000 0001 03  18 /run/c
0000: 00000002 00000000 00010000 0005 01 19 @abs
0000: 00000002 00000000 00010000 0005 01 20
nonsense
`;
		expect(listeningOf("unix", text).map(({ address }) => address)).toEqual(["/run/a b", "@abs", ""]);
	});
});

test("`ipcOf` reads columns by their names, and users as the caller sees them", () => {
	const texts = {
		shm: "       key      shmid perms                  size  uid\n 123 4 600 4096 1000\n",
		sem: "       key      semid perms      nsems   uid\n",
		msg: "       key      msqid perms      cbytes       qnum uid\n -5 0 644 0 3 7\n",
	};
	expect(ipcOf(texts)).toEqual({
		sharedMemory: [{ id: 4, key: 123, size: 4096, uid: 1000 }],
		semaphores: [],
		messageQueues: [{ id: 0, key: -5, messages: 3, uid: 7 }],
	});
	expect(ipcOf(texts, () => undefined).messageQueues).toEqual([{ id: 0, key: -5, messages: 3, uid: undefined }]);
	expect(() => ipcOf({ ...texts, sem: "key\n1\n" })).toThrow(RangeError);
});
