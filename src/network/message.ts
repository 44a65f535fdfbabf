/** Messages of netlink(7) as bytes, little-endian, with the words that strace(1) has for them. */
import { toBytes } from "../bytes.ts";
import { type ConstantName, constants } from "../linux/constants.ts";
import type { Arg, Fill } from "../plan/calls.ts";

/** A part of a message: its bytes, its words, and what is only known when the message is sent, by its place in the bytes. */
export interface Piece {
	readonly bytes: readonly number[];
	readonly shows: string;
	readonly fill: readonly Fill[];
}

/** A message, and how many of its bytes are sent: a name that is filled in may need a few behind it. */
export interface Message extends Piece {
	readonly size: number;
}

/** What an argument of a call makes of a message. */
export const messageArg = ({ bytes, shows, fill }: Piece): Arg => ({ bytes, shows, ...(fill.length > 0 && { fill }) });

const piece = (bytes: readonly number[], shows: string, fill: readonly Fill[] = []): Piece => ({ bytes, shows, fill });

/** The bytes of a number of 16 bits. */
export const half = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];

/** The bytes of a number of 32 bits. */
export const word = (value: number): number[] => [...half(value), ...half(value >>> 16)];

/** A number of 16 bits. */
export const number16 = (value: number): Piece => piece(half(value), String(value));

/** A number of 32 bits. */
export const number32 = (value: number): Piece => piece(word(value), String(value));

/** A constant of the kernel, as a number of 32 bits. */
export const constant32 = (name: ConstantName): Piece => piece(word(constants[name]), name);

/** The result of an earlier call as a number of 32 bits: an index, or a descriptor. */
export const result32 = (ref: string): Piece => piece(word(0), `$${ref}`, [{ at: 0, ref, as: "number" }]);

/** Bytes that the words are given for: an address. */
export const raw = (bytes: readonly number[], shows: string): Piece => piece(bytes, shows);

/** A text with the NUL behind it. */
export const text = (value: string): Piece => piece([...toBytes(value), 0], JSON.stringify(value));

/** A text without one. */
export const bareText = (value: string): Piece => piece([...toBytes(value)], JSON.stringify(value));

/** What lies behind one another. */
export function joined(parts: readonly Piece[], shows = parts.map((one) => one.shows).join(", ")): Piece {
	const bytes: number[] = [];
	const fill: Fill[] = [];
	for (const part of parts) {
		for (const one of part.fill) fill.push({ ...one, at: one.at + bytes.length });
		bytes.push(...part.bytes);
	}
	return piece(bytes, shows, fill);
}

/** A text of `size` bytes that ends in a number which is only known when the message is sent, and in NULs. */
export function textEndingIn(before: string, ref: string, size: number): Piece {
	const start = toBytes(before);
	const zeros = Array<number>(size - start.length).fill(0);
	return piece([...start, ...zeros], `"${before}$${ref}"`, [{ at: start.length, ref, as: "digits" }]);
}

/** The length of an attribute is a number of 16 bits: what is longer would be taken for another one (CVE-2021-43784). */
const longestAttribute = 0xffff;

/** `struct nlattr` and what it holds, by the number and the name of its type. Throws a `RangeError` when that is too long. */
export function attributeOf(type: number, name: string, value: Piece): Piece {
	const size = 4 + value.bytes.length;
	if (size > longestAttribute)
		throw new RangeError(`${name} would have ${size} bytes, and an attribute has ${longestAttribute} at most`);
	const padding = Array<number>(-size & 3).fill(0);
	return joined([piece([...half(size), ...half(type)], ""), value, piece(padding, "")], `${name}=${value.shows}`);
}

/** The same by the name of its type alone. */
export const attribute = (name: ConstantName, value: Piece): Piece => attributeOf(constants[name], name, value);

/** An attribute that holds others. */
export const nested = (name: ConstantName, values: readonly Piece[]): Piece =>
	attribute(name, joined(values, `{${values.map((one) => one.shows).join(", ")}}`));

/** The same with the flag that says so, for those parts of the kernel that insist on it. */
export const flaggedNested = (name: ConstantName, values: readonly Piece[]): Piece =>
	attributeOf(
		constants[name] | constants.NLA_F_NESTED,
		name,
		joined(values, `{${values.map((one) => one.shows).join(", ")}}`),
	);

/** What a name that is filled in may overwrite behind itself. */
const slack = 8;

/** A message by the number and name of its type, with flags by name: `struct nlmsghdr`, the type's own structure, attributes. */
export function messageOf(type: number, name: string, flags: string, parts: readonly Piece[]): Message {
	let sum = 0;
	for (const one of flags.split("|")) sum |= constants[one as ConstantName];
	const body = joined(parts);
	const size = 16 + body.bytes.length;
	const head = piece([...word(size), ...half(type), ...half(sum), ...word(0), ...word(0)], `${name}, ${flags}`);
	const digits = body.fill.some(({ as }) => as === "digits");
	const behind = piece(Array<number>(digits ? slack : 0).fill(0), "");
	return { ...joined([head, body, behind], `{${head.shows}, ${body.shows}}`), size };
}

/** The same by the name of its type alone. */
export const message = (type: ConstantName, flags: string, parts: readonly Piece[]): Message =>
	messageOf(constants[type], type, flags, parts);
