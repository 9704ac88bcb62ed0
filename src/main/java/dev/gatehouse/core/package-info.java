/**
 * The value types every room shares: names, tensors, deadlines, callers and refusals.
 *
 * <p>Owns the system clock: {@link dev.gatehouse.core.SystemTime} is the only class of the product
 * that reads it, so that everything which depends on time can be tested on a time of its own.
 *
 * <p>Threads: none. Everything here is immutable and safe to share, except that a {@link
 * dev.gatehouse.core.Tensor} gives a view of bytes which its creator must not change any more.
 *
 * <p>Bounds: a name has at most 63 characters, a shape at most {@link
 * dev.gatehouse.core.Shape#RANK_MAX} dimensions, a signature at most {@link
 * dev.gatehouse.core.Signature#TENSORS_MAX} inputs and as many outputs.
 */
@NullMarked
package dev.gatehouse.core;

import org.jspecify.annotations.NullMarked;
