import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseMountInfo } from "../../src/inspect/mountinfo.ts";

/** As the kernel's seq_path() writes it. */
const escaped = (text: string): string =>
	text.replace(/[ \t\n\\#]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, "0")}`);

describe("`parseMountInfo`", () => {
	test("reads every field", () => {
		const line =
			"36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 master:2 propagate_from:3 unbindable new:9 - ext3 /dev/root rw,errors=continue";
		expect(parseMountInfo(`${line}\n`)).toEqual([
			{
				...{ id: 36, parent: 35, device: "98:0", root: "/mnt1", path: "/mnt2", options: ["rw", "noatime"] },
				propagation: { shared: 1, master: 2, from: 3, unbindable: true },
				...{ type: "ext3", source: "/dev/root", superOptions: ["rw", "errors=continue"] },
			},
		]);
	});

	test("reads no propagation, an empty source, and what a file system writes as it likes", () => {
		const [one] = parseMountInfo("1 0 0:5 / / rw - tmpfs  rw,name=a\\054b,raw=\\d,with space\n");
		expect(one).toMatchObject({
			propagation: {},
			source: "",
			superOptions: ["rw", "name=a,b", "raw=\\d", "with space"],
		});
		const [two] = parseMountInfo("1 0 0:4 net:[4026531840] /run/netns/x rw - nsfs nsfs rw");
		expect(two?.root).toBe("net:[4026531840]");
	});

	test("reads any path back that the kernel has escaped", () => {
		const path = fc.string({ unit: fc.constantFrom(..." \t\n\\#/-:0147ab\u00e9\udc80") }).map((text) => `/${text}`);
		fc.assert(
			fc.property(path, path, path, (root, at, source) => {
				const line = `1 2 3:4 ${escaped(root)} ${escaped(at)} rw shared:7 - tmpfs ${escaped(source)} rw`;
				expect(parseMountInfo(line)).toMatchObject([{ root, path: at, source, propagation: { shared: 7 } }]);
			}),
		);
	});

	const good = "1 2 3:4 / / rw - tmpfs none rw";
	const wrong = [
		good.replace("1 ", "x "),
		good.replace("1 ", "-1 "),
		good.replace("1 ", "99999999999999999999 "),
		good.replace("2 ", ""),
		good.replace("3:4", "34"),
		good.replace(" - ", " "),
		good.replace(" rw -", " rw shared:x -"),
		"1 2 3:4 / / rw - tmpfs none",
		"1 2 3:4 / /a\\b rw - tmpfs none rw",
		"1 2 3:4 / /a\\04 rw - tmpfs none rw",
		"1 2 3:4 / /a\\777 rw - tmpfs none rw",
		"- - - - - - -",
		"nonsense",
	];
	for (const line of wrong) {
		test(`refuses ${JSON.stringify(line)}`, () => {
			expect(() => parseMountInfo(`${good}\n${line}\n`)).toThrow(RangeError);
		});
	}

	test("never reads anything else than mounts, or throws", () => {
		fc.assert(
			fc.property(fc.string({ unit: "binary" }), (text) => {
				try {
					for (const { id, path } of parseMountInfo(text))
						expect([Number.isSafeInteger(id), typeof path]).toEqual([true, "string"]);
				} catch (error) {
					expect(error).toBeInstanceOf(RangeError);
				}
			}),
		);
	});
});
