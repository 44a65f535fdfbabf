/** Rules of every kind, in any order, for properties. */
import fc from "fast-check";
import type { MountRule } from "../../src/mounts/rules.ts";

const target = fc.stringMatching(/^(\/[a-c]){1,3}$/);
const source = fc.stringMatching(/^\/[s-u]$/);
const optional = fc.option(fc.boolean(), { nil: undefined });
const mode = fc.option(fc.constantFrom(0o700, 0o755), { nil: undefined });
const uid = fc.option(fc.constantFrom(0, 7), { nil: undefined });
const one = <const T>(type: T) => fc.constant(type);

export const anyRule: fc.Arbitrary<MountRule> = fc.oneof(
	fc.record({ type: one("bind"), source: fc.oneof(source, one({ fd: 9 })), target, readOnly: fc.boolean(), optional }),
	fc.record({ type: one("tmpfs"), target, mode, readOnly: fc.boolean() }),
	fc.record({
		type: one("overlay"),
		lower: fc.tuple(source),
		target,
		writes: fc.oneof(one("memory"), one({ keep: "/k" })),
	}),
	fc.record({ type: one("dev"), target }),
	fc.record({ type: one("dev"), target, size: fc.constantFrom("1M", 4096) }),
	fc.record({ type: fc.constantFrom("mqueue", "sys"), target }),
	fc.record({ type: one("symlink"), to: fc.constantFrom("/a", "../b"), target }),
	fc.record({ type: one("directory"), target, mode, uid }),
	fc.record({ type: one("file"), target, mode, uid, content: fc.oneof(one("text"), one(""), one({ file: "/f" })) }),
	fc.record({ type: one("mask"), target, optional }),
	fc.record({ type: fc.constantFrom("read-only", "remount"), target, optional }),
);
