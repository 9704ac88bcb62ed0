/**
 * The attack replay: known attacks on a packaged gateway while honest callers use it, and what was
 * noticed of each, by which rule, how soon, and how good the thief's copy of the model was by then.
 *
 * <p>Owns: {@link dev.gatehouse.demo.attacks.AttackReplay}, which {@code ./mvnw -Pattacks} runs;
 * the thief's model and ways of asking, which are tested by themselves.
 *
 * <p>Threads: the replay runs one attack at a time on its own thread, the one in the background and
 * the honest callers on a virtual thread each, and one more asks what was found.
 *
 * <p>Bounds: an attack lasts for {@link dev.gatehouse.demo.attacks.Options#seconds}; of its answers
 * {@link dev.gatehouse.demo.attacks.Transcript#ANSWERS_MAX} are kept; a call has {@link
 * dev.gatehouse.demo.attacks.Account#CALL_SECONDS_MAX} seconds.
 */
@NullMarked
package dev.gatehouse.demo.attacks;

import org.jspecify.annotations.NullMarked;
