/** The options of `ns tree`. */
import type { Option } from "../options.ts";

export const options: readonly Option[] = [];
