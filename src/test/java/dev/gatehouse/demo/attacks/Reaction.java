package dev.gatehouse.demo.attacks;

import java.util.OptionalDouble;

/**
 * What the gateway did to one attacker when it was allowed to act.
 *
 * @param attack its label
 * @param effect what the attacker came to feel; empty if nothing
 * @param seconds from the first query until that
 * @param queries sent until that
 * @param streamSeconds from the first query until its open stream was cut; empty if it was not
 * @param copyEnd how well the copy agreed at the end
 */
record Reaction(
    String attack,
    String effect,
    double seconds,
    long queries,
    OptionalDouble streamSeconds,
    OptionalDouble copyEnd) {}
