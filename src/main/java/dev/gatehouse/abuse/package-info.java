/**
 * The watch over callers: what they do is observed off the path of their calls, rules look at it,
 * and what rules find is told, for the policy to propose what the callers are held to.
 *
 * <p>Sub-packages: {@code traffic} and {@code content} make signals, {@code rules} judges them.
 */
@NullMarked
package dev.gatehouse.abuse;

import org.jspecify.annotations.NullMarked;
