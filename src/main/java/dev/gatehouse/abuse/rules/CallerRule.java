package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.Severity;
import dev.gatehouse.core.Restraint;

/**
 * A rule about callers.
 *
 * @param id its id in the catalogue and the name of its runbook
 * @param severity how much it asks for
 * @param restraint what a caller is held to for it, if the policy acts
 * @param condition when it speaks
 */
record CallerRule(String id, Severity severity, Restraint restraint, Condition condition) {}
