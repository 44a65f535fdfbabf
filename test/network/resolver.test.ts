import { describe, expect, test } from "bun:test";
import { forwarded, forwardedResolv } from "../../src/network/resolver.ts";

describe("`forwardedResolv`", () => {
	test("puts the forwarded address in the place of name servers on the loopback interface, once", () => {
		expect(
			forwardedResolv("# by systemd\nnameserver 127.0.0.53\nnameserver\t127.0.0.1\noptions edns0\nsearch a b\n"),
		).toBe(`# by systemd\nnameserver ${forwarded}\noptions edns0\nsearch a b\n`);
		expect(forwardedResolv("nameserver 127.0.0.1\nnameserver 192.0.2.1")).toBe(
			`nameserver ${forwarded}\nnameserver 192.0.2.1`,
		);
	});

	test("leaves alone what can be reached from inside, and what is not there", () => {
		for (const text of ["nameserver 192.0.2.1\n", "nameserver ::1\n", "# nameserver 127.0.0.1\n", "", undefined])
			expect(forwardedResolv(text)).toBeUndefined();
	});
});
