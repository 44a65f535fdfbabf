import { describe, expect, test } from "bun:test";
import { lastInside, readPublished } from "../../src/network/publish.ts";

const read = (...words: string[]) => readPublished(words);
const codes = (...words: string[]) => read(...words).problems.map(({ code }) => code);

describe("published ports", () => {
	test("lead from a port of the host to one inside", () => {
		expect(read("8080:80")).toEqual({
			published: [{ text: "8080:80", protocol: "tcp", first: 8080, last: 8080, inside: 80 }],
			problems: [],
		});
		expect(read("1:65535/tcp", "65535:1/udp").problems).toEqual([]);
		expect(read("53:5353/udp").published[0]).toMatchObject({ protocol: "udp", first: 53, inside: 5353 });
	});

	test("may be those of one address", () => {
		const address = (text: string) => read(text).published[0];
		expect(address("127.0.0.1:8080:80/tcp")).toMatchObject({
			address: "127.0.0.1",
			bytes: [127, 0, 0, 1],
			first: 8080,
		});
		expect(address("[::1]:53:53/udp")).toMatchObject({
			address: "::1",
			bytes: [...Array(15).fill(0), 1],
			protocol: "udp",
		});
		expect(address("0.0.0.0:1:1")).toMatchObject({ bytes: [0, 0, 0, 0] });
		expect(address("[::]:1:1")).toMatchObject({ address: "::" });
	});

	test("come in ranges of the same size", () => {
		const [one] = read("8000-8010:9000-9010").published;
		expect(one).toMatchObject({ first: 8000, last: 8010, inside: 9000 });
		expect(one && lastInside(one)).toBe(9010);
		expect(read("[::1]:1-65535:1-65535").problems).toEqual([]);
		expect(read("7-7:9-9").published[0]).toMatchObject({ first: 7, last: 7, inside: 9 });
	});

	test("are refused where they make no sense, all at once", () => {
		// biome-ignore format: a kind of mistake per line
		const wrong = [
			"", ":", "::", "80", "80:", ":80", "a:80", "80:a", "80:80/", "80:80/sctp", "80:80/TCP", "80:80/tcp/udp", "/udp",
			"0:80", "80:0", "65536:80", "80:65536", "080:80", "80:+80", " 80:80", "80:80 ", "80:80\n", "8e1:80", "80.0:80",
			"1-2:1", "1:1-2", "1-3:1-2", "2-1:2-1", "1-2-3:1-3", "-1:1", "1-:1-", "-:-",
			"1.2.3:80:80", "localhost:80:80", "1.2.3.04:80:80", ":80:80", "[]:80:80", "[1.2.3.4]:80:80", "::1:80:80", "[::1:80:80",
			"[::1]80:80", "[::1]:80", "[fe80::1%eth0]:80:80", "1.2.3.4:5.6.7.8:80:80", "224.0.0.1:1:1", "255.255.255.255:1:1",
			"[ff02::1]:1:1", "[::ffff:7f00:1]:1:1", "8080:80/udp/", "８０:80",
		];
		for (const text of wrong) expect([text, codes(text)]).toEqual([text, ["PUBLISH_INVALID"]]);
		expect(codes("", "a:1")).toEqual(["PUBLISH_INVALID", "PUBLISH_INVALID"]);
	});

	test("say what is wrong with them", () => {
		const message = (text: string) => read(text).problems[0]?.message;
		expect(message("1-3:1-2")).toBe('"1-3:1-2" publishes no port: 1-3 and 1-2 are not the same number of ports');
		expect(message("80:80/sctp")).toContain('"sctp" is neither tcp nor udp');
		expect(message("host:80:80")).toContain('"host" is no address');
	});

	test("are one place's each", () => {
		for (const [one, other] of [
			["8080:80", "8080:81"],
			["8080:80", "8080:80"],
			["8000-8010:1-11", "8010:80"],
			["127.0.0.1:8080:80", "8080:81"],
			["127.0.0.1:8080:80", "0.0.0.0:8080:81"],
			["[::]:8080:80", "[::1]:8080:81"],
			["[::1]:8080:80", "[0:0:0:0:0:0:0:1]:8080:81"],
		] as const)
			expect([one, other, codes(one, other)]).toEqual([one, other, ["PUBLISH_TWICE"]]);
		for (const [one, other] of [
			["8080:80", "8080:80/udp"],
			["8080:80", "8081:80"],
			["127.0.0.1:8080:80", "127.0.0.2:8080:81"],
			["0.0.0.0:8080:80", "[::]:8080:81"],
			["127.0.0.1:8080:80", "[::1]:8080:81"],
		] as const)
			expect([one, other, codes(one, other)]).toEqual([one, other, []]);
		expect(read("1:1", "1:1").problems[0]?.message).toBe("1:1 is published twice");
	});
});
