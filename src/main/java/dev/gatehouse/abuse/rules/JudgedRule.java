package dev.gatehouse.abuse.rules;

import dev.gatehouse.abuse.CallerRule;

/**
 * A rule about callers, and when it speaks.
 *
 * @param rule the rule
 * @param condition its condition
 */
record JudgedRule(CallerRule rule, Condition condition) {}
