import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { profileFileShape, profileShape } from "../../src/profile/shape.ts";
import { validate } from "../../src/profile/validate.ts";
import { profiles } from "./profiles.ts";

const problems = (value: unknown, object = false): string[] =>
	validate(value, profileFileShape, { name: "p.toml", object }).problems.map(({ message, hint }) =>
		hint === undefined ? message : `${message} (${hint})`,
	);

describe("a profile", () => {
	test("is told all that is wrong with it, each by its path", () => {
		const value = {
			user: "root",
			mount: { mounts: [{ type: "tmpfs", target: "/t" }, { type: "bind", source: 5 }, { type: "bnd" }, 7] },
			limits: { nofile: -1, core: { soft: 1 } },
			attributes: { umask: 512 },
			environment: { set: { "A=": "x", B: 1 } },
			lifetime: { timeout: true },
			net: { join: {} },
		};
		expect(problems(value)).toEqual([
			'p.toml: user: must be true or false or a table, and is "root"',
			"p.toml: mount.mounts[1].source: must be a path or a table, and is 5",
			"p.toml: mount.mounts[1].target: is missing",
			expect.stringMatching(
				/^p\.toml: mount\.mounts\[2\]\.type: must be one of bind, .*, and is "bnd" \(did you mean bind\?\)$/,
			),
			"p.toml: mount.mounts[3]: must be a table, and is 7",
			"p.toml: limits.nofile: must be a whole number from 0 on, and is -1",
			"p.toml: limits.core.hard: is missing",
			"p.toml: attributes.umask: must be a whole number from 0 to 511, and is 512",
			'p.toml: environment.set."A=": the name holds =',
			"p.toml: environment.set.B: must be a string, and is 1",
			"p.toml: lifetime.timeout: must be a number of seconds or a string such as 10m, and is true",
			"p.toml: net.join.fd: is missing",
		]);
	});

	test("is told of keys that nobody knows, and which was meant", () => {
		expect(problems({ mont: {}, uts: { hostnam: "x", zzzzzz: 1 } })).toEqual([
			"p.toml: mont: there is no such key (did you mean mount?)",
			"p.toml: uts.hostnam: there is no such key (did you mean hostname?)",
			"p.toml: uts.zzzzzz: there is no such key (what can stand there is hostname, domainname, join, create)",
		]);
		expect(problems({ terminal: { session: "nev" } })[0]).toEndWith("(did you mean new?)");
	});

	test("names what every object has only when it says so itself", () => {
		const hostile = JSON.parse('{"__proto__": {"user": false}, "constructor": 1, "uts": {"toString": 1}}');
		expect(problems(hostile)).toHaveLength(3);
		expect(problems(Object.create({ user: false }))).toEqual(["p.toml: must be a table, and is an object"]);
		const set = JSON.parse('{"environment": {"set": {"__proto__": "x"}}}');
		const { value } = validate(set, profileShape, { name: "p" });
		expect(JSON.stringify(value)).toBe(JSON.stringify(set));
		expect(Object.getPrototypeOf({}).x).toBeUndefined();
	});

	test("has no NUL bytes, empty paths, or a home that only a shell knows", () => {
		expect(problems({ uts: { hostname: "a\0" }, mount: { root: "" } })).toEqual([
			"p.toml: uts.hostname: must not hold a NUL byte",
			"p.toml: mount.root: must not be empty",
		]);
		expect(problems({ mount: { root: "~/x" } })[0]).toContain("only a shell knows");
		expect(problems({ mount: { root: "./~" } })).toEqual([]);
	});

	test("has bytes, bigints and keys without a value in an object only", () => {
		const value = { seccomp: { programs: [new Uint8Array(8)], log: undefined }, lifetime: { timeout: 5n } };
		expect(problems(value, true)).toEqual([]);
		expect(problems(value)).toHaveLength(3);
	});

	test("is not larger than anybody needs, however often it names itself", () => {
		const circle: unknown[] = [];
		circle.push(circle);
		expect(problems({ command: { argv: circle } })).toEqual([
			expect.stringContaining("must be a string, and is a list"),
		]);
		let rules: unknown[] = [{ type: "dev", target: "/dev" }];
		for (let i = 0; i < 9; i++) rules = [...rules, ...rules, ...rules, ...rules];
		expect(problems({ mount: { mounts: rules } })).toEqual(["p.toml: holds more than 100000 values"]);
		const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`key${i}`, 1]));
		expect(problems(unknown)).toHaveLength(101);
		expect(problems(unknown).at(-1)).toBe("p.toml: has more that is wrong than is told");
	});

	test("of the shape's own making is right, and stays what it is", () => {
		fc.assert(
			fc.property(profiles, (profile) => {
				const { value, problems } = validate(profile, profileShape, { name: "p" });
				const isFine = problems.every(({ message }) => message.includes("the name"));
				expect([isFine, problems]).toEqual([true, problems]);
				if (problems.length === 0) expect(JSON.stringify(value)).toBe(JSON.stringify(profile));
			}),
		);
	});

	test("may be anything at all without more than problems", () => {
		fc.assert(
			fc.property(fc.anything(), fc.constantFrom("mount", "user", "limits", "sysctl", "command"), (value, name) => {
				expect(Array.isArray(problems(value))).toBe(true);
				expect(Array.isArray(problems({ [name]: value }))).toBe(true);
			}),
		);
	});
});
