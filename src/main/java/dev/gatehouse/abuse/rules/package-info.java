/**
 * The rules that a gateway applies to what it sees of each caller by itself, within a second.
 *
 * <p>{@link dev.gatehouse.abuse.rules.CallerRules} says which conditions hold of a caller, with
 * {@link dev.gatehouse.abuse.rules.RuleSettings} as their thresholds, which each rule may have its
 * own of; {@link dev.gatehouse.abuse.rules.RuleBook} says of every rule about callers how much it
 * asks for and what a caller is held to for it. Ids and severities are those of {@code
 * deploy/rules/catalogue.yaml}; docs/security/abuse.md has the table.
 *
 * <p>Threads: any. A rule is a function of the signals at one moment and keeps nothing: what must
 * hold for a while is said by the windows of the signals.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The same view always gives the same alarms.
 *   <li>A signal that is absent accuses nobody.
 *   <li>Evidence is words and numbers of ours; nothing of a caller's text is in it.
 * </ul>
 *
 * <p>Bounds: of each caller at most one alarm a rule on traffic, and one a rule on contents and
 * model.
 */
@NullMarked
package dev.gatehouse.abuse.rules;

import org.jspecify.annotations.NullMarked;
