import { describe, expect, test } from "bun:test";
import { hostsText, nameFiles, nameProblems, resolvText } from "../../src/network/names.ts";

const messages = (...given: Parameters<typeof nameProblems>) => nameProblems(...given).map(({ message }) => message);
const hosts = (names: Record<string, string[]>) => messages({ hosts: names }, true);
const resolv = (servers: string[], search: string[] = [], options: string[] = []) =>
	messages({ resolv: { servers, search, options } }, true);

describe("resolv.conf", () => {
	test("names servers, domains and options", () => {
		expect(resolvText({ servers: ["192.0.2.1", "::1"], search: ["a", "b.c"], options: ["ndots:2", "edns0"] })).toBe(
			"nameserver 192.0.2.1\nnameserver ::1\nsearch a b.c\noptions ndots:2 edns0\n",
		);
		expect(resolvText({ servers: ["192.0.2.1"] })).toBe("nameserver 192.0.2.1\n");
	});

	test("holds what makes sense alone", () => {
		expect(
			resolv(["192.0.2.1", "2001:db8::1", "::1"], ["example.org", "a_b.c-d.", "."], ["ndots:15", "no-tld-query"]),
		).toEqual([]);
		for (const server of ["", "localhost", "192.0.2.1 ", "192.0.2.1\nsearch evil", "192.0.2.256", "[::1]"])
			expect([server, resolv([server]).length]).toEqual([server, 1]);
		for (const domain of ["", "a b", "a\nnameserver 1.2.3.4", "-a", "a-", "a..b", "a;b", "#", "a".repeat(254)])
			expect([domain, resolv(["192.0.2.1"], [domain]).length]).toEqual([domain, 1]);
		for (const option of ["", "ndots 2", "ndots:", "ndots:-1", "a\nb", "NDOTS:1", "ndots:123456"])
			expect([option, resolv(["192.0.2.1"], [], [option]).length]).toEqual([option, 1]);
		expect(resolv([])).toEqual(["no name server is named"]);
		expect(resolv(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"])).toHaveLength(1);
		expect(resolv(["x"], ["y z"], ["?"])).toHaveLength(3);
	});
});

describe("hosts", () => {
	test("name localhost, the sandbox, and who was named", () => {
		const local = "127.0.0.1\tlocalhost\n::1\tlocalhost\n";
		expect(hostsText({}, undefined, [])).toBe(local);
		expect(hostsText({ db: ["10.0.0.1", "fd00::1"] }, "box", [])).toBe(
			`${local}127.0.1.1\tbox\n10.0.0.1\tdb\nfd00::1\tdb\n`,
		);
		expect(hostsText({}, "box", ["10.77.0.2", "fd77::2"])).toBe(`${local}10.77.0.2\tbox\nfd77::2\tbox\n`);
		expect(hostsText({ LocalHost: ["10.0.0.1"], Box: ["10.0.0.2"] }, "box", [])).toBe(
			"10.0.0.1\tLocalHost\n10.0.0.2\tBox\n",
		);
		// What a host is called may hold anything but a NUL.
		expect(hostsText({}, "a\n6.6.6.6 bank", [])).toBe(local);
	});

	test("holds names and addresses alone", () => {
		expect(hosts({ db: ["10.0.0.1"], "db.example.org": ["::1"], _x: ["1.2.3.4"] })).toEqual([]);
		for (const name of ["", "a b", "a\tb", "a\nb", "#", "a/b", "ä"])
			expect([name, hosts({ [name]: ["1.2.3.4"] }).length]).toEqual([name, 1]);
		for (const address of ["", "db", "1.2.3.4 db", "1.2.3.4\n6.6.6.6 bank"])
			expect([address, hosts({ db: [address] }).length]).toEqual([address, 1]);
		expect(hosts({ db: [] })).toEqual(["the host db has no address"]);
	});
});

test("the files are made inside, and refused where that would be outside", () => {
	expect(nameFiles({ resolv: "copy" }, undefined, [])).toEqual([
		{ type: "file", target: "/etc/resolv.conf", content: { file: "/etc/resolv.conf" } },
	]);
	expect(nameFiles({ resolv: { servers: ["::1"] }, hosts: {} }, undefined, []).map(({ target }) => target)).toEqual([
		"/etc/resolv.conf",
		"/etc/hosts",
	]);
	expect(nameFiles({}, "box", [])).toEqual([]);
	expect(nameProblems({ resolv: "copy" }, false).map(({ code }) => code)).toEqual(["NAMES_WITHOUT_MOUNT"]);
	expect(nameProblems({}, false)).toEqual([]);
});
