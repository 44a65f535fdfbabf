import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mergeProfiles } from "../../src/profile/merge.ts";
import type { Profile } from "../../src/profile/types.ts";
import { profiles } from "./profiles.ts";

const merged = (...all: readonly Profile[]): Profile => all.reduce(mergeProfiles, {});

describe("the later profile", () => {
	test("counts before the earlier, option by option", () => {
		expect(merged({ uts: { hostname: "a", domainname: "d" } }, { uts: { hostname: "b" } })).toEqual({
			uts: { hostname: "b", domainname: "d" },
		});
		expect(merged({ limits: { nofile: { soft: 1, hard: 2 }, core: 0 } }, { limits: { nofile: 3 } })).toEqual({
			limits: { nofile: 3, core: 0 },
		});
		expect(merged({ sysctl: { a: 1, b: 2 } }, { sysctl: { b: 3 } })).toEqual({ sysctl: { a: 1, b: 3 } });
		expect(merged({ attributes: { newKeyring: true } }, { attributes: { newKeyring: false } })).toEqual({
			attributes: { newKeyring: false },
		});
	});

	test("takes a module away, and brings it back", () => {
		const earlier: Profile = { net: { loopback: true }, limits: { nofile: 1 } };
		expect(merged(earlier, { net: false, limits: false })).toEqual({ net: false, limits: false });
		expect(merged(earlier, { net: false }, { net: true })).toEqual({ net: true, limits: { nofile: 1 } });
		expect(merged({ net: true }, { net: { loopback: false } })).toEqual({ net: { loopback: false } });
	});

	test("asks by `true` for what is there, and has it made", () => {
		expect(merged({ uts: { hostname: "a" } }, { uts: true })).toEqual({ uts: { hostname: "a" } });
		expect(merged({ user: { create: false, map: "self" } }, { user: true })).toEqual({
			user: { create: true, map: "self" },
		});
		expect(merged({ mount: { proc: { hidePid: "invisible" } } }, { mount: { proc: true } })).toEqual({
			mount: { proc: { hidePid: "invisible" } },
		});
	});

	test("adds its rules behind the earlier ones", () => {
		const rule = (target: string) => ({ type: "tmpfs", target }) as const;
		expect(merged({ mount: { mounts: [rule("/a")] } }, { mount: { mounts: [rule("/b"), rule("/a")] } })).toEqual({
			mount: { mounts: [rule("/a"), rule("/b"), rule("/a")] },
		});
	});

	test("adds to sets of names, so that nothing said of one name is lost by another", () => {
		expect(merged({ environment: { unset: ["A"] } }, { environment: { unset: ["B", "A"] } })).toEqual({
			environment: { unset: ["A", "B"] },
		});
		expect(merged({ capabilities: { drop: ["A"] } }, { capabilities: { drop: ["B"] } })).toEqual({
			capabilities: { drop: ["A", "B"] },
		});
		expect(merged({ capabilities: { drop: "all" } }, { capabilities: { drop: ["B"] } })).toEqual({
			capabilities: { drop: "all" },
		});
		expect(merged({ capabilities: { drop: ["B"] } }, { capabilities: { drop: "all" } })).toEqual({
			capabilities: { drop: "all" },
		});
	});

	test("has the last word on a name", () => {
		const set = { environment: { set: { A: "1", CAP_A: "2" } } };
		expect(merged(set, { environment: { unset: ["A"] } })).toEqual({
			environment: { set: { CAP_A: "2" }, unset: ["A"] },
		});
		expect(merged({ environment: { unset: ["A", "B"] } }, { environment: { set: { A: "1" } } })).toEqual({
			environment: { unset: ["B"], set: { A: "1" } },
		});
		expect(
			merged({ capabilities: { drop: "all", add: ["cap_chown"] } }, { capabilities: { drop: ["CHOWN"] } }),
		).toEqual({ capabilities: { drop: "all", add: [] } });
	});

	test("takes every capability away again by ALL, however that is written", () => {
		for (const all of ["all", ["ALL"], ["all"], ["cap_all"]] as const) {
			const earlier: Profile = { capabilities: { add: ["NET_RAW"], drop: ["CHOWN"] } };
			expect(merged(earlier, { capabilities: { drop: all } }).capabilities).not.toHaveProperty("add");
			const kept = merged({ capabilities: { add: all } }, { capabilities: { drop: ["NET_RAW"] } }).capabilities;
			expect(kept).toEqual({ drop: ["NET_RAW"] });
			const one = merged({ capabilities: { drop: all } }, { capabilities: { add: ["NET_RAW"] } }).capabilities;
			expect(one).toEqual({ drop: all, add: ["NET_RAW"] });
		}
		expect(merged({ environment: { set: { ALL: "1", B: "2" } } }, { environment: { unset: ["ALL"] } })).toEqual({
			environment: { set: { B: "2" }, unset: ["ALL"] },
		});
	});

	test("lets nothing be reached by / that a later list of paths leaves out", () => {
		const all: Profile = { landlock: { execute: ["/"], read: ["/", "/a"], write: ["/"] } };
		expect(merged(all, { landlock: { execute: ["/usr"] } }).landlock).toEqual({
			...{ read: ["/a"], write: ["/"], execute: ["/usr"] },
		});
		expect(merged(all, { landlock: { read: ["/etc"] } }).landlock).toEqual({
			...{ read: ["/a", "/etc"], write: ["/"], execute: [] },
		});
		expect(merged(all, { landlock: { write: ["/tmp"] } }).landlock).toEqual({
			...{ read: ["/", "/a"], write: ["/tmp"], execute: ["/"] },
		});
		expect(merged(all, { landlock: { read: ["/b", "/"] } }).landlock).toEqual({
			...{ read: ["/", "/a", "/b"], write: ["/"], execute: ["/"] },
		});
	});

	test("keeps what the earlier means without saying it", () => {
		const more: Profile[] = [{ seccomp: { denySetId: true } }, { seccomp: { programs: [{ fd: 3 }] } }];
		for (const one of more) {
			expect(merged({ seccomp: {} }, one).seccomp).toEqual({ profile: "default", ...one.seccomp });
			expect(merged({ seccomp: { denySetId: false, programs: [] } }, one).seccomp).toMatchObject({
				profile: "default",
			});
			expect(merged({ seccomp: { file: "/x" } }, one).seccomp).toEqual({ file: "/x", ...one.seccomp });
			expect(merged({ seccomp: { profile: "none" } }, one).seccomp).toEqual({ profile: "none", ...one.seccomp });
		}
		expect(merged({ seccomp: {} }, { seccomp: { file: "/x" } }).seccomp).toEqual({ file: "/x" });
		const root = { type: "tmpfs", size: 1, readOnly: true } as const;
		expect(merged({ mount: { root } }, { mount: { root: { type: "tmpfs" } } })).toEqual({ mount: { root } });
	});

	test("allows nothing where it names nothing", () => {
		expect(merged({ landlock: { bind: [80], read: ["/a"] } }, { landlock: { bind: [], read: [] } }).landlock).toEqual({
			...{ bind: [], read: [] },
		});
		expect(merged({ capabilities: { drop: ["A"] } }, { capabilities: { drop: [] } }).capabilities).toEqual({
			drop: ["A"],
		});
	});

	test("replaces as a whole what has parts", () => {
		const listen = (port: number, address?: string): Profile => ({ server: { listen: { port, address } } });
		expect(merged(listen(80, "0.0.0.0"), listen(8080))).toEqual(listen(8080));
		const oci = { profile: { defaultAction: "A", syscalls: [] } };
		expect(merged({ seccomp: oci }, { seccomp: { profile: { defaultAction: "B" } } })).toEqual({
			seccomp: { profile: { defaultAction: "B" } },
		});
		expect(merged({ identity: { groups: [1] } }, { identity: { groups: [2] } })).toEqual({ identity: { groups: [2] } });
	});

	test("takes the alternatives of what it says away", () => {
		expect(merged({ net: { join: "/x" } }, { net: { create: true } })).toEqual({ net: { create: true } });
		expect(merged({ net: { create: true } }, { net: { join: 7 } })).toEqual({ net: { join: 7 } });
		expect(merged({ seccomp: { file: "/x" } }, { seccomp: { profile: "default" } })).toEqual({
			seccomp: { profile: "default" },
		});
		const range = [{ inside: 0, outside: 0, size: 1 }];
		expect(merged({ user: { uids: range, gids: range } }, { user: { map: "self" } })).toEqual({
			user: { map: "self" },
		});
		expect(merged({ command: { argv: ["a"], argv0: "b" } }, { command: { argv: ["c"] } })).toEqual({
			command: { argv: ["c"] },
		});
	});
});

