/** The options of `ns inspect`. */
import type { Option } from "../options.ts";

export const options: readonly Option[] = [];
