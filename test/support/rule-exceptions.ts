/** Rules of the checklist that no test names, each with its reason. */
export const RULE_EXCEPTIONS: Readonly<Record<number, string>> = {}