describe("merging", () => {
	test("with nothing changes nothing, on either side, and keeps what it was given", () => {
		fc.assert(
			fc.property(profiles, (profile) => {
				const before = JSON.stringify(profile);
				expect(JSON.stringify(mergeProfiles({}, mergeProfiles(profile, {})))).toBe(
					JSON.stringify(mergeProfiles(profile, {})),
				);
				expect(mergeProfiles({}, profile)).toEqual(mergeProfiles(profile, {}));
				expect(JSON.stringify(profile)).toBe(before);
			}),
		);
	});

	test("loses no option of the later, and no module of the earlier", () => {
		fc.assert(
			fc.property(profiles, profiles, (earlier, later) => {
				const result = mergeProfiles(earlier, later);
				for (const name of Object.keys(mergeProfiles({}, earlier))) expect(result).toHaveProperty(name);
				for (const [name, value] of Object.entries(later)) {
					if (typeof value !== "object" || Array.isArray(value)) continue;
					const options = (result as Record<string, Record<string, unknown>>)[name] ?? {};
					for (const option of Object.keys(value)) expect(options).toHaveProperty([option]);
				}
				// Twice the same on top says nothing new but of lists that grow.
				const rest = { ...later, mount: undefined, net: undefined, passDescriptors: undefined, seccomp: undefined };
				const again = mergeProfiles(result, rest);
				expect(mergeProfiles(again, rest)).toEqual(again);
			}),
		);
	});
});
