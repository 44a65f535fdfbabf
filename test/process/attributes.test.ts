import { describe, expect, test } from "bun:test";
import { plan } from "../../src/plan/plan.ts";
import { type AttributeOptions, attributes, personalities } from "../../src/process/attributes.ts";
import { identity } from "../../src/process/identity.ts";
import { context, forRoot, script, texts } from "../plan/fixtures.ts";

const lines = (options: AttributeOptions) =>
	attributes(options)
		.steps(context)
		.flatMap(({ calls }) => texts(calls));

describe("`attributes`", () => {
	test("are a umask, an execution domain and a keyring", () => {
		expect(lines({ umask: 0o27, personality: ["linux32", "UNAME26"], newKeyring: true })).toEqual([
			...["umask(027)", "personality(PER_LINUX32|UNAME26)", "keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL)"],
		]);
		expect(lines({})).toEqual([]);
		expect(lines({ personality: [], newKeyring: false })).toEqual(["personality(PER_LINUX)"]);
		expect(lines({ personality: personalities })[0]).toContain("ADDR_LIMIT_3GB");
	});

	test("make the keyring as the user that the command is", () => {
		const lines = script(plan([attributes({ newKeyring: true }), identity({ uid: 5 })], forRoot));
		const [change, join] = ["setresuid(5, 5, 5)", "keyctl("].map((text) =>
			lines.findIndex((line) => line.includes(text)),
		);
		expect(change).toBeGreaterThan(-1);
		expect(join).toBeGreaterThan(change ?? 0);
	});
});
